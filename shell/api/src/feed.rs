//! What happened, for those who listen: a bounded ring in memory, so that whoever publishes never waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_api_model::{Event, EventKind};
use serde_json::{Value, json};
use tokio::sync::watch;

/// Events kept for those who come back or are slow; who needs older ones gets a gap.
pub const EVENTS_MAX: usize = 4_096;

/// A place in a log that an event led to: from there a contract's events can be told again from the log itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// The position of the head after the event.
    pub position: u64,
    /// The head: `ent_…`.
    pub entry: String,
}

/// An event before it has an id.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// `ctr_…`.
    pub contract: String,
    /// What kind.
    pub kind: EventKind,
    /// What the kind says.
    pub data: Value,
    /// Where the log was after it, where that is known.
    pub place: Option<EventPlace>,
}

/// What is published: words are made of it only for those who listen, and when they do.
pub trait Tell: std::fmt::Debug + Send + Sync {
    /// Whether it happened in this contract (`ctr_…`).
    fn is_about(&self, contract: &str) -> bool;
    /// In words.
    fn tell(&self) -> News;
}

impl Tell for News {
    fn is_about(&self, contract: &str) -> bool {
        self.contract == contract
    }

    fn tell(&self) -> News {
        self.clone()
    }
}

/// `<epoch>-<sequence>`, and `-<position>-<entry>` where the place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EventId {
    epoch: String,
    sequence: u64,
    place: Option<EventPlace>,
}

impl EventId {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '-');
        let (epoch, sequence) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        let place = match (parts.next(), parts.next()) {
            (None, _) => None,
            (Some(position), Some(entry)) => {
                Some(EventPlace { position: position.parse().ok()?, entry: entry.to_owned() })
            }
            (Some(_), None) => return None,
        };
        Some(Self { epoch, sequence, place })
    }
}

fn event_id(epoch: &str, sequence: u64, place: Option<&EventPlace>) -> String {
    match place {
        None => format!("{epoch}-{sequence}"),
        Some(EventPlace { position, entry }) => format!("{epoch}-{sequence}-{position}-{entry}"),
    }
}

/// The last events, numbered from 1.
#[derive(Debug)]
struct Ring {
    events: VecDeque<Arc<dyn Tell>>,
    last: u64,
}

impl Ring {
    fn oldest(&self) -> u64 {
        self.last.saturating_add(1).saturating_sub(self.events.len() as u64)
    }

    fn get(&self, sequence: u64) -> Option<&Arc<dyn Tell>> {
        let index = usize::try_from(sequence.checked_sub(self.oldest())?).ok()?;
        self.events.get(index)
    }
}

/// Where a node publishes.
#[derive(Debug)]
pub struct Feed {
    epoch: String,
    ring: Mutex<Ring>,
    last: watch::Sender<u64>,
}

impl Feed {
    /// A feed. The epoch is another at each start of a node; it has no `-`.
    pub fn new(epoch: impl Into<String>) -> Arc<Self> {
        let ring = Mutex::new(Ring { events: VecDeque::new(), last: 0 });
        Arc::new(Self { epoch: epoch.into(), ring, last: watch::Sender::new(0) })
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everyone who listens. Never waits for any of them.
    pub fn publish(&self, news: impl Tell + 'static) {
        let mut ring = self.ring();
        ring.last = ring.last.saturating_add(1);
        ring.events.push_back(Arc::new(news));
        if ring.events.len() > EVENTS_MAX {
            ring.events.pop_front();
        }
        let last = ring.last;
        drop(ring);
        self.last.send_replace(last);
    }

    fn event(&self, sequence: u64, news: News) -> Event {
        let id = event_id(&self.epoch, sequence, news.place.as_ref());
        Event { id, contract: Some(news.contract), kind: news.kind, data: news.data }
    }

    fn gap(&self, sequence: u64, contract: Option<String>, place: Option<&EventPlace>) -> Arc<Event> {
        let id = event_id(&self.epoch, sequence, place);
        Arc::new(Event { id, contract, kind: EventKind::Gap, data: json!({}) })
    }

    /// Listens to one contract or to all, after the event with this id.
    pub fn subscribe(self: &Arc<Self>, contract: Option<String>, last_event: Option<&str>) -> Subscription {
        let ring = self.ring();
        let after = last_event.and_then(EventId::parse);
        let held = after.as_ref().filter(|id| id.epoch == self.epoch);
        let held =
            held.filter(|id| (ring.oldest()..=ring.last.saturating_add(1)).contains(&id.sequence.saturating_add(1)));
        let next = held.map_or(ring.last, |id| id.sequence).saturating_add(1);
        let lost = last_event.is_some() && held.is_none();
        let lost = lost.then(|| after.and_then(|id| id.place));
        let (latest, feed) = (self.last.subscribe(), Arc::clone(self));
        drop(ring);
        Subscription { feed, contract, next, first: VecDeque::new(), latest, lost }
    }
}

/// Somebody who listens.
#[derive(Debug)]
pub struct Subscription {
    feed: Arc<Feed>,
    contract: Option<String>,
    next: u64,
    first: VecDeque<Arc<Event>>,
    latest: watch::Receiver<u64>,
    /// Set while events may be missing after the one that the listener saw last; with its place.
    lost: Option<Option<EventPlace>>,
}

impl Subscription {
    /// Whether events are missing; and the place up to which the listener knows the log, if it told one.
    pub const fn lost(&self) -> Option<&Option<EventPlace>> {
        self.lost.as_ref()
    }

    /// What was missing is told first, from the log.
    pub fn tell_first(&mut self, news: Vec<News>) {
        let before = self.next.saturating_sub(1);
        self.first.extend(news.into_iter().map(|news| Arc::new(self.feed.event(before, news))));
        self.lost = None;
    }

    /// The next event. What this listener was too slow for is a gap.
    pub async fn next(&mut self) -> Arc<Event> {
        loop {
            if let Some(event) = self.waiting() {
                return event;
            }
            // The feed lives as long as `self`, so waiting never fails.
            let _ = self.latest.changed().await;
        }
    }

    fn waiting(&mut self) -> Option<Arc<Event>> {
        self.latest.mark_unchanged();
        if let Some(event) = self.first.pop_front() {
            return Some(event);
        }
        let feed = Arc::clone(&self.feed);
        let ring = feed.ring();
        if self.lost.take().is_some() || self.next < ring.oldest() {
            self.next = ring.last.saturating_add(1);
            return Some(feed.gap(ring.last, self.contract.clone(), None));
        }
        while let Some(news) = ring.get(self.next).map(Arc::clone) {
            let sequence = self.next;
            self.next = sequence.saturating_add(1);
            if self.contract.as_ref().is_none_or(|contract| news.is_about(contract)) {
                // Whoever publishes does not wait for the words.
                drop(ring);
                return Some(Arc::new(feed.event(sequence, news.tell())));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(contract: &str, position: u64) -> News {
        let place = Some(EventPlace { position, entry: format!("ent_{position}") });
        News { contract: contract.to_owned(), kind: EventKind::Extended, data: json!({"position": position}), place }
    }

    fn positions(subscription: &mut Subscription) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(event) = subscription.waiting() {
            seen.push(format!("{} {}", event.kind.as_str(), event.data["position"]));
        }
        seen
    }

    #[test]
    fn a_listener_goes_on_after_the_event_it_saw_last() {
        let feed = Feed::new("e");
        let mut all = feed.subscribe(None, None);
        (1..=3).for_each(|position| feed.publish(news("ctr_a", position)));
        feed.publish(news("ctr_b", 1));
        let first = all.waiting().map(|event| event.id.clone());
        assert_eq!(first.as_deref(), Some("e-1-1-ent_1"));
        let mut again = feed.subscribe(Some("ctr_a".to_owned()), first.as_deref());
        assert_eq!(again.lost(), None);
        assert_eq!(positions(&mut again), ["extended 2", "extended 3"]);
        assert_eq!(positions(&mut all), ["extended 2", "extended 3", "extended 1"]);
    }

    #[test]
    fn another_epoch_is_a_gap_or_is_told_from_the_log() {
        let feed = Feed::new("new");
        feed.publish(news("ctr_a", 7));
        let mut lost = feed.subscribe(None, Some("old-9-4-ent_4"));
        assert_eq!(lost.lost(), Some(&Some(EventPlace { position: 4, entry: "ent_4".to_owned() })));
        let gap = lost.waiting().map(|event| (event.kind, event.id.clone()));
        assert_eq!(gap, Some((EventKind::Gap, "new-1".to_owned())));
        feed.publish(news("ctr_a", 8));
        assert_eq!(positions(&mut lost), ["extended 8"]);
        let mut told = feed.subscribe(None, Some("old-9-4-ent_4"));
        told.tell_first(vec![news("ctr_a", 5)]);
        feed.publish(news("ctr_a", 9));
        assert_eq!(positions(&mut told), ["extended 5", "extended 9"]);
        for nonsense in ["", "x", "new", "new-2000", "new-18446744073709551615", "new-1-2", "new-x-2-ent"] {
            assert!(feed.subscribe(None, Some(nonsense)).lost().is_some(), "{nonsense}");
        }
    }

    #[test]
    fn who_is_too_slow_gets_a_gap_and_the_ring_stays_bounded() {
        let feed = Feed::new("e");
        let mut slow = feed.subscribe(None, None);
        (0..=EVENTS_MAX as u64).for_each(|position| feed.publish(news("ctr_a", position)));
        assert_eq!(feed.ring().events.len(), EVENTS_MAX);
        assert_eq!(positions(&mut slow), ["gap null"]);
        feed.publish(news("ctr_a", 1));
        assert_eq!(positions(&mut slow), ["extended 1"]);
    }
}
