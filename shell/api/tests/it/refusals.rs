//! Every kind of refusal is one status, and every refusal is a problem.

use std::time::Duration;

use countersign_api::{Kind, Refusal};
use countersign_api_model::{PROBLEM_MEDIA, Problem};

use crate::http::send;
use crate::known::served;

#[test]
fn every_kind_has_its_status() {
    let table = [
        (Kind::Malformed, 400),
        (Kind::Unauthenticated, 401),
        (Kind::Forbidden, 403),
        (Kind::NotFound, 404),
        (Kind::MethodNotAllowed, 405),
        (Kind::Conflict, 409),
        (Kind::Gone, 410),
        (Kind::TooLarge, 413),
        (Kind::TooSlow, 408),
        (Kind::UnsupportedMedia, 415),
        (Kind::Misdirected, 421),
        (Kind::Invalid, 422),
        (Kind::Busy, 503),
        (Kind::Failed, 500),
    ];
    assert_eq!(table.map(|(kind, _)| kind), Kind::ALL);
    for (kind, status) in table {
        let refusal = Refusal::new(kind, "some_code", "a sentence").by("/a");
        let problem = refusal.problem();
        assert_eq!((refusal.status().as_u16(), problem.status), (status, status));
        assert_eq!(problem.kind, "https://countersign.dev/errors/some_code");
        let text = serde_json::to_string(&problem).unwrap();
        assert_eq!(serde_json::from_str::<Problem>(&text).unwrap(), problem);
        let members = serde_json::to_value(&problem).unwrap();
        for member in ["type", "title", "status", "detail", "code", "by"] {
            assert!(members.get(member).is_some(), "{member} is missing in {members}");
        }
    }
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let (server, _) = served().await;
    for path in ["/health", "/nowhere", "/v1/contracts", "/v1/openapi.json", "/metrics"] {
        let reply =
            send(server.address(), &format!("GET {path} HTTP/1.1\nHost: localhost\nOrigin: https://a.example")).await;
        for (name, value) in [
            ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path}");
        }
        assert!(!reply.headers.iter().any(|(name, _)| name.starts_with("access-control")), "{reply:?}");
        if reply.status >= 400 {
            assert_eq!(reply.header("content-type"), Some(PROBLEM_MEDIA));
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let (server, known) = served().await;
    let head = "Host: localhost\nAuthorization: Bearer $TOKEN\nContent-Type: application/json";
    let body = format!("{{\"genesis\":\"{}\",\"charter\":\"\"}}", "a".repeat(9 << 20));
    for key in ["", "\nIdempotency-Key: large"] {
        let reply = send(server.address(), &format!("POST /v1/contracts HTTP/1.1\n{head}{key}\n\n{body}")).await;
        assert_eq!((reply.status, reply.json()["code"].as_str()), (413, Some("too_large")));
    }
    let long = "a".repeat(20 << 10);
    for request in [
        format!("GET /v1/contracts HTTP/1.1\n{head}\nX-Long: {long}"),
        format!("GET /v1/contracts?after={long} HTTP/1.1\n{head}"),
    ] {
        let reply = send(server.address(), &request).await;
        assert_eq!((reply.status, reply.json()["code"].as_str()), (413, Some("too_large")));
    }
    assert_eq!(known.founded.load(std::sync::atomic::Ordering::Relaxed), 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_is_done_once_also_when_it_is_sent_twice_at_once_or_its_sender_goes_away() {
    let (server, known) = served().await;
    let request = |key: &str| {
        format!(
            "POST /v1/contracts HTTP/1.1\nHost: localhost\nAuthorization: Bearer $TOKEN\n\
             Content-Type: application/json\nIdempotency-Key: {key}\n\n{{\"genesis\":\"slow\",\"charter\":\"\"}}"
        )
    };
    let address = server.address();
    let (text, again) = (request("a"), request("a"));
    let first = tokio::spawn(async move { send(address, &text).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = send(address, &again).await;
    assert_eq!((second.status, second.json()["code"].as_str()), (409, Some("request_in_progress")));
    assert_eq!(first.await.unwrap().status, 201);
    let third = send(address, &again).await;
    assert_eq!((third.status, third.header("idempotent-replayed")), (201, Some("true")));

    let gone = request("b");
    assert!(tokio::time::timeout(Duration::from_millis(100), send(address, &gone)).await.is_err());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let back = send(address, &gone).await;
    assert_eq!((back.status, back.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(known.founded.load(std::sync::atomic::Ordering::Relaxed), 2);
    server.stop().await;
}

#[tokio::test]
async fn metrics_name_routes_and_no_paths() {
    let (server, _) = served().await;
    let contract = crate::known::CONTRACT;
    let head = "Host: localhost\nAuthorization: Bearer $TOKEN";
    for path in [format!("/v1/contracts/{contract}"), "/v1/contracts/x".to_owned(), "/secret-path".to_owned()] {
        send(server.address(), &format!("GET {path} HTTP/1.1\n{head}")).await;
    }
    send(server.address(), &format!("BREW /v1/contracts HTTP/1.1\n{head}")).await;
    let page = send(server.address(), "GET /metrics HTTP/1.1\nHost: localhost").await;
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for expected in [
        "countersign_http_requests_total{method=\"GET\",route=\"/v1/contracts/{contract}\",status=\"200\"} 1\n",
        "countersign_http_requests_total{method=\"GET\",route=\"/v1/contracts/{contract}\",status=\"404\"} 1\n",
        "countersign_http_requests_total{method=\"GET\",route=\"other\",status=\"404\"} 1\n",
        "countersign_http_requests_total{method=\"other\",route=\"/v1/contracts\",status=\"405\"} 1\n",
        "countersign_http_refusals_total{code=\"unknown_contract\"} 1\n",
        "countersign_http_request_seconds_count{route=\"/v1/contracts/{contract}\"} 2\n",
        "countersign_contracts 1\n",
    ] {
        assert!(page.body.contains(expected), "{expected} is not in\n{}", page.body);
    }
    for hidden in ["ctr_", "secret-path", "BREW"] {
        assert!(!page.body.contains(hidden), "{hidden} is in\n{}", page.body);
    }
    server.stop().await;
}
