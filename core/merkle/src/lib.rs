//! Append leaves; prove inclusion and consistency.
//!
//! The tree of RFC 9162 §2.1 (the same as RFC 6962 §2.1) with SHA-256: page `docs/spec/merkle.md`. A [`Tree`] keeps
//! every complete subtree and proves; a [`Frontier`] keeps the peaks alone and knows the root; [`verify_inclusion`]
//! and [`verify_consistency`] need neither.
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

mod frontier;
mod hash;
mod proof;
mod tree;

pub use frontier::Frontier;
pub use hash::{SIZE_MAX, empty_root, leaf_hash};
pub use proof::{PROOF_HASHES_MAX, Proof, ProofError, verify_consistency, verify_inclusion};
pub use tree::{RangeError, Tree};
