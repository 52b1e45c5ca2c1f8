//! A number within bounds: Bulletproofs+ of `v − min` and `max − v` over 64 bits each.

use std::sync::LazyLock;

use countersign_crypto::Seed;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::Identity;
use tari_bulletproofs_plus::Transcript;
use tari_bulletproofs_plus::commitment_opening::CommitmentOpening;
use tari_bulletproofs_plus::generators::pedersen_gens::ExtensionDegree;
use tari_bulletproofs_plus::range_parameters::RangeParameters;
use tari_bulletproofs_plus::range_proof::VerifyAction;
use tari_bulletproofs_plus::range_statement::RangeStatement;
use tari_bulletproofs_plus::range_witness::RangeWitness;
use tari_bulletproofs_plus::ristretto::{RistrettoRangeProof, create_pedersen_gens_with_extension_degree};

use crate::claim::Claim;
use crate::commitment::{Commitment, Opening, scalar};
use crate::proof::{BadProof, CannotProve};

/// Bits of a distance from a bound.
const BITS: usize = 64;
/// Most bounds.
const BOUNDS_MAX: usize = 2;

/// Tables for both bounds: made once, at the first proof of a range. None would be a fault of these two numbers.
static PARAMETERS: LazyLock<Option<RangeParameters<RistrettoPoint>>> = LazyLock::new(|| {
    let bases = create_pedersen_gens_with_extension_degree(ExtensionDegree::DefaultPedersen);
    RangeParameters::init(BITS, BOUNDS_MAX, bases).ok()
});

/// The base of blindings: a point of which nobody knows what multiple of [`value_base`] it is.
static BLINDING_BASE: LazyLock<RistrettoPoint> = LazyLock::new(|| {
    let bases = create_pedersen_gens_with_extension_degree(ExtensionDegree::DefaultPedersen);
    bases.g_base_vec.first().copied().unwrap_or_else(RistrettoPoint::identity)
});

pub(crate) const fn value_base() -> RistrettoPoint {
    RISTRETTO_BASEPOINT_POINT
}

pub(crate) fn blinding_base() -> RistrettoPoint {
    *BLINDING_BASE
}

/// Proves that a number is within its bounds.
pub(crate) fn prove(
    mut transcript: Transcript,
    claim: Claim,
    opening: &Opening,
    mut seed: Seed,
) -> Result<Vec<u8>, CannotProve> {
    let commitment = opening.commitment();
    let statement = statement(claim, &commitment).ok_or(CannotProve)?;
    let distance = |low: i64, high: i64| u64::try_from(i128::from(high).checked_sub(i128::from(low))?).ok();
    let above = claim.min().map(|min| Some((distance(min, opening.value())?, opening.blinding())));
    let below = claim.max().map(|max| Some((distance(opening.value(), max)?, negative(opening))));
    let openings = [above, below].into_iter().flatten();
    let openings = openings.map(|found| found.map(|(value, blinding)| CommitmentOpening::new(value, vec![blinding])));
    let witness = openings.collect::<Option<Vec<_>>>().and_then(|openings| RangeWitness::init(openings).ok());
    let witness = witness.ok_or(CannotProve)?;
    let proof = RistrettoRangeProof::prove_with_rng(&mut transcript, &statement, &witness, &mut seed);
    proof.map(|proof| proof.to_bytes()).map_err(|_| CannotProve)
}

/// Checks such a proof.
pub(crate) fn verify(
    transcript: Transcript,
    claim: Claim,
    commitment: &Commitment,
    proof: &[u8],
) -> Result<(), BadProof> {
    let proof = RistrettoRangeProof::from_bytes(proof).map_err(|_| BadProof::Malformed)?;
    let statement = statement(claim, commitment).ok_or(BadProof::DoesNotHold)?;
    RistrettoRangeProof::verify_batch(&mut [transcript], &[statement], &[proof], VerifyAction::VerifyOnly)
        .map(drop)
        .map_err(|_| BadProof::DoesNotHold)
}

/// Bytes of a proof with so many bounds: a byte, six scalars and points, and two points for each halving.
pub(crate) const fn bytes(claim: Claim) -> usize {
    match claim {
        Claim::Between(..) => crate::text::PROOF_BYTES_MAX,
        _ => 577,
    }
}

/// Commitments to the distances from the bounds: they follow from the one commitment.
#[cfg_attr(not(test), expect(clippy::arithmetic_side_effects, reason = "points do not overflow"))]
fn statement(claim: Claim, commitment: &Commitment) -> Option<RangeStatement<RistrettoPoint>> {
    let above = claim.min().map(|min| commitment.point() - value_base() * scalar(min));
    let below = claim.max().map(|max| value_base() * scalar(max) - commitment.point());
    let distances: Vec<_> = [above, below].into_iter().flatten().collect();
    let none = vec![None; distances.len()];
    RangeStatement::init(PARAMETERS.clone()?, distances, none, None).ok()
}

#[cfg_attr(not(test), expect(clippy::arithmetic_side_effects, reason = "scalars do not overflow"))]
fn negative(opening: &Opening) -> curve25519_dalek::scalar::Scalar {
    -opening.blinding()
}
