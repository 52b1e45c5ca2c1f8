//! What travels between nodes: entries with what they rest on, and receipts.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_chain::{Entry, Receipt, SignedItem, Statement};
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{BadSignature, Digest, PublicKey};
use countersign_payload::{ErasureReceipt, Opening};
use countersign_types::{ContractId, Count, IdentityId, PayloadCommitment, Signed};

/// Most payloads of one statement: its own and its attachments.
pub const OPENINGS_MAX: usize = 33;

/// Most erasure receipts that travel with an entry: one for each attachment.
pub const ERASED_MAX: usize = 32;

/// An entry with its statement, and the shared payloads that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryItem {
    /// The place.
    pub entry: Signed<Entry>,
    /// What stands there.
    pub statement: Arc<Signed<Statement>>,
    /// Its payloads, in any order: at most [`OPENINGS_MAX`].
    pub openings: Vec<Opening>,
    /// For attachments that the sender holds no more, who signed that they were erased: at most [`ERASED_MAX`].
    pub erased: Vec<Signed<ErasureReceipt>>,
}

/// An item with a count of its signer (`COUNTER`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An entry.
    Entry(Box<EntryItem>),
    /// A receipt, perhaps with a seal.
    Receipt(Box<Signed<Receipt>>),
    /// The word of a member that it erased.
    Erasure(Box<Signed<ErasureReceipt>>),
}

impl EntryItem {
    /// The opening of a commitment, if it is here.
    pub fn opening(&self, commitment: &PayloadCommitment) -> Option<&Opening> {
        self.openings.iter().find(|opening| opening.commitment() == *commitment)
    }
}

impl Item {
    /// Who signed.
    pub fn party(&self) -> IdentityId {
        match self {
            Self::Entry(item) => item.entry.party,
            Self::Receipt(receipt) => receipt.party,
            Self::Erasure(receipt) => receipt.party,
        }
    }

    /// The number that it took.
    pub fn count(&self) -> Count {
        match self {
            Self::Entry(item) => item.entry.count,
            Self::Receipt(receipt) => receipt.count,
            Self::Erasure(receipt) => receipt.count,
        }
    }

    /// The id of what the node signed.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Entry(item) => item.entry.digest(),
            Self::Receipt(receipt) => receipt.digest(),
            Self::Erasure(receipt) => receipt.digest(),
        }
    }

    /// The contract.
    pub fn contract(&self) -> ContractId {
        match self {
            Self::Entry(item) => item.entry.contract,
            Self::Receipt(receipt) => receipt.contract,
            Self::Erasure(receipt) => receipt.contract,
        }
    }

    /// Whether the key of its node signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        match self {
            Self::Entry(item) => item.entry.verify(key),
            Self::Receipt(receipt) => receipt.verify(key),
            Self::Erasure(receipt) => receipt.verify(key),
        }
    }

    /// Without the payloads that some of its commitments open, if it has any.
    pub(crate) fn without(&self, forgotten: &BTreeSet<PayloadCommitment>) -> Option<Self> {
        let Self::Entry(item) = self else { return None };
        let own = item.statement.payload;
        let goes = |opening: &Opening| {
            let commitment = opening.commitment();
            commitment != own && forgotten.contains(&commitment)
        };
        if !item.openings.iter().any(goes) {
            return None;
        }
        let mut item = item.clone();
        item.openings.retain(|opening| !goes(opening));
        Some(Self::Entry(item))
    }

    /// As it is stored: payloads have a place, and an end, of their own.
    #[must_use]
    pub fn bare(&self) -> Self {
        let mut item = self.clone();
        if let Self::Entry(entry) = &mut item {
            entry.openings.clear();
            entry.erased.clear();
        }
        item
    }

    /// The part that counts as evidence.
    pub fn signed(&self) -> SignedItem {
        match self {
            Self::Entry(item) => SignedItem::Entry(item.entry.clone()),
            Self::Receipt(receipt) => SignedItem::Receipt((**receipt).clone()),
            Self::Erasure(receipt) => SignedItem::Erasure((**receipt).clone()),
        }
    }

    /// Bytes on the wire: not more, and little less.
    pub fn size(&self) -> usize {
        match self {
            Self::Entry(item) => {
                let required = item.statement.requires.len().saturating_mul(32);
                let openings = item.openings.iter().map(|opening| opening.bytes().len().saturating_add(48));
                let erased = item.erased.iter().map(|receipt| erasure_size(receipt));
                openings.chain(erased).fold(required.saturating_add(800), usize::saturating_add)
            }
            Self::Receipt(_) => 400,
            Self::Erasure(receipt) => erasure_size(receipt),
        }
    }
}

fn erasure_size(receipt: &ErasureReceipt) -> usize {
    receipt.commitments.len().saturating_mul(32).saturating_add(250)
}

impl Encode for Item {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Entry(item) => {
                out.uint(0);
                item.entry.encode(out);
                item.statement.as_ref().encode(out);
                out.list(item.openings.iter());
                out.list(item.erased.iter());
            }
            Self::Receipt(receipt) => {
                out.uint(1);
                receipt.as_ref().encode(out);
            }
            Self::Erasure(receipt) => {
                out.uint(2);
                receipt.as_ref().encode(out);
            }
        }
    }
}

impl Decode for Item {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("item")? {
            0 => Ok(Self::Entry(Box::new(EntryItem {
                entry: Signed::decode(from)?,
                statement: Arc::new(Signed::decode(from)?),
                openings: from.list("openings", OPENINGS_MAX)?,
                erased: from.list("erasure receipts", ERASED_MAX)?,
            }))),
            1 => Signed::decode(from).map(|receipt| Self::Receipt(Box::new(receipt))),
            2 => Signed::decode(from).map(|receipt| Self::Erasure(Box::new(receipt))),
            tag => Err(DecodeError::Tag { what: "item", tag: tag.into() }),
        }
    }
}
