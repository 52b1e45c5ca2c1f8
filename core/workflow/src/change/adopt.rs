//! What a process is after a change, and how a deviation is spent and left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_codec::{Encode, Json, Writer};
use countersign_rules::{Text, Timestamp, Value};

use super::merge::merge;
use super::{ChangeKind, Deviation};
use crate::branch::Timer;
use crate::build;
use crate::process::{Process, ROOT_PROCESS};
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Member, Scenario, State};
use crate::step::{Step, put};
use crate::synchronise::Announced;

/// Most deviations that are live at one time.
pub const DEVIATIONS_MAX: usize = 8;
/// Most names of actions of deviations that are gone; those of later ones are forgotten.
pub const CHANGES_GONE_MAX: usize = 1_000;

/// What became of the agreed scenario of a process.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    agreed: Scenario,
    live: Vec<Adopted>,
    /// Names of actions that spent deviations had.
    gone: BTreeSet<Text>,
}

/// A deviation that a process has taken over.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// The deviation.
    pub deviation: Deviation,
    /// Whether one of its transitions was taken.
    pub spent: bool,
}

impl Changes {
    pub fn new(agreed: Scenario) -> Self {
        Self { agreed, live: Vec::new(), gone: BTreeSet::new() }
    }

    /// The document that runs.
    fn running(&self) -> Option<Scenario> {
        if self.live.is_empty() {
            return Some(self.agreed.clone());
        }
        let merged = self.live.iter().fold(self.agreed.canonical().clone(), |merged, adopted| {
            merge(merged, adopted.deviation.canonical(), adopted.spent)
        });
        let mut parts = build::running(&merged)?;
        let root = Arc::get_mut(&mut parts.root)?;
        for (position, adopted) in self.live.iter().enumerate().rev().filter(|(_, adopted)| !adopted.spent) {
            for (name, count) in adopted.deviation.leaves() {
                let Some(state) = root.states.iter_mut().find(|state| *state.name == *name) else { continue };
                let own = state.transitions.iter_mut().filter(|transition| transition.deviation.is_none());
                own.take(count).for_each(|transition| transition.deviation = Some(position));
            }
        }
        Some(Scenario(Arc::new(parts)))
    }

    /// Whether a state is one of a deviation.
    fn adds_state(adopted: &Adopted, state: &str) -> bool {
        adopted.deviation.names("states").any(|name| name == state)
    }
}

impl Process {
    /// The scenario that the parties agreed on: at the foundation, or by the last update.
    pub fn agreed(&self) -> &Scenario {
        self.changes.as_ref().map_or(&self.scenario, |changes| &changes.agreed)
    }

    /// The parties that decide on changes of a kind, ascending: those of the actors that the agreed scenario names.
    pub fn electors(&self, kind: ChangeKind) -> BTreeSet<&str> {
        let Some(rule) = self.agreed().ballot(kind) else { return BTreeSet::new() };
        let roles = self.main.all_roles().filter(|(member, ..)| rule.who.has(member.actor));
        roles.filter_map(|(_, _, role)| role.party.as_deref().filter(|_| role.bound)).collect()
    }

    /// The live deviations in the order of their adoption.
    pub fn deviations(&self) -> &[Adopted] {
        self.changes.as_ref().map_or(&[], |changes| &changes.live)
    }

    /// Whether a deviation that is gone had such an action.
    pub(crate) fn was_deviation(&self, action: &str) -> bool {
        self.changes.as_ref().is_some_and(|changes| changes.gone.contains(action))
    }

    /// What a state hash must say of changes beside the process: none unless there were some.
    pub fn changes_bytes(&self) -> Option<Vec<u8>> {
        let changes = self.changes.as_ref()?;
        let mut out = Writer::default();
        out.raw(&changes.agreed.digest());
        out.uint(changes.live.len() as u64);
        for adopted in &changes.live {
            out.raw(&adopted.deviation.digest());
            adopted.spent.encode(&mut out);
        }
        out.uint(changes.gone.len() as u64);
        changes.gone.iter().for_each(|action| out.text(action));
        Some(out.into_bytes())
    }

    /// Takes a deviation over. Its transitions stand first in the states that it leaves, until one of them is taken.
    ///
    /// # Errors
    /// `process_over`; `limit` if too many are live; `not_in_state` if it was checked against another scenario, or a name
    /// is that of another live deviation; whatever rejects the automatic steps that follow.
    pub fn adopt(&mut self, deviation: &Deviation, time: Timestamp) -> Result<(), Rejection> {
        self.timers_first(time)?;
        self.goes_on()?;
        let mut changes = self.changes.as_deref().cloned().unwrap_or_else(|| Changes::new(self.scenario.clone()));
        if changes.live.len() >= DEVIATIONS_MAX {
            return Err(Rejection::new(Rule::Limit, format!("{DEVIATIONS_MAX} deviations are live already")));
        }
        for section in ["actions", "clauses", "states", "vars"] {
            let known: BTreeSet<&str> =
                changes.live.iter().flat_map(|adopted| adopted.deviation.names(section)).collect();
            if let Some(name) = deviation.names(section).find(|name| known.contains(name)) {
                let message = format!("{section} `{name}` is one of another deviation");
                return Err(Rejection::new(Rule::NotInState, message));
            }
        }
        changes.live.push(Adopted { deviation: deviation.clone(), spent: false });
        let mut next = self.clone();
        next.follow(changes)?;
        let main = Arc::make_mut(&mut next.main);
        let vars = main.body.vars.initial();
        for name in deviation.names("vars") {
            put(&mut main.vars, name, vars.get(name).clone());
        }
        let mut step = Step::new(&mut next);
        step.arm_missing()?;
        step.finish()?;
        *self = next;
        Ok(())
    }

    pub(crate) fn goes_on(&self) -> Result<(), Rejection> {
        match self.outcome() {
            None => Ok(()),
            Some(_) => Err(Rejection::new(Rule::ProcessOver, format!("the process is over in {}", self.state()))),
        }
    }

    /// Goes on with another document: what stood at a position is found again by its name.
    fn follow(&mut self, changes: Changes) -> Result<(), Rejection> {
        let running = changes.running();
        let Some(running) = running else {
            return Err(Rejection::new(Rule::NotInState, "the deviation does not fit what runs"));
        };
        let body = Arc::clone(&running.0.root);
        let Some(state) = body.states.iter().position(|state| *state.name == *self.state()) else {
            return Err(Rejection::new(Rule::NotInState, format!("{} is left behind", self.state())));
        };
        let main = Arc::make_mut(&mut self.main);
        let again = |(member, action, response): &(Member, usize, usize)| {
            let known = main.body.actions.get(*action)?;
            let name = &known.responses.get(*response)?.name;
            let (action, found) = body.action(&known.name)?;
            Some((*member, action, found.response(name)?.0))
        };
        let did = main.did.iter().filter_map(again).collect();
        let announced = main.announced.iter().filter_map(|announced| {
            let (_, action, response) = again(&(announced.actor, announced.action, announced.response))?;
            Some(Announced { action, response, ..announced.clone() })
        });
        let announced = announced.collect();
        if let (Some(old), Some(new)) = (main.current(), body.states.get(state)) {
            main.timers = Arc::new(moved(&main.timers, old, new));
        }
        main.did = Arc::new(did);
        main.announced = announced;
        main.state = state;
        main.body = body;
        self.scenario = running;
        self.changes = Some(Arc::new(changes));
        Ok(())
    }
}

/// Which transition it is: of which deviation, and which of those.
fn keys(state: &State) -> Vec<(Option<usize>, usize)> {
    let mut counts: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    let key = |transition: &crate::scenario::Transition| {
        let count = counts.entry(transition.deviation).or_default();
        let key = (transition.deviation, *count);
        *count = count.saturating_add(1);
        key
    };
    state.transitions.iter().map(key).collect()
}

/// The timers of transitions that are still there, at their new positions.
fn moved(timers: &[Timer], old: &State, new: &State) -> Vec<Timer> {
    let (old, new) = (keys(old), keys(new));
    let place = |timer: &Timer| {
        let key = old.get(timer.transition)?;
        let transition = new.iter().position(|other| other == key)?;
        Some(Timer { transition, ..*timer })
    };
    let mut timers: Vec<Timer> = timers.iter().filter_map(place).collect();
    timers.sort_by_key(|timer| timer.transition);
    timers
}

impl Step<'_> {
    /// A transition of a deviation is taken: the deviation is spent.
    pub(crate) fn spend_deviation(&mut self, position: usize) -> Result<(), Rejection> {
        let Some(mut changes) = self.process.changes.as_deref().cloned() else { return Ok(()) };
        if let Some(adopted) = changes.live.get_mut(position) {
            adopted.spent = true;
        }
        self.process.follow(changes)
    }

    /// A state is about to be entered, by its position in what ran when the transition was found: spent deviations that
    /// it is no state of are gone. Gives the position in what runs now.
    pub(crate) fn leave_deviations(&mut self, target: usize) -> Result<usize, Rejection> {
        let Some(changes) = self.process.changes.as_deref() else { return Ok(target) };
        let branch = self.branch(&[]);
        let Some(name) = branch.body.states.get(target).map(|state| state.name.clone()) else { return Ok(target) };
        let left = |adopted: &Adopted| adopted.spent && !Changes::adds_state(adopted, &name);
        if *branch.path != *ROOT_PROCESS || !changes.live.iter().any(left) {
            return Ok(target);
        }
        let mut changes = changes.clone();
        let (gone, live): (Vec<Adopted>, Vec<Adopted>) = changes.live.drain(..).partition(left);
        changes.live = live;
        let main = self.branch_mut(&[])?;
        for adopted in &gone {
            for action in adopted.deviation.names("actions") {
                if changes.gone.len() < CHANGES_GONE_MAX {
                    changes.gone.insert(action.into());
                }
            }
            for name in adopted.deviation.names("vars") {
                put(&mut main.vars, name, Value::Unassigned);
            }
        }
        // The state is entered now, so the one that is left need not be there any more.
        main.state = target;
        main.timers = Arc::default();
        main.did = Arc::default();
        main.announced = Vec::new();
        self.process.follow(changes)?;
        Ok(self.branch(&[]).state)
    }
}

/// The members of a record whose names are known.
pub(super) fn kept_json(value: &Json, known: impl Fn(&str) -> bool) -> Json {
    let members = value.as_map().into_iter().flatten().filter(|(name, _)| known(name));
    Json::map(members.map(|(name, value)| (name.clone(), value.clone())))
}
