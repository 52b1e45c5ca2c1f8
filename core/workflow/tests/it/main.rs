//! Tests of the crate as its users see it.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and a panic is their finding")]

mod canonical;
mod changes;
mod children;
mod conformance;
mod findings;
mod groups;
mod guests;
mod library;
mod personal;
mod process;
mod proofs;
mod run;
mod second;
mod stories;
mod synchronise;
mod system;
mod timers;
mod walks;
