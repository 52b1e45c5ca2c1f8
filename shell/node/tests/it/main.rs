//! Real nodes in one process (and one in another, to be killed): real sockets, real TLS, real files.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod api;
mod attachments;
mod backup;
mod changes;
mod erase;
mod invite;
mod kill;
mod lease;
mod look;
mod network;
mod outbox;
mod party;
mod people;
mod personal;
mod ports;
mod questions;
#[path = "../../../outgoing/tests/it/receiver.rs"]
mod receiver;
mod runs;
mod stats;
mod stranger;
mod time;
mod tls;
mod webhooks;
