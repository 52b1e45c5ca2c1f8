//! What a bundle shows of a payload.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_member::MEMBERS_MAX;
use countersign_payload::{ErasureReceipt, Heading, Opening};
use countersign_types::Signed;

/// What a bundle shows of one payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// There is none: the commitment is 32 zero bytes.
    Absent,
    /// The payload with its salt.
    Open(Opening),
    /// Left out by whoever made the bundle, or not held there.
    Redacted,
    /// Erased: the signed words of those who deleted it, 1 to [`MEMBERS_MAX`], strictly ascending by party.
    Erased(Vec<Signed<ErasureReceipt>>),
    /// A long attachment that is not in the bundle: whoever has the file can check it by this.
    Apart(Heading),
}

impl Disclosure {
    /// The payload, if it is shown.
    pub fn opening(&self) -> Option<&Opening> {
        match self {
            Self::Open(opening) => Some(opening),
            Self::Absent | Self::Redacted | Self::Erased(_) | Self::Apart(_) => None,
        }
    }

    /// The word for people and JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Open(_) => "open",
            Self::Redacted => "redacted",
            Self::Erased(_) => "erased",
            Self::Apart(_) => "apart",
        }
    }
}

impl Encode for Disclosure {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Absent => out.uint(0),
            Self::Open(opening) => {
                out.uint(1);
                opening.encode(out);
            }
            Self::Redacted => out.uint(2),
            Self::Erased(receipts) => {
                out.uint(3);
                out.list(receipts.iter());
            }
            Self::Apart(heading) => {
                out.uint(4);
                heading.encode(out);
            }
        }
    }
}

impl Decode for Disclosure {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("disclosure")? {
            0 => Ok(Self::Absent),
            1 => Opening::decode(from).map(Self::Open),
            2 => Ok(Self::Redacted),
            3 => {
                let receipts: Vec<Signed<ErasureReceipt>> = from.list("erasure receipts", MEMBERS_MAX)?;
                if receipts.is_empty() || !receipts.is_sorted_by(|left, right| left.party < right.party) {
                    return Err(DecodeError::Order("erasure receipts"));
                }
                Ok(Self::Erased(receipts))
            }
            4 => Heading::decode(from).map(Self::Apart),
            tag => Err(DecodeError::Tag { what: "disclosure", tag: tag.into() }),
        }
    }
}
