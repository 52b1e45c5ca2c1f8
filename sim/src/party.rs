//! An honest party: the replica that ships, a disk, a clock, a person.

use std::sync::Arc;

use countersign_replica::{Effects, Input, Replica};
use countersign_types::{Interval, Timestamp};

use crate::client::Client;
use crate::disk::Disk;
use crate::keys::{Contract, Keys};
use crate::plan::{Fate, Reaction};
use crate::tally::Tally;

/// 2026-01-01T00:00:00Z, when every simulation begins.
const BEGINNING_MS: i64 = 1_767_225_600_000;
/// The retry interval of the contract.
pub const RETRY: Interval = Interval::from_millis(1_000);

/// Changes a replica before it runs: how a test drops a rule.
pub type Prepare = Arc<dyn Fn(&mut Replica<Tally>)>;

/// A write under way.
pub struct Writing {
    /// What waits for it.
    pub effects: Effects,
    /// Whether it will fail, and how.
    pub failure: Option<(Fate, Reaction)>,
}

/// An honest party.
pub struct Party {
    /// Its keys.
    pub keys: Arc<Keys>,
    /// Its disk.
    pub disk: Disk,
    /// Its person.
    pub client: Client,
    /// The machine, while it is up.
    pub replica: Option<Replica<Tally>>,
    /// What arrived while it was writing.
    pub inbox: Vec<Input>,
    /// The write under way.
    pub writing: Option<Writing>,
    /// Writes begun so far.
    pub writes: u64,
    /// Runs so far: events for an earlier run are void.
    pub run: u64,
    /// When its machine wants to be called.
    pub wake_ms: Option<u64>,
    /// How far its clock is ahead.
    pub clock_ms: i64,
}

impl Party {
    /// A party that is up and holds the genesis alone.
    pub fn new(contract: &Contract, index: usize, prepare: &Prepare) -> Self {
        let keys = Arc::clone(&contract.keys[index]);
        let mut party = Self {
            client: Client::new(Arc::clone(&keys), contract.id),
            keys,
            disk: Disk::default(),
            replica: None,
            inbox: Vec::new(),
            writing: None,
            writes: 0,
            run: 0,
            wake_ms: None,
            clock_ms: 0,
        };
        party.replica = Some(fresh(contract, &party.keys, prepare));
        party
    }

    /// What its clock shows.
    pub fn clock(&self, now_ms: u64) -> Timestamp {
        clock(now_ms, self.clock_ms)
    }

    /// When its clock will show `at`.
    pub fn world_ms(&self, at: Timestamp) -> u64 {
        u64::try_from(at.millis() - BEGINNING_MS - self.clock_ms).unwrap_or(0)
    }

    /// The process ends.
    pub fn stop(&mut self) {
        self.replica = None;
        self.inbox.clear();
        self.writing = None;
        self.wake_ms = None;
        self.run += 1;
    }

    /// The process begins with what the disk holds.
    pub fn start(&mut self, contract: &Contract, prepare: &Prepare, now_ms: u64) {
        let mut replica = fresh(contract, &self.keys, prepare);
        replica.restore(self.disk.recover(), self.clock(now_ms));
        replica.inquire(self.clock(now_ms));
        let again = self.client.again(&replica, self.clock(now_ms));
        self.replica = Some(replica);
        self.inbox.push(Input::Wake);
        self.inbox.extend(again);
    }
}

/// What a clock shows that is ahead by `ahead_ms`.
pub fn clock(now_ms: u64, ahead_ms: i64) -> Timestamp {
    let now = BEGINNING_MS + ahead_ms + i64::try_from(now_ms).unwrap_or(i64::MAX / 2);
    Timestamp::from_millis(now).unwrap_or(Timestamp::MAX)
}

/// A machine of the party with these keys that holds the genesis alone.
pub fn fresh(contract: &Contract, keys: &Keys, prepare: &Prepare) -> Replica<Tally> {
    let signer: Arc<countersign_crypto::SigningKey> = Arc::clone(keys.node());
    let mut replica = Replica::bare(contract.id, contract.genesis, RETRY, contract.state(), keys.party(), signer);
    prepare(&mut replica);
    replica
}
