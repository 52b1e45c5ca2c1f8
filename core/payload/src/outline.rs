//! What is remembered of a payload that is read once, chunk by chunk.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;
use countersign_merkle::{Proof, Tree, leaf_hash};
use thiserror::Error;

use crate::{CHUNK_BYTES, Heading, SHARED_BYTES_MAX};

/// Most chunks of a payload.
pub const CHUNKS_MAX: usize = SHARED_BYTES_MAX.div_ceil(CHUNK_BYTES);

/// A payload without its bytes: what it is, and the hashes that the path of each chunk is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What its commitment commits to.
    pub heading: Heading,
    /// RFC 6962 leaf hashes of its chunks, one for each.
    leaves: Vec<Digest>,
}

/// Makes the [`Outline`] of a payload that is read chunk by chunk, so that it is never in memory as a whole.
#[derive(Clone, Debug)]
pub struct Outliner {
    bytes: u64,
    leaves: Vec<Digest>,
    /// SHA-256 of the first chunk: the content hash if no other follows.
    plain: Digest,
}

/// The payload has more than [`SHARED_BYTES_MAX`] bytes, or a chunk that is not the last is too short or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a payload has chunks of {CHUNK_BYTES} bytes, and at most {SHARED_BYTES_MAX} bytes in all")]
pub struct TooLong;

impl Default for Outliner {
    fn default() -> Self {
        Self { bytes: 0, leaves: Vec::new(), plain: Digest::of(&[]) }
    }
}

impl Outliner {
    /// Takes the next chunk. All but the last have [`CHUNK_BYTES`] bytes; a chunk without bytes changes nothing.
    pub fn add(&mut self, chunk: &[u8]) -> Result<(), TooLong> {
        if chunk.is_empty() {
            return Ok(());
        }
        let full = self.bytes.checked_rem(CHUNK_BYTES as u64) == Some(0);
        let bytes = self.bytes.saturating_add(chunk.len() as u64);
        if !full || chunk.len() > CHUNK_BYTES || bytes > SHARED_BYTES_MAX as u64 {
            return Err(TooLong);
        }
        if self.leaves.is_empty() {
            self.plain = Digest::of(chunk);
        }
        self.leaves.push(leaf_hash(chunk));
        self.bytes = bytes;
        Ok(())
    }

    /// How many bytes were taken.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The outline of what was taken, under a salt that must be random and used once.
    pub fn finish(mut self, salt: [u8; 32]) -> Outline {
        if self.leaves.is_empty() {
            self.leaves.push(leaf_hash(&[]));
        }
        let content = if self.leaves.len() == 1 { self.plain } else { tree(&self.leaves).root() };
        Outline { heading: Heading { salt, bytes: self.bytes, content }, leaves: self.leaves }
    }
}

fn tree(leaves: &[Digest]) -> Tree {
    let mut tree = Tree::new();
    leaves.iter().for_each(|leaf| tree.append_hash(*leaf));
    tree
}

impl Outline {
    /// The path from a chunk to the content hash: empty if there is only one, none if there is no such chunk.
    pub fn path(&self, index: u64) -> Option<Proof> {
        if self.leaves.len() == 1 {
            return (index == 0).then(Proof::default);
        }
        tree(&self.leaves).inclusion_proof(index, self.leaves.len() as u64).ok()
    }
}

impl Encode for Outline {
    fn encode(&self, out: &mut Writer) {
        self.heading.encode(out);
        out.list(self.leaves.iter());
    }
}

impl Decode for Outline {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let heading = Heading::decode(from)?;
        let leaves: Vec<Digest> = from.list("chunks", CHUNKS_MAX)?;
        if leaves.len() as u64 != heading.chunks() {
            return Err(DecodeError::Order("chunks"));
        }
        Ok(Self { heading, leaves })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chunk, ChunkError, Opening};

    fn payload(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|index| (index % 251) as u8 ^ (index / CHUNK_BYTES) as u8).collect()
    }

    fn outline(bytes: &[u8], salt: [u8; 32]) -> Outline {
        let mut outliner = Outliner::default();
        bytes.chunks(CHUNK_BYTES).for_each(|chunk| outliner.add(chunk).unwrap());
        outliner.finish(salt)
    }

    fn chunk(outline: &Outline, bytes: &[u8], index: u64) -> Chunk {
        let begin = index as usize * CHUNK_BYTES;
        let end = bytes.len().min(begin + CHUNK_BYTES);
        let path = outline.path(index).unwrap();
        Chunk { heading: outline.heading.clone(), index, bytes: bytes[begin..end].to_vec(), path }
    }

    #[test]
    fn chunks_of_every_length_lead_to_the_commitment_of_the_whole() {
        let edges = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 5 * CHUNK_BYTES + 7];
        for (bytes, chunks) in edges.into_iter().zip([1, 1, 1, 1, 2, 3, 6]) {
            let payload = payload(bytes);
            let outline = outline(&payload, [7; 32]);
            let commitment = Opening::new([7; 32], payload.as_slice()).commitment();
            assert_eq!(outline.heading.commitment(), commitment, "{bytes} bytes");
            assert_eq!(outline.heading.chunks(), chunks);
            assert_eq!(Outline::from_bytes(&outline.to_bytes()), Ok(outline.clone()));
            for index in 0..chunks {
                let chunk = chunk(&outline, &payload, index);
                assert_eq!(chunk.check(&commitment), Ok(()), "chunk {index} of {bytes} bytes");
                assert_eq!(Chunk::from_bytes(&chunk.to_bytes()), Ok(chunk));
            }
            assert_eq!(outline.path(chunks), None);
            assert_eq!(outline.heading.chunk_bytes(chunks), None);
        }
    }

    #[test]
    fn the_longest_payload_has_256_chunks_and_one_byte_more_is_refused() {
        let full = vec![5; CHUNK_BYTES];
        let mut outliner = Outliner::default();
        (0..CHUNKS_MAX).for_each(|_| outliner.add(&full).unwrap());
        assert_eq!(outliner.bytes(), SHARED_BYTES_MAX as u64);
        assert_eq!(outliner.add(&[5]), Err(TooLong));
        let outline = outliner.finish([1; 32]);
        assert_eq!(outline.heading.chunks(), 256);
        let (heading, path) = (outline.heading.clone(), outline.path(255).unwrap());
        let last = Chunk { heading, index: 255, bytes: full.clone(), path };
        assert_eq!(last.check(&outline.heading.commitment()), Ok(()));
        let beyond = Heading { bytes: SHARED_BYTES_MAX as u64 + 1, ..outline.heading };
        assert!(Heading::from_bytes(&beyond.to_bytes()).is_err());
    }

    #[test]
    fn only_the_last_chunk_may_be_short() {
        let mut outliner = Outliner::default();
        outliner.add(&[1; 10]).unwrap();
        assert_eq!(outliner.add(&[1]), Err(TooLong));
        assert_eq!(Outliner::default().add(&vec![0; CHUNK_BYTES + 1]), Err(TooLong));
    }

    #[test]
    fn whatever_is_changed_in_a_chunk_is_found() {
        let payload = payload(3 * CHUNK_BYTES + 5);
        let outline = outline(&payload, [7; 32]);
        let commitment = outline.heading.commitment();
        let good = chunk(&outline, &payload, 1);
        let wrong = |change: &dyn Fn(&mut Chunk)| {
            let mut chunk = good.clone();
            change(&mut chunk);
            chunk.check(&commitment).unwrap_err()
        };
        assert_eq!(wrong(&|chunk| chunk.bytes[9] ^= 1), ChunkError::Content(1));
        assert_eq!(wrong(&|chunk| chunk.path = outline.path(2).unwrap()), ChunkError::Content(1));
        assert_eq!(wrong(&|chunk| chunk.path = Proof::default()), ChunkError::Content(1));
        assert_eq!(wrong(&|chunk| chunk.index = 2), ChunkError::Content(2));
        assert_eq!(wrong(&|chunk| chunk.index = 4), ChunkError::Index(4));
        assert!(matches!(wrong(&|chunk| chunk.bytes.truncate(9)), ChunkError::Length { index: 1, .. }));
        assert_eq!(wrong(&|chunk| chunk.heading.salt[0] ^= 1), ChunkError::Heading);
        assert_eq!(wrong(&|chunk| chunk.heading.bytes -= 1), ChunkError::Heading);
        assert_eq!(wrong(&|chunk| chunk.heading.content = Digest::ZERO), ChunkError::Heading);
        // Of one chunk the content hash is plain, and no path leads anywhere.
        let short = super::tests::outline(&payload[..9], [7; 32]);
        let mut only = chunk(&short, &payload[..9], 0);
        assert_eq!(only.check(&short.heading.commitment()), Ok(()));
        only.path = outline.path(0).unwrap();
        assert_eq!(only.check(&short.heading.commitment()), Err(ChunkError::Content(0)));
    }
}
