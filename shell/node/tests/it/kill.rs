//! A node that is killed at any moment, in a process of its own.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use countersign_api_model as model;
use countersign_chain::Settings;
use countersign_crypto::Seed;
use countersign_node::Node;

use crate::invite::APPRAISAL;
use crate::party::{Party, agree, eventually, passphrase};

/// The variable that makes [`child`] a node: its data directory.
const DATA: &str = "COUNTERSIGN_TEST_NODE";

/// Not a test of its own: the node that is killed, when this binary is started again with [`DATA`].
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let _node = Node::start(data.as_ref(), &passphrase()).await.unwrap();
    std::future::pending::<()>().await;
}

/// A node in another process; killed when dropped.
pub struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL: nothing is flushed, nothing is said.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub async fn start(party: &Party) -> Process {
    let _ = std::fs::remove_file(party.data().join("api.address"));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kill::child", "--nocapture"]).env(DATA, party.data());
    let process = Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    eventually("the child runs", async || match countersign_client::Client::of_folder(&party.data()) {
        Ok(client) => client.ready().await.is_ok(),
        Err(_) => false,
    })
    .await;
    process
}

async fn say(party: &Party, contract: &str, number: i64) -> Option<model::Submitted> {
    party.say(contract, party.id(), &party.admin, &party.another_mandate(number), &[]).await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_kill_9() {
    let soak = std::env::var_os("COUNTERSIGN_SOAK").is_some();
    let rounds = if soak { 100 } else { 10 };
    let friend = Party::start("friend", 51, true).await;
    let owner = Party::make("owner", 52, true);
    let mut process = start(&owner).await;
    let contract = owner.found_as(APPRAISAL, &[&friend], &[("owner", &owner)], [1; 32], Settings::default()).await;
    friend.accept(&contract).await;
    owner.mandate(&contract, &["owner"]).await;
    friend.mandate(&contract, &[]).await;
    let mut acknowledged = Vec::new();
    let mut number = 0;
    let mut chance = Seed::new([53; 32]);
    for _ in 0..rounds {
        let moment = Duration::from_millis(u64::from(chance.array::<1>()[0]) * 2);
        let killed = tokio::time::sleep(moment);
        tokio::pin!(killed);
        loop {
            number += 1;
            let both = async {
                let theirs = if number % 4 == 0 { say(&friend, &contract, number).await } else { None };
                (say(&owner, &contract, number).await, theirs)
            };
            tokio::select! {
                // An answer that arrived is an acknowledgement, whatever happens then.
                biased;
                (ours, theirs) = both => acknowledged.extend(ours.into_iter().chain(theirs)),
                () = &mut killed => break,
            }
        }
        drop(process);
        process = start(&owner).await;
    }
    assert!(acknowledged.len() >= rounds, "only {} acknowledged", acknowledged.len());
    agree(&contract, &[&owner, &friend]).await;
    let log = owner.client().whole_log(&contract, None).await.unwrap();
    for submitted in &acknowledged {
        let standing = log.iter().filter(|entry| entry.statement == submitted.statement);
        let applied = standing.filter(|entry| entry.outcome == model::Outcome::Applied).count();
        assert_eq!(applied, 1, "{submitted:?}");
    }
    eprintln!("{} acknowledged over {rounds} kills, all on the log", acknowledged.len());
}
