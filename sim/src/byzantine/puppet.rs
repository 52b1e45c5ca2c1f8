//! A replica that a Byzantine party moves as it likes.

use std::sync::Arc;

use countersign_chain::{LogState, Receipt, Seal};
use countersign_replica::{Effects, Input, Item, Message, Record, Replica, Send};
use countersign_types::{Count, EntryId, Signed, Term, View};

use super::Hands;
use crate::disk::Disk;
use crate::keys::{Contract, Keys};
use crate::party::{Prepare, clock, fresh};
use crate::tally::{Addition, Tally, Wording, state};

/// A replica with its disk.
pub struct Puppet {
    pub keys: Arc<Keys>,
    pub replica: Replica<Tally>,
    pub disk: Disk,
    prepare: Prepare,
    nonce: u64,
}

impl Puppet {
    pub fn new(contract: &Contract, index: usize, prepare: &Prepare) -> Self {
        let keys = Arc::clone(&contract.keys[index]);
        let replica = fresh(contract, &keys, prepare);
        Self { keys, replica, disk: Disk::default(), prepare: Arc::clone(prepare), nonce: 0 }
    }

    fn handle(&mut self, input: Input, hands: &Hands<'_>) -> Vec<Send> {
        let Effects { mut persist, send, .. } = self.replica.handle(clock(hands.now_ms, 0), [input]);
        // Nothing stops it.
        persist.retain(|record| !matches!(record, Record::Stop(_)));
        if !persist.is_empty() {
            self.disk.write(&persist);
        }
        if self.replica.stopped().is_some() {
            self.begin_again(hands);
        }
        send
    }

    pub fn receive(&mut self, from: usize, message: Message, hands: &Hands<'_>) -> Vec<Send> {
        let Some(from) = hands.contract.keys.get(from).map(|keys| keys.party()) else { return Vec::new() };
        let mut message = message;
        if let Message::Sync { items, .. } = &mut message {
            // What it signed and forgot it does not want to be told.
            items.retain(|item| item.party() != self.keys.party());
        }
        self.handle(Input::Receive { from, message }, hands)
    }

    pub fn wake(&mut self, hands: &Hands<'_>) -> Vec<Send> {
        self.handle(Input::Wake, hands)
    }

    /// Says something by the party's person.
    pub fn say(&mut self, hands: &mut Hands<'_>) -> Vec<Send> {
        let Some(seen) = self.replica.state() else { return Vec::new() };
        self.nonce += 1;
        let wording = Wording {
            addition: Addition {
                amount: u8::try_from(hands.chance.below(4)).unwrap_or(0),
                priority: u8::try_from(hands.chance.below(5)).unwrap_or(0),
                attachments: Vec::new(),
            },
            sequence: seen.last_sequence(&self.keys.party()).next(),
            requires: Vec::new(),
            seen: None,
            time: clock(hands.now_ms, 0),
            nonce: hands.chance.next(),
        };
        let (statement, opening) = state(hands.contract.id, &self.keys, wording);
        self.handle(Input::Submit { statement, openings: vec![opening] }, hands)
    }

    /// Forgets everything after the first `commits` writes.
    pub fn go_back(&mut self, commits: usize, hands: &Hands<'_>) {
        self.disk = self.disk.back_to(commits);
        self.begin_again(hands);
    }

    fn begin_again(&mut self, hands: &Hands<'_>) {
        self.replica = fresh(hands.contract, &self.keys, &self.prepare);
        self.replica.restore(self.disk.recover(), clock(hands.now_ms, 0));
    }

    /// A receipt for whatever place, view and seal.
    pub fn receipt(&self, entry: EntryId, view: View, sealed: Option<Seal>, count: Count) -> Option<Signed<Receipt>> {
        let knowledge = self.replica.knowledge();
        let place = knowledge.place(&entry)?;
        let opens = match view.previous() {
            None => None,
            Some(before) => Some(knowledge.opener(before)?),
        };
        let receipt = Receipt {
            contract: self.replica.contract(),
            party: self.keys.party(),
            epoch: place.next_epoch.number(),
            term: Term::ZERO,
            view,
            count,
            position: place.position,
            entry,
            log_root: place.frontier.root(),
            state_hash: knowledge.state(&entry)?.hash(),
            sealed,
            opens,
        };
        Some(Signed::sign(receipt, self.keys.node().as_ref()))
    }

    /// The count of its last item.
    pub fn own_count(&self) -> Count {
        let have = self.replica.have();
        have.iter().find(|held| held.party == self.keys.party()).map_or(Count::ZERO, |held| held.count)
    }

    /// Every place that it knows.
    pub fn places(&self) -> Vec<EntryId> {
        let knowledge = self.replica.knowledge();
        let mut places = knowledge.settled().to_vec();
        let mut at = 0;
        while let Some(entry) = places.get(at).copied() {
            let children = knowledge.place(&entry).map_or(Vec::new(), |place| place.children.clone());
            places.extend(children.into_iter().filter(|child| !knowledge.settled().contains(child)));
            at += 1;
        }
        places
    }

    /// Everything that it holds, as one message without a claim to hold anything.
    pub fn everything(&self) -> Message {
        let mut disk = self.disk.clone();
        let restored = disk.recover();
        let mut items = restored.items;
        for item in &mut items {
            if let Item::Entry(entry) = item {
                let of = |commitment| restored.openings.iter().find(|opening| opening.commitment() == commitment);
                entry.openings.extend(of(entry.statement.payload).cloned());
            }
        }
        items.truncate(countersign_replica::ITEMS_MAX);
        Message::Sync { have: Vec::new(), items, proofs: Vec::new() }
    }
}
