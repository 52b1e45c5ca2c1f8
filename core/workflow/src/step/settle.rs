//! Coming to rest: automatic transitions and signals, one at a time (language §4, step 8).

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_rules::{Rule as Expression, Text, Value};

use super::{AUTOMATIC_STEPS_MAX, Step};
use crate::children::Sent;
use crate::finding::Place;
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{To, Transition, Trigger};
use crate::view::Locals;

/// Most signals that wait in one process.
pub const SIGNALS_HELD_MAX: usize = 100;
/// Most signals that are under way in a step.
pub const SIGNALS_QUEUED_MAX: usize = 1_000;
/// What it costs to ask one process whether it takes a signal.
const ADDRESS_COST: u64 = 1;

impl Step<'_> {
    pub(super) fn settle(&mut self) -> Result<(), Rejection> {
        for _ in 0..=AUTOMATIC_STEPS_MAX {
            if !self.go_by_itself()? && !self.hear()? {
                return Ok(());
            }
        }
        let message = format!("more than {AUTOMATIC_STEPS_MAX} automatic steps");
        Err(Rejection::new(Rule::Runaway, message))
    }

    /// The first automatic transition that holds, children before their parents.
    fn go_by_itself(&mut self) -> Result<bool, Rejection> {
        let locals = Locals::at(self.process.time);
        let all: Vec<Vec<usize>> = self.process.all_from_below().into_iter().map(|(at, _)| at).collect();
        for at in all {
            // Nothing goes on by itself before everybody asked has acknowledged where it stands.
            if !self.branch(&at).is_acknowledged() {
                continue;
            }
            let body = Arc::clone(&self.branch(&at).body);
            let Some(state) = body.states.get(self.branch(&at).state) else { continue };
            for transition in &state.transitions {
                let Trigger::When(rule) = &transition.trigger else { continue };
                if self.holds(&at, Some(rule), &locals, transition.place)?
                    && self.holds(&at, transition.condition.as_ref(), &locals, transition.place)?
                {
                    self.take(&at, transition, &locals)?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The oldest signal that somebody takes: first those that wait, then those under way. Signals that nobody takes
    /// are lost, or wait from now on.
    fn hear(&mut self) -> Result<bool, Rejection> {
        let holding = self.process.all().into_iter().filter(|(_, branch)| !branch.held.is_empty());
        let holding: Vec<Vec<usize>> = holding.map(|(at, _)| at).collect();
        for at in holding {
            for position in 0..self.branch(&at).held.len() {
                let Some(sent) = self.branch(&at).held.get(position).cloned() else { continue };
                self.spend_units(ADDRESS_COST)?;
                let locals = self.locals_of(&sent);
                if let Some((body, state, transition)) = self.taking(&at, &sent, &locals)? {
                    self.branch_mut(&at)?.held.remove(position);
                    let transition = body.states.get(state).and_then(|state| state.transitions.get(transition));
                    transition.map_or(Ok(()), |transition| self.take(&at, transition, &locals))?;
                    return Ok(true);
                }
            }
        }
        while let Some(sent) = self.queue.pop_front() {
            if self.deliver(&sent)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn locals_of(&self, sent: &Sent) -> Locals {
        let mut locals = Locals::at(self.process.time);
        locals.signal = sent.data.clone();
        locals
    }

    /// Delivers a signal to all it is for, in their order; whether somebody took it. Who ends before its turn does not
    /// hear it.
    fn deliver(&mut self, sent: &Sent) -> Result<bool, Rejection> {
        let locals = self.locals_of(sent);
        let mut taken = false;
        let mut alive = self.alive();
        for number in self.addressees(sent) {
            self.spend_units(ADDRESS_COST)?;
            let Some(at) = alive.get(&number).cloned() else { continue };
            if let Some((body, state, transition)) = self.taking(&at, sent, &locals)? {
                let transition = body.states.get(state).and_then(|state| state.transitions.get(transition));
                transition.map_or(Ok(()), |transition| self.take(&at, transition, &locals))?;
                taken = true;
                // Whoever took it may have started others, or ended them.
                alive = self.alive();
                continue;
            }
            let branch = self.branch_mut(&at)?;
            let runs = branch.outcome().is_none();
            if runs && branch.body.signals.iter().any(|signal| signal.name == sent.signal && signal.hold) {
                branch.held.push(sent.clone());
                if branch.held.len() > SIGNALS_HELD_MAX {
                    let message = format!("more than {SIGNALS_HELD_MAX} signals wait in {}", branch.path);
                    return Err(Rejection::new(Rule::Limit, message));
                }
            }
        }
        Ok(taken)
    }

    /// Where each process that is alive stands, by its number.
    fn alive(&self) -> BTreeMap<u64, Vec<usize>> {
        self.process.all().into_iter().map(|(at, branch)| (branch.number, at)).collect()
    }

    /// The numbers of those alive that a signal is for.
    fn addressees(&self, sent: &Sent) -> Vec<u64> {
        let one = |path: &str| self.process.find(path).and_then(|at| self.process.branch(&at));
        match sent.to {
            To::Contract => self.process.all().into_iter().map(|(_, branch)| branch.number).collect(),
            To::Parent => {
                let parent = sent.from.rsplit_once('/').and_then(|(parent, _)| one(parent));
                parent.map(|branch| branch.number).into_iter().collect()
            }
            To::Children => {
                let children = one(&sent.from).map(|branch| branch.children.as_slice()).unwrap_or_default();
                children.iter().filter_map(|child| child.alive()).map(|branch| branch.number).collect()
            }
        }
    }

    /// The transition that takes a signal, if one does: the positions of state and transition in the body.
    fn taking(
        &mut self,
        at: &[usize],
        sent: &Sent,
        locals: &Locals,
    ) -> Result<Option<(Arc<crate::scenario::Body>, usize, usize)>, Rejection> {
        let branch = self.branch(at);
        let (body, state) = (Arc::clone(&branch.body), branch.state);
        let hears = |transition: &Transition| match transition.trigger {
            Trigger::Signal(signal) => body.signals.get(signal).is_some_and(|signal| signal.name == sent.signal),
            _ => false,
        };
        let transitions = body.states.get(state).map(|state| state.transitions.as_slice()).unwrap_or_default();
        for (position, transition) in transitions.iter().enumerate().filter(|(_, transition)| hears(transition)) {
            if self.holds(at, transition.condition.as_ref(), locals, transition.place)? {
                return Ok(Some((Arc::clone(&body), state, position)));
            }
        }
        Ok(None)
    }

    /// The effect `signal`: it is delivered when everything automatic has come to rest.
    pub(super) fn send(
        &mut self,
        at: &[usize],
        signal: usize,
        to: To,
        with: &[(Text, Expression)],
        locals: &Locals,
        place: Place,
    ) -> Result<(), Rejection> {
        let branch = self.branch(at);
        let (body, from, prefix) = (Arc::clone(&branch.body), branch.path.clone(), branch.pointer());
        let Some(declared) = body.signals.get(signal) else { return Ok(()) };
        let mut data = Vec::with_capacity(with.len());
        for (name, rule) in with {
            data.push((name.clone(), self.value(at, rule, locals, place)?));
        }
        let data = declared.data.check(&Value::map(data)).map_err(|invalid| {
            let pointer = format!("{prefix}/signals/{}{}", declared.name, invalid.pointer);
            Rejection::new(Rule::InvalidResult, invalid.message).pointing(pointer).at(place)
        })?;
        if self.queue.len() >= SIGNALS_QUEUED_MAX {
            let message = format!("more than {SIGNALS_QUEUED_MAX} signals are under way");
            return Err(Rejection::new(Rule::Limit, message).at(place));
        }
        self.queue.push_back(Sent { signal: declared.name.clone(), from, to, data });
        Ok(())
    }
}
