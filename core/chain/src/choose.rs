//! The branch that a node holds: a pure function of K, so arrival order cannot matter (contract log §3.1).

use countersign_crypto::Digest;
use countersign_types::{EntryId, IdentityId, Outcome, View};

use crate::{ForkClass, Knowledge, LogState, Receipt};

/// What children of one place are compared by, line by line; the smallest wins. It is computed in the state of the
/// parent, so no branch judges itself by its own rule change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForkKey {
    /// Line 1: the appender signed something after the parent that is not after this child.
    pub abandoned: bool,
    /// Line 2: the statement is rejected at this place.
    pub refused: bool,
    /// Line 3: class of the statement, priorities of action and actor.
    pub class: ForkClass,
    /// Line 5 (line 4, anchors, needs a ledger): nobody can choose it.
    pub order: Digest,
    /// Line 6: only two children by one party reach it.
    pub entry: EntryId,
}

impl<S: LogState> Knowledge<S> {
    /// The head of the branch to hold.
    pub fn choose(&self) -> EntryId {
        #[cfg(feature = "mutants")]
        if self.drops(crate::Mutant::NoWalk) {
            return self.choose_among_branches();
        }
        // Without a fork above the last final entry, every rule leads to the only leaf.
        self.tip().unwrap_or_else(|| self.choose_among_branches())
    }

    /// [`Knowledge::choose`] step by step: the specification, and the oracle of its tests.
    pub fn choose_among_branches(&self) -> EntryId {
        // Step 1. Without a ledger no hearing closes; the last final entry stands on every branch that steps 2 and 3
        // could reach (claim 2 of §3.5), so they begin there.
        let mut branch = self.final_entry();
        #[cfg(feature = "mutants")]
        if self.drops(crate::Mutant::NoWalk) {
            branch = self.settled().first().copied().unwrap_or(branch);
        }
        // Step 2, `WALK`: highest view first, and not only the first certificate.
        for view in self.votes.keys().rev() {
            if let Some(entry) = self.deepest_countersigned(*view, &branch, None) {
                branch = entry;
                #[cfg(feature = "mutants")]
                if self.drops(crate::Mutant::NoWalk) {
                    break;
                }
            }
        }
        // Step 3.
        while let Some(child) = self.best_child(&branch) {
            branch = child;
        }
        branch
    }

    fn best_child(&self, parent: &EntryId) -> Option<EntryId> {
        let place = self.places.get(parent)?;
        match place.children.as_slice() {
            [] => None,
            [child] => Some(*child),
            children => {
                let keys = children.iter().filter_map(|child| self.fork_key(parent, child));
                keys.min().map(|key| key.entry)
            }
        }
    }

    /// The fork key of a child.
    pub fn fork_key(&self, parent: &EntryId, child: &EntryId) -> Option<ForkKey> {
        let place = self.places.get(child)?;
        let (entry, statement) = place.content.as_ref()?;
        let state = self.state(parent)?;
        Some(ForkKey {
            abandoned: self.is_abandoned(parent, child, &entry.party),
            refused: matches!(place.outcome, Outcome::Rejected { .. }),
            class: state.fork_class(statement, place.payload.as_deref()),
            order: place.epoch.order(place.position.get(), &entry.party),
            entry: *child,
        })
    }

    /// Whether K holds a signature by `party` on something that descends from `parent` but not from `child`: a party
    /// may not branch before its own last entry or receipt.
    fn is_abandoned(&self, parent: &EntryId, child: &EntryId, party: &IdentityId) -> bool {
        #[cfg(feature = "mutants")]
        if self.drops(crate::Mutant::NoAbandoned) {
            return false;
        }
        let siblings = self.places.get(parent).map_or(&[] as &[_], |place| &place.children);
        let mut open: Vec<&EntryId> = siblings.iter().filter(|sibling| *sibling != child).collect();
        while let Some(entry) = open.pop() {
            if let Some(place) = self.places.get(entry) {
                if place.signers.contains(party) {
                    return true;
                }
                open.extend(&place.children);
            }
        }
        false
    }

    /// The deepest entry at or after `base` that all members receipted in `view`; with `extra`, as if that party had
    /// given a receipt for that entry too. None if a member of the epoch at `base` gave none.
    pub fn deepest_countersigned(
        &self,
        view: View,
        base: &EntryId,
        extra: Option<(IdentityId, EntryId)>,
    ) -> Option<EntryId> {
        self.deepest(base, |party| {
            let own = extra.filter(|(signer, _)| signer == party).map(|(_, entry)| entry);
            let given = self.given(view, party).iter().map(|receipt| receipt.entry);
            given.chain(own).collect()
        })
    }

    /// The deepest entry at or after `base` that all members sealed in `view` (F1).
    pub(crate) fn deepest_final(&self, view: View, base: &EntryId) -> Option<EntryId> {
        #[cfg(feature = "mutants")]
        if self.drops(crate::Mutant::NoSeal) {
            return self.deepest_countersigned(view, base, None);
        }
        self.deepest(base, |party| {
            self.given(view, party).iter().filter_map(|receipt| Some(receipt.sealed?.entry)).collect()
        })
    }

    pub(crate) fn given(&self, view: View, party: &IdentityId) -> &[countersign_types::Signed<Receipt>] {
        self.votes.get(&view).and_then(|votes| votes.get(party)).map_or(&[], Vec::as_slice)
    }

    /// The deepest entry at or after `base` for which every member of its epoch signed it or something after it.
    fn deepest(&self, base: &EntryId, signed: impl Fn(&IdentityId) -> Vec<EntryId>) -> Option<EntryId> {
        let members = &self.places.get(base)?.epoch;
        if members.parties().any(|party| signed(&party).is_empty()) {
            return None;
        }
        let first = members.parties().next()?;
        let mut best: Option<(u64, EntryId)> = None;
        for target in signed(&first) {
            if let Some(entry) = self.meet_all(base, target, &signed)
                && let Some(place) = self.places.get(&entry)
            {
                let candidate = (place.position.get(), entry);
                best = Some(best.map_or(candidate, |best| best.max(candidate)));
            }
        }
        best.map(|(_, entry)| entry)
    }

    /// The deepest ancestor of `target`, at or after `base`, that every member of its epoch covers.
    fn meet_all(
        &self,
        base: &EntryId,
        target: EntryId,
        signed: &impl Fn(&IdentityId) -> Vec<EntryId>,
    ) -> Option<EntryId> {
        if !self.descends(&target, base) {
            return None;
        }
        let mut entry = target;
        'shorter: loop {
            for party in self.places.get(&entry)?.epoch.parties() {
                let meets = signed(&party).into_iter().filter_map(|other| self.meet(&entry, &other));
                let deepest = meets.max_by_key(|meet| self.places.get(meet).map(|place| place.position));
                match deepest.filter(|meet| self.descends(meet, base)) {
                    Some(meet) if meet == entry => {}
                    Some(meet) => {
                        entry = meet;
                        continue 'shorter;
                    }
                    // A newcomer that signed nothing yet does not count before it joined.
                    None if entry != *base => {
                        entry = self.places.get(&entry)?.parent?;
                        continue 'shorter;
                    }
                    None => return None,
                }
            }
            return Some(entry);
        }
    }

    /// The deepest entry that is an ancestor of both.
    fn meet(&self, one: &EntryId, other: &EntryId) -> Option<EntryId> {
        let (mut one, mut other) = (*one, *other);
        let position = self.places.get(&one)?.position.min(self.places.get(&other)?.position);
        one = self.ancestor(&one, position)?;
        other = self.ancestor(&other, position)?;
        while one != other {
            one = self.places.get(&one)?.parent?;
            other = self.places.get(&other)?.parent?;
        }
        Some(one)
    }
}
