//! Requests that were changed, repeated or made up.

use countersign_net::content_digest;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::io::AsyncWriteExt;

use crate::raw::{Raw, answer, connect};
use crate::setup::{Node, pair};

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn every_change_on_the_way_is_named() {
    let (buyer, seller, server, peer) = pair().await;
    let address = server.address();
    let good = Raw::new(&buyer, &peer, b"offer", 1);
    let mut cases = Vec::new();

    // Its signature is good, so its nonce is used up; all others leave no trace.
    let mut body = Raw::new(&buyer, &peer, b"offer", 3);
    *body.body.last_mut().unwrap() ^= 1;
    cases.push((body.clone(), refused(400, "bad_digest")));
    body.fields.content_digest = content_digest(&body.body);
    cases.push((body, refused(401, "bad_signature")));
    let mut signature = good.clone();
    signature.fields.signature = "countersign=:AAAA:".to_owned();
    cases.push((signature.clone(), refused(400, "malformed")));
    signature.fields.signature = Raw::new(&buyer, &peer, b"offer", 2).fields.signature;
    cases.push((signature, refused(401, "bad_signature")));
    let mut path = good.clone();
    path.path = "/net/v1/poll".to_owned();
    cases.push((path.clone(), refused(401, "bad_signature")));
    path.path = "/net/v1/exchange?x".to_owned();
    cases.push((path.clone(), refused(404, "not_found")));
    path.path = "/net/v2/exchange".to_owned();
    cases.push((path, refused(404, "not_found")));
    let mut method = good.clone();
    method.method = "PUT".to_owned();
    cases.push((method, refused(404, "not_found")));
    let mut host = good.clone();
    host.host = "other.example".to_owned();
    cases.push((host, refused(401, "bad_signature")));
    let mut media_type = good.clone();
    media_type.content_type = "text/plain".to_owned();
    cases.push((media_type, refused(400, "malformed")));
    let mut created = good.clone();
    created.fields.signature_input = created.fields.signature_input.replace("created=18", "created=19");
    cases.push((created, refused(401, "clock_off")));
    let mut twice = good.clone();
    twice.host = format!("{}\r\nhost: other.example", twice.host);
    cases.push((twice, refused(400, "malformed")));

    for (raw, expected) in cases {
        assert_eq!(raw.send(address).await, expected, "{}", String::from_utf8_lossy(&raw.bytes()));
    }
    assert!(seller.desk.received.lock().unwrap().is_empty());
    assert_eq!(good.send(address).await, (200, String::new()), "bad ones use up no nonce");
}

#[tokio::test]
async fn a_request_is_taken_once() {
    let (buyer, seller, server, peer) = pair().await;
    let raw = Raw::new(&buyer, &peer, b"offer", 1);
    assert_eq!(raw.send(server.address()).await.0, 200);
    assert_eq!(raw.send(server.address()).await, refused(401, "replayed"));
    assert_eq!(seller.desk.received.lock().unwrap().len(), 1);
    let stranger = Node::new(9);
    let raw = Raw::new(&stranger, &peer, b"offer", 1);
    assert_eq!(raw.send(server.address()).await.0, 200);
    assert_eq!(raw.send(server.address()).await, refused(401, "replayed"));
}

#[tokio::test]
async fn the_envelope_of_another_is_not_taken() {
    let (buyer, seller, server, peer) = pair().await;
    let stolen = Raw::new(&buyer, &peer, b"offer", 1).body;
    let thief = Node::new(9);
    let raw = Raw::of_body(&thief, &peer, stolen, 2);
    assert_eq!(raw.send(server.address()).await, refused(400, "malformed"));
    assert!(seller.desk.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn any_signed_body_is_refused_without_harm() {
    let (buyer, _seller, server, peer) = pair().await;
    let mut runner = TestRunner::deterministic();
    for number in 0..60 {
        let body = proptest::collection::vec(any::<u8>(), 0..300).new_tree(&mut runner).unwrap().current();
        let raw = Raw::of_body(&buyer, &peer, body, number);
        assert_eq!(raw.send(server.address()).await, refused(400, "malformed"));
    }
    assert_eq!(Raw::new(&buyer, &peer, b"offer", 99).send(server.address()).await.0, 200);
}

#[tokio::test]
async fn any_bytes_on_a_connection_do_no_harm() {
    let (buyer, _seller, server, peer) = pair().await;
    let mut runner = TestRunner::deterministic();
    let good = Raw::new(&buyer, &peer, b"offer", 1).bytes();
    for _ in 0..60 {
        let (mut bytes, index, noise) = (
            good.clone(),
            (0..good.len()).new_tree(&mut runner).unwrap().current(),
            proptest::collection::vec(any::<u8>(), 1..40).new_tree(&mut runner).unwrap().current(),
        );
        let end = (index + noise.len()).min(bytes.len());
        bytes.splice(index..end, noise);
        let mut stream = connect(server.address()).await;
        // The server may have closed already.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let (status, _) = answer(&mut stream).await;
        assert!(status == 0 || (400..500).contains(&status), "{status}");
    }
    assert_eq!(Raw::new(&buyer, &peer, b"offer", 2).send(server.address()).await.0, 200);
}
