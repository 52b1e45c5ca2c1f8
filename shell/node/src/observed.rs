//! When this node saw what: for people, never for a rule. In memory, from the start of the node on.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;
use std::time::Duration;

use countersign_chain::LogState;
use countersign_replica::{Notice, Replica};
use countersign_types::{EntryId, IdentityId, Timestamp};

/// So many moments of each kind are remembered for a contract.
const MOMENTS_MAX: usize = 2_048;

/// When a position was reached. What was reached before the beginning has no time.
#[derive(Clone, Debug, Default)]
struct Moments {
    begun: bool,
    base: u64,
    reached: VecDeque<(u64, Timestamp)>,
}

impl Moments {
    /// Notes where it stands now; the positions that were reached by that.
    fn reach(&mut self, position: u64, now: Timestamp) -> RangeInclusive<u64> {
        if !std::mem::replace(&mut self.begun, true) {
            self.base = position;
        }
        self.back_to(position);
        let last = self.reached.back().map_or(self.base, |(last, _)| *last);
        if position > last {
            self.reached.push_back((position, now));
        }
        if self.reached.len() > MOMENTS_MAX
            && let Some((oldest, _)) = self.reached.pop_front()
        {
            self.base = oldest;
        }
        last.saturating_add(1)..=position
    }

    /// What stands above a position is another entry now, or is not there any more.
    fn back_to(&mut self, position: u64) {
        let mut gone = None;
        while self.reached.back().is_some_and(|(last, _)| *last > position) {
            gone = self.reached.pop_back();
        }
        self.base = self.base.min(position);
        let last = self.reached.back().map_or(self.base, |(last, _)| *last);
        if let Some((_, time)) = gone.filter(|_| last < position) {
            self.reached.push_back((position, time));
        }
    }

    fn at(&self, position: u64) -> Option<Timestamp> {
        if position <= self.base {
            return None;
        }
        let index = self.reached.partition_point(|(reached, _)| *reached < position);
        self.reached.get(index).map(|(_, time)| *time)
    }
}

/// What was seen of one contract.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    received: Moments,
    delivered: Moments,
    countersigned: Moments,
    settled: Moments,
    receipts: BTreeMap<IdentityId, Moments>,
    /// Of each entry that became final since somebody asked: how long after it came, if that is known.
    newly_settled: Vec<Option<Duration>>,
    /// Receipts of others that came since somebody asked, each with its position.
    newly_received: Vec<(IdentityId, u64)>,
}

/// When an entry got its levels, as this node saw it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) received: Option<Timestamp>,
    pub(crate) delivered: Option<Timestamp>,
    pub(crate) countersigned: Option<Timestamp>,
    pub(crate) settled: Option<Timestamp>,
}

impl Observed {
    /// What stands now; called after every turn of the contract, and once when it is read from the disk.
    pub(crate) fn update<S: LogState>(&mut self, replica: &Replica<S>, notices: &[Notice], now: Timestamp) {
        let knowledge = replica.knowledge();
        let position = |entry: &EntryId| knowledge.place(entry).map_or(0, |place| place.position.get());
        for notice in notices {
            if let Notice::Moved { common, .. } = notice {
                self.back_to(position(common));
            }
        }
        let head = replica.head();
        let receipts = knowledge.receipts_on(&head);
        let others = receipts.iter().filter(|(party, _)| **party != replica.party());
        let delivered = others.map(|(_, receipt)| receipt.position.get()).max().unwrap_or(0);
        self.received.reach(position(&head), now);
        self.delivered.reach(delivered, now);
        self.countersigned.reach(position(&knowledge.countersigned_entry()), now);
        for (party, receipt) in receipts {
            let position = receipt.position.get();
            let reached = self.receipts.entry(party).or_default().reach(position, now);
            if party != replica.party() && !reached.is_empty() {
                self.newly_received.push((party, position));
            }
        }
        for settled in self.settled.reach(position(&knowledge.final_entry()), now) {
            let came = self.received.at(settled);
            self.newly_settled.push(came.map(|came| Duration::from_millis(now.since(came).millis())));
        }
    }

    /// Of each entry that became final since the last call: how long after it came, if that is known.
    pub(crate) fn take_settled(&mut self) -> Vec<Option<Duration>> {
        std::mem::take(&mut self.newly_settled)
    }

    /// Up to where others gave receipts since the last call of `take_received`.
    pub(crate) fn received(&self) -> &[(IdentityId, u64)] {
        &self.newly_received
    }

    /// Up to where others gave receipts since the last call.
    pub(crate) fn take_received(&mut self) -> Vec<(IdentityId, u64)> {
        std::mem::take(&mut self.newly_received)
    }

    fn back_to(&mut self, position: u64) {
        let levels = [&mut self.received, &mut self.delivered, &mut self.countersigned, &mut self.settled];
        for moments in levels.into_iter().chain(self.receipts.values_mut()) {
            moments.back_to(position);
        }
    }

    /// When the entry at a position of the held branch got its levels.
    pub(crate) fn of(&self, position: u64) -> Seen {
        Seen {
            received: self.received.at(position),
            delivered: self.delivered.at(position),
            countersigned: self.countersigned.at(position),
            settled: self.settled.at(position),
        }
    }

    /// When a receipt of a party came that covers a position.
    pub(crate) fn receipt(&self, party: &IdentityId, position: u64) -> Option<Timestamp> {
        self.receipts.get(party).and_then(|moments| moments.at(position))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn time(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_position_has_the_time_at_which_it_was_reached() {
        let mut moments = Moments::default();
        for (position, at) in [(3, 10), (3, 20), (5, 30), (9, 40)] {
            moments.reach(position, time(at));
        }
        let at: Vec<_> = (0..=10).map(|position| moments.at(position).map(|time| time.millis())).collect();
        let (early, late) = (Some(30), Some(40));
        assert_eq!(at, [None, None, None, None, early, early, late, late, late, late, None]);
        // Another branch after position 4.
        moments.back_to(4);
        moments.reach(6, time(50));
        let at: Vec<_> = (3..=7).map(|position| moments.at(position).map(|time| time.millis())).collect();
        assert_eq!(at, [None, Some(30), Some(50), Some(50), None]);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut moments = Moments::default();
        for position in 0..5_000 {
            moments.reach(position, time(position as i64));
        }
        assert_eq!(moments.reached.len(), MOMENTS_MAX);
        assert_eq!((moments.at(100), moments.at(4_999)), (None, Some(time(4_999))));
    }
}
