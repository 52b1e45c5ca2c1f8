//! What a node tells programs of its operator.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use countersign_api_model as model;
use countersign_api_model::{AddWebhookRequest, DeliveryStatus, EventKind, ReplayWebhookRequest};

use crate::invite::APPRAISAL;
use crate::kill;
use crate::party::{Party, eventually, told};
use crate::receiver::{Authority, Heard, Receiver, respond};

/// Lets the node speak to receivers on this machine.
const ALLOWED: &str = "\n[outgoing]\nhosts = [{ name = \"127.0.0.1\", http = true, private = true }, \
    { name = \"localhost\", private = true }]\n";

fn allow(party: &Party, more: &str) {
    let path = party.data().join("node.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{config}{ALLOWED}{more}")).unwrap();
}

async fn started(number: u8) -> Party {
    let mut party = Party::make("owner", number, false);
    allow(&party, "");
    party.restart().await;
    party
}

/// A contract of this party alone, in which it can speak.
async fn founded(party: &Party, nonce: u8) -> String {
    let settings = countersign_chain::Settings::default();
    let contract = party.found_as(APPRAISAL, &[], &[("owner", party)], [nonce; 32], settings).await;
    party.mandate(&contract, &["owner"]).await;
    contract
}

async fn say(party: &Party, contract: &str, number: i64) {
    party.say(contract, party.id(), &party.admin, &party.another_mandate(number), &[]).await.unwrap();
}

async fn hook(party: &Party, url: &str, events: &[EventKind], attempts_max: u32) -> String {
    let (url, events, attempts_max) = (url.to_owned(), events.to_vec(), Some(attempts_max));
    let request = AddWebhookRequest { url, events, attempts_max, ..AddWebhookRequest::default() };
    party.client().add_webhook(&request).await.unwrap().id
}

fn events(heard: &[Heard]) -> Vec<model::WebhookEvent> {
    heard.iter().map(|heard| serde_json::from_slice(&heard.body).unwrap()).collect()
}

/// Positions of entries of one contract, in the order in which they were told first.
fn positions(events: &[model::WebhookEvent], contract: &str) -> Vec<u64> {
    let mut positions = Vec::new();
    for event in events.iter().filter(|event| event.kind == EventKind::Extended) {
        let position = event.data["position"].as_u64().unwrap();
        if event.contract.as_deref() == Some(contract) && !positions.contains(&position) {
            positions.push(position);
        }
    }
    positions
}

async fn length(party: &Party, contract: &str) -> u64 {
    party.client().log(contract, None, 1).await.unwrap().length
}

async fn waiting(party: &Party, webhook: &str) -> u64 {
    party.client().webhook(webhook).await.unwrap().waiting
}

fn ok(_: &Heard) -> Vec<u8> {
    respond(200, "text/plain", "")
}

#[tokio::test]
async fn a_program_is_told_what_happens_by_whom_and_in_order() {
    let party = started(90).await;
    let receiver = Receiver::plain(ok).await;
    let url = receiver.url("/hook?from=acme");
    let webhook = hook(&party, &url, &[EventKind::Extended, EventKind::Final], 3).await;
    let contract = founded(&party, 1).await;
    for number in 0..5 {
        say(&party, &contract, number).await;
    }
    let length = length(&party, &contract).await;
    let is_last = |event: &model::WebhookEvent| {
        event.kind == EventKind::Final
            && event.contract.as_deref() == Some(contract.as_str())
            && event.data["position"] == length
    };
    // Finality comes after the entry, and is the last that there is to tell.
    eventually("all is delivered", async || {
        events(&receiver.heard()).iter().any(is_last) && waiting(&party, &webhook).await == 0
    })
    .await;
    let heard = receiver.heard();
    assert_eq!(positions(&events(&heard), &contract), (1..=length).collect::<Vec<_>>());
    assert!(events(&heard).iter().all(|event| matches!(event.kind, EventKind::Extended | EventKind::Final)));
    let key = party.member.node.value().node_key;
    assert!(heard.iter().all(|heard| heard.claim(&url).key == key), "the key on the card of the party");
    assert_eq!(events(&heard)[0].id, heard[0].header("idempotency-key"));
    let shown = party.client().deliveries(&webhook, None, None, 1_000).await.unwrap().deliveries;
    assert_eq!(shown.len(), heard.len());
    let good = |shown: &model::WebhookDelivery| shown.status == DeliveryStatus::Delivered && shown.attempts == 1;
    assert!(shown.iter().all(good), "{shown:?}");
    let page = party.client().deliveries(&webhook, None, None, 3).await.unwrap();
    let rest = party.client().deliveries(&webhook, None, page.next.as_deref(), 1_000).await.unwrap();
    assert_eq!([page.deliveries, rest.deliveries].concat(), shown);
}

#[tokio::test]
async fn one_that_fails_is_tried_again_then_dead_then_sent_by_hand() {
    let party = started(91).await;
    let status = Arc::new(AtomicU16::new(500));
    let (answer, silent) = (Arc::clone(&status), Receiver::plain(|_| Vec::new()).await);
    let receiver = Receiver::plain(move |_| respond(answer.load(Ordering::SeqCst), "text/plain", "no")).await;
    let well = Receiver::plain(ok).await;
    let failing = hook(&party, &receiver.url("/"), &[EventKind::Extended], 2).await;
    let hanging = hook(&party, &silent.url("/"), &[EventKind::Extended], 2).await;
    let healthy = hook(&party, &well.url("/"), &[EventKind::Extended], 2).await;
    let contract = founded(&party, 1).await;
    let length = length(&party, &contract).await;
    let parted = async || waiting(&party, &healthy).await == 0 && silent.heard().len() == 1;
    eventually("the healthy one is told, and the hanging one hangs", parted).await;
    assert_eq!(well.heard().len() as u64, length);
    assert!(waiting(&party, &hanging).await > 0);
    let client = party.client();
    let dead = async || {
        let dead = client.deliveries(&failing, Some(DeliveryStatus::Dead), None, 100).await.unwrap();
        dead.deliveries
    };
    eventually("all are dead", async || dead().await.len() as u64 == length).await;
    let all = dead().await;
    assert!(all.iter().all(|dead| dead.attempts == 2 && dead.last.as_ref().unwrap().answer == Some(500)));
    assert_eq!(receiver.heard().len() as u64, 2 * length);
    status.store(204, Ordering::SeqCst);
    let first = all.last().unwrap();
    client.resend_delivery(&failing, &first.event.id).await.unwrap();
    eventually("it is delivered", async || {
        let done = client.deliveries(&failing, Some(DeliveryStatus::Delivered), None, 100).await.unwrap();
        done.deliveries.iter().any(|done| done.event.id == first.event.id)
    })
    .await;
    assert_eq!(dead().await.len() as u64, length - 1);
    assert_eq!(receiver.heard().last().unwrap().header("idempotency-key"), first.event.id, "under the same id");
    let test = client.test_webhook(&failing).await.unwrap();
    assert_eq!((test.status, test.event.kind), (DeliveryStatus::Delivered, EventKind::Test));
    client.remove_webhook(&hanging).await.unwrap();
    assert!(told(client.webhook(&hanging).await.unwrap_err()).contains("unknown_webhook"));
}

#[tokio::test]
async fn only_what_the_operator_allowed_is_told() {
    let mut party = Party::make("owner", 92, false);
    party.restart().await;
    let client = party.client();
    let add = async |url: &str, contract: Option<&str>| {
        let contracts = contract.map(str::to_owned).into_iter().collect();
        let request = AddWebhookRequest { url: url.to_owned(), contracts, ..AddWebhookRequest::default() };
        client.add_webhook(&request).await.map_err(told).map(|webhook| webhook.id)
    };
    assert!(add("http://127.0.0.1:1/", None).await.unwrap_err().contains("host_not_allowed"));
    assert!(add("erp.example", None).await.unwrap_err().contains("invalid_data"));
    drop(client);
    allow(&party, "");
    party.restart().await;
    let client = party.client();
    let add = async |contract: &str, attempts_max| {
        let (url, contracts) = ("http://127.0.0.1:1/".to_owned(), vec![contract.to_owned()]);
        let request = AddWebhookRequest { url, contracts, attempts_max, ..AddWebhookRequest::default() };
        client.add_webhook(&request).await.map_err(told).map(|webhook| webhook.id)
    };
    assert!(add("ctr_x", None).await.unwrap_err().contains("invalid_data"));
    let contract = founded(&party, 1).await;
    assert!(add(&contract, Some(31)).await.unwrap_err().contains("invalid_data"));
    let webhook = add(&contract, None).await.unwrap();
    let replay = async |request| client.replay_webhook(&webhook, &request).await.map_err(told);
    let nothing = ReplayWebhookRequest::default();
    assert!(replay(nothing.clone()).await.unwrap_err().contains("invalid_data"));
    let since = |since: &str| ReplayWebhookRequest { since: Some(since.to_owned()), ..nothing.clone() };
    assert!(replay(since("yesterday")).await.unwrap_err().contains("invalid_data"));
    assert_eq!(replay(since("9999-01-01")).await.unwrap().queued, 0);
    assert!(told(client.resend_delivery(&webhook, "999").await.unwrap_err()).contains("unknown_delivery"));
}

#[tokio::test]
async fn a_program_that_came_late_is_told_from_the_log() {
    let party = started(93).await;
    let contract = founded(&party, 1).await;
    let other = founded(&party, 2).await;
    for number in 0..4 {
        say(&party, &contract, number).await;
    }
    let receiver = Receiver::plain(ok).await;
    let webhook = hook(&party, &receiver.url("/"), &[EventKind::Extended], 3).await;
    let client = party.client();
    let request = ReplayWebhookRequest { contract: Some(contract.clone()), position: Some(3), since: None };
    let queued = client.replay_webhook(&webhook, &request).await.unwrap().queued;
    let length = length(&party, &contract).await;
    assert_eq!(queued, length - 2);
    eventually("it is told", async || receiver.heard().len() as u64 == queued).await;
    let heard = events(&receiver.heard());
    assert!(heard.iter().all(|event| event.replayed));
    assert_eq!(positions(&heard, &contract), (3..=length).collect::<Vec<_>>());
    let request = ReplayWebhookRequest { since: Some("2000-01-01".to_owned()), ..ReplayWebhookRequest::default() };
    let queued = client.replay_webhook(&webhook, &request).await.unwrap().queued;
    eventually("all is told", async || waiting(&party, &webhook).await == 0).await;
    let heard = events(&receiver.heard());
    assert_eq!(heard.len() as u64, length - 2 + queued);
    assert_eq!(positions(&heard[heard.len() - queued as usize..], &contract), (1..=length).collect::<Vec<_>>());
    assert!(!positions(&heard, &other).is_empty());
}

#[tokio::test]
async fn a_certificate_that_changed_stops_delivery_until_it_holds() {
    let (known, other) = (Authority::new(), Authority::new());
    let mut party = Party::make("owner", 94, false);
    std::fs::write(party.data().join("roots.pem"), known.pem()).unwrap();
    allow(&party, "roots = \"roots.pem\"\n");
    party.restart().await;
    let identity = known.vouch("localhost", false);
    let receiver = Receiver::tls(&identity, ok).await;
    let (url, port) = (receiver.url("/"), receiver.port());
    let webhook = hook(&party, &url, &[EventKind::Extended], 30).await;
    let contract = founded(&party, 1).await;
    let before = length(&party, &contract).await;
    eventually("all is told", async || receiver.heard().len() as u64 == before).await;
    drop(receiver);
    let false_one = Receiver::tls_at(port, &other.vouch("localhost", false), ok).await;
    say(&party, &contract, 1).await;
    let client = party.client();
    eventually("it is not told", async || {
        let shown = client.deliveries(&webhook, None, None, 1).await.unwrap().deliveries;
        shown[0].last.as_ref().is_some_and(|last| last.error.as_deref() == Some("untrusted_certificate"))
    })
    .await;
    assert_eq!(false_one.heard().len(), 0, "nothing of it left the node");
    drop(false_one);
    let receiver = Receiver::tls_at(port, &known.vouch("localhost", false), ok).await;
    eventually("it is told", async || waiting(&party, &webhook).await == 0).await;
    assert_eq!(positions(&events(&receiver.heard()), &contract), [before + 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_in_a_test_gives_its_id_to_no_event() {
    let party = Party::make("owner", 97, false);
    allow(&party, "");
    let port = Receiver::free_port().await;
    let process = kill::start(&party).await;
    let webhook = hook(&party, &format!("http://127.0.0.1:{port}/"), &[EventKind::Extended], 30).await;
    let silent = Receiver::plain_at(port, |_| Vec::new()).await;
    let client = party.client();
    tokio::select! {
        test = client.test_webhook(&webhook) => panic!("nobody answered: {test:?}"),
        () = eventually("it is heard", async || silent.heard().len() == 1) => drop(process),
    }
    let test = events(&silent.heard()).remove(0);
    drop(silent);
    let _process = kill::start(&party).await;
    let receiver = Receiver::plain_at(port, ok).await;
    founded(&party, 1).await;
    eventually("all is told", async || !receiver.heard().is_empty() && waiting(&party, &webhook).await == 0).await;
    let heard = events(&receiver.heard());
    assert!(heard.iter().all(|event| event.id != test.id && event.kind == EventKind::Extended), "{heard:?}");
    let dead = party.client().deliveries(&webhook, Some(DeliveryStatus::Dead), None, 10).await.unwrap().deliveries;
    assert_eq!(dead.iter().map(|dead| &dead.event.id).collect::<Vec<_>>(), [&test.id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_between_log_and_request_loses_nothing() {
    let party = Party::make("owner", 95, false);
    allow(&party, "");
    let port = Receiver::free_port().await;
    let mut process = kill::start(&party).await;
    let webhook = hook(&party, &format!("http://127.0.0.1:{port}/"), &[EventKind::Extended], 30).await;
    let contract = founded(&party, 1).await;
    let mut number = 0;
    // Nobody listens: whatever is acknowledged has to come later. Then somebody does, and hears some of it twice.
    let mut all = Vec::new();
    for round in 0..4 {
        let receiver = if round % 2 == 1 { Some(Receiver::plain_at(port, ok).await) } else { None };
        for _ in 0..10 {
            number += 1;
            say(&party, &contract, number).await;
        }
        drop(process);
        all.extend(receiver.map(|receiver| events(&receiver.heard())).unwrap_or_default());
        process = kill::start(&party).await;
    }
    let receiver = Receiver::plain_at(port, ok).await;
    let length = length(&party, &contract).await;
    eventually("all is told", async || waiting(&party, &webhook).await == 0).await;
    all.extend(events(&receiver.heard()));
    assert_eq!(positions(&all, &contract), (1..=length).collect::<Vec<_>>(), "in order, and none is missing");
    assert!(length >= 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_events_come_in_order_while_some_requests_fail() {
    let party = started(96).await;
    let count = AtomicU16::new(0);
    let receiver = Receiver::plain(move |_| match count.fetch_add(1, Ordering::SeqCst) % 200 {
        199 => respond(503, "text/plain", "busy"),
        _ => ok(&Heard::default()),
    });
    let receiver = receiver.await;
    let contract = founded(&party, 1).await;
    for number in 0..120 {
        say(&party, &contract, number).await;
    }
    let webhook = hook(&party, &receiver.url("/"), &[EventKind::Extended], 30).await;
    let length = length(&party, &contract).await;
    let mut queued = 0;
    while queued < 1_000 {
        let request = ReplayWebhookRequest { contract: Some(contract.clone()), position: Some(1), since: None };
        queued += party.client().replay_webhook(&webhook, &request).await.unwrap().queued;
    }
    let began = std::time::Instant::now();
    while waiting(&party, &webhook).await > 0 && began.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A failed request is heard, too: what counts is the first of each id.
    let mut seen = std::collections::BTreeSet::new();
    let mut told = events(&receiver.heard());
    told.retain(|event| seen.insert(event.id.clone()));
    assert_eq!(told.len() as u64, queued);
    for round in told.chunks(length as usize) {
        assert_eq!(positions(round, &contract), (1..=length).collect::<Vec<_>>());
    }
}
