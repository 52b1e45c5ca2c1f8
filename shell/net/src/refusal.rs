//! Why a node does not take a request, and how it says so: an RFC 9457 problem with a stable code.

use countersign_codec::{Json, JsonLimits};
use countersign_crypto::PublicKey;
use countersign_types::{Code, from_base32, to_base32};
use thiserror::Error;

use crate::SignatureFault;

/// The media type of a problem.
pub(crate) const PROBLEM_TYPE: &str = "application/problem+json";

/// Most bytes of a problem that are read.
const PROBLEM_LIMITS: JsonLimits = JsonLimits { bytes_max: 4_096, depth_max: 4 };

/// Why a request is not taken. Nothing was changed by it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The sender's time is outside the window.
    #[error("the receiver's clock is {by_seconds} s ahead of the time in the request")]
    ClockOff {
        /// The receiver's time less the sender's.
        by_seconds: i64,
    },
    /// The same request was seen before.
    #[error("this request was received before")]
    Replayed,
    /// The signature does not hold.
    #[error("the signature does not hold for this request")]
    BadSignature,
    /// The body is not the one that was signed.
    #[error("the body does not have the digest in Content-Digest")]
    BadDigest,
    /// The envelope is for another node.
    #[error("the envelope is for another node")]
    WrongReceiver {
        /// The key of this node; only peers are told.
        found: Option<Box<PublicKey>>,
    },
    /// The body is not sealed to the sealing key of this node.
    #[error("the body is not sealed to the current sealing key of this node")]
    CannotOpen,
    /// The body is longer than this sender may send.
    #[error("the body is longer than {bytes_max} bytes")]
    TooLarge {
        /// What this sender may send.
        bytes_max: u64,
    },
    /// A field or the envelope does not have the required form.
    #[error("the request is malformed")]
    Malformed,
    /// There is no such route.
    #[error("there is nothing at this address")]
    NotFound,
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// Too much at once; later it may pass.
    #[error("the node is busy, try again in {retry_after_seconds} s")]
    Busy {
        /// When to try again.
        retry_after_seconds: u32,
    },
    /// The node could not answer.
    #[error("the node could not answer")]
    Internal,
    /// The receiver refuses for a reason of its own.
    #[error("refused: {0}")]
    Other(Code),
}

impl Refusal {
    /// The stable word for it (`docs/errors/`).
    pub fn code(&self) -> Code {
        Code::known(match self {
            Self::ClockOff { .. } => "clock_off",
            Self::Replayed => "replayed",
            Self::BadSignature => "bad_signature",
            Self::BadDigest => "bad_digest",
            Self::WrongReceiver { .. } => "wrong_receiver",
            Self::CannotOpen => "cannot_open",
            Self::TooLarge { .. } => "too_large",
            Self::Malformed => "malformed",
            Self::NotFound => "not_found",
            Self::TooSlow => "too_slow",
            Self::Busy { .. } => "busy",
            Self::Internal => "internal",
            Self::Other(code) => return code.clone(),
        })
    }

    /// The status of the HTTP answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadDigest | Self::Malformed => 400,
            Self::ClockOff { .. } | Self::Replayed | Self::BadSignature => 401,
            Self::Other(_) => 403,
            Self::NotFound => 404,
            Self::TooSlow => 408,
            Self::TooLarge { .. } => 413,
            Self::WrongReceiver { .. } => 421,
            Self::CannotOpen => 422,
            Self::Internal => 500,
            Self::Busy { .. } => 503,
        }
    }

    /// The body of the HTTP answer.
    pub(crate) fn to_problem(&self) -> Vec<u8> {
        let code = self.code();
        let mut members = vec![
            ("type", Json::text(format!("urn:countersign:error:{code}"))),
            ("title", Json::text(self.to_string())),
            ("status", Json::Int(i64::from(self.status()))),
            ("code", Json::text(code.as_str())),
        ];
        match self {
            Self::ClockOff { by_seconds } => members.push(("by_seconds", Json::Int(*by_seconds))),
            Self::WrongReceiver { found: Some(key) } => {
                members.push(("node_key", Json::text(to_base32(&key.bytes()))));
            }
            Self::TooLarge { bytes_max } => {
                members.push(("bytes_max", Json::Int(i64::try_from(*bytes_max).unwrap_or(i64::MAX))));
            }
            Self::Busy { retry_after_seconds } => {
                members.push(("retry_after_seconds", Json::Int(i64::from(*retry_after_seconds))));
            }
            _ => {}
        }
        Json::map(members).canonical()
    }

    /// The refusal in the body of an HTTP answer, if it is one.
    pub(crate) fn from_problem(bytes: &[u8]) -> Option<Self> {
        let problem = Json::parse(bytes, PROBLEM_LIMITS).ok()?;
        let code = Code::new(problem.get("code")?.as_text()?)?;
        let number = |name| problem.get(name).and_then(Json::as_int);
        let key = || {
            let bytes = from_base32(problem.get("node_key")?.as_text()?)?;
            PublicKey::new(bytes.as_slice().try_into().ok()?).ok().map(Box::new)
        };
        Some(match code.as_str() {
            "clock_off" => Self::ClockOff { by_seconds: number("by_seconds")? },
            "replayed" => Self::Replayed,
            "bad_signature" => Self::BadSignature,
            "bad_digest" => Self::BadDigest,
            "wrong_receiver" => Self::WrongReceiver { found: key() },
            "cannot_open" => Self::CannotOpen,
            "too_large" => Self::TooLarge { bytes_max: u64::try_from(number("bytes_max")?).ok()? },
            "malformed" => Self::Malformed,
            "not_found" => Self::NotFound,
            "too_slow" => Self::TooSlow,
            "busy" => Self::Busy { retry_after_seconds: u32::try_from(number("retry_after_seconds")?).ok()? },
            "internal" => Self::Internal,
            _ => Self::Other(code),
        })
    }
}

impl From<SignatureFault> for Refusal {
    fn from(fault: SignatureFault) -> Self {
        match fault {
            SignatureFault::Malformed => Self::Malformed,
            SignatureFault::ClockOff { by_seconds } => Self::ClockOff { by_seconds },
            SignatureFault::Bad => Self::BadSignature,
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_crypto::{Signer, SigningKey};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_refusal_returns_from_its_problem() {
        let key = SigningKey::new([1; 32]).public_key();
        let all = [
            Refusal::ClockOff { by_seconds: -301 },
            Refusal::Replayed,
            Refusal::BadSignature,
            Refusal::BadDigest,
            Refusal::WrongReceiver { found: None },
            Refusal::WrongReceiver { found: Some(Box::new(key)) },
            Refusal::CannotOpen,
            Refusal::TooLarge { bytes_max: 16_384 },
            Refusal::Malformed,
            Refusal::NotFound,
            Refusal::TooSlow,
            Refusal::Busy { retry_after_seconds: 5 },
            Refusal::Internal,
            Refusal::Other(Code::known("not_invited")),
        ];
        for refusal in all {
            assert_eq!(Refusal::from_problem(&refusal.to_problem()), Some(refusal.clone()));
            assert!((400..=503).contains(&refusal.status()));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_problem_or_none(bytes: Vec<u8>) {
            let _ = Refusal::from_problem(&bytes);
        }
    }
}
