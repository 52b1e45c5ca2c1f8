//! A contract as a diagram and in plain words: what is taken from it, so that the work can be done elsewhere.

use std::collections::BTreeMap;

use countersign_api::Refusal;
use countersign_api_model as model;
use countersign_chain::StatementKind;
use countersign_contract::State;
use countersign_playground::{self as playground, Fault};
use countersign_types::{IdentityId, Outcome, Timestamp};
use countersign_workflow::{Cause, Happened, Outline, Process, ROOT_PROCESS, Scenario};

use super::names::Names;
use crate::active::Active;
use crate::view::time_in;

/// What a diagram and a text are made of.
pub(crate) struct Paper {
    scenario: Scenario,
    process: Option<Process>,
    /// Actor → the name of its party.
    parties: BTreeMap<String, String>,
    overlay: model::DiagramOverlay,
}

impl Paper {
    /// Of a contract in a state; without `active` it was offered, and nothing happened yet. `own` is the party of this node.
    pub(crate) fn of(state: &State, active: Option<&Active>, names: &Names, own: &IdentityId, now: Timestamp) -> Self {
        let charter = state.charter();
        let process = state.process();
        let scenario = process.map_or(&charter.scenario, Process::scenario).clone();
        let actors: BTreeMap<String, IdentityId> = match process {
            Some(process) => process.roles().filter_map(|(actor, party)| Some((actor, party?.parse().ok()?))).collect(),
            None => charter.actors.iter().map(|(actor, (party, _))| (actor.clone(), *party)).collect(),
        };
        let parties: BTreeMap<String, String> =
            actors.iter().filter_map(|(actor, party)| Some((actor.clone(), names.of_party(state, party)?))).collect();
        let mut overlay =
            process.map(|process| run(active.map(responses).unwrap_or_default(), process, now)).unwrap_or_default();
        // A figure has one place for a group, whichever of its members acts.
        let drawn = |actor: &str| scenario.role(actor).unwrap_or(actor).to_owned();
        overlay.you = actors.iter().filter(|(_, party)| *party == own).map(|(actor, _)| drawn(actor)).collect();
        overlay.you.dedup();
        overlay.next.iter_mut().for_each(|next| next.actor = drawn(&next.actor));
        overlay.next.dedup();
        let one = parties.iter().filter(|(actor, _)| drawn(actor) == **actor);
        overlay.monograms = one.map(|(actor, name)| (actor.clone(), monogram(name))).collect();
        Self { scenario, process: process.cloned(), parties, overlay }
    }

    /// Laid out.
    pub(crate) fn drawn(self, language: Option<&str>) -> Result<model::Diagram, Refusal> {
        let language = language.unwrap_or(self.scenario.language());
        playground::drawn(&Outline::of(&self.scenario), language, self.overlay).map_err(|fault| refusal(&fault))
    }

    /// In words.
    pub(crate) fn written(self, language: Option<&str>) -> Result<model::Prose, Refusal> {
        let written = playground::written(&self.scenario, self.process.as_ref(), self.parties, language);
        written.map_err(|fault| refusal(&fault))
    }
}

fn refusal(fault: &Fault) -> Refusal {
    Refusal::new(countersign_api::Kind::Failed, "internal", fault.to_string())
}

/// Where `main` is, the way to there with the numbers of its entries, and who can go on.
fn run(numbers: Vec<u64>, process: &Process, now: Timestamp) -> model::DiagramOverlay {
    let mut numbers = numbers.into_iter();
    let answers = process.history().into_iter().filter(|done| matches!(done.cause, Cause::Response { .. }));
    let numbered: Vec<(&Happened, u64)> = answers.map_while(|done| Some((done, numbers.next()?))).collect();
    let number_of = |done: &Happened| numbered.iter().find(|(known, _)| std::ptr::eq(*known, done)).map(|(_, n)| *n);
    let mut last: Option<&Happened> = None;
    let mut taken = Vec::new();
    // The first state is where the way begins, no step on it.
    for (happened, state) in process.path().into_iter().skip(1) {
        let cause = happened.map(|happened| happened.cause.to_string()).unwrap_or_default();
        let again = happened.is_some_and(|happened| last.is_some_and(|last| std::ptr::eq(last, happened)));
        last = happened;
        // An automatic transition after a response belongs to the same entry, so no step is without its number.
        let number = if again {
            taken.last().and_then(|step: &model::DiagramStep| step.number)
        } else {
            happened.and_then(number_of)
        };
        taken.push(model::DiagramStep { state: state.to_owned(), cause, number });
    }
    let next = process.open(time_in(process, now)).into_iter().flat_map(|(actor, open)| {
        open.into_iter()
            .filter(|open| open.process == ROOT_PROCESS)
            .map(move |open| model::DiagramNext { actor: actor.to_string(), action: open.action.to_string() })
    });
    model::DiagramOverlay {
        current: Some(process.state().to_owned()),
        taken,
        next: next.collect(),
        ..model::DiagramOverlay::default()
    }
}

/// The positions of the responses that were applied, ascending: one for each in the history of the process.
fn responses(active: &Active) -> Vec<u64> {
    let knowledge = active.replica.knowledge();
    let places = knowledge.path(&active.replica.head()).into_iter().filter_map(|entry| knowledge.place(&entry));
    let applied = places.filter(|place| {
        let response = place.content.as_ref().is_some_and(|(_, said)| said.kind == StatementKind::Response);
        response && place.outcome == Outcome::Applied
    });
    applied.map(|place| place.position.get()).collect()
}

/// Two letters for a name, as pages show it: `Van Dijk Vastgoed` is `VD`.
fn monogram(name: &str) -> String {
    let mut words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let letters: String = match (words.next(), words.next()) {
        (Some(first), Some(second)) => first.chars().take(1).chain(second.chars().take(1)).collect(),
        (Some(only), None) => only.chars().take(2).collect(),
        _ => "?".to_owned(),
    };
    letters.to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::monogram;

    #[test]
    fn a_name_has_two_letters() {
        assert_eq!(monogram("Van Dijk Vastgoed B.V."), "VD");
        assert_eq!(monogram("merwede"), "ME");
        assert_eq!(monogram("…"), "?");
    }
}
