//! The router, and the server around it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::access::admit;
use crate::guard::guard;
use crate::handlers::{self, Api};
use crate::idempotency::once;
use crate::{Hosts, Service, Token, web};

/// Most bytes of a request body.
pub(crate) const BODY_BYTES_MAX: usize = 8 << 20;

/// All paths of the API over a service.
pub fn router(service: Arc<dyn Service>, token: Token, hosts: Hosts) -> Router {
    let (_, stopping) = watch::channel(false);
    paths(Api::new(service, token, hosts, stopping))
}

fn paths(api: Api) -> Router {
    let v1 = Router::new()
        .route("/node", get(handlers::node))
        .route("/contracts", get(handlers::contracts).post(handlers::found))
        .route("/contracts/{contract}", get(handlers::contract))
        .route("/contracts/{contract}/accept", post(handlers::accept))
        .route("/contracts/{contract}/log", get(handlers::log))
        .route("/contracts/{contract}/statements", post(handlers::submit))
        .route("/contracts/{contract}/statements/prepare", post(handlers::prepare))
        .route("/contracts/{contract}/statements/{statement}", get(handlers::statement))
        .route("/contracts/{contract}/payloads/{commitment}", get(handlers::payload))
        .route("/contracts/{contract}/proof", get(handlers::proof))
        .route("/inbox", get(handlers::inbox))
        .route("/outbox", get(handlers::outbox))
        .route("/outbox/resend", post(handlers::resend))
        .route("/check", post(handlers::check))
        .route("/contracts/{contract}/events", get(handlers::contract_events))
        .route("/events", get(handlers::events))
        .merge(crate::invitations::routes())
        .merge(crate::people::routes())
        .fallback(handlers::nothing_here)
        .layer(from_fn_with_state(api.clone(), once))
        .layer(from_fn_with_state(api.clone(), admit));
    Router::new()
        .route("/health", get(handlers::health))
        .route("/ready", get(handlers::ready))
        .route("/metrics", get(handlers::metrics))
        .route("/v1/openapi.json", get(handlers::description))
        .nest("/v1", v1)
        .route("/", get(web::page))
        .route("/ui", get(web::page))
        .route("/ui/", get(web::page))
        .route("/ui/{*path}", get(web::page))
        .fallback(handlers::nothing_here)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(api.clone(), guard))
        .with_state(api)
}

/// The API on a socket.
#[derive(Debug)]
pub struct ApiServer {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl ApiServer {
    /// Serves on a listener until stopped.
    pub fn start(listener: TcpListener, service: Arc<dyn Service>, token: Token) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, mut stopped) = watch::channel(false);
        let hosts = if address.ip().is_loopback() { Hosts::Loopback } else { Hosts::Any };
        if hosts == Hosts::Any {
            tracing::warn!(%address, "the API can be reached from other machines, without TLS: put a proxy before it");
        }
        let app = paths(Api::new(service, token, hosts, stopped.clone()));
        let until = async move {
            // An error means that the server was dropped: time to stop as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
                .with_graceful_shutdown(until)
                .await
        });
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and waits for those under way.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), self.task).await;
    }
}
