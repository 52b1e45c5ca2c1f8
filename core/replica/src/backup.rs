//! A disk that was set back (contract log §6 and §10; decision 0012): what others hold of this party is asked before
//! the first signature after a start; an own item that is not here stops every signature; and this party goes on only
//! when each other member has said what it holds, and all of that is here.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_chain::{LogState, Statement};
use countersign_payload::Opening;
use countersign_types::{IdentityId, Interval, Signed, Timestamp};

use crate::{Held, Message, Notice, Record, Replica};

/// So long the first signature after a start waits for the words of the others.
const ASK: Interval = Interval::from_secs(1);
/// So long, if one of them says that it holds more of this party than is here: it will send it.
const ASK_CLAIMED: Interval = Interval::from_secs(5);
/// Who says nothing is asked again after so long, doubled each time.
const AGAIN: Interval = Interval::from_millis(500);
/// Longest time until somebody is asked again.
const AGAIN_LONGEST: Interval = Interval::from_secs(600);

/// A statement that waits until it is known what the others hold.
type Deferred = (Arc<Signed<Statement>>, Vec<Opening>);

/// This party signs nothing: somebody holds items of it that its disk did not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// When that was found.
    pub since: Timestamp,
    /// Whether the operator asked to go on as soon as that is safe.
    pub recovering: bool,
}

/// How a party that stopped stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Since when, and whether it is to go on.
    pub stop: Stop,
    /// Members that did not say yet what they hold of this party, or hold what is not here, ascending.
    pub waiting_for: Vec<IdentityId>,
    /// Own items are here of which earlier ones are missing.
    pub incomplete: bool,
}

/// The question what the others hold of this party.
#[derive(Debug)]
struct Inquiry {
    begun: Timestamp,
    /// The last word of each: none if it says that it does not take part.
    words: BTreeMap<IdentityId, Option<Held>>,
    attempts: u32,
    next: Timestamp,
}

/// What is known of the age of the own disk.
#[derive(Debug, Default)]
pub(crate) struct Backup {
    stop: Option<Stop>,
    inquiry: Option<Inquiry>,
    deferred: Vec<Deferred>,
}

impl Backup {
    /// Whether something may be signed.
    pub(crate) const fn may_sign(&self) -> bool {
        self.stop.is_none() && self.inquiry.is_none()
    }

    pub(crate) const fn is_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Keeps a statement until it may be signed, if it is to wait.
    pub(crate) fn defer(&mut self, statement: Arc<Signed<Statement>>, openings: Vec<Opening>) -> Option<Deferred> {
        if self.stop.is_some() || self.inquiry.is_none() {
            return Some((statement, openings));
        }
        self.deferred.push((statement, openings));
        None
    }

    /// A member said what it holds of this party.
    pub(crate) fn heard(&mut self, from: IdentityId, held: Option<Held>) {
        let Some(inquiry) = &mut self.inquiry else { return };
        let word = inquiry.words.entry(from).or_insert(held);
        // Messages overtake each other, and what an honest member holds only grows.
        if word.map(|word| word.count) <= held.map(|held| held.count) {
            *word = held;
        }
    }

    fn ask(&mut self, now: Timestamp) {
        self.inquiry = Some(Inquiry { begun: now, words: BTreeMap::new(), attempts: 0, next: now });
    }
}

impl<S: LogState> Replica<S> {
    /// Asks the other members what they hold of this party. Until they have answered, and at most for a moment, nothing
    /// is signed. To be called once after each start of the node, after [`Replica::restore`].
    pub fn inquire(&mut self, now: Timestamp) {
        #[cfg(feature = "mutants")]
        if self.knowledge.drops(countersign_chain::Mutant::NoStop) {
            return;
        }
        if self.backup.stop.is_none() && !self.others().is_empty() {
            self.backup.ask(now);
        }
    }

    /// Whether the answers to [`Replica::inquire`] are awaited: statements of people wait meanwhile.
    pub const fn is_inquiring(&self) -> bool {
        self.backup.stop.is_none() && self.backup.inquiry.is_some()
    }

    /// Whether and why this party signs nothing.
    pub fn stopped(&self) -> Option<Stopped> {
        let stop = self.backup.stop?;
        let mut waiting_for = self.others();
        waiting_for.retain(|member| !self.is_covered(member));
        Some(Stopped { stop, waiting_for, incomplete: self.lanes.get(&self.party).is_some_and(|own| own.is_waiting()) })
    }

    /// Takes back that this party stopped.
    pub(crate) fn restore_stop(&mut self, stop: Option<Stop>, now: Timestamp) {
        self.backup.stop = stop;
        if stop.is_some_and(|stop| stop.recovering) {
            self.backup.ask(now);
        }
    }

    /// Somebody holds an item of this party that is not here: from now on nothing is signed.
    pub(crate) fn stop_signing(&mut self, now: Timestamp) {
        if self.backup.stop.is_none() {
            self.backup.inquiry = None;
            self.set_stop(Some(Stop { since: now, recovering: false }));
            self.effects.notices.push(Notice::OldBackup);
        }
    }

    /// The operator asks to go on, once every member has said what it holds.
    pub(crate) fn recover(&mut self, now: Timestamp) {
        if let Some(stop) = self.backup.stop.filter(|stop| !stop.recovering) {
            self.set_stop(Some(Stop { recovering: true, ..stop }));
            self.backup.ask(now);
        }
    }

    fn set_stop(&mut self, stop: Option<Stop>) {
        self.backup.stop = stop;
        self.effects.persist.push(Record::Stop(stop));
    }

    /// Ends the question, if enough was said: then what waited is signed, or refused.
    pub(crate) fn conclude_inquiry(&mut self, now: Timestamp) {
        if self.backup.inquiry.is_none() {
            return self.submit_deferred(now);
        }
        // Who has to speak follows from the branch.
        self.follow(now);
        let Some(inquiry) = &self.backup.inquiry else { return };
        let others = self.others();
        let missing = self.lanes.get(&self.party).is_some_and(|own| own.is_waiting());
        if self.backup.stop.is_some() {
            if !missing && others.iter().all(|member| self.is_covered(member)) {
                self.go_on(now);
            }
            return;
        }
        let mut asked = others.iter().filter(|member| !self.unreachable.contains(member));
        if asked.all(|member| self.is_covered(member)) || inquiry.begun.after(self.patience(inquiry)) <= now {
            self.backup.inquiry = None;
            self.submit_deferred(now);
        }
    }

    fn patience(&self, inquiry: &Inquiry) -> Interval {
        let claimed = inquiry.words.keys().any(|member| !self.is_covered(member));
        if claimed { ASK_CLAIMED } else { ASK }
    }

    fn submit_deferred(&mut self, now: Timestamp) {
        for (statement, openings) in std::mem::take(&mut self.backup.deferred) {
            self.submit(now, &statement, openings);
        }
    }

    /// All that honest members ever got of this party is here: it goes on after the last of it, as after a restart.
    fn go_on(&mut self, now: Timestamp) {
        self.backup.inquiry = None;
        self.set_stop(None);
        self.restore_votes();
        self.restore_own();
        self.restore_rescues(now);
        self.effects.notices.push(Notice::Recovered);
    }

    /// The other members, ascending.
    fn others(&self) -> Vec<IdentityId> {
        let epoch = self.knowledge.place(&self.head).map(|place| Arc::clone(&place.next_epoch));
        epoch.map_or(Vec::new(), |epoch| epoch.parties().filter(|party| *party != self.party).collect())
    }

    /// Whether a member said what it holds of this party, and all of it is here.
    fn is_covered(&self, member: &IdentityId) -> bool {
        let words = self.backup.inquiry.as_ref().map(|inquiry| &inquiry.words);
        words.and_then(|words| words.get(member)).is_some_and(|word| match (word, self.lanes.get(&self.party)) {
            (None, _) => true,
            (Some(held), Some(own)) => own.covers(held),
            (Some(_), None) => false,
        })
    }

    /// Asks those who did not answer. An item comes along, since a message without one is not answered.
    pub(crate) fn push_inquiry(&mut self, now: Timestamp) {
        if self.backup.inquiry.as_ref().is_none_or(|inquiry| now < inquiry.next) {
            return;
        }
        let mut asked = self.others();
        asked.retain(|member| !self.is_covered(member));
        let own = self.lanes.get(&self.party);
        let known = own.into_iter().chain(self.lanes.values()).find_map(|lane| lane.first());
        let known = known.map(Arc::clone);
        for member in asked {
            let items = known.iter().map(|item| self.with_payloads(item, Some(&member))).collect();
            self.send(member, Message::Sync { have: self.have(), items, proofs: Vec::new() });
        }
        if let Some(inquiry) = &mut self.backup.inquiry {
            let delay = AGAIN.times(1_u64.checked_shl(inquiry.attempts.min(16)).unwrap_or(1)).min(AGAIN_LONGEST);
            inquiry.attempts = inquiry.attempts.saturating_add(1);
            inquiry.next = now.after(delay);
        }
    }

    /// When the question is asked again, or given up.
    pub(crate) fn inquiry_wake(&self) -> Option<Timestamp> {
        let inquiry = self.backup.inquiry.as_ref()?;
        let over = self.backup.stop.is_none().then(|| inquiry.begun.after(self.patience(inquiry)));
        over.into_iter().chain([inquiry.next]).min()
    }
}
