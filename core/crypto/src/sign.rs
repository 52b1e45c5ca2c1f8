//! Ed25519 under ZIP-215: the same signatures pass singly and in a batch, on every node.

use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use ed25519_zebra as zebra;
use thiserror::Error;

use crate::{Namespace, Seed};

/// An Ed25519 public key that is a point of the curve (ZIP-215).
#[derive(Clone, Copy)]
pub struct PublicKey(zebra::VerificationKey);

/// The bytes are no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an Ed25519 public key")]
pub struct BadKey;

impl PublicKey {
    /// The key with these bytes. Fails if they are no point.
    pub fn new(bytes: [u8; 32]) -> Result<Self, BadKey> {
        zebra::VerificationKey::try_from(bytes).map(Self).map_err(|_| BadKey)
    }

    /// The bytes.
    pub fn bytes(&self) -> [u8; 32] {
        self.0.into()
    }

    /// Whether it is one of the 8 points of small order, in any of their 14 encodings: for such a key a signature holds
    /// for every message, so it is nobody's. Verification accepts it (ZIP-215); decoding refuses it.
    pub fn is_of_small_order(&self) -> bool {
        let mut y = self.bytes();
        // The last bit is the sign of x: both signs of each of these, x = 0 included, decode.
        if let Some(last) = y.last_mut() {
            *last &= 0x7F;
        }
        SMALL_ORDER.contains(&y)
    }
}

/// The y of the points of small order, in every encoding that decodes: 0, 1 and −1, then 0 and 1 plus the prime of the
/// field, then both y of the points of order 8.
const SMALL_ORDER: [[u8; 32]; 7] = [
    little(0x00, 0x00, 0x00),
    little(0x01, 0x00, 0x00),
    little(0xEC, 0xFF, 0x7F),
    little(0xED, 0xFF, 0x7F),
    little(0xEE, 0xFF, 0x7F),
    [
        0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF,
        0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ],
    [
        0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20,
        0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ],
];

const fn little(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    let [head, .., tail] = &mut bytes;
    (*head, *tail) = (first, last);
    bytes
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes().cmp(&other.bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().iter().take(4).try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl Encode for PublicKey {
    fn encode(&self, out: &mut Writer) {
        out.raw(&self.bytes());
    }
}

impl Decode for PublicKey {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let key = Self::new(from.array()?).ok().filter(|key| !key.is_of_small_order());
        key.ok_or(DecodeError::Value("public key"))
    }
}

/// An Ed25519 signature: 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature with these bytes.
    pub const fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("sig")
    }
}

impl Encode for Signature {
    fn encode(&self, out: &mut Writer) {
        out.raw(&self.0);
    }
}

impl Decode for Signature {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.array().map(Self)
    }
}

/// Whoever can sign for one key: this process, another one, or a module of hardware.
pub trait Signer {
    /// The key that verifies.
    fn public_key(&self) -> PublicKey;

    /// Signs `bytes` under `namespace`. The same input gives the same signature (RFC 8032).
    fn sign(&self, namespace: Namespace, bytes: &[u8]) -> Signature;

    /// Signs a request as RFC 9421 3.3.6 asks: the base as it is, without a namespace.
    fn sign_http(&self, base: HttpBase<'_>) -> Signature;
}

/// A signature base of RFC 9421: the one message that is signed without a namespace.
///
/// It starts with a quotation mark and the name of a component, in which no `/` can stand. A message with a
/// namespace starts with its length and `countersign/`, so none is ever mistaken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpBase<'a>(&'a [u8]);

impl<'a> HttpBase<'a> {
    /// The base with these bytes, unless they could be a message with a namespace.
    pub fn new(base: &'a [u8]) -> Option<Self> {
        let (first, rest) = base.split_first()?;
        (*first == b'"' && !rest.starts_with(b"countersign/")).then_some(Self(base))
    }
}

/// An Ed25519 secret key in memory; wiped when dropped.
pub struct SigningKey(zebra::SigningKey);

impl SigningKey {
    /// The key of this secret.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(zebra::SigningKey::from(secret))
    }

    /// A new key.
    pub fn generate(seed: &mut Seed) -> Self {
        Self::new(seed.array())
    }
}

impl Signer for SigningKey {
    fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verification_key())
    }

    fn sign(&self, namespace: Namespace, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(&message(namespace, bytes)).to_bytes())
    }

    fn sign_http(&self, base: HttpBase<'_>) -> Signature {
        Signature(self.0.sign(base.0).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKey({:?})", self.public_key())
    }
}

/// A signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("signature does not hold")]
pub struct BadSignature;

/// Signs with a key in memory.
pub fn sign(key: &SigningKey, namespace: Namespace, bytes: &[u8]) -> Signature {
    key.sign(namespace, bytes)
}

/// Checks one signature.
pub fn verify(key: &PublicKey, namespace: Namespace, bytes: &[u8], signature: &Signature) -> Result<(), BadSignature> {
    let signature = zebra::Signature::from_bytes(signature.bytes());
    key.0.verify(&signature, &message(namespace, bytes)).map_err(|_| BadSignature)
}

/// Checks the signature of a request.
pub fn verify_http(key: &PublicKey, base: HttpBase<'_>, signature: &Signature) -> Result<(), BadSignature> {
    let signature = zebra::Signature::from_bytes(signature.bytes());
    key.0.verify(&signature, base.0).map_err(|_| BadSignature)
}

/// So few signatures are not cheaper together.
const SINGLY_MAX: usize = 3;
/// Parts of a batch that may fail before the rest is checked singly: enough to find two bad ones among 1,024.
const HALVES_MAX: usize = 16;

/// Several signatures checked together, several times faster than singly.
#[derive(Default)]
pub struct Batch {
    items: Vec<zebra::batch::Item>,
}

impl Batch {
    /// Adds a signature to check.
    pub fn push(&mut self, key: &PublicKey, namespace: Namespace, bytes: &[u8], signature: &Signature) {
        let key = zebra::VerificationKeyBytes::from(key.0);
        let signature = zebra::Signature::from_bytes(signature.bytes());
        self.items.push((key, signature, message(namespace, bytes).as_slice()).into());
    }

    /// How many are waiting.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether none is waiting.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// One verdict for each, in the order pushed: all together first, then those halves that do not hold, so that a bad
    /// one costs the others little. Who sends many bad ones gains nothing by it: after `HALVES_MAX` halves the rest is
    /// checked singly.
    pub fn verify(self, seed: &mut Seed) -> Vec<Result<(), BadSignature>> {
        let mut verdicts = Vec::with_capacity(self.items.len());
        let mut open = vec![self.items.as_slice()];
        let mut failed = 0_usize;
        // The first half on top, so that verdicts come in order.
        while let Some(part) = open.pop() {
            if part.len() <= SINGLY_MAX || failed > HALVES_MAX {
                let singly = part.iter().cloned().map(|item| item.verify_single().map_err(|_| BadSignature));
                verdicts.extend(singly);
            } else if holds_together(part, seed) {
                verdicts.extend(part.iter().map(|_| Ok(())));
            } else {
                failed = failed.saturating_add(1);
                let (first, second) = part.split_at(part.len() / 2);
                open.extend([second, first]);
            }
        }
        verdicts
    }
}

fn holds_together(items: &[zebra::batch::Item], seed: &mut Seed) -> bool {
    let mut together = zebra::batch::Verifier::new();
    items.iter().for_each(|item| together.queue(item.clone()));
    together.verify(seed).is_ok()
}

impl fmt::Debug for Batch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Batch({})", self.items.len())
    }
}

/// u8 length ‖ namespace + "/sig" ‖ bytes (contract log §13.3).
fn message(namespace: Namespace, bytes: &[u8]) -> Vec<u8> {
    let name = namespace.name();
    let length = name.len().saturating_add(4);
    let mut message = Vec::with_capacity(length.saturating_add(bytes.len()).saturating_add(1));
    message.push(length as u8);
    message.extend_from_slice(name.as_bytes());
    message.extend_from_slice(b"/sig");
    message.extend_from_slice(bytes);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::new([byte; 32])
    }

    #[test]
    fn a_signature_holds_for_its_key_namespace_and_bytes_only() {
        let signature = sign(&key(1), Namespace::Entry, b"bytes");
        let check = |key: &SigningKey, namespace, bytes: &[u8]| verify(&key.public_key(), namespace, bytes, &signature);
        assert_eq!(check(&key(1), Namespace::Entry, b"bytes"), Ok(()));
        assert_eq!(check(&key(2), Namespace::Entry, b"bytes"), Err(BadSignature));
        assert_eq!(check(&key(1), Namespace::Receipt, b"bytes"), Err(BadSignature));
        assert_eq!(check(&key(1), Namespace::Entry, b"byte"), Err(BadSignature));
    }

    #[test]
    fn keys_of_small_order_are_known_and_not_decoded() {
        // R is the neutral point and S is 0: holds for every message if the key vanishes times 8.
        let mut nothing = [0; 64];
        nothing[0] = 1;
        let holds_for_all =
            |key: &PublicKey| (0..4_u8).all(|byte| verify(key, Namespace::Entry, &[byte], &Signature(nothing)).is_ok());
        let mut found = 0;
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut bytes = y;
                bytes[31] |= sign;
                let key = PublicKey::new(bytes).unwrap();
                assert!(key.is_of_small_order() && holds_for_all(&key));
                assert!(PublicKey::from_bytes(&bytes).is_err());
                found += 1;
            }
        }
        assert_eq!(found, 14);
        for byte in 0..=255 {
            let key = key(byte).public_key();
            assert!(!key.is_of_small_order() && !holds_for_all(&key));
            assert_eq!(PublicKey::from_bytes(&key.bytes()), Ok(key));
        }
    }

    #[test]
    fn no_message_is_both_a_request_and_named() {
        for namespace in Namespace::ALL {
            assert_eq!(HttpBase::new(&message(namespace, b"")), None);
        }
        // The length of a namespace can be that of a quotation mark.
        assert_eq!(HttpBase::new(b"\"countersign/thirty-bytes-long/v1/sig"), None);
        assert_eq!(HttpBase::new(b""), None);
        let base = HttpBase::new(b"\"@method\": POST").unwrap();
        let signature = key(1).sign_http(base);
        assert_eq!(verify_http(&key(1).public_key(), base, &signature), Ok(()));
        assert_eq!(verify_http(&key(2).public_key(), base, &signature), Err(BadSignature));
    }

    #[test]
    fn a_batch_names_every_bad_one() {
        for bad in [vec![], vec![0], vec![40], vec![3, 4, 39], (0..41).collect(), (0..41).step_by(2).collect()] {
            let mut batch = Batch::default();
            for index in 0..41_u8 {
                let signature = sign(&key(index % 3), Namespace::Entry, &[index]);
                let claimed = if bad.contains(&usize::from(index)) { 99 } else { index };
                batch.push(&key(index % 3).public_key(), Namespace::Entry, &[claimed], &signature);
            }
            let verdicts = batch.verify(&mut Seed::new([7; 32]));
            assert_eq!(verdicts.len(), 41);
            let found: Vec<_> = (0..41).filter(|index| verdicts[*index].is_err()).collect();
            assert_eq!(found, bad);
        }
    }

    #[test]
    fn a_batch_names_the_bad_one() {
        let mut batch = Batch::default();
        for index in 0..8_u8 {
            let signature = sign(&key(index % 3), Namespace::Entry, &[index]);
            let claimed = if index == 5 { 9 } else { index };
            batch.push(&key(index % 3).public_key(), Namespace::Entry, &[claimed], &signature);
        }
        let verdicts = batch.verify(&mut Seed::new([7; 32]));
        let bad: Vec<_> = (0..8).filter(|index| verdicts[*index].is_err()).collect();
        assert_eq!(bad, [5]);
    }
}
