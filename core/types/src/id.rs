//! Ids: 32 bytes with a kind, in text `<kind>_` and 52 characters of base32 (contract log §13.3).

use std::fmt;
use std::str::FromStr;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;
use thiserror::Error;

use crate::{from_base32, to_base32};

/// A text is no id of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not an id of the form {prefix}_ and 52 characters of base32")]
pub struct BadId {
    /// The kind asked for.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Digest);

        impl $name {
            /// The kind prefix of the text form, without its underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The id with this hash.
            pub const fn new(digest: Digest) -> Self {
                Self(digest)
            }

            /// The hash.
            pub const fn digest(&self) -> &Digest {
                &self.0
            }

            /// The 32 bytes.
            pub const fn bytes(&self) -> &[u8; 32] {
                self.0.bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}_{}", $prefix, to_base32(self.bytes()))
            }
        }

        impl fmt::Debug for $name {
            /// The first characters only.
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = to_base32(self.bytes());
                write!(out, "{}_{}", $prefix, text.get(..6).unwrap_or_default())
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = BadId { prefix: $prefix };
                let rest = text.strip_prefix(concat!($prefix, "_")).ok_or(bad.clone())?;
                let bytes = from_base32(rest).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
                bytes.map(|bytes| Self(Digest::new(bytes))).ok_or(bad)
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Writer) {
                self.0.encode(out);
            }
        }

        impl Decode for $name {
            fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Digest::decode(from).map(Self)
            }
        }
    )*};
}

ids! {
    /// A contract: the id of its genesis, which is also the hash of its position 0.
    ContractId "ctr";
    /// A place in a log: the hash of an entry.
    EntryId "ent";
    /// Two signatures that an honest node never gives.
    FraudProofId "frd";
    /// An organisation, person or system: the id of its inception record.
    IdentityId "idn";
    /// What binds a payload to a statement: SHA-256(ns ‖ salt ‖ length ‖ SHA-256(payload)).
    PayloadCommitment "pay";
    /// A receipt.
    ReceiptId "rcp";
    /// One run of a system action: what started it.
    RunId "run";
    /// A scenario: SHA-256 of its canonical JSON, without namespace.
    ScenarioId "scn";
    /// What a person or system said.
    StatementId "stm";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_tells_its_kind() {
        let id = ContractId::new(Digest::of(b"lease"));
        let text = id.to_string();
        assert_eq!(text.len(), 56);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.parse::<StatementId>(), Err(BadId { prefix: "stm" }));
        assert!(text.to_uppercase().parse::<ContractId>().is_err());
    }
}
