//! Connections: how many at once, how slow each may be, and their end.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use http_body_util::LengthLimitError;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::payloads::is_upload;
use crate::server::BODY_BYTES_MAX;
use crate::{Kind, Refusal};

/// How long accepting rests after the machine ran out of something.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How much one caller can hold up the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most connections; the next are closed at once.
    pub connections_max: usize,
    /// From the first to the last byte of a header, and from one request to the next.
    pub header_timeout: Duration,
    /// The whole body; of an upload, from one piece to the next.
    pub body_timeout: Duration,
}

impl Default for Limits {
    /// 512 connections, 20 and 30 seconds.
    fn default() -> Self {
        Self { connections_max: 512, header_timeout: Duration::from_secs(20), body_timeout: Duration::from_secs(30) }
    }
}

/// Takes connections until `stopping`, then waits for the requests under way.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    app: Router,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    // Said once for each time that it gets so far: a flood must not fill the log as well.
    let mut full = false;
    loop {
        let accepted = tokio::select! {
            () = stopped(&mut stopping) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(fault) => {
                tracing::warn!(%fault, "the API cannot take a connection");
                sleep(ACCEPT_REST).await;
                continue;
            }
        };
        if connections.len() >= limits.connections_max {
            if !full {
                tracing::warn!(%remote, most = limits.connections_max, "the API has all its connections: it closes others");
            }
            full = true;
            continue;
        }
        full = false;
        // Answers are small and wait for nothing.
        let _ = stream.set_nodelay(true);
        let (app, stopping) = (app.clone(), stopping.clone());
        match tls.clone() {
            None => connections.spawn(serve(stream, remote, app, limits.header_timeout, stopping)),
            Some(tls) => connections.spawn(serve_tls(tls, stream, remote, app, limits.header_timeout, stopping)),
        };
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Shakes hands, then serves. Who is slow in it holds up nobody else, and has no more time than for a header.
async fn serve_tls(
    tls: TlsAcceptor,
    stream: TcpStream,
    remote: SocketAddr,
    app: Router,
    header_timeout: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    let shaken = tokio::select! {
        shaken = timeout(header_timeout, tls.accept(stream)) => shaken,
        () = stopped(&mut stopping) => return,
    };
    match shaken {
        Ok(Ok(stream)) => serve(stream, remote, app, header_timeout, stopping).await,
        Ok(Err(fault)) => tracing::debug!(%remote, %fault, "no TLS handshake with the API"),
        Err(_) => tracing::debug!(%remote, "a TLS handshake with the API took too long"),
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    remote: SocketAddr,
    app: Router,
    header_timeout: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    let routes = TowerToHyperService::new(app);
    // Handlers may ask from where a request comes.
    let from_remote = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(remote));
        routes.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .serve_connection(TokioIo::new(stream), from_remote);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(fault) = ended {
        tracing::debug!(%remote, %fault, "a connection of the API ended");
    }
}

/// Comes once the server stops, or is gone.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The guard inside must not live across another await.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// How long an upload may bring nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silence(pub(crate) Duration);

/// Reads the body before anybody works on it, within the time that it has. An upload is too long for that: who takes it
/// reads it piece by piece.
pub(crate) async fn whole_body(body_timeout: Duration, mut request: Request) -> Result<Request, Refusal> {
    if is_upload(&request) {
        request.extensions_mut().insert(Silence(body_timeout));
        return Ok(request);
    }
    if request.body().is_end_stream() {
        return Ok(request);
    }
    // The library reads with a limit of its own, which is smaller.
    DefaultBodyLimit::disable().apply(&mut request);
    let (parts, body) = request.into_parts();
    match timeout(body_timeout, to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(parts, Body::from(bytes))),
        Ok(Err(fault)) => Err(broken(&fault)),
        Err(_) => {
            tracing::debug!(path = %parts.uri.path(), "a body did not arrive in time");
            let detail = format!("the body did not arrive within {} seconds", body_timeout.as_secs_f32());
            Err(Refusal::new(Kind::TooSlow, "too_slow", detail))
        }
    }
}

fn broken(fault: &axum::Error) -> Refusal {
    match fault.source().is_some_and(|source| source.is::<LengthLimitError>()) {
        true => Refusal::new(Kind::TooLarge, "too_large", "the body is larger than allowed"),
        false => Refusal::new(Kind::Malformed, "malformed", "the body ended early or is not of its form"),
    }
}
