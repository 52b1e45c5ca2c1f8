//! The outbox of one peer: a cursor over the log, never a copy of it.

use std::collections::BTreeMap;

use countersign_crypto::Digest;
use countersign_types::{Code, ContractId, Count, IdentityId, Interval, Timestamp};

use crate::Held;

/// First delay before sending again.
const RETRY_FIRST: Interval = Interval::from_millis(250);
/// Longest delay before sending again.
const RETRY_LONGEST: Interval = Interval::from_secs(600);
/// Unacknowledged for so long, an outbox rests until somebody asks to send again or the peer speaks: 30 days.
const DEAD_AFTER: Interval = Interval::from_secs(30 * 86_400);
/// Items in flight to one peer without an acknowledgement.
pub(crate) const IN_FLIGHT_MAX: u64 = 256;
/// So long an item of a third party is left to its signer before it is passed on.
pub(crate) const RELAY_DELAY: Interval = Interval::from_millis(500);

/// What is known of one peer for one contract.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    /// What it said it durably holds.
    pub(crate) acked: BTreeMap<IdentityId, Held>,
    /// Up to which own count items are on their way.
    pub(crate) sent: Count,
    /// Evidence that it was sent.
    pub(crate) proofs_sent: usize,
    pub(crate) waiting_since: Option<Timestamp>,
    attempts: u32,
    /// Attempts since it last spoke. One that answers but takes nothing is no reason to hurry.
    unanswered: u32,
    pub(crate) retry_at: Option<Timestamp>,
    /// When items of third parties that it lacks are passed on.
    pub(crate) relay_at: Option<Timestamp>,
    /// How often they were since it last took any.
    pub(crate) relays: u32,
    pub(crate) refused: Option<Code>,
    pub(crate) dead: bool,
    /// An acknowledgement is owed.
    pub(crate) owed: bool,
    /// It says that it holds less than it did: what, and from when on that is believed.
    less: Option<(Timestamp, Vec<Held>)>,
    /// Its disk was set back: it is given its own items, too.
    pub(crate) set_back: bool,
}

/// How an outbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Everything is acknowledged.
    Idle,
    /// Something waits for an acknowledgement.
    Waiting,
    /// Given up until somebody asks to send again, or the peer speaks.
    Dead,
}

/// The outbox of one peer and contract, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbox {
    /// For whom.
    pub peer: IdentityId,
    /// How it stands.
    pub delivery: Delivery,
    /// Own items that are not acknowledged.
    pub unacknowledged: u64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Timestamp>,
    /// Attempts since the last acknowledgement.
    pub attempts: u32,
    /// The next attempt.
    pub retry_at: Option<Timestamp>,
    /// The code with which the peer refused, if it did.
    pub refused: Option<Code>,
}

impl Peer {
    /// Own items it is not known to hold.
    pub(crate) fn acked_own(&self, party: &IdentityId) -> Count {
        self.acked.get(party).map_or(Count::ZERO, |held| held.count)
    }

    /// It said what it holds: whatever it said before stays true, and messages overtake each other.
    pub(crate) fn acknowledge(&mut self, have: &[Held], party: &IdentityId, own: Count, now: Timestamp) {
        let before = self.acked_own(party);
        for held in have {
            let known = self.acked.entry(held.party).or_insert(*held);
            if known.count < held.count || (known.count == held.count && known.mark != held.mark) {
                self.relays = 0;
            }
            if known.count <= held.count {
                *known = *held;
            }
        }
        self.dead = false;
        self.refused = None;
        let after = self.acked_own(party);
        let silence = std::mem::take(&mut self.unanswered);
        if self.attempts > 0 && (after > before || silence > 1) {
            // It took some, or it is back after a silence: what was sent into the silence is sent again at once.
            self.attempts = 0;
            self.relays = 0;
            self.sent = after;
        }
        self.sent = self.sent.max(after);
        if after >= own {
            self.waiting_since = None;
            self.retry_at = None;
        } else if after > before {
            self.waiting_since = Some(now);
        }
    }

    /// Compares what it says with what it said before: a later message that says no less takes back that it said less,
    /// since messages overtake each other. `set_back` if it does not hold what it signed itself.
    pub(crate) fn compare(&mut self, have: &[Held], set_back: bool, now: Timestamp) {
        let confirmed = |held: &&Held| self.acked.get(&held.party).is_some_and(|known| known.count <= held.count);
        if !set_back && have.iter().filter(confirmed).count() == self.acked.len() {
            self.less = None;
            self.set_back = false;
            return;
        }
        let at = self.less.as_ref().map_or(now.after(RELAY_DELAY), |(at, _)| *at);
        self.less = Some((at, have.to_vec()));
    }

    /// When it is believed that it holds less.
    pub(crate) fn less_at(&self) -> Option<Timestamp> {
        self.less.as_ref().map(|(at, _)| *at)
    }

    /// Its disk was set back: it is given what it said that it lacks.
    pub(crate) fn believe_less(&mut self, party: &IdentityId, now: Timestamp) {
        let Some((_, have)) = self.less.take() else { return };
        self.acked = have.into_iter().map(|held| (held.party, held)).collect();
        self.sent = self.acked_own(party);
        self.set_back = true;
        self.relay_at = Some(now);
    }

    /// Something was just sent: when to try again.
    pub(crate) fn schedule(&mut self, contract: &ContractId, peer: &IdentityId, now: Timestamp) {
        self.waiting_since.get_or_insert(now);
        let delay = self.delay(contract, peer);
        self.retry_at = Some(now.after(delay));
    }

    /// The time to try again came. False if the outbox rests from now on.
    pub(crate) fn retry(&mut self, party: &IdentityId, now: Timestamp) -> bool {
        if self.waiting_since.is_some_and(|since| now.since(since) > DEAD_AFTER) {
            self.dead = true;
            self.retry_at = None;
            return false;
        }
        self.attempts = self.attempts.saturating_add(1);
        self.unanswered = self.unanswered.saturating_add(1);
        self.sent = self.acked_own(party);
        self.proofs_sent = 0;
        true
    }

    /// It is no reader on the held branch: nothing is due, until it is one again.
    pub(crate) fn rest(&mut self, party: &IdentityId) {
        self.sent = self.acked_own(party);
        self.waiting_since = None;
        self.retry_at = None;
        self.relay_at = None;
    }

    /// Nothing can reach it: what it lacks waits, without attempts.
    pub(crate) fn hold(&mut self, party: &IdentityId, own: Count, now: Timestamp) {
        let since = self.waiting_since.unwrap_or(now);
        self.rest(party);
        self.less = None;
        self.waiting_since = (self.acked_own(party) < own).then_some(since);
    }

    pub(crate) fn revive(&mut self) {
        self.dead = false;
        self.refused = None;
        self.attempts = 0;
        self.retry_at = None;
    }

    /// Items of third parties were passed on: when to do so again. Doubles while the peer takes none.
    pub(crate) fn schedule_relay(&mut self, now: Timestamp) {
        let delay = RELAY_DELAY.times(4_u64.checked_shl(self.relays.min(16)).unwrap_or(1)).min(RETRY_LONGEST);
        self.relays = self.relays.saturating_add(1);
        self.relay_at = Some(now.after(delay));
    }

    /// Doubles with each attempt, with jitter between a half and the whole: equal inputs give equal delays, so the
    /// simulator can replay them.
    fn delay(&self, contract: &ContractId, peer: &IdentityId) -> Interval {
        let doubled = RETRY_FIRST.times(1_u64.checked_shl(self.attempts.min(16)).unwrap_or(1));
        let longest = doubled.min(RETRY_LONGEST).millis();
        let mut bytes = contract.bytes().to_vec();
        bytes.extend_from_slice(peer.bytes());
        bytes.extend_from_slice(&self.attempts.to_be_bytes());
        let chance = Digest::of(&bytes).bytes().first().copied().unwrap_or_default();
        let jitter = longest.saturating_mul(u64::from(chance)) / 512;
        Interval::from_millis(longest.saturating_sub(jitter))
    }

    pub(crate) fn outbox(&self, peer: IdentityId, party: &IdentityId, own: Count) -> Outbox {
        let unacknowledged = own.get().saturating_sub(self.acked_own(party).get());
        let delivery = match (unacknowledged, self.dead) {
            (0, _) => Delivery::Idle,
            (_, true) => Delivery::Dead,
            (_, false) => Delivery::Waiting,
        };
        Outbox {
            peer,
            delivery,
            unacknowledged,
            waiting_since: self.waiting_since,
            attempts: self.attempts,
            retry_at: self.retry_at,
            refused: self.refused.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_on_to_a_silent_peer_comes_ever_more_rarely() {
        let (mut peer, now) = (Peer::default(), Timestamp::default());
        let mut delays = Vec::new();
        for _ in 0..12 {
            peer.schedule_relay(now);
            delays.extend(peer.relay_at.map(|at| at.since(now).millis()));
        }
        assert_eq!(delays[..4], [2_000, 4_000, 8_000, 16_000]);
        assert_eq!(delays[9..], [RETRY_LONGEST.millis(); 3]);
    }
}
