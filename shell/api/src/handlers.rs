//! One handler for each path: read the request, ask the service, write the answer.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_api_model::{CheckReport, ContractList, ContractView, Log, NodeInfo, OutboxList, Prepared, Submitted};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Kind, LevelQuery, PageQuery, Refusal, Service, Token};

/// What every handler has.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) token: Token,
}

type Reply<T> = Result<Json<T>, Refusal>;
type Body<T> = Result<Json<T>, JsonRejection>;
type Asked<T> = Result<Query<T>, QueryRejection>;

fn body<T: DeserializeOwned>(body: Body<T>) -> Result<T, Refusal> {
    body.map(|Json(value)| value).map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(Kind::TooLarge, "too_large", "the body is larger than allowed"),
        _ => Refusal::new(Kind::Malformed, "malformed", rejection.body_text()),
    })
}

fn asked<T>(query: Asked<T>) -> Result<T, Refusal> {
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

pub(crate) async fn log(State(api): State<Api>, Path(contract): Path<String>, page: Asked<PageQuery>) -> Reply<Log> {
    api.service.log(contract, asked(page)?).await.map(Json)
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

pub(crate) async fn payload(
    State(api): State<Api>,
    Path((contract, commitment)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let bytes = api.service.payload(contract, commitment).await?;
    // Whatever a partner attached is never run in this origin.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, Bytes::from(bytes)).into_response())
}

pub(crate) async fn inbox(State(api): State<Api>) -> Reply<Value> {
    let items = api.service.inbox().await?;
    Ok(Json(json!({"items": items})))
}

pub(crate) async fn outbox(State(api): State<Api>) -> Reply<OutboxList> {
    api.service.outbox().await.map(Json)
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

pub(crate) async fn nothing_here() -> Refusal {
    Refusal::new(Kind::NotFound, "unknown_path", "there is nothing at this path")
}
