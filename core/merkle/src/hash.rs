//! The three hashes of RFC 9162 §2.1.1: of nothing, of a leaf, of two subtrees.

use countersign_crypto::{Digest, Hasher};

/// Most leaves of a tree that is decoded or verified, 2^62: its proofs have at most 63 hashes, and a size plus any
/// number of leaves that somebody really appends stays within 64 bits.
pub const SIZE_MAX: u64 = 1 << 62;

/// The root of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Digest {
    Hasher::plain().finish()
}

/// The hash of a leaf, which stands for it in a tree: H(0x00 ‖ leaf).
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Hasher::plain().with(&[0]).with(leaf).finish()
}

/// H(0x01 ‖ left ‖ right).
pub(crate) fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Hasher::plain().with(&[1]).with(left.bytes()).with(right.bytes()).finish()
}

/// The root over complete subtrees that stand side by side, the largest first.
pub(crate) fn fold<'a>(peaks: impl DoubleEndedIterator<Item = &'a Digest>) -> Option<Digest> {
    peaks.rev().copied().reduce(|right, left| node_hash(&left, &right))
}
