//! The peaks of a tree: what is needed to append and to know the root, and no more.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;

use crate::hash::{SIZE_MAX, empty_root, fold, leaf_hash, node_hash};

/// The complete subtrees of a tree: at most 62 hashes, whatever its size. Cheap to clone and to keep in a state.
///
/// Encoded as the size, then one hash for each bit set in it, the largest subtree first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each bit set in `size`, the largest first.
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The frontier of a tree without leaves.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// How many leaves the tree has.
    pub const fn len(&self) -> u64 {
        self.size
    }

    /// Whether the tree has no leaf.
    pub const fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// Adds a leaf on the right.
    pub fn append(&mut self, leaf: &[u8]) {
        let mut node = leaf_hash(leaf);
        // Each low bit set is a peak as large as what is carried: they become one of twice the size.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        // A log keeps one for each of its places: no room that is not needed.
        self.peaks.reserve_exact(1);
        self.peaks.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        fold(self.peaks.iter()).unwrap_or_else(empty_root)
    }

    pub(crate) const fn from_peaks(size: u64, peaks: Vec<Digest>) -> Self {
        Self { size, peaks }
    }
}

impl Encode for Frontier {
    fn encode(&self, out: &mut Writer) {
        out.uint(self.size);
        for peak in &self.peaks {
            peak.encode(out);
        }
    }
}

impl Decode for Frontier {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let size = from.uint()?;
        if size > SIZE_MAX {
            return Err(DecodeError::Limit { what: "leaves of a frontier", count: size, max: SIZE_MAX });
        }
        let peaks = (0..size.count_ones()).map(|_| Digest::decode(from)).collect::<Result<_, _>>()?;
        Ok(Self { size, peaks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_frontier_goes_on_where_it_stood() {
        let mut frontier = Frontier::new();
        for leaf in 0..13_u8 {
            frontier.append(&[leaf]);
            let mut copy = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
            assert_eq!(copy, frontier);
            copy.append(b"next");
            assert_ne!(copy.root(), frontier.root());
        }
        assert_eq!(frontier.to_bytes().len(), 1 + 3 * 32);
    }

    #[test]
    fn a_size_beyond_the_limit_or_a_missing_peak_is_refused() {
        let limit = DecodeError::Limit { what: "leaves of a frontier", count: SIZE_MAX + 1, max: SIZE_MAX };
        assert_eq!(Frontier::from_bytes(&(SIZE_MAX + 1).to_bytes()), Err(limit));
        assert_eq!(Frontier::from_bytes(&[1]), Err(DecodeError::Short));
        assert_eq!(Frontier::from_bytes(&[0]), Ok(Frontier::new()));
    }
}
