//! What is claimed, and where: the transcript that every proof is bound to.

use tari_bulletproofs_plus::Transcript;

use crate::commitment::Commitment;
use crate::text::Challenge;

/// What a proof shows of the committed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The prover knows it.
    Known,
    /// It is at least this.
    AtLeast(i64),
    /// It is at most this.
    AtMost(i64),
    /// It is at least the first and at most the second.
    Between(i64, i64),
}

impl Claim {
    /// The claim of these bounds.
    pub const fn new(min: Option<i64>, max: Option<i64>) -> Self {
        match (min, max) {
            (None, None) => Self::Known,
            (Some(min), None) => Self::AtLeast(min),
            (None, Some(max)) => Self::AtMost(max),
            (Some(min), Some(max)) => Self::Between(min, max),
        }
    }

    /// The lower bound.
    pub const fn min(self) -> Option<i64> {
        match self {
            Self::AtLeast(min) | Self::Between(min, _) => Some(min),
            Self::Known | Self::AtMost(_) => None,
        }
    }

    /// The upper bound.
    pub const fn max(self) -> Option<i64> {
        match self {
            Self::AtMost(max) | Self::Between(_, max) => Some(max),
            Self::Known | Self::AtLeast(_) => None,
        }
    }

    /// Whether it is true of a number.
    pub fn holds(self, value: i64) -> bool {
        self.min().is_none_or(|min| value >= min) && self.max().is_none_or(|max| value <= max)
    }
}

/// Where and for whom something is proved. A proof holds nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion<'a> {
    /// The contract, `ctr_…`; empty in a play without one.
    pub contract: &'a str,
    /// The path of the process.
    pub process: &'a str,
    /// The action.
    pub action: &'a str,
    /// The response.
    pub response: &'a str,
    /// The party of the prover, `idn_…`; empty in a play without parties.
    pub party: &'a str,
    /// What the verifier asked.
    pub challenge: Challenge,
}

impl Occasion<'_> {
    /// The transcript in which a proof begins (page `docs/spec/zero-knowledge.md`).
    pub(crate) fn transcript(&self, commitment: &Commitment, claim: Claim) -> Transcript {
        let mut transcript = Transcript::new(b"countersign/zero-knowledge/v1");
        transcript.append_message(b"contract", self.contract.as_bytes());
        transcript.append_message(b"process", self.process.as_bytes());
        transcript.append_message(b"action", self.action.as_bytes());
        transcript.append_message(b"response", self.response.as_bytes());
        transcript.append_message(b"party", self.party.as_bytes());
        transcript.append_message(b"challenge", self.challenge.bytes());
        transcript.append_message(b"commitment", &commitment.to_bytes());
        for (label, bound) in [(b"min", claim.min()), (b"max", claim.max())] {
            let bytes = bound.map(i64::to_be_bytes);
            transcript.append_message(label, bytes.as_ref().map_or(&[], |bytes| bytes.as_slice()));
        }
        transcript
    }
}
