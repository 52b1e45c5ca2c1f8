//! What is open, with the forms to fill in; what was founded; what was attached.

use std::collections::BTreeMap;

use countersign_api_model as model;
use countersign_chain::Statement;
use countersign_codec::Json;
use countersign_contract::{Payload, State, commitment_text};
use countersign_crypto::Digest;
use countersign_workflow::{ActionView, Demand, FileAsked, Process, ROOT_PROCESS, Scenario};

use super::names::Names;
use crate::active::Active;
use crate::view::{plain, words};

/// Most documents of an answer; the newest count.
const DOCUMENTS_MAX: usize = 10_000;

/// The forms of the responses to an action.
pub(crate) fn forms(process: &Process, place: &str, action: &ActionView<'_>, responses: &[String]) -> Vec<model::Form> {
    let scenario = process.scenario();
    let class = |action: &str, response: &str, file: &str| {
        // Sub-scenarios have no personal data, whatever their files are called.
        (place == ROOT_PROCESS).then(|| scenario.attachment_class(action, Some(response), file)).flatten()
    };
    let form = |response: &String| model::Form {
        response: response.clone(),
        title: words(scenario, action.response_title(response)),
        schema: action.response_schema(response).map(|schema| self_contained(action, &schema)).unwrap_or_default(),
        // What cannot be proved yet is not asked yet.
        proof: process.demand(place, action.name(), Some(response)).ok().flatten().map(|asked| demand(&asked)),
        attachments: action
            .attachments(response)
            .into_iter()
            .map(|file| model::Slot {
                personal: class(action.name(), response, file.name).map(str::to_owned),
                ..slot(file)
            })
            .collect(),
    };
    responses.iter().map(form).collect()
}

/// A schema with the named types that it may name, so that it can be read alone.
fn self_contained(action: &ActionView<'_>, schema: &Json) -> serde_json::Value {
    let mut schema = plain(schema);
    if let (Some(members), Some(types)) = (schema.as_object_mut(), action.types()) {
        members.insert("types".to_owned(), plain(types));
    }
    schema
}

fn demand(asked: &Demand) -> model::ProofDemand {
    model::ProofDemand {
        commitment: asked.commitment.to_string(),
        challenge: asked.challenge.to_string(),
        min: asked.claim.min().map(|min| decimal(min, asked.digits)),
        max: asked.claim.max().map(|max| decimal(max, asked.digits)),
        digits: asked.digits,
    }
}

/// A number that is a multiple of its last digit, with all of its digits.
fn decimal(scaled: i64, digits: u8) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let power = 10_u64.pow(u32::from(digits));
    let (whole, rest) = (scaled.unsigned_abs() / power, scaled.unsigned_abs() % power);
    if digits == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = usize::from(digits))
    }
}

fn slot(file: FileAsked<'_>) -> model::Slot {
    model::Slot {
        name: file.name.to_owned(),
        optional: file.optional,
        many: file.many.map(|many| model::SlotMany {
            min: u32::try_from(many.min).unwrap_or(u32::MAX),
            max: u32::try_from(many.max).unwrap_or(u32::MAX),
        }),
        media: file.media.map(<[String]>::to_vec),
        bytes_max: u64::try_from(file.bytes_max).unwrap_or_default(),
        personal: None,
    }
}

/// What the contract was founded with.
pub(crate) fn charter(state: &State) -> model::CharterView {
    let charter = state.charter();
    let actors = match state.process() {
        Some(process) => process.roles().filter_map(|(actor, party)| Some((actor, party?.to_owned()))).collect(),
        None => charter.actors.iter().map(|(actor, (party, _))| (actor.clone(), party.to_string())).collect(),
    };
    model::CharterView { scenario: plain(charter.scenario.canonical()), inputs: plain(&charter.inputs), actors }
}

/// State → title.
pub(crate) fn state_titles(scenario: &Scenario) -> BTreeMap<String, String> {
    scenario.states().map(|state| (state.to_owned(), words(scenario, scenario.state_title(state)))).collect()
}

/// What was attached, newest first.
pub(crate) fn documents(active: &Active, names: &Names) -> Option<model::DocumentList> {
    let knowledge = active.replica.knowledge();
    let state = active.replica.state()?;
    let mut documents = Vec::new();
    for id in knowledge.path(&active.replica.head()).iter().rev() {
        let Some((place, (_, statement))) =
            knowledge.place(id).and_then(|place| Some((place, place.content.as_ref()?)))
        else {
            continue;
        };
        let opening = active.replica.opening(&statement.payload);
        let payload = opening.and_then(|opening| Payload::from_bytes(statement.kind, opening.bytes()).ok());
        let Some(payload) = payload else { continue };
        // An envelope is no document.
        for (slot, file) in payload.files().into_iter().filter(|(slot, _)| !slot.starts_with('/')) {
            let held = active.replica.opening(&file.commitment);
            documents.push(model::DocumentView {
                slot: slot.to_owned(),
                name: file.name.clone(),
                media: file.media.clone(),
                size: file.bytes,
                commitment: commitment_text(&file.commitment),
                hash: held.map(|opening| Digest::of(opening.bytes()).to_string()),
                held: active.replica.holds(&file.commitment),
                erased: active.replica.is_forgotten(&file.commitment),
                position: place.position.get(),
                entry: id.to_string(),
                statement: Statement::id(statement).to_string(),
                author: statement.author.identity.to_string(),
                author_name: names.of_person(&state, &statement.author.identity),
            });
        }
        if documents.len() >= DOCUMENTS_MAX {
            break;
        }
    }
    Some(model::DocumentList { documents })
}
