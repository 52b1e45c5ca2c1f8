//! What is open now, and where the golden flow leads (language §4).

use countersign_rules::Timestamp;

use crate::answer::{condition_holds, open_responses};
use crate::branch::Branch;
use crate::process::Process;
use crate::scenario::{Body, Goto, Member, Needs, Own, Start, Trigger};

/// Stands at the end of a golden flow that comes back to where it was.
pub const LOOP: &str = ":loop";
/// Most names of a golden flow.
pub const NEXT_MAX: usize = 1_000;

/// An action that an actor may take now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// The process that has it: `main`, or a path such as `main/goods`.
    pub process: String,
    /// The role in that process: what an answer names as its actor.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The responses that may be given, ascending.
    pub responses: Vec<String>,
    /// The standing that the entry which led into the state must have before the node offers it.
    pub needs: Option<Needs>,
}

impl Process {
    /// The actions open to an actor of `main` at a time, in all processes, parents first, in each in the order of the
    /// transitions. Timers that are due by then are not fired: [`Process::tick`] a copy first. Nothing is open to a role
    /// that nobody is bound to.
    pub fn open_actions(&self, actor: &str, time: Timestamp) -> Vec<Open> {
        let Some((member, _)) = self.main.named(actor) else { return Vec::new() };
        let mut open = Vec::new();
        for (at, branch) in self.all() {
            for (role, ..) in branch.all_roles().filter(|(.., role)| role.bound) {
                if self.in_main(&at, role) == Some(member) {
                    open.extend(branch.open_to(role, time.max(self.time)));
                }
            }
        }
        open
    }

    /// The role of `main` that a role of the process at these positions comes down to.
    pub(crate) fn in_main(&self, at: &[usize], role: Member) -> Option<Member> {
        let mut starts = Vec::new();
        let mut branch = &*self.main;
        for position in at {
            let child = branch.children.get(*position)?;
            starts.push(&child.start.roles);
            branch = child.alive()?;
        }
        let actor = starts.iter().rev().try_fold(role.actor, |actor, roles| roles.get(actor).copied())?;
        Some(Member { actor, index: role.index })
    }

    /// What is open, by actor of `main`; actors without anything are left out.
    pub fn open(&self, time: Timestamp) -> Vec<(String, Vec<Open>)> {
        let names = self.main.all_roles().map(|(member, ..)| self.main.member_name(member).to_string());
        let open = names.map(|actor| (actor.clone(), self.open_actions(&actor, time)));
        open.filter(|(_, open)| !open.is_empty()).collect()
    }

    /// The first action that is open to anybody, children before their parents, in each process in the order of the
    /// transitions; with its process.
    pub fn default_action(&self, time: Timestamp) -> Option<(String, String)> {
        self.all_from_below().into_iter().find_map(|(_, branch)| {
            let open = |(member, _, _): (Member, _, _)| branch.open_to(member, time.max(self.time));
            let bound = branch.all_roles().filter(|(.., role)| role.bound);
            let open: Vec<Open> = bound.flat_map(open).collect();
            let mut named = branch.actions_named().into_iter().filter_map(|at| branch.body.actions.get(at));
            let found = named.find(|action| open.iter().any(|open| *open.action == *action.name))?;
            Some((branch.path.to_string(), found.name.to_string()))
        })
    }

    /// The golden flow from here: the states that are met if everything goes as expected, guards taken as true. A state
    /// that is met again is listed once more, then [`LOOP`]. States of children are written `main/goods:packed`, all of
    /// one child before the next.
    pub fn next(&self) -> Vec<String> {
        let mut names = Vec::new();
        below(&self.main, &mut names);
        golden(&self.main.body, None, self.main.state, &mut names);
        names.truncate(NEXT_MAX);
        names
    }

    /// What an action's response would do: the process after it, or why it would be rejected. The same function on a
    /// copy.
    ///
    /// # Errors
    /// As [`Process::respond`].
    pub fn dry_run(
        &self,
        answer: &crate::Answer<'_>,
        entitlement: &dyn Fn(&Self) -> crate::Entitlement,
    ) -> Result<Self, crate::Rejection> {
        let mut copy = self.clone();
        copy.respond(answer, entitlement)?;
        Ok(copy)
    }
}

impl Branch {
    pub(crate) fn open_to(&self, actor: Member, time: Timestamp) -> Vec<Open> {
        let state = self.current().filter(|state| state.outcome.is_none());
        let Some(state) = state else { return Vec::new() };
        let mut open: Vec<Open> = Vec::new();
        for position in self.actions_named() {
            let Some(action) = self.body.actions.get(position) else { continue };
            let responses = open_responses(self, state, position, actor);
            if responses.is_empty() || !condition_holds(self, action, actor, time) {
                continue;
            }
            let names = responses.into_iter().filter_map(|at| action.responses.get(at));
            open.push(Open {
                process: self.path.to_string(),
                actor: self.member_name(actor).to_string(),
                action: action.name.to_string(),
                responses: names.map(|response| response.name.to_string()).collect(),
                needs: action.needs,
            });
        }
        open
    }

    /// Whether an action is open to a role of that name.
    pub fn is_open(&self, actor: &str, action: &str, time: Timestamp) -> bool {
        let bound = self.named(actor).filter(|(_, role)| role.bound);
        bound.is_some_and(|(member, _)| self.open_to(member, time).iter().any(|open| open.action == action))
    }

    /// The actions that the transitions of the state name, in their order, each once; acknowledging stands before them,
    /// objecting after them.
    pub(crate) fn actions_named(&self) -> Vec<usize> {
        let own = |own: Own| self.body.action(own.as_str()).filter(|(_, action)| action.own == Some(own));
        let asked = self.current().is_some_and(|state| !state.acknowledge.is_empty());
        let acknowledge = own(Own::Acknowledge).filter(|_| asked);
        let mut actions: Vec<usize> = acknowledge.map(|(at, _)| at).into_iter().collect();
        for transition in self.current().map(|state| state.transitions.as_slice()).unwrap_or_default() {
            let Trigger::On { responses, .. } = &transition.trigger else { continue };
            for (action, _) in responses {
                if !actions.contains(action) {
                    actions.push(*action);
                }
            }
        }
        actions.extend(own(Own::Object).filter(|_| !self.announced.is_empty()).map(|(at, _)| at));
        actions
    }
}

/// The golden flows of the children that are alive, each from where it is.
fn below(branch: &Branch, names: &mut Vec<String>) {
    for child in branch.children.iter().filter_map(|child| child.alive()) {
        below(child, names);
        golden(&child.body, Some(&child.path), child.state, names);
    }
}

/// Adds the golden flow of a body from a state on. `path`: of the process, none for `main`.
fn golden(body: &Body, path: Option<&str>, from: usize, names: &mut Vec<String>) {
    let word = |state: usize| {
        let name = body.states.get(state).map_or("", |state| &*state.name);
        path.map_or_else(|| name.to_owned(), |path| format!("{path}:{name}"))
    };
    let mut met = vec![from];
    let mut at = from;
    while let Some(target) = way_on(body, at).filter(|_| names.len() < NEXT_MAX) {
        names.push(word(target));
        if met.contains(&target) {
            if path.is_none() {
                names.push(LOOP.into());
            }
            break;
        }
        met.push(target);
        at = target;
        for start in body.states.get(at).map(|state| state.start.as_slice()).unwrap_or_default() {
            started(start, path, names);
        }
    }
}

/// The golden flow of what a state to come starts.
fn started(start: &Start, path: Option<&str>, names: &mut Vec<String>) {
    if names.len() >= NEXT_MAX {
        return;
    }
    let name = if start.each.is_some() { format!("{}.0", start.child) } else { start.child.to_string() };
    let path = format!("{}/{name}", path.unwrap_or(crate::process::ROOT_PROCESS));
    if let Some(state) = start.body.states.get(start.body.initial) {
        names.push(format!("{path}:{}", state.name));
        for start in &state.start {
            started(start, Some(&path), names);
        }
    }
    golden(&start.body, Some(&path), start.body.initial, names);
}

/// The first transition that leaves, guards taken as true.
fn way_on(body: &Body, from: usize) -> Option<usize> {
    let mut transitions = body.states.get(from)?.transitions.iter();
    transitions.find_map(|transition| match (&transition.trigger, transition.goto) {
        (_, Goto::Stay) => None,
        (Trigger::On { responses, .. }, Goto::State(target)) => {
            let expected = |(action, response): &(usize, usize)| {
                body.actions.get(*action).is_some_and(|action| action.expect == *response)
            };
            responses.iter().any(expected).then_some(target)
        }
        (_, Goto::State(target)) => Some(target),
    })
}
