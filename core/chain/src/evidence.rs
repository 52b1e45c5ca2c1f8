//! Two signatures by one key that an honest node never gives. An honest rebase is none of them.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Namespace, PublicKey};
use countersign_merkle::{Proof, Tree, verify_inclusion};
use countersign_payload::ErasureReceipt;
use countersign_types::{Count, EntryId, FraudProofId, IdentityId, Signed};

use crate::{Entry, Receipt};

/// What was signed twice (contract log §10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FraudKind {
    /// Two entries after one parent.
    DoubleEntry,
    /// Two different items with one count.
    DoubleCount,
    /// Receipts on two paths in one view.
    DoubleReceipt,
    /// Seals on two paths in one view.
    DoubleSeal,
}

impl FraudKind {
    /// The word for people and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DoubleEntry => "double_entry",
            Self::DoubleCount => "double_count",
            Self::DoubleReceipt => "double_receipt",
            Self::DoubleSeal => "double_seal",
        }
    }
}

/// An item that carries the count of its signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedItem {
    /// An entry.
    Entry(Signed<Entry>),
    /// A receipt.
    Receipt(Signed<Receipt>),
    /// An erasure receipt.
    Erasure(Signed<ErasureReceipt>),
}

impl SignedItem {
    /// Who signed.
    pub fn party(&self) -> IdentityId {
        match self {
            Self::Entry(entry) => entry.party,
            Self::Receipt(receipt) => receipt.party,
            Self::Erasure(receipt) => receipt.party,
        }
    }

    /// The number that it took (`COUNTER`).
    pub fn count(&self) -> Count {
        match self {
            Self::Entry(entry) => entry.count,
            Self::Receipt(receipt) => receipt.count,
            Self::Erasure(receipt) => receipt.count,
        }
    }

    /// Its id.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Entry(entry) => entry.digest(),
            Self::Receipt(receipt) => receipt.digest(),
            Self::Erasure(receipt) => receipt.digest(),
        }
    }

    fn holds(&self, key: &PublicKey) -> bool {
        match self {
            Self::Entry(entry) => entry.verify(key).is_ok(),
            Self::Receipt(receipt) => receipt.verify(key).is_ok(),
            Self::Erasure(receipt) => receipt.verify(key).is_ok(),
        }
    }
}

impl Encode for SignedItem {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Entry(entry) => {
                out.uint(0);
                entry.encode(out);
            }
            Self::Receipt(receipt) => {
                out.uint(1);
                receipt.encode(out);
            }
            Self::Erasure(receipt) => {
                out.uint(2);
                receipt.encode(out);
            }
        }
    }
}

impl Decode for SignedItem {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("signed item")? {
            0 => Signed::decode(from).map(Self::Entry),
            1 => Signed::decode(from).map(Self::Receipt),
            2 => Signed::decode(from).map(Self::Erasure),
            tag => Err(DecodeError::Tag { what: "signed item", tag: tag.into() }),
        }
    }
}

/// Evidence that verifies alone, with the key of the signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FraudProof {
    /// What was signed twice.
    pub kind: FraudKind,
    /// One item; of two receipts the one with the lower position.
    pub one: SignedItem,
    /// The other.
    pub other: SignedItem,
    /// For receipts at different positions: the entry that the deeper one has at the position of the other, and its
    /// path to the deeper one's log root.
    pub path: Option<(EntryId, Proof)>,
}

impl FraudProof {
    /// Its id.
    pub fn id(&self) -> FraudProofId {
        FraudProofId::new(Digest::named(Namespace::FraudProof, &self.to_bytes()))
    }

    /// The party that signed both.
    pub fn party(&self) -> IdentityId {
        self.one.party()
    }

    /// Two entries after one parent.
    pub fn double_entry(one: Signed<Entry>, other: Signed<Entry>) -> Self {
        let (one, other) = if one.digest() <= other.digest() { (one, other) } else { (other, one) };
        let (one, other) = (SignedItem::Entry(one), SignedItem::Entry(other));
        Self { kind: FraudKind::DoubleEntry, one, other, path: None }
    }

    /// Two items with one count.
    pub fn double_count(one: SignedItem, other: SignedItem) -> Self {
        let (one, other) = if one.digest() <= other.digest() { (one, other) } else { (other, one) };
        Self { kind: FraudKind::DoubleCount, one, other, path: None }
    }

    /// Receipts of one view on two paths; `path` leads from genesis to the deeper one's entry.
    pub(crate) fn double_receipt(
        shallow: Signed<Receipt>,
        deep: Signed<Receipt>,
        on_path: EntryId,
        path: &[EntryId],
    ) -> Option<Self> {
        let sealed_apart = match (shallow.sealed, deep.sealed) {
            (Some(one), Some(other)) => {
                let (low, high) = if one.position <= other.position { (one, other) } else { (other, one) };
                // The path of the deeper receipt decides only what lies on it; equal positions decide themselves.
                low.position == high.position && low.entry != high.entry
            }
            _ => false,
        };
        let mut tree = Tree::new();
        path.iter().for_each(|entry| tree.append(entry.bytes()));
        let proof = if shallow.position == deep.position {
            None
        } else {
            Some((on_path, tree.inclusion_proof(shallow.position.get(), tree.len()).ok()?))
        };
        let kind = if sealed_apart { FraudKind::DoubleSeal } else { FraudKind::DoubleReceipt };
        Some(Self { kind, one: SignedItem::Receipt(shallow), other: SignedItem::Receipt(deep), path: proof })
    }

    /// Whether an honest node with this key could never have signed both.
    pub fn holds(&self, key: &PublicKey) -> bool {
        let (one, other) = (&self.one, &self.other);
        one.party() == other.party()
            && one.digest() != other.digest()
            && one.holds(key)
            && other.holds(key)
            && self.contradicts()
    }

    fn contradicts(&self) -> bool {
        match (self.kind, &self.one, &self.other) {
            (FraudKind::DoubleEntry, SignedItem::Entry(one), SignedItem::Entry(other)) => {
                one.contract == other.contract && one.lane == other.lane && one.previous == other.previous
            }
            (FraudKind::DoubleCount, one, other) => {
                let contract = |item: &SignedItem| match item {
                    SignedItem::Entry(entry) => entry.contract,
                    SignedItem::Receipt(receipt) => receipt.contract,
                    SignedItem::Erasure(receipt) => receipt.contract,
                };
                contract(one) == contract(other) && one.count() == other.count()
            }
            (FraudKind::DoubleReceipt, SignedItem::Receipt(one), SignedItem::Receipt(other)) => {
                self.receipts_part(one, other)
            }
            (FraudKind::DoubleSeal, SignedItem::Receipt(one), SignedItem::Receipt(other)) => {
                let apart = one
                    .sealed
                    .zip(other.sealed)
                    .is_some_and(|(one, other)| one.position == other.position && one.entry != other.entry);
                apart && self.receipts_part(one, other)
            }
            _ => false,
        }
    }

    fn receipts_part(&self, shallow: &Receipt, deep: &Receipt) -> bool {
        if shallow.contract != deep.contract || shallow.view != deep.view || shallow.term != deep.term {
            return false;
        }
        match &self.path {
            None => shallow.position == deep.position && shallow.entry != deep.entry,
            Some((entry, proof)) => {
                let size = deep.position.get().saturating_add(1);
                *entry != shallow.entry
                    && shallow.position < deep.position
                    && verify_inclusion(entry.bytes(), shallow.position.get(), size, proof, &deep.log_root).is_ok()
            }
        }
    }
}

impl Encode for FraudProof {
    fn encode(&self, out: &mut Writer) {
        out.uint(match self.kind {
            FraudKind::DoubleEntry => 0,
            FraudKind::DoubleCount => 1,
            FraudKind::DoubleReceipt => 2,
            FraudKind::DoubleSeal => 3,
        });
        self.one.encode(out);
        self.other.encode(out);
        self.path.is_some().encode(out);
        if let Some((entry, proof)) = &self.path {
            entry.encode(out);
            proof.encode(out);
        }
    }
}

impl Decode for FraudProof {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = match from.tag("fraud kind")? {
            0 => FraudKind::DoubleEntry,
            1 => FraudKind::DoubleCount,
            2 => FraudKind::DoubleReceipt,
            3 => FraudKind::DoubleSeal,
            tag => return Err(DecodeError::Tag { what: "fraud kind", tag: tag.into() }),
        };
        let one = SignedItem::decode(from)?;
        let other = SignedItem::decode(from)?;
        let path = if bool::decode(from)? { Some((EntryId::decode(from)?, Proof::decode(from)?)) } else { None };
        Ok(Self { kind, one, other, path })
    }
}
