//! Feed every reader of outside input what no honest writer sends.
//!
//! A [`Target`] is a plain function of bytes that panics if something does not hold which must hold for any bytes.
//! [`harness`] runs it on stable Rust with a seeded stream of mutated seeds; `fuzz/fuzz_targets` hands the same
//! functions to cargo-fuzz.

mod bundle;
mod codec;
mod expression;
pub mod harness;
mod http;
mod mutate;
mod scenario;
mod seeds;
mod statement;
mod target;

pub use mutate::Mutator;
pub use target::{TARGETS, Target, find};
