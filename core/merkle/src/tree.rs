//! The whole tree: every complete subtree is kept, so that roots and proofs of any earlier size are cheap.

use countersign_crypto::Digest;
use thiserror::Error;

use crate::hash::{empty_root, fold, leaf_hash, node_hash};
use crate::{Frontier, Proof};

/// A tree that grows on the right and can be cut back. About 64 bytes for each leaf; roots and proofs of any size
/// up to its own in O(log n).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// `levels[k][i]` is the hash over the leaves from `i·2^k` up to, not including, `(i+1)·2^k`.
    levels: Vec<Vec<Digest>>,
}

/// A root or proof is asked for that the tree does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The size asked for is larger than the tree.
    #[error("size {size} is beyond the {len} leaves of the tree")]
    Size {
        /// Size asked for.
        size: u64,
        /// Leaves there are.
        len: u64,
    },
    /// The leaf asked for is not in the tree of that size.
    #[error("leaf {index} is not in a tree of size {size}")]
    Index {
        /// Leaf asked for, from 0.
        index: u64,
        /// Size asked for.
        size: u64,
    },
    /// The earlier size is the larger one.
    #[error("size {old} is not before size {new}")]
    Order {
        /// Earlier size.
        old: u64,
        /// Later size.
        new: u64,
    },
}

impl Tree {
    /// A tree without leaves.
    pub const fn new() -> Self {
        Self { levels: Vec::new() }
    }

    /// How many leaves there are.
    pub fn len(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Whether there is no leaf.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a leaf on the right.
    pub fn append(&mut self, leaf: &[u8]) {
        self.append_hash(leaf_hash(leaf));
    }

    /// Adds a leaf on the right of which only the hash ([`leaf_hash`]) is at hand.
    pub fn append_hash(&mut self, leaf: Digest) {
        let mut node = leaf;
        for level in &mut self.levels {
            level.push(node);
            // An odd one waits for its sibling.
            let (pairs, odd) = level.as_chunks::<2>();
            let (Some([left, right]), []) = (pairs.last(), odd) else {
                return;
            };
            node = node_hash(left, right);
        }
        self.levels.push(vec![node]);
    }

    /// Cuts the tree back to its first `size` leaves; a larger size changes nothing.
    pub fn truncate(&mut self, size: u64) {
        let mut width = size;
        for level in &mut self.levels {
            level.truncate(usize::try_from(width).unwrap_or(usize::MAX));
            width >>= 1;
        }
        self.levels.retain(|level| !level.is_empty());
    }

    /// The root over all leaves.
    pub fn root(&self) -> Digest {
        self.fold_range(0, self.len())
    }

    /// The root over the first `size` leaves.
    pub fn root_at(&self, size: u64) -> Result<Digest, RangeError> {
        self.check(size)?;
        Ok(self.fold_range(0, size))
    }

    /// The frontier of the first `size` leaves.
    pub fn frontier_at(&self, size: u64) -> Result<Frontier, RangeError> {
        self.check(size)?;
        Ok(Frontier::from_peaks(size, self.peaks(0, size)))
    }

    /// Proves that leaf `index` (from 0) is in the tree of the first `size` leaves (RFC 9162 §2.1.3.1).
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Proof, RangeError> {
        self.check(size)?;
        if index >= size {
            return Err(RangeError::Index { index, size });
        }
        Ok(Proof::from_tree(self.path(0, index, size, Vec::new())))
    }

    /// Proves that the tree of the first `new` leaves continues the one of the first `old` (RFC 9162 §2.1.4.1).
    /// Without hashes where nothing is to be proved: `old` is 0 or equal to `new`.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Proof, RangeError> {
        self.check(new)?;
        if old > new {
            return Err(RangeError::Order { old, new });
        }
        let Some(last) = old.checked_sub(1).filter(|_| old < new) else {
            return Ok(Proof::from_tree(Vec::new()));
        };
        // The path begins at the smallest peak of the old tree. If that is the whole old tree, its root is known.
        let level = old.trailing_zeros();
        let index = shift(last, level);
        let start = if index == 0 { Vec::new() } else { vec![self.node(level, index, new)] };
        Ok(Proof::from_tree(self.path(level, index, new, start)))
    }

    fn check(&self, size: u64) -> Result<(), RangeError> {
        let len = self.len();
        if size > len { Err(RangeError::Size { size, len }) } else { Ok(()) }
    }

    /// The siblings from node `index` of `level` up to the root of the tree of `size` leaves, after `path`.
    fn path(&self, level: u32, index: u64, size: u64, mut path: Vec<Digest>) -> Vec<Digest> {
        let (mut level, mut index) = (level, index);
        let mut last = shift(size.saturating_sub(1), level);
        while last > 0 {
            let sibling = index ^ 1;
            if sibling <= last {
                path.push(self.node(level, sibling, size));
            }
            (level, index, last) = (level.saturating_add(1), index >> 1, last >> 1);
        }
        path
    }

    /// Node `index` of `level` in the tree of `size` leaves, which may end inside it.
    fn node(&self, level: u32, index: u64, size: u64) -> Digest {
        if index < shift(size, level) {
            return self.complete(level, index).unwrap_or(Digest::ZERO);
        }
        self.fold_range(index.checked_shl(level).unwrap_or(u64::MAX), size)
    }

    fn complete(&self, level: u32, index: u64) -> Option<Digest> {
        self.levels.get(usize::try_from(level).ok()?)?.get(usize::try_from(index).ok()?).copied()
    }

    /// The root over the leaves from `begin` up to `end`; `begin` is a multiple of a power of two ≥ the distance.
    fn fold_range(&self, begin: u64, end: u64) -> Digest {
        fold(self.peaks(begin, end).iter()).unwrap_or_else(empty_root)
    }

    /// The complete subtrees between `begin` and `end`, the largest first.
    fn peaks(&self, begin: u64, end: u64) -> Vec<Digest> {
        let count = end.saturating_sub(begin);
        let mut at = begin;
        let mut peaks = Vec::new();
        for level in (0..u64::BITS).rev().filter(|level| shift(count, *level) & 1 == 1) {
            peaks.extend(self.complete(level, shift(at, level)));
            at = at.saturating_add(1_u64.checked_shl(level).unwrap_or(0));
        }
        peaks
    }
}

fn shift(value: u64, level: u32) -> u64 {
    value.checked_shr(level).unwrap_or(0)
}
