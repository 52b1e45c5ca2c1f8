//! Tests of the crate as its users see it.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and a panic is their finding")]

mod conditions;
mod library;
mod literature;
mod oracle;
mod processes;
mod speed;
