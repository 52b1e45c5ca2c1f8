//! One request on a connection of its own: the node is on the same machine.

use std::{io, net::SocketAddr, time::Duration};

use countersign_api_model::{PROBLEM_MEDIA, Problem};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Error;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most bytes of an answer: the largest shared attachment and some room.
const ANSWER_BYTES_MAX: usize = (64 << 20) + (1 << 20);

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) token: &'a str,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Option<Vec<u8>>,
    /// How long the answer may take.
    pub(crate) patience: Duration,
}

impl Ask<'_> {
    /// The body of a good answer.
    pub(crate) async fn send(self) -> Result<Bytes, Error> {
        let address = self.address;
        let patience = self.patience;
        timeout(patience, self.exchange()).await.map_err(|_| Error::Timeout(address))?
    }

    async fn exchange(self) -> Result<Bytes, Error> {
        let address = self.address;
        let gone = |source: io::Error| Error::Unreachable { address, source };
        let late = |_| gone(io::ErrorKind::TimedOut.into());
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await.map_err(late)?.map_err(gone)?;
        let broken = |error: hyper::Error| gone(io::Error::other(error));
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let driver = tokio::spawn(connection);
        let answer = sender.send_request(self.request()?).await.map_err(broken)?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        driver.abort();
        let body = body.map_err(|error| gone(io::Error::other(error)))?.to_bytes();
        if head.status.is_success() {
            return Ok(body);
        }
        let media = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let problem = media.starts_with(PROBLEM_MEDIA).then(|| serde_json::from_slice::<Problem>(&body).ok()).flatten();
        Err(match problem {
            Some(problem) => Error::Refused(Box::new(problem)),
            None => Error::BadAnswer { address, reason: format!("status {} without a problem", head.status.as_u16()) },
        })
    }

    fn request(self) -> Result<Request<Full<Bytes>>, Error> {
        let address = self.address;
        let mut request = Request::builder()
            .method(&self.method)
            .uri(self.path)
            .header(HOST, address.to_string())
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        if self.method == Method::POST {
            request = request.header("idempotency-key", idempotency_key(address)?);
        }
        if self.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = Full::new(Bytes::from(self.body.unwrap_or_default()));
        request.body(body).map_err(|error| Error::BadAnswer { address, reason: error.to_string() })
    }
}

/// Names one wish, so that the node does it once.
fn idempotency_key(address: SocketAddr) -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    let refused = |error| Error::Unreachable { address, source: io::Error::other(error) };
    getrandom::fill(&mut bytes).map_err(refused)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
