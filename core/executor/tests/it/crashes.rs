//! The node dies before, during and after every step that it makes durable; what it does outside happens once all the same.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::{Decode, Encode};
use countersign_crypto::Digest;
use countersign_executor::{Answer, Attempt, Effects, Executor, Input, Outcome, Placed, RUN_BYTES_MAX, Record, Run};
use countersign_types::{RunId, StatementId, Timestamp};
use countersign_workflow::Poll;

use crate::world::{Chance, at, failed, heard, ok, retry, trigger};

/// Seeded runs; so many crashes in each are on average forced by chance.
const RUNS: u64 = 1_000;
/// System actions one after another in each.
const TRIGGERS: u64 = 3;
/// Attempts that fail for one key, at most.
const FAILURES_MAX: u32 = 3;

/// The points at which the node dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    /// The machine decided, nothing is durable.
    BeforeRecord,
    /// It is durable, nothing was done.
    AfterRecord,
    /// The request is out, and not yet at its receiver: it is lost.
    BeforeEffect,
    /// The receiver did it, its answer is lost.
    AfterEffect,
    /// The answer is here, nothing of it is durable.
    BeforeOutcome,
    /// The response is signed, neither it nor its record is durable.
    BeforeResponse,
    /// Both are durable, nobody was told.
    AfterResponse,
}

/// A receiver that honours the key: it does a thing once, and answers the same again.
#[derive(Default)]
struct Receiver {
    /// The keys of what it did.
    known: BTreeSet<RunId>,
    /// How often it did what the log asked for after so many responses.
    done: BTreeMap<u64, u32>,
    asked: BTreeMap<RunId, u32>,
    failures: BTreeMap<RunId, u32>,
    polls: BTreeMap<RunId, u32>,
}

/// A node with its disk, its log and the world.
struct Node {
    chance: Chance,
    now: Timestamp,
    term: u64,
    disk: BTreeMap<RunId, Vec<u8>>,
    /// Responses in the log, durable: of which run, and what they say.
    log: Vec<(RunId, &'static str)>,
    executor: Executor,
    receiver: Receiver,
    /// What came back and is not handled; lost when the node dies.
    inbox: Vec<Input>,
    /// Answers to attempts of earlier lives, that come anyway.
    late: Vec<Input>,
    respond: Vec<RunId>,
    crashes: BTreeMap<Point, u32>,
    crashes_left: u32,
}

impl Node {
    fn new(seed: u64) -> Self {
        Self {
            chance: Chance::of(seed),
            now: at(0),
            term: 1,
            disk: BTreeMap::new(),
            log: Vec::new(),
            executor: Executor::new(1, []),
            receiver: Receiver::default(),
            inbox: Vec::new(),
            late: Vec::new(),
            respond: Vec::new(),
            crashes: BTreeMap::new(),
            crashes_left: 12,
        }
    }

    /// Whether the node dies here.
    fn dies(&mut self, point: Point) -> bool {
        if self.crashes_left == 0 || !self.chance.once_in(4) {
            return false;
        }
        self.crashes_left -= 1;
        *self.crashes.entry(point).or_default() += 1;
        // The term is durable before anything else is done.
        self.term += 1;
        let runs = self.disk.values().map(|bytes| Run::from_bytes(bytes).unwrap());
        self.executor = Executor::new(self.term, runs);
        self.late.extend(std::mem::take(&mut self.inbox));
        self.respond.clear();
        true
    }

    /// Which trigger the log has now: the one after so many responses.
    fn entry(&self) -> u64 {
        self.log.len() as u64
    }

    fn commit(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Run(run) => {
                    let bytes = run.to_bytes();
                    assert!(bytes.len() <= RUN_BYTES_MAX);
                    assert_eq!(Run::from_bytes(&bytes).unwrap(), **run);
                    self.disk.insert(run.id, bytes);
                }
                Record::Forget(id) => {
                    self.disk.remove(id);
                }
            }
        }
    }

    /// A turn of the node: responses that wait get their place in the same commit as their records.
    fn turn(&mut self) {
        let mut inputs = std::mem::take(&mut self.inbox);
        if self.chance.once_in(3) {
            inputs.append(&mut self.late);
        }
        let mut said = None;
        if let Some(run) = self.respond.pop() {
            if self.dies(Point::BeforeResponse) {
                return;
            }
            let outcome = self.executor.run(&run).unwrap().outcome.as_ref().unwrap();
            said = Some((run, outcome.response()));
            let statement = StatementId::new(Digest::of(&self.entry().to_be_bytes()));
            inputs.push(Input::Responded { run, statement });
        }
        let after = self.entry() + u64::from(said.is_some());
        let asks = (after < TRIGGERS).then(|| trigger(after, retry(FAILURES_MAX), Some(Poll { every: 500, times: 3 })));
        let placed: Vec<_> = self.executor.responded().map(|(run, _)| Input::Placed(run, Placed::Final)).collect();
        inputs.extend(placed);
        inputs.push(Input::Triggers(asks.into_iter().collect()));
        if inputs.iter().any(|input| matches!(input, Input::Heard { .. })) && self.dies(Point::BeforeOutcome) {
            return;
        }
        let chance = self.chance.next();
        let effects = self.executor.handle(self.now, chance, inputs);
        if !effects.persist.is_empty() && self.dies(Point::BeforeRecord) {
            return;
        }
        self.commit(&effects.persist);
        self.log.extend(said);
        let point = if said.is_some() { Point::AfterResponse } else { Point::AfterRecord };
        if !effects.persist.is_empty() && self.dies(point) {
            return;
        }
        self.perform(effects);
    }

    fn perform(&mut self, effects: Effects) {
        for attempt in effects.attempt {
            // What is about to be done stands on disk.
            let noted = Run::from_bytes(&self.disk[&attempt.run]).unwrap();
            assert_eq!(noted.attempts, attempt.number);
            if self.dies(Point::BeforeEffect) {
                return;
            }
            let answer = self.receive(&attempt);
            if self.dies(Point::AfterEffect) {
                self.late.push(answer);
                return;
            }
            self.inbox.push(answer);
        }
        self.respond.extend(effects.respond.into_iter().map(|respond| respond.run));
        if self.inbox.is_empty() && self.respond.is_empty() {
            self.now = effects.wake.unwrap_or(self.now).max(self.now);
        }
    }

    /// The world: it fails now and then, before or after it did what it was asked.
    fn receive(&mut self, attempt: &Attempt) -> Input {
        let (key, entry) = (attempt.run, self.entry());
        *self.receiver.asked.entry(key).or_default() += 1;
        let (done, fails) = (self.chance.once_in(2), self.chance.once_in(3));
        let failures = self.receiver.failures.entry(key).or_default();
        let fails = fails && *failures < FAILURES_MAX;
        *failures += u32::from(fails);
        let polls = self.receiver.polls.entry(key).or_default();
        let waits = !fails && *polls < 3 && self.chance.once_in(4);
        *polls += u32::from(waits);
        if done || !(fails || waits) {
            // Again under the same key is not done again; under another key it would be.
            if self.receiver.known.insert(key) {
                *self.receiver.done.entry(entry).or_default() += 1;
            }
        }
        let heard = if fails {
            failed()
        } else if waits {
            heard(Answer::NotReady, Some(202))
        } else {
            ok()
        };
        Input::Heard { run: key, term: attempt.term, number: attempt.number, heard }
    }
}

#[test]
fn an_effect_happens_once_whenever_the_node_dies() {
    let mut points: BTreeMap<Point, u32> = BTreeMap::new();
    let (mut crashes, mut requests) = (0, 0);
    for seed in 0..RUNS {
        let mut node = Node::new(seed);
        let mut turns = 0;
        while node.entry() < TRIGGERS || node.executor.is_busy() {
            node.turn();
            turns += 1;
            assert!(turns < 2_000, "seed {seed} does not come to an end");
        }
        let keys: BTreeSet<RunId> = node.log.iter().map(|(run, _)| *run).collect();
        assert_eq!((node.log.len() as u64, keys.len() as u64), (TRIGGERS, TRIGGERS), "seed {seed}: one response each");
        assert!(node.log.iter().all(|(_, response)| *response == "ok"), "seed {seed}: {:?}", node.log);
        let known: BTreeSet<RunId> = node.receiver.asked.keys().copied().collect();
        assert_eq!(known, keys, "seed {seed}: the receiver saw one key for each trigger");
        let once: BTreeMap<u64, u32> = (0..TRIGGERS).map(|entry| (entry, 1)).collect();
        assert_eq!(node.receiver.done, once, "seed {seed}: what the log asked for was done once each");
        for (key, asked) in &node.receiver.asked {
            // Never more often than the scenario allows and the node died.
            let died: u32 = node.crashes.values().sum();
            assert!(*asked <= 1 + FAILURES_MAX + 3 + died, "seed {seed}: {key} was asked {asked} times");
        }
        for bytes in node.disk.values() {
            let run = Run::from_bytes(bytes).unwrap();
            assert!(matches!(run.outcome, Some(Outcome::Ok(_))), "seed {seed}: {run:?}");
        }
        for (point, count) in node.crashes {
            *points.entry(point).or_default() += count;
            crashes += count;
        }
        requests += node.receiver.asked.values().sum::<u32>();
    }
    assert_eq!(points.len(), 7, "the node died at every point: {points:?}");
    assert!(points.values().all(|count| *count > 100), "{points:?}");
    println!("{RUNS} runs, {TRIGGERS} effects each, once each: {crashes} crashes, {requests} requests; {points:?}");
}
