//! Proof bundles, as somebody reads them who trusts nobody.

use countersign_crypto::Digest;
use countersign_proof::{Bundle, verify};

use crate::seeds;

/// Verifies the bytes, then the same with the checksum that fits: else no damage would come past it.
pub fn run(bytes: &[u8]) {
    check(bytes);
    if let Some((before, _)) = bytes.split_last_chunk::<32>() {
        check(&[before, Digest::of(before).bytes()].concat());
    }
}

fn check(bytes: &[u8]) {
    let verdict = verify(bytes, None);
    let _ = verdict.to_json().canonical();
    let bundle = Bundle::from_bytes(bytes);
    if let Ok(bundle) = &bundle {
        assert_eq!(bundle.to_bytes(), bytes, "a bundle has two spellings");
    }
    if verdict.is_proven() {
        let bundle = bundle.expect("what is proven can be read");
        assert!(verify(bytes, Some(bundle.contract())).is_proven(), "what is proven is about its own contract");
        assert!(!verdict.not_proven.is_empty(), "every verdict says what it does not show");
    }
}

/// The bundles among the vectors.
pub fn seeds() -> Vec<Vec<u8>> {
    seeds::files("bundle", &["bundle"])
}
