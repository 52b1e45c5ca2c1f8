//! What a node does with what arrives.

use std::pin::Pin;
use std::time::Duration;

use countersign_crypto::PublicKey;

use crate::{Alias, Peer, Refusal};

/// The media type of a request body.
pub(crate) const ENVELOPE_TYPE: &str = "application/vnd.countersign.envelope";

/// The media type of an answer.
pub(crate) const REPLY_TYPE: &str = "application/vnd.countersign.reply";

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Take this batch, answer at once.
    Exchange,
    /// Answer when there is something for me, or after [`Route::POLL_HOLD`].
    Poll,
}

impl Route {
    /// How long a receiver may hold a poll.
    pub const POLL_HOLD: Duration = Duration::from_secs(25);
}

/// What may be asked of the transport itself, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Route(Route),
    Check,
}

impl Path {
    pub(crate) const EXCHANGE: Self = Self::Route(Route::Exchange);
    pub(crate) const POLL: Self = Self::Route(Route::Poll);

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::EXCHANGE => "/net/v1/exchange",
            Self::POLL => "/net/v1/poll",
            Self::Check => "/net/v1/check",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::EXCHANGE, Self::POLL, Self::Check].into_iter().find(|path| path.text() == text)
    }
}

/// How the receiver stands to a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never heard of: [`Standing::STRANGER_BODY_BYTES_MAX`], few at once.
    Stranger,
    /// A member of a contract, or invited.
    Peer {
        /// Most bytes of its request bodies.
        body_bytes_max: usize,
    },
}

impl Standing {
    /// Most bytes of the HTTP body of a stranger (contract log §7).
    pub const STRANGER_BODY_BYTES_MAX: usize = 16 << 10;

    /// A peer with the usual limit: 2 MiB.
    pub const PEER: Self = Self::Peer { body_bytes_max: 2 << 20 };

    /// Most bytes of the HTTP body.
    pub const fn body_bytes_max(self) -> usize {
        match self {
            Self::Stranger => Self::STRANGER_BODY_BYTES_MAX,
            Self::Peer { body_bytes_max } => body_bytes_max,
        }
    }
}

/// A request that passed every check of the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Who signed it.
    pub from: PublicKey,
    /// What it asks for.
    pub route: Route,
    /// What it is about.
    pub alias: Alias,
    /// What was sealed.
    pub body: Vec<u8>,
}

/// The answer to a delivery, when it is there.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Refusal>> + Send + 'a>>;

/// The node behind the transport.
pub trait Receiver: Send + Sync + 'static {
    /// How this node stands to a sender. Called before a body is read: answer from memory.
    fn standing(&self, from: &PublicKey) -> Standing;

    /// What is on record of a sender, for `check` to compare.
    fn record(&self, from: &PublicKey) -> Option<Peer> {
        let _ = from;
        None
    }

    /// Takes a delivery and answers it. A poll may be held for [`Route::POLL_HOLD`].
    ///
    /// The answer is dropped where it stands when the sender goes away, so it must not leave a half-done thing. A
    /// body may be delivered twice.
    fn receive(&self, delivery: Delivery) -> Answer<'_>;
}
