//! The API over a real socket, with a service whose answers are known.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod description;
mod events;
mod foundation;
mod http;
mod known;
mod refusals;
mod roles;
mod scenarios;
mod scripts;
mod slow;
