//! Receipts of all members in one view: the proof that an entry is countersigned or final.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_member::MEMBERS_MAX;
use countersign_types::{EntryId, Position, Signed, View};
use thiserror::Error;

use crate::{Knowledge, LogState, Receipt};

/// N receipts of one view, each with a seal at or below the entry on the same path (contract log §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The view.
    pub view: View,
    /// Position of the final entry.
    pub position: Position,
    /// The final entry.
    pub entry: EntryId,
    /// One receipt of each member, ascending by party.
    pub receipts: Vec<Signed<Receipt>>,
}

/// Why a certificate does not prove that its entry is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CertificateFault {
    /// A member's receipt is missing, or somebody else's is there.
    #[error("not one receipt of each member")]
    Members,
    /// A receipt is of another contract or view, or seals nothing at or below the entry.
    #[error("a receipt does not belong here")]
    Receipt,
}

impl<S: LogState> Knowledge<S> {
    /// The certificate of the last final entry; none for genesis, which needs none.
    pub fn final_certificate(&self) -> Option<Certificate> {
        let entry = self.final_entry();
        let place = self.place(&entry)?;
        let covers = |receipt: &&Signed<Receipt>| receipt.sealed.is_some_and(|seal| self.descends(&seal.entry, &entry));
        self.votes.keys().rev().find_map(|view| {
            let of = |party| self.given(*view, &party).iter().find(covers).cloned();
            let receipts: Option<Vec<_>> = place.epoch.parties().map(of).collect();
            Some(Certificate { view: *view, position: place.position, entry, receipts: receipts? })
        })
    }
}

impl Encode for Certificate {
    fn encode(&self, out: &mut Writer) {
        self.view.encode(out);
        self.position.encode(out);
        self.entry.encode(out);
        out.list(self.receipts.iter());
    }
}

impl Decode for Certificate {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            view: View::decode(from)?,
            position: Position::decode(from)?,
            entry: EntryId::decode(from)?,
            receipts: from.list("receipts", MEMBERS_MAX)?,
        })
    }
}
