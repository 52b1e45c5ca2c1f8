//! The execution of a process (language §4): responses and timers, each all or nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_rules::{Rule as Expression, STEP_COST_MAX, Text, Timestamp, Value};

use crate::answer::{Admitted, Answer, Entitlement, admit};
use crate::branch::Branch;
use crate::finding::Place;
use crate::process::{Cause, Happened, Process};
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Effect, EffectKind, Goto, Section, Target, Transition, Trigger};
use crate::view::{Locals, View};

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

    /// Step 1: the timers due by `time`, earliest first, each a step of its own at its due time. Says how many fired,
    /// and whether these were all.
    fn fire_due(&mut self, time: Timestamp) -> (usize, bool) {
        for fired in 0..TIMERS_FIRED_MAX {
            let due = self.main.timers.iter().enumerate().filter_map(|(at, timer)| Some((timer.next()?, at)));
            let due = due.filter(|(due, _)| *due <= time).min();
            let Some((due, at)) = due else {
                // `MONOTONE`: a declared time before that of the last step counts as that.
                self.time = self.time.max(time);
                return (fired, true);
            };
            self.fire(at, due);
        }
        (TIMERS_FIRED_MAX, self.next_due().is_none_or(|due| due > time))
    }

    /// Fires one timer. It counts as fired even if its condition does not hold or its step is rejected.
    fn fire(&mut self, at: usize, due: Timestamp) {
        let main = Arc::make_mut(&mut self.main);
        let transition = main.timers.get(at).map(|timer| timer.transition);
        main.count_fired(at);
        self.time = self.time.max(due);
        let mut next = self.clone();
        let mut step = Step::new(&mut next);
        let done = transition.map_or(Ok(()), |transition| step.time_out(transition));
        if done.and_then(|()| step.finish()).is_ok() {
            *self = next;
        }
    }
}

/// Sets a member of a map.
pub(crate) fn put(held: &mut Value, name: &str, value: Value) {
    let was_map = held.set(&[name.into()], value);
    debug_assert!(was_map, "assets, vars and roles are maps");
}

/// A step under way, on a copy of the process.
pub(crate) struct Step<'a> {
    pub(crate) process: &'a mut Process,
    cost: u64,
    /// What was written: the section and the first name below it.
    written: BTreeSet<(Section, Text)>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(process: &'a mut Process) -> Self {
        Self { process, cost: 0, written: BTreeSet::new() }
    }

    pub(crate) fn branch(&self) -> &Branch {
        &self.process.main
    }

    pub(crate) fn branch_mut(&mut self) -> &mut Branch {
        Arc::make_mut(&mut self.process.main)
    }

    fn spend(&mut self, rule: &Expression) -> Result<(), Rejection> {
        self.cost = self.cost.saturating_add(rule.cost());
        if self.cost > STEP_COST_MAX {
            return Err(Rejection::new(Rule::Limit, format!("the step costs more than {STEP_COST_MAX}")));
        }
        Ok(())
    }

    pub(crate) fn value(&mut self, rule: &Expression, locals: &Locals, place: Place) -> Result<Value, Rejection> {
        self.spend(rule)?;
        rule.eval(&View::new(self.branch(), locals.clone())).map_err(|error| expression_error(&error, place))
    }

    fn holds(&mut self, rule: Option<&Expression>, locals: &Locals, place: Place) -> Result<bool, Rejection> {
        let Some(rule) = rule else { return Ok(true) };
        self.spend(rule)?;
        rule.holds(&View::new(self.branch(), locals.clone())).map_err(|error| expression_error(&error, place))
    }

    /// Steps 4 to 7 of a response.
    fn respond(&mut self, admitted: Admitted) -> Result<(), Rejection> {
        let Admitted { actor, action: action_at, response: response_at, data, attachments } = admitted;
        let body = Arc::clone(&self.branch().body);
        let found = body.actions.get(action_at).and_then(|action| Some((action, action.responses.get(response_at)?)));
        let Some((action, response)) = found else {
            return Err(Rejection::new(Rule::UnknownResponse, "no such response"));
        };
        let locals = Locals {
            actor: Some(actor),
            data,
            attachments,
            response: Value::Text(response.name.clone()),
            time: self.process.time,
            old: Value::Unassigned,
        };
        self.effects(&response.effects, &locals)?;
        let state = body.states.get(self.branch().state);
        let mut taken = None;
        for transition in state.map(|state| state.transitions.as_slice()).unwrap_or_default() {
            let Trigger::On { responses, by } = &transition.trigger else { continue };
            if responses.contains(&(action_at, response_at))
                && by.has(actor.actor)
                && self.holds(transition.condition.as_ref(), &locals, transition.place)?
            {
                taken = Some(transition);
                break;
            }
        }
        let Some(transition) = taken else {
            let message =
                format!("no transition of {} holds for {}.{}", self.branch().state_name(), action.name, response.name);
            let place = state.map_or(action.place, |state| state.place);
            return Err(Rejection::new(Rule::NoTransition, message).at(place));
        };
        Arc::make_mut(&mut self.branch_mut().did).insert((actor, action_at, response_at));
        let name = body.actors.get(actor.actor).map_or_else(|| Text::from(""), |actor| actor.name.clone());
        let cause = Cause::Response { actor: name, action: action.name.clone(), response: response.name.clone() };
        self.happen(transition, cause);
        self.take(transition, &locals)
    }

    /// The step of a timer that is due.
    fn time_out(&mut self, at: usize) -> Result<(), Rejection> {
        let body = Arc::clone(&self.branch().body);
        let state = body.states.get(self.branch().state);
        let Some((state, transition)) = state.and_then(|state| Some((state, state.transitions.get(at)?))) else {
            return Ok(());
        };
        let locals = Locals::at(self.process.time);
        if !self.holds(transition.condition.as_ref(), &locals, transition.place)? {
            return Ok(());
        }
        if let Some(kind) = transition.trigger.timer() {
            self.happen(transition, Cause::Timer { kind, state: state.name.clone() });
        }
        self.take(transition, &locals)
    }

    /// Steps 8 and 9, and then the times of the timers `at`: they are what the step leaves behind.
    pub(crate) fn finish(&mut self) -> Result<(), Rejection> {
        self.settle()?;
        self.fit()?;
        self.rearm()
    }

    /// Writes down that a transition is taken.
    fn happen(&mut self, transition: &Transition, cause: Cause) {
        let target = match transition.goto {
            Goto::Stay => self.branch().state,
            Goto::State(target) => target,
        };
        let state = self.branch().body.states.get(target).map_or_else(|| Text::from(""), |state| state.name.clone());
        self.process.history.push(Happened { cause, state, time: self.process.time });
    }

    /// Steps 6 and 7: what a transition does, and where it leads.
    fn take(&mut self, transition: &Transition, locals: &Locals) -> Result<(), Rejection> {
        self.effects(&transition.effects, locals)?;
        if let Some(position) = transition.deviation {
            self.spend_deviation(position)?;
        }
        match transition.goto {
            Goto::Stay => Ok(()),
            Goto::State(target) => self.enter(target),
        }
    }

    pub(crate) fn enter(&mut self, target: usize) -> Result<(), Rejection> {
        let target = self.leave_deviations(target)?;
        let body = Arc::clone(&self.branch().body);
        let Some(state) = body.states.get(target) else {
            return Err(Rejection::new(Rule::NoTransition, "no such state"));
        };
        self.branch_mut().state = target;
        let steps = self.process.history.count();
        self.branch_mut().passed.push((steps, state.name.clone()));
        self.branch_mut().entered = self.process.time;
        self.branch_mut().did = Arc::default();
        self.branch_mut().timers = Arc::default();
        let locals = Locals::at(self.process.time);
        self.effects(&state.effects, &locals)?;
        self.arm(state, &locals)?;
        if state.outcome.is_some() {
            let mut result = Vec::with_capacity(body.result.len());
            for (name, rule, place) in &body.result {
                result.push((name.clone(), self.value(rule, &locals, *place)?));
            }
            self.branch_mut().result = Value::map(result);
        }
        Ok(())
    }

    /// Step 8: automatic transitions, one at a time, until none holds.
    fn settle(&mut self) -> Result<(), Rejection> {
        let locals = Locals::at(self.process.time);
        for _ in 0..=AUTOMATIC_STEPS_MAX {
            let body = Arc::clone(&self.branch().body);
            let Some(state) = body.states.get(self.branch().state) else { return Ok(()) };
            let mut taken = None;
            for transition in &state.transitions {
                let Trigger::When(rule) = &transition.trigger else { continue };
                if self.holds(Some(rule), &locals, transition.place)?
                    && self.holds(transition.condition.as_ref(), &locals, transition.place)?
                {
                    taken = Some(transition);
                    break;
                }
            }
            match taken {
                None => return Ok(()),
                Some(transition) => self.take(transition, &locals)?,
            }
        }
        let message = format!("more than {AUTOMATIC_STEPS_MAX} automatic steps");
        Err(Rejection::new(Rule::Runaway, message))
    }

    pub(crate) fn effects(&mut self, effects: &[Effect], locals: &Locals) -> Result<(), Rejection> {
        for effect in effects {
            if !self.holds(effect.condition.as_ref(), locals, effect.place)? {
                continue;
            }
            match &effect.kind {
                EffectKind::Mark(label) => self.process.markers.push(label.clone()),
                EffectKind::Set(target, rule) => {
                    let value = self.value(rule, locals, effect.place)?;
                    self.write(target, locals, effect.place, |held, path| held.set(path, value))?;
                }
                EffectKind::Append(target, rule) => {
                    let value = self.value(rule, locals, effect.place)?;
                    self.write(target, locals, effect.place, |held, path| held.append(path, value))?;
                }
                EffectKind::Merge(target, rule) => {
                    let value = self.value(rule, locals, effect.place)?;
                    self.write(target, locals, effect.place, |held, path| merge(held, path, &value))?;
                }
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        target: &Target,
        locals: &Locals,
        place: Place,
        change: impl FnOnce(&mut Value, &[Text]) -> bool,
    ) -> Result<(), Rejection> {
        let section = match (target.section, locals.actor) {
            (Section::ActingActor, Some(actor)) => Section::Actor(actor),
            (section, _) => section,
        };
        let held = match section {
            Section::Assets => Some(&mut self.branch_mut().assets),
            Section::Vars => Some(&mut self.branch_mut().vars),
            Section::Actor(member) => self.branch_mut().role_mut(member).map(|role| &mut role.value),
            Section::ActingActor => None,
        };
        if !held.is_some_and(|held| change(held, &target.path)) {
            let message = format!("there is no {} to write to", target.path.join("."));
            return Err(Rejection::new(Rule::InvalidResult, message).at(place));
        }
        if let Some(first) = target.path.first() {
            self.written.insert((section, first.clone()));
        }
        Ok(())
    }

    /// Counts something as written in this step.
    pub(crate) fn must_fit(&mut self, section: Section, name: Text) {
        self.written.insert((section, name));
    }

    /// Step 9: everything written fits its schema.
    fn fit(&mut self) -> Result<(), Rejection> {
        let body = Arc::clone(&self.branch().body);
        for (section, name) in std::mem::take(&mut self.written) {
            let (held, schema, pointer) = match section {
                Section::Assets => {
                    let found = body.assets.iter().find(|(asset, ..)| *asset == name);
                    (Some(&mut self.branch_mut().assets), found.map(|(_, _, schema)| schema), format!("/assets/{name}"))
                }
                Section::Vars => (Some(&mut self.branch_mut().vars), body.vars.member(&name), format!("/vars/{name}")),
                Section::Actor(member) => {
                    let actor = body.actors.get(member.actor);
                    let role = self.branch_mut().role_mut(member);
                    let key = actor.map(|actor| &*actor.name).unwrap_or_default();
                    let schema = actor.and_then(|actor| actor.data.member(&name));
                    (role.map(|role| &mut role.value), schema, format!("/actors/{key}/{name}"))
                }
                Section::ActingActor => (None, None, String::new()),
            };
            let (Some(held), Some(schema)) = (held, schema) else { continue };
            let value = held.get(&name);
            if value.is_unassigned() {
                continue;
            }
            let value = schema.check(value).map_err(|invalid| {
                Rejection::new(Rule::InvalidResult, invalid.message).pointing(format!("{pointer}{}", invalid.pointer))
            })?;
            put(held, &name, value);
        }
        Ok(())
    }
}

/// `merge`: what is assigned in `value` replaces what is at the path, recursively by record.
fn merge(held: &mut Value, path: &[Text], value: &Value) -> bool {
    if value.is_unassigned() {
        return true;
    }
    let mut merged = held.at(path).clone();
    merged.merge(value);
    held.set(path, merged)
}

fn expression_error(error: &countersign_rules::Error, place: Place) -> Rejection {
    let message = format!("the expression ends with {} at column {}", error.kind.as_str(), error.column);
    Rejection::new(Rule::ExpressionError, message).at(place)
}
