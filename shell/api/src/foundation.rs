//! What founding a contract on a scenario needs. Nothing of a request is kept, so the node is not asked.

use axum::Json;
use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::routing::post;
use countersign_api_model::{Foundation, FoundationActor, FoundationJoins, FoundationMany, FoundationRequest};
use countersign_codec as codec;
use countersign_crypto::Digest;
use countersign_types::ScenarioId;
use countersign_workflow::{Joins, Scenario, Words};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::handlers::{Api, body};
use crate::{Kind, Refusal};

/// Most scenarios that are read at one time: more would take the processors from the contracts.
static DESKS: Semaphore = Semaphore::const_new(2);

async fn foundation(request: Result<Json<FoundationRequest>, JsonRejection>) -> Result<Json<Foundation>, Refusal> {
    let request = body(request)?;
    let stopped = || Refusal::new(Kind::Failed, "internal", "this node could not do it; its log says why");
    let desk = DESKS.acquire().await.map_err(|_| stopped())?;
    let read = tokio::task::spawn_blocking(move || {
        let read = read(&request);
        drop(desk);
        read
    });
    read.await.map_err(|_| stopped())?.map(Json)
}

/// Reads a scenario; the first finding that refuses it is the refusal.
fn read(request: &FoundationRequest) -> Result<Foundation, Refusal> {
    let (scenario, _) = Scenario::load(request.document.as_bytes()).map_err(|findings| {
        let error = findings.iter().find(|finding| finding.is_error());
        let detail = error.map_or_else(String::new, |error| {
            format!("line {}, column {}: {} ({})", error.place.line, error.place.column, error.message, error.code)
        });
        Refusal::new(Kind::Invalid, "invalid_scenario", detail)
            .suggest("POST /v1/scenario/check tells every finding with its place")
    })?;
    let language = request.language.as_deref().unwrap_or(scenario.language());
    let actor = |name: &str| FoundationActor {
        actor: name.to_owned(),
        title: said(&scenario, language, scenario.actor_title(name)),
        joins: match scenario.joins(name) {
            Some(Joins::Invitation) => FoundationJoins::Invitation,
            Some(Joins::Start) | None => FoundationJoins::Start,
        },
        acts_for: scenario.acts_for(name).filter(|other| *other != name).map(str::to_owned),
        many: scenario.group(name).map(|many| FoundationMany {
            min: u32::try_from(many.min).unwrap_or(u32::MAX),
            max: u32::try_from(many.max).unwrap_or(u32::MAX),
        }),
        schema: scenario.actor_schema(name).as_ref().map(plain).unwrap_or_default(),
    };
    Ok(Foundation {
        scenario: ScenarioId::new(Digest::new(scenario.digest())).to_string(),
        title: said(&scenario, language, Some(scenario.title())),
        document: plain(scenario.canonical()),
        inputs_schema: plain(&scenario.input_schema()),
        actors: scenario.actors().map(actor).collect(),
    })
}

fn said(scenario: &Scenario, language: &str, words: Option<&Words>) -> String {
    let found = words.and_then(|words| words.get(language).or_else(|| words.get(scenario.language())));
    found.cloned().unwrap_or_default()
}

/// Canonical JSON is JSON.
fn plain(json: &codec::Json) -> Value {
    serde_json::from_slice(&json.canonical()).unwrap_or_default()
}

/// The path.
pub(crate) fn routes() -> Router<Api> {
    Router::new().route("/v1/scenario/foundation", post(foundation))
}
