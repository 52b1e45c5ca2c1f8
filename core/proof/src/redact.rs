//! Leaving payloads out of a bundle, without a node: what was proven stays proven.

use countersign_chain::{Statement, StatementKind};
use countersign_contract::Payload;
use countersign_types::{PayloadCommitment, StatementId};
use thiserror::Error;

use crate::{Bundle, Disclosure, Record};

/// What to leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The payload of a statement, and its attachments.
    Statement(StatementId),
    /// Whatever has this commitment: the scenario, a payload or an attachment.
    Payload(PayloadCommitment),
}

/// Why a payload cannot be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RedactError {
    /// The bundle holds no such statement or payload.
    #[error("the bundle holds no such statement or payload")]
    NotHere,
    /// The payload says who belongs or whose key it is: without it no signature could be checked.
    #[error("without this payload no signature could be checked: it says who belongs, or with which keys")]
    Needed,
}

impl Bundle {
    /// Leaves payloads out. On an error nothing is changed. What is erased stays shown as erased.
    pub fn redact(&mut self, targets: &[Target]) -> Result<(), RedactError> {
        let mut redacted = self.clone();
        targets.iter().try_for_each(|target| redacted.redact_one(target))?;
        *self = redacted;
        Ok(())
    }

    fn redact_one(&mut self, target: &Target) -> Result<(), RedactError> {
        let mut found = false;
        if *target == Target::Payload(self.genesis.payload) {
            cover(&mut self.charter);
            found = true;
        }
        for record in self.members.iter_mut().chain(&mut self.claims) {
            let needed = record.changes_members() && !may_be_hidden(record.statement.kind);
            let whole = match target {
                Target::Statement(statement) => Statement::id(&record.statement) == *statement,
                Target::Payload(commitment) => record.statement.payload == *commitment,
            };
            if whole && needed {
                return Err(RedactError::Needed);
            }
            if whole {
                cover(&mut record.payload);
                // What is not named any more cannot be shown to belong here.
                record.attachments.clear();
                found = true;
            } else if let Target::Payload(commitment) = target {
                found |= cover_attachment(record, commitment);
            }
        }
        if found { Ok(()) } else { Err(RedactError::NotHere) }
    }
}

/// Whether a bundle may leave the payload of an applied statement about members out.
pub(crate) const fn may_be_hidden(kind: StatementKind) -> bool {
    matches!(kind, StatementKind::Mandate | StatementKind::MandateRevoke)
}

/// Leaves a payload out; what is erased stays shown as erased.
pub(crate) fn cover(disclosure: &mut Disclosure) {
    if matches!(disclosure, Disclosure::Open(_) | Disclosure::Apart(_)) {
        *disclosure = Disclosure::Redacted;
    }
}

fn cover_attachment(record: &mut Record, commitment: &PayloadCommitment) -> bool {
    let named = attachments(record);
    let mut found = false;
    for (attachment, _) in record.attachments.iter_mut().zip(named).filter(|(_, named)| named == commitment) {
        cover(attachment);
        found = true;
    }
    found
}

/// The commitments of the attachments that a record's payload names, if it is shown.
pub(crate) fn attachments(record: &Record) -> Vec<PayloadCommitment> {
    let opening = record.payload.opening();
    match opening.map(|opening| Payload::from_bytes(record.statement.kind, opening.bytes())) {
        Some(Ok(payload)) => payload.commitments(),
        _ => Vec::new(),
    }
}
