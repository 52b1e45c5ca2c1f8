//! The client.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use countersign_crypto::{Seed, Signer};
use countersign_net::{Clock, Stage, connect_first, resolve};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, RETRY_AFTER, USER_AGENT};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::hosts::{HostRule, rule};
use crate::pool::{Pool, Sender};
use crate::roots;
use crate::sign::sign;
use crate::{Answer, AnswerBody, OutgoingError, Request, SetupError, Url};

/// Most addresses of a name that are tried.
const ADDRESSES_MAX: usize = 4;

/// Most bytes of the head of an answer.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// Most bytes of a body that nobody reads for which the connection is still worth keeping.
const DROPPED_BYTES_MAX: usize = 16 << 10;

/// How long a body that nobody reads is waited for.
const DROPPED_WAIT: Duration = Duration::from_millis(500);

/// Longest wait that an answer can ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// Who we are to the other side.
const AGENT: &str = concat!("countersign/", env!("CARGO_PKG_VERSION"));

/// What the operator set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hosts that requests may go to; none without it.
    pub hosts: Vec<HostRule>,
    /// Certificates of authorities in DER, beside those of the operating system.
    pub roots: Vec<Vec<u8>>,
    /// How long finding, reaching and agreeing on keys may take, each.
    pub connect_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hosts: Vec::new(), roots: Vec::new(), connect_timeout: Duration::from_secs(10) }
    }
}

/// Sends requests. Cheap to share; requests do not wait for each other.
pub struct Client {
    settings: Settings,
    signer: Arc<dyn Signer + Send + Sync>,
    clock: Arc<dyn Clock>,
    seed: Mutex<Seed>,
    tls: Arc<ClientConfig>,
    pool: Pool,
}

impl Client {
    /// A client that signs with this key. `seed` must come from a cryptographic source and serve nothing else. Reads the
    /// authorities of the operating system.
    pub fn new(
        settings: Settings,
        signer: Arc<dyn Signer + Send + Sync>,
        clock: Arc<dyn Clock>,
        seed: Seed,
    ) -> Result<Self, SetupError> {
        let more: Vec<_> = settings.roots.iter().cloned().map(CertificateDer::from).collect();
        let tls = roots::tls(&more)?;
        Ok(Self { settings, signer, clock, seed: Mutex::new(seed), tls, pool: Pool::default() })
    }

    /// Whether requests may go there at all. Its addresses are checked with each request.
    pub fn check(&self, url: &Url) -> Result<(), OutgoingError> {
        self.rule(url).map(|_| ())
    }

    fn rule(&self, url: &Url) -> Result<&HostRule, OutgoingError> {
        let host = || url.host().to_owned();
        let rule = rule(&self.settings.hosts, url.host());
        let rule = rule.ok_or_else(|| OutgoingError::HostNotAllowed { host: host() })?;
        if url.is_secure() || rule.allows_plain() {
            Ok(rule)
        } else {
            Err(OutgoingError::PlainNotAllowed { host: host() })
        }
    }

    /// Sends a request and reads the answer, whatever its status. Follows no redirect and tries nothing twice, but for a
    /// kept connection that turns out to be closed before any byte of an answer.
    ///
    /// When the future is dropped, the request may have been seen all the same.
    pub async fn send(&self, request: Request) -> Result<Answer, OutgoingError> {
        let rule = self.rule(&request.url)?;
        let began = Instant::now();
        let limit = request.timeout;
        let sent = async {
            if let Some(mut sender) = self.pool.take(&request.url.origin()) {
                match self.ask(&mut sender, &request).await {
                    Err(OutgoingError::Closed) => {}
                    outcome => return self.finish(sender, &request, outcome?).await,
                }
            }
            let mut sender = self.connect(&request.url, rule).await?;
            let response = self.ask(&mut sender, &request).await?;
            self.finish(sender, &request, response).await
        };
        let outcome = timeout(limit, sent).await.unwrap_or(Err(OutgoingError::Timeout { stage: Stage::Answer }));
        let took = began.elapsed().as_millis();
        match &outcome {
            Ok(answer) => tracing::debug!(to = %request.url.origin(), status = answer.status, took, "sent"),
            Err(error) => tracing::debug!(to = %request.url.origin(), code = %error.code(), took, "not sent"),
        }
        outcome
    }

    /// Sends, and waits for the head of the answer.
    async fn ask(&self, sender: &mut Sender, request: &Request) -> Result<Response<Incoming>, OutgoingError> {
        let message = self.message(request)?;
        sender.send_request(message).await.map_err(|fault| OutgoingError::from_http(&fault))
    }

    /// Does with the body what was asked, and keeps the connection if it can be used again.
    async fn finish(
        &self,
        sender: Sender,
        request: &Request,
        response: Response<Incoming>,
    ) -> Result<Answer, OutgoingError> {
        let (head, body) = response.into_parts();
        let mut answer = Answer {
            status: head.status.as_u16(),
            content_type: head.headers.get(CONTENT_TYPE).and_then(|value| Some(value.to_str().ok()?.to_owned())),
            retry_after: retry_after(&head.headers),
            body: Vec::new(),
        };
        match request.answer {
            AnswerBody::Read { bytes_max } => answer.body = read(body, answer.status, bytes_max).await?,
            AnswerBody::Drop => {
                // What is not done within the limits costs the connection and nothing else.
                let rest = timeout(DROPPED_WAIT, read(body, answer.status, DROPPED_BYTES_MAX)).await;
                if !matches!(rest, Ok(Ok(_))) {
                    return Ok(answer);
                }
            }
        }
        self.pool.keep(request.url.origin(), sender);
        Ok(answer)
    }

    fn message(&self, request: &Request) -> Result<hyper::Request<Full<Bytes>>, OutgoingError> {
        let headers = request.checked()?;
        let nonce = self.seed.lock().unwrap_or_else(PoisonError::into_inner).array();
        let bad = || OutgoingError::BadRequest { what: "its address" };
        let (digest, signed) = sign(self.signer.as_ref(), request, self.clock.now(), nonce).ok_or_else(bad)?;
        let mut message = hyper::Request::builder()
            .method(request.method.as_str())
            .uri(request.url.path_and_query())
            .header(HOST, request.url.authority())
            .header(USER_AGENT, AGENT)
            .header("idempotency-key", &request.idempotency_key)
            .header("signature-input", signed.signature_input)
            .header("signature", signed.signature);
        if let (Some(digest), Some((kind, _))) = (digest, &request.body) {
            message = message.header("content-digest", digest).header(CONTENT_TYPE, kind);
        }
        for (name, value) in headers {
            message = message.header(name, value);
        }
        let body = request.body.as_ref().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        message.body(Full::new(Bytes::from(body))).map_err(|_| bad())
    }

    async fn connect(&self, url: &Url, rule: &HostRule) -> Result<Sender, OutgoingError> {
        let stream = self.reach(url, rule).await?;
        if !url.is_secure() {
            return handshake(stream).await;
        }
        let name = ServerName::try_from(url.host().to_owned()).map_err(|_| OutgoingError::UnknownHost)?;
        let stream =
            timeout(self.settings.connect_timeout, TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream))
                .await
                .map_err(|_| OutgoingError::Timeout { stage: Stage::Tls })?
                .map_err(|fault| OutgoingError::from_tls(&fault))?;
        handshake(stream).await
    }

    /// Connects to the first address of the name that may be one and answers. What is checked is the address that is
    /// connected to: the name is not asked again in between.
    async fn reach(&self, url: &Url, rule: &HostRule) -> Result<TcpStream, OutgoingError> {
        let limit = self.settings.connect_timeout;
        let found = resolve(url.host(), url.port(), limit).await?;
        let allowed: Vec<_> = found.iter().copied().filter(|at| rule.allows(at.ip())).take(ADDRESSES_MAX).collect();
        if allowed.is_empty() && !found.is_empty() {
            return Err(OutgoingError::AddressNotAllowed { host: url.host().to_owned() });
        }
        Ok(connect_first(&allowed, limit).await?)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Client({} hosts)", self.settings.hosts.len())
    }
}

async fn handshake<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Result<Sender, OutgoingError> {
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|fault| OutgoingError::from_http(&fault))?;
    // Ends by itself when the other side closes or the sender is dropped.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

async fn read(body: Incoming, status: u16, bytes_max: usize) -> Result<Vec<u8>, OutgoingError> {
    match Limited::new(body, bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(fault) if fault.is::<LengthLimitError>() => Err(OutgoingError::AnswerTooLarge { status, bytes_max }),
        Err(_) => Err(OutgoingError::Closed),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}
