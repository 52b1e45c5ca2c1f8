//! Items that wait: each party's in the order of its counts, gaps and all (`COUNTER`).

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_types::{Count, IdentityId};

use crate::Item;

/// Most items parked for one party; what lies further ahead is asked for later.
const PARKED_MAX: u64 = 256;

/// The items of one party: those in K, then those that wait for a gap, a parent or the clock.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    taken: Vec<Arc<Item>>,
    parked: BTreeMap<Count, Arc<Item>>,
    /// The next item can stand nowhere; nothing of this party is taken any more.
    pub(crate) stuck: bool,
}

/// What became of an item that was offered to a lane.
#[derive(Debug)]
pub(crate) enum Parking {
    /// It waits for its turn.
    Parked,
    /// It is there already.
    Known,
    /// Too far ahead.
    GapTooWide,
    /// Another item has its count: both together are evidence.
    Contradicts(Arc<Item>),
}

impl Lane {
    /// The last count below which nothing is missing.
    pub(crate) fn count(&self) -> Count {
        Count::new(self.taken.len() as u64)
    }

    /// The item with a count, if it is in K.
    pub(crate) fn get(&self, count: Count) -> Option<&Arc<Item>> {
        let index = usize::try_from(count.get().checked_sub(1)?).ok()?;
        self.taken.get(index)
    }

    /// The items after a count, ascending.
    pub(crate) fn after(&self, count: Count) -> &[Arc<Item>] {
        usize::try_from(count.get()).ok().and_then(|index| self.taken.get(index..)).unwrap_or_default()
    }

    pub(crate) fn park(&mut self, item: Arc<Item>) -> Parking {
        let count = item.count();
        let limit = self.count().get().saturating_add(PARKED_MAX);
        if count == Count::ZERO || count.get() > limit {
            return Parking::GapTooWide;
        }
        let other = self.get(count).or_else(|| self.parked.get(&count));
        match other {
            Some(other) if other.digest() == item.digest() => Parking::Known,
            Some(other) => Parking::Contradicts(Arc::clone(other)),
            None => {
                self.parked.insert(count, item);
                Parking::Parked
            }
        }
    }

    /// Parks an item from the own disk, which has no gaps and nothing twice.
    pub(crate) fn park_any(&mut self, item: Arc<Item>) {
        self.parked.insert(item.count(), item);
    }

    /// The item whose turn it is.
    pub(crate) fn next(&self) -> Option<Arc<Item>> {
        self.parked.get(&self.count().next()).filter(|_| !self.stuck).cloned()
    }

    /// The item whose turn it was is in K.
    pub(crate) fn take(&mut self) {
        if let Some(item) = self.parked.remove(&self.count().next()) {
            self.taken.push(item);
        }
    }

    /// The item whose turn it is does not hold; another copy may.
    pub(crate) fn discard(&mut self) {
        self.parked.remove(&self.count().next());
    }

    /// An item of this party itself.
    pub(crate) fn push(&mut self, item: Arc<Item>) {
        self.taken.push(item);
    }
}

/// The lanes of all parties that ever were members.
pub(crate) type Lanes = BTreeMap<IdentityId, Lane>;
