//! Tests of the crate as its users see it.
#![expect(clippy::unwrap_used, reason = "a panic is the finding of a test")]

mod crashes;
mod rules;
mod world;
