//! Who is in the contracts of this party, and what they may do.

use std::collections::BTreeMap;

use countersign_api_model as model;
use countersign_contract::State;
use countersign_member::IdentityKind;
use countersign_types::IdentityId;

use super::names::Names;
use crate::active::Active;
use crate::contracts::Contracts;
use crate::view::{plain, title};

/// The identities of the contracts in memory.
pub(crate) fn people(contracts: &Contracts, names: &Names) -> Vec<model::PersonView> {
    let mut people = BTreeMap::new();
    for active in contracts.iter() {
        if let Some(state) = active.replica.state() {
            note(active, &state, names, &contracts.me.party, &mut people);
        }
    }
    people.into_values().collect()
}

fn note(
    active: &Active,
    state: &State,
    names: &Names,
    own: &IdentityId,
    people: &mut BTreeMap<IdentityId, model::PersonView>,
) {
    let title = title(crate::view::running(state));
    for (identity, ring) in state.rings() {
        let party = ring.party();
        let current = ring.keys().filter(|(_, retired)| retired.is_none());
        let introduced = model::Introduced {
            contract: active.replica.contract().to_string(),
            title: title.clone(),
            party: party.to_string(),
            party_name: names.of_party(state, &party),
            keys: current.map(|(key, _)| key.id().to_string()).collect(),
            mandates: mandates(state, identity),
        };
        let person = people.entry(*identity).or_insert_with(|| model::PersonView {
            identity: identity.to_string(),
            kind: kind(ring.kind()).to_owned(),
            name: None,
            own: false,
            contracts: Vec::new(),
        });
        person.name = person.name.take().or_else(|| names.of_person(state, identity));
        person.own |= party == *own;
        person.contracts.push(introduced);
    }
}

fn mandates(state: &State, person: &IdentityId) -> Vec<model::MandateView> {
    let given = state.mandates().iter().filter(|(_, given)| given.mandate.person == *person);
    let view = |(statement, given): (&countersign_types::StatementId, &countersign_contract::MandateRecord)| {
        model::MandateView {
            statement: statement.to_string(),
            party: given.party.to_string(),
            mandate: plain(&given.mandate.to_json()),
        }
    };
    given.map(view).collect()
}

const fn kind(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Organisation => "organisation",
        IdentityKind::Person => "person",
        IdentityKind::System => "system",
    }
}
