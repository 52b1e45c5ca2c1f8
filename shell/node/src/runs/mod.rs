//! System actions of this party: what the log asks for, attempts, and responses.

mod attempts;
mod questions;
mod service;
mod settings;
mod view;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use countersign_actions::Worker;
use countersign_chain::{Author, Statement};
use countersign_contract::{Payload, Response, State};
use countersign_crypto::{Digest, Signer};
use countersign_executor::{Attempt, Blocked, Executor, Gate, Input as RunInput, Notice, Placed, Record, Run, Trigger};
use countersign_member::KeyId;
use countersign_outgoing::Client;
use countersign_replica::{Effects, Input, Level, Notice as ReplicaNotice, Refusal, Replica};
use countersign_types::{EntryId, Interval, Outcome, Position, RunId, Signed, StatementId, Timestamp};
use countersign_workflow::{Call, Needs, Process, SystemRun};

pub(crate) use attempts::Attempts;
pub(crate) use service::retry;
pub(crate) use settings::settings;

use crate::active::{Active, Me};
use crate::clock::Now;
use crate::view::time_in;
use crate::{Config, Home};

/// What system actions may use on this node.
#[derive(Clone)]
pub(crate) struct Allowed {
    pub(crate) worker: Arc<Worker>,
    /// Scenarios (`scn_…`) whose system actions run here; none: those of all.
    pub(crate) scenarios: Option<Arc<[String]>>,
    /// Contracts that may be asked, each with the scenarios and contracts that may.
    pub(crate) contracts: Arc<BTreeMap<String, Vec<String>>>,
}

/// What the settings allow; what is wrong with them keeps nothing from starting, it is not allowed then.
pub(crate) fn allowed(home: &Home, config: &Config, client: Arc<Client>) -> Allowed {
    let (settings, faults) = settings(home, &config.actions);
    faults.iter().for_each(|fault| tracing::warn!(%fault, "settings of system actions"));
    let scenarios = config.actions.scenarios.as_ref().map(|ids| ids.as_slice().into());
    let contracts = config.actions.contracts.iter().map(|(id, asked)| (id.clone(), asked.asked_by.clone()));
    Allowed { worker: Arc::new(Worker::new(client, settings)), scenarios, contracts: Arc::new(contracts.collect()) }
}

/// The runs of a contract.
pub(crate) struct Runs {
    pub(crate) executor: Executor,
    /// What came back from attempts since the last turn.
    heard: Vec<RunInput>,
    /// Responses that wait for their place.
    respond: VecDeque<RunId>,
    /// The response that was submitted in this turn.
    submitted: Option<(StatementId, RunId)>,
    /// What the last turn leaves to do.
    pub(crate) left: Left,
    wake: Option<Timestamp>,
}

/// What a turn leaves to do.
#[derive(Default)]
pub(crate) struct Left {
    /// To be durable with the turn.
    pub(crate) records: Vec<Record>,
    /// Then: attempts that end.
    pub(crate) abort: Vec<RunId>,
    /// Attempts that begin.
    pub(crate) attempt: Vec<Attempt>,
    /// What to tell.
    pub(crate) notices: Vec<Notice>,
}

impl Runs {
    /// The runs that the disk has, in a new term.
    pub(crate) fn new(term: u64, runs: impl IntoIterator<Item = Run>) -> Self {
        Self {
            executor: Executor::new(term, runs),
            heard: Vec::new(),
            respond: VecDeque::new(),
            submitted: None,
            left: Left::default(),
            wake: None,
        }
    }

    /// An attempt came back; handled with the next turn of the contract.
    pub(crate) fn hear(&mut self, heard: RunInput) {
        self.heard.push(heard);
    }

    /// When something is due.
    pub(crate) const fn wake(&self) -> Option<Timestamp> {
        self.wake
    }

    /// Whether the contract has to be in memory for them.
    pub(crate) fn is_open(&self) -> bool {
        self.executor.is_busy() || self.executor.blocked().next().is_some()
    }
}

impl Active {
    /// Whether this node acts here: not while it reads only, was set back, or asks the others what it signed.
    fn acts(&self) -> bool {
        !self.muted && self.replica.stopped().is_none() && !self.replica.is_inquiring()
    }

    /// The next response that waits, signed. One in a turn: each takes the number after the last.
    pub(crate) fn due_response(&mut self, now: Now, me: &Me) -> Option<Input> {
        if !self.acts() {
            return None;
        }
        let id = self.runs.respond.pop_front()?;
        let response = self.response_of(&id);
        let Some((payload, chance)) = response.zip(crate::home::random().ok()) else {
            self.runs.hear(RunInput::Deferred(id));
            return None;
        };
        let author = Author { identity: me.party, key: KeyId::of_signing(&me.system.public_key()) };
        let [nonce, ..] = chance.as_chunks::<16>().0 else { return None };
        // What was drawn is used for one statement: its salt is not its nonce.
        let salt = *Digest::of(&chance).bytes();
        let prepared = self.prepare(now.wall, author, payload, *nonce, salt)?;
        let statement = Arc::new(Signed::sign(prepared.statement, me.system.as_ref()));
        self.runs.submitted = Some((Statement::id(&statement), id));
        Some(Input::Submit { statement, openings: vec![prepared.opening] })
    }

    fn response_of(&self, id: &RunId) -> Option<Payload> {
        let run = self.runs.executor.run(id)?;
        let state = self.replica.state()?;
        let schema = state.process()?.system_schema(&run.process, &run.action, "error")?;
        Some(Payload::Response(Response {
            process: run.process.clone(),
            actor: run.actor.clone(),
            action: run.action.clone(),
            response: Some(run.outcome.as_ref()?.response().to_owned()),
            data: run.data(&schema)?,
            attachments: BTreeMap::new(),
        }))
    }

    /// Lets the machine look at what the turn brought.
    pub(crate) fn step_runs(&mut self, now: Now, effects: &Effects, me: &Me) {
        self.runs.wake = None;
        if !self.acts() {
            return;
        }
        let mut inputs = std::mem::take(&mut self.runs.heard);
        inputs.extend(self.runs.submitted.take().map(|submitted| answer(&submitted, effects)));
        inputs.extend(self.placed(effects));
        inputs.push(RunInput::Triggers(self.triggers(now, me)));
        let done = self.runs.executor.handle(now.steady, chance(&self.replica, now.steady), inputs);
        self.runs.respond.extend(done.respond.into_iter().map(|respond| respond.run));
        // A response waits until what it says is durable: the next turn brings it.
        let soon = Some(now.steady).filter(|_| !self.runs.respond.is_empty());
        self.runs.wake = done.wake.into_iter().chain(soon).min();
        let left = &mut self.runs.left;
        left.records.extend(done.persist);
        left.abort.extend(done.abort);
        left.attempt.extend(done.attempt);
        left.notices.extend(done.notices);
    }

    /// What became of responses in the log.
    fn placed(&self, effects: &Effects) -> Vec<RunInput> {
        let abandoned =
            |statement: &StatementId| effects.notices.contains(&ReplicaNotice::Abandoned { statement: *statement });
        let knowledge = self.replica.knowledge();
        let one = |(run, statement): (RunId, StatementId)| {
            if abandoned(&statement) {
                return Some(RunInput::Placed(run, Placed::Abandoned));
            }
            let entry = self.replica.entry_of(&statement).filter(|entry| knowledge.is_final(entry))?;
            Some(match &knowledge.place(&entry)?.outcome {
                Outcome::Rejected { rule, .. } => RunInput::Placed(run, Placed::Rejected(rule.to_string())),
                Outcome::Applied | Outcome::Failed { .. } => RunInput::Placed(run, Placed::Final),
            })
        };
        self.runs.executor.responded().filter_map(one).collect()
    }

    /// What the log asks this party for now.
    fn triggers(&self, now: Now, me: &Me) -> Vec<Trigger> {
        let Some(state) = self.replica.state() else { return Vec::new() };
        let Some(process) = state.process() else { return Vec::new() };
        let time = time_in(process, now.wall);
        let own = me.party.to_string();
        let runs = process.system_runs(time).into_iter();
        let party = |run: &SystemRun| process.party_in(&run.process, &run.actor).flatten() == Some(own.as_str());
        let own = runs.filter(party);
        own.filter_map(|run| self.trigger(&state, process, run, time, me)).collect()
    }

    fn trigger(
        &self,
        state: &State,
        process: &Process,
        run: SystemRun,
        time: countersign_rules::Timestamp,
        me: &Me,
    ) -> Option<Trigger> {
        let position = state.entered_at(&run.process)?;
        let entry = self.replica.knowledge().ancestor(&self.replica.head(), position)?;
        let gate = match process.system_call(&run, time) {
            Err(error) => Gate::Broken(error.to_string()),
            Ok(call) => match self.allows(&me.allowed).and_then(|()| self.allows_call(&me.allowed, &call)) {
                Ok(()) => Gate::Open(call),
                Err(what) => Gate::Blocked(Blocked::NotAllowed(what)),
            },
        };
        let gate = match self.missing(&entry, position, run.needs) {
            Some(level) => Gate::Blocked(Blocked::Standing(level)),
            None => gate,
        };
        Some(Trigger {
            id: countersign_executor::run_id(&self.replica.contract(), &run.process, &entry, &run.action),
            process: run.process,
            entry,
            actor: run.actor,
            action: run.action,
            timeout: Interval::from_millis(run.timeout),
            retry: run.retry,
            poll: run.poll,
            gate,
        })
    }

    fn allows(&self, allowed: &Allowed) -> Result<(), String> {
        let Some(scenarios) = &allowed.scenarios else { return Ok(()) };
        let own = self.genesis.scenario.to_string();
        if scenarios.contains(&own) {
            return Ok(());
        }
        Err(format!("{own} is not among actions.scenarios of node.toml"))
    }

    fn allows_call(&self, allowed: &Allowed, call: &Call) -> Result<(), String> {
        let Call::Contract(question) = call else { return allowed.worker.check(call) };
        let by = allowed.contracts.get(&question.contract).map(Vec::as_slice).unwrap_or_default();
        let (own, scenario) = (self.replica.contract().to_string(), self.genesis.scenario.to_string());
        if by.contains(&own) || by.contains(&scenario) {
            return Ok(());
        }
        Err(format!("[actions.contracts] of node.toml does not let {scenario} ask {}", question.contract))
    }

    /// The standing that the entry which led into the state has not yet. What holds since genesis is final once every
    /// member signed that it holds it.
    fn missing(&self, entry: &EntryId, position: Position, needs: Needs) -> Option<&'static str> {
        let standing = self.replica.standing(entry);
        let wanted = match needs {
            Needs::Countersigned => Level::Countersigned,
            Needs::Final => Level::Final,
        };
        let alone = position == Position::ZERO && !standing.waiting_for.is_empty();
        (standing.level < wanted || alone).then_some(wanted.as_str())
    }
}

/// What became of the response that was submitted.
fn answer((statement, run): &(StatementId, RunId), effects: &Effects) -> RunInput {
    let answer = effects.answers.iter().find(|answer| answer.statement == *statement);
    match answer.map(|answer| &answer.result) {
        Some(Ok(_)) => RunInput::Responded { run: *run, statement: *statement },
        Some(Err(Refusal::Rejected { rule, by })) => {
            RunInput::Refused { run: *run, rule: rule.to_string(), by: by.clone() }
        }
        // Another statement of this party took the number, or the node signs nothing for a while.
        Some(Err(_)) | None => RunInput::Deferred(*run),
    }
}

/// A number that nobody chose, and that a restart does not repeat.
fn chance(replica: &Replica<State>, now: Timestamp) -> u64 {
    let mut bytes = replica.contract().bytes().to_vec();
    bytes.extend(now.millis().to_be_bytes());
    let digest = Digest::of(&bytes);
    let [first, ..] = digest.bytes().as_chunks::<8>().0 else { return 0 };
    u64::from_be_bytes(*first)
}
