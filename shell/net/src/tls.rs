//! TLS 1.3 with one key per node and no authority: a peer accepts the key of the node record and nothing else.

use std::fmt;
use std::sync::Arc;

use countersign_crypto::Digest;
use rcgen::{CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, ServerConfig, SignatureScheme};
use thiserror::Error;
use zeroize::Zeroizing;

/// The protocol named in the handshake.
const ALPN: &[u8] = b"http/1.1";

/// The TLS key of a node: P-256, with a certificate that says nothing but the key.
pub struct TlsIdentity {
    secret: Zeroizing<Vec<u8>>,
    certificate: CertificateDer<'static>,
    spki_hash: Digest,
}

/// A TLS key is not usable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The bytes are no P-256 key in PKCS#8, or none could be made.
    #[error("no usable P-256 key")]
    Key(#[source] rcgen::Error),
    /// The TLS library refuses key or certificate.
    #[error("key and certificate are not usable")]
    Setup(#[source] rustls::Error),
}

impl TlsIdentity {
    /// A new key, from the randomness of the TLS library.
    pub fn generate() -> Result<Self, TlsError> {
        Self::new(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(TlsError::Key)?)
    }

    /// The key whose [`TlsIdentity::secret`] this is.
    pub fn from_secret(pkcs8: &[u8]) -> Result<Self, TlsError> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
        Self::new(&KeyPair::from_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256).map_err(TlsError::Key)?)
    }

    /// A certificate is made anew each time: only its key counts.
    fn new(key: &KeyPair) -> Result<Self, TlsError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let certificate = params.self_signed(key).map_err(TlsError::Key)?.der().clone();
        let spki_hash = spki_hash(&certificate).map_err(TlsError::Setup)?;
        Ok(Self { secret: Zeroizing::new(key.serialize_der()), certificate, spki_hash })
    }

    /// The secret key: PKCS#8 in DER, for the caller to keep encrypted.
    pub fn secret(&self) -> Zeroizing<Vec<u8>> {
        self.secret.clone()
    }

    /// SHA-256 of the SubjectPublicKeyInfo in DER: what the node record says of this key.
    pub fn spki_hash(&self) -> Digest {
        self.spki_hash
    }

    /// How to listen: this key, no client certificates, no session to resume.
    pub(crate) fn server_config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.secret.to_vec()));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(TlsError::Setup)?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key)
            .map_err(TlsError::Setup)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TlsIdentity({:?})", self.spki_hash)
    }
}

/// How to connect to the node with this key. A resumed session would skip the check of the key, so none is.
pub(crate) fn client_config(expected: Digest) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = provider();
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError::Setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OneKey { expected, provider }))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn spki_hash(certificate: &CertificateDer<'_>) -> Result<Digest, rustls::Error> {
    Ok(Digest::of(&ParsedCertificate::try_from(certificate)?.subject_public_key_info()))
}

/// The other side showed this key.
#[derive(Debug, Error)]
#[error("another TLS key")]
pub(crate) struct OtherKey {
    pub(crate) found: Digest,
}

/// Accepts one key. Names, dates and issuers in the certificate say nothing.
#[derive(Debug)]
struct OneKey {
    expected: Digest,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for OneKey {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = spki_hash(certificate)?;
        if found == self.expected {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::Other(OtherError(Arc::new(OtherKey { found }))).into())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::PeerIncompatible::ServerDoesNotSupportTls12Or13.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_returns_from_its_secret_with_the_same_hash() {
        let identity = TlsIdentity::generate().unwrap();
        let again = TlsIdentity::from_secret(&identity.secret()).unwrap();
        assert_eq!(again.spki_hash(), identity.spki_hash());
        assert_ne!(TlsIdentity::generate().unwrap().spki_hash(), identity.spki_hash());
        assert!(TlsIdentity::from_secret(b"no key").is_err());
        assert!(!format!("{identity:?}").contains("secret"));
    }
}
