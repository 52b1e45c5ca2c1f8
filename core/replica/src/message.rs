//! What one node says to another about one contract.

use countersign_chain::FraudProof;
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_member::MEMBERS_MAX;
use countersign_types::{Code, Count, IdentityId};

use crate::Item;

/// Most items in one message.
pub const ITEMS_MAX: usize = 256;
/// A message is closed once it holds so many bytes of items; one item may be larger.
pub const SYNC_BYTES_MAX: usize = 1 << 20;
/// Most fraud proofs in one message.
const PROOFS_MAX: usize = 64;

/// A message about one contract (contract log §7: `push`, `ack`, `have` and `give` in one).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// "I durably hold all items up to these counts, and here are some that you lack."
    Sync {
        /// For each party the last count below which nothing is missing, ascending by party.
        have: Vec<(IdentityId, Count)>,
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

impl Encode for Message {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Sync { have, items, proofs } => {
                out.uint(0);
                out.uint(have.len() as u64);
                for (party, count) in have {
                    party.encode(out);
                    count.encode(out);
                }
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
                let count = from.length("parties", MEMBERS_MAX)?;
                let mut have = Vec::new();
                for _ in 0..count {
                    have.push((IdentityId::decode(from)?, Count::decode(from)?));
                }
                if !have.is_sorted_by(|(left, _), (right, _)| left < right) {
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
