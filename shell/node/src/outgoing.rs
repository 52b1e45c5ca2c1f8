//! The client for requests that are not for other nodes, from the settings.

use std::path::Path;
use std::sync::Arc;

use countersign_crypto::{Seed, Signer};
use countersign_net::Clock;
use countersign_outgoing::{Client, Settings};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::home::random;
use crate::{Config, Error, Home};

/// The one client of a node.
pub(crate) fn client(
    home: &Home,
    config: &Config,
    signer: Arc<dyn Signer + Send + Sync>,
    clock: Arc<dyn Clock>,
) -> Result<Client, Error> {
    let bad = |message: String| Error::Config { path: home.config_path(), message };
    let hosts = config.outgoing.rules().map_err(|error| bad(format!("outgoing.hosts: {error}")))?;
    let settings = Settings { hosts, roots: roots(home, config)?, ..Settings::default() };
    let client = Client::new(settings, signer, clock, Seed::new(random()?));
    client.map_err(|error| bad(format!("outgoing: {error}")))
}

/// The authorities that the operator adds, in DER.
pub(crate) fn roots(home: &Home, config: &Config) -> Result<Vec<Vec<u8>>, Error> {
    let Some(path) = &config.outgoing.roots else { return Ok(Vec::new()) };
    let path = home.path().join(path);
    let bad = |what: &str| Error::Config { path: path.clone(), message: format!("outgoing.roots: {what}") };
    let found = certificates(&path).map_err(|error| bad(&error.to_string()))?;
    if found.is_empty() { Err(bad("holds no certificate")) } else { Ok(found) }
}

fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(path)?.map(|certificate| Ok(certificate?.to_vec())).collect()
}
