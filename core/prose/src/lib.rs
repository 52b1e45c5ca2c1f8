//! Write a scenario and its data as the clauses of a paper contract.
//!
//! [`prose`] gives blocks whose words say of what kind they are, so that a browser, a command and a printer can each set
//! them; [`Prose::to_text`] is the plain form.
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

mod agreed;
mod block;
mod course;
mod words;
mod write;

pub use block::{Block, BlockKind, Prose, Run, RunKind};
pub use write::{Given, prose};
