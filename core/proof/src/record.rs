//! One entry of the log as a bundle carries it.

use countersign_chain::{Entry, Statement, StatementKind};
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_contract::OutcomeLine;
use countersign_merkle::Proof;
use countersign_types::{Outcome, Position, Signed};

use crate::{Disclosure, RECORDS_MAX};

/// Most payloads of one statement beside its own.
pub const ATTACHMENTS_MAX: usize = 32;

/// An entry with its statement and outcome, and the paths of both to the roots that the members signed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The place.
    pub entry: Signed<Entry>,
    /// What stands there.
    pub statement: Signed<Statement>,
    /// Its payload.
    pub payload: Disclosure,
    /// Its attachments, in the order of the payload that names them; none if the payload is not shown. At most
    /// [`ATTACHMENTS_MAX`].
    pub attachments: Vec<Disclosure>,
    /// What became of the statement.
    pub outcome: Outcome,
    /// Path of the entry to the log root.
    pub log_path: Proof,
    /// Path of the outcome to the root of the outcomes tree.
    pub outcome_path: Proof,
}

impl Record {
    /// Its position.
    pub fn position(&self) -> Position {
        self.entry.position
    }

    /// The leaf of the outcomes tree.
    pub fn outcome_line(&self) -> OutcomeLine {
        let (position, statement) = (self.entry.position, self.entry.statement);
        OutcomeLine { position, statement, outcome: self.outcome.clone() }
    }

    /// Reads a list of at most [`RECORDS_MAX`]. Nothing is allocated for records that are not there.
    pub(crate) fn list(from: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let count = from.length("records", RECORDS_MAX)?;
        let mut records = Vec::new();
        for _ in 0..count {
            records.push(Self::decode(from)?);
        }
        Ok(records)
    }

    /// Whether it changed who belongs, who holds which key, or who may act for whom.
    pub fn changes_members(&self) -> bool {
        is_membership(self.statement.kind) && self.outcome.is_applied()
    }
}

/// Whether statements of this kind say who belongs and who may act for whom.
pub(crate) const fn is_membership(kind: StatementKind) -> bool {
    match kind {
        StatementKind::Invite
        | StatementKind::Join
        | StatementKind::Confirm
        | StatementKind::Identity
        | StatementKind::Mandate
        | StatementKind::MandateRevoke
        | StatementKind::KeyRotate => true,
        StatementKind::Response
        | StatementKind::Comment
        | StatementKind::Tick
        | StatementKind::Erase
        | StatementKind::Propose
        | StatementKind::Vote => false,
    }
}

impl Encode for Record {
    fn encode(&self, out: &mut Writer) {
        self.entry.encode(out);
        self.statement.encode(out);
        self.payload.encode(out);
        out.list(self.attachments.iter());
        self.outcome.encode(out);
        self.log_path.encode(out);
        self.outcome_path.encode(out);
    }
}

impl Decode for Record {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            entry: Signed::decode(from)?,
            statement: Signed::decode(from)?,
            payload: Disclosure::decode(from)?,
            attachments: from.list("attachments", ATTACHMENTS_MAX)?,
            outcome: Outcome::decode(from)?,
            log_path: Proof::decode(from)?,
            outcome_path: Proof::decode(from)?,
        })
    }
}
