//! Every operation with no token, as a member and as an operator; and the web app, which needs none.

use countersign_api::roles;
use countersign_api_model::Role;

use crate::http::send;
use crate::known::{CONTRACT, MEMBER, OPERATOR, TOKEN, served};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_asks_for_its_role() {
    let (server, _known) = served().await;
    let mut seen = [0; 3];
    for (method, path, role) in roles().filter(|(_, path, _)| !path.ends_with("/events")) {
        seen[role.map_or(0, |role| role as usize + 1)] += 1;
        let target = path.replace("{contract}", CONTRACT).replace(['{', '}'], "");
        for (token, holds) in [
            (None, None),
            (Some("nobody-token"), None),
            (Some(MEMBER), Some(Role::Member)),
            (Some(OPERATOR), Some(Role::Operator)),
            (Some(TOKEN), Some(Role::Operator)),
        ] {
            let line = token.map(|token| format!("\nAuthorization: Bearer {token}")).unwrap_or_default();
            let request = format!("{} {target} HTTP/1.1\nHost: localhost{line}", method.to_uppercase());
            let reply = send(server.address(), &request).await;
            let code = if reply.status >= 400 {
                reply.json()["code"].as_str().unwrap_or_default().to_owned()
            } else {
                String::new()
            };
            let refused = ["unauthenticated", "operator_only"].contains(&code.as_str());
            let expected = match (role, holds) {
                (None, _) => None,
                (Some(_), None) => Some((401, "unauthenticated")),
                (Some(needed), Some(held)) if held < needed => Some((403, "operator_only")),
                _ => None,
            };
            let found = refused.then_some((reply.status, code.as_str()));
            assert_eq!(found, expected, "{method} {path} with {token:?}: {reply:?}");
            assert!(reply.status != 405 && code != "unknown_path", "{method} {path}: {reply:?}");
        }
    }
    assert!(seen[0] >= 7 && seen[1] >= 20 && seen[2] >= 10, "{seen:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_not_told_to_strangers() {
    let (server, _known) = served().await;
    let reply = send(server.address(), "GET /v1/nothing HTTP/1.1\nHost: localhost").await;
    assert_eq!((reply.status, reply.json()["code"].as_str()), (401, Some("unauthenticated")));
    let reply =
        send(server.address(), &format!("GET /v1/nothing HTTP/1.1\nHost: localhost\nAuthorization: Bearer {MEMBER}"))
            .await;
    assert_eq!((reply.status, reply.json()["code"].as_str()), (404, Some("unknown_path")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_sign_ins_are_bounded() {
    let (server, _known) = served().await;
    let body = r#"{"card":"a","key":"k","nonce":"a","signature":"a"}"#;
    let request = format!("POST /v1/session HTTP/1.1\nHost: localhost\nContent-Type: application/json\n\n{body}");
    for _ in 0..10 {
        let reply = send(server.address(), &request).await;
        assert_eq!((reply.status, reply.json()["code"].as_str()), (401, Some("login_refused")));
    }
    let reply = send(server.address(), &request).await;
    assert_eq!((reply.status, reply.json()["code"].as_str()), (503, Some("too_many_attempts")));
    // Who is signed in does not notice.
    let reply =
        send(server.address(), &format!("GET /v1/session HTTP/1.1\nHost: localhost\nAuthorization: Bearer {MEMBER}"))
            .await;
    assert_eq!((reply.status, reply.json()["role"].as_str()), (200, Some("member")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_web_app_needs_no_token_and_has_its_policy() {
    let (server, _known) = served().await;
    for path in ["/", "/ui", "/ui/", "/ui/contracts/ctr_a", "/ui/assets/gone.js"] {
        let reply = send(server.address(), &format!("GET {path} HTTP/1.1\nHost: localhost")).await;
        assert!([200, 307, 404].contains(&reply.status), "{path}: {reply:?}");
        let policies: Vec<_> = reply.headers.iter().filter(|(name, _)| name == "content-security-policy").collect();
        assert_eq!(policies.len(), 1, "{path}: {reply:?}");
        let policy = &policies[0].1;
        // A file that is not there is refused as by the rest of the API, whose policy allows no script at all.
        let page = reply.status != 404;
        let own = if page { "default-src 'none'; script-src 'self'; " } else { "default-src 'none'; " };
        assert!(policy.starts_with(own) && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(reply.header("cross-origin-opener-policy"), page.then_some("same-origin"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{path}");
        let other = send(server.address(), &format!("GET {path} HTTP/1.1\nHost: evil.example")).await;
        assert_eq!((other.status, other.json()["code"].as_str()), (421, Some("wrong_host")), "{path}");
    }
    server.stop().await;
}
