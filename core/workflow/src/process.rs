//! The state of a process, and what can be read from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::Json;
use countersign_rules::{Error as RulesError, Piece, Text, Timestamp, Value};

use crate::branch::Branch;
use crate::change::Changes;
use crate::guests::Guests;
use crate::scenario::{Outcome, Scenario};
use crate::trail::Trail;
use crate::view::Locals;

/// The name of the process that a contract starts by itself.
pub const ROOT_PROCESS: &str = "main";

/// What a contract runs, at one point of its log (language §4). A clone shares what did not change.
#[derive(Clone, Debug)]
pub struct Process {
    pub(crate) scenario: Scenario,
    pub(crate) time: Timestamp,
    pub(crate) main: Arc<Branch>,
    pub(crate) history: Trail<Happened>,
    pub(crate) markers: Trail<Text>,
    /// What became of the agreed scenario; none if it runs as it was agreed.
    pub(crate) changes: Option<Arc<Changes>>,
    /// How many processes have begun so far.
    pub(crate) begun: u64,
    /// Roles that wait for their party, and the parties that are there.
    pub(crate) guests: Guests,
}

/// One step that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The process whose step it was: `main`, or a path such as `main/goods`.
    pub process: Text,
    /// What led to it.
    pub cause: Cause,
    /// The state of that process after it, before any automatic transition.
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
        self.main.current().map_or("", |state| &*state.name)
    }

    /// How it ended; none while it runs.
    pub fn outcome(&self) -> Option<Outcome> {
        self.main.outcome()
    }

    /// When it was started.
    pub fn started(&self) -> Timestamp {
        self.main.started
    }

    /// When its state was entered.
    pub fn entered(&self) -> Timestamp {
        self.main.entered
    }

    /// The time of its last step: no later step is earlier.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// The assets, a map.
    pub fn assets(&self) -> &Value {
        &self.main.assets
    }

    /// The vars, a map.
    pub fn vars(&self) -> &Value {
        &self.main.vars
    }

    /// What it was started with, a map.
    pub fn inputs(&self) -> &Value {
        &self.main.inputs
    }

    /// What `result` gave on reaching the final state; unassigned before.
    pub fn result(&self) -> &Value {
        &self.main.result
    }

    /// The party bound to a role; none if nobody is, or in a play without parties.
    pub fn party(&self, actor: &str) -> Option<&str> {
        self.main.named(actor)?.1.party.as_deref()
    }

    /// The roles of `main` with their parties, by actor and then by member of a group: `debtor`, `sureties.0`. A party is
    /// none if nobody is bound, or in a play without parties.
    pub fn roles(&self) -> impl Iterator<Item = (String, Option<&str>)> {
        let roles = self.main.all_roles();
        roles.map(|(member, _, role)| (self.main.member_name(member).to_string(), role.party.as_deref()))
    }

    /// The roles of `main` that a party plays.
    pub fn roles_of(&self, party: &str) -> Vec<String> {
        self.roles().filter(|(_, of)| *of == Some(party)).map(|(role, _)| role).collect()
    }

    /// The parties of an actor: of a group those of all its members.
    pub fn parties(&self, actor: &str) -> Vec<&str> {
        let Some((position, _)) = self.main.body.role(actor) else { return Vec::new() };
        let only = self.main.body.member(actor).map(|member| member.index);
        let members = self.main.members(position).iter().enumerate();
        let meant = members.filter(|(index, _)| only.is_none_or(|only| only == *index));
        meant.filter_map(|(_, role)| role.party.as_deref()).collect()
    }

    /// How many members a group of `main` has; 1 for an actor that is no group, 0 if there is no such actor.
    pub fn members_of(&self, actor: &str) -> usize {
        self.main.body.actor(actor).map_or(0, |(position, _)| self.main.members(position).len())
    }

    /// Whether somebody is bound to a role.
    pub fn is_bound(&self, actor: &str) -> bool {
        self.main.named(actor).is_some_and(|(_, role)| role.bound)
    }

    /// What expressions see of a role: `key`, `identity` and its own data.
    pub fn actor(&self, actor: &str) -> Option<&Value> {
        self.main.named(actor).map(|(_, role)| &role.value)
    }

    /// The steps applied so far in all processes, in order.
    pub fn history(&self) -> Vec<&Happened> {
        self.history.items()
    }

    /// The states `main` was in, in order: those entered at the start without a step, then for each step those it led
    /// to, or the one it stayed in if the step was its own.
    pub fn path(&self) -> Vec<(Option<&Happened>, &str)> {
        let passed = self.main.passed.items();
        let mut at = passed.first().map_or("", |(_, state)| &**state);
        let mut passed = passed.into_iter().peekable();
        let mut path = Vec::new();
        for (steps, happened) in std::iter::once(None).chain(self.history().into_iter().map(Some)).enumerate() {
            let before = path.len();
            while let Some((_, state)) = passed.next_if(|(after, _)| *after <= steps) {
                at = state;
                path.push((happened, at));
            }
            if path.len() == before && happened.is_none_or(|happened| *happened.process == *ROOT_PROCESS) {
                path.push((happened, at));
            }
        }
        path
    }

    /// The markers written so far, in order.
    pub fn markers(&self) -> Vec<&str> {
        self.markers.items().into_iter().map(|marker| &**marker).collect()
    }

    /// The timers of `main` that may still fire, earliest first: due, and the state they lead to (none: it stays).
    pub fn timers(&self) -> Vec<(Timestamp, Option<&str>)> {
        self.main.armed()
    }

    /// When the next timer is due, or the next announced response, in whatever process.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.all().into_iter().flat_map(|(_, branch)| branch.due()).map(|(due, _)| due).min()
    }

    /// The digest that a response to `action` of a process must carry (contract log §13.9): SHA-256 of the RFC 8785 array
    /// of the values its `seen` names, unassigned as `null`. None if the action is unknown or names none.
    pub fn seen(&self, process: &str, action: &str) -> Option<[u8; 32]> {
        let branch = self.branch(&self.find(process)?)?;
        let (_, action) = branch.body.action(action)?;
        branch.seen_of(&action.seen, self.time)
    }

    /// What the current state tells a role to do, in a language (else the scenario's); none if it says nothing.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn instructions(&self, actor: &str, language: &str) -> Result<Option<String>, RulesError> {
        self.main.instructions(actor, language, self.time)
    }

    /// A clause in pieces: the words between its placeholders, and the values in them. None if there is no such clause.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn clause_pieces(&self, id: &str, language: &str) -> Result<Option<Vec<Piece>>, RulesError> {
        self.main.clause_pieces(id, language, self.time)
    }

    /// A clause with its placeholders filled in; none if there is no such clause.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn clause(&self, id: &str, language: &str) -> Result<Option<String>, RulesError> {
        self.main.clause(id, language, self.time)
    }

    /// All clauses in their order as Markdown: a heading with the id, then the words with placeholders filled in; where
    /// a placeholder has an error, the blank `____` and the error stand instead of the words.
    pub fn reading(&self, language: &str) -> String {
        let mut text = String::new();
        for (id, written) in &self.main.body.clauses {
            let words = match self.main.written(written, language, Locals::at(self.time)) {
                Ok(words) => words.unwrap_or_default(),
                Err(error) => format!("____ ({})", error.kind.as_str()),
            };
            text.push_str(&format!("## {id}\n\n{words}\n\n"));
        }
        text
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
