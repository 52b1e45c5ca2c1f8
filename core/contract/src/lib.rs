//! Replay a contract's log into its state.
//!
//! [`State`] is what every node computes from the same entries: members, keys, mandates, invitations and the process.
//! [`Charter`] is the payload of a genesis, [`Payload`] that of a statement, [`State::prepare`] drafts statements for people
//! to sign. Contract log §6 and §13; page `docs/spec/contract.md`.
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

mod apply;
mod change;
mod charter;
mod membership;
mod payload;
mod personal;
mod prepare;
mod state;

pub use change::{BALLOTS_MAX, CLOSED_MAX, Change, DOCUMENT_LIMITS, Proposal, Propose, Vote};
pub use charter::{CHARTER_BYTES_MAX, Charter, CharterError, FoundError};
pub use payload::{
    AttachmentRef, COMMENT_SLOT, Comment, Confirm, Erase, ITEMS_MAX, Invite, Join, KeyRotate, NewKey, Payload,
    PayloadError, Response, commitment_from_text, commitment_text,
};
pub use prepare::{Prepared, Wish};
pub use state::{MandateRecord, OutcomeLine, State};
