//! Whatever is touched, the verdict is no and names the section.

use countersign_codec::{Encode, Reader};
use countersign_proof::{BUNDLE_BYTES_MAX, Bundle, Fault, Section, Selection, Target, verify};
use proptest::prelude::*;

use crate::story::{appraisal, lease, note};

/// The section of each byte, lengths counted to what they measure.
fn sections(bytes: &[u8]) -> Vec<Section> {
    let mut from = Reader::new(bytes);
    from.raw(18).unwrap();
    from.uint().unwrap();
    let mut of = vec![Section::File; bytes.len() - from.rest().len()];
    for section in [Section::Genesis, Section::Members, Section::Claims, Section::Checkpoint, Section::Certificate] {
        from.bytes("section", bytes.len()).unwrap();
        of.resize(bytes.len() - from.rest().len(), section);
    }
    assert_eq!(from.rest().len(), 32);
    of.resize(bytes.len(), Section::Checksum);
    of
}

/// Flips the bits that `masks` names of each byte, on two threads.
fn every_flip_is_found(bundle: &Bundle, masks: impl Fn(usize, Section) -> Vec<u8> + Sync) {
    let bytes = bundle.to_bytes();
    let of = sections(&bytes);
    assert!(verify(&bytes, None).is_proven());
    let half = |odd: usize| {
        for index in (odd..bytes.len()).step_by(2) {
            for mask in masks(index, of[index]) {
                let mut touched = bytes.clone();
                touched[index] ^= mask;
                let verdict = verify(&touched, None);
                let finding = verdict.finding.unwrap_or_else(|| panic!("byte {index} ^ {mask:#04x} goes unseen"));
                assert!(verdict.proven.is_empty());
                assert_eq!(finding.section, of[index], "byte {index} ^ {mask:#04x}: {finding}");
                assert!(finding.object.starts_with(finding.section.as_str()), "{finding}");
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| half(1));
        half(0);
    });
}

#[test]
fn every_flipped_bit_of_a_small_bundle_is_found_in_its_section() {
    let mut bundle = note().bundle("writer", &Selection::all()).unwrap();
    bundle.redact(&[Target::Payload(bundle.genesis.payload)]).unwrap();
    every_flip_is_found(&bundle, |_, _| (0..8).map(|bit| 1 << bit).collect());
}

#[test]
fn every_flipped_byte_of_a_lease_is_found_in_its_section() {
    let lease = lease();
    let mut bundle = lease.story.bundle("tenant", &Selection::all()).unwrap();
    let some_bit = |index: usize| vec![1 << (index % 8)];
    // The section with the scenario from the whole file, the others from one without: reading a scenario 10,000 times
    // takes minutes, and the bytes of the other sections are the same.
    let of_genesis = |section| matches!(section, Section::File | Section::Genesis | Section::Checksum);
    every_flip_is_found(&bundle, |index, section| if of_genesis(section) { some_bit(index) } else { Vec::new() });
    bundle.redact(&[Target::Payload(bundle.genesis.payload)]).unwrap();
    every_flip_is_found(&bundle, |index, section| if of_genesis(section) { Vec::new() } else { some_bit(index) });
}

#[test]
fn nothing_may_be_missing_or_follow() {
    let bytes = lease().story.bundle("tenant", &Selection::all()).unwrap().to_bytes();
    for end in (0..bytes.len()).step_by(7) {
        assert!(!verify(&bytes[..end], None).is_proven());
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(verify(&longer, None).finding.unwrap().section, Section::Checksum);
}

#[test]
fn files_of_later_formats_and_of_any_size_are_refused() {
    let fault = |bytes: &[u8]| verify(bytes, None).finding.unwrap().fault;
    assert_eq!(fault(b"countersign-bundle\x02"), Fault::NewerFormat);
    assert_eq!(fault(b"countersign-bundle\x00"), Fault::Malformed);
    assert_eq!(fault(b"countersign-bundlf\x01"), Fault::Malformed);
    assert_eq!(fault(&vec![0; BUNDLE_BYTES_MAX + 1]), Fault::TooLarge);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_prove_nothing(bytes: Vec<u8>, sound: bool) {
        let bytes = if sound { [b"countersign-bundle\x01".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(!verify(&bytes, None).is_proven());
    }
}

/// Cuts, repeats, moves and overwrites parts of real bundles; even with a fresh checksum nothing else is proven.
#[test]
fn mutated_bundles_prove_nothing() {
    let bundles = [note().bundle("writer", &Selection::all()), appraisal().bundle("smith", &Selection::all())];
    let originals = bundles.map(|bundle| bundle.unwrap().to_bytes());
    let mut chance = 7_u64;
    let mut below = |max: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((chance >> 33) as usize) % max.max(1)
    };
    for round in 0..1_000 {
        let original = &originals[round % 2];
        let mut body = original[..original.len() - 32].to_vec();
        for _ in 0..=below(3) {
            let (from, to) = (below(body.len()), below(body.len()));
            let length = below(80).min(body.len() - from).min(body.len() - to);
            match below(4) {
                0 => drop(body.drain(from..from + length)),
                1 => body.splice(to..to, original[from.min(to)..from.min(to) + length.min(40)].to_vec()).for_each(drop),
                2 => body.copy_within(from..from + length, to),
                _ => body[to] = below(256) as u8,
            }
        }
        if body == original[..original.len() - 32] {
            continue;
        }
        let checksum = countersign_crypto::Digest::of(&body).to_bytes();
        let bytes = [body, checksum].concat();
        assert!(!verify(&bytes, None).is_proven(), "round {round}");
        if let Ok(bundle) = Bundle::from_bytes(&bytes) {
            assert_eq!(bundle.to_bytes(), bytes, "round {round}: one bundle, one file");
        }
    }
}
