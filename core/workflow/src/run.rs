//! Playing a scenario: the pure function behind `countersign scenario run` (language §6).

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::{Duration, Timestamp, Value};
use thiserror::Error;

use crate::answer::{Answer, Entitlement, KeyKind};
use crate::change::Deviation;
use crate::classes::play_sealed;
use crate::offer::Open;
use crate::process::{Binding, Process, ROOT_PROCESS};
use crate::process_view::{ChildView, ProcessView};
use crate::rejection::Rejection;
use crate::scenario::{Joins, MEMBERS_MAX, Outcome, Scenario};

/// Most jumps of the clock with `--timers`.
pub const CLOCK_JUMPS_MAX: usize = 1_000;
/// When a play starts unless said otherwise.
pub const START_DEFAULT: &str = "2026-01-01T00:00:00.000Z";

/// Why a play cannot be done at all: misuse, not a rejection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Misuse {
    /// A step names an actor that the scenario has not.
    #[error("step {0}: no actor is called {1}")]
    UnknownActor(usize, String),
    /// A step names a process that is not there.
    #[error("step {0}: no process is called {1}")]
    UnknownProcess(usize, String),
    /// A step is not written as §6 says.
    #[error("step {0}: {1}")]
    Step(usize, &'static str),
    /// A step adopts a deviation that cannot be one.
    #[error("step {0}: the deviation is faulty: {1}")]
    Deviation(usize, String),
    /// The scenario cannot be started with these inputs.
    #[error("cannot start: {0}")]
    Start(#[from] Rejection),
}

/// What is played.
#[derive(Clone, Debug)]
pub struct Play {
    /// `--input`: what the process is started with.
    pub inputs: Json,
    /// `--steps`: a list of steps.
    pub steps: Vec<Json>,
    /// `--start`.
    pub start: Timestamp,
    /// `--timers`: afterwards the clock jumps to the next due timer until nothing is due.
    pub timers: bool,
}

/// A rejection in a play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The number of the step, from 1.
    pub step: usize,
    /// Why.
    pub rejection: Rejection,
}

/// A play as it goes on: every role is bound to nobody in particular, and everybody is entitled.
#[derive(Clone, Debug)]
pub struct Player {
    /// The process.
    pub process: Process,
    /// The time of the last step, whether or not it was applied.
    pub time: Timestamp,
    /// The steps taken so far.
    steps: usize,
    /// The rejections so far.
    pub refused: Vec<Refused>,
    /// The process at the start and after each step: what an author saw then.
    snapshots: Vec<Process>,
}

impl Player {
    /// Starts a play. `data`: the own data of roles; a group begins with its `min` members, or with as many as have data.
    ///
    /// # Errors
    /// [`Misuse::Start`].
    pub fn start(
        scenario: &Scenario,
        data: &BTreeMap<String, BTreeMap<String, Json>>,
        inputs: &Json,
        time: Timestamp,
    ) -> Result<Self, Misuse> {
        let bound = scenario.actors().filter(|actor| scenario.joins(actor) == Some(Joins::Start));
        let names = bound.flat_map(|actor| match scenario.group(actor) {
            None => vec![actor.to_owned()],
            Some(many) => {
                let name = |index: usize| format!("{actor}.{index}");
                let wanted = |index: &usize| *index < many.min || data.contains_key(&name(*index));
                (0..=MEMBERS_MAX).take_while(wanted).map(name).collect()
            }
        });
        let bindings = names.map(|name| {
            let data = data.get(&name).cloned().unwrap_or_default();
            (name, Binding { party: None, data })
        });
        let process = Process::start(scenario, &bindings.collect(), inputs, time)?;
        Ok(Self { snapshots: vec![process.clone()], process, time, steps: 0, refused: Vec::new() })
    }

    /// Takes one step: `{actor, action, response, data, attachments, process, time, saw}`, `{wait}` or `{time}` alone,
    /// which is a tick, or `{deviation}`, a document that is adopted now.
    ///
    /// # Errors
    /// [`Misuse`]; a rejection is no error and is noted in `refused`.
    pub fn step(&mut self, step: &Json) -> Result<(), Misuse> {
        self.steps = self.steps.saturating_add(1);
        let number = self.steps;
        let members = step.as_map().ok_or(Misuse::Step(number, "a step is an object"))?;
        const KEYS: [&str; 11] = [
            "actor",
            "action",
            "response",
            "data",
            "attachments",
            "process",
            "time",
            "wait",
            "saw",
            "deviation",
            "expected",
        ];
        if members.keys().any(|key| !KEYS.contains(&key.as_str())) {
            return Err(Misuse::Step(number, "a step has an unknown member"));
        }
        let text = |key: &'static str, message: &'static str| match members.get(key) {
            None => Ok(None),
            Some(value) => value.as_text().map(Some).ok_or(Misuse::Step(number, message)),
        };
        self.time = self.step_time(step, number)?;
        let (actor, action) = (text("actor", "`actor` is a name")?, text("action", "`action` is a name")?);
        let process = text("process", "`process` is a name")?;
        let body = &self.process.main.body;
        let known = |path: &&str| match path.split_once('/') {
            Some((ROOT_PROCESS, below)) => body.may_have(below),
            _ => *path == ROOT_PROCESS,
        };
        if let Some(unknown) = process.filter(|path| !known(path)) {
            return Err(Misuse::UnknownProcess(number, unknown.to_owned()));
        }
        let response = text("response", "`response` is a name")?;
        match (actor, action) {
            (None, None) if members.contains_key("deviation") => {
                let document = members.get("deviation").filter(|document| document.as_map().is_some());
                let document = document.ok_or(Misuse::Step(number, "`deviation` is a document"))?;
                self.adopt(&document.canonical(), number)?;
            }
            (None, None) if members.contains_key("wait") || members.contains_key("time") => {
                self.process.tick(self.time);
            }
            (Some(actor), Some(action)) => self.answer(step, number, process, actor, action, response)?,
            _ => return Err(Misuse::Step(number, "a step needs `actor` and `action`, or `wait`")),
        }
        self.snapshots.push(self.process.clone());
        Ok(())
    }

    /// Adopts a deviation, as if all parties had agreed to it now.
    ///
    /// # Errors
    /// [`Misuse::Deviation`] if it is no sound deviation from what was agreed; a rejection is noted in `refused`.
    pub fn step_deviation(&mut self, document: &[u8]) -> Result<(), Misuse> {
        self.steps = self.steps.saturating_add(1);
        self.adopt(document, self.steps)?;
        self.snapshots.push(self.process.clone());
        Ok(())
    }

    fn adopt(&mut self, document: &[u8], number: usize) -> Result<(), Misuse> {
        let deviation = match Deviation::load(document, self.process.agreed()) {
            Ok((deviation, _)) => deviation,
            Err(findings) => {
                let found = findings.iter().find(|finding| finding.is_error());
                return Err(Misuse::Deviation(number, found.map(ToString::to_string).unwrap_or_default()));
            }
        };
        if let Err(rejection) = self.process.adopt(&deviation, self.time) {
            self.refused.push(Refused { step: number, rejection });
        }
        Ok(())
    }

    fn step_time(&self, step: &Json, number: usize) -> Result<Timestamp, Misuse> {
        if let Some(wait) = step.get("wait") {
            let duration = wait.as_text().and_then(Duration::parse);
            let time = duration.and_then(|duration| self.time.plus(duration));
            return time.ok_or(Misuse::Step(number, "`wait` is a duration"));
        }
        match step.get("time") {
            None => Ok(self.time),
            Some(time) => {
                let time = time.as_text().and_then(Timestamp::parse);
                time.ok_or(Misuse::Step(number, "`time` is a timestamp"))
            }
        }
    }

    fn answer(
        &mut self,
        step: &Json,
        number: usize,
        process: Option<&str>,
        actor: &str,
        action: &str,
        response: Option<&str>,
    ) -> Result<(), Misuse> {
        // What its author would see if the timers that are due had fired already.
        let mut now = self.process.clone();
        now.tick(self.time);
        let process = process.map_or_else(|| now.process_for(actor, action), str::to_owned);
        if self.process.actor(actor).is_none() && now.party_in(&process, actor).is_none() {
            return Err(Misuse::UnknownActor(number, actor.to_owned()));
        }
        let seen = match step.get("saw") {
            None => now.seen(&process, action),
            Some(saw) => {
                let saw = saw.as_int().and_then(|saw| usize::try_from(saw).ok());
                let then = saw.and_then(|saw| self.snapshots.get(saw));
                then.ok_or(Misuse::Step(number, "`saw` is the number of an earlier step"))?.seen(&process, action)
            }
        };
        // Whoever plays the role says it.
        let party = now.party_in(&process, actor).flatten();
        let given = (step.get("data").unwrap_or(&Json::Null), step.get("attachments").unwrap_or(&Json::Null));
        let (data, attachments) = play_sealed(self.process.scenario(), action, response, given.0, given.1);
        let answer = Answer {
            contract: None,
            process: &process,
            actor,
            party,
            key: KeyKind::User,
            action,
            response,
            data: &data,
            attachments: &attachments,
            seen,
            time: self.time,
            proofs: None,
        };
        if let Err(rejection) = self.process.respond(&answer, &|_| Entitlement::Entitled) {
            self.refused.push(Refused { step: number, rejection });
        }
        Ok(())
    }

    /// Lets the clock jump to the next due timer until nothing is due.
    pub fn run_timers(&mut self) {
        for _ in 0..CLOCK_JUMPS_MAX {
            let Some(due) = self.process.next_due() else { break };
            self.time = self.time.max(due);
            self.process.tick(self.time);
        }
    }

    /// The result of the play as §6 shows it. `id`: the text form of the scenario's id.
    pub fn output(&self, id: &str) -> Json {
        let refused = self.refused.iter().map(|refused| {
            let mut members = vec![
                ("step", Json::Int(i64::try_from(refused.step).unwrap_or(i64::MAX))),
                ("rule", Json::text(refused.rejection.rule.as_str())),
                ("message", Json::text(refused.rejection.message.as_str())),
            ];
            if let Some(place) = refused.rejection.place {
                members.push(("at", Json::text(place.to_string())));
            }
            if let Some(pointer) = &refused.rejection.pointer {
                members.push(("pointer", Json::text(pointer.as_str())));
            }
            Json::map(members)
        });
        let Json::Map(mut members) = summary(&self.process) else { return Json::Null };
        members.insert("scenario".into(), Json::text(id));
        members.insert("time".into(), Json::text(self.process.time().to_string()));
        members.insert("rejections".into(), Json::List(refused.collect()));
        Json::Map(members)
    }
}

/// Plays a scenario; see [`Player::output`].
///
/// # Errors
/// [`Misuse`].
pub fn run(scenario: &Scenario, id: &str, play: &Play) -> Result<(Json, Vec<Refused>), Misuse> {
    let mut player = Player::start(scenario, &BTreeMap::new(), &play.inputs, play.start)?;
    play.steps.iter().try_for_each(|step| player.step(step))?;
    if play.timers {
        player.run_timers();
    }
    Ok((player.output(id), player.refused))
}

/// The members of §6 that describe what runs: those of `main`, and what is said of all processes together.
pub(crate) fn summary(process: &Process) -> Json {
    let time = process.time();
    let states = process.processes().into_iter().map(|one| {
        let language = process.scenario().language();
        let title = one.state_title().and_then(|words| words.get(language));
        Json::map([
            ("process", Json::text(one.path())),
            ("state", Json::text(one.state())),
            ("title", title.map_or(Json::Null, |title| Json::text(title.as_str()))),
            ("entered", Json::text(one.entered().to_string())),
            ("outcome", outcome_json(one.outcome())),
        ])
    });
    let open = process.open(time).into_iter().map(|(actor, open)| {
        let list = open_json(&open, &actor);
        (actor, list)
    });
    let default = process
        .default_action(time)
        .map(|(process, action)| Json::map([("process", Json::text(process)), ("action", Json::text(action))]));
    let timers = process.processes().into_iter().flat_map(|one| {
        let (path, state) = (one.path().to_owned(), one.state().to_owned());
        let due = one.timers().into_iter().map(|(due, _)| due).collect::<Vec<_>>();
        due.into_iter().map(move |due| {
            Json::map([
                ("process", Json::text(path.as_str())),
                ("state", Json::text(state.as_str())),
                ("due", Json::text(due.to_string())),
            ])
        })
    });
    let mut members = own_members(process, &process.main());
    members.extend([
        ("outcome", outcome_json(process.outcome())),
        ("states", Json::List(states.collect())),
        ("open", Json::map(open)),
        ("default_action", default.unwrap_or(Json::Null)),
        ("next", Json::List(process.next().into_iter().map(Json::Text).collect())),
        ("markers", Json::List(process.markers().into_iter().map(Json::text).collect())),
        ("timers", Json::List(timers.collect())),
    ]);
    Json::map(members)
}

/// What is said of one process: its own steps, its data and its children.
fn own_members(process: &Process, one: &ProcessView<'_>) -> Vec<(&'static str, Json)> {
    let own = process.history().into_iter().filter(|done| *done.process == *one.path());
    let previous = own.map(|done| Json::text(done.cause.to_string()));
    let actors = one.actors().into_iter().map(|(name, value)| (name, value.to_plain()));
    let children = one.children().into_iter().map(|child| {
        let (name, members) = match child {
            ChildView::Alive(child) => {
                let mut members = own_members(process, &child);
                members.push(("state", Json::text(child.state())));
                members.push(("outcome", Json::Null));
                (child.name().to_owned(), members)
            }
            ChildView::Ended { name, state, outcome, result, .. } => {
                let outcome = outcome_json(Some(outcome));
                let members = vec![("state", Json::text(state)), ("outcome", outcome), ("result", plain_map(result))];
                (name.to_owned(), members)
            }
        };
        (name, Json::map(members))
    });
    vec![
        ("previous", Json::List(previous.collect())),
        ("actors", Json::map(actors)),
        ("assets", one.assets().to_plain()),
        ("vars", one.vars().to_plain()),
        ("result", plain_map(one.result())),
        ("children", Json::map(children)),
    ]
}

fn outcome_json(outcome: Option<Outcome>) -> Json {
    outcome.map_or(Json::Null, |outcome| Json::text(outcome.as_str()))
}

fn plain_map(value: &Value) -> Json {
    if value.is_unassigned() { Json::Map(BTreeMap::new()) } else { value.to_plain() }
}

/// `key`: the actor of `main` to whom it is open; a role that is called otherwise in its process is named.
fn open_json(open: &[Open], key: &str) -> Json {
    let one = |open: &Open| {
        let mut members = vec![
            ("process", Json::text(open.process.as_str())),
            ("action", Json::text(open.action.as_str())),
            ("responses", Json::List(open.responses.iter().map(|name| Json::text(name.as_str())).collect())),
        ];
        if open.actor != key {
            members.push(("actor", Json::text(open.actor.as_str())));
        }
        Json::map(members)
    };
    Json::List(open.iter().map(one).collect())
}
