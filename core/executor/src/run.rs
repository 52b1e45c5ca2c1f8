//! A run: what started it, and how far it is.

use countersign_codec::{Encode, Json, Writer};
use countersign_crypto::{Hasher, Namespace};
use countersign_types::{ContractId, EntryId, Interval, RunId, StatementId, Timestamp};
use countersign_workflow::{Call, Failure, Poll, Retry};

use crate::{Answer, Heard, LINES_MAX, Line, Outcome};

/// So often in a row the node may end during an attempt; then the run waits for the operator.
pub const INTERRUPTIONS_MAX: u32 = 16;
/// Of what is said about an answer, so many characters are kept.
const DETAIL_CHARACTERS_MAX: usize = 500;

/// The key of a run: what started it, under `countersign/run/v1`.
pub fn run_id(contract: &ContractId, process: &str, entry: &EntryId, action: &str) -> RunId {
    let mut out = Writer::default();
    contract.encode(&mut out);
    out.text(process);
    entry.encode(&mut out);
    out.text(action);
    RunId::new(Hasher::named(Namespace::Run).with(&out.into_bytes()).finish())
}

/// A system action that the log asks for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Its key.
    pub id: RunId,
    /// The process, by its path.
    pub process: String,
    /// The entry that led into the state.
    pub entry: EntryId,
    /// As whom.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The longest time of one attempt.
    pub timeout: Interval,
    /// Whether to try again.
    pub retry: Option<Retry>,
    /// Whether to ask again.
    pub poll: Option<Poll>,
    /// Whether it can begin.
    pub gate: Gate,
}

/// Whether a run can begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It can: this is what to do.
    Open(Call),
    /// Something has to come first.
    Blocked(Blocked),
    /// It never can: an expression of the request ends with an error.
    Broken(String),
}

/// Why a run does not begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The entry that led into the state has not this standing yet.
    Standing(&'static str),
    /// The operator does not allow it: what.
    NotAllowed(String),
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// The next attempt begins then.
    Resting(Timestamp),
    /// An attempt is under way.
    Attempting {
        /// In which term.
        term: u64,
        /// Since when.
        since: Timestamp,
    },
    /// What came of it is known; the response is not in the log yet.
    Known,
    /// The response is in the log.
    Responded(StatementId),
    /// The response is in the log for good, and applied.
    Done,
    /// The response was rejected by this rule.
    Vetoed(String),
    /// The state was left by another way.
    Overtaken,
    /// It waits for the operator: a word and a sentence.
    Stopped(String, String),
}

impl RunState {
    /// The word for people.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Resting(_) => "resting",
            Self::Attempting { .. } => "attempting",
            Self::Known => "known",
            Self::Responded(_) => "responded",
            Self::Done => "done",
            Self::Vetoed(_) => "vetoed",
            Self::Overtaken => "overtaken",
            Self::Stopped(..) => "stopped",
        }
    }
}

/// A run that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its key.
    pub id: RunId,
    /// The process, by its path.
    pub process: String,
    /// The entry that led into the state.
    pub entry: EntryId,
    /// As whom.
    pub actor: String,
    /// The action.
    pub action: String,
    /// What every attempt does, as it was when the run was claimed; none if it could not be put together.
    pub call: Option<Call>,
    /// The longest time of one attempt.
    pub timeout: Interval,
    /// Whether to try again.
    pub retry: Option<Retry>,
    /// Whether to ask again.
    pub poll: Option<Poll>,
    /// When it was claimed.
    pub claimed: Timestamp,
    /// Attempts begun.
    pub attempts: u32,
    /// Attempts that failed, of those that `retry` counts.
    pub failures: u32,
    /// Attempts that were not ready.
    pub polls: u32,
    /// Attempts in a row during which the node ended.
    pub interruptions: u32,
    /// The latest attempts.
    pub transcript: Vec<Line>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// How far it is.
    pub state: RunState,
}

impl Run {
    pub(crate) fn claim(trigger: &Trigger, now: Timestamp) -> Option<Self> {
        let (call, broken) = match &trigger.gate {
            Gate::Open(call) => (Some(call.clone()), None),
            Gate::Broken(why) => (None, Some(why.clone())),
            Gate::Blocked(_) => return None,
        };
        let mut run = Self {
            id: trigger.id,
            process: trigger.process.clone(),
            entry: trigger.entry,
            actor: trigger.actor.clone(),
            action: trigger.action.clone(),
            call,
            timeout: trigger.timeout,
            retry: trigger.retry,
            poll: trigger.poll,
            claimed: now,
            attempts: 0,
            failures: 0,
            polls: 0,
            interruptions: 0,
            transcript: Vec::new(),
            outcome: None,
            state: RunState::Resting(now),
        };
        if let Some(why) = broken {
            run.fail("bad_request", &why, None);
        }
        Some(run)
    }

    /// Whether nothing more will be done for it unless the operator asks.
    pub const fn is_over(&self) -> bool {
        matches!(self.state, RunState::Done | RunState::Vetoed(_) | RunState::Overtaken)
    }

    pub(crate) fn begin(&mut self, term: u64, now: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        self.state = RunState::Attempting { term, since: now };
    }

    fn note(&mut self, word: &str, now: Timestamp, heard: Option<&Heard>) {
        let RunState::Attempting { term, since } = self.state else { return };
        let line = Line {
            number: self.attempts,
            term,
            began: since,
            ended: now,
            word: short(word),
            status: heard.and_then(|heard| heard.status),
            digest: heard.and_then(|heard| heard.digest),
        };
        if self.transcript.len() >= LINES_MAX {
            self.transcript.remove(0);
        }
        self.transcript.push(line);
    }

    /// The node ended during the attempt, in an earlier term.
    pub(crate) fn interrupted(&mut self, now: Timestamp) {
        self.note("interrupted", now, None);
        self.interruptions = self.interruptions.saturating_add(1);
        self.state = if self.interruptions > INTERRUPTIONS_MAX {
            let detail = format!("the node ended {} times during an attempt", self.interruptions);
            RunState::Stopped("interrupted".into(), detail)
        } else {
            RunState::Resting(now)
        };
    }

    /// An attempt came back. `chance` spreads the next one.
    pub(crate) fn heard(&mut self, heard: Heard, now: Timestamp, chance: u64) {
        self.interruptions = 0;
        let word = match &heard.answer {
            Answer::Ok(_) => "ok",
            Answer::NotReady => "not_ready",
            Answer::Rejected { .. } => "rejected",
            Answer::Failed { reason, .. } => reason,
            Answer::NotAllowed { .. } => "not_allowed",
        };
        self.note(word, now, Some(&heard));
        let status = heard.status;
        match heard.answer {
            Answer::Ok(data) => self.know(Outcome::Ok(data)),
            Answer::NotReady => self.ask_again(now, status),
            Answer::Rejected { detail, data } => {
                let failure = self.failure("rejected", &detail, status);
                self.know(Outcome::Rejected { data, failure });
            }
            Answer::Failed { reason, detail } => match self.next_attempt(chance) {
                Some(delay) => self.state = RunState::Resting(now.after(delay)),
                None => self.fail(&reason, &detail, status),
            },
            Answer::NotAllowed { detail } => self.state = RunState::Stopped("not_allowed".into(), short(&detail)),
        }
    }

    fn ask_again(&mut self, now: Timestamp, status: Option<i64>) {
        match self.poll {
            Some(poll) if self.polls < poll.times => {
                self.polls = self.polls.saturating_add(1);
                self.state = RunState::Resting(now.after(Interval::from_millis(poll.every)));
            }
            _ => self.fail("not_ready", "the answer was not ready in time", status),
        }
    }

    /// How long to rest after a failure; none if that was the last attempt. Up to a quarter longer by chance, so that
    /// many runs do not knock at one time.
    fn next_attempt(&mut self, chance: u64) -> Option<Interval> {
        let retry = self.retry.filter(|retry| self.failures < retry.times)?;
        let factor = u64::from(retry.factor).saturating_pow(self.failures);
        self.failures = self.failures.saturating_add(1);
        let delay = retry.first.saturating_mul(factor).min(retry.longest);
        let spread = (delay / 4).saturating_add(1);
        Some(Interval::from_millis(delay.saturating_add(chance.checked_rem(spread).unwrap_or_default())))
    }

    pub(crate) fn know(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
        self.state = RunState::Known;
    }

    pub(crate) fn fail(&mut self, reason: &str, detail: &str, status: Option<i64>) {
        let failure = self.failure(reason, detail, status);
        self.know(Outcome::Failed(failure));
    }

    fn failure(&self, reason: &str, detail: &str, status: Option<i64>) -> Failure {
        Failure {
            reason: short(reason),
            detail: short(detail),
            status,
            attempts: self.attempts,
            witness: self.witness(),
        }
    }

    /// SHA-256 of the transcript as it is kept.
    pub fn witness(&self) -> [u8; 32] {
        let mut out = Writer::default();
        out.list(self.transcript.iter());
        *countersign_crypto::Digest::of(&out.into_bytes()).bytes()
    }

    /// The own node does not take the response: what remains to be said, if anything.
    pub(crate) fn refused(&mut self, rule: &str, by: &str) {
        match self.outcome.take() {
            Some(Outcome::Ok(_)) => {
                let reason = if rule == "invalid_data" { "invalid_answer" } else { rule };
                self.fail(reason, &format!("the answer cannot be the response: {rule} {by}"), None);
            }
            Some(Outcome::Rejected { data: Some(_), failure }) => {
                self.know(Outcome::Rejected { data: None, failure });
            }
            outcome => {
                self.outcome = outcome;
                self.state = RunState::Vetoed(short(rule));
            }
        }
    }

    /// The operator asks to begin again: the same request under the same key. Without a request only its failure can
    /// be said again.
    pub(crate) fn again(&mut self, now: Timestamp) {
        self.failures = 0;
        self.polls = 0;
        self.interruptions = 0;
        if self.call.is_none() {
            self.state = RunState::Known;
            return;
        }
        self.outcome = None;
        self.state = RunState::Resting(now);
    }

    /// The data of the response, given the schema of the response `error`.
    pub fn data(&self, error: &Json) -> Option<Json> {
        Some(match self.outcome.as_ref()? {
            Outcome::Ok(data) | Outcome::Rejected { data: Some(data), .. } => data.clone(),
            Outcome::Rejected { data: None, failure } | Outcome::Failed(failure) => {
                countersign_workflow::failure_data(error, failure)
            }
        })
    }
}

fn short(text: &str) -> String {
    text.chars().take(DETAIL_CHARACTERS_MAX).collect()
}
