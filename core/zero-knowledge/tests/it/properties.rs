//! Completeness, soundness as far as a test can see it, and strict reading.

use countersign_crypto::{Seed, SigningKey};
use countersign_zero_knowledge::{
    BadProof, CannotProve, Challenge, Claim, Commitment, Occasion, Opening, PROOF_BYTES_MAX, Proof, prove, verify,
};
use proptest::prelude::*;

use crate::{occasion, opening, proof};

const CLAIMS: [Claim; 4] = [Claim::Known, Claim::AtLeast(2_850), Claim::AtMost(10_000), Claim::Between(2_850, 10_000)];

fn check(occasion: &Occasion<'_>, claim: Claim, value: i64, proof: &Proof) -> Result<(), BadProof> {
    verify(occasion, claim, &opening(value).commitment(), proof)
}

#[test]
fn what_is_true_is_proved_at_the_bounds_and_at_the_ends_of_the_numbers() {
    let (least, most) = (i64::MIN, i64::MAX);
    for (claim, value) in [
        (Claim::Known, 0),
        (Claim::AtLeast(2_850), 2_850),
        (Claim::AtMost(2_850), 2_850),
        (Claim::Between(-5, -5), -5),
        (Claim::Between(least, most), 0),
        (Claim::Between(least, most), least),
        (Claim::Between(least, most), most),
    ] {
        assert_eq!(check(&occasion(), claim, value, &proof(claim, value)), Ok(()), "{claim:?} of {value}");
    }
}

#[test]
fn what_is_not_true_cannot_be_proved() {
    for (claim, value) in [
        (Claim::AtLeast(2_850), 2_849),
        (Claim::AtMost(2_850), 2_851),
        (Claim::Between(-5, 5), 6),
        (Claim::Between(-5, 5), -6),
        (Claim::Between(5, -5), 0),
    ] {
        assert_eq!(prove(&occasion(), claim, &opening(value), Seed::new([3; 32])), Err(CannotProve));
    }
}

#[test]
fn a_proof_holds_for_its_claim_alone() {
    for made in CLAIMS {
        let made_proof = proof(made, 3_500);
        for asked in
            CLAIMS.into_iter().chain([Claim::AtLeast(2_851), Claim::AtMost(9_999), Claim::Between(2_849, 10_000)])
        {
            assert_eq!(check(&occasion(), asked, 3_500, &made_proof).is_ok(), asked == made, "{made:?} as {asked:?}");
        }
        assert!(check(&occasion(), made, 3_501, &made_proof).is_err(), "of another number");
        let other = Opening::derive(&SigningKey::new([1; 32]), "ctr_lease", 3_500, [8; 16]).commitment();
        assert!(verify(&occasion(), made, &other, &made_proof).is_err(), "of another commitment to the same number");
    }
    assert_eq!(
        check(&occasion(), Claim::Between(5, -5), 0, &proof(Claim::Between(0, 0), 0)),
        Err(BadProof::DoesNotHold)
    );
}

#[test]
fn a_proof_holds_on_its_occasion_alone() {
    let here = occasion();
    let others = [
        Occasion { contract: "ctr_other", ..here },
        Occasion { process: "main/goods", ..here },
        Occasion { action: "show_incom", response: "eok", ..here },
        Occasion { response: "other", ..here },
        Occasion { party: "idn_ben", ..here },
        Occasion { challenge: Challenge::new([8; 32]), ..here },
    ];
    for claim in CLAIMS {
        let made = proof(claim, 3_500);
        for other in others {
            assert_eq!(check(&other, claim, 3_500, &made), Err(BadProof::DoesNotHold), "{claim:?} at {other:?}");
        }
    }
}

#[test]
fn no_byte_of_a_proof_can_be_changed_and_none_left_out_or_added() {
    for claim in [Claim::Known, Claim::AtLeast(2_850), Claim::Between(2_850, 10_000)] {
        let made = proof(claim, 3_500);
        for at in 0..made.bytes().len() {
            let mut bytes = made.bytes().to_vec();
            bytes[at] ^= 1 << (at % 8);
            let forged = Proof::from_bytes(&bytes).unwrap();
            assert!(check(&occasion(), claim, 3_500, &forged).is_err(), "{claim:?}, byte {at}");
        }
        let shorter = Proof::from_bytes(&made.bytes()[1..]).unwrap();
        assert_eq!(check(&occasion(), claim, 3_500, &shorter), Err(BadProof::Malformed));
        if let Some(longer) = Proof::from_bytes(&[made.bytes(), &[0]].concat()) {
            assert_eq!(check(&occasion(), claim, 3_500, &longer), Err(BadProof::Malformed));
        }
        assert_eq!(check(&occasion(), claim, 3_500, &Proof::from_bytes(&[]).unwrap()), Err(BadProof::Malformed));
    }
    assert!(Proof::from_bytes(&[0; PROOF_BYTES_MAX + 1]).is_none());
}

#[test]
fn a_second_spelling_of_an_answer_is_refused() {
    // The order of the group, added to the first answer of a proof of knowledge: the same number, not its canonical form.
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let made = proof(Claim::Known, 3_500);
    let mut bytes = made.bytes().to_vec();
    let mut carry = 0;
    for (byte, add) in bytes[32..64].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(check(&occasion(), Claim::Known, 3_500, &Proof::from_bytes(&bytes).unwrap()), Err(BadProof::Malformed));
}

#[test]
fn an_opening_follows_from_key_contract_number_and_salt() {
    let one = opening(3_500).commitment();
    assert_eq!(opening(3_500).commitment(), one, "who has the key needs to keep nothing");
    let of = |secret, contract, value, salt| {
        Opening::derive(&SigningKey::new([secret; 32]), contract, value, [salt; 16]).commitment().to_bytes()[..32]
            .to_vec()
    };
    let others = [
        of(2, "ctr_lease", 3_500, 7),
        of(1, "ctr_other", 3_500, 7),
        of(1, "ctr_lease", 3_501, 7),
        of(1, "ctr_lease", 3_500, 8),
    ];
    assert!(others.iter().all(|other| *other != one.to_bytes()[..32]));
}

#[test]
fn text_forms_are_read_back_and_have_one_spelling() {
    let commitment = opening(3_500).commitment();
    let text = commitment.to_string();
    assert_eq!(Commitment::parse(&text), Some(commitment));
    let (upper, identity) = (text.to_uppercase(), format!("pedersen:{}", "0".repeat(96)));
    for wrong in ["", "pedersen:", &text[..text.len() - 2], &format!("{text}00"), &text[9..], &upper, &identity] {
        assert_eq!(Commitment::parse(wrong), None, "{wrong}");
    }
    // 2^255 − 18 is 1 in another spelling, which no canonical encoding is.
    let mut spelled = [0xff; 48];
    (spelled[0], spelled[31]) = (0xee, 0x7f);
    assert_eq!(Commitment::from_bytes(&spelled), None);
    let challenge = Challenge::new([9; 32]);
    assert_eq!(Challenge::parse(&challenge.to_string()), Some(challenge));
    assert_eq!(Challenge::parse("challenge:0"), None);
    let made = proof(Claim::Between(0, 9_000), 3_500);
    assert_eq!(Proof::parse(&made.to_string()), Some(made));
    assert_eq!(Proof::parse(&format!("proof:{}", "00".repeat(PROOF_BYTES_MAX + 1))), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_claim_is_proved_if_and_only_if_it_is_true(value in any::<i64>(), min in any::<Option<i64>>(), max in any::<Option<i64>>()) {
        let claim = Claim::new(min, max);
        let true_of = min.is_none_or(|min| min <= value) && max.is_none_or(|max| value <= max);
        let made = prove(&occasion(), claim, &opening(value), Seed::new([3; 32]));
        prop_assert_eq!(made.is_ok(), true_of);
        if let Ok(made) = made {
            prop_assert_eq!(check(&occasion(), claim, value, &made), Ok(()));
        }
    }

    #[test]
    fn noise_is_refused_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..=PROOF_BYTES_MAX), kind in 0..4_usize) {
        let noise = Proof::from_bytes(&bytes).unwrap();
        prop_assert!(check(&occasion(), CLAIMS[kind], 3_500, &noise).is_err());
        let mut shaped = bytes;
        shaped.resize([96, 577, 577, 641][kind], 0);
        shaped[0] = 1;
        prop_assert!(check(&occasion(), CLAIMS[kind], 3_500, &Proof::from_bytes(&shaped).unwrap()).is_err());
    }
}
