//! Webhooks: what a node tells a program of its operator.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{EventKind, text};

/// The body of a request to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookEvent {
    /// Names the delivery: the same for every attempt, and the `Idempotency-Key` of the request.
    pub id: String,
    /// `whk_…`.
    pub webhook: String,
    /// When the node noted it.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// `ctr_…`; absent on a `test`, and on a `gap` over all contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::ContractId>)]
    pub contract: Option<String>,
    /// What kind, as in the stream of events.
    pub kind: EventKind,
    /// What the kind says.
    pub data: Value,
    /// Whether it is told again because an operator asked for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// `whk_…`.
    pub id: String,
    /// Where its events go. May hold a secret.
    pub url: String,
    /// What it is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Of these contracts (`ctr_…`); of all, if there are none.
    pub contracts: Vec<String>,
    /// Of these kinds; of all, if there are none. A `gap` is always told.
    pub events: Vec<EventKind>,
    /// Whether events wait without being sent.
    pub paused: bool,
    /// How often one delivery is tried before it is dead.
    pub attempts_max: u32,
    /// Since when.
    #[schema(value_type = text::Time)]
    pub created: String,
    /// Who made it: `idn_…`; absent if by the token of the data directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::IdentityId>)]
    pub created_by: Option<String>,
    /// Deliveries that wait.
    pub waiting: u64,
    /// Failures since the last success.
    pub failures: u32,
}

/// Subscriptions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookList {
    /// Oldest first.
    pub webhooks: Vec<Webhook>,
}

/// Makes a subscription. It tells what happens from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddWebhookRequest {
    /// `https://host/path`; the host is in `[outgoing]` of `node.toml`.
    #[schema(max_length = 2048)]
    pub url: String,
    /// What it is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub note: Option<String>,
    /// Of these contracts; of all, if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<text::ContractId>, max_items = 100)]
    pub contracts: Vec<String>,
    /// Of these kinds; of all, if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventKind>,
    /// How often one delivery is tried: 1 to 30, 18 if left out, which takes about a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 30)]
    pub attempts_max: Option<u32>,
}

/// Changes a subscription. What is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeWebhookRequest {
    /// Another address, from the next attempt on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2048)]
    pub url: Option<String>,
    /// Other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub note: Option<String>,
    /// Other contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<text::ContractId>>, max_items = 100)]
    pub contracts: Option<Vec<String>>,
    /// Other kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventKind>>,
    /// Whether events wait without being sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// How often one delivery is tried: 1 to 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 30)]
    pub attempts_max: Option<u32>,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It will be sent, or sent again.
    Waiting,
    /// The receiver answered 2xx.
    Delivered,
    /// It was tried as often as it may be, and nobody tries it any more.
    Dead,
}

impl DeliveryStatus {
    /// The word of the status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookDelivery {
    /// What is sent.
    pub event: WebhookEvent,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// The last attempt, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<WebhookAttempt>,
    /// When it is tried next, at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub next_try: Option<String>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookAttempt {
    /// When it began.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// How many milliseconds it took.
    pub took_ms: u64,
    /// The status of the answer, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<u16>,
    /// Why there was none: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The same in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookDeliveryList {
    /// Newest first.
    pub deliveries: Vec<WebhookDelivery>,
    /// For the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Tells again what the logs have: every entry from a position or time on, and what is final.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayWebhookRequest {
    /// Of this contract; of all of the subscription, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::ContractId>)]
    pub contract: Option<String>,
    /// From this position on; needs `contract`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// From this time on, in UTC, by what the statements declare: `2026-01-31` or `2026-01-31T12:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// What a replay queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookReplay {
    /// How many deliveries were queued.
    pub queued: u64,
}
