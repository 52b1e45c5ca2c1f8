//! Bodies sealed to the receiving node, and replies sealed to a key that only the receiver learns.

use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Namespace, OpenError, PublicKey, SealingKey, SealingSecret, Seed, open, seal};

use crate::Refusal;

/// The version of [`Envelope`] and [`SealedReply`] written here; no other is read.
const VERSION: u64 = 1;

/// Most bytes sealed in one envelope or reply: 4 MiB.
pub(crate) const SEALED_BYTES_MAX: usize = 4 << 20;

/// Most bytes of an encoded reply.
pub(crate) const REPLY_BYTES_MAX: usize = SEALED_BYTES_MAX + 16;

/// Bytes of the reply key in front of a body.
const REPLY_KEY_BYTES: usize = 32;

/// Bytes by which a seal is longer than what it holds: encapsulated key and tag.
const SEAL_BYTES: usize = 48;

/// Most bytes of a body or of a reply before sealing.
pub(crate) const BODY_BYTES_MAX: usize = SEALED_BYTES_MAX - SEAL_BYTES - REPLY_KEY_BYTES;

/// What two nodes call a contract between them, so that its id is never on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alias(pub [u8; 16]);

impl Alias {
    /// A batch between two nodes that belongs to no single contract.
    pub const NODE: Self = Self([0; 16]);
}

impl fmt::Debug for Alias {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// What a request carries: who to whom about what in the clear, the rest sealed (contract log §13.13).
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The node key of who sends; equal to the key of the request signature.
    pub sender: PublicKey,
    /// The node key of who may open.
    pub receiver: PublicKey,
    /// The contract, or [`Alias::NODE`].
    pub alias: Alias,
    /// HPKE to the receiver's sealing key: the reply key (32 bytes) and the body.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for Envelope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Envelope({:?} to {:?}, {} bytes)", self.sender, self.receiver, self.sealed.len())
    }
}

impl Encode for Envelope {
    fn encode(&self, out: &mut Writer) {
        out.uint(VERSION);
        self.sender.encode(out);
        self.receiver.encode(out);
        out.raw(&self.alias.0);
        out.bytes(&self.sealed);
    }
}

impl Decode for Envelope {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        version(from, "envelope")?;
        Ok(Self {
            sender: PublicKey::decode(from)?,
            receiver: PublicKey::decode(from)?,
            alias: Alias(from.array()?),
            sealed: from.bytes("sealed body", SEALED_BYTES_MAX)?.to_vec(),
        })
    }
}

/// What an answer carries: HPKE to the reply key of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedReply {
    /// The sealed reply.
    pub sealed: Vec<u8>,
}

impl Encode for SealedReply {
    fn encode(&self, out: &mut Writer) {
        out.uint(VERSION);
        out.bytes(&self.sealed);
    }
}

impl Decode for SealedReply {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        version(from, "reply")?;
        Ok(Self { sealed: from.bytes("sealed reply", SEALED_BYTES_MAX)?.to_vec() })
    }
}

fn version(from: &mut Reader<'_>, what: &'static str) -> Result<(), DecodeError> {
    match from.uint()? {
        VERSION => Ok(()),
        tag => Err(DecodeError::Tag { what, tag }),
    }
}

/// Opens the one reply to the one request it was made for.
#[derive(Debug)]
pub struct ReplyOpener {
    secret: SealingSecret,
    context: Vec<u8>,
}

impl ReplyOpener {
    /// The reply in these bytes. That it opens proves that its author opened the request.
    pub fn open(&self, reply: &[u8]) -> Result<Vec<u8>, OpenError> {
        let reply = SealedReply::from_bytes(reply).map_err(|_| OpenError)?;
        open(&self.secret, Namespace::EnvelopeReply, &self.context, &reply.sealed)
    }
}

/// A request that was opened: what it holds, and what it takes to answer it.
#[derive(Debug)]
pub struct OpenedRequest {
    /// The contract, or [`Alias::NODE`].
    pub alias: Alias,
    /// What was sealed.
    pub body: Vec<u8>,
    reply_key: SealingKey,
    context: Vec<u8>,
}

/// The bytes of an envelope that carries `body` from `sender` to `receiver`, and the opener of its reply.
///
/// Fails only if `sealing_key` is no usable key.
pub fn seal_request(
    sender: PublicKey,
    receiver: PublicKey,
    sealing_key: &SealingKey,
    alias: Alias,
    body: &[u8],
    seed: &mut Seed,
) -> Result<(Vec<u8>, ReplyOpener), OpenError> {
    let secret = SealingSecret::new(seed.array());
    let mut plain = secret.public_key().bytes().to_vec();
    plain.extend_from_slice(body);
    let context = request_context(&sender, &receiver, alias);
    let sealed = seal(sealing_key, Namespace::Envelope, &context, &plain, seed)?;
    let bytes = Envelope { sender, receiver, alias, sealed }.to_bytes();
    let context = reply_context(&sender, &receiver, &bytes);
    Ok((bytes, ReplyOpener { secret, context }))
}

/// Opens the envelope of a request that `sender` signed.
pub fn open_request(
    secret: &SealingSecret,
    receiver: &PublicKey,
    sender: &PublicKey,
    bytes: &[u8],
) -> Result<OpenedRequest, Refusal> {
    let envelope = Envelope::from_bytes(bytes).map_err(|_| Refusal::Malformed)?;
    if envelope.sender != *sender {
        return Err(Refusal::Malformed);
    }
    if envelope.receiver != *receiver {
        return Err(Refusal::WrongReceiver { found: None });
    }
    let context = request_context(sender, receiver, envelope.alias);
    let plain = open(secret, Namespace::Envelope, &context, &envelope.sealed).map_err(|_| Refusal::CannotOpen)?;
    let (reply_key, body) = plain.split_first_chunk::<REPLY_KEY_BYTES>().ok_or(Refusal::Malformed)?;
    Ok(OpenedRequest {
        alias: envelope.alias,
        body: body.to_vec(),
        reply_key: SealingKey::new(*reply_key),
        context: reply_context(sender, receiver, bytes),
    })
}

/// The bytes of the reply to an opened request. Fails only if its reply key is no usable key.
pub fn seal_reply(request: &OpenedRequest, body: &[u8], seed: &mut Seed) -> Result<Vec<u8>, OpenError> {
    let sealed = seal(&request.reply_key, Namespace::EnvelopeReply, &request.context, body, seed)?;
    Ok(SealedReply { sealed }.to_bytes())
}

/// sender ‖ receiver ‖ alias.
fn request_context(sender: &PublicKey, receiver: &PublicKey, alias: Alias) -> Vec<u8> {
    [sender.bytes().as_slice(), &receiver.bytes(), &alias.0].concat()
}

/// receiver ‖ sender ‖ SHA-256 of the request's envelope.
fn reply_context(sender: &PublicKey, receiver: &PublicKey, envelope: &[u8]) -> Vec<u8> {
    [receiver.bytes().as_slice(), &sender.bytes(), Digest::of(envelope).bytes()].concat()
}

#[cfg(test)]
mod tests {
    use countersign_crypto::{Signer, SigningKey};
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> PublicKey {
        SigningKey::new([byte; 32]).public_key()
    }

    fn sealed() -> (SealingSecret, Vec<u8>, ReplyOpener) {
        let secret = SealingSecret::new([9; 32]);
        let seed = &mut Seed::new([7; 32]);
        let (bytes, opener) = seal_request(key(1), key(2), &secret.public_key(), Alias::NODE, b"body", seed).unwrap();
        (secret, bytes, opener)
    }

    #[test]
    fn a_request_opens_for_its_receiver_and_the_reply_for_its_sender() {
        let (secret, bytes, opener) = sealed();
        let opened = open_request(&secret, &key(2), &key(1), &bytes).unwrap();
        assert_eq!((opened.body.as_slice(), opened.alias), (b"body".as_slice(), Alias::NODE));
        let reply = seal_reply(&opened, b"reply", &mut Seed::new([8; 32])).unwrap();
        assert_eq!(opener.open(&reply).as_deref(), Ok(b"reply".as_slice()));
        let (_, _, second) = sealed();
        assert_eq!(second.open(&reply).as_deref(), Ok(b"reply".as_slice()), "same seed, same request");
        let mut seed = Seed::new([6; 32]);
        let other = seal_request(key(1), key(2), &secret.public_key(), Alias::NODE, b"body", &mut seed).unwrap().1;
        assert_eq!(other.open(&reply), Err(OpenError), "a reply belongs to one request");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let (secret, bytes, _) = sealed();
        let open = |secret: &SealingSecret, receiver, sender, bytes: &[u8]| {
            open_request(secret, &key(receiver), &key(sender), bytes).map(|_| ()).unwrap_err()
        };
        assert_eq!(open(&secret, 3, 1, &bytes), Refusal::WrongReceiver { found: None });
        assert_eq!(open(&secret, 2, 3, &bytes), Refusal::Malformed);
        assert_eq!(open(&SealingSecret::new([1; 32]), 2, 1, &bytes), Refusal::CannotOpen);
        let mut other_alias = bytes.clone();
        other_alias[65] ^= 1;
        assert_eq!(open(&secret, 2, 1, &other_alias), Refusal::CannotOpen);
        let mut other_version = bytes.clone();
        other_version[0] = 2;
        assert_eq!(open(&secret, 2, 1, &other_version), Refusal::Malformed);
    }

    proptest! {
        #[test]
        fn any_bytes_decode_to_one_envelope_or_none(bytes: Vec<u8>) {
            if let Ok(envelope) = Envelope::from_bytes(&bytes) {
                prop_assert_eq!(envelope.to_bytes(), bytes.clone());
            }
            let opened = open_request(&SealingSecret::new([9; 32]), &key(2), &key(1), &bytes);
            prop_assert!(opened.is_err());
        }

        #[test]
        fn a_changed_envelope_never_opens(index in 0_usize..250, bit in 0_u8..8) {
            let (secret, mut bytes, _) = sealed();
            let index = index % bytes.len();
            bytes[index] ^= 1 << bit;
            prop_assert!(open_request(&secret, &key(2), &key(1), &bytes).is_err());
        }
    }
}
