//! The order in which the deliveries of one subscription are sent.
//!
//! Deliveries of a contract go one after the other: the next one is sent when the one before is delivered or dead. A
//! delivery that fails holds up its contract alone; a receiver that fails holds up its subscription for a moment.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use countersign_api_model::DeliveryStatus;
use countersign_net::Backoff;
use tokio::time::Instant;

use super::record::{Delivery, Told};

/// Most deliveries that wait. What is more becomes one `gap`.
pub(super) const WAITING_MAX: usize = 10_000;
/// Most deliveries kept after they are delivered or dead.
pub(super) const KEPT_MAX: usize = 1_000;
/// Between two attempts at one delivery.
const AGAIN: Backoff = Backoff { first: Duration::from_secs(1), max: Duration::from_secs(6 * 60 * 60) };
/// Between two attempts at one receiver, while it fails.
const PAUSE: Backoff = Backoff { first: Duration::from_millis(250), max: Duration::from_secs(60) };

/// Whether there is room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is.
    Yes,
    /// For the word that events are missing.
    Last,
    /// There is none.
    No,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send this.
    Send(Told),
    /// Nothing before then.
    At(Instant),
    /// Nothing until something comes.
    Nothing,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<u64>,
    /// The first one failed, and is not sent before then.
    due: Option<Instant>,
}

/// What waits for one subscription, by contract; numbers only: the disk has the rest.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lanes: BTreeMap<String, Lane>,
    waiting: usize,
    /// Written in a batch that is not durable yet.
    staged: usize,
    /// A `gap` stands at the end.
    gap: bool,
    /// Delivered or dead, the longest time first.
    kept: VecDeque<u64>,
    /// The highest number so far. It stays on disk, so that the next start gives it to nothing else.
    highest: u64,
    failures: u32,
    hold: Option<Instant>,
}

impl Queue {
    /// A delivery from the disk; ascending.
    pub(super) fn load(&mut self, sequence: u64, delivery: &Delivery) {
        match delivery.status {
            DeliveryStatus::Waiting => {
                self.put(Told { sequence, lane: delivery.contract.clone().unwrap_or_default() });
            }
            DeliveryStatus::Delivered | DeliveryStatus::Dead => {
                self.highest = self.highest.max(sequence);
                self.kept.push_back(sequence);
            }
        }
    }

    /// Deliveries that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many more may wait.
    pub(super) fn room(&self) -> usize {
        WAITING_MAX.saturating_sub(self.waiting).saturating_sub(self.staged)
    }

    /// Failures since the last success.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Takes a place for a delivery that is being written.
    pub(super) fn stage(&mut self) -> Room {
        let room = match (self.room(), self.gap) {
            (0, true) => return Room::No,
            (0, false) => Room::Last,
            // After a gap half of the queue goes out first: else every second event would be one.
            (room, true) if room < WAITING_MAX / 2 => return Room::No,
            _ => Room::Yes,
        };
        self.gap = room == Room::Last;
        self.staged = self.staged.saturating_add(1);
        room
    }

    /// What was staged is durable.
    pub(super) fn put_staged(&mut self, told: Told) {
        self.staged = self.staged.saturating_sub(1);
        self.put(told);
    }

    /// What was staged is not written.
    pub(super) fn forget_staged(&mut self, told: &Told) {
        self.staged = self.staged.saturating_sub(1);
        // The word that events are missing is missing itself: the next one has to be it.
        self.gap &= !told.is_gap();
    }

    /// A durable delivery, behind those of its contract with lower numbers. One that waits already waits once.
    pub(super) fn put(&mut self, told: Told) {
        let lane = self.lanes.entry(told.lane).or_default();
        let Err(at) = lane.waiting.binary_search(&told.sequence) else { return };
        lane.waiting.insert(at, told.sequence);
        self.waiting = self.waiting.saturating_add(1);
        self.highest = self.highest.max(told.sequence);
        self.kept.retain(|kept| *kept != told.sequence);
    }

    /// The oldest delivery of those that may be sent.
    pub(super) fn next(&self, now: Instant) -> Next {
        if let Some(hold) = self.hold.filter(|hold| *hold > now && self.waiting > 0) {
            return Next::At(hold);
        }
        let heads = self.lanes.iter().filter_map(|(name, lane)| Some((name, lane.due, *lane.waiting.front()?)));
        let is_due = |due: Option<Instant>| due.is_none_or(|due| due <= now);
        let first = heads.clone().filter(|(_, due, _)| is_due(*due)).min_by_key(|(_, _, sequence)| *sequence);
        match first {
            Some((lane, _, sequence)) => Next::Send(Told { sequence, lane: lane.clone() }),
            None => heads.filter_map(|(_, due, _)| due).min().map_or(Next::Nothing, Next::At),
        }
    }

    /// It is delivered, or dead. Gives the number of one that has aged out.
    pub(super) fn done(&mut self, told: &Told, delivered: bool) -> Option<u64> {
        if let Some(lane) = self.lanes.get_mut(&told.lane) {
            if let Ok(at) = lane.waiting.binary_search(&told.sequence) {
                lane.waiting.remove(at);
                self.waiting = self.waiting.saturating_sub(1);
            }
            lane.due = None;
            if lane.waiting.is_empty() {
                self.lanes.remove(&told.lane);
            }
        }
        if delivered {
            (self.failures, self.hold) = (0, None);
        }
        self.keep(told.sequence)
    }

    /// A delivery that waits no more. Gives the number of one that has aged out.
    pub(super) fn keep(&mut self, sequence: u64) -> Option<u64> {
        self.highest = self.highest.max(sequence);
        self.kept.push_back(sequence);
        let old = self.kept.iter().position(|kept| *kept != self.highest)?;
        if self.kept.len() > KEPT_MAX { self.kept.remove(old) } else { None }
    }

    /// How long to wait before the next attempt at one that failed so often; the receiver may ask for more.
    pub(super) fn delay(attempts: u32, asked: Option<Duration>, jitter: u64) -> Duration {
        let delay = AGAIN.delay(attempts.saturating_sub(1), jitter);
        asked.map_or(delay, |asked| delay.max(asked))
    }

    /// It failed; it is tried again after `delay`, if at all. The receiver hears nothing before the time it `asked` for.
    pub(super) fn failed(
        &mut self,
        told: &Told,
        now: Instant,
        delay: Option<Duration>,
        asked: Option<Duration>,
        jitter: u64,
    ) {
        let pause = PAUSE.delay(self.failures, jitter);
        self.hold = Some(now + asked.map_or(pause, |asked| pause.max(asked)));
        self.failures = self.failures.saturating_add(1);
        if let (Some(delay), Some(lane)) = (delay, self.lanes.get_mut(&told.lane)) {
            lane.due = Some(now + delay);
        }
    }

    /// What failed is tried now: an operator changed something.
    pub(super) fn hurry(&mut self) {
        self.hold = None;
        self.lanes.values_mut().for_each(|lane| lane.due = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lane: &str, sequence: u64) -> Told {
        Told { sequence, lane: lane.to_owned() }
    }

    #[test]
    fn a_contract_keeps_its_order_and_holds_up_no_other() {
        let mut queue = Queue::default();
        [told("a", 1), told("a", 2), told("b", 3)].into_iter().for_each(|told| queue.put(told));
        let now = Instant::now();
        assert_eq!(queue.next(now), Next::Send(told("a", 1)));
        queue.failed(&told("a", 1), now, Some(Duration::from_secs(100)), None, 0);
        assert!(matches!(queue.next(now), Next::At(at) if at <= now + Duration::from_secs(1)), "a moment's pause");
        let soon = now + Duration::from_secs(1);
        assert_eq!(queue.next(soon), Next::Send(told("b", 3)), "2 waits for 1");
        assert_eq!(queue.done(&told("b", 3), true), None);
        assert_eq!(queue.next(soon), Next::At(now + Duration::from_secs(100)));
        assert_eq!(queue.next(now + Duration::from_secs(100)), Next::Send(told("a", 1)));
        queue.done(&told("a", 1), false);
        assert_eq!(queue.next(soon), Next::Send(told("a", 2)), "what is dead is passed over");
        queue.done(&told("a", 2), true);
        assert_eq!((queue.next(soon), queue.waiting(), queue.failures()), (Next::Nothing, 0, 0));
    }

    #[test]
    fn what_is_too_much_becomes_one_gap() {
        let mut queue = Queue::default();
        for sequence in 0..WAITING_MAX as u64 {
            assert_eq!(queue.stage(), Room::Yes);
            queue.put_staged(told("a", sequence));
        }
        assert_eq!((queue.stage(), queue.stage()), (Room::Last, Room::No));
        queue.put_staged(told("", WAITING_MAX as u64));
        for sequence in 0..WAITING_MAX as u64 / 2 {
            assert_eq!(queue.stage(), Room::No, "{sequence}");
            queue.done(&told("a", sequence), true);
        }
        queue.done(&told("a", WAITING_MAX as u64 / 2), true);
        assert_eq!(queue.stage(), Room::Yes);
        queue.forget_staged(&told("a", 0));
        assert_eq!(queue.waiting(), WAITING_MAX / 2);
    }

    #[test]
    fn a_gap_that_was_not_written_is_told_next() {
        let mut queue = Queue::default();
        (0..WAITING_MAX as u64).for_each(|sequence| queue.put(told("a", sequence)));
        let gap = told("", WAITING_MAX as u64);
        assert_eq!(queue.stage(), Room::Last);
        queue.forget_staged(&gap);
        assert_eq!(queue.stage(), Room::Last, "the disk refused it");
        queue.put_staged(gap);
        assert_eq!(queue.stage(), Room::No);
    }

    #[test]
    fn a_receiver_that_asks_for_a_pause_hears_nothing_of_any_contract() {
        let (mut queue, now, asked) = (Queue::default(), Instant::now(), Duration::from_secs(600));
        [told("a", 1), told("b", 2)].into_iter().for_each(|told| queue.put(told));
        queue.failed(&told("a", 1), now, Some(asked), Some(asked), 0);
        assert_eq!(queue.next(now + Duration::from_secs(599)), Next::At(now + asked));
        assert_eq!(queue.next(now + asked), Next::Send(told("a", 1)));
        queue.hurry();
        assert_eq!(queue.next(now), Next::Send(told("a", 1)), "an operator does not wait");
    }

    #[test]
    fn what_is_done_ages_out_and_can_be_sent_again() {
        let mut queue = Queue::default();
        let aged: Vec<_> = (0..KEPT_MAX as u64 + 2).filter_map(|sequence| queue.keep(sequence)).collect();
        assert_eq!(aged, [0, 1]);
        queue.put(told("a", 5));
        queue.put(told("a", 5));
        assert_eq!(queue.kept.len(), KEPT_MAX - 1, "it waits again, and does not age out meanwhile");
        assert_eq!((queue.waiting(), queue.next(Instant::now())), (1, Next::Send(told("a", 5))), "it waits once");
    }

    #[test]
    fn the_highest_number_never_ages_out() {
        let (mut queue, last) = (Queue::default(), 2 * KEPT_MAX as u64);
        // It is done first, and those before it much later.
        let aged: Vec<_> = [last].into_iter().chain(0..last).filter_map(|sequence| queue.keep(sequence)).collect();
        assert_eq!((aged.first(), aged.len(), aged.contains(&last)), (Some(&0), KEPT_MAX + 1, false));
        assert_eq!(queue.keep(last + 1), Some(last), "now another is the highest");
    }

    #[test]
    fn attempts_take_longer_and_longer() {
        let longest: Vec<_> = (1..=18).map(|attempts| Queue::delay(attempts, None, 0).as_secs_f64() * 2.0).collect();
        assert_eq!(longest.get(..4), Some([1.0, 2.0, 4.0, 8.0].as_slice()));
        let day = longest.iter().take(17).sum::<f64>() / 3_600.0;
        assert!((17.0..30.0).contains(&day), "about a day: {day} h");
        let asked = Some(Duration::from_secs(30));
        assert_eq!(Queue::delay(1, asked, 0), Duration::from_secs(30));
    }
}
