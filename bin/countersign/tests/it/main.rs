//! The command as a person runs it: exit code, standard output and standard error.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod changes;
mod demo;
mod guide;
mod help;
mod invite;
mod keys;
mod lease;
mod personal;
mod place;
mod proving;
mod scenarios;
mod settings;
mod walkthrough;
