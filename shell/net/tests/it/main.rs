//! Nodes that talk over real sockets on the loopback interface.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod check;
mod exchange;
mod hostile;
mod limits;
mod poll;
mod raw;
mod setup;
mod vectors;
