//! `docs/spec/vectors/merkle.json`: other implementations pass them too. `COUNTERSIGN_BLESS=1` writes them anew.
use countersign_codec::{Decode, Encode};
use countersign_crypto::Digest;
use countersign_merkle::{Frontier, Proof, Tree, verify_consistency, verify_inclusion};
use serde_json::{Value, json};

use crate::hex;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/merkle.json");

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn texts(proof: &Proof) -> Vec<String> {
    proof.hashes().iter().map(Digest::to_string).collect()
}

/// Leaf i is the i low bytes of the SHA-256 of one byte i; so lengths differ.
fn leaves() -> Vec<Vec<u8>> {
    (0..11_u8).map(|index| Digest::of(&[index]).bytes()[32 - usize::from(index)..].to_vec()).collect()
}

fn generated() -> Value {
    let mut tree = Tree::new();
    let mut roots =
        vec![json!({"size": 0, "root": tree.root().to_string(), "frontier": text(&Frontier::new().to_bytes())})];
    for leaf in leaves() {
        tree.append(&leaf);
        let frontier = tree.frontier_at(tree.len()).unwrap();
        roots
            .push(json!({"size": tree.len(), "root": tree.root().to_string(), "frontier": text(&frontier.to_bytes())}));
    }
    let (mut inclusion, mut consistency) = (Vec::new(), Vec::new());
    for size in [1, 2, 3, 6, 8, 11_u64] {
        for index in 0..size {
            let proof = texts(&tree.inclusion_proof(index, size).unwrap());
            inclusion.push(json!({"index": index, "size": size, "proof": proof}));
        }
    }
    for (old, new) in [(0, 0), (0, 4), (1, 1), (1, 2), (2, 3), (3, 7), (4, 8), (6, 8), (7, 11), (8, 11), (11, 11)] {
        let proof = texts(&tree.consistency_proof(old, new).unwrap());
        consistency.push(json!({"old": old, "new": new, "proof": proof}));
    }
    let leaves: Vec<_> = leaves().iter().map(|leaf| text(leaf)).collect();
    json!({"leaves": leaves, "roots": roots, "inclusion": inclusion, "consistency": consistency})
}

#[test]
fn the_vectors_are_what_the_code_computes() {
    let generated = format!("{:#}\n", generated());
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(PATH, &generated).unwrap();
    }
    let held = std::fs::read_to_string(PATH).unwrap();
    assert!(held == generated, "docs/spec/vectors/merkle.json differs; COUNTERSIGN_BLESS=1 writes it anew");
}

#[test]
fn the_vectors_verify() {
    let held: Value = serde_json::from_str(&std::fs::read_to_string(PATH).unwrap()).unwrap();
    let list = |name: &str| held[name].as_array().unwrap().clone();
    let number = |case: &Value, name: &str| case[name].as_u64().unwrap();
    let root = |size: u64| hex::digest(held["roots"][size as usize]["root"].as_str().unwrap()).unwrap();
    let proof = |case: &Value| {
        let hashes = case["proof"].as_array().unwrap().iter().map(|hash| hex::digest(hash.as_str().unwrap()).unwrap());
        Proof::new(hashes.collect()).unwrap()
    };
    for case in list("inclusion") {
        let (index, size) = (number(&case, "index"), number(&case, "size"));
        let leaf = hex::bytes(held["leaves"][index as usize].as_str().unwrap());
        assert_eq!(verify_inclusion(&leaf, index, size, &proof(&case), &root(size)), Ok(()), "{case}");
    }
    for case in list("consistency") {
        let (old, new) = (number(&case, "old"), number(&case, "new"));
        assert_eq!(verify_consistency(old, new, &proof(&case), &root(old), &root(new)), Ok(()), "{case}");
    }
    for case in list("roots") {
        let frontier = Frontier::from_bytes(&hex::bytes(case["frontier"].as_str().unwrap())).unwrap();
        assert_eq!((frontier.len(), frontier.root()), (number(&case, "size"), root(number(&case, "size"))));
    }
}
