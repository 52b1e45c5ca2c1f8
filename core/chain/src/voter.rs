//! What a node signs beside entries: receipts, in views, with seals (contract log §3.3).

use countersign_types::{EntryId, IdentityId, Interval, Position, ReceiptId, Timestamp, View};

use crate::{Knowledge, LogState, Receipt, Seal};

/// A receipt to be signed; count, roots and state hash follow from its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The view.
    pub view: View,
    /// Position of the entry.
    pub position: Position,
    /// The entry.
    pub entry: EntryId,
    /// What to seal.
    pub sealed: Option<Seal>,
    /// A receipt of the view before.
    pub opens: Option<ReceiptId>,
}

/// What to do about receipts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Sign this.
    Sign(Draft),
    /// Nothing before then, unless K grows (`CALM`).
    Wait(Timestamp),
    /// Nothing.
    Nothing,
}

/// The memory behind a node's receipts. After a crash it is rebuilt from the receipts on disk, which were there
/// before anybody saw them (`P0`).
#[derive(Clone, Debug)]
pub struct Voter {
    party: IdentityId,
    view: View,
    /// The last receipt of the view: entry and seal.
    receipted: Option<(EntryId, Option<Seal>)>,
    /// Views opened since the last final entry.
    opened: u32,
    conflict_since: Option<Timestamp>,
}

impl Voter {
    /// The voter of a party that signed nothing yet.
    pub const fn new(party: IdentityId) -> Self {
        Self { party, view: View::ZERO, receipted: None, opened: 0, conflict_since: None }
    }

    /// The view of the last receipt.
    pub const fn view(&self) -> View {
        self.view
    }

    /// The entry of the last receipt.
    pub fn receipted(&self) -> Option<EntryId> {
        self.receipted.map(|(entry, _)| entry)
    }

    /// Decides by K alone, and by the clock only for pace. With `alarm` set nothing is sealed.
    pub fn decide<S: LogState>(
        &mut self,
        knowledge: &Knowledge<S>,
        now: Timestamp,
        retry: Interval,
        alarm: bool,
    ) -> Decision {
        let head = knowledge.choose();
        let highest = knowledge.highest_view();
        // `BUMP`: within a view only descendants of what was receipted in it.
        let conflict = self.receipted.is_some_and(|(entry, _)| !knowledge.descends(&head, &entry));
        #[cfg(feature = "mutants")]
        let conflict = conflict && !knowledge.drops(crate::Mutant::NoBump);
        let view = if conflict {
            if let Some(due) = self.calm_until(knowledge, &head, now, retry) {
                return Decision::Wait(due);
            }
            highest.next()
        } else {
            self.conflict_since = None;
            self.view.max(highest)
        };
        self.draft(knowledge, head, view, alarm)
    }

    /// `CALM`: a view is opened only when everybody reached this node's view, or after retry interval × 2^j.
    fn calm_until<S: LogState>(
        &mut self,
        knowledge: &Knowledge<S>,
        head: &EntryId,
        now: Timestamp,
        retry: Interval,
    ) -> Option<Timestamp> {
        #[cfg(feature = "mutants")]
        if knowledge.drops(crate::Mutant::NoCalm) {
            return None;
        }
        let epoch = &knowledge.place(head)?.next_epoch;
        if knowledge.all_reached(self.view, epoch) {
            return None;
        }
        let since = *self.conflict_since.get_or_insert(now);
        let due = since.after(retry.times(1_u64.checked_shl(self.opened.min(20)).unwrap_or(1)));
        (now < due).then_some(due)
    }

    fn draft<S: LogState>(&self, knowledge: &Knowledge<S>, head: EntryId, view: View, alarm: bool) -> Decision {
        let Some(place) = knowledge.place(&head) else { return Decision::Nothing };
        if !place.next_epoch.contains(&self.party) {
            return Decision::Nothing;
        }
        let opens = match view.previous().map(|before| knowledge.opener(before)) {
            None => None,
            Some(Some(opens)) => Some(opens),
            Some(None) => return Decision::Nothing,
        };
        let (entry_before, seal_before) = match self.receipted {
            Some((entry, seal)) if view == self.view => (Some(entry), seal),
            _ => (None, None),
        };
        let sealed = if alarm { seal_before } else { self.seal(knowledge, head, view).or(seal_before) };
        if entry_before == Some(head) && sealed == seal_before {
            return Decision::Nothing;
        }
        Decision::Sign(Draft { view, position: place.position, entry: head, sealed, opens })
    }

    /// `SEAL`: the deepest entry that is countersigned in the current view, the receipt being signed counted.
    fn seal<S: LogState>(&self, knowledge: &Knowledge<S>, head: EntryId, view: View) -> Option<Seal> {
        let base = knowledge.final_entry();
        let entry = knowledge.deepest_countersigned(view, &base, Some((self.party, head)))?;
        let position = knowledge.place(&entry)?.position;
        (entry != base).then_some(Seal { position, entry })
    }

    /// Remembers a receipt that is on disk.
    pub fn signed(&mut self, receipt: &Receipt, opened: bool) {
        self.view = receipt.view;
        self.receipted = Some((receipt.entry, receipt.sealed));
        self.conflict_since = None;
        if opened {
            self.opened = self.opened.saturating_add(1);
        }
    }

    /// A new entry became final.
    pub const fn settled(&mut self) {
        self.opened = 0;
    }
}
