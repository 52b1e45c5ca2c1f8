//! HTTPS of the API: with the operator's certificate, or with one made here.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::config::{ApiTls, TlsFiles, TlsWord};
use crate::home::{Home, write};
use crate::{Config, Error};

/// How the API is reached.
pub(crate) enum Door {
    /// As it is: on loopback, or behind a proxy that has TLS.
    Plain,
    /// With TLS.
    Tls(Arc<ServerConfig>),
}

/// The door that the configuration asks for. Outside loopback there is none without TLS, unless it says that a proxy
/// has it.
pub(crate) fn door(home: &Home, config: &Config) -> Result<Door, Error> {
    match &config.api_tls {
        None if config.api.ip().is_loopback() => Ok(Door::Plain),
        None => Err(Error::ApiWithoutTls(config.api)),
        Some(ApiTls::Word(TlsWord::Proxy)) => Ok(Door::Plain),
        Some(ApiTls::Word(TlsWord::SelfMade)) => {
            let files = home.own_certificate();
            if !(files.certificate.is_file() && files.key.is_file()) {
                make(&files, config)?;
            }
            own(&files).map(Door::Tls)
        }
        Some(ApiTls::Files(files)) => {
            let inside = |path: &Path| home.path().join(path);
            given(&TlsFiles { certificate: inside(&files.certificate), key: inside(&files.key) }).map(Door::Tls)
        }
    }
}

/// A certificate for the names of this machine that the configuration knows. It stays, so that people who said once
/// that they trust it are not asked again.
fn make(files: &TlsFiles, config: &Config) -> Result<(), Error> {
    let failed = |error: rcgen::Error| Error::Tls(error.to_string());
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    if !config.api.ip().is_unspecified() {
        names.push(config.api.ip().to_string());
    }
    names.extend(config.api_url.as_deref().and_then(host));
    names.sort();
    names.dedup();
    let made = rcgen::generate_simple_self_signed(names).map_err(failed)?;
    write(&files.key, made.signing_key.serialize_der())?;
    write(&files.certificate, made.cert.der())
}

/// The certificate that was made here, and its key: in DER.
fn own(files: &TlsFiles) -> Result<Arc<ServerConfig>, Error> {
    let bytes = |path: &PathBuf| std::fs::read(path).map_err(|source| Error::File { path: path.clone(), source });
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(bytes(&files.key)?));
    server(files, vec![CertificateDer::from(bytes(&files.certificate)?)], key)
}

/// The operator's certificate and key: in PEM.
fn given(files: &TlsFiles) -> Result<Arc<ServerConfig>, Error> {
    let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| bad(&files.certificate, &error.to_string()))?;
    if chain.is_empty() {
        return Err(bad(&files.certificate, "holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| bad(&files.key, &error.to_string()))?;
    server(files, chain, key)
}

fn bad(path: &Path, what: &str) -> Error {
    Error::Tls(format!("{}: {what}", path.display()))
}

fn server(
    files: &TlsFiles,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| bad(&files.certificate, &error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The host of `https://host[:port]`.
fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let end = if rest.starts_with('[') { rest.find(']').map(|at| at + 1) } else { rest.find([':', '/']) };
    let host = rest.get(..end.unwrap_or(rest.len()))?.trim_start_matches('[').trim_end_matches(']');
    Some(host.to_owned()).filter(|host| !host.is_empty())
}

/// Where a browser finds the API: at the address that the operator gave, else at its own on this machine.
pub(crate) fn url(config: &Config, door: &Door, address: SocketAddr) -> String {
    let scheme = if matches!(door, Door::Tls(_)) { "https" } else { "http" };
    let own = if address.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], address.port())) } else { address };
    config.api_url.clone().unwrap_or_else(|| format!("{scheme}://{own}"))
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_host_is_found_in_an_address() {
        for (url, expected) in [
            ("https://node.acme.example", Some("node.acme.example")),
            ("https://node.acme.example:7421/x", Some("node.acme.example")),
            ("https://10.0.0.1:1", Some("10.0.0.1")),
            ("https://[fe80::1]:1", Some("fe80::1")),
            ("https://:1", None),
            ("nonsense", None),
        ] {
            assert_eq!(host(url).as_deref(), expected, "{url}");
        }
    }
}
