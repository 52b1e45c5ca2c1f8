//! The contracts of a node: in memory while something is open, else on disk alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_store::Store;
use countersign_types::{ContractId, Interval, Timestamp};

use crate::Error;
use crate::active::{Active, Me};
use crate::clock::SteadyClock;

/// Contracts kept in memory although nothing is open in them.
const IDLE_MAX: usize = 1_024;
/// So long after its last action the disk is told that nothing is open in a contract: whoever acts once acts again soon.
const MARK_KEPT: Interval = Interval::from_secs(5);

/// Most contracts that wait for that; of more the disk is told earlier, so that memory can let them go.
const CALM_MAX: usize = 1_024;

/// The contracts in memory, and those that the disk has.
pub(crate) struct Contracts {
    pub(crate) store: Arc<Store>,
    pub(crate) me: Me,
    pub(crate) clock: SteadyClock,
    pub(crate) active: BTreeMap<ContractId, Active>,
    pub(crate) wakes: BTreeSet<(Timestamp, ContractId)>,
    /// Contracts that the disk calls busy and in which nothing is open: when it is told.
    calm: BTreeSet<(Timestamp, ContractId)>,
    /// Contracts read from the disk since the start.
    pub(crate) loaded: u64,
    /// Those that were in memory and let go: what others hold of this party was asked.
    seen: BTreeSet<ContractId>,
}

impl Contracts {
    pub(crate) fn new(store: Arc<Store>, me: Me, clock: SteadyClock) -> Self {
        let (active, wakes, calm, seen) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { store, me, clock, active, wakes, calm, loaded: 0, seen }
    }

    /// A contract that this party takes part in, loaded if need be.
    pub(crate) fn get(&mut self, id: &ContractId) -> Result<Option<&mut Active>, Error> {
        if !self.active.contains_key(id) {
            let now = self.clock.now().steady;
            let first = !self.seen.contains(id);
            let Some(active) = Active::load(&self.store, id, &self.me, now, first)? else { return Ok(None) };
            self.loaded = self.loaded.saturating_add(1);
            self.active.insert(*id, active);
        }
        Ok(self.active.get_mut(id))
    }

    /// What the clock says.
    pub(crate) fn now(&mut self) -> Timestamp {
        self.clock.now().wall
    }

    /// Contracts in memory.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Active> {
        self.active.values()
    }

    /// Loads every contract, for a question about all of them.
    pub(crate) fn load_all(&mut self) -> Result<(), Error> {
        let mut ids = Vec::new();
        for line in self.store.scan_prefix(countersign_store::Space::Contract, &[]) {
            let (key, _) = line?;
            ids.extend(<[u8; 32]>::try_from(key).ok().map(|key| ContractId::new(countersign_crypto::Digest::new(key))));
        }
        for id in ids {
            self.get(&id)?;
        }
        Ok(())
    }

    /// Sets when a contract is told that time passed.
    pub(crate) fn schedule(&mut self, id: &ContractId, before: Option<Timestamp>, wake: Option<Timestamp>) {
        if let Some(before) = before {
            self.wakes.remove(&(before, *id));
        }
        if let Some(wake) = wake {
            self.wakes.insert((wake, *id));
        }
    }

    /// Nothing is open in a contract any more.
    pub(crate) fn calm(&mut self, id: &ContractId, now: Timestamp) {
        self.calm.insert((now.after(MARK_KEPT), *id));
    }

    /// Contracts of which the disk can be told by then that nothing is open in them; all, if no time is given.
    pub(crate) fn take_calm(&mut self, now: Option<Timestamp>, most: usize) -> Vec<ContractId> {
        let surplus = self.calm.len().saturating_sub(CALM_MAX);
        let lines = self.calm.iter().enumerate();
        let due = lines.take_while(|(index, (at, _))| *index < surplus || now.is_none_or(|now| *at <= now));
        let due: Vec<_> = due.map(|(_, line)| *line).take(most).collect();
        let mut calm = Vec::new();
        for line in due {
            self.calm.remove(&line);
            if let Some(active) = self.active.get_mut(&line.1) {
                active.calming = false;
                calm.extend(Some(line.1).filter(|_| active.busy && !active.is_busy()));
            }
        }
        calm
    }

    /// When something is due that no command announces.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let (wake, calm) = (self.wakes.first(), self.calm.first());
        wake.into_iter().chain(calm).map(|(at, _)| *at).min()
    }

    /// Contracts whose time came; each is told once.
    pub(crate) fn take_due(&mut self, now: Timestamp, most: usize) -> Vec<ContractId> {
        let due: Vec<_> = self.wakes.iter().take_while(|(wake, _)| *wake <= now).take(most).copied().collect();
        for line in &due {
            self.wakes.remove(line);
        }
        due.into_iter().map(|(_, id)| id).collect()
    }

    /// Holds a contract in memory.
    pub(crate) fn insert(&mut self, id: ContractId, active: Active) {
        self.active.insert(id, active);
    }

    /// Lets a contract go; the disk has it.
    pub(crate) fn forget(&mut self, id: &ContractId) {
        if let Some(active) = self.active.remove(id) {
            if !active.replica.is_inquiring() {
                self.seen.insert(*id);
            }
            self.schedule(id, active.wake, None);
        }
    }

    /// Lets contracts go in which nothing is open.
    pub(crate) fn tidy(&mut self) {
        if self.active.len() <= IDLE_MAX {
            return;
        }
        let idle: Vec<_> = self.active.iter().filter(|(_, active)| !active.busy).map(|(id, _)| *id).collect();
        let surplus = self.active.len().saturating_sub(IDLE_MAX);
        for id in idle.iter().take(surplus) {
            self.forget(id);
        }
    }
}
