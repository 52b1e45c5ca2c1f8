//! One process of those that a contract runs, as others see it.

use countersign_rules::{Error as RulesError, Text, Timestamp, Value};

use crate::action_view::ActionView;
use crate::branch::Branch;
use crate::children::{Child, Is};
use crate::process::{Process, ROOT_PROCESS};
use crate::scenario::{Outcome, Words};

/// A process that is alive: `main`, or one that another process started.
#[derive(Clone, Copy, Debug)]
pub struct ProcessView<'a> {
    branch: &'a Branch,
    time: Timestamp,
}

/// What a process started.
#[derive(Clone, Copy, Debug)]
pub enum ChildView<'a> {
    /// It runs.
    Alive(ProcessView<'a>),
    /// It has ended, and its parent has not left the state since.
    Ended {
        /// Its name: `goods`, or `c.0` for the first of a list.
        name: &'a str,
        /// The title of what it followed, by language.
        title: &'a Words,
        /// The state in which it ended.
        state: &'a str,
        /// The title of that state by language.
        state_title: Option<&'a Words>,
        /// How it ended.
        outcome: Outcome,
        /// What its `result` gave; unassigned if it was cancelled.
        result: &'a Value,
    },
}

impl<'a> ProcessView<'a> {
    /// `main`, or the path of its parent, `/` and its name.
    pub fn path(&self) -> &'a str {
        &self.branch.path
    }

    /// The last part of its path.
    pub fn name(&self) -> &'a str {
        self.path().rsplit('/').next().unwrap_or(ROOT_PROCESS)
    }

    /// The title of what it follows, by language.
    pub fn title(&self) -> &'a Words {
        &self.branch.body.title
    }

    /// The name of its state.
    pub fn state(&self) -> &'a str {
        self.branch.current().map_or("", |state| &*state.name)
    }

    /// The title of its state by language.
    pub fn state_title(&self) -> Option<&'a Words> {
        self.branch.current().map(|state| &state.title)
    }

    /// How it ended; none while it runs. A child that has ended is no longer among the processes.
    pub fn outcome(&self) -> Option<Outcome> {
        self.branch.outcome()
    }

    /// When it was started.
    pub fn started(&self) -> Timestamp {
        self.branch.started
    }

    /// When its state was entered.
    pub fn entered(&self) -> Timestamp {
        self.branch.entered
    }

    /// Its assets, a map.
    pub fn assets(&self) -> &'a Value {
        &self.branch.assets
    }

    /// Its vars, a map.
    pub fn vars(&self) -> &'a Value {
        &self.branch.vars
    }

    /// What it was started with, a map.
    pub fn inputs(&self) -> &'a Value {
        &self.branch.inputs
    }

    /// What its `result` gave on reaching the final state; unassigned before.
    pub fn result(&self) -> &'a Value {
        &self.branch.result
    }

    /// Its actors by name, with what expressions see of each: of a group the list of its members.
    pub fn actors(&self) -> Vec<(String, Value)> {
        let actors = self.branch.body.actors.iter().enumerate();
        actors.map(|(at, actor)| (actor.name.to_string(), self.branch.role_value(at))).collect()
    }

    /// The names of those who may act in it: `debtor`, of a group `sureties.0`.
    pub fn members(&self) -> Vec<String> {
        self.branch.all_roles().map(|(member, ..)| self.branch.member_name(member).to_string()).collect()
    }

    /// The title of a role of it by language.
    pub fn actor_title(&self, actor: &str) -> Option<&'a Words> {
        self.branch.body.role(actor).map(|(_, actor)| &actor.title)
    }

    /// The priority of a role of it in a fork.
    pub fn actor_priority(&self, actor: &str) -> Option<i8> {
        self.branch.body.role(actor).map(|(_, actor)| actor.priority)
    }

    /// The names of its actions, ascending.
    pub fn actions(&self) -> impl Iterator<Item = &'a str> {
        self.branch.body.actions.iter().map(|action| &*action.name)
    }

    /// An action of it by name.
    pub fn action(&self, action: &str) -> Option<ActionView<'a>> {
        self.branch.body.action(action).map(|(_, action)| ActionView::new(action, &self.branch.body))
    }

    /// The titles of all its states.
    pub fn state_titles(&self) -> impl Iterator<Item = (&'a str, &'a Words)> {
        self.branch.body.states.iter().map(|state| (&*state.name, &state.title))
    }

    /// A clause of it with its placeholders filled in; none if there is no such clause.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn clause(&self, id: &str, language: &str) -> Result<Option<String>, RulesError> {
        self.branch.clause(id, language, self.time)
    }

    /// Its timers that may still fire, earliest first: due, and the state they lead to (none: it stays).
    pub fn timers(&self) -> Vec<(Timestamp, Option<&'a str>)> {
        self.branch.armed()
    }

    /// What its state tells a role to do, in a language (else the scenario's); none if it says nothing.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn instructions(&self, actor: &str, language: &str) -> Result<Option<String>, RulesError> {
        self.branch.instructions(actor, language, self.time)
    }

    /// What it started and still holds, in the order in which it began.
    pub fn children(&self) -> Vec<ChildView<'a>> {
        let one = |child: &'a Child| match &child.is {
            Is::Alive(branch) => ChildView::Alive(Self { branch, time: self.time }),
            Is::Ended { state, outcome, result } => {
                let body = &child.start.body;
                let state_title = body.state(state).map(|state| &state.title);
                ChildView::Ended {
                    name: &child.name,
                    title: &body.title,
                    state,
                    state_title,
                    outcome: *outcome,
                    result,
                }
            }
        };
        self.branch.children.iter().map(one).collect()
    }
}

impl Process {
    /// `main`.
    pub fn main(&self) -> ProcessView<'_> {
        ProcessView { branch: &self.main, time: self.time }
    }

    /// All that are alive: parents first, children in the order in which they began.
    pub fn processes(&self) -> Vec<ProcessView<'_>> {
        self.all().into_iter().map(|(_, branch)| ProcessView { branch, time: self.time }).collect()
    }

    /// A process that is alive, by its path.
    pub fn process(&self, path: &str) -> Option<ProcessView<'_>> {
        let branch = self.branch(&self.find(path)?)?;
        Some(ProcessView { branch, time: self.time })
    }

    /// The party bound to a role of a process, inside an option that says whether there is such a role.
    pub fn party_in(&self, process: &str, actor: &str) -> Option<Option<&str>> {
        let branch = self.branch(&self.find(process)?)?;
        branch.named(actor).map(|(_, role)| role.party.as_deref())
    }

    /// The role of `main` that a role of a process comes down to: mandates name roles of `main`.
    pub fn role_in_main(&self, process: &str, actor: &str) -> Option<Text> {
        let at = self.find(process)?;
        let (member, _) = self.branch(&at)?.named(actor)?;
        self.in_main(&at, member).map(|member| self.main.member_name(member))
    }

    /// The process that somebody means who names none: the first one in which the action is open to the actor, parents
    /// first; else the first that has it; else `main`. `actor` is a role of that process.
    pub fn process_for(&self, actor: &str, action: &str) -> String {
        let all = self.all();
        let open = all.iter().find(|(_, branch)| branch.is_open(actor, action, self.time));
        let has = || all.iter().find(|(_, branch)| branch.body.action(action).is_some());
        open.or_else(has).map_or_else(|| ROOT_PROCESS.to_owned(), |(_, branch)| branch.path.to_string())
    }
}
