//! Webhooks, described.

use crate::Kind;
use crate::operation::Answered::Json;
use crate::operation::{Operation, delete, get, post};

const FULL: (Kind, &str) = (Kind::Busy, "disk_full");
const WEBHOOK: (Kind, &str) = (Kind::NotFound, "unknown_webhook");
const DELIVERY: (Kind, &str) = (Kind::NotFound, "unknown_delivery");
const CONTRACT: (Kind, &str) = (Kind::NotFound, "unknown_contract");
const DATA: (Kind, &str) = (Kind::Invalid, "invalid_data");
const HOST: (Kind, &str) = (Kind::Invalid, "host_not_allowed");
const MOST: (Kind, &str) = (Kind::Conflict, "limit");

pub(crate) const OPERATIONS: &[Operation] = &[
    get("/v1/webhooks", "webhooks", "Who is told what happens.", Json(200, "WebhookList")).operator(),
    post(
        "/v1/webhooks",
        "add_webhook",
        "Tell a program what happens, from now on.",
        "AddWebhookRequest",
        Json(201, "Webhook"),
    )
    .operator()
    .stays()
    .refuses(&[DATA, HOST, MOST, FULL]),
    get("/v1/webhooks/{webhook}", "webhook", "One subscription.", Json(200, "Webhook")).operator().refuses(&[WEBHOOK]),
    Operation {
        method: "patch",
        ..post(
            "/v1/webhooks/{webhook}",
            "change_webhook",
            "Change, pause or resume a subscription.",
            "ChangeWebhookRequest",
            Json(200, "Webhook"),
        )
    }
    .operator()
    .refuses(&[WEBHOOK, DATA, HOST, FULL]),
    delete("/v1/webhooks/{webhook}", "remove_webhook", "Take a subscription away, and what waits for it.")
        .operator()
        .refuses(&[WEBHOOK, FULL]),
    post("/v1/webhooks/{webhook}/test", "test_webhook", "Send a test now, once.", "", Json(200, "WebhookDelivery"))
        .bare()
        .operator()
        .refuses(&[WEBHOOK, FULL]),
    post(
        "/v1/webhooks/{webhook}/replay",
        "replay_webhook",
        "Tell again what the logs have, from a position or time on.",
        "ReplayWebhookRequest",
        Json(200, "WebhookReplay"),
    )
    .operator()
    .refuses(&[WEBHOOK, CONTRACT, DATA, MOST, FULL]),
    get(
        "/v1/webhooks/{webhook}/deliveries",
        "deliveries",
        "What was sent or waits, newest first.",
        Json(200, "WebhookDeliveryList"),
    )
    .asks(&["after", "limit", "status"])
    .operator()
    .refuses(&[WEBHOOK]),
    post(
        "/v1/webhooks/{webhook}/deliveries/{delivery}/resend",
        "resend_delivery",
        "Send one again that is delivered or dead.",
        "",
        Json(200, "WebhookDelivery"),
    )
    .bare()
    .operator()
    .refuses(&[WEBHOOK, DELIVERY, MOST, FULL]),
];
