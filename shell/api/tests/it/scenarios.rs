//! Scenarios without a contract.

use serde_json::{Value, json};

use crate::http::{Reply, send};
use crate::known::served;

const LEASE: &str = include_str!("../../../../examples/lease.yaml");

async fn ask(path: &str, body: &Value) -> Reply {
    let (server, _) = served().await;
    let head = "Host: localhost\nAuthorization: Bearer $TOKEN\nContent-Type: application/json";
    send(server.address(), &format!("POST /v1/scenario/{path} HTTP/1.1\n{head}\n\n{body}")).await
}

#[tokio::test]
async fn a_scenario_is_checked_drawn_and_played() {
    let report = ask("check", &json!({"document": LEASE})).await;
    assert_eq!((report.status, &report.json()["errors"]), (200, &json!(0)));
    let drawn = ask("diagram", &json!({"document": LEASE, "overlay": {"current": "signing"}})).await;
    assert_eq!(drawn.status, 200);
    assert_eq!(drawn.json()["wide"]["nodes"].as_array().unwrap().len(), 6);
    let prose = ask("prose", &json!({"document": LEASE})).await;
    assert_eq!((prose.status, &prose.json()["title"]), (200, &json!("Lease of a dwelling")));
    let played = ask("run", &json!({"document": LEASE, "steps": [{"wait": "P1D"}]})).await;
    assert_eq!((played.status, played.json()["moments"].as_array().unwrap().len()), (200, 2));
}

#[tokio::test]
async fn what_cannot_be_worked_on_is_refused() {
    let code = |reply: &Reply| (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned());
    assert_eq!(code(&ask("run", &json!({"document": "a: {"})).await), (422, "invalid_scenario".to_owned()));
    assert_eq!(code(&ask("diagram", &json!({"document": "a: {"})).await), (422, "invalid_scenario".to_owned()));
    let steps = json!({"document": LEASE, "steps": [{"jump": 1}]});
    assert_eq!(code(&ask("run", &steps).await), (422, "invalid_steps".to_owned()));
    let large = json!({"document": "#".repeat((1 << 20) + 1)});
    assert_eq!(code(&ask("check", &large).await), (413, "too_large".to_owned()));
}
