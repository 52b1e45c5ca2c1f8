//! Knowledge of the opening of a commitment: the protocol of Okamoto, made non-interactive by the transcript.

use countersign_crypto::Seed;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use tari_bulletproofs_plus::Transcript;
use zeroize::Zeroize;

use crate::commitment::{Commitment, Opening, scalar};
use crate::proof::BadProof;
use crate::range::{blinding_base, value_base};

/// Bytes of a proof: the announcement and two answers.
pub(crate) const BYTES: usize = 96;

/// Proves that the opening is known.
#[cfg_attr(not(test), expect(clippy::arithmetic_side_effects, reason = "points and scalars do not overflow"))]
pub(crate) fn prove(mut transcript: Transcript, opening: &Opening, seed: Seed) -> Vec<u8> {
    let (mut value_nonce, mut blinding_nonce) = nonces(&transcript, opening, seed);
    let announced = (value_base() * value_nonce + blinding_base() * blinding_nonce).compress();
    let challenge = challenge(&mut transcript, &announced);
    let value_answer = value_nonce + challenge * scalar(opening.value());
    let blinding_answer = blinding_nonce + challenge * opening.blinding();
    value_nonce.zeroize();
    blinding_nonce.zeroize();
    [*announced.as_bytes(), value_answer.to_bytes(), blinding_answer.to_bytes()].concat()
}

/// Checks such a proof.
#[cfg_attr(not(test), expect(clippy::arithmetic_side_effects, reason = "points and scalars do not overflow"))]
pub(crate) fn verify(mut transcript: Transcript, commitment: &Commitment, proof: &[u8]) -> Result<(), BadProof> {
    let ([announced, value, blinding], []) = proof.as_chunks::<32>() else { return Err(BadProof::Malformed) };
    let announced = CompressedRistretto(*announced);
    let point = announced.decompress().ok_or(BadProof::Malformed)?;
    let answer =
        |bytes: &[u8; 32]| Option::<Scalar>::from(Scalar::from_canonical_bytes(*bytes)).ok_or(BadProof::Malformed);
    let (value, blinding) = (answer(value)?, answer(blinding)?);
    let challenge = challenge(&mut transcript, &announced);
    let scalars = [value, blinding, -challenge];
    let sum = RistrettoPoint::vartime_multiscalar_mul(scalars, [value_base(), blinding_base(), commitment.point()]);
    if sum == point { Ok(()) } else { Err(BadProof::DoesNotHold) }
}

/// Two secret scalars. They follow from transcript, opening and seed, so that a seed used twice gives nothing away.
fn nonces(transcript: &Transcript, opening: &Opening, mut seed: Seed) -> (Scalar, Scalar) {
    let mut witness = [scalar(opening.value()).to_bytes(), opening.blinding().to_bytes()].concat();
    let mut stream = transcript.build_rng().rekey_with_witness_bytes(b"opening", &witness).finalize(&mut seed);
    witness.zeroize();
    (Scalar::random(&mut stream), Scalar::random(&mut stream))
}

fn challenge(transcript: &mut Transcript, announced: &CompressedRistretto) -> Scalar {
    let mut bytes = [0; 64];
    transcript.append_message(b"dom-sep", b"knowledge");
    transcript.append_message(b"A", announced.as_bytes());
    transcript.challenge_bytes(b"e", &mut bytes);
    Scalar::from_bytes_mod_order_wide(&bytes)
}
