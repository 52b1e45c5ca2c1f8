//! The personal data of a contract: whose, what for, who holds them, until when; opened where this node has them.

use std::collections::BTreeMap;

use countersign_api_model as model;
use countersign_chain::Statement;
use countersign_codec::Json;
use countersign_contract::{AttachmentRef, Payload, Response, State, commitment_text};
use countersign_types::{IdentityId, PayloadCommitment, Timestamp};
use countersign_workflow::{DataClassView, Process};

use crate::active::Active;
use crate::view::{plain, title, words};

/// What of a contract stays the same for each of its values.
struct Around<'a> {
    active: &'a Active,
    state: &'a State,
    now: Timestamp,
    /// When the process ended.
    end: Option<countersign_rules::Timestamp>,
    /// By commitment: where it stands in the state.
    places: BTreeMap<String, Vec<String>>,
}

/// Everything personal that responses of the held branch brought, ascending by position and name.
pub(crate) fn items(active: &Active, now: Timestamp) -> Vec<model::PersonalItem> {
    let Some(state) = active.replica.state() else { return Vec::new() };
    let scenario = state.scenario();
    if scenario.data_classes().next().is_none() {
        return Vec::new();
    }
    let process = state.process();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for place in process.map(Process::sealed).unwrap_or_default() {
        places.entry(place.hash.to_string()).or_default().push(place.pointer);
    }
    let end = process.filter(|process| process.outcome().is_some()).map(Process::entered);
    let around = Around { active, state: &state, now, end, places };
    let knowledge = active.replica.knowledge();
    let mut items = Vec::new();
    for id in knowledge.path(&active.replica.head()) {
        let Some((position, statement)) =
            knowledge.place(&id).and_then(|place| Some((place.position.get(), &place.content.as_ref()?.1)))
        else {
            continue;
        };
        let opening = active.replica.opening(&statement.payload);
        let payload = opening.and_then(|opening| Payload::from_bytes(statement.kind, opening.bytes()).ok());
        let Some(Payload::Response(response)) = payload else { continue };
        for (name, files) in &response.attachments {
            let Some(class) = response.class_of(scenario, name) else { continue };
            items
                .extend(files.iter().filter_map(|file| around.item(position, statement, &response, name, file, class)));
        }
    }
    items
}

impl Around<'_> {
    fn item(
        &self,
        position: u64,
        statement: &Statement,
        response: &Response,
        name: &str,
        file: &AttachmentRef,
        class: DataClassView<'_>,
    ) -> Option<model::PersonalItem> {
        let scenario = self.state.scenario();
        let replica = &self.active.replica;
        let commitment = commitment_text(&file.commitment);
        let entry = countersign_rules::Timestamp::from_ms(statement.time.millis())?;
        let kept_until = class.kept_until(entry, self.end);
        let erased = replica.is_forgotten(&file.commitment);
        let signed = replica.erasure_receipts(&file.commitment);
        Some(model::PersonalItem {
            contract: replica.contract().to_string(),
            contract_title: title(scenario),
            position,
            time: statement.time.to_string(),
            action: response.action.clone(),
            name: name.to_owned(),
            class: class.name().to_owned(),
            class_title: words(scenario, Some(class.title())),
            purpose: words(scenario, Some(class.purpose())),
            subject: class.subject().to_owned(),
            subject_party: self.subject(class, response).map(|party| party.to_string()),
            brought_by: self.state.ring(&statement.author.identity)?.party().to_string(),
            holders: (!class.is_held_by_all()).then(|| class.holders().map(str::to_owned).collect()),
            media: file.media.clone(),
            size: file.bytes,
            places: self.places.get(&commitment).cloned().unwrap_or_default(),
            kept_until: kept_until.map(|until| until.to_string()),
            due: !erased && kept_until.is_some_and(|until| until.ms() <= self.now.millis()),
            held: replica.holds(&file.commitment),
            erased,
            erased_by: signed.iter().map(|receipt| receipt.party.to_string()).collect(),
            value: self.value(name, &file.commitment),
            commitment,
        })
    }

    /// Whose the data are: of a group those of the member that gave them.
    fn subject(&self, class: DataClassView<'_>, response: &Response) -> Option<IdentityId> {
        let process = self.state.process();
        let gave = process.and_then(|process| process.party_in(&response.process, &response.actor).flatten());
        let own = process.and_then(|process| process.role_in_main(&response.process, &response.actor));
        let is_subject = own.is_some_and(|role| self.state.scenario().role(&role) == Some(class.subject()));
        match gave.filter(|_| is_subject) {
            Some(party) => party.parse().ok(),
            None => self.state.party_of(class.subject()),
        }
    }

    /// What is in an envelope.
    fn value(&self, name: &str, commitment: &PayloadCommitment) -> Option<serde_json::Value> {
        let opening = self.active.replica.opening(commitment).filter(|_| name.starts_with('/'))?;
        Json::parse(opening.bytes(), Default::default()).ok().map(|json| plain(&json))
    }
}
