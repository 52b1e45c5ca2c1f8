//! Larger tests of the tree: against a naive oracle, against the suite of transparency-dev, and the vectors.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

mod hex;
mod oracle;
mod transparency_dev;
mod vectors;
