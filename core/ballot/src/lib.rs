//! Decide together: who may vote, how much is needed, and by when.
//!
//! A [`Ballot`] knows no contract: its scope is a word and its effect a digest. Whoever holds one applies the effect when
//! a vote returns [`Standing::Accepted`]. Changes of running processes use it (`core/contract`,
//! `docs/decisions/0015-ballots-and-changes.md`).
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![warn(missing_docs)]

mod ballot;
mod need;

pub use ballot::{Ballot, BallotError, Choice, ELECTORS_MAX, SCOPE_BYTES_MAX, Standing, Terms};
pub use need::{Need, SHARE_PART_MAX, Share};
