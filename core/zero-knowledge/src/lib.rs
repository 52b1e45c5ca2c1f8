//! Commit to a number, and prove what it is like without showing it.
//!
//! A [`Commitment`] fixes a number and hides it. Whoever holds its [`Opening`] proves a [`Claim`] about it: that he
//! knows the number, or that it lies between two bounds. A proof holds for one [`Occasion`] alone: this contract, this
//! action, this party, this challenge of the other. Page `docs/spec/zero-knowledge.md`.
//!
//! The proof of a range is that of `tari_bulletproofs_plus`; nothing of that crate is seen outside. Proving takes a
//! time that depends on the number: it runs on the prover's own machine.
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

mod claim;
mod commitment;
mod knowledge;
mod proof;
mod range;
mod text;

pub use claim::{Claim, Occasion};
pub use commitment::{Commitment, Opening, POINT_BYTES, SALT_BYTES};
pub use proof::{BadProof, CannotProve, Proof, prove, verify};
pub use text::{Challenge, PROOF_BYTES_MAX};
