//! The execution of a process (language §4): responses and timers, each all or nothing.

mod children;
mod settle;
mod write;

use std::collections::VecDeque;
use std::sync::Arc;

use countersign_rules::{Rule as Expression, STEP_COST_MAX, Timestamp, Value};

use crate::answer::{Admitted, Answer, Entitlement, admit};
use crate::branch::Branch;
use crate::children::Sent;
use crate::finding::Place;
use crate::process::{Cause, Happened, Process};
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Effect, EffectKind, Goto, Transition, Trigger};
use crate::synchronise::{Announced, Due};
use crate::view::{Locals, View};

pub use settle::{SIGNALS_HELD_MAX, SIGNALS_QUEUED_MAX};

/// Most automatic steps after one step.
pub const AUTOMATIC_STEPS_MAX: usize = 1_000;
/// Most timers that fire before one statement; further ones wait for the next, and a response is rejected by `limit`.
pub const TIMERS_FIRED_MAX: usize = 1_000;

impl Process {
    /// Applies a response (language §4, steps 1 to 9).
    ///
    /// `entitlement` is asked once, after the timers, with the process as the response finds it.
    ///
    /// # Errors
    /// The first rule that is broken; then nothing changed but the timers that were due and the time.
    pub fn respond(
        &mut self,
        answer: &Answer<'_>,
        entitlement: &dyn Fn(&Self) -> Entitlement,
    ) -> Result<(), Rejection> {
        self.timers_first(answer.time)?;
        let admitted = admit(self, answer, entitlement)?;
        let mut next = self.clone();
        let mut step = Step::new(&mut next);
        step.respond(admitted)?;
        step.finish()?;
        *self = next;
        Ok(())
    }

    /// Fires the timers that are due and advances the time; says how many fired.
    pub fn tick(&mut self, time: Timestamp) -> usize {
        self.fire_due(time).0
    }

    pub(crate) fn timers_first(&mut self, time: Timestamp) -> Result<(), Rejection> {
        match self.fire_due(time) {
            (_, true) => Ok(()),
            (fired, false) => Err(Rejection::new(Rule::Limit, format!("{fired} timers fired, and more are due"))),
        }
    }

    /// Step 1: the timers due by `time`, earliest first, parents before children, each a step of its own at its due
    /// time. Says how many fired, and whether these were all.
    fn fire_due(&mut self, time: Timestamp) -> (usize, bool) {
        for fired in 0..TIMERS_FIRED_MAX {
            let mut earliest: Option<(Timestamp, Vec<usize>, Due)> = None;
            for (at, branch) in self.all() {
                for (due, what) in branch.due() {
                    if due <= time && earliest.as_ref().is_none_or(|(known, ..)| due < *known) {
                        earliest = Some((due, at.clone(), what));
                    }
                }
            }
            let Some((due, at, what)) = earliest else {
                // `MONOTONE`: a declared time before that of the last step counts as that.
                self.time = self.time.max(time);
                return (fired, true);
            };
            match what {
                Due::Timer(timer) => self.fire(&at, timer, due),
                Due::Announced(position) => self.take_effect(&at, position, due),
            }
        }
        (TIMERS_FIRED_MAX, self.next_due().is_none_or(|due| due > time))
    }

    /// Fires one timer. It counts as fired even if its condition does not hold or its step is rejected.
    fn fire(&mut self, at: &[usize], timer: usize, due: Timestamp) {
        let Some(branch) = self.branch_mut(at) else { return };
        let transition = branch.timers.get(timer).map(|timer| timer.transition);
        branch.count_fired(timer);
        self.time = self.time.max(due);
        let mut next = self.clone();
        let mut step = Step::new(&mut next);
        let done = transition.map_or(Ok(()), |transition| step.time_out(at, transition));
        if done.and_then(|()| step.finish()).is_ok() {
            *self = next;
        }
    }
}

impl Process {
    /// An announced response is due: it takes effect, or is void if no transition holds for it any more.
    fn take_effect(&mut self, at: &[usize], position: usize, due: Timestamp) {
        let Some(branch) = self.branch_mut(at) else { return };
        let Announced { actor, action, response, data, attachments, .. } = branch.announced.remove(position);
        self.time = self.time.max(due);
        let mut next = self.clone();
        let mut step = Step::new(&mut next);
        let admitted = Admitted { at: at.to_vec(), actor, action, response, data, attachments };
        if step.carry_out(admitted).and_then(|()| step.finish()).is_ok() {
            *self = next;
        }
    }
}

/// Sets a member of a map.
pub(crate) fn put(held: &mut Value, name: &str, value: Value) {
    let was_map = held.set(&[name.into()], value);
    debug_assert!(was_map, "assets, vars and roles are maps");
}

/// A step under way, on a copy of what the contract runs. A process is named by its positions from `main` on.
pub(crate) struct Step<'a> {
    pub(crate) process: &'a mut Process,
    cost: u64,
    /// Signals that were sent and not delivered yet.
    queue: VecDeque<Sent>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(process: &'a mut Process) -> Self {
        Self { process, cost: 0, queue: VecDeque::new() }
    }

    pub(crate) fn branch(&self, at: &[usize]) -> &Branch {
        let found = self.process.branch(at);
        debug_assert!(found.is_some(), "no process at {at:?}");
        found.unwrap_or(&self.process.main)
    }

    pub(crate) fn branch_mut(&mut self, at: &[usize]) -> Result<&mut Branch, Rejection> {
        let found = self.process.branch_mut(at);
        debug_assert!(found.is_some(), "no process at {at:?}");
        found.ok_or_else(|| Rejection::new(Rule::UnknownAction, "the process has ended"))
    }

    fn spend_units(&mut self, units: u64) -> Result<(), Rejection> {
        self.cost = self.cost.saturating_add(units);
        if self.cost > STEP_COST_MAX {
            return Err(Rejection::new(Rule::Limit, format!("the step costs more than {STEP_COST_MAX}")));
        }
        Ok(())
    }

    pub(crate) fn value(
        &mut self,
        at: &[usize],
        rule: &Expression,
        locals: &Locals,
        place: Place,
    ) -> Result<Value, Rejection> {
        self.spend_units(rule.cost())?;
        rule.eval(&View::new(self.branch(at), locals)).map_err(|error| expression_error(&error, place))
    }

    fn holds(
        &mut self,
        at: &[usize],
        rule: Option<&Expression>,
        locals: &Locals,
        place: Place,
    ) -> Result<bool, Rejection> {
        let Some(rule) = rule else { return Ok(true) };
        self.spend_units(rule.cost())?;
        rule.holds(&View::new(self.branch(at), locals)).map_err(|error| expression_error(&error, place))
    }

    /// What a response comes to: it is carried out now, kept until it is due, or one that takes no transition.
    fn respond(&mut self, admitted: Admitted) -> Result<(), Rejection> {
        let body = Arc::clone(&self.branch(&admitted.at).body);
        let action = body.actions.get(admitted.action);
        match action.map(|action| (action.own, action.announce.as_ref())) {
            Some((Some(own), _)) => self.synchronise(own, &admitted),
            Some((None, Some(announce))) => self.announce(admitted, announce.wait),
            _ => self.carry_out(admitted),
        }
    }

    /// Steps 4 to 7 of a response.
    fn carry_out(&mut self, admitted: Admitted) -> Result<(), Rejection> {
        let Admitted { at, actor, action: action_at, response: response_at, data, attachments } = admitted;
        let body = Arc::clone(&self.branch(&at).body);
        let found = body.actions.get(action_at).and_then(|action| Some((action, action.responses.get(response_at)?)));
        let Some((action, response)) = found else {
            return Err(Rejection::new(Rule::UnknownResponse, "no such response"));
        };
        let mut locals = Locals::at(self.process.time);
        locals.actor = Some(actor);
        locals.data = data;
        locals.attachments = attachments;
        locals.response = Value::Text(response.name.clone());
        self.effects(&at, &response.effects, &locals)?;
        let state = body.states.get(self.branch(&at).state);
        let mut taken = None;
        for transition in state.map(|state| state.transitions.as_slice()).unwrap_or_default() {
            let Trigger::On { responses, by } = &transition.trigger else { continue };
            if responses.contains(&(action_at, response_at))
                && by.has(actor.actor)
                && self.holds(&at, transition.condition.as_ref(), &locals, transition.place)?
            {
                taken = Some(transition);
                break;
            }
        }
        let Some(transition) = taken else {
            let state_name = self.branch(&at).state_name();
            let message = format!("no transition of {state_name} holds for {}.{}", action.name, response.name);
            let place = state.map_or(action.place, |state| state.place);
            return Err(Rejection::new(Rule::NoTransition, message).at(place));
        };
        Arc::make_mut(&mut self.branch_mut(&at)?.did).insert((actor, action_at, response_at));
        let name = self.branch(&at).member_name(actor);
        let cause = Cause::Response { actor: name, action: action.name.clone(), response: response.name.clone() };
        self.happen(&at, transition, cause);
        self.take(&at, transition, &locals)
    }

    /// The step of a timer that is due.
    fn time_out(&mut self, at: &[usize], transition: usize) -> Result<(), Rejection> {
        let body = Arc::clone(&self.branch(at).body);
        let state = body.states.get(self.branch(at).state);
        let Some((state, transition)) = state.and_then(|state| Some((state, state.transitions.get(transition)?)))
        else {
            return Ok(());
        };
        let locals = Locals::at(self.process.time);
        if !self.holds(at, transition.condition.as_ref(), &locals, transition.place)? {
            return Ok(());
        }
        if let Some(kind) = transition.trigger.timer() {
            self.happen(at, transition, Cause::Timer { kind, state: state.name.clone() });
        }
        self.take(at, transition, &locals)
    }

    /// Steps 8 and 9, and then the times of the timers `at`: they are what the step leaves behind.
    pub(crate) fn finish(&mut self) -> Result<(), Rejection> {
        self.settle()?;
        self.fit()?;
        self.rearm()
    }

    /// Writes down that a transition is taken.
    fn happen(&mut self, at: &[usize], transition: &Transition, cause: Cause) {
        let branch = self.branch(at);
        let target = match transition.goto {
            Goto::Stay => branch.state,
            Goto::State(target) => target,
        };
        let state = branch.body.states.get(target).map_or_else(|| "".into(), |state| state.name.clone());
        let process = branch.path.clone();
        self.process.history.push(Happened { process, cause, state, time: self.process.time });
    }

    /// Steps 6 and 7: what a transition does, and where it leads. Of a sequence the next item may begin.
    fn take(&mut self, at: &[usize], transition: &Transition, locals: &Locals) -> Result<(), Rejection> {
        self.effects(at, &transition.effects, locals)?;
        if let Some(position) = transition.deviation {
            self.spend_deviation(position)?;
        }
        match transition.goto {
            Goto::Stay => Ok(()),
            Goto::State(target) => {
                self.leave(at, false)?;
                self.enter(at, target)?;
                self.go_on(at)
            }
        }
    }

    pub(crate) fn enter(&mut self, at: &[usize], target: usize) -> Result<(), Rejection> {
        let target = if at.is_empty() { self.leave_deviations(target)? } else { target };
        let body = Arc::clone(&self.branch(at).body);
        let Some(state) = body.states.get(target) else {
            return Err(Rejection::new(Rule::NoTransition, "no such state"));
        };
        let (steps, time) = (self.process.history.count(), self.process.time);
        let branch = self.branch_mut(at)?;
        branch.state = target;
        branch.passed.push((steps, state.name.clone()));
        branch.entered = time;
        branch.did = Arc::default();
        branch.timers = Arc::default();
        branch.announced = Vec::new();
        let locals = Locals::at(time);
        self.effects(at, &state.effects, &locals)?;
        self.arm(at, state, &locals)?;
        for (line, start) in state.start.iter().enumerate() {
            self.start(at, line.saturating_add(1), start, &locals)?;
        }
        state.outcome.map_or(Ok(()), |outcome| self.end(at, outcome))
    }

    pub(crate) fn effects(&mut self, at: &[usize], effects: &[Effect], locals: &Locals) -> Result<(), Rejection> {
        for effect in effects {
            if !self.holds(at, effect.condition.as_ref(), locals, effect.place)? {
                continue;
            }
            match &effect.kind {
                EffectKind::Mark(label) => self.process.markers.push(label.clone()),
                EffectKind::Set(target, rule) => {
                    let value = self.value(at, rule, locals, effect.place)?;
                    self.write(at, target, locals, effect.place, |held, path| held.set(path, value))?;
                }
                EffectKind::Append(target, rule) => {
                    let value = self.value(at, rule, locals, effect.place)?;
                    self.write(at, target, locals, effect.place, |held, path| held.append(path, value))?;
                }
                EffectKind::Merge(target, rule) => {
                    let value = self.value(at, rule, locals, effect.place)?;
                    self.write(at, target, locals, effect.place, |held, path| write::merge(held, path, &value))?;
                }
                EffectKind::Invite { actor, party } => {
                    let party = party.as_ref().map(|rule| self.value(at, rule, locals, effect.place)).transpose()?;
                    self.invite(at, effect, *actor, party)?;
                }
                EffectKind::Remove(actor) => self.remove(at, effect, *actor)?,
                EffectKind::Start(start) => self.start(at, 0, start, locals)?,
                EffectKind::Cancel(child) => self.cancel(at, child)?,
                EffectKind::Signal { signal, to, with } => {
                    self.send(at, *signal, *to, with, locals, effect.place)?;
                }
            }
        }
        Ok(())
    }
}

fn expression_error(error: &countersign_rules::Error, place: Place) -> Rejection {
    let message = format!("the expression ends with {} at column {}", error.kind.as_str(), error.column);
    Rejection::new(Rule::ExpressionError, message).at(place)
}
