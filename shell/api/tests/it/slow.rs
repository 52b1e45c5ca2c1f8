//! Whoever is slow, or many, is cut off; the others are served meanwhile.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use countersign_api::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::http::{parse, send};
use crate::known::{CONTRACT, TOKEN, served_within};

fn quick() -> Limits {
    Limits { connections_max: 8, header_timeout: Duration::from_secs(1), body_timeout: Duration::from_secs(1) }
}

async fn begin(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// What the server says until it closes, which must be soon.
async fn end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    // A connection that is cut may be reset.
    let _ = read.expect("a slow connection is cut");
    String::from_utf8(answer).unwrap()
}

fn head(length: usize) -> String {
    format!(
        "POST /v1/contracts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

async fn is_served(address: SocketAddr) -> bool {
    send(address, "GET /health HTTP/1.1\nHost: localhost").await.status == 200
}

#[tokio::test]
async fn slow_headers_and_bodies_are_cut_and_others_are_served_meanwhile() {
    let (server, known) = served_within(quick()).await;
    let begun = Instant::now();
    let mut silent = begin(server.address(), "").await;
    let mut half_header = begin(server.address(), "GET /v1/contracts HTTP/1.1\r\nHost: loc").await;
    let mut half_body = begin(server.address(), &format!("{}{{\"gene", head(100))).await;
    let mut dripping = begin(server.address(), "GET /v1/contracts HTTP/1.1\r\n").await;
    let drip = tokio::spawn(async move {
        // One byte after the other never ends the header: the time is that of all of it.
        while dripping.write_all(b"X").await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
    });
    assert!(is_served(server.address()).await);
    assert!(begun.elapsed() < Duration::from_millis(900), "the slow held up the quick");
    assert_eq!(end(&mut silent).await, "");
    let header = end(&mut half_header).await;
    assert!(header.is_empty() || header.starts_with("HTTP/1.1 408"), "{header}");
    let body = parse(&end(&mut half_body).await);
    assert_eq!((body.status, body.json()["code"].as_str()), (408, Some("too_slow")));
    timeout(Duration::from_secs(10), drip).await.expect("the dripping one is cut").unwrap();
    assert_eq!(known.founded.load(std::sync::atomic::Ordering::Relaxed), 0);
    server.stop().await;
}

#[tokio::test]
async fn connections_have_a_limit_and_come_back_below_it() {
    let (server, _) = served_within(Limits { header_timeout: Duration::from_secs(30), ..quick() }).await;
    let mut held = Vec::new();
    for _ in 0..8 {
        let mut stream = begin(server.address(), "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        held.push(stream);
    }
    let mut one_more = TcpStream::connect(server.address()).await.unwrap();
    assert_eq!(end(&mut one_more).await, "");
    drop(held);
    let again = async {
        loop {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            let asked = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(asked.as_bytes()).await;
            if end(&mut stream).await.starts_with("HTTP/1.1 200") {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), again).await.expect("there is room again");
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_ends_early_is_no_request() {
    let (server, known) = served_within(quick()).await;
    let mut stream = begin(server.address(), &format!("{}{{\"genesis\":", head(100))).await;
    stream.shutdown().await.unwrap();
    let answer = end(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(known.founded.load(std::sync::atomic::Ordering::Relaxed), 0);
    server.stop().await;
}

fn upload(length: usize) -> String {
    format!(
        "PUT /v1/contracts/{CONTRACT}/payloads/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/octet-stream\r\nPayload-Salt: {}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n",
        "a".repeat(52)
    )
}

#[tokio::test]
async fn an_upload_may_take_longer_than_a_body_as_long_as_something_comes() {
    let (server, _) = served_within(quick()).await;
    let mut silent = begin(server.address(), &format!("{}some", upload(100))).await;
    let mut steady = begin(server.address(), &upload(8)).await;
    for byte in b"8 pieces" {
        sleep(Duration::from_millis(250)).await;
        steady.write_all(&[*byte]).await.unwrap();
    }
    let steady = parse(&end(&mut steady).await);
    assert_eq!((steady.status, steady.json()["bytes"].as_u64()), (200, Some(8)));
    let silent = parse(&end(&mut silent).await);
    assert_eq!((silent.status, silent.json()["code"].as_str()), (408, Some("too_slow")));
    server.stop().await;
}
