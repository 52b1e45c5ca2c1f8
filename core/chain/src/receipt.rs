//! "I hold all of it, validated it, and computed this state."

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Namespace};
use countersign_types::{
    ContractId, Count, EntryId, EpochNumber, IdentityId, Position, ReceiptId, Signable, Signed, Term, View,
};

/// The deepest entry that the signer holds everyone's receipts for (`SEAL`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Its position.
    pub position: Position,
    /// The entry.
    pub entry: EntryId,
}

/// A cumulative receipt: it covers the whole prefix up to its entry. With [`Receipt::sealed`] it is a seal too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The contract.
    pub contract: ContractId,
    /// The party that signs.
    pub party: IdentityId,
    /// The epoch in the state after the entry.
    pub epoch: EpochNumber,
    /// Hearings closed before; 0 without a ledger.
    pub term: Term,
    /// Within one view a node receipts one path (`BUMP`).
    pub view: View,
    /// Of the party's gapless counter (`COUNTER`).
    pub count: Count,
    /// Position of the entry.
    pub position: Position,
    /// The entry.
    pub entry: EntryId,
    /// Root of the log tree up to the entry.
    pub log_root: Digest,
    /// Hash of the state after the entry.
    pub state_hash: Digest,
    /// What the signer seals, if anything.
    pub sealed: Option<Seal>,
    /// For a view after 0: a receipt of the view before, so that views are dense.
    pub opens: Option<ReceiptId>,
}

impl Receipt {
    /// The id of a signed receipt.
    pub fn id(signed: &Signed<Self>) -> ReceiptId {
        ReceiptId::new(signed.digest())
    }
}

impl Signable for Receipt {
    const NAMESPACE: Namespace = Namespace::Receipt;
}

impl Encode for Seal {
    fn encode(&self, out: &mut Writer) {
        self.position.encode(out);
        self.entry.encode(out);
    }
}

impl Decode for Seal {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { position: Position::decode(from)?, entry: EntryId::decode(from)? })
    }
}

impl Encode for Receipt {
    fn encode(&self, out: &mut Writer) {
        self.contract.encode(out);
        self.party.encode(out);
        self.epoch.encode(out);
        self.term.encode(out);
        self.view.encode(out);
        self.count.encode(out);
        self.position.encode(out);
        self.entry.encode(out);
        self.log_root.encode(out);
        self.state_hash.encode(out);
        self.sealed.encode(out);
        self.opens.encode(out);
    }
}

impl Decode for Receipt {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: ContractId::decode(from)?,
            party: IdentityId::decode(from)?,
            epoch: EpochNumber::decode(from)?,
            term: Term::decode(from)?,
            view: View::decode(from)?,
            count: Count::decode(from)?,
            position: Position::decode(from)?,
            entry: EntryId::decode(from)?,
            log_root: Digest::decode(from)?,
            state_hash: Digest::decode(from)?,
            sealed: Option::decode(from)?,
            opens: Option::decode(from)?,
        })
    }
}
