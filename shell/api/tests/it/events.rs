//! Streams of events.

use std::time::{Duration, Instant};

use countersign_api::{EventPlace, News};
use countersign_api_model::EventKind;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::send;
use crate::known::{CONTRACT, MEMBER, TOKEN, served};

struct Stream(TcpStream, String);

impl Stream {
    async fn open(address: std::net::SocketAddr, path: &str, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n{last}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut opened = Self(stream, String::new());
        opened.until("\r\n\r\n").await;
        assert!(opened.1.contains("content-type: text/event-stream\r\n"), "{}", opened.1);
        opened
    }

    /// Reads until the text comes.
    async fn until(&mut self, text: &str) {
        let mut bytes = [0; 4_096];
        while !self.1.contains(text) {
            let read = tokio::time::timeout(Duration::from_secs(10), self.0.read(&mut bytes)).await;
            let count = read.unwrap_or_else(|_| panic!("{text} did not come: {}", self.1)).unwrap();
            assert!(count > 0, "the stream ended: {}", self.1);
            self.1.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
    }
}

fn news(contract: &str, position: u64) -> News {
    let place = Some(EventPlace { position, entry: format!("ent_{position}") });
    News { contract: contract.to_owned(), kind: EventKind::Extended, data: json!({"position": position}), place }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_hears_its_contract_and_goes_on_where_it_was() {
    let (server, known) = served().await;
    let path = format!("/v1/contracts/{CONTRACT}/events");
    let mut one = Stream::open(server.address(), &path, None).await;
    let mut all = Stream::open(server.address(), "/v1/events", None).await;
    known.feed.publish(news(CONTRACT, 1));
    known.feed.publish(news("ctr_b", 7));
    known.feed.publish(news(CONTRACT, 2));
    one.until("\"position\":2").await;
    let data =
        format!(r#"{{"id":"epoch-1-1-ent_1","contract":"{CONTRACT}","kind":"extended","data":{{"position":1}}}}"#);
    assert!(one.1.contains(&format!("id: epoch-1-1-ent_1\nevent: extended\ndata: {data}\n\n")), "{}", one.1);
    assert!(!one.1.contains("ctr_b"), "{}", one.1);
    all.until("\"position\":2").await;
    assert!(all.1.contains("ctr_b"), "{}", all.1);

    let mut again = Stream::open(server.address(), &path, Some("epoch-1-1-ent_1")).await;
    again.until("\"position\":2").await;
    assert!(!again.1.contains("\"position\":1") && !again.1.contains("event: gap"), "{}", again.1);
    let mut lost = Stream::open(server.address(), &path, Some("before-9-1-ent_1")).await;
    lost.until("event: gap").await;
    assert!(lost.1.contains("id: epoch-3\n"), "{}", lost.1);
    known.feed.publish(news(CONTRACT, 3));
    lost.until("\"position\":3").await;

    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(3), "open streams hold up the end of a node");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_bounded() {
    let (server, _) = served().await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(Stream::open(server.address(), "/v1/events", None).await);
    }
    let request = "GET /v1/events HTTP/1.1\nHost: localhost\nAuthorization: Bearer $TOKEN";
    let refused = send(server.address(), request).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("busy")));
    assert_eq!(refused.header("retry-after"), Some("1"));
    drop(open);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_the_session_of_who_listens() {
    let (server, known) = served().await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let request = format!("GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {MEMBER}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut heard = Stream(stream, String::new());
    heard.until("\r\n\r\n").await;
    known.feed.publish(news(CONTRACT, 1));
    heard.until("\"position\":1").await;
    drop(known.member.lock().unwrap().take());
    heard.until("\r\n0\r\n\r\n").await;
    server.stop().await;
}
