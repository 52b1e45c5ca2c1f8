//! What the log needs of the state that it carries.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_crypto::{Digest, PublicKey};
use countersign_member::Epoch;
use countersign_types::{IdentityId, Outcome, PayloadCommitment, Sequence, Signed, StatementId, Timestamp};
use thiserror::Error;

use crate::{Entry, Statement};

/// The deterministic state of a contract: every node computes the same after the same entries.
pub trait LogState: Clone {
    /// The members at the next position.
    fn epoch(&self) -> &Arc<Epoch>;

    /// Parties whose `join` stands in the log and waits for its `confirm`, with the keys of their nodes: they follow the
    /// log, and sign nothing in it.
    fn guests(&self) -> Vec<(IdentityId, PublicKey)> {
        Vec::new()
    }

    /// The number of the last statement of an author; zero if there is none.
    fn last_sequence(&self, author: &IdentityId) -> Sequence;

    /// The key that must have signed a statement at the next position, for an author whom the prefix introduces.
    /// `payload` is that of a `join`, which brings its own keys.
    fn author_key(&self, statement: &Statement, payload: Option<&[u8]>) -> Result<PublicKey, Invalid>;

    /// The state after an entry, and the outcome of its statement. Signatures and payload commitments are checked by
    /// the caller. `Invalid` entries never enter the log; entries that break a rule do, with their outcome.
    fn apply(
        &self,
        prefix: &dyn Prefix,
        entry: &Entry,
        statement: &Signed<Statement>,
        payload: Option<&[u8]>,
    ) -> Result<(Self, Outcome), Invalid>;

    /// SHA-256 over all parts of the state (contract log §13.8).
    fn hash(&self) -> Digest;

    /// Payloads beside its own that a statement names: its attachments.
    fn attachments(&self, statement: &Statement, payload: Option<&[u8]>) -> Vec<PayloadCommitment>;

    /// The payloads that a statement asks to erase, if it is an `erase`.
    fn erases(&self, statement: &Statement, payload: Option<&[u8]>) -> Vec<PayloadCommitment> {
        let _ = (statement, payload);
        Vec::new()
    }

    /// The length in bytes that one of these attachments must have: what the statement says of it. None if it says two
    /// lengths, or one beyond the limit of the contract: then nothing fits.
    fn attachment_bytes(
        &self,
        statement: &Statement,
        payload: Option<&[u8]>,
        attachment: &PayloadCommitment,
    ) -> Option<u64>;

    /// The parties that hold an attachment of a statement, if not all members do: personal data of a class that names its
    /// holders.
    fn holders(
        &self,
        statement: &Statement,
        payload: Option<&[u8]>,
        attachment: &PayloadCommitment,
    ) -> Option<BTreeSet<IdentityId>> {
        let _ = (statement, payload, attachment);
        None
    }

    /// Line 3 of the fork key of a statement at the next position.
    fn fork_class(&self, statement: &Statement, payload: Option<&[u8]>) -> ForkClass;

    /// Declared times up to so far ahead are no reason to wait (`AHEAD`): the latest time acceptable at `now`.
    fn latest_time(&self, now: Timestamp) -> Timestamp;
}

/// What a state may ask of the entries before a place.
pub trait Prefix {
    /// Whether a statement stands in the prefix and took effect.
    fn is_applied(&self, statement: &StatementId) -> bool;

    /// What the prefix needs each of some payloads for, in their order; none for one that it does not name. Statements
    /// count whatever became of them. Walks the prefix.
    fn uses(&self, payloads: &[PayloadCommitment]) -> Vec<Option<PayloadUse>>;
}

/// What a log needs a payload for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadUse {
    /// It is what a statement says: without it nobody can replay the statement.
    Own,
    /// It is no more than an attachment, brought first by a statement of this author: state never reads it.
    Attached(IdentityId),
}

impl PayloadUse {
    /// Notes in `uses` what one statement needs `payloads` for. Statements must come by ascending position.
    pub fn note(
        uses: &mut [Option<Self>],
        payloads: &[PayloadCommitment],
        statement: &Statement,
        attachments: &[PayloadCommitment],
    ) {
        for (known, payload) in uses.iter_mut().zip(payloads) {
            if statement.payload == *payload {
                *known = Some(Self::Own);
            } else if attachments.contains(payload) {
                known.get_or_insert(Self::Attached(statement.author.identity));
            }
        }
    }
}

/// Line 3 of the fork key: smaller wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForkClass {
    /// Class of the statement kind, 0 to 6.
    pub class: u8,
    /// Minus the priority of the action, for a response.
    pub action: i16,
    /// Minus the priority of the actor, for a response.
    pub actor: i16,
}

/// Why an entry can stand at no place after this prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    /// The appending party is no member, or the prefix does not introduce the author.
    #[error("not entitled to append here")]
    NotEntitled,
    /// The position is not one more than that of the entry before, or the lane is not the common one.
    #[error("position does not follow")]
    BadPosition,
    /// The statement's number is not one more than the last of its author.
    #[error("sequence does not follow")]
    BadSequence,
    /// The statement, entry or payload is for something else.
    #[error("parts do not belong together")]
    Mismatch,
}
