//! Receive and push (contract log §7). Cheap checks come first; nothing enters K unverified.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_chain::{Admission, FraudProof, LogState, Statement};
use countersign_crypto::PublicKey;
use countersign_payload::{ErasureReceipt, NO_PAYLOAD, Opening};
use countersign_types::{Code, Count, IdentityId, PayloadCommitment, Signed, Timestamp};

use crate::peer::{IN_FLIGHT_MAX, Peer, RELAY_DELAY};
use crate::queue::{Lane, Parking};
use crate::replica::Trust;
use crate::{EntryItem, Held, ITEMS_MAX, Item, Message, Notice, PROOFS_MAX, Record, Replica, SYNC_BYTES_MAX, Want};

/// How an item whose turn came was taken.
enum Turn {
    /// It is in K.
    Taken,
    /// It waits for something.
    Waits,
    /// It begins to wait for attachments.
    Lacks,
    /// It does not hold; another copy may.
    Discarded,
    /// It can stand nowhere.
    Stuck,
}

impl<S: LogState> Replica<S> {
    pub(crate) fn receive(&mut self, now: Timestamp, from: IdentityId, message: Message) {
        if self.node_key(&from).is_none() && !self.guests().contains(&from) {
            self.send(from, Message::Refuse { code: Code::known("not_member") });
            return;
        }
        match message {
            Message::Refuse { code } => {
                self.backup.heard(from, None);
                self.peers.entry(from).or_default().refused = Some(code);
            }
            Message::Sync { have, items, proofs } => {
                let owed = !items.is_empty() || !proofs.is_empty();
                for item in items {
                    if let Err(code) = self.offer(now, item) {
                        self.effects.notices.push(Notice::Strike { from, code: Code::known(code) });
                    }
                }
                for proof in proofs {
                    self.take_proof(now, proof);
                }
                let of = |party| have.iter().find(|held| held.party == party).copied();
                self.backup.heard(from, Some(of(self.party).unwrap_or(Held::nothing(self.party))));
                let itself = of(from).unwrap_or(Held::nothing(from));
                let set_back = self.lanes.get(&from).is_some_and(|lane| lane.exceeds(&itself));
                // A peer cannot make this node remember parties that it never heard of.
                let have: Vec<_> = have.into_iter().filter(|held| self.lanes.contains_key(&held.party)).collect();
                let own = self.own_count();
                let peer = self.peers.entry(from).or_default();
                peer.owed |= owed;
                peer.acknowledge(&have, &self.party, own, now);
                peer.compare(&have, set_back, now);
            }
        }
    }

    /// The key of a party that is or was a member on the held branch.
    pub(crate) fn node_key(&self, party: &IdentityId) -> Option<PublicKey> {
        self.knowledge.place(&self.head)?.next_epoch.node_key(party).copied()
    }

    /// Newcomers that wait to be confirmed: they are sent what members are.
    fn guests(&self) -> Vec<IdentityId> {
        let guests = self.state().map_or(Vec::new(), |state| state.guests());
        guests.into_iter().map(|(party, _)| party).collect()
    }

    /// Steps 1 to 7: an item whose node signature and payload commitments hold waits in the lane of its party.
    fn offer(&mut self, now: Timestamp, item: Item) -> Result<(), &'static str> {
        let party = item.party();
        // What this party signed it knows by its key, even where the log here does not name it as a member yet.
        let own = (party == self.party).then(|| self.signer.public_key());
        let key = own.or_else(|| self.node_key(&party)).ok_or("not_member")?;
        if self.lanes.entry(party).or_default().knows(item.count(), &item.digest()) {
            self.excuse(item);
            return Ok(());
        }
        if item.contract() != self.contract {
            return Err("unknown_contract");
        }
        item.verify(&key).map_err(|_| "bad_signature")?;
        let item = self.purged(&item).unwrap_or(item);
        if let Item::Entry(item) = &item {
            if Statement::id(&item.statement) != item.entry.statement || item.statement.contract != self.contract {
                return Err("malformed");
            }
            let payload = item.statement.payload;
            if payload != NO_PAYLOAD && item.opening(&payload).is_none() && !self.openings.contains_key(&payload) {
                return Err("bad_opening");
            }
        }
        if party == self.party {
            #[cfg(feature = "mutants")]
            if self.knowledge.drops(countersign_chain::Mutant::NoStop) {
                return Ok(());
            }
            // Only a disk that was set back, or a second node with this key, can bring that about.
            self.stop_signing(now);
        }
        let item = Arc::new(item);
        let lane = self.lanes.entry(party).or_default();
        #[cfg(feature = "mutants")]
        if self.knowledge.drops(countersign_chain::Mutant::NoCounter) {
            lane.park_loose(item);
            return Ok(());
        }
        if lane.is_forked() {
            lane.park_loose(item);
            return Ok(());
        }
        match lane.park(Arc::clone(&item)) {
            Parking::Parked | Parking::Known => Ok(()),
            Parking::GapTooWide => Err("gap_too_wide"),
            Parking::Contradicts(other) => {
                self.accuse(FraudProof::double_count(other.signed(), item.signed()));
                self.lanes.entry(party).or_default().park_loose(item);
                Ok(())
            }
        }
    }

    fn take_proof(&mut self, now: Timestamp, proof: FraudProof) {
        if let Some(key) = self.node_key(&proof.party())
            && proof.holds(&key)
        {
            let (own, known) = (proof.party() == self.party, self.knowledge.frauds().len());
            self.accuse(proof);
            if own && self.knowledge.frauds().len() > known {
                self.stop_signing(now);
            }
        }
    }

    pub(crate) fn restore_item(&mut self, item: Item) {
        self.lanes.entry(item.party()).or_default().park_any(Arc::new(item));
    }

    /// Takes every item whose turn came, in the order of its party's counts (`COUNTER`).
    pub(crate) fn drain(&mut self, now: Timestamp, trust: Trust) {
        self.ahead_until = None;
        let mut progress = true;
        while progress {
            progress = false;
            let parties: Vec<_> = self.lanes.keys().copied().collect();
            for party in parties {
                progress |= self.drain_loose(now, party, trust);
                while let Some(item) = self.lanes.get(&party).and_then(|lane| lane.next()) {
                    let turn = self.take(now, &item, trust);
                    self.note_awaited(&item, &turn);
                    let Some(lane) = self.lanes.get_mut(&party) else { break };
                    match turn {
                        Turn::Taken => {
                            lane.take();
                            progress = true;
                            if trust == Trust::Nobody {
                                self.effects.persist.push(Record::Item(item));
                            }
                        }
                        Turn::Waits | Turn::Lacks => break,
                        Turn::Discarded => {
                            lane.discard();
                            break;
                        }
                        Turn::Stuck => {
                            lane.stuck = true;
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Takes what can be taken of a forked lane. True if something was.
    fn drain_loose(&mut self, now: Timestamp, party: IdentityId, trust: Trust) -> bool {
        let mut progress = false;
        for item in self.lanes.get(&party).map_or(Vec::new(), Lane::loose) {
            let turn = self.take(now, &item, trust);
            self.note_awaited(&item, &turn);
            let Some(lane) = self.lanes.get_mut(&party) else { break };
            match turn {
                Turn::Waits | Turn::Lacks => {}
                Turn::Taken => {
                    progress = true;
                    lane.settle_loose(&item, true);
                    if trust == Trust::Nobody {
                        self.effects.persist.push(Record::Twin(item));
                    }
                }
                Turn::Discarded | Turn::Stuck => lane.settle_loose(&item, false),
            }
        }
        progress
    }

    /// Keeps an entry that lacks attachments, so that it need not be sent again after a restart; lets it go once it has
    /// its place or can have none.
    fn note_awaited(&mut self, item: &Arc<Item>, turn: &Turn) {
        match turn {
            Turn::Waits => {}
            Turn::Lacks => self.effects.persist.push(Record::Awaited(Arc::clone(item))),
            Turn::Taken | Turn::Discarded | Turn::Stuck => {
                let digest = item.digest();
                if self.awaited.remove(&digest).is_some() {
                    self.effects.persist.push(Record::Settled(digest));
                }
            }
        }
    }

    fn take(&mut self, now: Timestamp, item: &Item, trust: Trust) -> Turn {
        let admission = match item {
            Item::Entry(item) => return self.take_entry(now, item, trust),
            Item::Receipt(receipt) => self.knowledge.admit_receipt((**receipt).clone()),
            Item::Erasure(receipt) => {
                return match self.take_erasure(receipt) {
                    None => Turn::Waits,
                    Some(true) => Turn::Taken,
                    Some(false) => Turn::Stuck,
                };
            }
        };
        match admission {
            Ok(Admission::New | Admission::Known | Admission::Disagrees) => Turn::Taken,
            Ok(Admission::Parked) => Turn::Waits,
            Err(_) => Turn::Stuck,
        }
    }

    /// Steps 4 to 10.
    fn take_entry(&mut self, now: Timestamp, item: &EntryItem, trust: Trust) -> Turn {
        let statement = &item.statement;
        if self.knowledge.place(&item.entry.previous).is_none() {
            return Turn::Waits;
        }
        if trust == Trust::Nobody && self.knowledge.is_ahead(statement, now) {
            // `AHEAD`: as if it had arrived later.
            let wake = statement.time;
            self.ahead_until = Some(self.ahead_until.map_or(wake, |until| until.min(wake)));
            return Turn::Waits;
        }
        let digest = item.entry.digest();
        let waits = |want: &Want| self.is_lacking(&want.commitment) && !self.is_settled(want, &item.erased);
        if self.awaited.get(&digest).is_some_and(|wants| wants.iter().any(waits)) {
            return Turn::Waits;
        }
        let opening = item.opening(&statement.payload).or_else(|| self.openings.get(&statement.payload));
        let payload = opening.map(|opening| Arc::clone(opening.bytes()));
        if payload.is_none() && statement.payload != NO_PAYLOAD {
            return Turn::Discarded;
        }
        let Some(state) = self.knowledge.state(&item.entry.previous) else { return Turn::Stuck };
        let Ok(key) = state.author_key(statement, payload.as_deref()) else { return Turn::Stuck };
        if trust == Trust::Nobody && statement.verify(&key).is_err() {
            return Turn::Discarded;
        }
        let attachments = state.attachments(statement, payload.as_deref());
        self.confine(&state, statement, payload.as_ref(), &attachments);
        if trust == Trust::Nobody {
            let (given, erased) = (&item.openings, &item.erased);
            match self.lacking(state.as_ref(), statement, payload.as_deref(), &attachments, given, erased) {
                None => return Turn::Discarded,
                Some(lacking) if !lacking.is_empty() => {
                    let party = item.entry.party;
                    let want = |(commitment, bytes)| Want { commitment, bytes, party };
                    let known = self.awaited.insert(digest, lacking.into_iter().map(want).collect());
                    return if known.is_none() { Turn::Lacks } else { Turn::Waits };
                }
                Some(_) => {}
            }
            for opening in &item.openings {
                let commitment = opening.commitment();
                let held = attachments.contains(&commitment) && self.may_hold(Some(&self.party), &commitment);
                if commitment == statement.payload || held {
                    self.hold_opening(commitment, opening.clone(), commitment == statement.payload);
                }
            }
            self.keep_named(&attachments);
        }
        match self.knowledge.admit_entry(item.entry.clone(), Arc::clone(statement), payload) {
            Ok(Admission::Parked) => Turn::Waits,
            Ok(_) => Turn::Taken,
            Err(_) => Turn::Stuck,
        }
    }

    /// The attachments that this party is to hold, and that neither came along nor are held nor erased, with their
    /// lengths. None if one is not what the statement says of it.
    pub(crate) fn lacking(
        &self,
        state: &S,
        statement: &Statement,
        payload: Option<&[u8]>,
        attachments: &[PayloadCommitment],
        given: &[Opening],
        erased: &[Signed<ErasureReceipt>],
    ) -> Option<Vec<(PayloadCommitment, u64)>> {
        let mut lacking = Vec::new();
        for commitment in attachments {
            let bytes = state.attachment_bytes(statement, payload, commitment)?;
            let opening = given.iter().find(|opening| opening.commitment() == *commitment);
            let opening = opening.or_else(|| self.openings.get(commitment));
            let here = opening.map(|opening| opening.bytes().len() as u64);
            let here = here.or_else(|| self.held.get(commitment).copied());
            match here.or_else(|| self.measured.get(commitment).copied()) {
                Some(found) if found != bytes => return None,
                Some(_) if here.is_some() => {}
                _ if !self.may_hold(Some(&self.party), commitment) => {}
                _ if self.is_excused(commitment, erased) => {}
                _ => lacking.push((*commitment, bytes)),
            }
        }
        Some(lacking)
    }

    /// Whether an entry need not wait for an attachment although it is not held: somebody erased it, or it is not what
    /// the statement says of it.
    fn is_settled(&self, want: &Want, erased: &[Signed<ErasureReceipt>]) -> bool {
        self.measured.get(&want.commitment).is_some_and(|bytes| *bytes != want.bytes)
            || (!erased.is_empty() && self.is_excused(&want.commitment, erased))
    }

    /// Notes the length of a payload that entries wait for.
    pub(crate) fn measure(&mut self, commitment: PayloadCommitment, bytes: u64) {
        self.measured.insert(commitment, bytes);
        let awaited: BTreeSet<_> = self.awaited.values().flatten().map(|want| want.commitment).collect();
        self.measured.retain(|commitment, _| awaited.contains(commitment));
    }

    /// An entry that waits for attachments came again, with the word of somebody who erased one meanwhile.
    fn excuse(&mut self, item: Item) {
        let digest = item.digest();
        let (Item::Entry(entry), Some(wants)) = (&item, self.awaited.get(&digest)) else { return };
        let excused = |want: &Want| self.is_excused(&want.commitment, &entry.erased);
        if !entry.erased.is_empty() && wants.iter().any(excused) {
            let item = Arc::new(self.purged(&item).unwrap_or(item));
            self.lanes.entry(item.party()).or_default().replace(item);
        }
    }

    /// What is held outside and named by an item of K stays.
    pub(crate) fn keep_named(&mut self, attachments: &[PayloadCommitment]) {
        let named = attachments.iter().filter(|commitment| self.held.contains_key(commitment));
        self.effects.persist.extend(named.copied().map(Record::Named));
    }

    pub(crate) fn resend(&mut self, to: &IdentityId) {
        let party = self.party;
        if let Some(peer) = self.peers.get_mut(to) {
            peer.revive();
            peer.sent = peer.acked_own(&party);
        }
    }

    /// Sends every member and guest what it lacks, and acknowledgements that are owed.
    pub(crate) fn push(&mut self, now: Timestamp) {
        let Some(place) = self.knowledge.place(&self.head) else { return };
        let mut readers: Vec<_> = place.next_epoch.parties().collect();
        readers.extend(self.guests());
        readers.retain(|reader| *reader != self.party);
        // A guest or member of a branch that is held no more: nothing is due for it.
        let resting = self.peers.iter_mut().filter(|(party, _)| !readers.contains(party));
        resting.for_each(|(_, peer)| peer.rest(&self.party));
        for member in readers {
            let mut peer = self.peers.remove(&member).unwrap_or_default();
            if self.unreachable.contains(&member) {
                peer.hold(&self.party, self.own_count(), now);
            } else {
                self.push_to(now, &member, &mut peer);
            }
            self.peers.insert(member, peer);
        }
    }

    fn push_to(&mut self, now: Timestamp, member: &IdentityId, peer: &mut Peer) {
        if peer.dead {
            return;
        }
        if peer.retry_at.is_some_and(|at| at <= now) && !peer.retry(&self.party, now) {
            return;
        }
        if peer.less_at().is_some_and(|at| at <= now) {
            peer.believe_less(&self.party, now);
        }
        let mut items = self.own_items_for(peer);
        let fresh = !items.is_empty();
        self.relay(now, member, peer, &mut items);
        let frauds = self.knowledge.frauds();
        let proofs: Vec<_> = frauds.iter().skip(peer.proofs_sent).take(PROOFS_MAX).cloned().collect();
        peer.proofs_sent = peer.proofs_sent.saturating_add(proofs.len());
        if items.is_empty() && proofs.is_empty() && !peer.owed {
            if peer.acked_own(&self.party) >= self.own_count() {
                peer.retry_at = None;
            }
            return;
        }
        peer.owed = false;
        let have = self.have();
        if fresh || !proofs.is_empty() || peer.acked_own(&self.party) < self.own_count() {
            peer.schedule(&self.contract, member, now);
        }
        let items = items.iter().map(|item| self.with_payloads(item, Some(member))).collect();
        self.send(*member, Message::Sync { have, items, proofs });
    }

    /// Own items that are not on their way, as far as the window allows.
    fn own_items_for(&self, peer: &mut Peer) -> Vec<Arc<Item>> {
        let Some(lane) = self.lanes.get(&self.party) else { return Vec::new() };
        let acked = peer.acked_own(&self.party);
        let window = Count::new(acked.get().saturating_add(IN_FLIGHT_MAX));
        let mut items = Vec::new();
        let mut bytes = 0_usize;
        for item in lane.after(peer.sent) {
            bytes = bytes.saturating_add(item.size());
            if item.count() > window || items.len() >= ITEMS_MAX || (bytes > SYNC_BYTES_MAX && !items.is_empty()) {
                break;
            }
            peer.sent = item.count();
            items.push(Arc::clone(item));
        }
        items
    }

    /// Items of third parties that the peer still lacks after [`RELAY_DELAY`]: their signer may be away, or dishonest.
    fn relay(&self, now: Timestamp, member: &IdentityId, peer: &mut Peer, items: &mut Vec<Arc<Item>>) {
        let others =
            self.lanes.iter().filter(|(party, _)| **party != self.party && (*party != member || peer.set_back));
        let lacks: Vec<_> = others.flat_map(|(party, lane)| lane.lacking(peer.acked.get(party))).collect();
        if lacks.is_empty() {
            peer.relay_at = None;
            peer.relays = 0;
            return;
        }
        match peer.relay_at {
            None => peer.relay_at = Some(now.after(RELAY_DELAY)),
            Some(at) if at <= now => {
                let room = ITEMS_MAX.saturating_sub(items.len());
                let mut bytes = items.iter().fold(0_usize, |sum, item| sum.saturating_add(item.size()));
                // Of a long forked lane each time another part.
                let from = usize::try_from(peer.relays).unwrap_or(0).saturating_mul(room).checked_rem(lacks.len());
                for item in lacks.iter().cycle().skip(from.unwrap_or(0)).take(room.min(lacks.len())) {
                    bytes = bytes.saturating_add(item.size());
                    if bytes > SYNC_BYTES_MAX && !items.is_empty() {
                        break;
                    }
                    items.push(Arc::clone(item));
                }
                peer.schedule_relay(now);
            }
            Some(_) => {}
        }
    }
}
