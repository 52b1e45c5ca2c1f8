//! Many replicas under one seed, with faults, and what must hold.
#![expect(clippy::unwrap_used, reason = "tests fail by panic")]

mod backup;
mod conflicts;
mod disk;
mod exhaustive;
mod random;
mod schedules;
mod stories;
mod table;
