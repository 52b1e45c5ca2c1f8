//! The machine: what happened in, what to do out.

use std::collections::{BTreeMap, BTreeSet};

use countersign_types::{Interval, RunId, StatementId, Timestamp};
use countersign_workflow::Call;

use crate::{Answer, Blocked, Gate, Heard, Run, RunState, Trigger};

/// Most runs known of one contract; the oldest that are over are forgotten.
pub const RUNS_MAX: usize = 1_000;
/// A response that found no place now is tried again so much later.
const DEFERRED: Interval = Interval::from_secs(1);

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// All system actions of this party that the log asks for now.
    Triggers(Vec<Trigger>),
    /// An attempt came back.
    Heard {
        /// Of which run.
        run: RunId,
        /// In which term it began.
        term: u64,
        /// Its number.
        number: u32,
        /// With what.
        heard: Heard,
    },
    /// The response of a run is in the log; the record has to be durable together with it.
    Responded {
        /// Of which run.
        run: RunId,
        /// The statement.
        statement: StatementId,
    },
    /// The own node refuses the response, since a rule would reject it.
    Refused {
        /// Of which run.
        run: RunId,
        /// Which rule.
        rule: String,
        /// Judged by what.
        by: String,
    },
    /// The response could not be placed now.
    Deferred(RunId),
    /// Where the response of a run stands.
    Placed(RunId, Placed),
    /// Time passed; see [`Effects::wake`].
    Wake,
}

/// Where a response stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// Applied, and nothing changes that any more.
    Final,
    /// Rejected by this rule, and nothing changes that any more.
    Rejected(String),
    /// It can get no place any more.
    Abandoned,
}

/// What to do, in this order: make `persist` durable in one commit, then abort, attempt and respond.
#[derive(Debug, Default)]
pub struct Effects {
    /// To be durable, all or nothing, before anything else here is done.
    pub persist: Vec<Record>,
    /// Attempts whose results are of no use any more.
    pub abort: Vec<RunId>,
    /// Attempts to begin; each is answered by [`Input::Heard`].
    pub attempt: Vec<Attempt>,
    /// Responses to sign and append; each is answered by [`Input::Responded`], [`Input::Refused`] or
    /// [`Input::Deferred`].
    pub respond: Vec<Respond>,
    /// For people and logs.
    pub notices: Vec<Notice>,
    /// When to call again with [`Input::Wake`], unless something comes before.
    pub wake: Option<Timestamp>,
}

/// Something to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A run, in place of what was kept of it.
    Run(Box<Run>),
    /// A run is forgotten.
    Forget(RunId),
}

/// An attempt to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Of which run: the key that goes with it.
    pub run: RunId,
    /// In which term.
    pub term: u64,
    /// From 1.
    pub number: u32,
    /// What to do.
    pub call: Call,
    /// The longest time.
    pub timeout: Interval,
    /// Whether an answer may be not ready.
    pub polls: bool,
}

/// A response to sign and append: [`Run::data`] of the run, as its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Respond {
    /// Of which run.
    pub run: RunId,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// About which run.
    pub run: RunId,
    /// The word of its state now.
    pub state: &'static str,
}

/// Why a run is not begun again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unretried {
    /// There is no such run.
    Unknown,
    /// It goes on by itself, or is done.
    NotStopped,
    /// The state was left, so the log does not ask for it any more.
    NotAsked,
}

/// The runs of one party in one contract.
#[derive(Debug)]
pub struct Executor {
    /// Which reading of the runs from disk this is: what began in an earlier one was interrupted.
    term: u64,
    runs: BTreeMap<RunId, Run>,
    /// What the log asks for, as it was last told.
    triggers: BTreeMap<RunId, Trigger>,
    /// Responses that were handed out and not answered, and those that wait.
    responding: BTreeSet<RunId>,
    deferred: BTreeMap<RunId, Timestamp>,
    /// Runs whose attempt was not allowed although their gate was open: what allows them is not seen by the gate, so an
    /// open gate does not begin them again.
    refused: BTreeSet<RunId>,
    dirty: BTreeSet<RunId>,
    effects: Effects,
}

impl Executor {
    /// The runs that the disk has. `term` is durable, and higher than every term before.
    pub fn new(term: u64, runs: impl IntoIterator<Item = Run>) -> Self {
        Self {
            term,
            runs: runs.into_iter().map(|run| (run.id, run)).collect(),
            triggers: BTreeMap::new(),
            responding: BTreeSet::new(),
            deferred: BTreeMap::new(),
            refused: BTreeSet::new(),
            dirty: BTreeSet::new(),
            effects: Effects::default(),
        }
    }

    /// Handles a batch of inputs at one point in time. `chance` is drawn anew for each call.
    pub fn handle(&mut self, now: Timestamp, chance: u64, inputs: impl IntoIterator<Item = Input>) -> Effects {
        for input in inputs {
            self.take(now, chance, input);
        }
        self.interrupt(now);
        self.begin(now);
        self.respond(now);
        self.forget();
        for id in std::mem::take(&mut self.dirty) {
            if let Some(run) = self.runs.get(&id) {
                self.effects.notices.push(Notice { run: id, state: run.state.as_str() });
                self.effects.persist.push(Record::Run(Box::new(run.clone())));
            }
        }
        self.effects.wake = self.wake();
        std::mem::take(&mut self.effects)
    }

    fn take(&mut self, now: Timestamp, chance: u64, input: Input) {
        match input {
            Input::Triggers(triggers) => self.asked(now, triggers),
            Input::Heard { run, term, number, heard } => {
                let not_allowed = matches!(heard.answer, Answer::NotAllowed { .. });
                let mut current = false;
                self.change(&run, |run| {
                    // Fencing: what an earlier start of the node, or an earlier attempt, brings is of no use.
                    current = matches!(run.state, RunState::Attempting { term: of, .. } if of == term)
                        && run.attempts == number;
                    if current {
                        run.heard(heard, now, chance);
                    }
                    current
                });
                if current && not_allowed {
                    self.refused.insert(run);
                }
            }
            Input::Responded { run, statement } => {
                self.answered(&run, |run| run.state = RunState::Responded(statement))
            }
            Input::Refused { run, rule, by } => self.answered(&run, |run| run.refused(&rule, &by)),
            Input::Deferred(run) => {
                self.responding.remove(&run);
                self.deferred.insert(run, now.after(DEFERRED));
            }
            Input::Placed(run, placed) => self.change(&run, |run| {
                if !matches!(run.state, RunState::Responded(_)) {
                    return false;
                }
                run.state = match placed {
                    Placed::Final => RunState::Done,
                    Placed::Rejected(rule) => RunState::Vetoed(rule),
                    Placed::Abandoned => RunState::Known,
                };
                true
            }),
            Input::Wake => {}
        }
    }

    fn change(&mut self, id: &RunId, work: impl FnOnce(&mut Run) -> bool) {
        if self.runs.get_mut(id).is_some_and(work) {
            self.dirty.insert(*id);
        }
    }

    /// A response that was handed out came back.
    fn answered(&mut self, id: &RunId, work: impl FnOnce(&mut Run)) {
        self.responding.remove(id);
        self.change(id, |run| {
            let waits = run.state == RunState::Known;
            if waits {
                work(run);
            }
            waits
        });
    }

    /// What the log asks for now: claims what is new and can begin, and gives up what is asked for no more.
    fn asked(&mut self, now: Timestamp, triggers: Vec<Trigger>) {
        self.triggers = triggers.into_iter().map(|trigger| (trigger.id, trigger)).collect();
        for (id, trigger) in &self.triggers {
            match self.runs.get_mut(id) {
                None => {
                    if let Some(run) = Run::claim(trigger, now) {
                        self.runs.insert(*id, run);
                        self.dirty.insert(*id);
                    }
                }
                // A branch that was left is held again.
                Some(run) if run.state == RunState::Overtaken => {
                    run.state = if run.outcome.is_some() { RunState::Known } else { RunState::Resting(now) };
                    self.dirty.insert(*id);
                }
                Some(run) => {
                    let stopped = matches!(&run.state, RunState::Stopped(word, _) if word == "not_allowed");
                    match &trigger.gate {
                        // The operator allows what was not allowed before.
                        Gate::Open(_) if stopped && !self.refused.contains(id) => run.state = RunState::Resting(now),
                        // The operator allows it no more.
                        Gate::Blocked(Blocked::NotAllowed(what)) if matches!(run.state, RunState::Resting(_)) => {
                            run.state = RunState::Stopped("not_allowed".into(), what.clone());
                        }
                        Gate::Blocked(Blocked::NotAllowed(_)) => {
                            self.refused.remove(id);
                            continue;
                        }
                        _ => continue,
                    }
                    self.refused.remove(id);
                    self.dirty.insert(*id);
                }
            }
        }
        self.refused.retain(|id| self.triggers.contains_key(id));
        for (id, run) in &mut self.runs {
            let waits = matches!(
                run.state,
                RunState::Resting(_) | RunState::Attempting { .. } | RunState::Known | RunState::Stopped(..)
            );
            if waits && !self.triggers.contains_key(id) {
                if matches!(run.state, RunState::Attempting { .. }) {
                    self.effects.abort.push(*id);
                }
                run.state = RunState::Overtaken;
                self.responding.remove(id);
                self.deferred.remove(id);
                self.dirty.insert(*id);
            }
        }
    }

    /// Attempts of earlier terms came to nothing that anybody knows.
    fn interrupt(&mut self, now: Timestamp) {
        for (id, run) in &mut self.runs {
            if matches!(run.state, RunState::Attempting { term, .. } if term != self.term) {
                run.interrupted(now);
                self.dirty.insert(*id);
            }
        }
    }

    /// Begins what is due, of what the log asks for.
    fn begin(&mut self, now: Timestamp) {
        for (id, run) in &mut self.runs {
            let due = matches!(run.state, RunState::Resting(at) if at <= now) && self.triggers.contains_key(id);
            let Some(call) = run.call.as_ref().filter(|_| due).cloned() else { continue };
            run.begin(self.term, now);
            self.dirty.insert(*id);
            self.effects.attempt.push(Attempt {
                run: *id,
                term: self.term,
                number: run.attempts,
                call,
                timeout: run.timeout,
                polls: run.poll.is_some(),
            });
        }
    }

    /// Hands out responses; each again only once it came back.
    fn respond(&mut self, now: Timestamp) {
        self.deferred.retain(|_, until| *until > now);
        for (id, run) in &self.runs {
            let asked = self.triggers.contains_key(id) && !self.deferred.contains_key(id);
            if run.state == RunState::Known && asked && self.responding.insert(*id) {
                self.effects.respond.push(Respond { run: *id });
            }
        }
    }

    /// Forgets the oldest that are over and not asked for.
    fn forget(&mut self) {
        let excess = self.runs.len().saturating_sub(RUNS_MAX);
        if excess == 0 {
            return;
        }
        let over = self.runs.values().filter(|run| run.is_over() && !self.triggers.contains_key(&run.id));
        let mut over: Vec<_> = over.map(|run| (run.claimed, run.id)).collect();
        over.sort();
        for (_, id) in over.into_iter().take(excess) {
            self.runs.remove(&id);
            self.dirty.remove(&id);
            self.effects.persist.push(Record::Forget(id));
        }
    }

    fn wake(&self) -> Option<Timestamp> {
        let resting = self.runs.values().filter(|run| self.triggers.contains_key(&run.id));
        let resting = resting.filter_map(|run| match run.state {
            RunState::Resting(at) => Some(at),
            _ => None,
        });
        resting.chain(self.deferred.values().copied()).min()
    }

    /// Begins a run again that waits for the operator, or rests; the effects come with the next input.
    ///
    /// # Errors
    /// [`Unretried`]: nothing changed.
    pub fn retry(&mut self, id: &RunId, now: Timestamp) -> Result<(), Unretried> {
        let run = self.runs.get_mut(id).ok_or(Unretried::Unknown)?;
        if !matches!(run.state, RunState::Stopped(..) | RunState::Vetoed(_) | RunState::Resting(_)) {
            return Err(Unretried::NotStopped);
        }
        if !self.triggers.contains_key(id) {
            return Err(Unretried::NotAsked);
        }
        run.again(now);
        self.dirty.insert(*id);
        Ok(())
    }

    /// A run.
    pub fn run(&self, id: &RunId) -> Option<&Run> {
        self.runs.get(id)
    }

    /// All runs, in the order of their keys.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.values()
    }

    /// What the log asks for and cannot begin.
    pub fn blocked(&self) -> impl Iterator<Item = (&Trigger, &Blocked)> {
        self.triggers.values().filter_map(|trigger| match &trigger.gate {
            Gate::Blocked(blocked) if !self.runs.contains_key(&trigger.id) => Some((trigger, blocked)),
            _ => None,
        })
    }

    /// Runs whose response stands in the log and is not final.
    pub fn responded(&self) -> impl Iterator<Item = (RunId, StatementId)> {
        self.runs.values().filter_map(|run| match run.state {
            RunState::Responded(statement) => Some((run.id, statement)),
            _ => None,
        })
    }

    /// Whether something is under way, or waits for the log.
    pub fn is_busy(&self) -> bool {
        self.runs.values().any(|run| !run.is_over() && !matches!(run.state, RunState::Stopped(..)))
            || self.blocked().any(|(_, blocked)| matches!(blocked, Blocked::Standing(_)))
    }
}
