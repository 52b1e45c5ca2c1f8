//! One request on a connection of its own: the node is on the same machine.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{net::SocketAddr, time::Duration};

use countersign_api_model::{PROBLEM_MEDIA, Problem};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::http::response::Parts;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Error;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most bytes of an answer: the largest shared attachment and some room.
const ANSWER_BYTES_MAX: usize = (64 << 20) + (1 << 20);

/// Bytes of a file that are read at one time.
const PIECE_BYTES: usize = 64 << 10;

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

/// The connection of an answer, closed when it is dropped.
struct Connection(tokio::task::JoinHandle<hyper::Result<()>>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Ask<'_> {
    /// The body of a good answer.
    pub(crate) async fn send(mut self) -> Result<Bytes, Error> {
        let body = Body::Whole(Bytes::from(self.body.take().unwrap_or_default()));
        let (address, patience) = (self.address, self.patience);
        let request = self.request("application/json", None, body)?;
        timeout(patience, whole(address, request)).await.map_err(|_| Error::Timeout(address))?
    }

    /// The body of a good answer to a file.
    pub(crate) async fn send_file(self, salt: &str, body: Body) -> Result<Bytes, Error> {
        let (address, patience) = (self.address, self.patience);
        let request = self.request("application/octet-stream", Some(salt), body)?;
        timeout(patience, whole(address, request)).await.map_err(|_| Error::Timeout(address))?
    }

    /// Writes the body of a good answer as it comes.
    pub(crate) async fn receive(
        self,
        into: &mut (dyn Write + Send),
        told: impl FnMut(u64, u64) + Send,
    ) -> Result<u64, Error> {
        let (address, patience) = (self.address, self.patience);
        let request = self.request("application/json", None, Body::Whole(Bytes::new()))?;
        timeout(patience, save(address, request, into, told)).await.map_err(|_| Error::Timeout(address))?
    }

    fn request(self, media: &str, salt: Option<&str>, body: Body) -> Result<Request<Body>, Error> {
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
        if self.method != Method::GET {
            request = request.header(CONTENT_TYPE, media);
        }
        if let Some(salt) = salt {
            request = request.header("payload-salt", salt);
        }
        request.body(body).map_err(|error| Error::BadAnswer { address, reason: error.to_string() })
    }
}

/// Sends a request; its answer, as soon as it begins.
async fn exchange(address: SocketAddr, request: Request<Body>) -> Result<(Response<Incoming>, Connection), Error> {
    let gone = |source: io::Error| Error::Unreachable { address, source };
    let late = |_| gone(io::ErrorKind::TimedOut.into());
    let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await.map_err(late)?.map_err(gone)?;
    let broken = |error: hyper::Error| gone(io::Error::other(error));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let connection = Connection(tokio::spawn(connection));
    let answer = sender.send_request(request).await.map_err(broken)?;
    Ok((answer, connection))
}

async fn whole(address: SocketAddr, request: Request<Body>) -> Result<Bytes, Error> {
    let (answer, _connection) = exchange(address, request).await?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|source| Error::Unreachable { address, source: io::Error::other(source) })?.to_bytes();
    if head.status.is_success() { Ok(body) } else { Err(refused(address, &head, &body)) }
}

async fn save(
    address: SocketAddr,
    request: Request<Body>,
    into: &mut (dyn Write + Send),
    mut told: impl FnMut(u64, u64) + Send,
) -> Result<u64, Error> {
    let (answer, _connection) = exchange(address, request).await?;
    let (head, mut body) = answer.into_parts();
    let gone = |source: io::Error| Error::Unreachable { address, source };
    if !head.status.is_success() {
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        return Err(refused(address, &head, &body.map_err(|error| gone(io::Error::other(error)))?.to_bytes()));
    }
    let whole = hyper::body::Body::size_hint(&body).exact().unwrap_or_default();
    let mut came = 0_u64;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| gone(io::Error::other(error)))?;
        let Ok(piece) = frame.into_data() else { continue };
        into.write_all(&piece).map_err(Error::Save)?;
        came = came.saturating_add(piece.len() as u64);
        told(came, whole);
    }
    Ok(came)
}

fn refused(address: SocketAddr, head: &Parts, body: &Bytes) -> Error {
    let media = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let problem = media.starts_with(PROBLEM_MEDIA).then(|| serde_json::from_slice::<Problem>(body).ok()).flatten();
    match problem {
        Some(problem) => Error::Refused(Box::new(problem)),
        None => Error::BadAnswer { address, reason: format!("status {} without a problem", head.status.as_u16()) },
    }
}

/// What is sent.
pub(crate) enum Body {
    /// From memory.
    Whole(Bytes),
    /// From a reader, piece by piece.
    Read { from: Box<dyn Read + Send>, left: u64, sent: u64, told: Box<dyn FnMut(u64) + Send> },
}

impl Body {
    /// So many bytes from a reader.
    pub(crate) fn read(from: Box<dyn Read + Send>, left: u64, told: Box<dyn FnMut(u64) + Send>) -> Self {
        Self::Read { from, left, sent: 0, told }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let piece = match self.get_mut() {
            Self::Whole(bytes) => std::mem::take(bytes),
            Self::Read { from, left, sent, told } => {
                let mut piece = vec![0; PIECE_BYTES.min(usize::try_from(*left).unwrap_or(PIECE_BYTES))];
                // A file that became shorter ends the request in the middle.
                if let Err(error) = from.read_exact(&mut piece) {
                    return Poll::Ready(Some(Err(error)));
                }
                *left = left.saturating_sub(piece.len() as u64);
                *sent = sent.saturating_add(piece.len() as u64);
                if !piece.is_empty() {
                    told(*sent);
                }
                Bytes::from(piece)
            }
        };
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Read { left, .. } => *left,
        })
    }
}

/// Names one wish, so that the node does it once.
fn idempotency_key(address: SocketAddr) -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    let refused = |error| Error::Unreachable { address, source: io::Error::other(error) };
    getrandom::fill(&mut bytes).map_err(refused)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
