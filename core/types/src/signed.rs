//! A value with the signature over its bytes, and its id.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{BadSignature, Batch, Digest, Namespace, PublicKey, Signature, Signer, verify};

/// A value that one key signs under one namespace.
pub trait Signable: Encode {
    /// The purpose of the signature and of the id.
    const NAMESPACE: Namespace;
}

/// A value, the signature over its bytes, and its id.
///
/// What [`Signed::sign`] gives holds; what was decoded holds once [`Signed::verify`] said so. Who must have signed
/// follows from the place of the value in the log, so decoding cannot know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    value: T,
    signature: Signature,
    digest: Digest,
}

impl<T: Signable> Signed<T> {
    /// Signs a value.
    pub fn sign(value: T, signer: &dyn Signer) -> Self {
        let bytes = value.to_bytes();
        let signature = signer.sign(T::NAMESPACE, &bytes);
        Self { value, signature, digest: Digest::named(T::NAMESPACE, &bytes) }
    }

    /// A value with a signature made elsewhere, not yet checked.
    pub fn unverified(value: T, signature: Signature) -> Self {
        let digest = Digest::named(T::NAMESPACE, &value.to_bytes());
        Self { value, signature, digest }
    }

    /// Checks the signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, T::NAMESPACE, &self.value.to_bytes(), &self.signature)
    }

    /// Adds the signature to those checked together.
    pub fn queue(&self, key: &PublicKey, batch: &mut Batch) {
        batch.push(key, T::NAMESPACE, &self.value.to_bytes(), &self.signature);
    }
}

impl<T> Signed<T> {
    /// The value.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The signature.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// SHA-256 of the namespace and the bytes without the signature.
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

impl<T> std::ops::Deref for Signed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Encode> Encode for Signed<T> {
    fn encode(&self, out: &mut Writer) {
        self.value.encode(out);
        self.signature.encode(out);
    }
}

impl<T: Decode + Signable> Decode for Signed<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let before = from.rest();
        let value = T::decode(from)?;
        // One value has one encoding, so what was read is what is hashed.
        let read = before.len().saturating_sub(from.rest().len());
        let bytes = before.get(..read).ok_or(DecodeError::Short)?;
        let digest = Digest::named(T::NAMESPACE, bytes);
        Ok(Self { value, signature: Signature::decode(from)?, digest })
    }
}
