//! Why a request brought no answer.

use std::io;

use countersign_net::{Stage, Unreached};
use countersign_types::Code;
use thiserror::Error;

/// Why a request brought no answer. No text of the request or of the other side is in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OutgoingError {
    /// The operator did not allow this host.
    #[error("the host {host} is not in [outgoing] of node.toml")]
    HostNotAllowed {
        /// The host.
        host: String,
    },
    /// The operator did not allow this host without TLS.
    #[error("the host {host} is not allowed without TLS: http is not set for it in node.toml")]
    PlainNotAllowed {
        /// The host.
        host: String,
    },
    /// The name leads to no address that it may lead to.
    #[error("the host {host} is at an address that is not public, and private is not set for it in node.toml")]
    AddressNotAllowed {
        /// The host.
        host: String,
    },
    /// The request has more or other parts than one may have.
    #[error("the request is not one that is sent: {what}")]
    BadRequest {
        /// What is wrong.
        what: &'static str,
    },
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
    /// No authority that this machine trusts vouches for the certificate and the name, now.
    #[error("the certificate does not hold: {why}")]
    UntrustedCertificate {
        /// In what way.
        why: &'static str,
    },
    /// The other side does not speak TLS 1.3.
    #[error("no TLS 1.3 on this port")]
    Tls,
    /// The connection ended before the answer.
    #[error("the connection was closed before the answer")]
    Closed,
    /// What came is no HTTP answer.
    #[error("what came back is no HTTP answer")]
    BadReply,
    /// The answer is longer than was asked for.
    #[error("the answer has more than {bytes_max} bytes")]
    AnswerTooLarge {
        /// Its status.
        status: u16,
        /// Most bytes.
        bytes_max: usize,
    },
}

impl OutgoingError {
    /// The stable word for it (`docs/errors/`).
    pub fn code(&self) -> Code {
        Code::known(match self {
            Self::HostNotAllowed { .. } | Self::PlainNotAllowed { .. } => "host_not_allowed",
            Self::AddressNotAllowed { .. } => "address_not_allowed",
            Self::BadRequest { .. } => "bad_request",
            Self::UnknownHost => "unknown_host",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::UntrustedCertificate { .. } => "untrusted_certificate",
            Self::Tls => "tls",
            Self::Closed => "closed",
            Self::BadReply => "bad_reply",
            Self::AnswerTooLarge { .. } => "answer_too_large",
        })
    }

    pub(crate) fn from_tls(fault: &io::Error) -> Self {
        use rustls::CertificateError as Certificate;
        let inner = fault.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let Some(rustls::Error::InvalidCertificate(error)) = inner else {
            return match fault.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => Self::Closed,
                _ => Self::Tls,
            };
        };
        let why = match error {
            Certificate::Expired | Certificate::ExpiredContext { .. } => "it has expired",
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => "it is not valid yet",
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => "it is for another name",
            Certificate::UnknownIssuer | Certificate::BadSignature => "this machine does not know its issuer",
            Certificate::Revoked => "it was revoked",
            _ => "it is not of the form that is needed",
        };
        Self::UntrustedCertificate { why }
    }

    pub(crate) fn from_http(fault: &hyper::Error) -> Self {
        if fault.is_parse() { Self::BadReply } else { Self::Closed }
    }
}

impl From<Unreached> for OutgoingError {
    fn from(fault: Unreached) -> Self {
        match fault {
            Unreached::UnknownHost => Self::UnknownHost,
            Unreached::Refused => Self::Refused,
            Unreached::Unreachable => Self::Unreachable,
            Unreached::Timeout(stage) => Self::Timeout { stage },
        }
    }
}

/// Why no client could be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A certificate that the operator gave is none of an authority.
    #[error("a certificate in `roots` is not one of an authority")]
    Roots,
    /// The TLS library refuses.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
}
