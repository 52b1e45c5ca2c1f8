//! Scenarios without a contract. Nothing of a request is kept, so the node is not asked.

use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::routing::{get, post};
use countersign_api_model::{
    Diagram, DiagramRequest, Prose, ProseRequest, ScenarioCheckRequest, ScenarioReport, ScenarioRun,
    ScenarioRunRequest, ScenarioSchema, ScenarioTemplates,
};
use countersign_playground::{self as playground, Fault};
use tokio::sync::Semaphore;

use crate::handlers::{Api, Body, Reply, body};
use crate::{Kind, Refusal};

/// Most scenarios that are worked on at one time: more would take the processors from the contracts.
static DESKS: Semaphore = Semaphore::const_new(2);

/// A request waits so long for a desk.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The paths.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/scenario/check", post(check))
        .route("/v1/scenario/diagram", post(diagram))
        .route("/v1/scenario/prose", post(prose))
        .route("/v1/scenario/run", post(run))
        .route("/v1/scenario/schema", get(schema))
        .route("/v1/scenario/templates", get(templates))
}

fn refusal(fault: Fault) -> Refusal {
    let detail = fault.to_string();
    match fault {
        Fault::Scenario(_) => Refusal::new(Kind::Invalid, "invalid_scenario", detail)
            .suggest("POST /v1/scenario/check tells every finding with its place"),
        Fault::Steps(_) => Refusal::new(Kind::Invalid, "invalid_steps", detail),
        Fault::Limit(_) => Refusal::new(Kind::TooLarge, "too_large", detail),
        Fault::Form => Refusal::new(Kind::Failed, "internal", detail),
    }
}

/// Works on a thread of its own: a scenario may take a second, and others wait for answers.
async fn work<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Reply<T> {
    let busy = || Refusal::new(Kind::Busy, "busy", "other scenarios are being worked on");
    let desk = tokio::time::timeout(WAIT_MAX, DESKS.acquire()).await.ok().and_then(Result::ok).ok_or_else(busy)?;
    let done = tokio::task::spawn_blocking(move || {
        let answer = work();
        drop(desk);
        answer
    });
    let failed = |_| Refusal::new(Kind::Failed, "internal", "this node could not do it; its log says why");
    done.await.map_err(failed)?.map(Json).map_err(refusal)
}

async fn check(request: Body<ScenarioCheckRequest>) -> Reply<ScenarioReport> {
    let request = body(request)?;
    work(move || playground::check(&request)).await
}

async fn diagram(request: Body<DiagramRequest>) -> Reply<Diagram> {
    let request = body(request)?;
    work(move || playground::draw(request)).await
}

async fn prose(request: Body<ProseRequest>) -> Reply<Prose> {
    let request = body(request)?;
    work(move || playground::write(&request)).await
}

async fn run(request: Body<ScenarioRunRequest>) -> Reply<ScenarioRun> {
    let request = body(request)?;
    work(move || playground::run(&request)).await
}

async fn schema() -> Json<ScenarioSchema> {
    Json(playground::language())
}

async fn templates() -> Json<ScenarioTemplates> {
    Json(playground::templates())
}
