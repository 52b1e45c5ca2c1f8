//! What a commitment commits to.

use std::fmt;
use std::sync::Arc;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;
use countersign_merkle::Tree;
use countersign_types::PayloadCommitment;

use crate::Heading;

/// A payload up to this size may be pushed with its entry; a longer one is fetched in chunks.
pub const INLINE_BYTES_MAX: usize = 256 * 1024;
/// Size of a chunk.
pub const CHUNK_BYTES: usize = 256 * 1024;
/// Most bytes of a shared payload.
pub const SHARED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The commitment of a statement without payload: 32 zero bytes.
pub const NO_PAYLOAD: PayloadCommitment = PayloadCommitment::new(Digest::ZERO);

/// A payload and the salt that hides it in its commitment. The salt is erased with it: afterwards not even a guess
/// can be checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    salt: [u8; 32],
    bytes: Arc<[u8]>,
    /// Computed once: an opening is looked up by it again and again.
    commitment: PayloadCommitment,
}

impl Opening {
    /// The opening of a payload. `salt` must be random and used once.
    pub fn new(salt: [u8; 32], bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let heading = Heading { salt, bytes: bytes.len() as u64, content: content_hash(&bytes) };
        Self { salt, bytes, commitment: heading.commitment() }
    }

    /// What hides the payload in its commitment.
    pub const fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// The payload.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// SHA-256(ns ‖ salt ‖ length as u64 big-endian ‖ content hash).
    pub const fn commitment(&self) -> PayloadCommitment {
        self.commitment
    }
}

/// SHA-256 of a payload of at most [`CHUNK_BYTES`]; of a longer one the root of the tree over its chunks (RFC 6962),
/// so that each chunk can be checked when it arrives.
pub fn content_hash(bytes: &[u8]) -> Digest {
    if bytes.len() <= CHUNK_BYTES {
        return Digest::of(bytes);
    }
    let mut tree = Tree::new();
    bytes.chunks(CHUNK_BYTES).for_each(|chunk| tree.append(chunk));
    tree.root()
}

impl fmt::Debug for Opening {
    /// Never the payload.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Opening({} bytes)", self.bytes.len())
    }
}

impl Encode for Opening {
    fn encode(&self, out: &mut Writer) {
        self.salt.encode(out);
        out.bytes(&self.bytes);
    }
}

impl Decode for Opening {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let salt = from.array()?;
        Ok(Self::new(salt, from.bytes("payload", SHARED_BYTES_MAX)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commitment_depends_on_salt_length_and_content() {
        let commitment = |salt: u8, bytes: &[u8]| Opening::new([salt; 32], bytes).commitment();
        assert_eq!(commitment(1, b"rent"), commitment(1, b"rent"));
        assert_ne!(commitment(1, b"rent"), commitment(2, b"rent"));
        assert_ne!(commitment(1, b"rent"), commitment(1, b"rent "));
        let long = vec![7; CHUNK_BYTES + 1];
        assert_ne!(content_hash(&long), Digest::of(&long));
        assert_eq!(content_hash(&long[1..]), Digest::of(&long[1..]));
    }
}
