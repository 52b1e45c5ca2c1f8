//! Deleting what final `erase` statements ask for, from every file of the node; and telling who did.

use std::collections::{BTreeMap, BTreeSet};

use countersign_api_model as model;
use countersign_chain::{LogState, StatementKind};
use countersign_contract::{AttachmentRef, Payload, commitment_text};
use countersign_replica::{Erasure, Input};
use countersign_store::Space;
use countersign_types::{ContractId, EntryId, Interval, PayloadCommitment};

use crate::active::Active;
use crate::driver::{Driver, Turn};
use crate::{Error, chunks, records, view};

/// After the disk refused to erase, it is asked again so much later.
const RETRY_PAUSE: Interval = Interval::from_secs(60);

impl Driver {
    /// Erases, and lets the replicas sign for it. While the disk refuses, the contracts stay open: it is asked again,
    /// also after a restart.
    pub(crate) fn erase(&mut self, erasures: &[(ContractId, Erasure)]) {
        let contracts: BTreeSet<_> = erasures.iter().map(|(contract, _)| *contract).collect();
        // What waits to be sent may hold what goes. The replicas send it again, without.
        self.mailboxes.forget(&contracts);
        let erased = self.keys_of(erasures).and_then(|keys| Ok(self.contracts.store.erase(Space::Payload, keys)?));
        if let Err(error) = erased {
            tracing::error!(%error, "an erasure is not finished; it is tried again");
            self.read_again(contracts.into_iter(), RETRY_PAUSE);
            return;
        }
        let mut turn = Turn::default();
        for (contract, erasure) in erasures {
            let inputs = turn.inputs.entry(*contract).or_default();
            inputs.push(Input::Erased { statement: erasure.statement });
        }
        self.perform(turn);
    }
}

impl Driver {
    /// Leaves no bytes of a payload whose chunks came after it was erased.
    pub(crate) fn drop_forgotten(&mut self, contract: ContractId, commitment: PayloadCommitment) {
        let is_forgotten = |active: &mut Active| active.replica.is_forgotten(&commitment);
        if !self.contracts.get(&contract).ok().flatten().is_some_and(is_forgotten) {
            return;
        }
        let store = &self.contracts.store;
        let erased = chunks::keys(store, contract, commitment).and_then(|keys| Ok(store.erase(Space::Payload, keys)?));
        if let Err(error) = erased {
            tracing::error!(%contract, %error, "what came after an erasure is deleted later");
        }
    }

    /// Under which keys what goes stands: as it came with its entry, and in chunks.
    fn keys_of(&self, erasures: &[(ContractId, Erasure)]) -> Result<Vec<Vec<u8>>, Error> {
        let mut keys = Vec::new();
        for (contract, erasure) in erasures {
            for commitment in &erasure.commitments {
                keys.push(records::payload_key(contract, commitment));
                keys.extend(chunks::keys(&self.contracts.store, *contract, *commitment)?);
            }
        }
        Ok(keys)
    }
}

/// The erasures of the held branch.
pub(crate) fn list(active: &Active) -> Vec<model::ErasureView> {
    let knowledge = active.replica.knowledge();
    let path = knowledge.path(&active.replica.head());
    let asks = |entry: &EntryId| {
        let content = knowledge.place(entry).and_then(|place| place.content.as_ref());
        content.is_some_and(|(_, statement)| statement.kind == StatementKind::Erase)
    };
    if !path.iter().any(asks) {
        return Vec::new();
    }
    let mut files = BTreeMap::new();
    let mut erasures = Vec::new();
    for entry in &path {
        note_files(active, entry, &mut files);
        erasures.extend(erasure(active, entry, &files));
    }
    erasures
}

fn payload(active: &Active, entry: &EntryId, kind: StatementKind) -> Option<Payload> {
    let place = active.replica.knowledge().place(entry)?;
    let (_, statement) = place.content.as_ref().filter(|(_, statement)| statement.kind == kind)?;
    Payload::from_bytes(statement.kind, place.payload.as_deref()?).ok()
}

/// What responses and comments say of the files that they bring.
fn note_files(active: &Active, entry: &EntryId, files: &mut BTreeMap<PayloadCommitment, AttachmentRef>) {
    for kind in [StatementKind::Response, StatementKind::Comment] {
        for (_, file) in payload(active, entry, kind).iter().flat_map(Payload::files) {
            files.entry(file.commitment).or_insert_with(|| file.clone());
        }
    }
}

fn erasure(
    active: &Active,
    entry: &EntryId,
    files: &BTreeMap<PayloadCommitment, AttachmentRef>,
) -> Option<model::ErasureView> {
    let Payload::Erase(erase) = payload(active, entry, StatementKind::Erase)? else { return None };
    let place = active.replica.knowledge().place(entry).filter(|place| place.outcome.is_applied())?;
    let (signed, statement) = place.content.as_ref()?;
    let state = active.replica.state()?;
    let file = |commitment: &PayloadCommitment| {
        let file = files.get(commitment)?;
        Some(model::ErasedPayload {
            commitment: commitment_text(commitment),
            name: file.name.clone(),
            media: file.media.clone(),
            bytes: file.bytes,
            held: active.replica.holds(commitment),
        })
    };
    let done = active.replica.erased_by(&signed.statement);
    let missing = state.epoch().parties().filter(|party| !done.iter().any(|(other, _)| other == party));
    Some(model::ErasureView {
        statement: signed.statement.to_string(),
        position: place.position.get(),
        asked_by: state.ring(&statement.author.identity)?.party().to_string(),
        reason: erase.reason,
        time: statement.time.to_string(),
        standing: view::standing(active, entry),
        payloads: erase.commitments.iter().filter_map(file).collect(),
        erased_by: done
            .iter()
            .map(|(party, time)| model::ErasedBy { party: party.to_string(), time: time.to_string() })
            .collect(),
        waiting_for: missing.map(|party| party.to_string()).collect(),
    })
}
