//! `POST /v1/scenario/run`: a play, with the process at every moment of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use countersign_api_model as model;
use countersign_codec::Json;
use countersign_rules::Timestamp;
use countersign_workflow::{
    ActionView, ChildView, Player, Process, ROOT_PROCESS, Refused, START_DEFAULT, Scenario, Words,
};

use crate::Fault;
use crate::check::{id, kind};
use crate::fault::scenario;
use crate::json::{core, value};

/// Most steps of a play.
pub const STEPS_MAX: usize = 1_000;
/// Most bytes that the moments of a play take.
pub const MOMENT_BYTES_MAX: usize = 4 << 20;
/// A play that takes longer is given up.
const TIME_MAX: Duration = Duration::from_secs(3);

/// Plays a scenario. A step that is refused is an answer; the play goes on after it.
///
/// # Errors
/// [`Fault`]: the document cannot be run, the play is not of its form, or a limit is met.
pub fn run(request: &model::ScenarioRunRequest) -> Result<model::ScenarioRun, Fault> {
    let until = Instant::now() + TIME_MAX;
    if request.steps.len() > STEPS_MAX {
        return Err(Fault::Limit("a play has at most 1,000 steps"));
    }
    let scenario = scenario(&request.document)?;
    let language = request.language.as_deref().unwrap_or(scenario.language()).to_owned();
    let mut player = start(request, &scenario)?;
    let mut bytes = 0;
    let mut moments = Vec::new();
    let mut actions = forms(&scenario, &language);
    for number in 0..=request.steps.len() {
        let (before, refused) = (player.process.history().len(), player.refused.len());
        if let Some(step) = number.checked_sub(1).and_then(|step| request.steps.get(step)) {
            player.step(&core(step)?)?;
        }
        let happened = if number == 0 { 0 } else { before };
        let moment = moment(number, &player.process, happened, player.refused.get(refused), &language);
        bytes += serde_json::to_vec(&moment).map_or(0, |text| text.len());
        if bytes > MOMENT_BYTES_MAX {
            return Err(Fault::Limit("the moments of a play take at most 4 MiB"));
        }
        if Instant::now() > until {
            return Err(Fault::Limit("a play takes at most three seconds"));
        }
        moments.push(moment);
        child_forms(&player.process, &scenario, &language, &mut actions);
    }
    let titles = |names: Vec<&str>, title: &dyn Fn(&str) -> Option<String>| {
        names.into_iter().map(|name| (name.to_owned(), title(name).unwrap_or_else(|| name.to_owned()))).collect()
    };
    let say = |words: Option<&Words>| words.and_then(|words| said(words, &scenario, &language));
    Ok(model::ScenarioRun {
        scenario: id(&scenario),
        moments,
        actions,
        state_titles: titles(scenario.states().collect(), &|name| say(scenario.state_title(name))),
        actor_titles: titles(scenario.actors().collect(), &|name| say(scenario.actor_title(name))),
        inputs_schema: value(&scenario.input_schema()),
    })
}

fn start(request: &model::ScenarioRunRequest, scenario: &Scenario) -> Result<Player, Fault> {
    let time = request.start.as_deref().unwrap_or(START_DEFAULT);
    let time = Timestamp::parse(time).ok_or_else(|| Fault::Steps("`start` is no timestamp".to_owned()))?;
    let inputs = request.inputs.as_ref().map(core).transpose()?.unwrap_or_else(|| Json::Map(BTreeMap::new()));
    let mut data = BTreeMap::new();
    for (actor, members) in &request.actors {
        let members: Result<BTreeMap<String, Json>, Fault> =
            members.iter().map(|(name, value)| Ok((name.clone(), core(value)?))).collect();
        data.insert(actor.clone(), members?);
    }
    Ok(Player::start(scenario, &data, &inputs, time)?)
}

fn said(words: &Words, scenario: &Scenario, language: &str) -> Option<String> {
    let found = words.get(language).or_else(|| words.get(scenario.language())).or_else(|| words.values().next());
    found.cloned()
}

fn moment(step: usize, process: &Process, before: usize, refused: Option<&Refused>, language: &str) -> model::Moment {
    let time = process.time();
    let open = process.open(time).into_iter().flat_map(|(actor, open)| {
        open.into_iter().map(move |open| model::MomentOpen {
            actor: if open.process == ROOT_PROCESS { actor.clone() } else { open.actor },
            process: open.process,
            action: open.action,
            responses: open.responses,
        })
    });
    let told = |actor: &str| process.instructions(actor, language).ok().flatten();
    let instructions = process.scenario().actors().filter_map(|actor| Some((actor.to_owned(), told(actor)?)));
    let refused = refused.map(|refused| model::StepRefused {
        rule: refused.rejection.rule.as_str().to_owned(),
        message: refused.rejection.message.clone(),
        pointer: refused.rejection.pointer.clone(),
        line: refused.rejection.place.map(|place| place.line),
        column: refused.rejection.place.map(|place| place.column),
    });
    model::Moment {
        step,
        time: time.to_string(),
        state: process.state().to_owned(),
        entered: process.entered().to_string(),
        outcome: process.outcome().map(|outcome| outcome.as_str().to_owned()),
        refused,
        happened: process.history().iter().skip(before).map(|done| done.cause.to_string()).collect(),
        markers: process.markers().into_iter().map(Into::into).collect(),
        assets: value(&process.assets().to_plain()),
        vars: value(&process.vars().to_plain()),
        result: value(&process.result().to_plain()),
        timers: timers(process),
        processes: processes(process, language),
        next: process.next(),
        open: open.collect(),
        instructions: instructions.collect(),
    }
}

/// What will happen by itself, in all processes, as bodies of the API: the earliest of each process first.
pub fn timers(process: &Process) -> Vec<model::Timer> {
    let mut timers = Vec::new();
    for one in process.processes() {
        timers.extend(one.timers().into_iter().map(|(due, goto)| model::Timer {
            due: due.to_string(),
            goto: goto.map(Into::into),
            process: one.path().to_owned(),
        }));
    }
    timers
}

/// `main` and all that it started, as bodies of the API: parents first, what has ended too. Titles in a language, else
/// that of the scenario.
pub fn processes(process: &Process, language: &str) -> Vec<model::ProcessPart> {
    let mut parts = Vec::new();
    for one in process.processes() {
        let say = |words: &Words| said(words, process.scenario(), language).unwrap_or_default();
        let titles = one.state_titles().map(|(state, words)| (state.to_owned(), say(words)));
        parts.push(model::ProcessPart {
            process: one.path().to_owned(),
            title: say(one.title()),
            state: one.state().to_owned(),
            state_title: one.state_title().map(say).unwrap_or_default(),
            entered: Some(one.entered().to_string()),
            outcome: one.outcome().map(|outcome| outcome.as_str().to_owned()),
            assets: value(&one.assets().to_plain()),
            vars: value(&one.vars().to_plain()),
            inputs: value(&one.inputs().to_plain()),
            result: value(&one.result().to_plain()),
            state_titles: titles.collect(),
        });
        for child in one.children() {
            let ChildView::Ended { name, title, state, state_title, outcome, result } = child else { continue };
            parts.push(model::ProcessPart {
                process: format!("{}/{name}", one.path()),
                title: say(title),
                state: state.to_owned(),
                state_title: state_title.map(say).unwrap_or_default(),
                entered: None,
                outcome: Some(outcome.as_str().to_owned()),
                assets: serde_json::Value::Null,
                vars: serde_json::Value::Null,
                inputs: serde_json::Value::Null,
                result: value(&result.to_plain()),
                state_titles: BTreeMap::new(),
            });
        }
    }
    parts
}

fn forms(scenario: &Scenario, language: &str) -> BTreeMap<String, model::ActionForms> {
    let actions = scenario.actions().filter_map(|name| scenario.action(name));
    let written = |name: &str| scenario.canonical().get("actions").and_then(|actions| actions.get(name));
    actions
        .map(|action| (action.name().to_owned(), form(scenario, &action, written(action.name()), language)))
        .collect()
}

/// Adds the forms of what is open in processes other than `main`, by their path, a colon and the action.
fn child_forms(
    process: &Process,
    scenario: &Scenario,
    language: &str,
    into: &mut BTreeMap<String, model::ActionForms>,
) {
    let open = process.open(process.time()).into_iter().flat_map(|(_, open)| open);
    for open in open.filter(|open| open.process != ROOT_PROCESS) {
        let Some(action) = process.process(&open.process).and_then(|one| one.action(&open.action)) else { continue };
        into.entry(format!("{}:{}", open.process, open.action))
            .or_insert_with(|| form(scenario, &action, None, language));
    }
}

/// `canonical`: the action as the canonical form of the scenario has it, for the hints for screens.
fn form(scenario: &Scenario, action: &ActionView<'_>, canonical: Option<&Json>, language: &str) -> model::ActionForms {
    let response = |response: &str| response_form(scenario, action, canonical, response, language);
    model::ActionForms {
        title: said(action.title(), scenario, language).unwrap_or_else(|| action.name().to_owned()),
        kind: kind(action.kind()).to_owned(),
        clause: action.clause().map(str::to_owned),
        seen: action.seen(),
        expect: action.expect().to_owned(),
        responses: action.responses().map(response).collect(),
    }
}

fn response_form(
    scenario: &Scenario,
    action: &ActionView<'_>,
    canonical: Option<&Json>,
    response: &str,
    language: &str,
) -> model::ResponseForm {
    let title = action.response_title(response).and_then(|words| said(words, scenario, language));
    let written = canonical.and_then(|action| action.get("responses")).and_then(|responses| responses.get(response));
    let ui = written.and_then(|response| response.get("ui")).or_else(|| canonical.and_then(|action| action.get("ui")));
    let attachments = action.attachments(response).into_iter();
    model::ResponseForm {
        response: response.to_owned(),
        title: title.unwrap_or_else(|| response.to_owned()),
        schema: action.response_schema(response).as_ref().map(value).unwrap_or_default(),
        ui: ui.map(value),
        attachments: attachments
            .map(|file| model::AttachmentForm {
                name: file.name.to_owned(),
                optional: file.optional,
                many: file.many.map(|many| model::SlotMany {
                    min: u32::try_from(many.min).unwrap_or(u32::MAX),
                    max: u32::try_from(many.max).unwrap_or(u32::MAX),
                }),
                media: file.media.map(<[String]>::to_vec),
                max_bytes: file.bytes_max,
            })
            .collect(),
    }
}
