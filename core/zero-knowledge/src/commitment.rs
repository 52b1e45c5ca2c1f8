//! The committed form of a number, and what opens it.

use std::fmt;

use countersign_crypto::{Hasher, Namespace, Signer};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use zeroize::Zeroize;

use crate::range::{blinding_base, value_base};
use crate::text;

/// Bytes of the point of a commitment.
pub const POINT_BYTES: usize = 32;
/// Bytes of its salt.
pub const SALT_BYTES: usize = 16;

/// A Pedersen commitment `value · B + blinding · G` over ristretto255, with the salt that its blinding followed from.
///
/// It says nothing of the number, and can be opened to that number alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment {
    encoded: [u8; POINT_BYTES],
    salt: [u8; SALT_BYTES],
    point: RistrettoPoint,
}

impl Commitment {
    const WORD: &'static str = "pedersen:";

    /// Reads a commitment: the canonical encoding of a point that is not the identity, and a salt.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (encoded, salt) = bytes.split_first_chunk::<POINT_BYTES>()?;
        let point = CompressedRistretto(*encoded).decompress().filter(|point| !point.is_identity())?;
        Some(Self { encoded: *encoded, salt: salt.try_into().ok()?, point })
    }

    /// The point, then the salt.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.encoded.as_slice(), self.salt.as_slice()].concat()
    }

    /// The salt, which is public.
    pub const fn salt(&self) -> [u8; SALT_BYTES] {
        self.salt
    }

    /// Reads `pedersen:` and 96 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(&text::read(text, Self::WORD, POINT_BYTES + SALT_BYTES)?)
    }

    pub(crate) const fn point(&self) -> RistrettoPoint {
        self.point
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(out, Self::WORD, &self.to_bytes())
    }
}

/// The number under a commitment and the secret that hides it: both stay with the prover.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    value: i64,
    salt: [u8; SALT_BYTES],
    blinding: Scalar,
}

impl Opening {
    /// The opening that follows from a person's key: who has the key and knows the number needs to keep nothing else.
    ///
    /// The blinding is a hash of the signature over contract, salt and number under [`Namespace::Commitment`], which is
    /// never sent to anybody. `salt` is random for each commitment, so that two to the same number do not look alike;
    /// it is kept in the commitment. The key must sign deterministically, as Ed25519 does.
    pub fn derive(signer: &dyn Signer, contract: &str, value: i64, salt: [u8; SALT_BYTES]) -> Self {
        let message = [&salt, value.to_be_bytes().as_slice(), contract.as_bytes()].concat();
        let signature = signer.sign(Namespace::Commitment, &message);
        let mut wide = [0; 64];
        let halves = wide.as_chunks_mut::<32>().0;
        for (half, number) in halves.iter_mut().zip([0, 1]) {
            *half = *Hasher::named(Namespace::Commitment).with(&[number]).with(signature.bytes()).finish().bytes();
        }
        let blinding = Scalar::from_bytes_mod_order_wide(&wide);
        wide.zeroize();
        Self { value, salt, blinding }
    }

    /// What the number is committed to as.
    #[cfg_attr(not(test), expect(clippy::arithmetic_side_effects, reason = "points do not overflow"))]
    pub fn commitment(&self) -> Commitment {
        let point = value_base() * scalar(self.value) + blinding_base() * self.blinding;
        Commitment { encoded: point.compress().0, salt: self.salt, point }
    }

    /// The number.
    pub const fn value(&self) -> i64 {
        self.value
    }

    pub(crate) const fn blinding(&self) -> Scalar {
        self.blinding
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Opening(..)")
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.value.zeroize();
        self.blinding.zeroize();
    }
}

/// A whole number as a scalar, negative ones below the order of the group.
#[cfg_attr(not(test), expect(clippy::arithmetic_side_effects, reason = "scalars do not overflow"))]
pub(crate) fn scalar(value: i64) -> Scalar {
    let size = Scalar::from(value.unsigned_abs());
    if value < 0 { -size } else { size }
}
