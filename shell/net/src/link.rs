//! Requests to peers.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_codec::{Decode, Encode};
use countersign_crypto::Digest;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use crate::check::{CheckAnswer, CheckReport, CheckRequest, Reachable, Seen, URLS_MAX, UrlCheck};
use crate::deadline::WriteDeadline;
use crate::envelope::{BODY_BYTES_MAX, REPLY_BYTES_MAX, ReplyOpener};
use crate::exchange::{ENVELOPE_TYPE, Path, REPLY_TYPE};
use crate::refusal::PROBLEM_TYPE;
use crate::{
    Alias, LocalNode, NetError, NodeUrl, Peer, Refusal, RequestHead, Stage, connect_first, content_digest, resolve,
    seal_request, sign_request, tls,
};

/// Most kept connections to one address of one peer.
const IDLE_PER_TARGET_MAX: usize = 4;

/// Most bytes of a problem that are read.
const PROBLEM_BYTES_MAX: usize = 4_096;

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkSettings {
    /// Finding the machine, connecting to it, and agreeing on keys: each at most so long.
    pub connect_timeout: Duration,
    /// Sending a request and receiving its answer.
    pub reply_timeout: Duration,
    /// The same for a poll or a check: more than the peer may hold it.
    pub poll_timeout: Duration,
    /// How long a connection without work is kept.
    pub idle_timeout: Duration,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            reply_timeout: Duration::from_secs(60),
            poll_timeout: Duration::from_secs(60),
            // Less than a server waits for the next header, so that it is us who close.
            idle_timeout: Duration::from_secs(15),
        }
    }
}

/// Sends requests to peers and keeps connections. A clone shares them.
#[derive(Clone)]
pub struct Link {
    local: Arc<LocalNode>,
    settings: LinkSettings,
    idle: Arc<Mutex<HashMap<Target, Vec<Idle>>>>,
}

type Sender = SendRequest<Full<Bytes>>;

/// A kept connection is used for the address and key it was made for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Target {
    url: NodeUrl,
    spki_hash: Digest,
}

struct Idle {
    sender: Sender,
    since: Instant,
}

/// One request before it is sealed.
#[derive(Clone, Copy)]
struct Letter<'a> {
    peer: &'a Peer,
    path: Path,
    alias: Alias,
    body: &'a [u8],
}

impl Link {
    /// Requests in the name of `local`, with the usual timeouts.
    pub fn new(local: Arc<LocalNode>) -> Self {
        Self::with_settings(local, LinkSettings::default())
    }

    /// Requests in the name of `local`.
    pub fn with_settings(local: Arc<LocalNode>, settings: LinkSettings) -> Self {
        Self { local, settings, idle: Arc::default() }
    }

    /// In whose name requests are made.
    pub fn local(&self) -> &Arc<LocalNode> {
        &self.local
    }

    /// Sends a batch and returns the answer. Tries the peer's addresses in order.
    ///
    /// The batch may arrive twice: when a connection ends before the answer, it is sent again over a new one or to
    /// the next address.
    pub async fn exchange(&self, peer: &Peer, alias: Alias, body: &[u8]) -> Result<Vec<u8>, NetError> {
        self.request(Letter { peer, path: Path::EXCHANGE, alias, body }).await
    }

    /// Asks for what is waiting; the peer answers when there is something, or after its time for polls.
    pub async fn poll(&self, peer: &Peer, alias: Alias, body: &[u8]) -> Result<Vec<u8>, NetError> {
        self.request(Letter { peer, path: Path::POLL, alias, body }).await
    }

    /// Checks every address of the peer, over new connections. With `me`, the first address that answers is asked
    /// to compare its record of this node and to call back.
    pub async fn check(&self, peer: &Peer, me: Option<&Reachable>) -> CheckReport {
        if peer.urls.is_empty() {
            return CheckReport { urls: vec![UrlCheck { url: None, outcome: Err(NetError::NoUrl) }] };
        }
        let mut asked = me;
        let mut urls = Vec::new();
        for url in peer.urls.iter().take(URLS_MAX) {
            let outcome = self.check_at(peer, url, asked).await;
            if outcome.is_ok() {
                asked = None;
            }
            urls.push(UrlCheck { url: Some(url.clone()), outcome });
        }
        CheckReport { urls }
    }

    /// Checks one address.
    pub(crate) async fn check_at(&self, peer: &Peer, url: &NodeUrl, me: Option<&Reachable>) -> Result<Seen, NetError> {
        let request = CheckRequest { sealing_key: self.local.sealing_key(), reachable: me.cloned() }.to_bytes();
        let letter = Letter { peer, path: Path::Check, alias: Alias::NODE, body: &request };
        let sender = self.connect(url, peer.spki_hash).await?;
        let sent = self.local.now();
        let answer = self.send(sender, url, letter).await?;
        let answer = CheckAnswer::from_bytes(&answer).map_err(|_| NetError::BadReply)?;
        Ok(Seen::new(sent, answer, self.local.now()))
    }

    async fn request(&self, letter: Letter<'_>) -> Result<Vec<u8>, NetError> {
        if letter.body.len() > BODY_BYTES_MAX {
            return Err(NetError::TooLarge { bytes_max: BODY_BYTES_MAX as u64 });
        }
        let mut furthest = NetError::NoUrl;
        for url in letter.peer.urls.iter().take(URLS_MAX) {
            match self.request_at(url, letter).await {
                Err(error) if error.is_of_address() => {
                    tracing::debug!(%url, code = %error.code(), "address failed");
                    if furthest == NetError::NoUrl || error.stage() > furthest.stage() {
                        furthest = error;
                    }
                }
                outcome => return outcome,
            }
        }
        Err(furthest)
    }

    async fn request_at(&self, url: &NodeUrl, letter: Letter<'_>) -> Result<Vec<u8>, NetError> {
        if let Some(sender) = self.take_idle(url, letter.peer.spki_hash) {
            match self.send(sender, url, letter).await {
                // The peer may have closed it just now, for want of work.
                Err(NetError::Closed) => {}
                outcome => return outcome,
            }
        }
        let sender = self.connect(url, letter.peer.spki_hash).await?;
        self.send(sender, url, letter).await
    }

    /// Seals, signs and sends; reads and opens the answer.
    async fn send(&self, mut sender: Sender, url: &NodeUrl, letter: Letter<'_>) -> Result<Vec<u8>, NetError> {
        let (request, opener) = self.seal(url, letter)?;
        let limit = match letter.path {
            Path::EXCHANGE => self.settings.reply_timeout,
            _ => self.settings.poll_timeout,
        };
        let answer = async {
            let response = sender.send_request(request).await.map_err(|fault| from_http(&fault))?;
            read(response, letter.peer, &opener).await
        };
        let outcome = timeout(limit, answer).await.unwrap_or(Err(NetError::Timeout { stage: Stage::Answer }));
        if outcome.is_ok() {
            self.keep(url, letter.peer.spki_hash, sender);
        }
        outcome
    }

    fn seal(&self, url: &NodeUrl, letter: Letter<'_>) -> Result<(Request<Full<Bytes>>, ReplyOpener), NetError> {
        let Letter { peer, path, alias, body } = letter;
        let mut seed = self.local.seed();
        let sealing_key = &peer.sealing_key;
        let (envelope, opener) =
            seal_request(self.local.node_key(), peer.node_key, sealing_key, alias, body, &mut seed)
                .map_err(|_| NetError::WrongSealingKey)?;
        let authority = url.authority();
        let head =
            RequestHead { method: "POST", authority: &authority, path: path.text(), content_type: ENVELOPE_TYPE };
        let signed =
            sign_request(self.local.signer(), &head, content_digest(&envelope), self.local.now(), seed.array());
        let request = signed.and_then(|signed| {
            Request::builder()
                .method(Method::POST)
                .uri(path.text())
                .header(HOST, &authority)
                .header(CONTENT_TYPE, ENVELOPE_TYPE)
                .header("content-digest", signed.content_digest)
                .header("signature-input", signed.signature_input)
                .header("signature", signed.signature)
                .body(Full::new(Bytes::from(envelope)))
                .ok()
        });
        // Only an address that is no header value comes here.
        Ok((request.ok_or(NetError::UnknownHost)?, opener))
    }

    async fn connect(&self, url: &NodeUrl, spki_hash: Digest) -> Result<Sender, NetError> {
        let limit = self.settings.connect_timeout;
        let mut addresses = resolve(url.host(), url.port(), limit).await?;
        addresses.truncate(URLS_MAX);
        let stream = connect_first(&addresses, limit).await?;
        let name = ServerName::try_from(url.host().to_owned()).map_err(|_| NetError::UnknownHost)?;
        let config = tls::client_config(spki_hash).map_err(|_| NetError::Tls)?;
        let stream = WriteDeadline::new(stream, self.settings.reply_timeout);
        let stream = timeout(limit, TlsConnector::from(config).connect(name, stream))
            .await
            .map_err(|_| NetError::Timeout { stage: Stage::Tls })?
            .map_err(|fault| NetError::from_tls(&fault, spki_hash))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|fault| from_http(&fault))?;
        // Ends by itself when the peer closes or the sender is dropped.
        tokio::spawn(async move {
            if let Err(fault) = connection.await {
                tracing::debug!(%fault, "connection ended");
            }
        });
        Ok(sender)
    }

    fn take_idle(&self, url: &NodeUrl, spki_hash: Digest) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(&Target { url: url.clone(), spki_hash })?;
        kept.retain(|idle| idle.is_usable(self.settings.idle_timeout));
        kept.pop().map(|idle| idle.sender)
    }

    fn keep(&self, url: &NodeUrl, spki_hash: Digest, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|_, kept| {
            kept.retain(|idle| idle.is_usable(self.settings.idle_timeout));
            !kept.is_empty()
        });
        let kept = idle.entry(Target { url: url.clone(), spki_hash }).or_default();
        if kept.len() < IDLE_PER_TARGET_MAX && !sender.is_closed() {
            kept.push(Idle { sender, since: Instant::now() });
        }
    }
}

impl Idle {
    fn is_usable(&self, idle_timeout: Duration) -> bool {
        !self.sender.is_closed() && self.since.elapsed() < idle_timeout
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Link({:?})", self.local)
    }
}

async fn read(response: Response<Incoming>, peer: &Peer, opener: &ReplyOpener) -> Result<Vec<u8>, NetError> {
    let (head, body) = response.into_parts();
    match (head.status, media_type(&head.headers)) {
        (StatusCode::OK, Some(REPLY_TYPE)) => {
            let reply = collect(body, REPLY_BYTES_MAX).await?;
            opener.open(&reply).map_err(|_| NetError::BadReply)
        }
        (_, Some(PROBLEM_TYPE)) => {
            let problem = collect(body, PROBLEM_BYTES_MAX).await?;
            let refusal = Refusal::from_problem(&problem).ok_or(NetError::BadReply)?;
            Err(NetError::from_refusal(refusal, peer.node_key))
        }
        _ => Err(NetError::BadReply),
    }
}

async fn collect(body: Incoming, bytes_max: usize) -> Result<Bytes, NetError> {
    match Limited::new(body, bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(fault) if fault.is::<http_body_util::LengthLimitError>() => Err(NetError::BadReply),
        Err(_) => Err(NetError::Closed),
    }
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

fn from_http(fault: &hyper::Error) -> NetError {
    if fault.is_parse() { NetError::BadReply } else { NetError::Closed }
}
