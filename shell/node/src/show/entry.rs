//! The log in words and in bytes.

use countersign_api_model as model;
use countersign_chain::{Receipt, Statement};
use countersign_codec::{Encode, Json};
use countersign_contract::{Payload, Response, State, commitment_text};
use countersign_merkle::Tree;
use countersign_payload::Opening;
use countersign_types::{EntryId, Position, Signed, to_base32};
use countersign_workflow::Scenario;

use super::names::Names;
use crate::active::Active;
use crate::view::{outcome, plain, standing, words};

/// Which part of the log, in which order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// From the position after this one on, ascending.
    After(u64),
    /// From the position before this one on, descending; from the head on, if none is named.
    Before(Option<u64>),
}

/// The position of the head.
pub(crate) fn length(active: &Active) -> u64 {
    active.replica.knowledge().place(&active.replica.head()).map_or(0, |place| place.position.get())
}

pub(crate) fn log(active: &Active, names: &Names, part: Part, limit: usize) -> model::Log {
    let length = length(active);
    let limit = limit as u64;
    let positions: Vec<u64> = match part {
        Part::After(after) => (after.saturating_add(1)..=length.min(after.saturating_add(limit))).collect(),
        Part::Before(before) => {
            let end = before.map_or(length, |before| length.min(before.saturating_sub(1)));
            (end.saturating_sub(limit).saturating_add(1)..=end).rev().collect()
        }
    };
    let head = active.replica.head();
    let state = active.replica.state();
    let entry = |position: &u64| {
        let id = active.replica.knowledge().ancestor(&head, Position::new(*position))?;
        entry(active, state.as_deref()?, names, &id)
    };
    let entries: Vec<_> = positions.iter().filter_map(entry).collect();
    let next = entries.last().map(|entry| entry.position).filter(|last| match part {
        Part::After(_) => *last < length,
        Part::Before(_) => *last > 1,
    });
    model::Log { entries, next, length }
}

/// An entry of the log as people read it.
pub(crate) fn entry(active: &Active, state: &State, names: &Names, id: &EntryId) -> Option<model::Entry> {
    let knowledge = active.replica.knowledge();
    let place = knowledge.place(id)?;
    let (entry, statement) = place.content.as_ref()?;
    let opening = active.replica.opening(&statement.payload);
    let json = opening.and_then(|opening| Json::parse(opening.bytes(), Default::default()).ok());
    let payload = opening.and_then(|opening| Payload::from_bytes(statement.kind, opening.bytes()).ok());
    let author = statement.author.identity;
    let party = state.ring(&author).map(|ring| ring.party());
    let position = place.position.get();
    let seen = active.observed.of(position);
    let standing = standing(active, id);
    let text = |time: Option<countersign_types::Timestamp>| time.map(|time| time.to_string());
    let receipt = |party: &String| model::ReceiptMark {
        time: party.parse().ok().and_then(|party| text(active.observed.receipt(&party, position))),
        party: party.clone(),
    };
    let scenario = crate::view::running(state);
    let before = knowledge.placements(&entry.statement).iter().filter(|other| *other != id);
    Some(model::Entry {
        position,
        entry: id.to_string(),
        statement: Statement::id(statement).to_string(),
        kind: statement.kind.as_str().to_owned(),
        appended_by: entry.party.to_string(),
        author: author.to_string(),
        author_name: names.of_person(state, &author),
        key: statement.author.key.to_string(),
        party: party.map(|party| party.to_string()),
        party_name: party.and_then(|party| names.of_party(state, &party)),
        time: statement.time.to_string(),
        outcome: outcome(&place.outcome),
        answer: match &payload {
            Some(Payload::Response(response)) => Some(answer(state, response)),
            _ => None,
        },
        attachments: match &payload {
            Some(payload) => attachments(active, scenario, payload),
            None => Vec::new(),
        },
        payload: json.as_ref().map(plain),
        receipts: standing.received_by.iter().map(receipt).collect(),
        times: model::Times {
            received: text(seen.received),
            delivered: text(seen.delivered),
            countersigned: text(seen.countersigned),
            settled: text(seen.settled),
        },
        stood_at: before.map(ToString::to_string).collect(),
        standing,
    })
}

/// What was answered, in the words of what runs now; of an action that is gone, in those with which it was agreed on.
fn answer(state: &State, response: &Response) -> model::Answered {
    let running = crate::view::running(state);
    let has = |scenario: &Scenario| scenario.action(&response.action).is_some();
    let scenario = if has(running) { running } else { &state.charter().scenario };
    let action = scenario.action(&response.action);
    let gone = || crate::show::change::title_of_gone(state, &response.action, scenario.language());
    let name = response.response.clone();
    let name = name.or_else(|| action.map(|action| action.expect().to_owned())).unwrap_or_default();
    model::Answered {
        process: response.process.clone(),
        actor: response.actor.clone(),
        actor_title: words(scenario, scenario.actor_title(&response.actor)),
        action: response.action.clone(),
        action_title: match action {
            Some(action) => words(scenario, Some(action.title())),
            None => gone().unwrap_or_default(),
        },
        clause: action.and_then(|action| action.clause()).map(str::to_owned),
        response_title: words(scenario, action.and_then(|action| action.response_title(&name))),
        response: name,
    }
}

fn attachments(active: &Active, scenario: &Scenario, payload: &Payload) -> Vec<model::AttachmentView> {
    let one = |(slot, file): (&str, &countersign_contract::AttachmentRef)| model::AttachmentView {
        slot: slot.to_owned(),
        name: file.name.clone(),
        media: file.media.clone(),
        size: file.bytes,
        commitment: commitment_text(&file.commitment),
        held: active.replica.holds(&file.commitment),
        erased: active.replica.is_forgotten(&file.commitment),
        class: match payload {
            Payload::Response(response) => response.class_of(scenario, slot).map(|class| class.name().to_owned()),
            _ => None,
        },
    };
    payload.files().into_iter().map(one).collect()
}

pub(crate) fn receipt(receipt: &Signed<Receipt>, bytes: bool) -> model::ReceiptView {
    model::ReceiptView {
        party: receipt.party.to_string(),
        position: receipt.position.get(),
        entry: receipt.entry.to_string(),
        view: receipt.view.get(),
        count: receipt.count.get(),
        state_hash: receipt.state_hash.to_string(),
        log_root: receipt.log_root.to_string(),
        sealed: receipt
            .sealed
            .map(|seal| model::Sealed { position: seal.position.get(), entry: seal.entry.to_string() }),
        bytes: bytes.then(|| to_base32(&receipt.to_bytes())),
    }
}

/// An entry by its position on the held branch, or by its id.
pub(crate) fn find(active: &Active, text: &str) -> Option<EntryId> {
    let knowledge = active.replica.knowledge();
    match text.parse::<u64>() {
        Ok(position) => knowledge.ancestor(&active.replica.head(), Position::new(position)),
        Err(_) => text.parse().ok().filter(|id| knowledge.place(id).is_some()),
    }
}

/// An entry down to its bytes. The leaves of the tree come with it if it is final: hashing them is not for the drive
/// loop.
pub(crate) fn detail(active: &Active, names: &Names, id: &EntryId) -> Option<(model::EntryDetail, Vec<EntryId>)> {
    let knowledge = active.replica.knowledge();
    let place = knowledge.place(id)?;
    let (signed, statement) = place.content.as_ref()?;
    let state = active.replica.state()?;
    let head = active.replica.head();
    let receipts = knowledge.receipts_on(&head);
    let covers = receipts.values().filter(|receipt| knowledge.descends(&receipt.entry, id));
    let opening: Option<&Opening> = active.replica.opening(&statement.payload);
    let detail = model::EntryDetail {
        entry: entry(active, &state, names, id)?,
        held: knowledge.descends(&head, id),
        previous: signed.previous.to_string(),
        log_root: place.frontier.root().to_string(),
        state_hash: knowledge.state(id).map(|state| countersign_chain::LogState::hash(state.as_ref()).to_string()),
        bytes: model::EntryBytes {
            entry: to_base32(&signed.to_bytes()),
            statement: to_base32(&statement.to_bytes()),
            opening: opening.map(|opening| to_base32(&opening.to_bytes())),
        },
        receipts: covers.map(|signed| receipt(signed, true)).collect(),
        inclusion: None,
    };
    let leaves = if knowledge.is_final(id) { knowledge.settled().to_vec() } else { Vec::new() };
    Some((detail, leaves))
}

/// Shows that an entry is a leaf.
pub(crate) fn inclusion(leaves: &[EntryId], index: u64) -> Option<model::Inclusion> {
    let mut tree = Tree::new();
    leaves.iter().for_each(|leaf| tree.append(leaf.bytes()));
    let size = tree.len();
    let proof = tree.inclusion_proof(index, size).ok()?;
    let path = proof.hashes().iter().map(ToString::to_string).collect();
    Some(model::Inclusion { size, index, root: tree.root().to_string(), path })
}
