//! The beginning of an identity: its first keys, each of which signs.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Namespace, Signature, Signer, verify};
use countersign_types::IdentityId;
use thiserror::Error;

use crate::{IdentityKey, KeyPurpose};

/// Most keys of an identity at one time.
pub const KEYS_MAX: usize = 16;

/// What an identity stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKind {
    /// A company or authority: can be a party.
    Organisation,
    /// A human being, who acts for a party by mandate.
    Person,
    /// A machine, which acts for a party by mandate.
    System,
}

impl IdentityKind {
    /// Whether an identity of this kind may have keys for a purpose: a machine has none that would count as a person's.
    pub const fn may_hold(self, purpose: KeyPurpose) -> bool {
        match self {
            Self::Organisation | Self::Person => true,
            Self::System => !purpose.is_personal(),
        }
    }
}

impl Encode for IdentityKind {
    fn encode(&self, out: &mut Writer) {
        out.uint(match self {
            Self::Organisation => 0,
            Self::Person => 1,
            Self::System => 2,
        });
    }
}

impl Decode for IdentityKind {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("identity kind")? {
            0 => Ok(Self::Organisation),
            1 => Ok(Self::Person),
            2 => Ok(Self::System),
            tag => Err(DecodeError::Tag { what: "identity kind", tag: tag.into() }),
        }
    }
}

/// The inception record of an identity (contract log §13.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inception {
    /// What it stands for.
    pub kind: IdentityKind,
    /// 1 to [`KEYS_MAX`] keys with different ids; an organisation has at least one with purpose `admin`.
    pub keys: Vec<IdentityKey>,
    /// Makes identities with equal keys differ.
    pub nonce: [u8; 16],
}

impl Encode for Inception {
    fn encode(&self, out: &mut Writer) {
        self.kind.encode(out);
        out.list(self.keys.iter());
        self.nonce.encode(out);
    }
}

impl Decode for Inception {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = IdentityKind::decode(from)?;
        let keys: Vec<IdentityKey> = from.list("keys", KEYS_MAX)?;
        Ok(Self { kind, keys, nonce: from.array()? })
    }
}

/// An inception record with a signature by each of its signing keys, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInception {
    inception: Inception,
    signatures: Vec<Signature>,
    id: IdentityId,
}

/// Why an inception record does not begin an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InceptionError {
    /// No key signs, or an organisation has no admin key.
    #[error("no key that could decide for this identity")]
    NoKey,
    /// A key has a purpose that is not for this kind of identity.
    #[error("a key has a purpose that is not for this kind of identity")]
    Purpose,
    /// Two keys have one id.
    #[error("one key appears twice")]
    DoubleKey,
    /// A key of the record did not sign it.
    #[error("not signed by each of its keys")]
    NotSigned,
}

impl SignedInception {
    /// Signs with every signing key, given in the order of the record.
    pub fn sign(inception: Inception, signers: &[&dyn Signer]) -> Result<Self, InceptionError> {
        let bytes = inception.to_bytes();
        let signatures = signers.iter().map(|signer| signer.sign(Namespace::Identity, &bytes)).collect();
        let signed = Self { inception, signatures, id: IdentityId::new(Digest::named(Namespace::Identity, &bytes)) };
        signed.check()?;
        Ok(signed)
    }

    /// The id of the identity that begins here.
    pub const fn id(&self) -> IdentityId {
        self.id
    }

    /// The record.
    pub const fn inception(&self) -> &Inception {
        &self.inception
    }

    /// Checks that the record is whole and signed by each of its signing keys.
    pub fn check(&self) -> Result<(), InceptionError> {
        let keys = &self.inception.keys;
        let mut ids: Vec<_> = keys.iter().map(IdentityKey::id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != keys.len() {
            return Err(InceptionError::DoubleKey);
        }
        let verifiers: Vec<_> = keys.iter().filter_map(IdentityKey::verifier).collect();
        let decides = |key: &IdentityKey| match self.inception.kind {
            IdentityKind::Organisation => key.purpose() == KeyPurpose::Admin,
            IdentityKind::Person | IdentityKind::System => key.verifier().is_some(),
        };
        if !keys.iter().any(decides) {
            return Err(InceptionError::NoKey);
        }
        if !keys.iter().all(|key| self.inception.kind.may_hold(key.purpose())) {
            return Err(InceptionError::Purpose);
        }
        let bytes = self.inception.to_bytes();
        let holds = verifiers.len() == self.signatures.len()
            && verifiers
                .iter()
                .zip(&self.signatures)
                .all(|(key, signature)| verify(key, Namespace::Identity, &bytes, signature).is_ok());
        if holds { Ok(()) } else { Err(InceptionError::NotSigned) }
    }
}

impl Encode for SignedInception {
    fn encode(&self, out: &mut Writer) {
        self.inception.encode(out);
        out.list(self.signatures.iter());
    }
}

impl Decode for SignedInception {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let inception = Inception::decode(from)?;
        let signatures = from.list("signatures", KEYS_MAX)?;
        let id = IdentityId::new(Digest::named(Namespace::Identity, &inception.to_bytes()));
        Ok(Self { inception, signatures, id })
    }
}
