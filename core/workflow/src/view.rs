//! What expressions see of a process.

use countersign_rules::{Calendar, Environment, Text, Timestamp, Value};

use crate::process::{Process, ROOT_PROCESS};

/// The names that stand beside the process while a step is taken.
#[derive(Clone, Debug)]
pub(crate) struct Locals {
    pub actor: Option<usize>,
    pub data: Value,
    pub attachments: Value,
    pub response: Value,
    pub time: Timestamp,
}

impl Locals {
    /// Nothing but the time.
    pub fn at(time: Timestamp) -> Self {
        let nothing = Value::Unassigned;
        Self { actor: None, data: nothing.clone(), attachments: nothing.clone(), response: nothing, time }
    }
}

/// A process with locals.
#[derive(Debug)]
pub(crate) struct View<'a> {
    process: &'a Process,
    locals: Locals,
}

impl<'a> View<'a> {
    pub fn new(process: &'a Process, locals: Locals) -> Self {
        Self { process, locals }
    }

    /// The value at a path below `_`.
    pub fn at_root(&self, path: &[Text]) -> Value {
        let process = self.process;
        let Some((section, below)) = path.split_first() else {
            let sections = ["actors", "assets", "vars", "inputs", "process"].map(Text::from);
            return Value::map(sections.map(|name| (name.clone(), self.at_root(&[name]))));
        };
        match &**section {
            "vars" => process.vars.at(below).clone(),
            "assets" => process.assets.at(below).clone(),
            "inputs" => process.inputs.at(below).clone(),
            "actors" => self.actors(below),
            "process" => self.own(below),
            _ => Value::Unassigned,
        }
    }

    fn actors(&self, path: &[Text]) -> Value {
        let parts = &self.process.scenario.0;
        match path.split_first() {
            Some((name, below)) => match parts.actor(name) {
                Some((position, _)) => self.role(position, below),
                None => Value::Unassigned,
            },
            None => {
                let names = parts.actors.iter().map(|actor| actor.name.clone());
                Value::map(names.zip(self.process.actors.iter().map(|role| role.value.clone())))
            }
        }
    }

    fn role(&self, position: usize, path: &[Text]) -> Value {
        self.process.actors.get(position).map_or(Value::Unassigned, |role| role.value.at(path).clone())
    }

    /// The members of `process`.
    fn own(&self, path: &[Text]) -> Value {
        let one = |name: &str| match name {
            "id" => Value::text(ROOT_PROCESS),
            "state" => self.process.current().map_or(Value::Unassigned, |state| Value::Text(state.name.clone())),
            "started" => Value::Timestamp(self.process.started),
            "entered" => Value::Timestamp(self.process.entered),
            _ => Value::Unassigned,
        };
        match path {
            [] => Value::map(["id", "state", "started", "entered"].map(|name| (name, one(name)))),
            [name] => one(name),
            _ => Value::Unassigned,
        }
    }

    /// Whether an actor gave a response, or any response, to an action since the state was entered.
    fn has_done(&self, actor: usize, action: &str, response: Option<&str>) -> bool {
        let Some((action, found)) = self.process.scenario.0.action(action) else { return false };
        let did = &self.process.did;
        match response {
            None => did.range((actor, action, 0)..=(actor, action, usize::MAX)).next().is_some(),
            Some(name) => found.response(name).is_some_and(|(response, _)| did.contains(&(actor, action, response))),
        }
    }

    fn who_may(&self, action: &str) -> impl Iterator<Item = usize> {
        self.process.scenario.0.action(action).into_iter().flat_map(|(_, action)| action.by.iter())
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
            "time" => Value::Timestamp(self.locals.time).at(path).clone(),
            "actor" => self.locals.actor.map_or(Value::Unassigned, |actor| self.role(actor, path)),
            _ => Value::Unassigned,
        }
    }

    fn did(&self, who: &str, action: &str, response: Option<&str>) -> bool {
        let actor = match who {
            "actor" => self.locals.actor,
            name => self.process.scenario.0.actor(name).map(|(position, _)| position),
        };
        actor.is_some_and(|actor| self.has_done(actor, action, response))
    }

    fn everyone_did(&self, action: &str, response: Option<&str>) -> bool {
        self.who_may(action).all(|actor| self.has_done(actor, action, response))
    }

    fn how_many_did(&self, action: &str, response: Option<&str>) -> i64 {
        let count = self.who_may(action).filter(|actor| self.has_done(*actor, action, response)).count();
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    fn all_finished(&self) -> bool {
        // No state of this version starts children.
        true
    }

    fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.process.scenario.0.calendar(name)
    }
}
