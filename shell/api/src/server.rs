//! The router, and the server around it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::connections::{Limits, accept};
use crate::guard::guard;
use crate::handlers::{self, Api};
use crate::{Hosts, Service, Token, payloads, web};

/// Most bytes of a request body.
pub(crate) const BODY_BYTES_MAX: usize = 8 << 20;

/// How long requests under way may take when the server stops.
const STOPS_WITHIN: Duration = Duration::from_secs(5);

/// All paths of the API over a service.
pub fn router(service: Arc<dyn Service>, token: Token, hosts: Hosts) -> Router {
    let (_, stopping) = watch::channel(false);
    paths(Api::new(service, token, hosts, Limits::default(), stopping))
}

/// One table and one layer: each further layer, and each nested table, costs every request several allocations.
fn paths(api: Api) -> Router {
    Router::new()
        .route("/v1/node", get(handlers::node))
        .route("/v1/contracts", get(handlers::contracts).post(handlers::found))
        .route("/v1/contracts/{contract}", get(handlers::contract))
        .route("/v1/contracts/{contract}/accept", post(handlers::accept))
        .route("/v1/contracts/{contract}/statements", post(handlers::submit))
        .route("/v1/contracts/{contract}/statements/prepare", post(handlers::prepare))
        .route("/v1/contracts/{contract}/statements/{statement}", get(handlers::statement))
        .route("/v1/contracts/{contract}/payloads/{commitment}", get(payloads::payload).put(payloads::upload))
        .route("/v1/contracts/{contract}/proof", get(handlers::proof))
        .route("/v1/inbox", get(handlers::inbox))
        .route("/v1/outbox", get(handlers::outbox))
        .route("/v1/outbox/resend", post(handlers::resend))
        .route("/v1/contracts/{contract}/recover", post(handlers::recover))
        .route("/v1/check", post(handlers::check))
        .route("/v1/contracts/{contract}/events", get(handlers::contract_events))
        .route("/v1/events", get(handlers::events))
        .merge(crate::foundation::routes())
        .merge(crate::invitations::routes())
        .merge(crate::people::routes())
        .merge(crate::look::routes())
        .merge(crate::runs::routes())
        .merge(crate::scenarios::routes())
        .merge(crate::webhooks::routes())
        .route("/health", get(handlers::health))
        .route("/ready", get(handlers::ready))
        .route("/metrics", get(handlers::metrics))
        .route("/v1/openapi.json", get(handlers::description))
        .route("/", get(web::page))
        .route("/ui", get(web::page))
        .route("/ui/", get(web::page))
        .route("/ui/{*path}", get(web::page))
        .fallback(handlers::nothing_here)
        .layer(from_fn_with_state(api.clone(), guard))
        .with_state(api)
}

/// The API on a socket. Dropping it cuts every connection; [`ApiServer::stop`] ends in order.
#[derive(Debug)]
pub struct ApiServer {
    address: SocketAddr,
    tls: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl ApiServer {
    /// Serves on a listener until stopped. Outside loopback somebody else has to have TLS.
    pub fn start(listener: TcpListener, service: Arc<dyn Service>, token: Token) -> std::io::Result<Self> {
        Self::start_within(listener, service, token, Limits::default())
    }

    /// Serves within other limits.
    pub fn start_within(
        listener: TcpListener,
        service: Arc<dyn Service>,
        token: Token,
        limits: Limits,
    ) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let api = Api::new(service, token, Hosts::of(address), limits, stopped.clone());
        let task = tokio::spawn(accept(listener, None, paths(api), limits, stopped));
        Ok(Self { address, tls: None, stop, tasks: vec![task] })
    }

    /// Serves on a listener of this machine, and with TLS on another one.
    pub fn start_with_tls(
        local: TcpListener,
        listener: TcpListener,
        config: Arc<ServerConfig>,
        service: Arc<dyn Service>,
        token: Token,
    ) -> std::io::Result<Self> {
        let (address, tls_address) = (local.local_addr()?, listener.local_addr()?);
        let (stop, stopped) = watch::channel(false);
        let limits = Limits::default();
        // Both doors count together: tries, streams, and wishes under way.
        let api = Api::new(service, token, Hosts::of(address), limits, stopped.clone());
        let outside = paths(api.under(Hosts::of(tls_address)));
        let tls = Some(TlsAcceptor::from(config));
        let tasks = vec![
            tokio::spawn(accept(local, None, paths(api), limits, stopped.clone())),
            tokio::spawn(accept(listener, tls, outside, limits, stopped)),
        ];
        Ok(Self { address, tls: Some(tls_address), stop, tasks })
    }

    /// Where it listens without TLS.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens with TLS.
    pub const fn tls_address(&self) -> Option<SocketAddr> {
        self.tls
    }

    /// Takes no more requests, waits for those under way, and cuts what is left after 5 seconds.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let ended = async {
            for task in &mut self.tasks {
                let _ = task.await;
            }
        };
        let _ = tokio::time::timeout(STOPS_WITHIN, ended).await;
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
