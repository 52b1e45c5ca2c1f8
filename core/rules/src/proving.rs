//! Texts that programs write for people who prove something without showing it (page `docs/spec/zero-knowledge.md`).

use countersign_zero_knowledge::{Challenge, Commitment, Proof};

/// Most digits after the point of a number that is committed to.
pub const COMMITTED_DIGITS_MAX: u8 = 15;

/// What such a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proving {
    /// A commitment to a number.
    Commitment {
        /// How many digits after the point the number has; 0 for a whole number.
        digits: u8,
    },
    /// What the other party asks, so that a proof is made for the occasion.
    Challenge,
    /// A proof.
    Proof,
}

impl Proving {
    /// The one of this word, a commitment to whole numbers.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Commitment { digits: 0 }, Self::Challenge, Self::Proof].into_iter().find(|kind| kind.word() == word)
    }

    /// The word of the language, and the `format` of JSON Schema.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Commitment { .. } => "commitment",
            Self::Challenge => "challenge",
            Self::Proof => "proof",
        }
    }

    /// Whether a text is one. What a proof shows is not looked at.
    pub(crate) fn reads(self, text: &str) -> bool {
        match self {
            Self::Commitment { .. } => Commitment::parse(text).is_some(),
            Self::Challenge => Challenge::parse(text).is_some(),
            Self::Proof => Proof::parse(text).is_some(),
        }
    }
}
