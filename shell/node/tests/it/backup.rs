//! A node that is started from an old copy of its data (decision 0012).

use std::path::Path;

use countersign_chain::Settings;

use crate::api::ask;
use crate::invite::APPRAISAL;
use crate::party::{Party, agree, eventually};

async fn say(party: &Party, contract: &str, number: i64) -> Result<(), String> {
    party.say(contract, party.id(), &party.admin, &party.another_mandate(number), &[]).await.map(drop)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for line in std::fs::read_dir(from).unwrap() {
        let line = line.unwrap();
        let (path, target) = (line.path(), to.join(line.file_name()));
        if path.is_dir() { copy(&path, &target) } else { assert!(std::fs::copy(&path, &target).is_ok()) }
    }
}

/// Two parties agree; then the owner's store is what it was two statements ago, and its node does not run.
async fn set_back(number: u8) -> (Party, Party, String) {
    let mut owner = Party::start("owner", number, true).await;
    let friend = Party::start("friend", number + 1, true).await;
    let contract = owner.found_as(APPRAISAL, &[&friend], &[("owner", &owner)], [1; 32], Settings::default()).await;
    friend.accept(&contract).await;
    owner.mandate(&contract, &["owner"]).await;
    friend.mandate(&contract, &[]).await;
    agree(&contract, &[&owner, &friend]).await;
    owner.stop().await;
    let (store, backup) = (owner.data().join("store"), owner.home.path().join("backup"));
    copy(&store, &backup);
    owner.restart().await;
    say(&owner, &contract, 1).await.unwrap();
    say(&friend, &contract, 2).await.unwrap();
    agree(&contract, &[&owner, &friend]).await;
    owner.stop().await;
    std::fs::remove_dir_all(&store).unwrap();
    copy(&backup, &store);
    (owner, friend, contract)
}

async fn metric(party: &Party, name: &str) -> String {
    let (_, text) = ask(party, "GET /metrics", "", "").await;
    text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_copy_is_found_before_it_signs_and_recovers_when_asked() {
    let (mut owner, friend, contract) = set_back(81).await;
    let height = friend.view(&contract).await.position;
    owner.restart().await;
    // The first thing that anybody asks of it: it asks the other first.
    let refused = say(&owner, &contract, 3).await.unwrap_err();
    assert!(refused.starts_with("old_backup: "), "{refused}");
    let view = owner.view(&contract).await;
    assert!(view.old_backup.is_some_and(|old| !old.recovering));
    // It takes over what the other holds, and survives a restart as it is.
    eventually("the owner holds all", async || owner.view(&contract).await.position == height).await;
    owner.restart().await;
    assert!(owner.view(&contract).await.old_backup.is_some());
    assert_eq!(say(&owner, &contract, 3).await.unwrap_err(), refused);
    assert_eq!(metric(&owner, "countersign_contracts_stopped").await, "countersign_contracts_stopped 1");
    // What the friend says in between is held here, and not countersigned.
    say(&friend, &contract, 4).await.unwrap();
    eventually("the owner reads on", async || owner.view(&contract).await.position == height + 1).await;
    assert!(owner.view(&contract).await.final_position <= height);
    owner.client().recover(&contract).await.unwrap();
    eventually("it signs again", async || owner.view(&contract).await.old_backup.is_none()).await;
    say(&owner, &contract, 5).await.unwrap();
    agree(&contract, &[&owner, &friend]).await;
    assert_eq!(metric(&owner, "countersign_contracts_stopped").await, "countersign_contracts_stopped 0");
    let again = owner.client().recover(&contract).await.unwrap_err().to_string();
    assert!(again.contains("not_stopped") || again.contains("signs in that contract"), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_copy_is_found_when_another_party_speaks_and_recovers_only_with_its_word() {
    let (mut owner, mut friend, contract) = set_back(83).await;
    owner.restart().await;
    say(&friend, &contract, 3).await.unwrap();
    eventually("it stops", async || owner.view(&contract).await.old_backup.is_some()).await;
    let held = friend.view(&contract).await.position;
    eventually("the owner holds all", async || owner.view(&contract).await.position == held).await;
    friend.stop().await;
    // A word from before the question does not count, and nobody is there to give another.
    owner.restart().await;
    let view = owner.client().recover(&contract).await.unwrap();
    assert_eq!(view.old_backup.unwrap().waiting_for, vec![friend.id().to_string()]);
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert!(owner.view(&contract).await.old_backup.is_some_and(|old| old.recovering));
    friend.restart().await;
    eventually("it signs again", async || owner.view(&contract).await.old_backup.is_none()).await;
    agree(&contract, &[&owner, &friend]).await;
}
