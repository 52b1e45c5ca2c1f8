//! Everything against the recursive definitions of RFC 6962 §2.1, written down as they stand there.
use countersign_codec::{Decode, Encode};
use countersign_crypto::{Digest, Hasher};
use countersign_merkle::{Frontier, Proof, ProofError, RangeError, Tree, verify_consistency, verify_inclusion};
use proptest::prelude::*;

type Leaves<'a> = &'a [Vec<u8>];

/// The largest power of two smaller than `n`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// MTH(D[n]).
fn mth(leaves: Leaves) -> Digest {
    match leaves {
        [] => Digest::of(b""),
        [leaf] => Hasher::plain().with(&[0]).with(leaf).finish(),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            Hasher::plain().with(&[1]).with(mth(left).bytes()).with(mth(right).bytes()).finish()
        }
    }
}

/// PATH(m, D[n]).
fn path(m: usize, leaves: Leaves) -> Vec<Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut hashes, sibling) =
        if m < left.len() { (path(m, left), mth(right)) } else { (path(m - left.len(), right), mth(left)) };
    hashes.push(sibling);
    hashes
}

/// SUBPROOF(m, D[n], b).
fn subproof(m: usize, leaves: Leaves, known: bool) -> Vec<Digest> {
    if m == leaves.len() {
        return if known { Vec::new() } else { vec![mth(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut hashes, sibling) = if m <= left.len() {
        (subproof(m, left, known), mth(right))
    } else {
        (subproof(m - left.len(), right, false), mth(left))
    };
    hashes.push(sibling);
    hashes
}

fn tree_of(leaves: Leaves) -> Tree {
    let mut tree = Tree::new();
    leaves.iter().for_each(|leaf| tree.append(leaf));
    tree
}

fn numbered(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|leaf| (leaf as u32).to_be_bytes().to_vec()).collect()
}

#[test]
fn roots_and_proofs_are_those_of_the_definition_for_every_small_size() {
    let leaves = numbered(40);
    let tree = tree_of(&leaves);
    for new in 0..=leaves.len() {
        let held = &leaves[..new];
        let new_root = mth(held);
        assert_eq!(tree.root_at(new as u64), Ok(new_root), "root at {new}");
        for (index, leaf) in held.iter().enumerate() {
            let proof = tree.inclusion_proof(index as u64, new as u64).unwrap();
            assert_eq!(proof.hashes(), path(index, held), "leaf {index} of {new}");
            assert_eq!(verify_inclusion(leaf, index as u64, new as u64, &proof, &new_root), Ok(()));
        }
        for old in 0..=new {
            let proof = tree.consistency_proof(old as u64, new as u64).unwrap();
            if old > 0 {
                assert_eq!(proof.hashes(), subproof(old, held, true), "{old} to {new}");
            }
            let old_root = mth(&held[..old]);
            assert_eq!(verify_consistency(old as u64, new as u64, &proof, &old_root, &new_root), Ok(()));
        }
    }
}

#[test]
fn what_the_tree_does_not_have_is_refused() {
    let tree = tree_of(&numbered(5));
    assert_eq!(tree.root_at(6), Err(RangeError::Size { size: 6, len: 5 }));
    assert_eq!(tree.inclusion_proof(5, 5), Err(RangeError::Index { index: 5, size: 5 }));
    assert_eq!(tree.inclusion_proof(0, 0), Err(RangeError::Index { index: 0, size: 0 }));
    assert_eq!(tree.consistency_proof(3, 2), Err(RangeError::Order { old: 3, new: 2 }));
    assert_eq!(tree.consistency_proof(3, u64::MAX), Err(RangeError::Size { size: u64::MAX, len: 5 }));
}

#[test]
fn claims_out_of_bounds_are_refused() {
    let none = Proof::default();
    let root = Digest::ZERO;
    assert_eq!(verify_inclusion(b"", 0, 0, &none, &root), Err(ProofError::Index { index: 0, size: 0 }));
    assert_eq!(verify_inclusion(b"", 0, u64::MAX, &none, &root), Err(ProofError::TooLarge(u64::MAX)));
    assert_eq!(verify_consistency(2, 1, &none, &root, &root), Err(ProofError::Order { old: 2, new: 1 }));
    assert_eq!(verify_consistency(0, u64::MAX, &none, &root, &root), Err(ProofError::TooLarge(u64::MAX)));
    assert_eq!(verify_consistency(0, 4, &none, &root, &root), Err(ProofError::Root));
    assert_eq!(Proof::new(vec![root; 65]), Err(ProofError::TooLong(65)));
    assert!(Proof::from_bytes(&Proof::new(vec![root; 64]).unwrap().to_bytes()).is_ok());
    assert!(Proof::from_bytes(&[[65].as_slice(), &[0; 65 * 32]].concat()).is_err());
}

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<u8>),
    Truncate(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Append),
        1 => (0..120_u64).prop_map(Step::Truncate),
    ];
    prop::collection::vec(step, 0..150)
}

proptest! {
    #[test]
    fn a_tree_that_was_cut_back_is_the_tree_that_never_grew(steps in steps()) {
        let (mut tree, mut leaves) = (Tree::new(), Vec::new());
        for step in steps {
            match step {
                Step::Append(leaf) => {
                    tree.append(&leaf);
                    leaves.push(leaf);
                }
                Step::Truncate(size) => {
                    tree.truncate(size);
                    leaves.truncate(size as usize);
                }
            }
            prop_assert_eq!(tree.len(), leaves.len() as u64);
        }
        prop_assert_eq!(&tree, &tree_of(&leaves));
        prop_assert_eq!(tree.root(), mth(&leaves));
    }

    #[test]
    fn a_frontier_has_the_root_of_its_tree_and_one_encoding(leaves: Vec<Vec<u8>>, cut: prop::sample::Index) {
        let tree = tree_of(&leaves);
        let mut frontier = tree.frontier_at(cut.index(leaves.len() + 1) as u64).unwrap();
        prop_assert_eq!(frontier.root(), tree.root_at(frontier.len()).unwrap());
        frontier = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
        for leaf in &leaves[frontier.len() as usize..] {
            frontier.append(leaf);
        }
        prop_assert_eq!(frontier.root(), mth(&leaves));
        prop_assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier));
    }

    #[test]
    fn a_proof_holds_for_its_claim_only(size in 2..300_u64, leaf: prop::sample::Index, flip: (prop::sample::Index, u8)) {
        let leaves = numbered(size as usize);
        let tree = tree_of(&leaves);
        let index = leaf.index(size as usize) as u64;
        let (bytes, root) = (&leaves[index as usize], tree.root());
        let proof = tree.inclusion_proof(index, size).unwrap();
        let holds = |bytes: &[u8], index, size, hashes: &[Digest], root| {
            verify_inclusion(bytes, index, size, &Proof::new(hashes.to_vec()).unwrap(), root).is_ok()
        };
        let hashes = proof.hashes();
        prop_assert!(holds(bytes, index, size, hashes, &root));
        prop_assert!(!holds(b"other", index, size, hashes, &root));
        prop_assert!(!holds(bytes, index ^ 1, size, hashes, &root));
        for hashes in [&hashes[1..], &[hashes, &[root]].concat()] {
            let proof = Proof::new(hashes.to_vec()).unwrap();
            prop_assert_eq!(verify_inclusion(bytes, index, size, &proof, &root), Err(ProofError::Length));
        }
        let mut changed = hashes.to_vec();
        let at = flip.0.index(changed.len());
        let mut raw = *changed[at].bytes();
        raw[usize::from(flip.1 % 32)] ^= 1 << (flip.1 >> 5);
        changed[at] = Digest::new(raw);
        prop_assert!(!holds(bytes, index, size, &changed, &root));
    }

    #[test]
    fn a_rewritten_past_has_no_consistency_proof(sizes in (1..200_u64, 1..100_u64), rewritten: prop::sample::Index) {
        let (old, new) = (sizes.0, sizes.0 + sizes.1);
        let mut leaves = numbered(new as usize);
        let before = tree_of(&leaves[..old as usize]);
        leaves[rewritten.index(old as usize)] = b"rewritten".to_vec();
        let after = tree_of(&leaves);
        let proof = after.consistency_proof(old, new).unwrap();
        let verdict = verify_consistency(old, new, &proof, &before.root(), &after.root());
        prop_assert_eq!(verdict, Err(ProofError::Root));
    }

    #[test]
    fn no_claim_makes_verification_panic(claim: (u64, u64), hashes in prop::collection::vec(any::<[u8; 32]>(), 0..=64)) {
        let proof = Proof::new(hashes.into_iter().map(Digest::new).collect()).unwrap();
        let root = Digest::ZERO;
        prop_assert!(verify_inclusion(b"", claim.0, claim.1, &proof, &root).is_err());
        prop_assert!(verify_inclusion(b"", claim.0 % 8, claim.1 % 8, &proof, &root).is_err());
        prop_assert!(verify_consistency(claim.0, claim.1, &proof, &root, &Digest::of(b"")).is_err());
    }
}
