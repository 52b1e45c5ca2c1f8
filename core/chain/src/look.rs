//! What people ask of K, and no rule does.

use std::collections::BTreeMap;

use countersign_types::{EntryId, IdentityId, Signed};

use crate::{Knowledge, LogState, Receipt};

impl<S: LogState> Knowledge<S> {
    /// The receipts that count: of each view and party the deepest.
    pub fn receipts(&self) -> impl Iterator<Item = &Signed<Receipt>> {
        self.votes.values().flat_map(BTreeMap::values).flatten()
    }

    /// Of each party the receipt that lies deepest on the branch that ends at `head`.
    pub fn receipts_on(&self, head: &EntryId) -> BTreeMap<IdentityId, &Signed<Receipt>> {
        let mut deepest: BTreeMap<IdentityId, &Signed<Receipt>> = BTreeMap::new();
        for receipt in self.receipts() {
            let deeper = deepest.get(&receipt.party).is_none_or(|known| known.position <= receipt.position);
            if deeper && self.descends(head, &receipt.entry) {
                deepest.insert(receipt.party, receipt);
            }
        }
        deepest
    }

    /// The deepest entry that all members receipted in one view, at or after the last final one.
    pub fn countersigned_entry(&self) -> EntryId {
        let base = self.final_entry();
        let found = self.votes.keys().filter_map(|view| self.deepest_countersigned(*view, &base, None));
        found.max_by_key(|entry| self.place(entry).map(|place| place.position)).unwrap_or(base)
    }

    /// Entries after which K knows more than one, ascending by position: where the log forked.
    pub fn forks(&self) -> Vec<EntryId> {
        let mut forks: Vec<_> = self.places.iter().filter(|(_, place)| place.children.len() > 1).collect();
        forks.sort_by_key(|(id, place)| (place.position, **id));
        forks.into_iter().map(|(id, _)| *id).collect()
    }
}
