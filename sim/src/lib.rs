//! Run many replicas under one seed, with faults, and check what must hold.
//!
//! A [`Plan`] is a value; a [`World`] runs it in virtual time over the same replicas that ship, each with a model
//! disk, and asks every [`Property`] after every event. One seed gives one run: `countersign-sim --seed N --steps`
//! shows it. Contract log §11.
#![warn(missing_docs)]

mod byzantine;
mod chance;
mod client;
mod conflicts;
mod disk;
mod keys;
mod party;
mod plan;
mod property;
mod tally;
mod watch;
mod world;

pub use chance::Chance;
pub use client::Client;
pub use conflicts::{ADDED_A_MINUTE, Conflicts, WINDOW_MS, conflicts, formula};
pub use disk::Disk;
pub use keys::{Contract, Keys};
pub use party::{Party, Prepare, RETRY, Writing, clock, fresh};
pub use plan::{Crash, Discipline, Fate, Fault, Link, Mock, Order, Partition, Plan, Reaction, Role, Saying};
pub use property::{Property, Violation};
pub use tally::{Addition, SKEW, Tally, Wording, state};
pub use world::{Report, World};
