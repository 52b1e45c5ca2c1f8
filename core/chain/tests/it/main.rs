//! Larger tests of the log: the vectors of `docs/spec`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

mod vectors;
