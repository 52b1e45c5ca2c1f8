//! Writing a bundle from what a node holds: from final entries only.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use countersign_chain::{Certificate, Genesis, Knowledge, LogState, Place, Receipt};
use countersign_codec::Encode;
use countersign_contract::{OutcomeLine, State};
use countersign_crypto::Digest;
use countersign_merkle::{Proof, Tree};
use countersign_payload::{ErasureReceipt, Heading, NO_PAYLOAD, Opening};
use countersign_types::{EntryId, PayloadCommitment, Position, Signed, StatementId};
use thiserror::Error;

use crate::record::is_membership;
use crate::redact::{attachments, may_be_hidden};
use crate::{Anchor, BUNDLE_BYTES_MAX, Bundle, Checkpoint, Disclosure, Finality, Record};

/// What a node holds of one contract.
pub struct Source<'a> {
    /// The founding record.
    pub genesis: &'a Signed<Genesis>,
    /// K.
    pub knowledge: &'a Knowledge<State>,
    /// Payloads that are held: those of statements, attachments and the genesis.
    pub opening: &'a dyn Fn(&PayloadCommitment) -> Option<Opening>,
    /// What is known of a payload that is held and too long for a bundle.
    pub heading: &'a dyn Fn(&PayloadCommitment) -> Option<Heading>,
    /// The erasure receipts for a payload that is not held any more; none if it was not erased.
    pub erasures: &'a dyn Fn(&PayloadCommitment) -> Vec<Signed<ErasureReceipt>>,
}

/// What to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// These statements; none: the whole log, so that its state can be computed again.
    pub statements: Option<BTreeSet<StatementId>>,
    /// Whether attachments are shown too.
    pub attachments: bool,
}

impl Selection {
    /// Everything that is final, with attachments.
    pub const fn all() -> Self {
        Self { statements: None, attachments: true }
    }

    /// These statements, with attachments.
    pub fn only(statements: impl IntoIterator<Item = StatementId>) -> Self {
        Self { statements: Some(statements.into_iter().collect()), attachments: true }
    }
}

/// Why no bundle can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BuildError {
    /// Nothing but the genesis is final.
    #[error("nothing is final yet")]
    NothingFinal,
    /// A statement that was asked for has no final place.
    #[error("{0} is not final")]
    NotFinal(StatementId),
    /// A payload that says who belongs, or with which keys, is not held: without it no signature could be checked.
    #[error("the payload of {0} is not held, and without it no signature could be checked")]
    Missing(StatementId),
    /// What is held contradicts itself.
    #[error("what is held of the log is not whole")]
    NotWhole,
    /// The bundle would have more than [`BUNDLE_BYTES_MAX`] bytes.
    #[error("the bundle would have {0} bytes: leave attachments out, or select fewer statements")]
    TooLarge(usize),
}

impl Bundle {
    /// Writes the bundle of what is selected, up to the last final entry.
    pub fn build(source: &Source<'_>, selection: &Selection) -> Result<Self, BuildError> {
        let knowledge = source.knowledge;
        let certificate = knowledge.final_certificate().ok_or(BuildError::NothingFinal)?;
        if certificate.position == Position::ZERO {
            return Err(BuildError::NothingFinal);
        }
        let log = Log::read(knowledge, &certificate.entry)?;
        check_selection(&log, selection)?;
        let (mut members, mut claims) = (Vec::new(), Vec::new());
        for entry in log.path.iter().skip(1) {
            let place = knowledge.place(entry).ok_or(BuildError::NotWhole)?;
            let statement = place.content.as_ref().map(|(entry, _)| entry.statement).ok_or(BuildError::NotWhole)?;
            if changes_members(place) {
                members.push(source.record(entry, &log, selection.attachments)?);
            } else if selection.statements.as_ref().is_none_or(|selected| selected.contains(&statement)) {
                claims.push(source.record(entry, &log, selection.attachments)?);
            }
        }
        let checkpoint = Checkpoint {
            position: certificate.position,
            entry: certificate.entry,
            log_root: log.entries.root(),
            outcomes_root: log.outcomes.root(),
            path: log.inclusion(certificate.position)?,
        };
        let finality = source.finality(&log, certificate)?;
        let charter = source.disclose(&source.genesis.payload, true);
        let bundle = Self { genesis: source.genesis.clone(), charter, members, claims, checkpoint, finality };
        let bytes = bundle.to_bytes().len();
        if bytes > BUNDLE_BYTES_MAX { Err(BuildError::TooLarge(bytes)) } else { Ok(bundle) }
    }
}

fn changes_members(place: &Place<State>) -> bool {
    let kind = place.content.as_ref().map(|(_, statement)| statement.kind);
    kind.is_some_and(is_membership) && place.outcome.is_applied()
}

fn check_selection(log: &Log, selection: &Selection) -> Result<(), BuildError> {
    let mut asked = selection.statements.iter().flatten();
    match asked.find(|statement| !log.statements.contains(statement)) {
        Some(statement) => Err(BuildError::NotFinal(*statement)),
        None => Ok(()),
    }
}

/// The entries from genesis to some place, with the trees over them and over their outcomes.
struct Log {
    path: Vec<EntryId>,
    statements: BTreeSet<StatementId>,
    entries: Tree,
    outcomes: Tree,
}

impl Log {
    fn read(knowledge: &Knowledge<State>, head: &EntryId) -> Result<Self, BuildError> {
        let mut log =
            Self { path: Vec::new(), statements: BTreeSet::new(), entries: Tree::new(), outcomes: Tree::new() };
        for entry in knowledge.path(head) {
            let place = knowledge.place(&entry).ok_or(BuildError::NotWhole)?;
            log.entries.append(entry.bytes());
            if let Some((placed, _)) = &place.content {
                let (position, statement) = (placed.position, placed.statement);
                let line = OutcomeLine { position, statement, outcome: place.outcome.clone() };
                log.outcomes.append(&line.to_bytes());
                log.statements.insert(statement);
            }
            log.path.push(entry);
        }
        Ok(log)
    }

    fn inclusion(&self, position: Position) -> Result<Proof, BuildError> {
        self.entries.inclusion_proof(position.get(), self.entries.len()).map_err(|_| BuildError::NotWhole)
    }
}

impl Source<'_> {
    fn record(&self, entry: &EntryId, log: &Log, with_attachments: bool) -> Result<Record, BuildError> {
        let place = self.knowledge.place(entry).ok_or(BuildError::NotWhole)?;
        let (signed, statement) = place.content.as_ref().ok_or(BuildError::NotWhole)?;
        let index = signed.position.get().saturating_sub(1);
        let outcome_path = log.outcomes.inclusion_proof(index, log.outcomes.len()).map_err(|_| BuildError::NotWhole)?;
        let mut record = Record {
            entry: signed.clone(),
            statement: statement.as_ref().clone(),
            payload: self.disclose(&statement.payload, true),
            attachments: Vec::new(),
            outcome: place.outcome.clone(),
            log_path: log.inclusion(signed.position)?,
            outcome_path,
        };
        let hidden = record.payload.opening().is_none();
        if record.changes_members() && hidden && !may_be_hidden(statement.kind) {
            return Err(BuildError::Missing(signed.statement));
        }
        record.attachments =
            attachments(&record).iter().map(|commitment| self.disclose(commitment, with_attachments)).collect();
        Ok(record)
    }

    fn disclose(&self, commitment: &PayloadCommitment, show: bool) -> Disclosure {
        if *commitment == NO_PAYLOAD {
            return Disclosure::Absent;
        }
        if let Some(opening) = (self.opening)(commitment) {
            return if show { Disclosure::Open(opening) } else { Disclosure::Redacted };
        }
        if let Some(heading) = (self.heading)(commitment) {
            return if show { Disclosure::Apart(heading) } else { Disclosure::Redacted };
        }
        let members = self.knowledge.place(&self.knowledge.final_entry()).map(|place| &place.next_epoch);
        let receipts: BTreeMap<_, _> = (self.erasures)(commitment)
            .into_iter()
            // A bundle shows the keys of members up to its checkpoint only.
            .filter(|receipt| members.is_some_and(|members| members.contains(&receipt.party)))
            .map(|receipt| (receipt.party, receipt))
            .collect();
        if receipts.is_empty() { Disclosure::Redacted } else { Disclosure::Erased(receipts.into_values().collect()) }
    }

    fn finality(&self, log: &Log, certificate: Certificate) -> Result<Finality, BuildError> {
        let mut seals = Vec::new();
        let mut anchors: BTreeMap<(Position, Digest), Anchor> = BTreeMap::new();
        let mut logs: BTreeMap<EntryId, Log> = BTreeMap::new();
        for receipt in &certificate.receipts {
            let signed = match logs.entry(receipt.entry) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Log::read(self.knowledge, &receipt.entry)?),
            };
            let seal = receipt.sealed.ok_or(BuildError::NotWhole)?;
            seals.push(signed.inclusion(seal.position)?);
            if let Entry::Vacant(new) = anchors.entry((receipt.position, receipt.log_root)) {
                new.insert(self.anchor(log, signed, receipt)?);
            }
        }
        Ok(Finality { certificate, seals, anchors: anchors.into_values().collect() })
    }

    fn anchor(&self, log: &Log, signed: &Log, receipt: &Receipt) -> Result<Anchor, BuildError> {
        let consistency =
            |old: &Tree, new: &Tree| new.consistency_proof(old.len(), new.len()).map_err(|_| BuildError::NotWhole);
        let state = self.knowledge.state(&receipt.entry).ok_or(BuildError::NotWhole)?;
        debug_assert_eq!(state.hash(), receipt.state_hash, "a receipt in K signs the state that this node computed");
        let mut later = Vec::new();
        for entry in signed.path.iter().skip(log.path.len()) {
            let place = self.knowledge.place(entry).ok_or(BuildError::NotWhole)?;
            if changes_members(place) {
                later.push(self.record(entry, signed, false)?);
            }
        }
        Ok(Anchor {
            position: receipt.position,
            log_root: receipt.log_root,
            parts: state.sub_hashes(),
            log_path: consistency(&log.entries, &signed.entries)?,
            outcomes_path: consistency(&log.outcomes, &signed.outcomes)?,
            later,
        })
    }
}
