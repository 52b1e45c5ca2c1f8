//! Webhooks: what the API asks of a node, and the paths.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use countersign_api_model::{
    AddWebhookRequest, ChangeWebhookRequest, DeliveryStatus, ReplayWebhookRequest, Webhook, WebhookDelivery,
    WebhookDeliveryList, WebhookList, WebhookReplay,
};
use serde::Deserialize;

use crate::handlers::{Api, Asked, Body, Reply, asked, body};
use crate::{Answer, Caller, Refusal};

/// Which deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryQuery {
    /// After the last one of the page before.
    pub after: Option<String>,
    /// At most so many, 1 to 1,000.
    pub limit: Option<usize>,
    /// Only those of which this became.
    pub status: Option<DeliveryStatus>,
}

/// The webhooks of a node, as the API needs them.
pub trait Webhooks: Send + Sync + 'static {
    /// All subscriptions.
    fn webhooks(&self) -> Answer<'_, WebhookList>;
    /// Makes one.
    fn add_webhook(&self, caller: Caller, request: AddWebhookRequest) -> Answer<'_, Webhook>;
    /// One of them.
    fn webhook(&self, webhook: String) -> Answer<'_, Webhook>;
    /// Changes one.
    fn change_webhook(&self, webhook: String, request: ChangeWebhookRequest) -> Answer<'_, Webhook>;
    /// Takes one away, with all its deliveries.
    fn remove_webhook(&self, webhook: String) -> Answer<'_, ()>;
    /// Sends a `test` now, once.
    fn test_webhook(&self, webhook: String) -> Answer<'_, WebhookDelivery>;
    /// Its deliveries.
    fn deliveries(&self, webhook: String, query: DeliveryQuery) -> Answer<'_, WebhookDeliveryList>;
    /// Sends one again that is delivered or dead.
    fn resend_delivery(&self, webhook: String, delivery: String) -> Answer<'_, WebhookDelivery>;
    /// Tells again what the logs have.
    fn replay_webhook(&self, webhook: String, request: ReplayWebhookRequest) -> Answer<'_, WebhookReplay>;
}

/// The paths.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/webhooks", get(webhooks).post(add))
        .route("/v1/webhooks/{webhook}", get(webhook).patch(change).delete(remove))
        .route("/v1/webhooks/{webhook}/test", post(test))
        .route("/v1/webhooks/{webhook}/replay", post(replay))
        .route("/v1/webhooks/{webhook}/deliveries", get(deliveries))
        .route("/v1/webhooks/{webhook}/deliveries/{delivery}/resend", post(resend))
}

async fn webhooks(State(api): State<Api>) -> Reply<WebhookList> {
    api.service.webhooks().await.map(Json)
}

async fn add(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    request: Body<AddWebhookRequest>,
) -> Result<(StatusCode, Json<Webhook>), Refusal> {
    let webhook = api.service.add_webhook(caller, body(request)?).await?;
    Ok((StatusCode::CREATED, Json(webhook)))
}

async fn webhook(State(api): State<Api>, Path(webhook): Path<String>) -> Reply<Webhook> {
    api.service.webhook(webhook).await.map(Json)
}

async fn change(
    State(api): State<Api>,
    Path(webhook): Path<String>,
    request: Body<ChangeWebhookRequest>,
) -> Reply<Webhook> {
    api.service.change_webhook(webhook, body(request)?).await.map(Json)
}

async fn remove(State(api): State<Api>, Path(webhook): Path<String>) -> Result<StatusCode, Refusal> {
    api.service.remove_webhook(webhook).await.map(|()| StatusCode::NO_CONTENT)
}

async fn test(State(api): State<Api>, Path(webhook): Path<String>) -> Reply<WebhookDelivery> {
    api.service.test_webhook(webhook).await.map(Json)
}

async fn replay(
    State(api): State<Api>,
    Path(webhook): Path<String>,
    request: Body<ReplayWebhookRequest>,
) -> Reply<WebhookReplay> {
    api.service.replay_webhook(webhook, body(request)?).await.map(Json)
}

async fn deliveries(
    State(api): State<Api>,
    Path(webhook): Path<String>,
    query: Asked<DeliveryQuery>,
) -> Reply<WebhookDeliveryList> {
    api.service.deliveries(webhook, asked(query)?).await.map(Json)
}

async fn resend(State(api): State<Api>, Path((webhook, delivery)): Path<(String, String)>) -> Reply<WebhookDelivery> {
    api.service.resend_delivery(webhook, delivery).await.map(Json)
}
