//! Ed25519 by ZIP-215: CCTV (edge cases of points) and Wycheproof (malformed signatures).
//!
//! Whatever this crate signs and verifies has a namespace or is a signature base of HTTP, and the messages of the
//! suites are neither. So they run against the library below ([`ed25519_zebra`]), with the keys that [`PublicKey`]
//! accepts; that the crate hands it exactly the bytes of `docs/spec/crypto.md` is what the vectors show.
use countersign_crypto::{Batch, Namespace, PublicKey, Seed, Signature, verify};
use ed25519_zebra as zebra;
use serde_json::Value;

use crate::hex;

const CCTV: &str = include_str!("../testdata/cctv/ed25519.json");
const WYCHEPROOF: &str = include_str!("../testdata/wycheproof/ed25519.json");

struct Case {
    number: u64,
    key: [u8; 32],
    /// `None` if it is not 64 bytes: no [`Signature`] can be made of it.
    signature: Option<[u8; 64]>,
    message: Vec<u8>,
    flags: Vec<String>,
    valid: bool,
}

impl Case {
    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|held| held == flag)
    }

    fn item(&self) -> zebra::batch::Item {
        let key = zebra::VerificationKeyBytes::from(self.key);
        (key, zebra::Signature::from(self.signature.unwrap()), &self.message).into()
    }

    fn holds_singly(&self) -> bool {
        let key = zebra::VerificationKey::try_from(self.key);
        assert_eq!(key.is_ok(), PublicKey::new(self.key).is_ok(), "{}", self.number);
        let signature = zebra::Signature::from(self.signature.unwrap());
        key.is_ok_and(|key| key.verify(&signature, &self.message).is_ok())
    }
}

fn holds_together(items: impl IntoIterator<Item = zebra::batch::Item>) -> bool {
    let mut batch = zebra::batch::Verifier::new();
    items.into_iter().for_each(|item| batch.queue(item));
    batch.verify(Seed::new([5; 32])).is_ok()
}

fn cases(text: &str, message: fn(&str) -> Vec<u8>) -> Vec<Case> {
    let suite: Value = serde_json::from_str(text).unwrap();
    let case = |case: &Value| {
        let text = |name: &str| case[name].as_str().unwrap();
        Case {
            number: case["number"].as_u64().unwrap(),
            key: hex::array(text("key")).unwrap(),
            signature: hex::array(text("sig")),
            message: message(text("msg")),
            flags: case["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned()).collect(),
            valid: case["result"] == "valid",
        }
    };
    suite.as_array().unwrap().iter().map(case).collect()
}

fn cctv() -> Vec<Case> {
    cases(CCTV, |text| text.as_bytes().to_vec())
}

fn wycheproof() -> Vec<Case> {
    cases(WYCHEPROOF, hex::bytes)
}

/// ZIP-215 accepts every vector but those that hash a point in another encoding than the one sent (`reencoded_k`),
/// where the public key has a part of large order: only then does the hash matter.
#[test]
fn cctv_verdicts_are_those_of_zip_215() {
    let cases = cctv();
    assert_eq!(cases.len(), 914);
    for case in &cases {
        let expect = !case.has("reencoded_k") || case.has("low_order_A");
        assert_eq!(case.holds_singly(), expect, "{} {:?}", case.number, case.flags);
    }
}

/// What RFC 8032 and verifiers in use refuse and ZIP-215 accepts, as `docs/spec/crypto.md` lists it.
#[test]
fn cctv_differences_from_other_rules() {
    let accepted: Vec<_> = cctv().into_iter().filter(Case::holds_singly).collect();
    let count = |refused: fn(&Case) -> bool| accepted.iter().filter(|case| refused(case)).count();
    let non_canonical = |case: &Case| case.has("non_canonical_A") || case.has("non_canonical_R");
    let ref10 = |case: &Case| case.has("non_canonical_R") || case.has("low_order_residue");
    let strict = |case: &Case| case.has("low_order_A") || case.has("low_order_R") || case.has("low_order_residue");
    let page = include_str!("../../../../docs/spec/crypto.md");
    for (rule, count) in [
        ("RFC 8032", count(non_canonical)),
        ("ref10", count(ref10)),
        ("`verify_strict`", count(strict)),
        ("ZIP-215", 914 - accepted.len()),
    ] {
        let row = page.lines().find(|line| line.starts_with(&format!("| {rule}"))).unwrap();
        assert!(row.ends_with(&format!(" {count} |")), "{count} of CCTV: {row}");
    }
}

/// Where ZIP-215 differs from Wycheproof's verdicts, by number of the test.
/// 151 (`InvalidEncoding`): R is the point (−0, 1), which RFC 8032 §5.1.3 does not decode and ZIP-215 does.
const WYCHEPROOF_DIFFERENCES: [u64; 1] = [151];

#[test]
fn wycheproof_verdicts() {
    let cases = wycheproof();
    assert_eq!(cases.len(), 151);
    for case in &cases {
        let found = case.signature.is_some() && case.holds_singly();
        let expect = case.valid != WYCHEPROOF_DIFFERENCES.contains(&case.number);
        assert_eq!(found, expect, "{} {:?}", case.number, case.flags);
    }
}

#[test]
fn single_and_batch_agree_on_every_vector() {
    let cases: Vec<_> = cctv().into_iter().chain(wycheproof()).filter(|case| case.signature.is_some()).collect();
    for case in &cases {
        assert_eq!(case.holds_singly(), holds_together([case.item()]), "{} {:?}", case.number, case.flags);
        assert_eq!(case.holds_singly(), case.item().verify_single().is_ok(), "{} {:?}", case.number, case.flags);
    }
    let (good, bad): (Vec<_>, Vec<_>) = cases.iter().partition(|case| case.holds_singly());
    assert!(holds_together(good.iter().map(|case| case.item())));
    for case in bad {
        assert!(!holds_together(good.iter().take(20).chain([&case]).map(|case| case.item())), "{}", case.number);
    }
}

/// The crate's own functions over the same keys and signatures: under a namespace the message is another, so only
/// the vectors hold whose key is of low order: with such a key a signature holds for every message.
#[test]
fn single_and_batch_agree_under_a_namespace() {
    let mut batch = Batch::default();
    let mut singly = Vec::new();
    for case in cctv() {
        let (key, signature) = (PublicKey::new(case.key).unwrap(), Signature::new(case.signature.unwrap()));
        batch.push(&key, Namespace::Entry, &case.message, &signature);
        singly.push(verify(&key, Namespace::Entry, &case.message, &signature));
        assert_eq!(singly.last().unwrap().is_ok(), case.has("low_order_A"), "{} {:?}", case.number, case.flags);
    }
    assert_eq!(batch.verify(&mut Seed::new([6; 32])), singly);
}
