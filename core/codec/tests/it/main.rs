//! Larger tests of both forms: suites that others wrote, oracles, and the vectors of `docs/spec`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

mod json_oracle;
mod json_suites;
mod vectors;
