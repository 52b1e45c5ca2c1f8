//! Requests that arrive, and the errors of those that do not.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use countersign_crypto::{Digest, SealingKey, SealingSecret, Signer, SigningKey};
use countersign_net::{Alias, Delivery, NetError, Peer, Route, ServerSettings, TlsIdentity};
use countersign_types::Code;
use rustls::ServerConfig;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::raw::connect;
use crate::setup::{Node, closed_port, pair, url};

#[tokio::test]
async fn a_batch_arrives_and_its_answer_returns() {
    let (buyer, seller, _server, peer) = pair().await;
    let alias = Alias([7; 16]);
    assert_eq!(buyer.link.exchange(&peer, alias, b"offer").await.as_deref(), Ok(b"re: offer".as_slice()));
    let delivery = Delivery { from: buyer.key.public_key(), route: Route::Exchange, alias, body: b"offer".to_vec() };
    assert_eq!(*seller.desk.received.lock().unwrap(), [delivery]);
}

#[tokio::test]
async fn many_requests_at_once_get_their_own_answers() {
    let (buyer, _seller, _server, peer) = pair().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..12_u8 {
        let (link, peer) = (buyer.link.clone(), peer.clone());
        tasks.spawn(async move {
            for _ in 0..5 {
                let answer = link.exchange(&peer, Alias::NODE, &[number]).await.unwrap();
                assert_eq!(answer, [b"re: ".as_slice(), &[number]].concat());
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn large_batches_of_a_peer_pass() {
    let (buyer, _seller, _server, peer) = pair().await;
    let body = vec![5; 2_000_000];
    let answer = buyer.link.exchange(&peer, Alias::NODE, &body).await.unwrap();
    assert_eq!(answer.len(), body.len() + 4);
}

#[tokio::test]
async fn a_dead_address_is_passed_over() {
    let (buyer, _seller, _server, mut peer) = pair().await;
    peer.urls.insert(0, url(closed_port().await));
    assert!(buyer.link.exchange(&peer, Alias::NODE, b"offer").await.is_ok());
}

#[tokio::test]
async fn a_restart_of_the_peer_costs_no_request() {
    let (buyer, seller, server, peer) = pair().await;
    let address = server.address();
    buyer.link.exchange(&peer, Alias::NODE, b"one").await.unwrap();
    server.stop(Duration::from_secs(1)).await;
    assert_eq!(buyer.link.exchange(&peer, Alias::NODE, b"two").await, Err(NetError::Refused));
    let _server = seller.serve_on(TcpListener::bind(address).await.unwrap(), ServerSettings::default());
    assert!(buyer.link.exchange(&peer, Alias::NODE, b"three").await.is_ok());
}

async fn error(node: &Node, peer: &Peer) -> NetError {
    node.link.exchange(peer, Alias::NODE, b"offer").await.unwrap_err()
}

#[tokio::test]
async fn another_certificate_is_refused_before_a_byte_is_sent() {
    let (buyer, seller, _server, peer) = pair().await;
    let expected = TlsIdentity::generate().unwrap().spki_hash();
    let other = Peer { spki_hash: expected, ..peer };
    let found = seller.tls.spki_hash();
    assert_eq!(error(&buyer, &other).await, NetError::WrongCertificate { expected, found });
    assert!(seller.desk.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_copied_certificate_without_its_key_is_refused() {
    let (buyer, seller, server, peer) = pair().await;
    let stream = connect(server.address()).await;
    let certificate = stream.get_ref().1.peer_certificates().unwrap().to_vec();
    let thief = TlsIdentity::generate().unwrap();
    // With the right key the handshake ends well, and the connection with it.
    for (identity, expected) in [(&thief, NetError::Tls), (&seller.tls, NetError::Closed)] {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.secret().to_vec()));
        let key = CertifiedKey::new(certificate.clone(), any_supported_type(&key).unwrap());
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let other = Peer { urls: vec![url(listener.local_addr().unwrap())], ..peer.clone() };
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            TlsAcceptor::from(Arc::new(config)).accept(stream).await.is_ok()
        });
        assert_eq!(error(&buyer, &other).await, expected);
        assert_eq!(task.await.unwrap(), expected == NetError::Closed, "whether the handshake ended well");
    }
}

#[tokio::test]
async fn a_kept_connection_serves_only_the_key_it_was_made_for() {
    let (buyer, _seller, _server, peer) = pair().await;
    buyer.link.exchange(&peer, Alias::NODE, b"offer").await.unwrap();
    let other = Peer { spki_hash: Digest::ZERO, ..peer };
    assert!(matches!(error(&buyer, &other).await, NetError::WrongCertificate { .. }));
}

#[tokio::test]
async fn another_sealing_key_is_named() {
    let (buyer, _seller, _server, peer) = pair().await;
    let other = Peer { sealing_key: SealingSecret::new([9; 32]).public_key(), ..peer.clone() };
    assert_eq!(error(&buyer, &other).await, NetError::WrongSealingKey);
    let none = Peer { sealing_key: SealingKey::new([0; 32]), ..peer };
    assert_eq!(error(&buyer, &none).await, NetError::WrongSealingKey);
}

#[tokio::test]
async fn another_node_key_is_named_to_peers_only() {
    let (buyer, seller, _server, peer) = pair().await;
    let expected = SigningKey::new([9; 32]).public_key();
    let other = Peer { node_key: expected, ..peer };
    let expected = Box::new(expected);
    let found = Some(Box::new(seller.key.public_key()));
    assert_eq!(error(&buyer, &other).await, NetError::WrongKey { expected: expected.clone(), found });
    let stranger = Node::new(3);
    assert_eq!(error(&stranger, &other).await, NetError::WrongKey { expected, found: None });
}

#[tokio::test]
async fn a_clock_outside_the_window_is_named_with_its_difference() {
    let (buyer, seller, _server, peer) = pair().await;
    for (ahead, by_seconds) in [(301, -301), (-301, 301), (-86_400, 86_400)] {
        buyer.ahead.store(ahead, Ordering::SeqCst);
        assert_eq!(error(&buyer, &peer).await, NetError::ClockOff { by_seconds });
    }
    assert!(seller.desk.received.lock().unwrap().is_empty());
    buyer.ahead.store(300, Ordering::SeqCst);
    assert!(buyer.link.exchange(&peer, Alias::NODE, b"offer").await.is_ok());
}

#[tokio::test]
async fn a_refusal_of_the_receiver_keeps_its_code() {
    let (buyer, _seller, _server, peer) = pair().await;
    let error = buyer.link.exchange(&peer, Alias::NODE, b"refuse").await.unwrap_err();
    assert_eq!(error, NetError::PeerRefused { code: Code::known("not_invited") });
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let (buyer, _seller, _server, peer) = pair().await;
    let with = |urls| Peer { urls, ..peer.clone() };
    assert_eq!(error(&buyer, &with(vec![])).await, NetError::NoUrl);
    assert_eq!(error(&buyer, &with(vec![url(closed_port().await)])).await, NetError::Refused);
    let unknown = "https://node.invalid:8443".parse().unwrap();
    assert_eq!(error(&buyer, &with(vec![unknown])).await, NetError::UnknownHost);
}

#[tokio::test]
async fn another_service_on_the_port_is_told_from_a_node() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let (buyer, _seller, _server, peer) = pair().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
        // Accepts, then says nothing.
        let (_silent, _) = listener.accept().await.unwrap();
        std::future::pending::<()>().await;
    });
    let other = Peer { urls: vec![url(address)], ..peer };
    assert_eq!(error(&buyer, &other).await, NetError::Tls);
    let timeout = NetError::Timeout { stage: countersign_net::Stage::Tls };
    assert_eq!(error(&buyer, &other).await, timeout);
    task.abort();
}

#[tokio::test]
async fn secrets_are_not_in_debug_texts() {
    let (buyer, _seller, _server, peer) = pair().await;
    let texts = format!("{:?} {:?} {:?}", buyer.link, buyer.tls, peer);
    let secret: String = buyer.tls.secret().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!texts.contains(&secret) && !texts.contains(&"65".repeat(32)), "{texts}");
}
