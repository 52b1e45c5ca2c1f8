//! Sealing to one receiver: HPKE base mode (RFC 9180), X25519, HKDF-SHA256, ChaCha20-Poly1305.

use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Namespace, Seed};

/// Bytes that a sealed message is longer than what it holds: encapsulated key and tag.
const ENCAPSULATED_BYTES: usize = 32;

/// The public key one seals to: X25519, not all zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// The key with these bytes. Which bytes are unusable shows only when sealing.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl Encode for SealingKey {
    fn encode(&self, out: &mut Writer) {
        out.raw(&self.0);
    }
}

impl Decode for SealingKey {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.array().map(Self)
    }
}

/// The secret that opens what was sealed to its public key; wiped when dropped.
pub struct SealingSecret(Zeroizing<[u8; 32]>);

impl SealingSecret {
    /// The key of this secret.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// The key to seal to. Any 32 bytes are a secret, so this never fails in practice; zero stands for failure.
    pub fn public_key(&self) -> SealingKey {
        let mut bytes = [0; 32];
        if let Some(secret) = self.private() {
            bytes.copy_from_slice(&X25519HkdfSha256::sk_to_pk(&secret).to_bytes());
        }
        SealingKey(bytes)
    }

    fn private(&self) -> Option<<X25519HkdfSha256 as Kem>::PrivateKey> {
        <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(self.0.as_slice()).ok()
    }
}

impl fmt::Debug for SealingSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SealingSecret({:?})", self.public_key())
    }
}

/// What arrived was not sealed to this key for this purpose, or was changed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("sealed bytes do not open")]
pub struct OpenError;

/// Seals `plain` to `receiver`. `context` binds the seal to its circumstances and must be equal on opening.
///
/// The result is the encapsulated key (32 bytes) and the ciphertext with its tag (16 bytes more than `plain`).
/// Fails only if `receiver` is no usable key.
pub fn seal(
    receiver: &SealingKey,
    namespace: Namespace,
    context: &[u8],
    plain: &[u8],
    seed: &mut Seed,
) -> Result<Vec<u8>, OpenError> {
    let receiver = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&receiver.0).map_err(|_| OpenError)?;
    let (encapsulated, cipher) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &receiver,
        &info(namespace, context),
        plain,
        &[],
        seed,
    )
    .map_err(|_| OpenError)?;
    let mut sealed = encapsulated.to_bytes().to_vec();
    sealed.extend_from_slice(&cipher);
    Ok(sealed)
}

/// Opens what [`seal`] made.
pub fn open(secret: &SealingSecret, namespace: Namespace, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    let (encapsulated, cipher) = sealed.split_at_checked(ENCAPSULATED_BYTES).ok_or(OpenError)?;
    let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| OpenError)?;
    let secret = secret.private().ok_or(OpenError)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &encapsulated,
        &info(namespace, context),
        cipher,
        &[],
    )
    .map_err(|_| OpenError)
}

/// u8 length ‖ namespace ‖ context.
fn info(namespace: Namespace, context: &[u8]) -> Vec<u8> {
    let name = namespace.name();
    let mut info = vec![name.len() as u8];
    info.extend_from_slice(name.as_bytes());
    info.extend_from_slice(context);
    info
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_receiver_opens_and_only_in_the_same_context() {
        let (mine, other) = (SealingSecret::new([1; 32]), SealingSecret::new([2; 32]));
        let seed = &mut Seed::new([3; 32]);
        let sealed = seal(&mine.public_key(), Namespace::Envelope, b"a to b", b"plain", seed).unwrap();
        assert_eq!(open(&mine, Namespace::Envelope, b"a to b", &sealed).as_deref(), Ok(b"plain".as_slice()));
        assert_eq!(open(&other, Namespace::Envelope, b"a to b", &sealed), Err(OpenError));
        assert_eq!(open(&mine, Namespace::Envelope, b"b to a", &sealed), Err(OpenError));
        assert_eq!(open(&mine, Namespace::EnvelopeReply, b"a to b", &sealed), Err(OpenError));
        assert_eq!(open(&mine, Namespace::Envelope, b"a to b", &sealed[..20]), Err(OpenError));
    }
}
