//! The client against receivers of every kind.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod receiver;

use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_crypto::{Seed, Signer, SigningKey};
use countersign_net::{Stage, SystemClock};
use countersign_outgoing::{Answer, AnswerBody, Client, HostRule, Method, OutgoingError, Request, Settings};
use receiver::{Authority, Heard, Receiver, respond};

const KEY: [u8; 32] = [3; 32];

fn client(hosts: Vec<HostRule>, roots: Vec<Vec<u8>>) -> Client {
    let settings = Settings { hosts, roots, connect_timeout: Duration::from_millis(500) };
    Client::new(settings, Arc::new(SigningKey::new(KEY)), Arc::new(SystemClock), Seed::new([9; 32])).unwrap()
}

/// A client that may speak to this machine by number and by name, with TLS and without.
fn near(roots: Vec<Vec<u8>>) -> Client {
    client(vec![rule("127.0.0.1", true, true), rule("localhost", true, true)], roots)
}

fn rule(name: &str, plain: bool, private: bool) -> HostRule {
    HostRule::new(name, plain, private).unwrap()
}

fn post(url: &str) -> Request {
    Request {
        method: Method::Post,
        url: url.parse().unwrap(),
        headers: vec![("x-more".to_owned(), "1".to_owned())],
        body: Some(("application/json".to_owned(), b"{\"a\":1}".to_vec())),
        idempotency_key: "dlv_7".to_owned(),
        timeout: Duration::from_secs(5),
        answer: AnswerBody::Read { bytes_max: 100 },
    }
}

#[tokio::test]
async fn a_request_arrives_signed_and_its_answer_comes_back() {
    let receiver = Receiver::plain(|_| respond(201, "application/json", "{\"ok\":true}")).await;
    let url = receiver.url("/hook/a?b=c");
    let client = near(Vec::new());
    for _ in 0..3 {
        let answer = client.send(post(&url)).await.unwrap();
        let body = b"{\"ok\":true}".to_vec();
        let content_type = Some("application/json".to_owned());
        assert_eq!(answer, Answer { status: 201, content_type, retry_after: None, body });
    }
    let heard = receiver.heard();
    assert_eq!(heard.len(), 3);
    assert!(heard.iter().all(|heard| heard.body == b"{\"a\":1}" && heard.header("x-more") == "1"));
    assert!(heard.iter().all(|heard| heard.target == "/hook/a?b=c"));
    assert_eq!(heard[0].claim(&url).key, SigningKey::new(KEY).public_key());
    assert_ne!(heard[0].header("signature"), heard[1].header("signature"), "each attempt has a nonce of its own");
    assert_eq!(receiver.connections(), 1, "the connection was used again");
}

#[tokio::test]
async fn only_what_the_operator_allowed_is_asked() {
    let receiver = Receiver::plain(|_| respond(200, "text/plain", "inside")).await;
    let url = receiver.url("/");
    let send = async |hosts| client(hosts, Vec::new()).send(post(&url)).await.unwrap_err();
    let host = "127.0.0.1".to_owned();
    assert_eq!(send(Vec::new()).await, OutgoingError::HostNotAllowed { host: host.clone() });
    let plain = OutgoingError::PlainNotAllowed { host: host.clone() };
    assert_eq!(send(vec![rule("127.0.0.1", false, true)]).await, plain);
    assert_eq!(send(vec![rule("*", false, false)]).await, plain);
    assert_eq!(send(vec![rule("127.0.0.1", true, false)]).await, OutgoingError::AddressNotAllowed { host });
    // A name that leads inside is no way around it, nor is a number in another spelling.
    for host in ["localhost", "0x7f000001", "2130706433"] {
        let url = url.replace("127.0.0.1", host);
        let error = client(vec![rule(host, true, false)], Vec::new()).send(post(&url)).await.unwrap_err();
        let not_found = error == OutgoingError::UnknownHost;
        assert!(not_found || error == OutgoingError::AddressNotAllowed { host: host.to_owned() }, "{host}: {error}");
    }
    assert_eq!(receiver.heard().len(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let receiver =
        Receiver::plain(|_| "HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n".into()).await;
    let answer = near(Vec::new()).send(post(&receiver.url("/"))).await.unwrap();
    assert_eq!((answer.status, answer.is_success()), (302, false));
    assert_eq!(receiver.heard().len(), 1);
}

#[tokio::test]
async fn waiting_and_reading_have_limits() {
    let client = near(Vec::new());
    let silent = Receiver::plain(|_| Vec::new()).await;
    let began = Instant::now();
    let request = Request { timeout: Duration::from_millis(300), ..post(&silent.url("/")) };
    assert_eq!(client.send(request).await.unwrap_err(), OutgoingError::Timeout { stage: Stage::Answer });
    assert!(began.elapsed() < Duration::from_secs(2));

    let flood = Receiver::plain(|_| respond(200, "text/plain", &"x".repeat(1 << 20))).await;
    let error = client.send(post(&flood.url("/"))).await.unwrap_err();
    assert_eq!(error, OutgoingError::AnswerTooLarge { status: 200, bytes_max: 100 });
    let unread = Request { answer: AnswerBody::Drop, ..post(&flood.url("/")) };
    assert_eq!(client.send(unread).await.unwrap().status, 200, "what nobody reads does no harm");

    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    let headful = Receiver::plain(move |_| head.clone().into()).await;
    assert_eq!(client.send(post(&headful.url("/"))).await.unwrap_err(), OutgoingError::BadReply);
    let noise = Receiver::plain(|_| b"220 mail.example ESMTP\r\n".to_vec()).await;
    assert_eq!(client.send(post(&noise.url("/"))).await.unwrap_err(), OutgoingError::BadReply);
}

#[tokio::test]
async fn nobody_there_is_told_apart() {
    let client = near(Vec::new());
    let port = Receiver::free_port().await;
    let error = client.send(post(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
    assert_eq!(error, OutgoingError::Refused);
    let closing = Receiver::closing().await;
    let error = client.send(post(&closing.url("/"))).await.unwrap_err();
    assert_eq!(error, OutgoingError::Closed);
}

#[tokio::test]
async fn a_certificate_holds_for_its_name_by_an_authority_only() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let client = near(vec![known.certificate()]);
    let good = Receiver::tls(&known.vouch("localhost", false), |_| respond(200, "text/plain", "hi")).await;
    assert_eq!(client.send(post(&good.url("/"))).await.unwrap().body, b"hi");
    let heard = good.heard();
    assert_eq!(heard[0].claim(&good.url("/")).key, SigningKey::new(KEY).public_key());

    let refused = async |identity| {
        let receiver = Receiver::tls(&identity, |_| respond(200, "text/plain", "hi")).await;
        let error = client.send(post(&receiver.url("/"))).await.unwrap_err();
        assert_eq!(receiver.heard().len(), 0, "nothing was sent");
        error
    };
    let untrusted = |why| OutgoingError::UntrustedCertificate { why };
    assert_eq!(refused(unknown.vouch("localhost", false)).await, untrusted("this machine does not know its issuer"));
    assert_eq!(refused(known.vouch("other.example", false)).await, untrusted("it is for another name"));
    assert_eq!(refused(known.vouch("localhost", true)).await, untrusted("it has expired"));
    let greeting = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = greeting.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = greeting.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail.example ESMTP\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = client.send(post(&format!("https://localhost:{port}/"))).await.unwrap_err();
    assert_eq!(error.code().as_str(), "tls");
}

#[tokio::test]
async fn a_busy_receiver_says_how_long_to_wait() {
    let answer = |_: &Heard| b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n".to_vec();
    let receiver = Receiver::plain(answer).await;
    let answer = near(Vec::new()).send(post(&receiver.url("/"))).await.unwrap();
    assert_eq!((answer.status, answer.retry_after), (503, Some(Duration::from_secs(7))));
}
