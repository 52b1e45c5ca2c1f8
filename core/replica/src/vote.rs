//! Signing receipts and seals.

use countersign_chain::{Decision, Draft, LogState, Receipt};
use countersign_types::{Interval, Signed, Term, Timestamp, View};

use crate::queue::Lane;
use crate::{Item, Replica};

/// At most one receipt per contract and this span (contract log §13.11).
const RECEIPT_PACE: Interval = Interval::from_millis(5);

impl<S: LogState> Replica<S> {
    /// Signs a receipt if one is called for. True if K grew by it.
    pub(crate) fn vote(&mut self, now: Timestamp) -> bool {
        self.vote_at = None;
        if !self.backup.may_sign() {
            return false;
        }
        let alarm = !self.knowledge.alarms().is_empty();
        let highest = self.knowledge.highest_view();
        match self.voter.decide(&self.knowledge, now, self.retry, alarm) {
            Decision::Nothing => false,
            Decision::Wait(until) => {
                self.vote_at = Some(until);
                false
            }
            Decision::Sign(_) if now < self.receipt_after => {
                self.vote_at = Some(self.receipt_after);
                false
            }
            Decision::Sign(draft) => self.sign_receipt(now, draft, highest),
        }
    }

    fn sign_receipt(&mut self, now: Timestamp, draft: Draft, highest: View) -> bool {
        let Some(state_hash) = self.knowledge.state_hash(&draft.entry) else { return false };
        let Some(place) = self.knowledge.place(&draft.entry) else { return false };
        let receipt = Receipt {
            contract: self.contract,
            party: self.party,
            epoch: place.next_epoch.number(),
            term: Term::ZERO,
            view: draft.view,
            count: self.own_count().next(),
            position: draft.position,
            entry: draft.entry,
            log_root: place.frontier.root(),
            state_hash,
            sealed: draft.sealed,
            opens: draft.opens,
        };
        let receipt = Signed::sign(receipt, self.signer.as_ref());
        // Its own receipt is the first that a node must be able to count.
        if self.knowledge.admit_receipt(receipt.clone()).is_err() {
            return false;
        }
        self.voter.signed(&receipt, draft.view > highest);
        self.keep_own(Item::Receipt(Box::new(receipt)));
        self.receipt_after = now.after(RECEIPT_PACE);
        true
    }

    /// After a restart: view, receipted and sealed are those of the last receipt on disk (`P0`).
    pub(crate) fn restore_votes(&mut self) {
        let receipts =
            self.lanes.get(&self.party).into_iter().flat_map(Lane::all).filter_map(|item| match item.as_ref() {
                Item::Receipt(receipt) => Some(receipt),
                Item::Entry(_) | Item::Erasure(_) => None,
            });
        // Of a forked lane counts alone do not say which is the last.
        if let Some(receipt) = receipts.max_by_key(|receipt| (receipt.view, receipt.count)) {
            self.voter.signed(receipt, false);
        }
    }
}
