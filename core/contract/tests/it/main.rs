//! The contract as its people live it: stories over real replicas, rules one by one, properties, and the vectors.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

mod attachments;
mod changes;
mod children;
mod erasing;
mod forks;
mod groups;
mod guests;
mod joining;
mod keys;
mod lease;
mod log;
mod net;
mod people;
mod properties;
mod proving;
mod rules;
mod scenarios;
mod second;
mod vectors;
