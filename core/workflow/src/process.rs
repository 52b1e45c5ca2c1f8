//! The state of a process, and what can be read from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_rules::{Error as RulesError, Piece, Printer, Text, Timestamp, Value};

use crate::scenario::{Outcome, Scenario, State, Written};
use crate::trail::Trail;
use crate::view::{Locals, View};

/// The name of the process that a contract starts by itself.
pub const ROOT_PROCESS: &str = "main";

/// A process at one point of its log (language §4). A clone shares what did not change.
#[derive(Clone, Debug)]
pub struct Process {
    pub(crate) scenario: Scenario,
    pub(crate) state: usize,
    pub(crate) started: Timestamp,
    pub(crate) entered: Timestamp,
    pub(crate) time: Timestamp,
    /// By the position of the actor.
    pub(crate) actors: Arc<Vec<Role>>,
    pub(crate) assets: Value,
    pub(crate) vars: Value,
    pub(crate) inputs: Value,
    /// Who did what since the state was entered: actor, action, response.
    pub(crate) did: Arc<BTreeSet<(usize, usize, usize)>>,
    pub(crate) timers: Arc<Vec<Timer>>,
    pub(crate) result: Value,
    pub(crate) history: Trail<Happened>,
    /// Every state that was entered: how many steps were taken until then, and its position.
    pub(crate) passed: Trail<(usize, usize)>,
    pub(crate) markers: Trail<Text>,
}

/// A role in a running process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub bound: bool,
    pub party: Option<Text>,
    /// `key`, `identity` and its own data.
    pub value: Value,
}

/// A timer of the current state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    /// The position of its transition in the state.
    pub transition: usize,
    /// When it fires next, or fired last once it is spent. None: its delay or its time is unassigned, so it is not
    /// armed.
    pub due: Option<Timestamp>,
    /// How often it fired since the state was entered.
    pub fired: u32,
    /// How often it fires at most.
    pub times: u32,
}

impl Timer {
    /// When it fires next; none if it is not armed or fired as often as it may.
    pub const fn next(&self) -> Option<Timestamp> {
        if self.fired < self.times { self.due } else { None }
    }
}

/// One step that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// What led to it.
    pub cause: Cause,
    /// The state after it, before any automatic transition.
    pub state: Text,
    /// The time of the step.
    pub time: Timestamp,
}

/// What led to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody responded.
    Response {
        /// The role.
        actor: Text,
        /// The action.
        action: Text,
        /// The response.
        response: Text,
    },
    /// A timer of this state fired.
    Timer {
        /// What kind of timer.
        kind: TimerKind,
        /// The state.
        state: Text,
    },
}

/// What kind of timer, by the key of its transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// So long after the state was entered.
    After,
    /// At a point in time.
    At,
    /// Again and again since the state was entered.
    Every,
}

impl TimerKind {
    /// The key of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::After => "after",
            Self::At => "at",
            Self::Every => "every",
        }
    }
}

impl std::fmt::Display for Cause {
    /// `action.response`, or `after:state`, `at:state`, `every:state`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Response { action, response, .. } => write!(out, "{action}.{response}"),
            Self::Timer { kind, state } => write!(out, "{}:{state}", kind.as_str()),
        }
    }
}

impl Process {
    /// The scenario it follows.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The name of its state.
    pub fn state(&self) -> &str {
        self.current().map_or("", |state| &*state.name)
    }

    pub(crate) fn current(&self) -> Option<&State> {
        self.scenario.0.states.get(self.state)
    }

    /// How it ended; none while it runs.
    pub fn outcome(&self) -> Option<Outcome> {
        self.current().and_then(|state| state.outcome)
    }

    /// When it was started.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// When its state was entered.
    pub fn entered(&self) -> Timestamp {
        self.entered
    }

    /// The time of its last step: no later step is earlier.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// The assets, a map.
    pub fn assets(&self) -> &Value {
        &self.assets
    }

    /// The vars, a map.
    pub fn vars(&self) -> &Value {
        &self.vars
    }

    /// What it was started with, a map.
    pub fn inputs(&self) -> &Value {
        &self.inputs
    }

    /// What `result` gave on reaching the final state; unassigned before.
    pub fn result(&self) -> &Value {
        &self.result
    }

    /// The party bound to a role; none if nobody is, or in a play without parties.
    pub fn party(&self, actor: &str) -> Option<&str> {
        let (position, _) = self.scenario.0.actor(actor)?;
        self.actors.get(position)?.party.as_deref()
    }

    /// Whether somebody is bound to a role.
    pub fn is_bound(&self, actor: &str) -> bool {
        let position = self.scenario.0.actor(actor).map(|(position, _)| position);
        position.and_then(|position| self.actors.get(position)).is_some_and(|role| role.bound)
    }

    /// What expressions see of a role: `key`, `identity` and its own data.
    pub fn actor(&self, actor: &str) -> Option<&Value> {
        let (position, _) = self.scenario.0.actor(actor)?;
        self.actors.get(position).map(|role| &role.value)
    }

    /// The steps applied so far, in order.
    pub fn history(&self) -> Vec<&Happened> {
        self.history.items()
    }

    /// The states it was in, in order: those entered at the start without a step, then for each step those it led to, or
    /// the one it stayed in.
    pub fn path(&self) -> Vec<(Option<&Happened>, &str)> {
        let name = |at: usize| self.scenario.0.states.get(at).map_or("", |state| &*state.name);
        let mut passed = self.passed.items().into_iter().peekable();
        let mut path = Vec::new();
        let mut at = self.scenario.0.initial;
        for (steps, happened) in std::iter::once(None).chain(self.history().into_iter().map(Some)).enumerate() {
            let before = path.len();
            while let Some((_, state)) = passed.next_if(|(after, _)| *after <= steps) {
                at = *state;
                path.push((happened, name(at)));
            }
            if path.len() == before {
                path.push((happened, name(at)));
            }
        }
        path
    }

    /// The markers written so far, in order.
    pub fn markers(&self) -> Vec<&str> {
        self.markers.items().into_iter().map(|marker| &**marker).collect()
    }

    /// The timers that may still fire, earliest first: due, and the state they lead to (none: it stays).
    pub fn timers(&self) -> Vec<(Timestamp, Option<&str>)> {
        let state = self.current();
        let armed = self.timers.iter().filter_map(|timer| {
            let due = timer.next()?;
            let transition = state.and_then(|state| state.transitions.get(timer.transition))?;
            let target = match transition.goto {
                crate::scenario::Goto::Stay => None,
                crate::scenario::Goto::State(target) => self.scenario.0.states.get(target).map(|state| &*state.name),
            };
            Some((due, target))
        });
        let mut armed: Vec<_> = armed.collect();
        armed.sort_by_key(|(due, _)| *due);
        armed
    }

    /// When the next timer is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.timers.iter().filter_map(Timer::next).min()
    }

    /// The digest that a response to `action` must carry (contract log §13.9): SHA-256 of the RFC 8785 array of the
    /// values its `seen` names, unassigned as `null`. None if the action is unknown or names none.
    pub fn seen(&self, action: &str) -> Option<[u8; 32]> {
        let (_, action) = self.scenario.0.action(action)?;
        self.seen_of(&action.seen)
    }

    pub(crate) fn seen_of(&self, paths: &[Vec<Text>]) -> Option<[u8; 32]> {
        if paths.is_empty() {
            return None;
        }
        let view = View::new(self, Locals::at(self.time));
        let values = paths.iter().map(|path| view.at_root(path.get(1..).unwrap_or_default()).to_plain());
        Some(*Digest::of(&Json::List(values.collect()).canonical()).bytes())
    }

    /// What the current state tells a role to do, in a language (else the scenario's); none if it says nothing.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn instructions(&self, actor: &str, language: &str) -> Result<Option<String>, RulesError> {
        let Some((position, _)) = self.scenario.0.actor(actor) else { return Ok(None) };
        let found = self.current().and_then(|state| state.instructions.iter().find(|(reader, _)| *reader == position));
        let Some((_, written)) = found else { return Ok(None) };
        let mut locals = Locals::at(self.time);
        locals.actor = Some(position);
        self.written(written, language, locals)
    }

    /// A clause in pieces: the words between its placeholders, and the values in them. None if there is no such clause.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn clause_pieces(&self, id: &str, language: &str) -> Result<Option<Vec<Piece>>, RulesError> {
        let found = self.scenario.0.clauses.iter().find(|(clause, _)| clause == id);
        let template = found.and_then(|(_, written)| self.template(written, language));
        template.map(|template| template.pieces(&View::new(self, Locals::at(self.time)))).transpose()
    }

    /// A clause with its placeholders filled in; none if there is no such clause.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn clause(&self, id: &str, language: &str) -> Result<Option<String>, RulesError> {
        match self.scenario.0.clauses.iter().find(|(clause, _)| clause == id) {
            Some((_, written)) => self.written(written, language, Locals::at(self.time)),
            None => Ok(None),
        }
    }

    /// All clauses in their order as Markdown: a heading with the id, then the words with placeholders filled in; where
    /// a placeholder has an error, the blank `____` and the error stand instead of the words.
    pub fn reading(&self, language: &str) -> String {
        let mut text = String::new();
        for (id, written) in &self.scenario.0.clauses {
            let words = match self.written(written, language, Locals::at(self.time)) {
                Ok(words) => words.unwrap_or_default(),
                Err(error) => format!("____ ({})", error.kind.as_str()),
            };
            text.push_str(&format!("## {id}\n\n{words}\n\n"));
        }
        text
    }

    fn written(&self, written: &Written, language: &str, locals: Locals) -> Result<Option<String>, RulesError> {
        self.template(written, language).map(|template| template.print(&View::new(self, locals))).transpose()
    }

    fn template<'w>(&self, written: &'w Written, language: &str) -> Option<&'w Printer> {
        let found = written.get(language).or_else(|| written.get(self.scenario.language()));
        found.or_else(|| written.values().next())
    }
}

/// What a role is bound to when the process starts or the role joins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    /// The identity of the party (`idn_…`); none in a play without parties.
    pub party: Option<String>,
    /// The role's own data, plain JSON.
    pub data: BTreeMap<String, Json>,
}
