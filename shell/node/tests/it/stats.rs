//! How a node does, which nodes it knows, and who is in its contracts.

use countersign_api_model::{CheckRequest, GiveNameRequest, Histogram};
use countersign_codec::Encode;
use countersign_types::to_base32;

use crate::invite::APPRAISAL;
use crate::party::{Party, agree};

fn sum(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

fn all(histogram: &Histogram) -> u64 {
    assert_eq!(histogram.counts.len(), histogram.bounds_ms.len() + 1);
    sum(&histogram.counts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_tells_its_last_hour_its_peers_and_its_people() {
    let owner = Party::start("owner", 121, true).await;
    let friend = Party::start("friend", 122, true).await;
    let contract = owner.found(APPRAISAL, &[&friend], &[("owner", &owner)]).await;
    friend.accept(&contract).await;
    owner.mandate(&contract, &["owner"]).await;
    agree(&contract, &[&owner, &friend]).await;
    let (client, others) = (owner.client(), friend.client());

    let stats = client.stats().await.unwrap();
    let series = &stats.series;
    assert_eq!((sum(&series.submitted), sum(&series.entries), sum(&series.settled)), (2, 2, 2), "{stats:?}");
    assert_eq!((sum(&series.refused), all(&stats.final_times)), (0, 2));
    assert!(sum(&series.requests) > 5 && sum(&series.requests) == all(&stats.request_times), "{stats:?}");
    assert!(series.requests.len() <= 360 && series.requests.len() == series.settled.len() && stats.step_seconds == 10);
    assert_eq!((stats.contracts.total, stats.contracts.loaded), (1, 1));
    assert_eq!((stats.outbox.waiting, stats.outbox.dead), (0, 0));
    assert!(stats.storage_bytes > 0 && (stats.memory_bytes.is_some() || !cfg!(target_os = "linux")));
    let seen = others.stats().await.unwrap().series;
    assert_eq!((sum(&seen.submitted), sum(&seen.entries), sum(&seen.settled)), (0, 2, 2));
    assert!(client.entry(&contract, "9").await.is_err());
    assert_eq!(sum(&client.stats().await.unwrap().series.refused), 1);

    let peer = client.peers().await.unwrap().peers.remove(0);
    assert_eq!((peer.parties, peer.name), (vec![friend.id().to_string()], None));
    assert!(peer.last_seen.is_some() && peer.check.is_none());
    let name = GiveNameRequest { name: "Friend & Co".to_owned() };
    client.give_name(&friend.id().to_string(), &name).await.unwrap();
    let report = client.check(&CheckRequest { card: to_base32(&friend.member.to_bytes()) }).await.unwrap();
    let peer = client.peers().await.unwrap().peers.remove(0);
    assert_eq!((peer.name.as_deref(), peer.check.unwrap().report), (Some("Friend & Co"), report));

    let people = client.people().await.unwrap().people;
    assert!(people.is_sorted_by(|left, right| left.identity < right.identity));
    let who = |id: String| people.iter().find(|person| person.identity == id).unwrap();
    let (own, other) = (who(owner.id().to_string()), who(friend.id().to_string()));
    assert_eq!((own.kind.as_str(), own.own, own.name.as_deref()), ("organisation", true, Some("owner")));
    assert_eq!((other.kind.as_str(), other.own, other.name.as_deref()), ("organisation", false, Some("Friend & Co")));
    let person = who(owner.inception.id().to_string());
    let there = &person.contracts[0];
    assert_eq!((people.len(), person.kind.as_str(), person.own), (3, "person", true));
    assert_eq!((&there.contract, there.keys.len(), there.mandates.len()), (&contract, 1, 1));
    assert_eq!(there.mandates[0].mandate["actors"], serde_json::json!(["owner"]));
    assert_eq!(others.people().await.unwrap().people.len(), 3);
}
