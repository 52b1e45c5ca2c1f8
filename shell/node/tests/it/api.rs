//! The API of a real node beyond single calls: repeated wishes, events after a restart, metrics.

use std::time::Duration;

use countersign_chain::Settings;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::invite::APPRAISAL;
use crate::party::{Party, agree};

fn token(party: &Party) -> String {
    std::fs::read_to_string(party.data().join("api.token")).unwrap().trim().to_owned()
}

pub async fn connect(party: &Party, line: &str, headers: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(party.client().address()).await.unwrap();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        token(party),
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// The head and the body of the answer.
pub async fn ask(party: &Party, line: &str, headers: &str, body: &str) -> (String, String) {
    let headers = format!("{headers}Connection: close\r\nContent-Type: application/json\r\n");
    let mut answer = String::new();
    connect(party, line, &headers, body).await.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Events after the one with this id, up to and with the first that holds.
async fn events(party: &Party, path: &str, last: Option<&str>, enough: impl Fn(&Value) -> bool) -> Vec<Value> {
    let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
    let mut stream = connect(party, &format!("GET {path}"), &last, "").await;
    let (mut text, mut bytes) = (String::new(), [0; 4_096]);
    loop {
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut bytes)).await;
        let count = read.unwrap_or_else(|_| panic!("not enough events: {text}")).unwrap();
        assert!(count > 0, "the stream ended: {text}");
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        // A line counts once it is whole.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines().filter_map(|line| line.strip_prefix("data: "));
        let events: Vec<Value> = lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
        if let Some(last) = events.iter().position(&enough) {
            return events.into_iter().take(last + 1).collect();
        }
    }
}

fn is(kind: &str, event: &Value) -> bool {
    event["kind"] == kind
}

fn positions(events: &[Value]) -> Vec<u64> {
    events
        .iter()
        .filter(|event| is("extended", event))
        .map(|event| event["data"]["position"].as_u64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_is_done_once_also_across_a_restart() {
    let mut owner = Party::start("owner", 71, true).await;
    let friend = Party::start("friend", 72, true).await;
    let genesis = |nonce: u8| {
        let request = owner.founding(APPRAISAL, &[&friend], &[("owner", &owner)], [nonce; 32], Settings::default());
        serde_json::to_string(&request).unwrap()
    };
    let (wish, other) = (genesis(1), genesis(2));
    let key = "Idempotency-Key: 7f9c\r\n";
    let first = ask(&owner, "POST /v1/contracts", key, &wish).await;
    assert!(first.0.starts_with("HTTP/1.1 201") && !first.0.contains("idempotent-replayed"), "{first:?}");
    owner.restart().await;
    let again = ask(&owner, "POST /v1/contracts", key, &wish).await;
    assert!(again.0.starts_with("HTTP/1.1 201") && again.0.contains("idempotent-replayed: true"), "{again:?}");
    assert_eq!(first.1, again.1);
    let reused = ask(&owner, "POST /v1/contracts", key, &other).await;
    assert!(reused.0.starts_with("HTTP/1.1 422") && reused.1.contains("idempotency_key_reused"), "{reused:?}");
    assert_eq!(owner.client().all_contracts().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_goes_on_after_a_restart_or_is_told_that_it_must_read_again() {
    let mut owner = Party::start("owner", 73, true).await;
    let friend = Party::start("friend", 74, true).await;
    let offers = events(&friend, "/v1/events", None, |event| is("offered", event));
    let (offers, contract) = tokio::join!(offers, async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        owner.found_as(APPRAISAL, &[&friend], &[("owner", &owner)], [1; 32], Settings::default()).await
    });
    assert_eq!(offers[0]["contract"], json!(contract));
    friend.accept(&contract).await;

    let path = format!("/v1/contracts/{contract}/events");
    // A receipt changes how certain an entry is, also where it makes nothing final: listeners hear of it.
    let receipt = json!({"party": friend.id().to_string(), "position": 2});
    let heard = events(&owner, &path, None, |event| is("received", event) && event["data"] == receipt);
    let (heard, ()) = tokio::join!(heard, async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        owner.mandate(&contract, &["owner"]).await;
    });
    assert_eq!(positions(&heard), [1, 2], "{heard:?}");
    assert!(heard.iter().all(|event| event["contract"] == json!(contract)), "{heard:?}");
    agree(&contract, &[&owner, &friend]).await;
    let first = heard.iter().find(|event| is("extended", event)).unwrap()["id"].as_str().unwrap().to_owned();

    owner.restart().await;
    let told = events(&owner, &path, Some(&first), |event| is("final", event)).await;
    assert_eq!(positions(&told), [2], "{told:?}");
    assert_eq!((told.len(), &told[1]["data"]["position"]), (2, &json!(2)), "{told:?}");
    assert_ne!(told[0]["id"].as_str().unwrap().split('-').next(), first.split('-').next());

    // Another branch than this node has now, another contract's place, and no place at all.
    let elsewhere = first.replace("ent_", "ent_x");
    for lost in [elsewhere.as_str(), "x-1", "nonsense"] {
        let told = events(&owner, &path, Some(lost), |_| true).await;
        assert!(is("gap", &told[0]), "{lost}: {told:?}");
    }
    let told = events(&owner, "/v1/events", Some(&first), |_| true).await;
    assert!(is("gap", &told[0]), "{told:?}");

    let hidden = contract.replace("ctr_", "ctr_a").chars().take(contract.len()).collect::<String>();
    for path in [format!("/v1/contracts/{hidden}/events"), "/v1/contracts/x/events".to_owned()] {
        let (head, body) = ask(&owner, &format!("GET {path}"), "", "").await;
        assert!(head.starts_with("HTTP/1.1 404") && body.contains("unknown_contract"), "{head} {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_count_and_name_nobody_and_lists_have_pages() {
    let owner = Party::start("owner-of-names", 75, true).await;
    let mut friend = Party::start("friend-of-names", 76, true).await;
    let mut contracts = Vec::new();
    for nonce in 1..=3 {
        let others: &[&Party] = &[&friend];
        let actors = [("owner", &owner)];
        contracts.push(owner.found_as(APPRAISAL, others, &actors, [nonce; 32], Settings::default()).await);
    }
    friend.stop().await;
    for contract in &contracts {
        owner.mandate(contract, &["owner"]).await;
    }
    let refused = ask(&owner, &format!("POST /v1/contracts/{}/statements", contracts[0]), "", "{}").await;
    assert!(refused.0.starts_with("HTTP/1.1 400"), "{refused:?}");

    let mut after = String::new();
    let mut seen = Vec::new();
    for _ in 0..10 {
        let (_, body) = ask(&owner, &format!("GET /v1/outbox?limit=1{after}"), "", "").await;
        let page: Value = serde_json::from_str(&body).unwrap();
        let lines = page["outbox"].as_array().unwrap();
        assert!(lines.len() <= 1, "{page}");
        seen.extend(lines.iter().map(|line| line["contract"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    contracts.sort();
    assert_eq!(seen, contracts);
    let bad = ask(&owner, "GET /v1/inbox?after=!", "", "").await;
    assert!(bad.0.starts_with("HTTP/1.1 400"), "{bad:?}");

    let (_, page) = ask(&owner, "GET /metrics", "", "").await;
    for expected in [
        "countersign_entries_total{outcome=\"applied\"} 6\n",
        "countersign_contracts 3\n",
        "countersign_contracts_busy 3\n",
        "countersign_outbox{delivery=\"waiting\"} 3\n",
        "countersign_outbox{delivery=\"dead\"} 0\n",
        "countersign_driver_queue ",
        "countersign_driver_writes_total ",
        "countersign_store_bytes ",
        "countersign_store_syncs_total ",
        "countersign_http_refusals_total{code=\"malformed\"} 2\n",
    ] {
        assert!(page.contains(expected), "{expected} is not in\n{page}");
    }
    let hidden = [token(&owner), owner.id().to_string(), friend.id().to_string(), contracts[0].clone()];
    for word in hidden.iter().map(String::as_str).chain(["-of-names", "ctr_", "idn_", "127.0.0.1"]) {
        assert!(!page.contains(word), "{word} is in\n{page}");
    }
}
