//! What is open now, and where the golden flow leads (language §4).

use countersign_rules::Timestamp;

use crate::answer::{condition_holds, open_responses};
use crate::branch::Branch;
use crate::process::Process;
use crate::scenario::{Body, Goto, Member, Needs, Trigger};

/// Stands at the end of a golden flow that comes back to where it was.
pub const LOOP: &str = ":loop";

/// An action that an actor may take now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// The process that has it.
    pub process: String,
    /// The action.
    pub action: String,
    /// The responses that may be given, ascending.
    pub responses: Vec<String>,
    /// The standing that the entry which led into the state must have before the node offers it.
    pub needs: Option<Needs>,
}

impl Process {
    /// The actions open to an actor at a time, in the order of the transitions. Timers that are due by then are not
    /// fired: [`Process::tick`] a copy first. Nothing is open to a role that nobody is bound to.
    pub fn open_actions(&self, actor: &str, time: Timestamp) -> Vec<Open> {
        let bound = self.main.named(actor).filter(|(_, role)| role.bound);
        bound.map_or_else(Vec::new, |(actor, _)| self.main.open_to(actor, time.max(self.time)))
    }

    /// What is open, by actor; actors without anything are left out.
    pub fn open(&self, time: Timestamp) -> Vec<(String, Vec<Open>)> {
        let names = self.scenario.actors().map(|actor| (actor.to_owned(), self.open_actions(actor, time)));
        names.filter(|(_, open)| !open.is_empty()).collect()
    }

    /// The first action, in the order of the transitions, that is open to anybody.
    pub fn default_action(&self, time: Timestamp) -> Option<String> {
        let open = self.open(time);
        let is_open = |name: &str| open.iter().any(|(_, actions)| actions.iter().any(|open| open.action == name));
        let named = self.main.actions_named();
        let names = named.into_iter().filter_map(|position| self.main.body.actions.get(position));
        names.map(|action| action.name.to_string()).find(|name| is_open(name))
    }

    /// The golden flow from here: the states that are met if everything goes as expected, guards taken as true. A state
    /// that is met again is listed once more, then [`LOOP`].
    pub fn next(&self) -> Vec<String> {
        golden(&self.main.body, self.main.state)
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
            let responses = open_responses(self, state, position, actor.actor);
            if responses.is_empty() || !condition_holds(self, action, actor, time) {
                continue;
            }
            let names = responses.into_iter().filter_map(|at| action.responses.get(at));
            open.push(Open {
                process: self.path.to_string(),
                action: action.name.to_string(),
                responses: names.map(|response| response.name.to_string()).collect(),
                needs: action.needs,
            });
        }
        open
    }

    /// The actions that the transitions of the state name, in their order, each once.
    pub(crate) fn actions_named(&self) -> Vec<usize> {
        let mut actions = Vec::new();
        for transition in self.current().map(|state| state.transitions.as_slice()).unwrap_or_default() {
            let Trigger::On { responses, .. } = &transition.trigger else { continue };
            for (action, _) in responses {
                if !actions.contains(action) {
                    actions.push(*action);
                }
            }
        }
        actions
    }
}

fn golden(body: &Body, from: usize) -> Vec<String> {
    let mut met = vec![from];
    let mut names = Vec::new();
    let mut at = from;
    while let Some(target) = body.states.get(at).and_then(|state| {
        state.transitions.iter().find_map(|transition| match (&transition.trigger, transition.goto) {
            (_, Goto::Stay) => None,
            (Trigger::On { responses, .. }, Goto::State(target)) => {
                let expected = |(action, response): &(usize, usize)| {
                    body.actions.get(*action).is_some_and(|action| action.expect == *response)
                };
                responses.iter().any(expected).then_some(target)
            }
            (_, Goto::State(target)) => Some(target),
        })
    }) {
        names.push(body.states.get(target).map(|state| state.name.to_string()).unwrap_or_default());
        if met.contains(&target) {
            names.push(LOOP.into());
            break;
        }
        met.push(target);
        at = target;
    }
    names
}
