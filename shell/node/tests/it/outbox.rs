//! What waits to be delivered, what rests, and a disk that refuses.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use countersign_api_model as model;
use countersign_chain::Settings;
use countersign_node::StartOptions;
use countersign_store::Options;
use countersign_types::Timestamp;

use crate::invite::APPRAISAL;
use crate::party::{Party, agree, eventually, now, told};

async fn lines(party: &Party) -> Vec<model::OutboxLine> {
    party.client().outbox().await.unwrap().outbox
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_peer_is_listed_and_can_be_sent_again() {
    let owner = Party::start("owner", 31, true).await;
    let mut friend = Party::start("friend", 32, true).await;
    let contract = owner.found_as(APPRAISAL, &[&friend], &[("owner", &owner)], [1; 32], Settings::default()).await;
    friend.accept(&contract).await;
    agree(&contract, &[&owner, &friend]).await;
    eventually("nothing waits", async || lines(&owner).await.is_empty()).await;

    friend.stop().await;
    owner.mandate(&contract, &["owner"]).await;
    eventually("it is tried again", async || {
        let lines = lines(&owner).await;
        lines.len() == 1 && lines[0].attempts >= 2
    })
    .await;
    let line = lines(&owner).await.remove(0);
    assert_eq!(
        (line.contract.as_str(), line.party.clone(), line.delivery.as_str()),
        (contract.as_str(), friend.id().to_string(), "waiting")
    );
    assert!(line.unacknowledged >= 2 && line.since.is_some() && line.retry_at.is_some(), "{line:?}");
    assert_eq!(owner.view(&contract).await.waiting.len(), 1);

    friend.restart().await;
    let request = model::ResendRequest { contract: Some(contract.clone()), party: None };
    owner.client().resend(&request).await.unwrap();
    agree(&contract, &[&owner, &friend]).await;
    eventually("nothing waits", async || lines(&owner).await.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_shown_with_its_code() {
    let owner = Party::start("owner", 33, true).await;
    let friend = Party::start("friend", 34, true).await;
    let contract = owner.found_as(APPRAISAL, &[&friend], &[("owner", &owner)], [1; 32], Settings::default()).await;
    owner.mandate(&contract, &["owner"]).await;
    eventually("the refusal is shown", async || {
        lines(&owner).await.iter().any(|line| line.refused.as_deref() == Some("unknown_contract"))
    })
    .await;
    friend.accept(&contract).await;
    agree(&contract, &[&owner, &friend]).await;
    eventually("nothing waits", async || lines(&owner).await.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_month_an_outbox_rests_until_somebody_sends_again() {
    let mut owner = Party::make("owner", 38, true);
    let days = Arc::new(AtomicI64::new(0));
    let read = Arc::clone(&days);
    let clock = move || Timestamp::from_millis(now().millis() + read.load(Ordering::Relaxed) * 86_400_000).unwrap();
    owner.restart_with(StartOptions { clock: Arc::new(clock), ..StartOptions::default() }).await;
    let mut friend = Party::start("friend", 39, true).await;
    let contract = owner.found_as(APPRAISAL, &[&friend], &[("owner", &owner)], [1; 32], Settings::default()).await;
    friend.accept(&contract).await;
    agree(&contract, &[&owner, &friend]).await;
    friend.stop().await;
    owner.mandate(&contract, &["owner"]).await;
    eventually("it waits", async || lines(&owner).await.iter().any(|line| line.delivery == "waiting")).await;
    days.store(31, Ordering::Relaxed);
    eventually("it rests", async || lines(&owner).await.iter().any(|line| line.delivery == "dead")).await;

    friend.restart().await;
    days.store(0, Ordering::Relaxed);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let request = model::ResendRequest { contract: None, party: Some(friend.id().to_string()) };
    owner.client().resend(&request).await.unwrap();
    agree(&contract, &[&owner, &friend]).await;
    eventually("nothing waits", async || lines(&owner).await.is_empty()).await;
}

const QUIET: &str = r#"
scenario: countersign/scenario/v1
name: quiet
title: A quiet contract
language: en
comments: none
actors:
  owner: {title: Owner}
actions:
  act: {title: Act, kind: performative, by: owner}
initial: waiting
states:
  waiting: {title: Waiting, transitions: [{on: act, goto: done}]}
  done: {title: Done, final: success}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contracts_in_which_nothing_is_open_are_not_loaded_at_start() {
    const IDLE: u32 = 2_000;
    let mut owner = Party::start("owner", 35, true).await;
    let friend = Party::start("friend", 36, true).await;
    let mut founded = tokio::task::JoinSet::new();
    for number in 0..IDLE {
        let mut nonce = [2; 32];
        nonce[..4].copy_from_slice(&number.to_be_bytes());
        let request = owner.founding(QUIET, &[], &[("owner", &owner)], nonce, Settings::default());
        let client = owner.client();
        founded.spawn(async move { client.found(&request).await.unwrap().contract });
        if founded.len() >= 64 {
            founded.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(one) = founded.join_next().await {
        one.unwrap();
    }
    // Nobody answers here: this one stays open.
    let open = owner.found_as(APPRAISAL, &[&friend], &[("owner", &owner)], [1; 32], Settings::default()).await;
    let began = std::time::Instant::now();
    owner.restart().await;
    let took = began.elapsed();
    // What was under way when the node stopped is loaded once more, and comes to rest.
    let mut loaded = owner.node.as_ref().unwrap().contracts_loaded().await;
    assert!(loaded < 64, "{loaded} of {IDLE} contracts were loaded");
    for _ in 0..3 {
        if loaded == 1 {
            break;
        }
        owner.restart().await;
        loaded = owner.node.as_ref().unwrap().contracts_loaded().await;
    }
    assert_eq!(loaded, 1);
    assert_eq!(owner.client().node().await.unwrap().contracts, u64::from(IDLE) + 1);
    // Most of it is the key derivation of the keystore and the stop before.
    assert!(took < std::time::Duration::from_secs(15), "{took:?}");
    assert_eq!(owner.view(&open).await.status, model::ContractStatus::Active);
}

/// Bytes that are free where a path is.
fn free(path: &Path) -> Option<u64> {
    let out = std::process::Command::new("df").args(["--output=avail", "-B1"]).arg(path).output().ok()?;
    String::from_utf8(out.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
}

/// A statement that always fits: another mandate.
async fn say(party: &Party, contract: &str, until: i64) -> Result<model::Submitted, String> {
    party.say(contract, party.id(), &party.admin, &party.another_mandate(until), &[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_nothing_is_lost() {
    const ROOM: u64 = 64 << 20;
    let shared = Path::new("/dev/shm");
    let (Some(available), Ok(folder)) = (free(shared), tempfile::tempdir_in(shared)) else {
        eprintln!("skipped: no memory file system at /dev/shm");
        return;
    };
    if available < 4 * ROOM {
        eprintln!("skipped: /dev/shm is too small");
        return;
    }
    let mut owner = Party::make("owner", 37, true);
    owner.home = {
        let moved = tempfile::tempdir_in(folder.path()).unwrap();
        let copied = std::process::Command::new("cp").arg("-a").arg(owner.data()).arg(moved.path()).status().unwrap();
        assert!(copied.success());
        moved
    };
    let store = Options { reserve_bytes: available - ROOM, ..Options::default() };
    owner.restart_with(StartOptions { store, ..StartOptions::default() }).await;
    let contract = owner.found_as(APPRAISAL, &[], &[("owner", &owner)], [1; 32], Settings::default()).await;
    owner.mandate(&contract, &["owner"]).await;
    agree(&contract, &[&owner]).await;
    let before = owner.view(&contract).await;

    let filler = folder.path().join("filler");
    std::fs::write(&filler, vec![1; 2 * ROOM as usize]).unwrap();
    let refused = say(&owner, &contract, 1).await.unwrap_err();
    assert!(refused.contains("disk_full"), "{refused}");
    let client = owner.client();
    let founding = owner.founding(QUIET, &[], &[("owner", &owner)], [9; 32], Settings::default());
    let refused = told(client.found(&founding).await.unwrap_err());
    assert!(refused.contains("disk_full"), "{refused}");
    assert_eq!(owner.view(&contract).await, before, "memory is what the disk is");
    assert_eq!(client.contracts(None, 10).await.unwrap().contracts.len(), 1);

    std::fs::remove_file(&filler).unwrap();
    say(&owner, &contract, 1).await.unwrap();
    client.found(&founding).await.unwrap();
    let after = owner.view(&contract).await;
    assert_eq!(after.position, before.position + 1);
    owner.stop().await;
    let store = Options { reserve_bytes: 0, ..Options::default() };
    owner.restart_with(StartOptions { store, ..StartOptions::default() }).await;
    assert_eq!(owner.view(&contract).await.state_hash, after.state_hash);
    owner.stop().await;
}
