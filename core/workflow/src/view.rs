//! What expressions see of a process.

use countersign_rules::{Calendar, Environment, Text, Timestamp, Value};

use crate::branch::Branch;
use crate::scenario::Member;

/// The names that stand beside the process while a step is taken.
#[derive(Clone, Debug)]
pub(crate) struct Locals {
    pub actor: Option<Member>,
    pub data: Value,
    pub attachments: Value,
    pub response: Value,
    /// The data of a signal that is heard.
    pub signal: Value,
    /// The data before an update.
    pub old: Value,
    pub time: Timestamp,
}

impl Locals {
    /// Nothing but the time.
    pub fn at(time: Timestamp) -> Self {
        let nothing = Value::Unassigned;
        Self {
            actor: None,
            data: nothing.clone(),
            attachments: nothing.clone(),
            response: nothing.clone(),
            signal: nothing.clone(),
            old: nothing,
            time,
        }
    }
}

/// A process with locals.
#[derive(Debug)]
pub(crate) struct View<'a> {
    branch: &'a Branch,
    locals: &'a Locals,
}

impl<'a> View<'a> {
    pub fn new(branch: &'a Branch, locals: &'a Locals) -> Self {
        Self { branch, locals }
    }

    /// The value at a path below `_`.
    pub fn at_root(&self, path: &[Text]) -> Value {
        let branch = self.branch;
        let Some((section, below)) = path.split_first() else {
            let sections = ["actors", "assets", "vars", "inputs", "children", "process"].map(Text::from);
            return Value::map(sections.map(|name| (name.clone(), self.at_root(&[name]))));
        };
        match &**section {
            "vars" => branch.vars.at(below).clone(),
            "assets" => branch.assets.at(below).clone(),
            "inputs" => branch.inputs.at(below).clone(),
            "actors" => self.actors(below),
            "children" => self.children(below),
            "process" => self.own(below),
            _ => Value::Unassigned,
        }
    }

    fn actors(&self, path: &[Text]) -> Value {
        match path.split_first() {
            Some((name, below)) => match self.branch.body.actor(name) {
                Some((_, declared)) if declared.many.is_none() => {
                    self.branch.body.member(name).map_or(Value::Unassigned, |member| self.role(member, below))
                }
                Some((actor, _)) => self.branch.role_value(actor).at(below).clone(),
                None => Value::Unassigned,
            },
            None => {
                let actors = self.branch.body.actors.iter().enumerate();
                Value::map(actors.map(|(at, actor)| (actor.name.clone(), self.branch.role_value(at))))
            }
        }
    }

    fn role(&self, member: Member, path: &[Text]) -> Value {
        self.branch.role(member).map_or(Value::Unassigned, |role| role.value.at(path).clone())
    }

    fn children(&self, path: &[Text]) -> Value {
        match path.split_first() {
            Some((name, below)) => self.branch.children_value(name).at(below).clone(),
            None => {
                let names = self.branch.body.children.iter().map(|kind| &kind.name);
                Value::map(names.map(|name| (name.clone(), self.branch.children_value(name))))
            }
        }
    }

    /// The members of `process`.
    fn own(&self, path: &[Text]) -> Value {
        let one = |name: &str| match name {
            "id" => Value::Text(self.branch.path.clone()),
            "state" => self.branch.current().map_or(Value::Unassigned, |state| Value::Text(state.name.clone())),
            "started" => Value::Timestamp(self.branch.started),
            "entered" => Value::Timestamp(self.branch.entered),
            _ => Value::Unassigned,
        };
        match path {
            [] => Value::map(["id", "state", "started", "entered"].map(|name| (name, one(name)))),
            [name] => one(name),
            _ => Value::Unassigned,
        }
    }

    /// Whether somebody gave a response, or any response, to an action since the state was entered.
    fn has_done(&self, who: Member, action: &str, response: Option<&str>) -> bool {
        let Some((action, found)) = self.branch.body.action(action) else { return false };
        let did = &self.branch.did;
        match response {
            None => did.range((who, action, 0)..=(who, action, usize::MAX)).next().is_some(),
            Some(name) => found.response(name).is_some_and(|(response, _)| did.contains(&(who, action, response))),
        }
    }

    fn who_may(&self, action: &str) -> impl Iterator<Item = Member> {
        let by = self.branch.body.action(action).map(|(_, action)| action.by).unwrap_or_default();
        let roles = self.branch.all_roles().map(|(member, ..)| member);
        roles.filter(move |member| by.has(member.actor))
    }
}

impl Environment for View<'_> {
    fn root(&self, path: &[Text]) -> Value {
        self.at_root(path)
    }

    fn local(&self, name: &str, path: &[Text]) -> Value {
        match name {
            "data" => self.locals.data.at(path).clone(),
            "attachments" => self.locals.attachments.at(path).clone(),
            "response" => self.locals.response.at(path).clone(),
            "old" => self.locals.old.at(path).clone(),
            "signal" => self.locals.signal.at(path).clone(),
            "time" => Value::Timestamp(self.locals.time).at(path).clone(),
            "actor" => self.locals.actor.map_or(Value::Unassigned, |actor| self.role(actor, path)),
            _ => Value::Unassigned,
        }
    }

    fn did(&self, who: &str, action: &str, response: Option<&str>) -> bool {
        let done = |member: Member| self.has_done(member, action, response);
        match who {
            "actor" => self.locals.actor.is_some_and(done),
            // A group did what one of its members did.
            name => self.branch.body.actor(name).is_some_and(|(actor, _)| {
                (0..self.branch.members(actor).len()).any(|index| done(Member { actor, index }))
            }),
        }
    }

    fn everyone_did(&self, action: &str, response: Option<&str>) -> bool {
        let by = self.branch.body.action(action).map(|(_, action)| action.by).unwrap_or_default();
        by.iter().all(|actor| {
            let members = self.branch.members(actor);
            let group = self.branch.body.actors.get(actor).and_then(|declared| declared.many);
            let joined = members.iter().filter(|role| role.bound).count();
            let mut asked = members.iter().enumerate().filter(|(_, role)| group.is_none() || role.bound);
            group.is_none_or(|many| joined >= many.min)
                && asked.all(|(index, _)| self.has_done(Member { actor, index }, action, response))
        })
    }

    fn how_many_did(&self, action: &str, response: Option<&str>) -> i64 {
        let count = self.who_may(action).filter(|actor| self.has_done(*actor, action, response)).count();
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    fn all_finished(&self) -> bool {
        self.branch.all_finished()
    }

    fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.branch.body.calendar(name)
    }
}
