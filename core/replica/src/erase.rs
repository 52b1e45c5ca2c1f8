//! Erasure (contract log §8): what a final `erase` asks for is deleted here, then signed for.

use std::collections::{BTreeMap, BTreeSet};

use countersign_chain::{LogState, StatementKind};
use countersign_payload::{ErasureReceipt, Opening};
use countersign_types::{EntryId, IdentityId, PayloadCommitment, Signed, StatementId, Timestamp};

use crate::item::ERASED_MAX;
use crate::{EntryItem, Erasure, Item, Notice, Replica};

/// What is known of erasures.
#[derive(Debug, Default)]
pub(crate) struct Erasures {
    /// Who signed that, by the `erase` that asked for it.
    receipts: BTreeMap<StatementId, BTreeMap<IdentityId, Signed<ErasureReceipt>>>,
    /// Attachments that are deleted here, or about to be.
    forgotten: BTreeSet<PayloadCommitment>,
    /// Final here, and not signed for: whether the disk holds it no more.
    due: BTreeMap<StatementId, (Vec<PayloadCommitment>, bool)>,
    /// Final entries that were looked at.
    seen: usize,
}

impl<S: LogState> Replica<S> {
    /// Finds the `erase` statements among entries that became final. From here on memory has nothing of what they name;
    /// the disk is next.
    pub(crate) fn find_erasures(&mut self) {
        let new: Vec<_> = self.knowledge.settled().iter().skip(self.erasures.seen).copied().collect();
        self.erasures.seen = self.knowledge.settled().len();
        let asked: Vec<_> = new.iter().filter_map(|entry| self.asked_at(entry)).collect();
        for (statement, commitments) in asked {
            // Somebody may have said it again since, as a statement of its own.
            let goes = |commitment: &&PayloadCommitment| !self.knowledge.is_own_payload(commitment);
            let gone: Vec<_> = commitments.iter().filter(goes).copied().collect();
            self.erasures.forgotten.extend(&gone);
            gone.iter().for_each(|commitment| drop(self.openings.remove(commitment)));
            self.held.retain(|commitment, _| !gone.contains(commitment));
            if !self.has_signed(&statement) {
                self.erasures.due.insert(statement, (commitments, false));
                self.effects.erase.push(Erasure { statement, commitments: gone });
            }
        }
        if !self.effects.erase.is_empty() {
            self.lanes.values_mut().for_each(|lane| lane.forget(&self.erasures.forgotten));
        }
    }

    fn asked_at(&self, entry: &EntryId) -> Option<(StatementId, Vec<PayloadCommitment>)> {
        let place = self.knowledge.place(entry)?;
        let (entry, statement) = place.content.as_ref()?;
        if statement.kind != StatementKind::Erase || !place.outcome.is_applied() {
            return None;
        }
        Some((entry.statement, self.state()?.erases(statement, place.payload.as_deref())))
    }

    fn has_signed(&self, statement: &StatementId) -> bool {
        self.erasures.receipts.get(statement).is_some_and(|signed| signed.contains_key(&self.party))
    }

    /// The disk holds nothing any more of what an `erase` named.
    pub(crate) fn erased(&mut self, statement: &StatementId) {
        if let Some((_, gone)) = self.erasures.due.get_mut(statement) {
            *gone = true;
        }
    }

    /// Signs for what is gone, as a member.
    pub(crate) fn sign_erasures(&mut self, now: Timestamp) {
        if !self.backup.may_sign() {
            return;
        }
        if !self.knowledge.place(&self.head).is_some_and(|place| place.next_epoch.contains(&self.party)) {
            return;
        }
        let gone: Vec<_> = self.erasures.due.iter().filter(|(_, (_, gone))| *gone).map(|(id, _)| *id).collect();
        for statement in gone {
            let Some((commitments, _)) = self.erasures.due.remove(&statement) else { continue };
            let receipt = ErasureReceipt {
                contract: self.contract,
                statement,
                party: self.party,
                count: self.own_count().next(),
                commitments,
                time: now,
            };
            let receipt = Signed::sign(receipt, self.signer.as_ref());
            self.note_erasure(receipt.clone());
            self.keep_own(Item::Erasure(Box::new(receipt)));
        }
    }

    /// Whether an erasure receipt of a lane can be taken: none if what it speaks of is not known yet.
    pub(crate) fn take_erasure(&mut self, receipt: &Signed<ErasureReceipt>) -> Option<bool> {
        let entry = self.knowledge.placements(&receipt.statement).first()?;
        let place = self.knowledge.place(entry)?;
        let (_, statement) = place.content.as_ref()?;
        let asked = self.state()?.erases(statement, place.payload.as_deref());
        let holds = !asked.is_empty() && asked == receipt.commitments;
        if holds {
            self.note_erasure(receipt.clone());
        }
        Some(holds)
    }

    fn note_erasure(&mut self, receipt: Signed<ErasureReceipt>) {
        let (statement, party) = (receipt.statement, receipt.party);
        self.erasures.receipts.entry(statement).or_default().insert(party, receipt);
        self.effects.notices.push(Notice::Erased { statement, party });
    }

    /// Whether an attachment need not be here: it is erased, by the word of this node or of another member.
    pub(crate) fn is_excused(&self, commitment: &PayloadCommitment, given: &[Signed<ErasureReceipt>]) -> bool {
        let vouches = |receipt: &Signed<ErasureReceipt>| {
            receipt.contract == self.contract
                && receipt.commitments.contains(commitment)
                && self.node_key(&receipt.party).is_some_and(|key| receipt.verify(&key).is_ok())
        };
        self.is_forgotten(commitment) || given.iter().any(vouches)
    }

    /// An item without the attachments that are erased here; none if it has none of them.
    pub(crate) fn purged(&self, item: &Item) -> Option<Item> {
        if self.erasures.forgotten.is_empty() { None } else { item.without(&self.erasures.forgotten) }
    }

    /// An item as it travels to a member, or to a newcomer if there is none: with the payloads that are held and that
    /// party may hold, and for erased ones the word of who erased them.
    pub fn with_payloads(&self, item: &Item, to: Option<&IdentityId>) -> Item {
        let Item::Entry(entry) = item else { return item.clone() };
        let mut entry = entry.clone();
        if entry.openings.is_empty() || !self.erasures.forgotten.is_empty() {
            self.add_payloads(&mut entry);
        }
        self.withhold(&mut entry, to);
        Item::Entry(entry)
    }

    fn add_payloads(&self, entry: &mut EntryItem) {
        // Any state can tell what a statement names; that at its place may be dropped since long.
        let Some(state) = self.state() else { return };
        let own = entry.statement.payload;
        let bytes = self.openings.get(&own).map(|opening| std::sync::Arc::clone(opening.bytes()));
        let attachments = state.attachments(&entry.statement, bytes.as_deref());
        let named = attachments.iter().chain([&own]);
        entry.openings = named.filter_map(|commitment| self.openings.get(commitment).cloned()).collect();
        let missing = attachments.iter().filter(|commitment| !self.holds(commitment));
        entry.erased = missing.filter_map(|commitment| self.best_receipt(commitment)).take(ERASED_MAX).collect();
    }

    /// A receipt for an erased payload that newcomers can check as early as possible: best that of a founder.
    fn best_receipt(&self, commitment: &PayloadCommitment) -> Option<Signed<ErasureReceipt>> {
        let receipts = self.erasure_receipts(commitment);
        let genesis = self.knowledge.settled().first().and_then(|genesis| self.knowledge.place(genesis));
        let by_founder =
            |receipt: &&Signed<ErasureReceipt>| genesis.is_some_and(|genesis| genesis.epoch.contains(&receipt.party));
        receipts.iter().find(by_founder).or(receipts.first()).cloned()
    }

    /// The words of those who erased a payload, by `erase` and party.
    pub fn erasure_receipts(&self, commitment: &PayloadCommitment) -> Vec<Signed<ErasureReceipt>> {
        let all = self.erasures.receipts.values().flat_map(BTreeMap::values);
        all.filter(|receipt| receipt.commitments.contains(commitment)).cloned().collect()
    }

    /// Who signed that they did what an `erase` asks for, and when.
    pub fn erased_by(&self, statement: &StatementId) -> Vec<(IdentityId, Timestamp)> {
        let signed = self.erasures.receipts.get(statement).into_iter().flatten();
        signed.map(|(party, receipt)| (*party, receipt.time)).collect()
    }

    /// Whether a payload was an attachment that is erased here.
    pub fn is_forgotten(&self, commitment: &PayloadCommitment) -> bool {
        self.erasures.forgotten.contains(commitment)
    }

    /// Whether something final is still to be deleted from the disk of this node.
    pub fn is_erasing(&self) -> bool {
        self.erasures.seen < self.knowledge.settled().len() || self.erasures.due.values().any(|(_, gone)| !gone)
    }

    /// Makes a payload durable, unless it is there or was erased. What a statement itself says is always kept.
    pub(crate) fn hold_opening(&mut self, commitment: PayloadCommitment, opening: Opening, own: bool) {
        if self.openings.contains_key(&commitment) || (!own && self.is_forgotten(&commitment)) {
            return;
        }
        self.effects.persist.push(crate::Record::Opening(commitment, opening.clone()));
        self.openings.insert(commitment, opening);
    }
}
