//! The suite of transparency-dev/merkle (`tests/testdata/transparency-dev`).
use std::collections::BTreeMap;

use countersign_crypto::{Digest, Hasher};
use countersign_merkle::{Proof, verify_consistency, verify_inclusion};
use serde_json::Value;

use crate::hex;

const SUITE: &str = include_str!("../testdata/transparency-dev/proofs.json");

/// The one case that holds there and not here: its roots are two equal texts that are no SHA-256 values.
const NO_DIGEST: &str = "consistency/additional/sizes-are-equal-one-and-proof-is-empty";

/// The leaves of the trees in the suite, by their hash: it gives leaf hashes, and we verify leaves.
fn leaves() -> BTreeMap<Digest, Vec<u8>> {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let hash = |leaf: &Vec<u8>| Hasher::plain().with(&[0]).with(leaf).finish();
    leaves.into_iter().map(hex::bytes).chain([b"data".to_vec()]).map(|leaf| (hash(&leaf), leaf)).collect()
}

fn digest(case: &Value, name: &str) -> Option<Digest> {
    hex::digest(case[name].as_str().unwrap())
}

fn proof(case: &Value) -> Option<Proof> {
    let hashes: Option<_> = case["proof"].as_array().unwrap().iter().map(|hash| hex::digest(hash.as_str()?)).collect();
    Proof::new(hashes?).ok()
}

/// Runs one kind of case; gives how many there were, and how many of them hold. What has no form among our types
/// (a root that is not 32 bytes, a leaf hash without known leaf) counts as refused.
fn run(kind: &str, holds: impl Fn(&Value) -> Option<bool>) -> (usize, usize) {
    let suite: Value = serde_json::from_str(SUITE).unwrap();
    let cases = suite[kind].as_array().unwrap();
    for case in cases {
        let expect = case["valid"] == true && case["name"] != NO_DIGEST;
        assert_eq!(holds(case).unwrap_or(false), expect, "{}", case["name"]);
    }
    (cases.len(), cases.iter().filter(|case| case["valid"] == true).count())
}

#[test]
fn inclusion() {
    let leaves = leaves();
    let holds = |case: &Value| {
        let leaf = leaves.get(&digest(case, "leaf_hash")?)?;
        let (index, size) = (case["index"].as_u64()?, case["size"].as_u64()?);
        Some(verify_inclusion(leaf, index, size, &proof(case)?, &digest(case, "root")?).is_ok())
    };
    assert_eq!(run("inclusion", holds), (98, 6));
}

#[test]
fn consistency() {
    let holds = |case: &Value| {
        let (old, new) = (case["old"].as_u64()?, case["new"].as_u64()?);
        let (old_root, new_root) = (digest(case, "old_root")?, digest(case, "new_root")?);
        Some(verify_consistency(old, new, &proof(case)?, &old_root, &new_root).is_ok())
    };
    assert_eq!(run("consistency", holds), (98, 6));
}
