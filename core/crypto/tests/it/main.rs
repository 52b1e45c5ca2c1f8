//! Larger tests: suites that others wrote, and the vectors of `docs/spec`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

mod ed25519_suites;
mod hex;
mod hpke_by_hand;
mod vectors;
mod x25519_suite;
