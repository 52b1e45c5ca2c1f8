//! Proofs and their verification: pure functions of what is claimed.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;
use thiserror::Error;

use crate::hash::{SIZE_MAX, empty_root, leaf_hash, node_hash};

/// Most hashes of a proof.
pub const PROOF_HASHES_MAX: usize = 64;

/// The hashes that lead to a root, from the leaves upwards; at most [`PROOF_HASHES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof(Vec<Digest>);

/// What is claimed does not follow from the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// There are more hashes than any proof has.
    #[error("a proof of {0} hashes is too long")]
    TooLong(usize),
    /// The tree is said to be larger than [`SIZE_MAX`].
    #[error("a tree of {0} leaves is too large")]
    TooLarge(u64),
    /// The leaf is said to stand beyond the end of the tree.
    #[error("leaf {index} is not in a tree of size {size}")]
    Index {
        /// Leaf claimed, from 0.
        index: u64,
        /// Size claimed.
        size: u64,
    },
    /// The earlier tree is said to be the larger one.
    #[error("size {old} is not before size {new}")]
    Order {
        /// Earlier size.
        old: u64,
        /// Later size.
        new: u64,
    },
    /// Between trees of these sizes a proof has another number of hashes.
    #[error("the proof has too many or too few hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

impl Proof {
    /// The proof of these hashes. Fails if there are too many.
    pub fn new(hashes: Vec<Digest>) -> Result<Self, ProofError> {
        if hashes.len() > PROOF_HASHES_MAX { Err(ProofError::TooLong(hashes.len())) } else { Ok(Self(hashes)) }
    }

    /// The hashes, from the leaves upwards.
    pub fn hashes(&self) -> &[Digest] {
        &self.0
    }

    /// A tree in memory is too small for a proof that is too long.
    pub(crate) const fn from_tree(hashes: Vec<Digest>) -> Self {
        Self(hashes)
    }
}

impl Encode for Proof {
    fn encode(&self, out: &mut Writer) {
        out.list(self.0.iter());
    }
}

impl Decode for Proof {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.list("hashes of a proof", PROOF_HASHES_MAX).map(Self)
    }
}

/// Checks that `leaf` is leaf `index` (from 0) of the tree of `size` leaves with `root` (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(leaf: &[u8], index: u64, size: u64, proof: &Proof, root: &Digest) -> Result<(), ProofError> {
    if size > SIZE_MAX {
        return Err(ProofError::TooLarge(size));
    }
    let last = size.checked_sub(1).filter(|last| index <= *last).ok_or(ProofError::Index { index, size })?;
    let mut climb = Climb { index, last };
    let mut found = leaf_hash(leaf);
    for hash in proof.hashes() {
        found = match climb.step()? {
            Side::Left => node_hash(hash, &found),
            Side::Right => node_hash(&found, hash),
        };
    }
    climb.finish()?;
    equal(&found, root)
}

/// Checks that the tree of `new` leaves with `new_root` continues the one of `old` leaves with `old_root`
/// (RFC 9162 §2.1.4.2). Every tree continues the empty one, whose root is [`empty_root`].
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &Proof,
    old_root: &Digest,
    new_root: &Digest,
) -> Result<(), ProofError> {
    if new > SIZE_MAX {
        return Err(ProofError::TooLarge(new));
    }
    if old > new {
        return Err(ProofError::Order { old, new });
    }
    let last = match old.checked_sub(1) {
        Some(old_last) if old < new => old_last,
        // Nothing is to be proved between equal trees, nor from the empty one.
        _ => {
            if !proof.hashes().is_empty() {
                return Err(ProofError::Length);
            }
            if old == 0 {
                equal(&empty_root(), old_root)?;
            }
            return if old == new { equal(old_root, new_root) } else { Ok(()) };
        }
    };
    // The climb begins at the smallest peak of the old tree: the first hash, or the old root where that is a peak.
    let level = old.trailing_zeros();
    let shift = |value: u64| value.checked_shr(level).unwrap_or(0);
    let mut climb = Climb { index: shift(last), last: shift(new.saturating_sub(1)) };
    let (start, rest) = if climb.index == 0 {
        (*old_root, proof.hashes())
    } else {
        proof.hashes().split_first().map(|(first, rest)| (*first, rest)).ok_or(ProofError::Length)?
    };
    let (mut old_found, mut new_found) = (start, start);
    for hash in rest {
        match climb.step()? {
            Side::Left => {
                old_found = node_hash(hash, &old_found);
                new_found = node_hash(hash, &new_found);
            }
            Side::Right => new_found = node_hash(&new_found, hash),
        }
    }
    climb.finish()?;
    equal(&old_found, old_root)?;
    equal(&new_found, new_root)
}

fn equal(found: &Digest, claimed: &Digest) -> Result<(), ProofError> {
    if found == claimed { Ok(()) } else { Err(ProofError::Root) }
}

/// Where the next sibling stands.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root: its index, and that of the last node, on one level.
struct Climb {
    index: u64,
    last: u64,
}

impl Climb {
    /// The side of the next sibling, and one level up, or several where a node on the right edge has no sibling.
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::Length);
        }
        let side = if self.index & 1 == 1 || self.index == self.last {
            while self.index & 1 == 0 && self.index > 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Ok(side)
    }

    const fn up(&mut self) {
        self.index >>= 1;
        self.last >>= 1;
    }

    const fn finish(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::Length) }
    }
}
