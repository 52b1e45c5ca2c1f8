//! What stands around the machine in these tests: triggers, times, and chance that repeats.

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_executor::{Answer, Gate, Heard, Trigger, run_id};
use countersign_types::{ContractId, EntryId, Interval, Timestamp};
use countersign_workflow::{Call, Poll, Retry};

/// A moment: milliseconds after the start.
pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_772_409_600_000 + millis).unwrap()
}

pub fn contract() -> ContractId {
    ContractId::new(Digest::of(b"contract"))
}

pub fn call() -> Call {
    Call::Program { name: "pay".into(), input: Json::map([("amount", Json::text("12.5"))]) }
}

/// What the log asks for after its entry of this number.
pub fn trigger(entry: u64, retry: Option<Retry>, poll: Option<Poll>) -> Trigger {
    let entry = EntryId::new(Digest::of(&entry.to_be_bytes()));
    Trigger {
        id: run_id(&contract(), "main", &entry, "pay"),
        process: "main".into(),
        entry,
        actor: "payer".into(),
        action: "pay".into(),
        timeout: Interval::from_secs(30),
        retry,
        poll,
        gate: Gate::Open(call()),
    }
}

pub fn retry(times: u32) -> Option<Retry> {
    Some(Retry { times, first: 1_000, factor: 2, longest: 10_000 })
}

pub fn ok() -> Heard {
    heard(Answer::Ok(Json::map([("reference", Json::text("R-1"))])), Some(200))
}

pub fn failed() -> Heard {
    heard(Answer::Failed { reason: "unreachable".into(), detail: "nobody answers".into() }, None)
}

pub fn heard(answer: Answer, status: Option<i64>) -> Heard {
    Heard { answer, status, digest: status.map(|status| *Digest::of(&status.to_be_bytes()).bytes()) }
}

/// Numbers that look random and always are the same.
pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }
}
