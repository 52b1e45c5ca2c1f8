//! Items that wait: each party's in the order of its counts, gaps and all (`COUNTER`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_crypto::{Digest, Hasher};
use countersign_types::{Count, IdentityId, PayloadCommitment};

use crate::{Held, Item};

/// Most items parked for one party; what lies further ahead is asked for later.
const PARKED_MAX: u64 = 256;

/// Most items of a party with a forked lane that wait.
const LOOSE_MAX: usize = 256;

/// The items of one party: those in K, then those that wait for a gap, a parent or the clock.
///
/// A party that gave two items one count may have shown one to some and the other to others, and both may have been
/// built upon in good faith. So from the proof on its lane is forked: its items are taken in any order.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    taken: Vec<Arc<Item>>,
    /// The mark after each of them.
    marks: Vec<Digest>,
    parked: BTreeMap<Count, Arc<Item>>,
    forked: bool,
    /// In K beside `taken`, once forked.
    twins: BTreeMap<Digest, Arc<Item>>,
    /// Waiting, once forked.
    loose: BTreeMap<Digest, Arc<Item>>,
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

    /// One of its first items, if possible a small one.
    pub(crate) fn first(&self) -> Option<&Arc<Item>> {
        let first = self.taken.iter().take(16);
        first.clone().find(|item| matches!(item.as_ref(), Item::Receipt(_))).or_else(|| self.taken.first())
    }

    /// Everything in K.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.taken.iter().chain(self.twins.values())
    }

    /// Whether something waits for its turn.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.parked.is_empty() || !self.loose.is_empty()
    }

    /// Whether everything is here that somebody holds who says so.
    pub(crate) fn covers(&self, other: &Held) -> bool {
        if self.forked { other.mark == self.mark() } else { self.mark_at(other.count) == Some(other.mark) }
    }

    /// Whether items are here that their own signer does not hold, as it says itself.
    pub(crate) fn exceeds(&self, itself: &Held) -> bool {
        !self.forked && self.count() > itself.count
    }

    fn mark_at(&self, count: Count) -> Option<Digest> {
        match count.previous() {
            None => Some(Digest::ZERO),
            Some(before) => usize::try_from(before.get()).ok().and_then(|index| self.marks.get(index)).copied(),
        }
    }

    /// What is held here.
    pub(crate) fn held(&self, party: IdentityId) -> Held {
        Held { party, count: self.count(), mark: self.mark() }
    }

    fn mark(&self) -> Digest {
        if !self.forked {
            return self.marks.last().copied().unwrap_or(Digest::ZERO);
        }
        let mut digests: Vec<_> = self.taken.iter().chain(self.twins.values()).map(|item| item.digest()).collect();
        digests.sort_unstable();
        digests.iter().fold(Hasher::plain(), |hash, digest| hash.with(digest.bytes())).finish()
    }

    /// The items that somebody lacks who holds `other`; none if nothing is lacking.
    pub(crate) fn lacking(&self, other: Option<&Held>) -> Vec<Arc<Item>> {
        let (count, mark) = other.map_or((Count::ZERO, Digest::ZERO), |other| (other.count, other.mark));
        if self.forked {
            let differs = mark != self.mark();
            let all = self.taken.iter().chain(self.twins.values());
            return all.filter(|_| differs).cloned().collect();
        }
        match self.mark_at(count) {
            // More is held there than here.
            None => Vec::new(),
            Some(here) if here == mark => self.after(count).to_vec(),
            // Other items with the same counts: whoever sees both holds the proof.
            Some(_) => self.taken.clone(),
        }
    }

    /// Lets go of payloads that are erased.
    pub(crate) fn forget(&mut self, forgotten: &BTreeSet<PayloadCommitment>) {
        let taken = self.taken.iter_mut().chain(self.parked.values_mut());
        for item in taken.chain(self.twins.values_mut()).chain(self.loose.values_mut()) {
            if let Some(rest) = item.without(forgotten) {
                *item = Arc::new(rest);
            }
        }
    }

    /// Its party is proven to give two items one count.
    pub(crate) fn fork(&mut self) {
        self.forked = true;
        self.stuck = false;
        for item in std::mem::take(&mut self.parked).into_values() {
            self.loose.insert(item.digest(), item);
        }
    }

    pub(crate) const fn is_forked(&self) -> bool {
        self.forked
    }

    /// Whether an item is here, in K or waiting.
    pub(crate) fn knows(&self, count: Count, digest: &Digest) -> bool {
        let same = |item: Option<&Arc<Item>>| item.is_some_and(|item| item.digest() == *digest);
        let twin = self.twins.contains_key(digest) || self.loose.contains_key(digest);
        twin || same(self.get(count)) || same(self.parked.get(&count))
    }

    /// Offers an item to a forked lane.
    pub(crate) fn park_loose(&mut self, item: Arc<Item>) {
        let digest = item.digest();
        if self.knows(item.count(), &digest) {
            return;
        }
        if self.loose.len() >= LOOSE_MAX {
            self.loose.pop_first();
        }
        self.loose.insert(digest, item);
    }

    /// Puts another copy of an item that waits in its place.
    pub(crate) fn replace(&mut self, item: Arc<Item>) {
        let digest = item.digest();
        let parked = self.parked.get_mut(&item.count()).filter(|parked| parked.digest() == digest);
        if let Some(waiting) = parked.or(self.loose.get_mut(&digest)) {
            *waiting = item;
        }
    }

    /// The items that wait in a forked lane.
    pub(crate) fn loose(&self) -> Vec<Arc<Item>> {
        self.loose.values().cloned().collect()
    }

    /// An item of a forked lane waits no more: it is in K, or it does not hold.
    pub(crate) fn settle_loose(&mut self, item: &Arc<Item>, in_knowledge: bool) {
        self.loose.remove(&item.digest());
        if in_knowledge {
            self.twins.insert(item.digest(), Arc::clone(item));
        }
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
        self.parked.get(&self.count().next()).filter(|_| !self.stuck && !self.forked).cloned()
    }

    /// The item whose turn it was is in K.
    pub(crate) fn take(&mut self) {
        if let Some(item) = self.parked.remove(&self.count().next()) {
            self.push(item);
        }
    }

    /// The item whose turn it is does not hold; another copy may.
    pub(crate) fn discard(&mut self) {
        self.parked.remove(&self.count().next());
    }

    /// An item of this party itself.
    pub(crate) fn push(&mut self, item: Arc<Item>) {
        let before = self.marks.last().copied().unwrap_or(Digest::ZERO);
        self.marks.push(Hasher::plain().with(before.bytes()).with(item.digest().bytes()).finish());
        self.taken.push(item);
    }
}

/// The lanes of all parties that ever were members.
pub(crate) type Lanes = BTreeMap<IdentityId, Lane>;
