//! A part of a payload that proves by itself that it belongs to a commitment.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Hasher, Namespace};
use countersign_merkle::{Proof, verify_inclusion};
use countersign_types::PayloadCommitment;
use thiserror::Error;

use crate::{CHUNK_BYTES, SHARED_BYTES_MAX};

/// What a commitment commits to, without the payload: with it a payload can be checked that was found elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// What hides the payload in its commitment.
    pub salt: [u8; 32],
    /// Length of the payload, at most [`SHARED_BYTES_MAX`].
    pub bytes: u64,
    /// [`crate::content_hash`] of the payload.
    pub content: Digest,
}

/// One chunk of a payload, as it travels (page `docs/spec/payload.md`).
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Of which payload.
    pub heading: Heading,
    /// Which one, from 0.
    pub index: u64,
    /// Its bytes: [`CHUNK_BYTES`], fewer in the last one.
    pub bytes: Vec<u8>,
    /// From the chunk to the content hash; empty if there is only one.
    pub path: Proof,
}

/// Why a chunk is not part of what the commitment commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChunkError {
    /// Salt, length and content hash are not those of the commitment.
    #[error("salt, length and content are not what the commitment commits to")]
    Heading,
    /// The payload has no chunk with this number.
    #[error("the payload has no chunk {0}")]
    Index(u64),
    /// The chunk is shorter or longer than it must be at its place.
    #[error("chunk {index} has {found} bytes instead of {expected}")]
    Length {
        /// Which one.
        index: u64,
        /// How many bytes it has.
        found: u64,
        /// How many it must have.
        expected: u64,
    },
    /// Bytes and path lead to another content hash.
    #[error("chunk {0} does not lead to the content hash")]
    Content(u64),
}

impl Heading {
    /// SHA-256(ns ‖ salt ‖ length as u64 big-endian ‖ content hash).
    pub fn commitment(&self) -> PayloadCommitment {
        let length = self.bytes.to_be_bytes();
        let digest =
            Hasher::named(Namespace::Payload).with(&self.salt).with(&length).with(self.content.bytes()).finish();
        PayloadCommitment::new(digest)
    }

    /// How many chunks the payload has; the empty one has one.
    pub const fn chunks(&self) -> u64 {
        let chunks = self.bytes.div_ceil(CHUNK_BYTES as u64);
        if chunks == 0 { 1 } else { chunks }
    }

    /// How many bytes a chunk has; none if the payload has no such chunk.
    pub fn chunk_bytes(&self, index: u64) -> Option<u64> {
        let before = index.checked_mul(CHUNK_BYTES as u64).filter(|_| index < self.chunks())?;
        Some(self.bytes.saturating_sub(before).min(CHUNK_BYTES as u64))
    }
}

impl Chunk {
    /// Checks that this is part of what a commitment commits to.
    pub fn check(&self, commitment: &PayloadCommitment) -> Result<(), ChunkError> {
        let Self { heading, index, bytes, path } = self;
        if heading.commitment() != *commitment {
            return Err(ChunkError::Heading);
        }
        let (index, found) = (*index, bytes.len() as u64);
        let expected = heading.chunk_bytes(index).ok_or(ChunkError::Index(index))?;
        if found != expected {
            return Err(ChunkError::Length { index, found, expected });
        }
        let holds = match heading.chunks() {
            1 => path.hashes().is_empty() && Digest::of(bytes) == heading.content,
            chunks => verify_inclusion(bytes, index, chunks, path, &heading.content).is_ok(),
        };
        if holds { Ok(()) } else { Err(ChunkError::Content(index)) }
    }
}

impl std::fmt::Debug for Chunk {
    /// Never the payload.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Chunk({} of {}, {} bytes)", self.index, self.heading.chunks(), self.bytes.len())
    }
}

impl Encode for Heading {
    fn encode(&self, out: &mut Writer) {
        self.salt.encode(out);
        out.uint(self.bytes);
        self.content.encode(out);
    }
}

impl Decode for Heading {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let salt = from.array()?;
        let bytes = from.length("payload", SHARED_BYTES_MAX)? as u64;
        Ok(Self { salt, bytes, content: Digest::decode(from)? })
    }
}

impl Encode for Chunk {
    fn encode(&self, out: &mut Writer) {
        self.heading.encode(out);
        out.uint(self.index);
        out.bytes(&self.bytes);
        self.path.encode(out);
    }
}

impl Decode for Chunk {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            heading: Heading::decode(from)?,
            index: from.uint()?,
            bytes: from.bytes("chunk", CHUNK_BYTES)?.to_vec(),
            path: Proof::decode(from)?,
        })
    }
}
