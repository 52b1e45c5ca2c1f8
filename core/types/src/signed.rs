//! A value with the signature over its bytes, and its id.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{BadSignature, Batch, Digest, Namespace, PublicKey, Seed, Signature, Signer, verify};

/// A value that one key signs under one namespace.
pub trait Signable: Encode {
    /// The purpose of the signature and of the id.
    const NAMESPACE: Namespace;
}

/// A value, the signature over its bytes, and its id.
///
/// What [`Signed::sign`] gives holds; what was decoded holds once [`Signed::verify`] said so. Who must have signed
/// follows from the place of the value in the log, so decoding cannot know it.
#[derive(Clone, Debug)]
pub struct Signed<T> {
    value: T,
    signature: Signature,
    digest: Digest,
    /// The key for which the signature was found to hold, by [`Checks`].
    holds_for: Option<[u8; 32]>,
}

impl<T: PartialEq> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.signature == other.signature
    }
}

impl<T: Eq> Eq for Signed<T> {}

impl<T: Signable> Signed<T> {
    /// Signs a value.
    pub fn sign(value: T, signer: &dyn Signer) -> Self {
        let bytes = value.to_bytes();
        let signature = signer.sign(T::NAMESPACE, &bytes);
        Self { value, signature, digest: Digest::named(T::NAMESPACE, &bytes), holds_for: None }
    }

    /// A value with a signature made elsewhere, not yet checked.
    pub fn unverified(value: T, signature: Signature) -> Self {
        let digest = Digest::named(T::NAMESPACE, &value.to_bytes());
        Self { value, signature, digest, holds_for: None }
    }

    /// Checks the signature, unless [`Checks`] found that it holds for this key.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        if self.holds_for == Some(key.bytes()) {
            return Ok(());
        }
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
        Ok(Self { value, signature: Signature::decode(from)?, digest, holds_for: None })
    }
}

/// Signatures of several values checked together. Each value whose signature holds remembers the key, so that
/// [`Signed::verify`] need not check again; of the others nothing is remembered.
#[derive(Debug, Default)]
pub struct Checks<'a> {
    batch: Batch,
    values: Vec<(&'a mut Option<[u8; 32]>, [u8; 32])>,
}

impl<'a> Checks<'a> {
    /// Adds a value that `key` should have signed.
    pub fn push<T: Signable>(&mut self, signed: &'a mut Signed<T>, key: &PublicKey) {
        signed.queue(key, &mut self.batch);
        self.values.push((&mut signed.holds_for, key.bytes()));
    }

    /// How many are waiting.
    pub const fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether none is waiting.
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Checks all.
    pub fn run(self, seed: &mut Seed) {
        for ((holds_for, key), verdict) in self.values.into_iter().zip(self.batch.verify(seed)) {
            if verdict.is_ok() {
                *holds_for = Some(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_crypto::SigningKey;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Number(u64);

    impl Signable for Number {
        const NAMESPACE: Namespace = Namespace::Entry;
    }

    impl Encode for Number {
        fn encode(&self, out: &mut Writer) {
            out.uint(self.0);
        }
    }

    #[test]
    fn what_was_checked_together_holds_for_that_key_only() {
        let (one, other) = (SigningKey::new([1; 32]), SigningKey::new([2; 32]));
        let mut values: Vec<_> = (0..8).map(|number| Signed::sign(Number(number), &one)).collect();
        values[3] = Signed::unverified(Number(99), *values[3].signature());
        let before = values.clone();
        let mut checks = Checks::default();
        values.iter_mut().for_each(|value| checks.push(value, &one.public_key()));
        assert_eq!(checks.len(), 8);
        checks.run(&mut Seed::new([3; 32]));
        for (number, value) in values.iter().enumerate() {
            assert_eq!(value.holds_for.is_some(), number != 3);
            assert_eq!(value.verify(&one.public_key()).is_ok(), number != 3);
            assert!(value.verify(&other.public_key()).is_err());
        }
        assert_eq!(values, before);
    }

    #[test]
    fn a_check_by_the_wrong_key_is_not_remembered() {
        let (one, other) = (SigningKey::new([1; 32]), SigningKey::new([2; 32]));
        let mut value = Signed::sign(Number(1), &one);
        let mut checks = Checks::default();
        checks.push(&mut value, &other.public_key());
        checks.run(&mut Seed::new([3; 32]));
        assert!(value.verify(&other.public_key()).is_err() && value.verify(&one.public_key()).is_ok());
    }
}
