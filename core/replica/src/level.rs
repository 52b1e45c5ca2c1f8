//! The ladder of certainty that people see (contract log §3.4).

use countersign_chain::LogState;
use countersign_types::{EntryId, IdentityId, StatementId};

use crate::Replica;

/// How certain the place of a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// On this node's disk.
    Local,
    /// Some other party has a receipt for it.
    Delivered,
    /// All parties have, in one view: the place may still change, the statement stays.
    Countersigned,
    /// Nothing changes any more.
    Final,
}

impl Level {
    /// The word for people and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Delivered => "delivered",
            Self::Countersigned => "countersigned",
            Self::Final => "final",
        }
    }
}

/// The level of an entry, and who gave a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The level.
    pub level: Level,
    /// Parties with a receipt for it or something after it, ascending; this party included.
    pub received_by: Vec<IdentityId>,
    /// Members of whom no receipt is known, ascending.
    pub waiting_for: Vec<IdentityId>,
}

impl<S: LogState> Replica<S> {
    /// The standing of an entry of the held branch.
    pub fn standing(&self, entry: &EntryId) -> Standing {
        let knowledge = self.knowledge();
        let received = knowledge.delivered_to(entry);
        let members: Vec<_> = knowledge.place(entry).map_or(Vec::new(), |place| place.epoch.parties().collect());
        let waiting_for: Vec<_> = members.into_iter().filter(|party| !received.contains(party)).collect();
        let level = if knowledge.is_final(entry) {
            Level::Final
        } else if knowledge.is_countersigned(entry) {
            Level::Countersigned
        } else if received.iter().any(|party| *party != self.party()) {
            Level::Delivered
        } else {
            Level::Local
        };
        Standing { level, received_by: received.into_iter().collect(), waiting_for }
    }

    /// The entry of a statement on the held branch.
    pub fn entry_of(&self, statement: &StatementId) -> Option<EntryId> {
        self.knowledge().place_on(&self.head(), statement)
    }
}
