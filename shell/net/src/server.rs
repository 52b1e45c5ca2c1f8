//! Listening: connections, their limits and their end.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::deadline::WriteDeadline;
use crate::gate::Gate;
use crate::handler::Handler;
use crate::{Link, Receiver, TlsError, TlsIdentity};

/// Most header fields of a request; ours have six.
const HEADERS_MAX: usize = 32;

/// Most bytes of the header of a request, and of a piece of its body.
const BUFFER_BYTES_MAX: usize = 64 << 10;

/// How long accepting rests after the machine ran out of something.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// The limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// Most connections; the next are closed at once.
    pub connections_max: usize,
    /// Most connections from one IP address.
    pub connections_per_address_max: usize,
    /// Most requests of one peer at once.
    pub requests_per_peer_max: usize,
    /// Most requests of all strangers at once.
    pub stranger_requests_max: usize,
    /// Agreeing on keys.
    pub handshake_timeout: Duration,
    /// From the first to the last byte of a header, and from one request to the next.
    pub header_timeout: Duration,
    /// The whole body.
    pub body_timeout: Duration,
    /// How long the other side may take nothing of what is sent.
    pub write_timeout: Duration,
    /// How long the receiver may take to answer; a poll gets [`Route::POLL_HOLD`](crate::Route::POLL_HOLD) on top.
    pub answer_timeout: Duration,
    /// How long a call back may take in all.
    pub call_back_timeout: Duration,
    /// How far the time of a request may be from ours.
    pub window_seconds: u32,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            connections_max: 1_024,
            connections_per_address_max: 64,
            requests_per_peer_max: 16,
            stranger_requests_max: 32,
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(20),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(20),
            answer_timeout: Duration::from_secs(20),
            call_back_timeout: Duration::from_secs(20),
            window_seconds: crate::signature::WINDOW_SECONDS,
        }
    }
}

/// A server cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The TLS key is not usable.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The socket is not usable.
    #[error("listening socket is not usable")]
    Socket(#[from] io::Error),
}

/// A running server. Dropping it cuts every connection; [`Server::stop`] ends in order.
pub struct Server {
    address: SocketAddr,
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `receiver` on `listener`. `link` opens what is sealed to its node, and calls back for checks.
    pub fn start(
        listener: TcpListener,
        tls: &TlsIdentity,
        link: Link,
        receiver: Arc<dyn Receiver>,
        settings: ServerSettings,
    ) -> Result<Self, ServerError> {
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(tls.server_config()?);
        let (closing, closed) = watch::channel(false);
        let handler = Arc::new(Handler::new(link, receiver, settings, closed.clone()));
        let task = tokio::spawn(accept(listener, acceptor, handler, settings, closed));
        Ok(Self { address, closing, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, ends polls at once, lets other requests finish, and cuts what is left after `grace`.
    pub async fn stop(mut self, grace: Duration) {
        // Nobody listens if the task is gone already.
        let _ = self.closing.send(true);
        let _ = timeout(grace, &mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Server({})", self.address)
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    handler: Arc<Handler>,
    settings: ServerSettings,
    mut closing: watch::Receiver<bool>,
) {
    let addresses: Arc<Gate<IpAddr>> = Gate::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = closed(&mut closing) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(fault) => {
                tracing::debug!(%fault, "cannot accept");
                sleep(ACCEPT_REST).await;
                continue;
            }
        };
        let pass = addresses.enter(remote.ip().to_canonical(), settings.connections_per_address_max);
        let (Some(pass), true) = (pass, connections.len() < settings.connections_max) else {
            tracing::debug!(%remote, "too many connections");
            continue;
        };
        let (acceptor, handler, closing) = (acceptor.clone(), Arc::clone(&handler), closing.clone());
        connections.spawn(async move {
            let _pass = pass;
            serve(stream, remote, acceptor, handler, settings, closing).await;
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(
    stream: TcpStream,
    remote: SocketAddr,
    acceptor: TlsAcceptor,
    handler: Arc<Handler>,
    settings: ServerSettings,
    mut closing: watch::Receiver<bool>,
) {
    // Answers are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    let stream = WriteDeadline::new(stream, settings.write_timeout);
    let Ok(Ok(stream)) = timeout(settings.handshake_timeout, acceptor.accept(stream)).await else {
        tracing::debug!(%remote, "no handshake");
        return;
    };
    let service = service_fn(move |request| {
        let handler = Arc::clone(&handler);
        async move { Ok::<_, Infallible>(handler.handle(remote, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closed(&mut closing) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(fault) = ended {
        tracing::debug!(%remote, %fault, "connection ended");
    }
}

/// Returns when the server closes, or is gone.
pub(crate) async fn closed(closing: &mut watch::Receiver<bool>) {
    // The guard inside must not live across another await.
    let _ = closing.wait_for(|closing| *closing).await;
}
