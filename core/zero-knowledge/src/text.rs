//! The text forms: a word, a colon, lower-case hexadecimal digits.

use std::fmt;

/// Most bytes of a proof: of a range with two bounds.
pub const PROOF_BYTES_MAX: usize = 641;

/// What the verifier asks of the prover: 32 random bytes, so that a proof is made for this occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    const WORD: &'static str = "challenge:";

    /// The challenge of these bytes, which must come from a cryptographic source.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads `challenge:` and 64 digits.
    pub fn parse(text: &str) -> Option<Self> {
        read(text, Self::WORD, 32)?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(out, Self::WORD, &self.0)
    }
}

/// The bytes after `word`, at most `bytes_max` of them.
pub(crate) fn read(text: &str, word: &str, bytes_max: usize) -> Option<Vec<u8>> {
    let (pairs, []) = text.strip_prefix(word)?.as_bytes().as_chunks::<2>() else { return None };
    if pairs.len() > bytes_max {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

const fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a' - 10),
        _ => None,
    }
}

pub(crate) fn write(out: &mut fmt::Formatter<'_>, word: &str, bytes: &[u8]) -> fmt::Result {
    out.write_str(word)?;
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
}
