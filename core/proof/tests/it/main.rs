//! Bundles of real logs: three nodes in memory exchange messages, one writes a bundle, a stranger reads it.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

mod attacks;
mod foreign;
mod mutants;
mod people;
mod proves;
mod story;
mod tamper;
mod vectors;
