//! The client against a socket that answers as a node would.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use std::net::SocketAddr;

use countersign_api_model::ResendRequest;
use countersign_client::{Client, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers one request, and gives back what was asked.
async fn answering(status: &str, media: &str, body: &str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let count = stream.read(&mut asked).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(asked[..count].to_vec()).unwrap()
    });
    (address, asked)
}

#[tokio::test]
async fn a_request_names_path_token_and_wish() {
    let (address, asked) = answering("200 OK", "application/json", r#"{"outbox":[]}"#).await;
    let client = Client::new(address, "secret".into());
    let outbox = client.resend(&ResendRequest { contract: None, party: None }).await.unwrap();
    assert!(outbox.outbox.is_empty());
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("POST /v1/outbox/resend HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer secret\r\n") && asked.contains("idempotency-key: "), "{asked}");
    assert!(asked.ends_with("\r\n\r\n{}"), "{asked}");
}

#[tokio::test]
async fn a_problem_is_a_refusal_with_its_code() {
    let body =
        r#"{"type":"x","title":"not open","status":409,"detail":"sign is not open","code":"not_open","by":"/a"}"#;
    let (address, _asked) = answering("409 Conflict", "application/problem+json", body).await;
    match Client::new(address, "t".into()).node().await {
        Err(Error::Refused(problem)) => {
            assert_eq!((problem.code.as_str(), problem.by.as_deref()), ("not_open", Some("/a")));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_node_is_told_apart_from_a_refusal() {
    let (address, _asked) = answering("200 OK", "text/html", "<html>").await;
    let error = Client::new(address, "t".into()).node().await.unwrap_err();
    assert!(matches!(error, Error::BadAnswer { .. }) && error.is_unreachable(), "{error:?}");
    let (address, _asked) = answering("502 Bad Gateway", "text/html", "<html>").await;
    let error = Client::new(address, "t".into()).node().await.unwrap_err();
    assert!(error.to_string().contains("status 502"), "{error}");
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = Client::new(free, "t".into()).ready().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[test]
fn the_folder_of_a_node_says_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Client::of_folder(folder.path()), Err(Error::NoNode { .. })));
    std::fs::write(folder.path().join("api.address"), "127.0.0.1:4711\n").unwrap();
    std::fs::write(folder.path().join("api.token"), "abc\n").unwrap();
    let client = Client::of_folder(folder.path()).unwrap();
    assert_eq!(client.address().to_string(), "127.0.0.1:4711");
    assert!(!format!("{client:?}").contains("abc"));
    std::fs::write(folder.path().join("api.token"), "a b\r\nx: y").unwrap();
    assert!(matches!(Client::of_folder(folder.path()), Err(Error::BadFile(_))));
}
