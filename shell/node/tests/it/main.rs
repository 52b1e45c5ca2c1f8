//! Real nodes in one process: real sockets, real TLS, real files.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod lease;
mod party;
