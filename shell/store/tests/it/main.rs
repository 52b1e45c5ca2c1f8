//! The real store on real files: kill, cut, full disk, syncs, erasure.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod basics;
mod common;
mod cut;
mod damage;
mod directory;
mod erase;
mod faults;
mod full;
mod kill;
mod syncs;
