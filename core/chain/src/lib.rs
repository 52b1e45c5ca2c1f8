//! Extend, validate and reconcile one contract's log.
//!
//! A [`Statement`] is what a person or system says; an [`Entry`] is a place in the log; a [`Receipt`] says "I hold
//! all of it, validated it, and computed this state". [`Knowledge`] is the set of verified items (K of the
//! specification), [`Knowledge::choose`] the pure function that names the held branch, [`Voter`] the part that
//! decides what a node signs. Contract log §1 to §3; page `docs/spec/log.md`.
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

mod certificate;
mod choose;
mod entry;
mod evidence;
mod genesis;
mod knowledge;
mod look;
#[cfg(feature = "mutants")]
mod mutant;
mod receipt;
mod state;
mod statement;
mod voter;

pub use certificate::{Certificate, CertificateFault};
pub use choose::ForkKey;
pub use entry::Entry;
pub use evidence::{FraudKind, FraudProof, SignedItem};
pub use genesis::{
    Finality, GENESIS_FORMAT, Genesis, GenesisError, LANGUAGE_VERSION, Network, Settings, TEST_GENESIS_FORMAT,
};
pub use knowledge::{Admission, Knowledge, Place};
#[cfg(feature = "mutants")]
pub use mutant::Mutant;
pub use receipt::{Receipt, Seal};
pub use state::{ForkClass, Invalid, LogState, PayloadUse, Prefix};
pub use statement::{Author, Basis, PayloadClass, REQUIRES_MAX, Statement, StatementKind};
pub use voter::{Decision, Draft, Voter};
