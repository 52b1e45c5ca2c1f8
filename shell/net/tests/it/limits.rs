//! Too much, too many, too slow.

use std::time::{Duration, Instant};

use countersign_net::{Alias, NetError, ServerSettings, Standing};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::raw::{Raw, answer, connect};
use crate::setup::{Node, pair};

#[tokio::test]
async fn a_stranger_has_16_kib() {
    let (_buyer, seller, _server, peer) = pair().await;
    let stranger = Node::new(9);
    let fits = vec![1; Standing::STRANGER_BODY_BYTES_MAX - 300];
    assert!(stranger.link.exchange(&peer, Alias::NODE, &fits).await.is_ok());
    for length in [Standing::STRANGER_BODY_BYTES_MAX, 1_500_000] {
        let error = stranger.link.exchange(&peer, Alias::NODE, &vec![1; length]).await.unwrap_err();
        assert_eq!(error, NetError::TooLarge { bytes_max: 16_384 });
    }
    assert_eq!(seller.desk.received.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_peer_has_its_limit_too() {
    let (buyer, _seller, _server, peer) = pair().await;
    let error = buyer.link.exchange(&peer, Alias::NODE, &vec![1; 2 << 20]).await.unwrap_err();
    assert_eq!(error, NetError::TooLarge { bytes_max: 2 << 20 });
    let error = buyer.link.exchange(&peer, Alias::NODE, &vec![1; 4 << 20]).await.unwrap_err();
    assert!(matches!(error, NetError::TooLarge { .. }));
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_at_the_limit() {
    let (_buyer, seller, server, peer) = pair().await;
    let stranger = Node::new(9);
    let raw = Raw::new(&stranger, &peer, &vec![1; 20_000], 1);
    let head = String::from_utf8_lossy(&raw.bytes()).split("\r\n\r\n").next().unwrap().to_owned();
    let head = head.replace(&format!("content-length: {}", raw.body.len()), "transfer-encoding: chunked");
    let mut stream = connect(server.address()).await;
    stream.write_all(format!("{head}\r\n\r\n{:x}\r\n", raw.body.len()).as_bytes()).await.unwrap();
    stream.write_all(&raw.body).await.unwrap();
    stream.write_all(b"\r\n0\r\n\r\n").await.unwrap();
    assert_eq!(answer(&mut stream).await, (413, "too_large".to_owned()));
    assert!(seller.desk.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn one_peer_cannot_take_every_place() {
    let (buyer, seller) = (Node::new(1), Node::new(2));
    let server = seller.serve_with(ServerSettings { requests_per_peer_max: 1, ..ServerSettings::default() }).await;
    let peer = seller.at(&[server.address()]);
    let other = Node::new(3);
    seller.knows(buyer.at(&[]));
    seller.knows(other.at(&[]));
    let (link, at) = (buyer.link.clone(), peer.clone());
    let waiting = tokio::spawn(async move { link.exchange(&at, Alias::NODE, b"wait").await });
    seller.desk.arrived.notified().await;
    let error = buyer.link.exchange(&peer, Alias::NODE, b"offer").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    assert!(error.is_temporary());
    assert!(other.link.exchange(&peer, Alias::NODE, b"offer").await.is_ok());
    seller.desk.go.notify_one();
    assert!(waiting.await.unwrap().is_ok());
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_at_once() {
    let seller = Node::new(2);
    let settings = ServerSettings { connections_per_address_max: 2, ..ServerSettings::default() };
    let server = seller.serve_with(settings).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(connect(server.address()).await);
    }
    let mut third = TcpStream::connect(server.address()).await.unwrap();
    let closed = timeout(Duration::from_secs(2), third.read_to_end(&mut Vec::new())).await;
    assert!(closed.is_ok(), "the third is closed without a word");
    drop(held.pop());
    let buyer = Node::new(1);
    let peer = seller.at(&[server.address()]);
    // The server sees the end of a connection a moment later.
    let start = Instant::now();
    while buyer.link.exchange(&peer, Alias::NODE, b"offer").await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn requests_one_after_the_other_share_a_connection() {
    let seller = Node::new(2);
    let settings = ServerSettings { connections_max: 1, ..ServerSettings::default() };
    let server = seller.serve_with(settings).await;
    let peer = seller.at(&[server.address()]);
    let buyer = Node::new(1);
    for _ in 0..5 {
        assert!(buyer.link.exchange(&peer, Alias::NODE, b"offer").await.is_ok());
    }
    let other = Node::new(3).link.exchange(&peer, Alias::NODE, b"offer").await;
    assert!(other.is_err(), "the kept connection is still open");
}

#[tokio::test]
async fn slow_senders_block_nobody_and_are_cut() {
    let (buyer, seller) = (Node::new(1), Node::new(2));
    let limit = Duration::from_millis(1_500);
    let settings = ServerSettings {
        handshake_timeout: limit,
        header_timeout: limit,
        body_timeout: limit,
        ..ServerSettings::default()
    };
    let server = seller.serve_with(settings).await;
    let peer = seller.at(&[server.address()]);
    seller.knows(buyer.at(&[]));
    let bytes = Raw::new(&buyer, &peer, b"offer", 1).bytes();
    let start = Instant::now();

    let mut silent = TcpStream::connect(server.address()).await.unwrap();
    let mut idle = connect(server.address()).await;
    let mut kept = connect(server.address()).await;
    let keep = String::from_utf8_lossy(&bytes).replace("connection: close", "connection: keep-alive");
    kept.write_all(keep.split("\r\n\r\n").next().unwrap().as_bytes()).await.unwrap();
    kept.write_all(b"\r\n\r\n").await.unwrap();
    kept.write_all(&Raw::new(&buyer, &peer, b"offer", 1).body).await.unwrap();
    let mut drip = connect(server.address()).await;
    let dripped = bytes.clone();
    let dripping = tokio::spawn(async move {
        for byte in dripped {
            if drip.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the whole header was taken, a byte at a time");
    });
    let mut half_header = connect(server.address()).await;
    half_header.write_all(&bytes[..60]).await.unwrap();
    let mut half_body = connect(server.address()).await;
    let bytes = Raw::new(&buyer, &peer, b"offer", 2).bytes();
    half_body.write_all(&bytes[..bytes.len() - 5]).await.unwrap();

    assert!(buyer.link.exchange(&peer, Alias::NODE, b"offer").await.is_ok());
    assert!(start.elapsed() < limit, "a slow sender held up a quick one");

    let cut = timeout(Duration::from_secs(10), async {
        let _ = silent.read_to_end(&mut Vec::new()).await;
        let _ = idle.read_to_end(&mut Vec::new()).await;
        assert_eq!(answer(&mut kept).await.0, 200);
        dripping.await.unwrap();
        let header = answer(&mut half_header).await;
        (header, answer(&mut half_body).await)
    });
    let (header, body) = cut.await.expect("every slow connection is cut");
    assert!(header.0 == 0 || header.0 == 408, "{header:?}");
    assert_eq!(body, (408, "too_slow".to_owned()));
}
