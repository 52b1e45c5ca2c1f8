//! Inputs and effects: plain data, performed by the shell in one fixed order.

use std::sync::Arc;

use countersign_chain::{FraudProof, Invalid, Statement};
use countersign_crypto::Digest;
use countersign_payload::Opening;
use countersign_types::{
    Code, EntryId, IdentityId, Outcome, PayloadCommitment, Position, Signed, StatementId, Timestamp,
};
use thiserror::Error;

use crate::{Item, Message, Stop};

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// A person or system of this party made a statement; answered by [`Effects::answers`].
    Submit {
        /// The statement.
        statement: Arc<Signed<Statement>>,
        /// Its payloads.
        openings: Vec<Opening>,
    },
    /// A message of another node arrived, its transport authenticated as this party's.
    Receive {
        /// Who sent it.
        from: IdentityId,
        /// What it says.
        message: Message,
    },
    /// A payload is held outside this machine, whole and checked: an attachment that does not travel with its entry.
    Held {
        /// What it is.
        commitment: PayloadCommitment,
        /// Its length.
        bytes: u64,
    },
    /// The length of a payload that is not held: what awaits it under another length does not hold.
    Measured {
        /// What it is.
        commitment: PayloadCommitment,
        /// Its length.
        bytes: u64,
    },
    /// A payload is held no more.
    Dropped {
        /// What it was.
        commitment: PayloadCommitment,
    },
    /// Time passed; see [`Effects::wake`].
    Wake,
    /// What [`Effects::erase`] asked for is done: no file of this node holds it any more.
    Erased {
        /// The `erase`.
        statement: StatementId,
    },
    /// The operator asks to send again what waits for a party.
    Resend {
        /// For whom.
        to: IdentityId,
    },
    /// The operator asks to sign again after [`Notice::OldBackup`], as soon as that is safe.
    Recover,
}

/// What to do, in this order: make `persist` durable in one commit, then send and tell.
#[derive(Debug, Default)]
pub struct Effects {
    /// To be durable, all or nothing, before anything else here is done (`P0`).
    pub persist: Vec<Record>,
    /// To be deleted from all files, once `persist` is durable; answered by [`Input::Erased`]. Asked again after a
    /// restart, until this node has signed for it.
    pub erase: Vec<Erasure>,
    /// To be sent; may be lost, will then be sent again.
    pub send: Vec<Send>,
    /// Answers to submitted statements.
    pub answers: Vec<Answer>,
    /// For people and logs.
    pub notices: Vec<Notice>,
    /// When to call again with [`Input::Wake`], unless something comes before.
    pub wake: Option<Timestamp>,
}

/// Payloads to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The `erase`, which is final.
    pub statement: StatementId,
    /// What it names.
    pub commitments: Vec<PayloadCommitment>,
}

/// Something to keep.
#[derive(Clone, Debug)]
pub enum Record {
    /// An item of K, without its payloads, under its party and count.
    Item(Arc<Item>),
    /// An item of K by a party that gave two items one count, without its payloads, under its digest.
    Twin(Arc<Item>),
    /// A payload, under its commitment.
    Opening(PayloadCommitment, Opening),
    /// Evidence.
    Fraud(Box<FraudProof>),
    /// An entry with its payloads whose turn came and that lacks attachments, under its digest: it is asked for no more.
    Awaited(Arc<Item>),
    /// The same is awaited no more.
    Settled(Digest),
    /// An item of K names a payload that is held outside: it is kept from now on.
    Named(PayloadCommitment),
    /// Whether this party stopped signing: the last one counts.
    Stop(Option<Stop>),
}

/// An attachment that an entry waits for: to be fetched from any member, then told by [`Input::Held`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Want {
    /// What.
    pub commitment: PayloadCommitment,
    /// Its length, as the signed statement says.
    pub bytes: u64,
    /// Who appended the entry, and so holds it.
    pub party: IdentityId,
}

/// A message to another node.
#[derive(Clone, Debug)]
pub struct Send {
    /// To whom.
    pub to: IdentityId,
    /// What.
    pub message: Message,
}

/// What became of a submitted statement.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The statement.
    pub statement: StatementId,
    /// Its place, or why it was refused. Refused statements leave no trace.
    pub result: Result<EntryId, Refusal>,
}

/// Why the author's own node did not append a statement.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It could stand nowhere: unknown author, wrong number or wrong contract.
    #[error("the statement fits no place of this log: {0}")]
    Invalid(#[from] Invalid),
    /// The author's key did not sign it.
    #[error("the signature does not hold")]
    BadSignature,
    /// A payload is missing or is not what the statement commits to.
    #[error("a payload is missing or is not what the statement commits to")]
    BadOpening,
    /// This party signs nothing: its disk was set back.
    #[error("this node was set back: others hold what it signed and forgot")]
    OldBackup,
    /// Its declared time lies too far ahead.
    #[error("the declared time lies ahead of the clock of this node")]
    Ahead,
    /// It would be rejected at the place that it gets.
    #[error("not allowed now: {rule}")]
    Rejected {
        /// By which rule.
        rule: Code,
        /// Judged by what.
        by: String,
    },
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An entry joined the held branch, with this outcome.
    Extended {
        /// The entry.
        entry: EntryId,
        /// Its position.
        position: Position,
        /// What became of its statement.
        outcome: Outcome,
    },
    /// The held branch changed; these statements lost their place and will get another.
    Moved {
        /// The last entry that both branches share.
        common: EntryId,
        /// Statements without a place now.
        displaced: Vec<StatementId>,
    },
    /// All entries up to here are final.
    Final {
        /// The entry.
        entry: EntryId,
        /// Its position.
        position: Position,
    },
    /// A party signed what an honest node never signs.
    Fraud {
        /// Who.
        party: IdentityId,
    },
    /// A party computed another log or state for an entry.
    Disagreement {
        /// Who.
        party: IdentityId,
        /// For which entry.
        entry: EntryId,
    },
    /// A party sent something that does not hold.
    Strike {
        /// Who sent it.
        from: IdentityId,
        /// What was wrong.
        code: Code,
    },
    /// A member signed that it did what an `erase` asks for.
    Erased {
        /// The `erase`.
        statement: StatementId,
        /// The member.
        party: IdentityId,
    },
    /// Somebody holds what this party signed and its disk does not have: it signs nothing any more.
    OldBackup,
    /// All that the members hold of this party is here again: it signs again.
    Recovered,
    /// A statement of this party can get no place any more: another of its author took its number.
    Abandoned {
        /// The statement.
        statement: StatementId,
    },
}
