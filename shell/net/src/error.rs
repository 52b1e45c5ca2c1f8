//! Why a request to a peer brought no answer.

use std::time::Duration;
use std::{fmt, io};

use countersign_crypto::{Digest, PublicKey};
use countersign_types::Code;
use thiserror::Error;

use crate::tls::OtherKey;
use crate::{Refusal, Unreached};

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Finding the machine.
    Name,
    /// Opening the connection.
    Connect,
    /// Agreeing on keys.
    Tls,
    /// Waiting for the answer.
    Answer,
}

impl fmt::Display for Stage {
    /// For what was waited.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Name => "from the name service",
            Self::Connect => "while connecting",
            Self::Tls => "while agreeing on keys",
            Self::Answer => "to the request",
        })
    }
}

/// Why a request to a peer brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NetError {
    /// The peer has no address: it must come to us.
    #[error("the peer has no address")]
    NoUrl,
    /// The name has no address.
    #[error("the host name is not known")]
    UnknownHost,
    /// Nothing listens on the port.
    #[error("the connection was refused: nothing listens on this port")]
    Refused,
    /// The machine or its network cannot be reached.
    #[error("the machine cannot be reached")]
    Unreachable,
    /// Nothing came in time.
    #[error("no answer in time {stage}")]
    Timeout {
        /// What was waited for.
        stage: Stage,
    },
    /// The server has another TLS key than the node record says.
    #[error("the certificate has the key {found}, but {expected} is expected")]
    WrongCertificate {
        /// SPKI hash of the record.
        expected: Digest,
        /// SPKI hash of the certificate.
        found: Digest,
    },
    /// The server does not speak TLS 1.3 as nodes do.
    #[error("no TLS 1.3 with a P-256 key on this port")]
    Tls,
    /// The connection ended before the answer.
    #[error("the connection was closed before the answer")]
    Closed,
    /// The node behind the address has another node key.
    #[error("the node at this address has another node key than {expected:?}")]
    WrongKey {
        /// Node key of the record.
        expected: Box<PublicKey>,
        /// Its node key, if it told us.
        found: Option<Box<PublicKey>>,
    },
    /// The node has another sealing key than its record says.
    #[error("the node cannot open what is sealed to its sealing key on record")]
    WrongSealingKey,
    /// The two clocks differ by more than the window.
    #[error("the peer's clock is {by_seconds} s ahead of ours")]
    ClockOff {
        /// The peer's time less ours; negative if the peer's is behind.
        by_seconds: i64,
    },
    /// The peer has too much to do.
    #[error("the peer is busy")]
    Busy {
        /// How long to wait at least.
        retry_after: Duration,
    },
    /// The peer does not take it.
    #[error("the peer refuses: {code}")]
    PeerRefused {
        /// Its reason.
        code: Code,
    },
    /// The body is longer than may be sent, here or at the peer.
    #[error("the body is longer than {bytes_max} bytes")]
    TooLarge {
        /// Most bytes.
        bytes_max: u64,
    },
    /// What came back is not an answer of the node.
    #[error("the answer is not one of this node")]
    BadReply,
}

impl NetError {
    /// The stable word for it (`docs/errors/`).
    pub fn code(&self) -> Code {
        Code::known(match self {
            Self::NoUrl => "no_url",
            Self::UnknownHost => "unknown_host",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::WrongCertificate { .. } => "wrong_certificate",
            Self::Tls => "tls",
            Self::Closed => "closed",
            Self::WrongKey { .. } => "wrong_key",
            Self::WrongSealingKey => "wrong_sealing_key",
            Self::ClockOff { .. } => "clock_off",
            Self::Busy { .. } => "busy",
            Self::PeerRefused { code } => return code.clone(),
            Self::TooLarge { .. } => "too_large",
            Self::BadReply => "bad_reply",
        })
    }

    /// How far the request came; of several addresses, the error of the one that came furthest is told.
    pub fn stage(&self) -> Stage {
        match self {
            Self::NoUrl | Self::UnknownHost => Stage::Name,
            Self::Refused | Self::Unreachable => Stage::Connect,
            Self::WrongCertificate { .. } | Self::Tls => Stage::Tls,
            Self::Timeout { stage } => *stage,
            _ => Stage::Answer,
        }
    }

    /// Whether the same request may pass later without anybody changing a setting.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::UnknownHost | Self::Refused | Self::Unreachable | Self::Timeout { .. } => true,
            Self::Closed | Self::Busy { .. } => true,
            Self::PeerRefused { code } => matches!(code.as_str(), "internal" | "too_slow"),
            _ => false,
        }
    }

    /// How long the peer asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    /// Whether another address of the same peer may do better.
    pub(crate) fn is_of_address(&self) -> bool {
        self.stage() < Stage::Answer || matches!(self, Self::Closed | Self::WrongKey { .. } | Self::BadReply)
    }

    pub(crate) fn from_tls(fault: &io::Error, expected: Digest) -> Self {
        let fault = fault.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other))) = fault
            && let Some(OtherKey { found }) = other.0.downcast_ref::<OtherKey>()
        {
            return Self::WrongCertificate { expected, found: *found };
        }
        Self::Tls
    }

    pub(crate) fn from_refusal(refusal: Refusal, expected: PublicKey) -> Self {
        match refusal {
            Refusal::ClockOff { by_seconds } => Self::ClockOff { by_seconds },
            Refusal::WrongReceiver { found } => Self::WrongKey { expected: Box::new(expected), found },
            Refusal::CannotOpen => Self::WrongSealingKey,
            Refusal::TooLarge { bytes_max } => Self::TooLarge { bytes_max },
            Refusal::Busy { retry_after_seconds } => {
                Self::Busy { retry_after: Duration::from_secs(u64::from(retry_after_seconds)) }
            }
            other => Self::PeerRefused { code: other.code() },
        }
    }
}

impl From<Unreached> for NetError {
    fn from(fault: Unreached) -> Self {
        match fault {
            Unreached::UnknownHost => Self::UnknownHost,
            Unreached::Refused => Self::Refused,
            Unreached::Unreachable => Self::Unreachable,
            Unreached::Timeout(stage) => Self::Timeout { stage },
        }
    }
}
