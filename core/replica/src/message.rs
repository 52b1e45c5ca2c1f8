//! What one node says to another about one contract.

use countersign_chain::FraudProof;
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;
use countersign_member::MEMBERS_MAX;
use countersign_types::{Code, Count, IdentityId};

use crate::Item;

/// Most items in one message.
pub const ITEMS_MAX: usize = 256;
/// A message is closed once it holds so many bytes of items; one item may be larger.
pub const SYNC_BYTES_MAX: usize = 1 << 20;
/// Most fraud proofs in one message.
pub const PROOFS_MAX: usize = 64;

/// What a node durably holds of one party's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The party.
    pub party: IdentityId,
    /// The last count below which nothing is missing.
    pub count: Count,
    /// Which items they are. m(0) = 32 zero bytes, m(n) = SHA-256(m(n−1) ‖ digest of item n). Of a party that gave two
    /// items one count: SHA-256 over the ascending digests of all its items held, whatever their counts.
    pub mark: Digest,
}

/// A message about one contract (contract log §7: `push`, `ack`, `have` and `give` in one).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// "I durably hold all items up to these counts, and here are some that you lack."
    Sync {
        /// For each party what is held of it, ascending by party.
        have: Vec<Held>,
        /// Items, those of one party by ascending count: at most [`ITEMS_MAX`].
        items: Vec<Item>,
        /// Evidence of misbehaviour.
        proofs: Vec<FraudProof>,
    },
    /// "I did not take what you sent."
    Refuse {
        /// Why.
        code: Code,
    },
}

impl Held {
    /// None of its items.
    pub(crate) const fn nothing(party: IdentityId) -> Self {
        Self { party, count: Count::ZERO, mark: Digest::ZERO }
    }
}

impl Encode for Held {
    fn encode(&self, out: &mut Writer) {
        self.party.encode(out);
        self.count.encode(out);
        self.mark.encode(out);
    }
}

impl Decode for Held {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { party: IdentityId::decode(from)?, count: Count::decode(from)?, mark: Digest::decode(from)? })
    }
}

impl Encode for Message {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Sync { have, items, proofs } => {
                out.uint(0);
                out.list(have.iter());
                out.list(items.iter());
                out.list(proofs.iter());
            }
            Self::Refuse { code } => {
                out.uint(1);
                code.encode(out);
            }
        }
    }
}

impl Decode for Message {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("message")? {
            0 => {
                let have: Vec<Held> = from.list("parties", MEMBERS_MAX)?;
                if !have.is_sorted_by(|left, right| left.party < right.party) {
                    return Err(DecodeError::Order("parties"));
                }
                let items = from.list("items", ITEMS_MAX)?;
                Ok(Self::Sync { have, items, proofs: from.list("proofs", PROOFS_MAX)? })
            }
            1 => Ok(Self::Refuse { code: Code::decode(from)? }),
            tag => Err(DecodeError::Tag { what: "message", tag: tag.into() }),
        }
    }
}
