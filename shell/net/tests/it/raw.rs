//! Requests made by hand, to break them.

use std::net::SocketAddr;
use std::sync::Arc;

use countersign_crypto::{Seed, Signer};
use countersign_net::{Alias, Peer, RequestHead, SignedHead, content_digest, seal_request, sign_request};
use countersign_types::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::setup::{NOW, Node};

/// A request as it goes over the wire.
#[derive(Clone)]
pub struct Raw {
    pub method: String,
    pub path: String,
    pub host: String,
    pub content_type: String,
    pub fields: SignedHead,
    pub body: Vec<u8>,
}

impl Raw {
    /// A right one; `number` makes its nonce.
    pub fn new(from: &Node, peer: &Peer, body: &[u8], number: u8) -> Self {
        let seed = &mut Seed::new([number; 32]);
        let (envelope, _) =
            seal_request(from.key.public_key(), peer.node_key, &peer.sealing_key, Alias::NODE, body, seed).unwrap();
        Self::of_body(from, peer, envelope, number)
    }

    /// One rightly signed over any HTTP body.
    pub fn of_body(from: &Node, peer: &Peer, body: Vec<u8>, number: u8) -> Self {
        let (path, content_type) = ("/net/v1/exchange", "application/vnd.countersign.envelope");
        let host = peer.urls[0].authority();
        let head = RequestHead { method: "POST", authority: &host, path, content_type };
        let now = Timestamp::from_millis(NOW * 1_000).unwrap();
        let fields = sign_request(from.key.as_ref(), &head, content_digest(&body), now, [number; 16]).unwrap();
        Self {
            method: "POST".to_owned(),
            path: path.to_owned(),
            host,
            content_type: content_type.to_owned(),
            fields,
            body,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let Self { method, path, host, content_type, fields, body } = self;
        let SignedHead { content_digest, signature_input, signature } = fields;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {content_type}\r\n\
             content-digest: {content_digest}\r\nsignature-input: {signature_input}\r\nsignature: {signature}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    /// Status and code of the answer; no code if it is no problem.
    pub async fn send(&self, address: SocketAddr) -> (u16, String) {
        let mut stream = connect(address).await;
        stream.write_all(&self.bytes()).await.unwrap();
        answer(&mut stream).await
    }
}

pub async fn answer(stream: &mut TlsStream<TcpStream>) -> (u16, String) {
    let mut bytes = Vec::new();
    // A server that closes without a goodbye has still answered.
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes);
    let status = text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    let code = text.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    (status, code.to_owned())
}

/// A TLS connection that does not care whose it is.
pub async fn connect(address: SocketAddr) -> TlsStream<TcpStream> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
