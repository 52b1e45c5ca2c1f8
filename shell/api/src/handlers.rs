//! One handler for each path: read the request, ask the service, write the answer.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use countersign_api_model::{
    CheckReport, ContractList, ContractView, InboxList, NodeInfo, OutboxList, Prepared, Submitted,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

use crate::connections::Limits;
use crate::guard::Hosts;
use crate::idempotency::UnderWay;
use crate::metrics::HttpMetrics;
use crate::openapi::openapi;
use crate::tries::Tries;
use crate::{Caller, Kind, LevelQuery, PageQuery, ProofQuery, Refusal, Service, Token};

/// Most streams of events at one time.
const STREAMS_MAX: usize = 64;
/// A stream says that it lives after so much silence.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often a stream looks whether the time of its session is over.
const SESSION_LOOK: Duration = Duration::from_secs(30);

/// What every handler has: cloned for each request, so it is no more than a pointer.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) hosts: Hosts,
    shared: Arc<Shared>,
}

/// The same behind every door.
pub(crate) struct Shared {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) token: Token,
    pub(crate) metrics: HttpMetrics,
    pub(crate) under_way: UnderWay,
    pub(crate) tries: Tries,
    pub(crate) limits: Limits,
    streams: Arc<Semaphore>,
    /// True once the server stops: streams of events end.
    stopping: watch::Receiver<bool>,
}

impl Deref for Api {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Api {
    pub(crate) fn new(
        service: Arc<dyn Service>,
        token: Token,
        hosts: Hosts,
        limits: Limits,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let streams = Arc::new(Semaphore::new(STREAMS_MAX));
        let (metrics, under_way, tries) = (HttpMetrics::default(), UnderWay::default(), Tries::default());
        Self {
            hosts,
            shared: Arc::new(Shared { service, token, metrics, under_way, tries, limits, streams, stopping }),
        }
    }

    /// The same by another door.
    pub(crate) fn under(&self, hosts: Hosts) -> Self {
        Self { hosts, shared: Arc::clone(&self.shared) }
    }
}

/// JSON, or a refusal.
pub(crate) type Reply<T> = Result<Json<T>, Refusal>;
pub(crate) type Body<T> = Result<Json<T>, JsonRejection>;
pub(crate) type Asked<T> = Result<Query<T>, QueryRejection>;

pub(crate) fn body<T: DeserializeOwned>(body: Body<T>) -> Result<T, Refusal> {
    body.map(|Json(value)| value).map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(Kind::TooLarge, "too_large", "the body is larger than allowed"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Refusal::new(Kind::UnsupportedMedia, "unsupported_media_type", "the body must be application/json")
        }
        _ => Refusal::new(Kind::Malformed, "malformed", rejection.body_text()),
    })
}

pub(crate) fn asked<T>(query: Asked<T>) -> Result<T, Refusal> {
    query
        .map(|Query(value)| value)
        .map_err(|rejection| Refusal::new(Kind::Malformed, "malformed", rejection.body_text()))
}

pub(crate) async fn health() -> Json<Value> {
    Json(json!({"status": "alive"}))
}

pub(crate) async fn ready(State(api): State<Api>) -> Result<Json<Value>, Refusal> {
    if api.service.ready() {
        return Ok(Json(json!({"status": "ready"})));
    }
    Err(Refusal::new(Kind::Busy, "not_ready", "the node is starting, stopping, or its disk refuses to write"))
}

pub(crate) async fn node(State(api): State<Api>) -> Reply<NodeInfo> {
    api.service.node().await.map(Json)
}

pub(crate) async fn contracts(State(api): State<Api>, page: Asked<PageQuery>) -> Reply<ContractList> {
    api.service.contracts(asked(page)?).await.map(Json)
}

pub(crate) async fn found(
    State(api): State<Api>,
    request: Body<countersign_api_model::FoundRequest>,
) -> Result<(StatusCode, Json<ContractView>), Refusal> {
    let view = api.service.found(body(request)?).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

pub(crate) async fn contract(State(api): State<Api>, Path(contract): Path<String>) -> Reply<ContractView> {
    api.service.contract(contract).await.map(Json)
}

pub(crate) async fn accept(State(api): State<Api>, Path(contract): Path<String>) -> Reply<ContractView> {
    api.service.accept(contract).await.map(Json)
}

pub(crate) async fn recover(State(api): State<Api>, Path(contract): Path<String>) -> Reply<ContractView> {
    api.service.recover(contract).await.map(Json)
}

pub(crate) async fn prepare(
    State(api): State<Api>,
    Path(contract): Path<String>,
    request: Body<countersign_api_model::PrepareRequest>,
) -> Reply<Prepared> {
    api.service.prepare(contract, body(request)?).await.map(Json)
}

pub(crate) async fn submit(
    State(api): State<Api>,
    Path(contract): Path<String>,
    request: Body<countersign_api_model::SubmitRequest>,
) -> Result<(StatusCode, Json<Submitted>), Refusal> {
    let submitted = api.service.submit(contract, body(request)?).await?;
    Ok((StatusCode::CREATED, Json(submitted)))
}

pub(crate) async fn statement(
    State(api): State<Api>,
    Path((contract, statement)): Path<(String, String)>,
    query: Asked<LevelQuery>,
) -> Reply<Submitted> {
    api.service.statement(contract, statement, asked(query)?).await.map(Json)
}

pub(crate) async fn proof(
    State(api): State<Api>,
    Path(contract): Path<String>,
    query: Asked<ProofQuery>,
) -> Result<Response, Refusal> {
    api.service.proof(contract, asked(query)?).await.map(file)
}

/// Bytes to be kept, not shown: whatever a partner attached is never run in this origin.
fn file(bytes: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes).into_response()
}

pub(crate) async fn inbox(State(api): State<Api>, page: Asked<PageQuery>) -> Reply<InboxList> {
    api.service.inbox(asked(page)?).await.map(Json)
}

pub(crate) async fn outbox(State(api): State<Api>, page: Asked<PageQuery>) -> Reply<OutboxList> {
    api.service.outbox(asked(page)?).await.map(Json)
}

pub(crate) async fn resend(
    State(api): State<Api>,
    request: Body<countersign_api_model::ResendRequest>,
) -> Reply<OutboxList> {
    api.service.resend(body(request)?).await.map(Json)
}

pub(crate) async fn check(
    State(api): State<Api>,
    request: Body<countersign_api_model::CheckRequest>,
) -> Reply<CheckReport> {
    api.service.check(body(request)?).await.map(Json)
}

pub(crate) async fn contract_events(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(contract): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    stream(api, caller, Some(contract), &headers).await
}

pub(crate) async fn events(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    stream(api, caller, None, &headers).await
}

/// A stream of events. Who reads slowly gets a gap; who publishes never waits.
async fn stream(api: Api, caller: Caller, contract: Option<String>, headers: &HeaderMap) -> Result<Response, Refusal> {
    let busy = |_| Refusal::new(Kind::Busy, "busy", "too many streams of events are open");
    let permit = Arc::clone(&api.streams).try_acquire_owned().map_err(busy)?;
    // An id that is no text is one that this node never gave.
    let last_event = headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default().to_owned());
    let last_event = last_event.filter(|id| !id.is_empty());
    let subscription = api.service.events(contract, last_event).await?;
    let mut stopping = api.stopping.clone();
    let ended = Box::pin(async move {
        tokio::select! {
            () = stopped(&mut stopping) => {}
            () = session_over(&api, caller) => {}
        }
    });
    let state = (subscription, ended, permit);
    let events = futures_util::stream::unfold(state, |(mut subscription, mut ended, permit)| async move {
        let event = tokio::select! {
            event = subscription.next() => event,
            () = &mut ended => return None,
        };
        let data = serde_json::to_string(event.as_ref()).unwrap_or_default();
        let line = Event::default().id(&event.id).event(event.kind.as_str()).data(data);
        Some((Ok::<_, Infallible>(line), (subscription, ended, permit)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// Comes once the session of who listens is over; never for the token of the data directory. To listen is to use it.
async fn session_over(api: &Api, caller: Caller) {
    let Some(mut session) = caller.session.clone() else { return std::future::pending().await };
    while api.service.is_good(&caller) {
        tokio::select! {
            _ = session.ends.changed() => return,
            () = tokio::time::sleep(SESSION_LOOK) => {}
        }
    }
}

/// Comes once the server stops; never, if nobody can stop it.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

pub(crate) async fn metrics(State(api): State<Api>) -> Result<Response, Refusal> {
    let families = api.service.measure().await?;
    let page = api.metrics.render(&families);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response())
}

pub(crate) async fn description() -> Json<Value> {
    Json(openapi())
}

pub(crate) async fn nothing_here() -> Refusal {
    Refusal::new(Kind::NotFound, "unknown_path", "there is nothing at this path")
}
