//! Name the things: ids, keys, time and outcomes.
//!
//! An id has one text form with a kind prefix (`ctr_…`); a number of a kind never mixes with one of another kind.
//! Page `docs/spec/types.md`.
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

mod base32;
mod id;
mod number;
mod outcome;
mod signed;
mod time;

pub use base32::{from_base32, to_base32};
pub use id::{
    BadId, ContractId, EntryId, FraudProofId, IdentityId, PayloadCommitment, ReceiptId, RunId, ScenarioId, StatementId,
};
pub use number::{Count, EpochNumber, Position, Sequence, Term, View};
pub use outcome::{Code, Outcome};
pub use signed::{Checks, Signable, Signed};
pub use time::{Interval, Timestamp};
