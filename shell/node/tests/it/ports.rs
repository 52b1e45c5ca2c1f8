//! Nodes without an open port, nodes that were away, and two who speak at once.

use countersign_api_model as model;
use countersign_codec::{Encode, Json};
use countersign_contract::Response;
use countersign_types::to_base32;

use crate::lease::{LEASE, draft, nothing, response};
use crate::party::{Party, agree, eventually};

pub async fn know(party: &Party, other: &Party) {
    let request = model::AddPeerRequest { card: to_base32(&other.member.to_bytes()) };
    let view = party.client().add_peer(&request).await.unwrap();
    // What else is said of it may have changed already: it may have spoken.
    let peers = party.client().peers().await.unwrap().peers;
    assert!(peers.iter().any(|peer| peer.node_key == view.node_key), "{peers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_come_in_pages() {
    let landlord = Party::start("landlord", 19, true).await;
    for number in [16, 17, 18] {
        know(&landlord, &Party::make("partner", number, true)).await;
    }
    let all = landlord.client().peers().await.unwrap().peers;
    assert!(all.len() == 3 && all.is_sorted_by(|left, right| left.node_key < right.node_key), "{all:?}");
    let page = async |query: &str| -> model::PeerList {
        let (head, body) = crate::api::ask(&landlord, &format!("GET /v1/peers?{query}"), "", "").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        serde_json::from_str(&body).unwrap()
    };
    let first = page("limit=2").await;
    assert_eq!(first.peers, all[..2]);
    let rest = page(&format!("limit=2&after={}", first.next.unwrap())).await;
    assert_eq!((&rest.peers[..], rest.next), (&all[2..], None));
    let refused = crate::api::ask(&landlord, "GET /v1/peers?limit=0", "", "").await;
    assert!(refused.0.starts_with("HTTP/1.1 400") && refused.1.contains("malformed"), "{refused:?}");
}

/// The lease with its first two steps taken: `signing`.
async fn to_signing(landlord: &Party, tenant: &Party, bank: &Party) -> String {
    let actors = [("landlord", landlord), ("tenant", tenant), ("bank", bank)];
    let lease = landlord.found(LEASE, &[tenant, bank], &actors).await;
    tenant.accept(&lease).await;
    bank.accept(&lease).await;
    landlord.mandate(&lease, &["employee", "landlord"]).await;
    tenant.mandate(&lease, &["tenant"]).await;
    bank.mandate(&lease, &["bank"]).await;
    let (drafted, text) = draft("950.00");
    landlord.act(&lease, drafted, &[text]).await.unwrap();
    landlord.act(&lease, response("landlord", "review", Some("approve"), nothing()), &[]).await.unwrap();
    lease
}

fn sign(actor: &str) -> Response {
    response(actor, "sign", None, nothing())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_three_have_no_open_port() {
    let landlord = Party::start("landlord", 21, true).await;
    let mut tenant = Party::start("tenant", 22, false).await;
    let bank = Party::start("bank", 23, false).await;
    know(&tenant, &landlord).await;
    know(&bank, &landlord).await;
    let lease = to_signing(&landlord, &tenant, &bank).await;
    eventually("the tenant sees the draft", async || tenant.state(&lease).await == "signing").await;
    // What it knows of its partner outlives a restart.
    tenant.restart().await;
    tenant.act(&lease, sign("tenant"), &[]).await.unwrap();
    eventually("the landlord sees the signature", async || {
        landlord.view(&lease).await.process.unwrap().previous.len() == 3
    })
    .await;
    landlord.act(&lease, sign("landlord"), &[]).await.unwrap();
    eventually("the bank sees both", async || bank.state(&lease).await == "guaranteeing").await;
    bank.act(&lease, response("bank", "guarantee", None, nothing()), &[]).await.unwrap();
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    assert_eq!(tenant.state(&lease).await, "in_force");
    for party in [&landlord, &tenant, &bank] {
        eventually("nothing waits", async || party.client().outbox().await.unwrap().outbox.is_empty()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sign_in_the_same_moment_and_both_signatures_count() {
    let mut landlord = Party::start("landlord", 24, true).await;
    let mut tenant = Party::start("tenant", 25, true).await;
    let bank = Party::start("bank", 26, true).await;
    let lease = to_signing(&landlord, &tenant, &bank).await;
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    let before = landlord.view(&lease).await.position;
    // Neither is there while the other signs.
    tenant.stop().await;
    let theirs = landlord.act(&lease, sign("landlord"), &[]).await.unwrap();
    landlord.stop().await;
    // The bank was told by the landlord and would tell the tenant.
    let mut bank = bank;
    bank.stop().await;
    tenant.restart().await;
    tenant.act(&lease, sign("tenant"), &[]).await.unwrap();
    let alone = tenant.view(&lease).await;
    assert_eq!((alone.position, theirs.position), (before + 1, before + 1), "both stand at the same position");
    landlord.restart().await;
    bank.restart().await;
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    let log = bank.client().whole_log(&lease, Some(before)).await.unwrap();
    let applied = log.iter().filter(|entry| entry.kind == "response" && entry.outcome == model::Outcome::Applied);
    assert_eq!(applied.count(), 2, "{log:?}");
    assert_eq!(bank.state(&lease).await, "guaranteeing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_away_catches_up_by_itself() {
    let landlord = Party::start("landlord", 27, true).await;
    let tenant = Party::start("tenant", 28, true).await;
    let mut bank = Party::start("bank", 29, true).await;
    let actors = [("landlord", &landlord), ("tenant", &tenant), ("bank", &bank)];
    let lease = landlord.found(LEASE, &[&tenant, &bank], &actors).await;
    tenant.accept(&lease).await;
    bank.accept(&lease).await;
    landlord.mandate(&lease, &["employee", "landlord"]).await;
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    bank.stop().await;
    let (drafted, text) = draft("950.00");
    landlord.act(&lease, drafted, &[text]).await.unwrap();
    let comment = Json::map([("comment", Json::text("Add the garden."))]);
    landlord.act(&lease, response("landlord", "review", Some("reject"), comment), &[]).await.unwrap();
    let (drafted, text) = draft("975.50");
    landlord.act(&lease, drafted, &[text]).await.unwrap();
    let view = landlord.view(&lease).await;
    assert!(view.final_position < view.position, "nothing is final without the bank");
    bank.restart().await;
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    assert_eq!(bank.view(&lease).await.position, view.position);
}

/// Neither has an open port: what one says waits calmly, and goes its way once the other can be called.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_without_a_port_rest_until_one_opens() {
    let landlord = Party::start("landlord", 71, false).await;
    let mut tenant = Party::start("tenant", 72, false).await;
    let bank = Party::make("bank", 73, false);
    let actors = [("landlord", &landlord), ("tenant", &tenant), ("bank", &bank)];
    let lease = landlord.found(LEASE, &[&tenant, &bank], &actors).await;
    landlord.mandate(&lease, &["employee", "landlord"]).await;
    let busy = async || {
        let (_, page) = crate::api::ask(&landlord, "GET /metrics", "", "").await;
        page.contains("countersign_contracts_busy 1\n")
    };
    eventually("nothing can be done", async || !busy().await).await;
    let waiting = landlord.client().outbox().await.unwrap().outbox;
    assert!(
        waiting.len() == 2 && waiting.iter().all(|line| line.retry_at.is_none() && line.since.is_some()),
        "{waiting:?}"
    );
    // The tenant opens a port, and its new card says so.
    tenant.open_port().await;
    know(&landlord, &tenant).await;
    tenant.accept(&lease).await;
    eventually("the tenant has it", async || tenant.view(&lease).await.position == 2).await;
}
