//! Prove a claim, check a proof.

use std::fmt;

use countersign_crypto::Seed;
use thiserror::Error;

use crate::claim::{Claim, Occasion};
use crate::commitment::{Commitment, Opening};
use crate::text::{self, PROOF_BYTES_MAX};
use crate::{knowledge, range};

/// A proof as bytes, read only when it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof(Vec<u8>);

impl Proof {
    const WORD: &'static str = "proof:";

    /// The proof with these bytes; none if they are more than any proof has.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= PROOF_BYTES_MAX).then(|| Self(bytes.to_vec()))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads `proof:` and lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        text::read(text, Self::WORD, PROOF_BYTES_MAX).map(Self)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(out, Self::WORD, &self.0)
    }
}

/// Nothing can be proved: the claim is not true of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the claim is not true of the number")]
pub struct CannotProve;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadProof {
    /// Of another length, or one of its points or numbers is not written in the one way that there is.
    #[error("it is no proof of this kind")]
    Malformed,
    /// It is for something else: another commitment, claim or occasion.
    #[error("it does not hold here")]
    DoesNotHold,
}

/// Proves a claim about the number of an opening, for one occasion. `seed` comes from a cryptographic source.
///
/// # Errors
/// The claim is not true of the number.
pub fn prove(occasion: &Occasion<'_>, claim: Claim, opening: &Opening, seed: Seed) -> Result<Proof, CannotProve> {
    if !claim.holds(opening.value()) {
        return Err(CannotProve);
    }
    let transcript = occasion.transcript(&opening.commitment(), claim);
    match claim {
        Claim::Known => Ok(Proof(knowledge::prove(transcript, opening, seed))),
        _ => range::prove(transcript, claim, opening, seed).map(Proof),
    }
}

/// Checks that a proof shows a claim about the number under a commitment, on this occasion. It takes about three
/// thousandths of a second, whoever wrote the proof.
///
/// # Errors
/// The proof shows nothing of the kind.
pub fn verify(occasion: &Occasion<'_>, claim: Claim, commitment: &Commitment, proof: &Proof) -> Result<(), BadProof> {
    if matches!(claim, Claim::Between(min, max) if min > max) {
        return Err(BadProof::DoesNotHold);
    }
    let length = if claim == Claim::Known { knowledge::BYTES } else { range::bytes(claim) };
    if proof.0.len() != length {
        return Err(BadProof::Malformed);
    }
    let transcript = occasion.transcript(commitment, claim);
    match claim {
        Claim::Known => knowledge::verify(transcript, commitment, &proof.0),
        _ => range::verify(transcript, claim, commitment, &proof.0),
    }
}
