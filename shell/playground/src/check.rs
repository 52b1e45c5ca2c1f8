//! `POST /v1/scenario/check`.

use std::collections::{BTreeMap, VecDeque};

use countersign_api_model as model;
use countersign_crypto::Digest;
use countersign_petri::{Soundness, Verdict, findings, sound_canonical};
use countersign_types::ScenarioId;
use countersign_workflow::{ActionKind, Finding, Outline, Scenario, Words};

use crate::Fault;
use crate::fault::bytes;

/// The page with the meaning of every code.
const PAGE: &str = include_str!("../../../docs/errors/scenario.md");

/// Most markings of each search; a check is asked for after every change of a text.
const MARKINGS_MAX: usize = 20_000;

/// Findings of a check whose state is told with the way to it.
const WITH_WAY: [&str; 7] = ["E302", "E304", "E305", "E306", "W602", "W603", "W604"];

/// Checks a document.
///
/// # Errors
/// [`Fault::Limit`]: the document is too large.
pub fn check(request: &model::ScenarioCheckRequest) -> Result<model::ScenarioReport, Fault> {
    let document = bytes(&request.document)?;
    let (loaded, found) = match Scenario::load(document) {
        Ok((scenario, warnings)) => (Some(scenario), warnings),
        Err(findings) => (None, findings),
    };
    let outline = Outline::read(document);
    let sound = loaded.as_ref().map(|scenario| sound_canonical(scenario.canonical(), MARKINGS_MAX));
    let mut all: Vec<model::ScenarioFinding> = found.iter().map(|found| finding(found, outline.as_ref())).collect();
    if let Some(sound) = &sound {
        let faults = findings(outline.as_ref(), &sound.ignored).into_iter().zip(&sound.ignored.flaws);
        all.extend(faults.map(|(fault, flaw)| {
            let path = flaw.states.clone();
            model::ScenarioFinding { path, state: flaw.state.clone(), ..finding(&fault, outline.as_ref()) }
        }));
        all.sort_by_key(|finding| (finding.line, finding.column));
    }
    let errors = all.iter().filter(|finding| finding.severity == "error").count();
    Ok(model::ScenarioReport {
        scenario: loaded.as_ref().filter(|_| errors == 0).map(id),
        errors,
        warnings: all.len() - errors,
        findings: all,
        outline: outline.as_ref().map(contents),
        soundness: sound.as_ref().map(soundness),
    })
}

fn soundness(sound: &Soundness) -> model::Soundness {
    let verdict = |verdict: &Verdict| model::SoundnessVerdict {
        sound: verdict.is_sound(),
        whole: verdict.whole,
        markings: verdict.markings,
        flaws: verdict.flaws.iter().map(flaw).collect(),
    };
    model::Soundness { ignored: verdict(&sound.ignored), honoured: verdict(&sound.honoured) }
}

fn flaw(flaw: &countersign_petri::Flaw) -> model::SoundnessFlaw {
    let stages = flaw.path.iter();
    model::SoundnessFlaw {
        kind: flaw.kind.as_str().to_owned(),
        message: flaw.words.clone(),
        path: stages
            .map(|stage| model::SoundnessStage { by: stage.by.clone(), states: stage.states.clone() })
            .collect(),
        states: flaw.states.clone(),
    }
}

fn finding(found: &Finding, outline: Option<&Outline>) -> model::ScenarioFinding {
    let state = outline.and_then(|outline| state_at(outline, found));
    let way = WITH_WAY.contains(&found.code);
    let path = outline.zip(state.as_deref()).filter(|_| way).map(|(outline, state)| way_to(outline, state));
    model::ScenarioFinding {
        code: found.code.to_owned(),
        severity: if found.is_error() { "error" } else { "warning" }.to_owned(),
        line: found.place.line,
        column: found.place.column,
        message: found.message.clone(),
        explanation: explanation(found.code),
        state,
        path: path.unwrap_or_default(),
    }
}

/// What the page of the codes says of one, without the sentence that the finding has itself.
fn explanation(code: &str) -> String {
    let Some((_, after)) = PAGE.split_once(&format!("### {code}\n")) else { return String::new() };
    let section = after.split("\n#").next().unwrap_or_default();
    let paragraphs = section.split("\n\n").map(str::trim).filter(|text| !text.is_empty() && !text.starts_with('*'));
    paragraphs.map(|text| text.replace('\n', " ")).collect::<Vec<_>>().join(" ")
}

/// The state in whose part of the document a finding stands.
fn state_at(outline: &Outline, found: &Finding) -> Option<String> {
    let own = |state: &&countersign_workflow::StateOutline| {
        state.place == found.place || state.ways.iter().any(|way| way.place == found.place)
    };
    outline.states.iter().find(own).map(|state| state.name.clone())
}

/// The states on the shortest way from the first to this one; empty if there is none.
fn way_to(outline: &Outline, state: &str) -> Vec<String> {
    let Some(initial) = outline.initial.as_deref() else { return Vec::new() };
    let mut before: BTreeMap<&str, &str> = BTreeMap::from([(initial, initial)]);
    let mut left = VecDeque::from([initial]);
    while let Some(at) = left.pop_front() {
        for target in
            outline.state(at).into_iter().flat_map(|found| &found.ways).filter_map(|way| way.target.as_deref())
        {
            if outline.state(target).is_some() && !before.contains_key(target) {
                before.insert(target, at);
                left.push_back(target);
            }
        }
    }
    let mut path = vec![state];
    while let Some(previous) = path.last().and_then(|last| before.get(last)) {
        if path.last() == Some(previous) {
            return path.into_iter().rev().map(str::to_owned).collect();
        }
        path.push(previous);
    }
    Vec::new()
}

fn contents(outline: &Outline) -> model::ScenarioOutline {
    let say = |words: &Words, name: &str| outline.say(words, &outline.language).unwrap_or(name).to_owned();
    let state = |state: &countersign_workflow::StateOutline| model::OutlineState {
        title: say(&state.title, &state.name),
        name: state.name.clone(),
        outcome: state.outcome.map(|outcome| outcome.as_str().to_owned()),
        line: state.place.line,
    };
    let action = |action: &countersign_workflow::ActionOutline| model::OutlineAction {
        title: say(&action.title, &action.name),
        name: action.name.clone(),
        kind: kind(action.kind).to_owned(),
        by: action.by.clone(),
        responses: action.responses.iter().map(|(name, _)| name.clone()).collect(),
        line: action.place.line,
    };
    let actor = |actor: &countersign_workflow::ActorOutline| model::OutlineActor {
        title: say(&actor.title, &actor.name),
        name: actor.name.clone(),
        line: actor.place.line,
    };
    model::ScenarioOutline {
        name: outline.name.clone(),
        title: say(&outline.title, &outline.name),
        language: outline.language.clone(),
        initial: outline.initial.clone(),
        states: outline.states.iter().map(state).collect(),
        actions: outline.actions.iter().map(action).collect(),
        actors: outline.actors.iter().map(actor).collect(),
        assets: outline.assets.iter().map(|(name, _)| name.clone()).collect(),
        vars: outline.vars.clone(),
    }
}

/// The text form of a scenario's id.
pub(crate) fn id(scenario: &Scenario) -> String {
    ScenarioId::new(Digest::new(scenario.digest())).to_string()
}

/// The word for a kind of action.
pub(crate) const fn kind(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Performative => "performative",
        ActionKind::Informative => "informative",
    }
}
