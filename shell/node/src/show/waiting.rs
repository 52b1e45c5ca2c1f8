//! What this party waits for, and from whom.

use countersign_api_model as model;
use countersign_chain::LogState;
use countersign_types::{IdentityId, Timestamp};

use super::names::Names;
use crate::active::Active;
use crate::view::{time_in, title, words};

/// In one contract: actions that are open to others, and receipts that are missing. `seen` says when something came from
/// the node of a party.
pub(crate) fn waiting(
    active: &Active,
    names: &Names,
    now: Timestamp,
    seen: &dyn Fn(&[u8; 32]) -> Option<Timestamp>,
) -> Vec<model::WaitingItem> {
    let Some(state) = active.replica.state() else { return Vec::new() };
    let own = active.replica.party();
    let last_seen = |party: &IdentityId| {
        let node = active.node_of(party)?;
        seen(&node.node_key.bytes()).map(|time| time.to_string())
    };
    let item = |kind: &str, party: &IdentityId, since: String| model::WaitingItem {
        contract: active.replica.contract().to_string(),
        contract_title: title(crate::view::running(&state)),
        kind: kind.to_owned(),
        party: party.to_string(),
        party_name: names.of_party(&state, party),
        actor: None,
        actions: Vec::new(),
        position: None,
        since,
        last_seen: last_seen(party),
    };
    let mut items = Vec::new();
    if let Some(process) = state.process() {
        let scenario = process.scenario();
        for (actor, actions) in process.open(time_in(process, now)) {
            let party = process.party(&actor).and_then(|party| party.parse::<IdentityId>().ok());
            let Some(party) = party.filter(|party| *party != own) else { continue };
            let named = actions.iter().map(|open| {
                let action = process.process(&open.process).and_then(|one| one.action(&open.action));
                let title = words(scenario, action.map(|action| action.title()));
                model::ActionTitle { action: open.action.clone(), title }
            });
            let actions = named.collect();
            let item = item("action", &party, process.entered().to_string());
            items.push(model::WaitingItem { actor: Some(actor), actions, ..item });
        }
    }
    let head = active.replica.head();
    let knowledge = active.replica.knowledge();
    let Some(place) = knowledge.place(&head) else { return items };
    let receipts = knowledge.receipts_on(&head);
    for party in state.epoch().parties().filter(|party| *party != own) {
        let received = receipts.get(&party).map_or(0, |receipt| receipt.position.get());
        if received >= place.position.get() {
            continue;
        }
        // Since the first entry that it lacks was here; before this node started, since its author said it.
        let first = received.saturating_add(1);
        let entry = knowledge.ancestor(&head, countersign_types::Position::new(first));
        let said =
            entry.and_then(|entry| knowledge.place(&entry)?.content.as_ref().map(|(_, statement)| statement.time));
        let since = active.observed.of(first).received.or(said).unwrap_or(now);
        items.push(model::WaitingItem { position: Some(received), ..item("receipt", &party, since.to_string()) });
    }
    items
}
