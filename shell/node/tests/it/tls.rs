//! The API with TLS.

use std::sync::Arc;

use countersign_node::{Error, Home, Node};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::party::{Party, passphrase};

fn set(party: &Party, lines: &str) {
    let path = Home::open(&party.data()).unwrap().config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<_> = text.lines().filter(|line| !line.starts_with("api")).collect();
    std::fs::write(&path, format!("{lines}\n{}\n", kept.join("\n"))).unwrap();
}

async fn refused(party: &Party) -> String {
    match Node::start(&party.data(), &passphrase()).await {
        Err(error) => error.code().to_owned(),
        Ok(_) => panic!("the node started"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_loopback_there_is_tls_or_a_proxy() {
    let mut party = Party::make("landlord", 111, false);
    set(&party, "api = \"0.0.0.0:0\"");
    let error = Node::start(&party.data(), &passphrase()).await.err().unwrap();
    assert!(matches!(error, Error::ApiWithoutTls(_)), "{error}");
    assert_eq!(refused(&party).await, "api_without_tls");
    set(&party, "api = \"0.0.0.0:0\"\napi_tls = \"none\"");
    assert_eq!(refused(&party).await, "invalid_config");
    set(&party, "api = \"0.0.0.0:0\"\napi_tls = { certificate = \"gone.pem\", key = \"gone.pem\" }");
    assert_eq!(refused(&party).await, "tls");
    set(&party, "api = \"0.0.0.0:0\"\napi_tls = \"proxy\"");
    party.restart().await;
    assert!(party.client().node().await.is_ok());
    party.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_trusts_the_certificate_reaches_the_app_and_the_command_its_own_door() {
    let mut party = Party::make("landlord", 112, false);
    set(&party, "api = \"127.0.0.1:0\"\napi_tls = \"self-made\"\napi_url = \"https://node.acme.example:7421\"");
    party.restart().await;
    let certificate = std::fs::read(party.data().join("api.cert")).unwrap();
    assert!(party.client().node().await.is_ok());
    let invite = countersign_api_model::InviteUserRequest { role: countersign_api_model::Role::Member, name: None };
    let link = party.client().invite_user(&invite).await.unwrap().link;
    assert!(link.starts_with("https://node.acme.example:7421/ui/#enrol="), "{link}");

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate.clone())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = party.node.as_ref().unwrap().api_tls_address().unwrap();
    // Somebody who connects and says nothing holds up nobody.
    let _silent = TcpStream::connect(address).await.unwrap();
    for name in ["localhost", "127.0.0.1", "node.acme.example"] {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from(name).unwrap();
        let mut stream = TlsConnector::from(Arc::new(config.clone())).connect(name, stream).await.unwrap();
        stream.write_all(b"GET /ui/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200 OK\r\n"), "{answer:?}");
    }
    party.restart().await;
    assert_eq!(std::fs::read(party.data().join("api.cert")).unwrap(), certificate);
    party.stop().await;
}
