//! One process of the tree that a contract runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_rules::{Error as RulesError, Piece, Printer, Text, Timestamp, Value};

use crate::children::{Child, Sent};
use crate::scenario::{Actor, Body, Goto, Member, Outcome, Section, State, Written};
use crate::synchronise::Announced;
use crate::trail::Trail;
use crate::view::{Locals, View};

/// One process: where it stands, and its data. A clone shares what did not change.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// What it follows.
    pub body: Arc<Body>,
    /// `main`, or the path of its parent, `/` and its own name.
    pub path: Text,
    pub state: usize,
    pub started: Timestamp,
    pub entered: Timestamp,
    /// By the position of the actor, then by member of a group; one for an actor that is no group.
    pub roles: Arc<Vec<Vec<Role>>>,
    pub assets: Value,
    pub vars: Value,
    pub inputs: Value,
    /// Who did what since the state was entered: role, action, response.
    pub did: Arc<BTreeSet<(Member, usize, usize)>>,
    pub timers: Arc<Vec<Timer>>,
    pub result: Value,
    /// In the order in which they began.
    pub children: Vec<Child>,
    /// Signals that wait for a state that hears them, oldest first.
    pub held: Vec<Sent>,
    /// Responses that were announced in this state, in their order.
    pub announced: Vec<Announced>,
    /// Which one it is of all that ever began in this contract; no part of its state.
    pub number: u64,
    /// What a step under way has written: the section and the first name below it.
    pub written: BTreeSet<(Section, Text)>,
    /// Every state that was entered: how many steps the contract had taken until then, and its name.
    pub passed: Trail<(usize, Text)>,
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

impl Branch {
    pub fn current(&self) -> Option<&State> {
        self.body.states.get(self.state)
    }

    /// The name of its state.
    pub fn state_name(&self) -> Text {
        self.current().map_or_else(|| Text::from(""), |state| state.name.clone())
    }

    /// Where its data stand, in pointers of rejections: nothing for `main`, `/children/goods` for `main/goods`.
    pub fn pointer(&self) -> String {
        self.path.split('/').skip(1).map(|name| format!("/children/{name}")).collect()
    }

    pub fn outcome(&self) -> Option<Outcome> {
        self.current().and_then(|state| state.outcome)
    }

    /// The role of whoever acts.
    pub fn role(&self, member: Member) -> Option<&Role> {
        self.roles.get(member.actor)?.get(member.index)
    }

    pub fn role_mut(&mut self, member: Member) -> Option<&mut Role> {
        Arc::make_mut(&mut self.roles).get_mut(member.actor)?.get_mut(member.index)
    }

    /// The name of whoever acts.
    pub fn member_name(&self, member: Member) -> Text {
        self.body.actors.get(member.actor).map_or_else(|| Text::from(""), |actor| actor.key(member.index))
    }

    /// The members of an actor by position: one, or of a group as many as have joined.
    pub fn members(&self, actor: usize) -> &[Role] {
        self.roles.get(actor).map(Vec::as_slice).unwrap_or_default()
    }

    /// What expressions see of an actor: its role, or of a group the list of its members.
    pub fn role_value(&self, actor: usize) -> Value {
        let members = self.members(actor);
        match self.body.actors.get(actor) {
            Some(declared) if declared.many.is_some() => {
                Value::list(members.iter().map(|role| role.value.clone()).collect())
            }
            _ => members.first().map_or(Value::Unassigned, |role| role.value.clone()),
        }
    }

    /// The role of that name, if there is one.
    pub fn named(&self, name: &str) -> Option<(Member, &Role)> {
        let member = self.body.member(name)?;
        self.role(member).map(|role| (member, role))
    }

    /// Every actor with its members.
    pub fn all_actors(&self) -> impl Iterator<Item = (&Actor, &[Role])> {
        self.body.actors.iter().zip(self.roles.iter().map(Vec::as_slice))
    }

    /// Every role with its actor, in the order of the actors.
    pub fn all_roles(&self) -> impl Iterator<Item = (Member, &Actor, &Role)> {
        let actors = self.body.actors.iter().zip(self.roles.iter()).enumerate();
        actors.flat_map(|(actor, (declared, roles))| {
            let members = roles.iter().enumerate();
            members.map(move |(index, role)| (Member { actor, index }, declared, role))
        })
    }

    /// The timers that may still fire, earliest first: due, and the state they lead to (none: it stays).
    pub fn armed(&self) -> Vec<(Timestamp, Option<&str>)> {
        let state = self.current();
        let armed = self.timers.iter().filter_map(|timer| {
            let due = timer.next()?;
            let transition = state.and_then(|state| state.transitions.get(timer.transition))?;
            let target = match transition.goto {
                Goto::Stay => None,
                Goto::State(target) => self.body.states.get(target).map(|state| &*state.name),
            };
            Some((due, target))
        });
        let mut armed: Vec<_> = armed.collect();
        armed.sort_by_key(|(due, _)| *due);
        armed
    }

    /// The digest of the values at some paths; none without paths.
    pub fn seen_of(&self, paths: &[Vec<Text>], time: Timestamp) -> Option<[u8; 32]> {
        if paths.is_empty() {
            return None;
        }
        let locals = Locals::at(time);
        let view = View::new(self, &locals);
        let values = paths.iter().map(|path| view.at_root(path.get(1..).unwrap_or_default()).to_plain());
        Some(*Digest::of(&Json::List(values.collect()).canonical()).bytes())
    }

    pub fn instructions(&self, actor: &str, language: &str, time: Timestamp) -> Result<Option<String>, RulesError> {
        let Some((member, _)) = self.named(actor) else { return Ok(None) };
        let said =
            self.current().and_then(|state| state.instructions.iter().find(|(reader, _)| *reader == member.actor));
        let Some((_, written)) = said else { return Ok(None) };
        let mut locals = Locals::at(time);
        locals.actor = Some(member);
        self.written(written, language, locals)
    }

    pub fn clause(&self, id: &str, language: &str, time: Timestamp) -> Result<Option<String>, RulesError> {
        match self.body.clauses.iter().find(|(clause, _)| clause == id) {
            Some((_, written)) => self.written(written, language, Locals::at(time)),
            None => Ok(None),
        }
    }

    pub fn clause_pieces(&self, id: &str, language: &str, time: Timestamp) -> Result<Option<Vec<Piece>>, RulesError> {
        let found = self.body.clauses.iter().find(|(clause, _)| clause == id);
        let template = found.and_then(|(_, written)| self.template(written, language));
        let locals = Locals::at(time);
        template.map(|template| template.pieces(&View::new(self, &locals))).transpose()
    }

    pub fn written(&self, written: &Written, language: &str, locals: Locals) -> Result<Option<String>, RulesError> {
        self.template(written, language).map(|template| template.print(&View::new(self, &locals))).transpose()
    }

    fn template<'w>(&self, written: &'w Written, language: &str) -> Option<&'w Printer> {
        let found = written.get(language).or_else(|| written.get(&self.body.language));
        found.or_else(|| written.values().next())
    }
}
