//! The machine: inputs in, effects out, in one order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_chain::{FraudKind, FraudProof, Genesis, Knowledge, LogState, Statement, Voter};
use countersign_crypto::{Digest, Signer};
use countersign_payload::Opening;
use countersign_types::{
    ContractId, Count, EntryId, IdentityId, Interval, PayloadCommitment, Signed, StatementId, Timestamp,
};

use crate::backup::{Backup, Stop};
use crate::confined::Confining;
use crate::erase::Erasures;
use crate::peer::Peer;
use crate::queue::{Lane, Lanes};
use crate::{Effects, Held, Input, Item, Message, Notice, Outbox, Record, Send, Want};

/// One party's view of one contract.
pub struct Replica<S> {
    pub(crate) contract: ContractId,
    pub(crate) party: IdentityId,
    pub(crate) signer: Arc<dyn Signer + std::marker::Send + Sync>,
    pub(crate) retry: Interval,
    pub(crate) knowledge: Knowledge<S>,
    pub(crate) head: EntryId,
    pub(crate) final_count: usize,
    pub(crate) frauds_told: usize,
    pub(crate) alarms_told: usize,
    pub(crate) voter: Voter,
    pub(crate) receipt_after: Timestamp,
    pub(crate) vote_at: Option<Timestamp>,
    pub(crate) lanes: Lanes,
    /// Statements this party answers for, in the order in which it took them on: its own, and those it rescues.
    pub(crate) own: Vec<(Arc<Signed<Statement>>, Vec<PayloadCommitment>)>,
    /// Statements that this party receipted and that lost their place: when to append them again (`RESCUE`).
    pub(crate) rescues: BTreeMap<StatementId, Timestamp>,
    pub(crate) openings: BTreeMap<PayloadCommitment, Opening>,
    pub(crate) erasures: Erasures,
    /// Payloads held outside, with their lengths: attachments that do not travel with their entries.
    pub(crate) held: BTreeMap<PayloadCommitment, u64>,
    /// Every attachment that an entry names; with the first statement that did and its payload, if not all members hold it.
    pub(crate) confined: BTreeMap<PayloadCommitment, Option<Confining>>,
    /// By the digest of an entry whose turn came: the attachments that it lacks.
    pub(crate) awaited: BTreeMap<Digest, Vec<Want>>,
    /// The lengths of payloads that are not held, of those that entries wait for.
    pub(crate) measured: BTreeMap<PayloadCommitment, u64>,
    pub(crate) peers: BTreeMap<IdentityId, Peer>,
    /// Parties that no message of this one can reach.
    pub(crate) unreachable: BTreeSet<IdentityId>,
    /// When an item that is ahead of the clock can be taken (`AHEAD`).
    pub(crate) ahead_until: Option<Timestamp>,
    pub(crate) backup: Backup,
    pub(crate) effects: Effects,
}

/// What the disk of a replica holds: everything that it ever made durable.
#[derive(Debug, Default)]
pub struct Restored {
    /// Items of all parties, in any order: those of [`Record::Item`].
    pub items: Vec<Item>,
    /// Items of parties with two items of one count, in any order: those of [`Record::Twin`].
    pub twins: Vec<Item>,
    /// Payloads that are not erased.
    pub openings: Vec<Opening>,
    /// Evidence.
    pub frauds: Vec<FraudProof>,
    /// Payloads held outside, with their lengths.
    pub held: Vec<(PayloadCommitment, u64)>,
    /// Entries that lack attachments: those of [`Record::Awaited`] that are not settled.
    pub awaited: Vec<Item>,
    /// Whether this party stopped signing.
    pub stop: Option<Stop>,
}

impl<S: LogState> Replica<S> {
    /// The replica of a member that holds only the genesis. `signer` signs for the member's node; `state` is the
    /// state at genesis; `retry` the retry interval that genesis sets.
    pub fn new(
        genesis: &Signed<Genesis>,
        state: S,
        party: IdentityId,
        signer: Arc<dyn Signer + std::marker::Send + Sync>,
    ) -> Self {
        let entry = Genesis::entry(genesis);
        Self::bare(Genesis::contract(genesis), entry, genesis.settings.retry, state, party, signer)
    }

    /// [`Replica::new`] for a log whose genesis is no more than an id: for models of the protocol.
    pub fn bare(
        contract: ContractId,
        genesis: EntryId,
        retry: Interval,
        state: S,
        party: IdentityId,
        signer: Arc<dyn Signer + std::marker::Send + Sync>,
    ) -> Self {
        Self {
            contract,
            party,
            signer,
            retry,
            knowledge: Knowledge::new(genesis, state),
            head: genesis,
            final_count: 1,
            frauds_told: 0,
            alarms_told: 0,
            voter: Voter::new(party),
            receipt_after: Timestamp::MIN,
            vote_at: None,
            lanes: BTreeMap::from([(party, Lane::default())]),
            own: Vec::new(),
            rescues: BTreeMap::new(),
            openings: BTreeMap::new(),
            erasures: Erasures::default(),
            held: BTreeMap::new(),
            confined: BTreeMap::new(),
            awaited: BTreeMap::new(),
            measured: BTreeMap::new(),
            peers: BTreeMap::new(),
            unreachable: BTreeSet::new(),
            ahead_until: None,
            backup: Backup::default(),
            effects: Effects::default(),
        }
    }

    /// Takes back what was durable. Nothing is verified again; nothing is sent until the next input.
    pub fn restore(&mut self, disk: Restored, now: Timestamp) {
        self.held.extend(disk.held);
        for opening in disk.openings {
            self.openings.insert(opening.commitment(), opening);
        }
        for item in disk.items {
            self.restore_item(item);
        }
        for item in disk.twins {
            self.lanes.entry(item.party()).or_default().park_loose(Arc::new(item));
        }
        // Before the proofs: what was taken in the order of its counts is taken so again.
        self.drain(now, Trust::Disk);
        for proof in disk.frauds {
            self.accuse(proof);
        }
        // Taken by the next input, with every check: the disk has them, K does not.
        for item in disk.awaited {
            let lane = self.lanes.entry(item.party()).or_default();
            if lane.is_forked() {
                lane.park_loose(Arc::new(item));
            } else {
                lane.park(Arc::new(item));
            }
        }
        self.head = self.knowledge.choose();
        self.restore_votes();
        self.restore_own();
        self.restore_rescues(now);
        self.restore_stop(disk.stop, now);
        self.final_count = self.knowledge.settled().len();
        self.frauds_told = self.knowledge.frauds().len();
        self.alarms_told = self.knowledge.alarms().len();
        self.effects = Effects::default();
        // Nobody is to be given, or to bring again, what was erased before the restart.
        self.find_erasures();
        // The first words after a restart: what is held here, so that the others send what is not.
        let members = self.knowledge.place(&self.head).map_or(Vec::new(), |place| place.next_epoch.parties().collect());
        for member in members.into_iter().filter(|member| *member != self.party) {
            self.peers.entry(member).or_default().owed = true;
        }
    }

    /// Handles a batch of inputs at one point in time.
    pub fn handle(&mut self, now: Timestamp, inputs: impl IntoIterator<Item = Input>) -> Effects {
        for input in inputs {
            match input {
                Input::Submit { statement, openings } => {
                    if let Some((statement, openings)) = self.backup.defer(statement, openings) {
                        self.submit(now, &statement, openings);
                    }
                }
                Input::Receive { from, message } => self.receive(now, from, message),
                Input::Held { commitment, .. } if self.is_forgotten(&commitment) => {}
                Input::Held { commitment, bytes } => {
                    self.held.insert(commitment, bytes);
                }
                Input::Measured { commitment, bytes } => self.measure(commitment, bytes),
                Input::Dropped { commitment } => {
                    self.held.remove(&commitment);
                }
                Input::Wake => {}
                Input::Erased { statement } => self.erased(&statement),
                Input::Resend { to } => self.resend(&to),
                Input::Recover => self.recover(now),
            }
        }
        self.drain(now, Trust::Nobody);
        self.conclude_inquiry(now);
        self.evaluate(now);
        self.push(now);
        self.push_inquiry(now);
        self.effects.wake = self.next_wake();
        std::mem::take(&mut self.effects)
    }

    /// Brings head, own statements and receipts in line with K, until nothing changes any more.
    fn evaluate(&mut self, now: Timestamp) {
        self.follow(now);
        self.append_own(now);
        // A receipt can complete a certificate, and so call for one more; three in a row do not happen.
        for _ in 0..4 {
            if !self.vote(now) {
                break;
            }
            self.follow(now);
            self.append_own(now);
        }
        self.tell();
        self.find_erasures();
        self.sign_erasures(now);
    }

    /// Holds the branch that K chooses.
    pub(crate) fn follow(&mut self, now: Timestamp) {
        let head = self.knowledge.choose();
        if head == self.head {
            return;
        }
        let before = self.head;
        self.head = head;
        let common = self.common_ancestor(&before, &head);
        if common != before {
            self.moved(now, &before, &common);
        }
        self.tell_extension(&common, &head);
    }

    fn common_ancestor(&self, one: &EntryId, other: &EntryId) -> EntryId {
        let mut at = *one;
        while !self.knowledge.descends(other, &at) {
            match self.knowledge.place(&at).and_then(|place| place.parent) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    fn moved(&mut self, now: Timestamp, before: &EntryId, common: &EntryId) {
        let mut displaced = Vec::new();
        let mut at = *before;
        while at != *common {
            let Some(place) = self.knowledge.place(&at) else { break };
            if let Some((entry, _)) = &place.content
                && self.knowledge.place_on(&self.head, &entry.statement).is_none()
            {
                displaced.push(entry.statement);
            }
            match place.parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        displaced.reverse();
        self.plan_rescues(now, &displaced);
        self.effects.notices.push(Notice::Moved { common: *common, displaced });
    }

    fn tell_extension(&mut self, common: &EntryId, head: &EntryId) {
        let mut extension = Vec::new();
        let mut at = *head;
        while at != *common {
            let Some(place) = self.knowledge.place(&at) else { break };
            let (position, outcome) = (place.position, place.outcome.clone());
            extension.push(Notice::Extended { entry: at, position, outcome });
            match place.parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        self.effects.notices.extend(extension.into_iter().rev());
    }

    fn tell(&mut self) {
        let settled = self.knowledge.settled();
        if settled.len() > self.final_count {
            self.final_count = settled.len();
            self.voter.settled();
            let entry = self.knowledge.final_entry();
            if let Some(place) = self.knowledge.place(&entry) {
                self.effects.notices.push(Notice::Final { entry, position: place.position });
            }
        }
        for proof in self.knowledge.frauds().iter().skip(self.frauds_told) {
            self.effects.persist.push(Record::Fraud(Box::new(proof.clone())));
            self.effects.notices.push(Notice::Fraud { party: proof.party() });
        }
        self.frauds_told = self.knowledge.frauds().len();
        for receipt in self.knowledge.alarms().iter().skip(self.alarms_told) {
            self.effects.notices.push(Notice::Disagreement { party: receipt.party, entry: receipt.entry });
        }
        self.alarms_told = self.knowledge.alarms().len();
    }

    /// When something is due that no input announces.
    fn next_wake(&self) -> Option<Timestamp> {
        let peers = self.peers.values().filter(|peer| !peer.dead);
        let retries = peers.flat_map(|peer| [peer.retry_at, peer.relay_at, peer.less_at()]).flatten();
        let rescue = self.rescues.values().copied();
        retries.chain(rescue).chain(self.vote_at).chain(self.ahead_until).chain(self.inquiry_wake()).min()
    }

    /// Stops following a rule.
    #[cfg(feature = "mutants")]
    pub fn drop_rule(&mut self, mutant: countersign_chain::Mutant) {
        self.knowledge.drop_rule(mutant);
    }

    /// The contract.
    pub const fn contract(&self) -> ContractId {
        self.contract
    }

    /// The party whose view this is.
    pub const fn party(&self) -> IdentityId {
        self.party
    }

    /// K.
    pub const fn knowledge(&self) -> &Knowledge<S> {
        &self.knowledge
    }

    /// The last entry of the held branch.
    pub const fn head(&self) -> EntryId {
        self.head
    }

    /// The state after the head.
    pub fn state(&self) -> Option<Arc<S>> {
        self.knowledge.state(&self.head)
    }

    /// A payload that is held.
    pub fn opening(&self, commitment: &PayloadCommitment) -> Option<&Opening> {
        self.openings.get(commitment)
    }

    /// Whether an item is held, in K or waiting.
    pub fn knows(&self, item: &Item) -> bool {
        self.lanes.get(&item.party()).is_some_and(|lane| lane.knows(item.count(), &item.digest()))
    }

    /// Attachments that entries wait for.
    pub fn wants(&self) -> impl Iterator<Item = &Want> {
        self.awaited.values().flatten().filter(|want| self.is_lacking(&want.commitment))
    }

    /// Whether a payload is neither held nor erased.
    pub(crate) fn is_lacking(&self, commitment: &PayloadCommitment) -> bool {
        !self.holds(commitment) && !self.is_forgotten(commitment)
    }

    /// Whether a payload is held, here or outside.
    pub fn holds(&self, commitment: &PayloadCommitment) -> bool {
        self.openings.contains_key(commitment) || self.held.contains_key(commitment)
    }

    /// From now on nothing is sent to these parties, since nothing could reach them.
    pub fn set_unreachable(&mut self, parties: BTreeSet<IdentityId>) {
        self.unreachable = parties;
    }

    /// Whether no party is unreachable.
    pub fn reaches_everybody(&self) -> bool {
        self.unreachable.is_empty()
    }

    /// Whether nothing is sent to a party, since nothing could reach it.
    pub fn is_unreachable(&self, party: &IdentityId) -> bool {
        self.unreachable.contains(party)
    }

    /// The outboxes of all other members, ascending by party.
    pub fn outboxes(&self) -> Vec<Outbox> {
        let own = self.own_count();
        self.peers.iter().map(|(id, peer)| peer.outbox(*id, &self.party, own)).collect()
    }

    /// What this party durably holds of each party's items.
    pub fn have(&self) -> Vec<Held> {
        let held = self.lanes.iter().map(|(party, lane)| lane.held(*party));
        held.filter(|held| held.mark != Digest::ZERO).collect()
    }

    /// Remembers evidence. A party that gave two items one count has a forked lane from then on.
    pub(crate) fn accuse(&mut self, proof: FraudProof) {
        if proof.kind == FraudKind::DoubleCount {
            self.lanes.entry(proof.party()).or_default().fork();
        }
        self.knowledge.accuse(proof);
    }

    pub(crate) fn own_count(&self) -> Count {
        self.lanes.get(&self.party).map_or(Count::ZERO, Lane::count)
    }

    pub(crate) fn send(&mut self, to: IdentityId, message: Message) {
        self.effects.send.push(Send { to, message });
    }
}

/// Who vouches for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Nobody: verify it, make it durable.
    Nobody,
    /// The own disk: it was verified before it was written.
    Disk,
}
