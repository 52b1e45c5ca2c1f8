//! Carry sealed envelopes between nodes.
//!
//! HTTP over TLS 1.3, where a peer accepts one key and nothing else; one RFC 9421 signature per request by the node
//! key; every body sealed to the receiving node besides. A node without an open port long-polls its peers. Bodies
//! are opaque here. Page `docs/spec/transport.md`.
#![warn(missing_docs)]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panic"))]

mod backoff;
mod check;
mod clock;
mod content_digest;
mod deadline;
mod envelope;
mod error;
mod exchange;
mod findings;
mod gate;
mod handler;
mod link;
mod local;
mod peer;
mod profile;
mod reach;
mod refusal;
mod replay;
mod server;
mod signature;
mod tls;
mod url;

pub use backoff::Backoff;
pub use check::{CallBack, CallBackTry, CheckReport, Reachable, RecordMatch, Seen, UrlCheck};
pub use clock::{Clock, SystemClock};
pub use content_digest::content_digest;
pub use envelope::{Alias, Envelope, OpenedRequest, ReplyOpener, SealedReply, open_request, seal_reply, seal_request};
pub use error::{NetError, Stage};
pub use exchange::{Answer, Delivery, Receiver, Route, Standing};
pub use findings::{Finding, Side};
pub use link::{Link, LinkSettings};
pub use local::LocalNode;
pub use peer::Peer;
pub use profile::{Claim, Profile, SignatureFault, SignedFields};
pub use reach::{Unreached, connect_first, resolve};
pub use refusal::Refusal;
pub use server::{Server, ServerError, ServerSettings};
pub use signature::{RequestHead, SignedHead, WINDOW_SECONDS, sign_request, verify_request};
pub use tls::{TlsError, TlsIdentity};
pub use url::{BadUrl, NodeUrl};
