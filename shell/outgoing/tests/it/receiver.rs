//! Receivers that do as a test tells them. Tests of the node use them, too.
#![allow(dead_code, reason = "each binary uses what it needs")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use countersign_net::{Claim, Clock, SystemClock};
use countersign_outgoing::{Received, verify};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub method: String,
    pub target: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(held, _)| held == name);
        found.map_or("", |(_, value)| value)
    }

    /// Who signed it, if it was signed for this address now.
    pub fn claim(&self, url: &str) -> Claim {
        let received = Received {
            method: &self.method,
            url: &url.parse().unwrap(),
            idempotency_key: self.header("idempotency-key"),
            body: Some((self.header("content-type"), &self.body)),
            content_digest: Some(self.header("content-digest")),
            signature_input: self.header("signature-input"),
            signature: self.header("signature"),
        };
        verify(&received, SystemClock.now(), 300).unwrap()
    }
}

/// An answer of this status, kept open after it.
pub fn respond(status: u16, kind: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Someone who vouches for certificates.
pub struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key in DER.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    pub fn certificate(&self) -> Vec<u8> {
        self.certificate.to_vec()
    }

    /// As a file that settings name.
    pub fn pem(&self) -> String {
        let text = base64(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    pub fn vouch(&self, name: &str, expired: bool) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Identity { certificate, key: key.serialize_der() }
    }
}

/// What a receiver answers; nothing at all if it is empty.
type Answer = dyn Fn(&Heard) -> Vec<u8> + Send + Sync;

/// Listens on this machine until it is dropped.
pub struct Receiver {
    scheme: &'static str,
    host: &'static str,
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub async fn plain(answer: impl Fn(&Heard) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::listen(0, None, Some(Arc::new(answer))).await
    }

    /// On this port of this machine.
    pub async fn plain_at(port: u16, answer: impl Fn(&Heard) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::listen(port, None, Some(Arc::new(answer))).await
    }

    pub async fn tls(identity: &Identity, answer: impl Fn(&Heard) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::tls_at(0, identity, answer).await
    }

    /// On this port of this machine.
    pub async fn tls_at(
        port: u16,
        identity: &Identity,
        answer: impl Fn(&Heard) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.clone()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate.clone()], key)
            .unwrap();
        Self::listen(port, Some(TlsAcceptor::from(Arc::new(config))), Some(Arc::new(answer))).await
    }

    /// Reads the request and closes.
    pub async fn closing() -> Self {
        Self::listen(0, None, None).await
    }

    pub async fn free_port() -> u16 {
        TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
    }

    async fn listen(port: u16, tls: Option<TlsAcceptor>, answer: Option<Arc<Answer>>) -> Self {
        let listener = bind(port).await;
        let port = listener.local_addr().unwrap().port();
        let (scheme, host) = if tls.is_some() { ("https", "localhost") } else { ("http", "127.0.0.1") };
        let heard = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (into, count) = (Arc::clone(&heard), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            // They end with the receiver.
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (tls, answer, into) = (tls.clone(), answer.clone(), Arc::clone(&into));
                talks.spawn(async move {
                    match tls {
                        None => talk(stream, answer, &into).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                talk(stream, answer, &into).await;
                            }
                        }
                    }
                });
            }
        });
        Self { scheme, host, port, heard, connections, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}:{}{path}", self.scheme, self.host, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A port that was just let go may be taken for a moment.
async fn bind(port: u16) -> TcpListener {
    for _ in 0..100 {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return listener;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("port {port} stays taken");
}

/// Takes one request after the other.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    answer: Option<Arc<Answer>>,
    heard: &Mutex<Vec<Heard>>,
) {
    while let Some(request) = hear(&mut stream).await {
        heard.lock().unwrap().push(request.clone());
        let Some(answer) = &answer else { return };
        let bytes = answer(&request);
        if bytes.is_empty() {
            std::future::pending::<()>().await;
        }
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// The next request.
async fn hear<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Heard> {
    let mut bytes = Vec::new();
    let mut more = [0; 4_096];
    loop {
        if let Some(request) = parse(&bytes) {
            return Some(request);
        }
        match stream.read(&mut more).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&more[..count]),
        }
    }
}

/// A request, once it is whole.
fn parse(bytes: &[u8]) -> Option<Heard> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    let body = bytes.get(end + 4..end + 4 + length)?.to_vec();
    Some(Heard { method, target, headers, body })
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let word = part.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for index in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= part.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
