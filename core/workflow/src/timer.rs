//! The timers of a state: when they are armed, and when they are due (language §2.3, §4).

use std::sync::Arc;

use countersign_rules::{Calendar, Duration, Rule as Expression, Timestamp, Value};

use crate::branch::{Branch, Timer};
use crate::finding::Place;
use crate::process::TimerKind;
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Delay, State, Transition, Trigger};
use crate::step::Step;
use crate::view::Locals;

/// Most times that an `every` fires while its state is not left.
pub const REPETITIONS_MAX: u32 = 100_000;

impl Trigger {
    /// What kind of timer it is; none if it is no timer.
    pub(crate) const fn timer(&self) -> Option<TimerKind> {
        match self {
            Self::On { .. } | Self::When(_) | Self::Signal(_) => None,
            Self::After(_) => Some(TimerKind::After),
            Self::At(_) => Some(TimerKind::At),
            Self::Every { .. } => Some(TimerKind::Every),
        }
    }
}

impl Step<'_> {
    /// Makes the timers of a state that was just entered. Those of `at` are armed when the step ends.
    pub(crate) fn arm(&mut self, at: &[usize], state: &State, locals: &Locals) -> Result<(), Rejection> {
        let mut timers = Vec::new();
        for (position, transition) in state.transitions.iter().enumerate() {
            timers.extend(self.timer(at, position, transition, locals)?);
        }
        self.branch_mut(at)?.timers = Arc::new(timers);
        Ok(())
    }

    /// Makes the timers of transitions that came into the current state of `main` after it was entered; they count from
    /// its entry like the others.
    pub(crate) fn arm_missing(&mut self) -> Result<(), Rejection> {
        let body = Arc::clone(&self.branch(&[]).body);
        let Some(state) = body.states.get(self.branch(&[]).state) else { return Ok(()) };
        let locals = Locals::at(self.process.time);
        let mut timers = (*self.branch(&[]).timers).clone();
        for (position, transition) in state.transitions.iter().enumerate() {
            if !timers.iter().any(|timer| timer.transition == position) {
                timers.extend(self.timer(&[], position, transition, &locals)?);
            }
        }
        timers.sort_by_key(|timer| timer.transition);
        self.branch_mut(&[])?.timers = Arc::new(timers);
        Ok(())
    }

    fn timer(
        &mut self,
        at: &[usize],
        position: usize,
        transition: &Transition,
        locals: &Locals,
    ) -> Result<Option<Timer>, Rejection> {
        let place = transition.place;
        let entered = self.branch(at).entered;
        let (due, times) = match &transition.trigger {
            Trigger::On { .. } | Trigger::When(_) | Trigger::Signal(_) => return Ok(None),
            Trigger::After(delay) => (self.after(at, delay, locals, place)?, 1),
            Trigger::At(_) => (None, 1),
            Trigger::Every { interval, times } => {
                // All of them exist, or none does.
                repetition(entered, *interval, *times).ok_or_else(|| out_of_range(place))?;
                (repetition(entered, *interval, 1), *times)
            }
        };
        Ok(Some(Timer { transition: position, due, fired: 0, times }))
    }

    fn after(
        &mut self,
        at: &[usize],
        delay: &Delay,
        locals: &Locals,
        place: Place,
    ) -> Result<Option<Timestamp>, Rejection> {
        let entered = self.branch(at).entered;
        let due = match delay {
            Delay::For(rule) => match self.value(at, rule, locals, place)? {
                Value::Duration(delay) => entered.plus(delay),
                _ => return Ok(None),
            },
            Delay::BusinessDays { count, calendar } => match self.value(at, count, locals, place)? {
                Value::Int(count) => {
                    let body = Arc::clone(&self.branch(at).body);
                    let calendar = body.calendars.get(*calendar);
                    calendar.and_then(|(_, calendar)| end_of_business_day(calendar, entered, count))
                }
                _ => return Ok(None),
            },
        };
        due.map(Some).ok_or_else(|| out_of_range(place))
    }

    /// Evaluates the timers `at` anew: each sees what the step leaves behind.
    pub(crate) fn rearm(&mut self) -> Result<(), Rejection> {
        let all: Vec<Vec<usize>> = self.process.all().into_iter().map(|(at, _)| at).collect();
        all.iter().try_for_each(|at| self.rearm_one(at))
    }

    fn rearm_one(&mut self, at: &[usize]) -> Result<(), Rejection> {
        let body = Arc::clone(&self.branch(at).body);
        let Some(state) = body.states.get(self.branch(at).state) else { return Ok(()) };
        let locals = Locals::at(self.process.time);
        for index in 0..self.branch(at).timers.len() {
            let waiting = self.branch(at).timers.get(index).filter(|timer| timer.fired < timer.times);
            let transition = waiting.and_then(|timer| state.transitions.get(timer.transition));
            let Some(transition) = transition else { continue };
            let Trigger::At(rule) = &transition.trigger else { continue };
            let due = self.point_in_time(at, rule, &locals, transition.place)?;
            if let Some(timer) = Arc::make_mut(&mut self.branch_mut(at)?.timers).get_mut(index) {
                timer.due = due;
            }
        }
        Ok(())
    }

    fn point_in_time(
        &mut self,
        at: &[usize],
        rule: &Expression,
        locals: &Locals,
        place: Place,
    ) -> Result<Option<Timestamp>, Rejection> {
        Ok(match self.value(at, rule, locals, place)? {
            Value::Timestamp(time) => Some(time),
            Value::Date(date) => Some(Timestamp::start_of(date)),
            _ => None,
        })
    }
}

impl Branch {
    /// Counts that a timer fired, and says when it fires next if it is one of `every`.
    pub(crate) fn count_fired(&mut self, at: usize) {
        let body = Arc::clone(&self.body);
        let state = body.states.get(self.state);
        let Some(timer) = Arc::make_mut(&mut self.timers).get_mut(at) else { return };
        timer.fired = timer.fired.saturating_add(1);
        let transition = state.and_then(|state| state.transitions.get(timer.transition));
        if let Some(Trigger::Every { interval, times }) = transition.map(|transition| &transition.trigger)
            && timer.fired < *times
        {
            timer.due = repetition(self.entered, *interval, timer.fired.saturating_add(1));
        }
    }
}

/// `number` times the interval after a moment: from the moment itself, so that a month stays a month.
fn repetition(entered: Timestamp, interval: Duration, number: u32) -> Option<Timestamp> {
    let number = i64::from(number);
    let times = |part: i64| part.checked_mul(number);
    let delay = Duration::new(times(interval.months())?, times(interval.days())?, times(interval.ms())?)?;
    entered.plus(delay)
}

/// The end of the `count`-th working day after the day of a moment; none outside the calendar.
fn end_of_business_day(calendar: &Calendar, from: Timestamp, count: i64) -> Option<Timestamp> {
    calendar.end_of(calendar.add_business_days(calendar.date(from)?, count)?)
}

fn out_of_range(place: Place) -> Rejection {
    let message = "the timer would be due outside its calendar or beyond the year 9999 (out_of_range)";
    Rejection::new(Rule::ExpressionError, message).at(place)
}
