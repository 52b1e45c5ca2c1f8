//! "We try it first, and nobody is bound": nodes of the test network, and how they keep away from the others.

use countersign_api_model as model;
use countersign_chain::{Network, Settings};

use crate::invite::APPRAISAL;
use crate::lease::{nothing, response};
use crate::party::{Party, agree, told};
use countersign_contract::Payload;

async fn on_test(name: &str, number: u8) -> Party {
    let mut party = Party::make(name, number, true);
    party.set_network(Network::Test);
    party.restart().await;
    party
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_runs_as_a_contract_does_and_is_never_taken_for_one() {
    let (mut owner, friend) = (on_test("owner", 91).await, on_test("friend", 92).await);
    assert_eq!(owner.client().node().await.unwrap().network, model::Network::Test);
    let trial = owner.found(APPRAISAL, &[&friend], &[("owner", &owner)]).await;
    friend.accept(&trial).await;
    let payload = Payload::Response(response("owner", "ask", None, nothing()));
    owner.say(&trial, owner.id(), &owner.admin, &payload, &[]).await.unwrap();
    agree(&trial, &[&owner, &friend]).await;
    assert_eq!(friend.view(&trial).await.network, model::Network::Test);
    let listed = friend.client().contracts(None, 10).await.unwrap().contracts;
    assert_eq!(listed.iter().map(|one| one.network).collect::<Vec<_>>(), [model::Network::Test]);
    let verdict = countersign_proof::verify(&owner.client().proof(&trial).await.unwrap(), None);
    assert!(verdict.is_proven());
    assert_eq!(verdict.proven[0].code, "test_network", "before all that is proven");

    // A contract that binds finds no place on a node of the test network, and a trial none on another.
    let stranger = Party::start("stranger", 93, true).await;
    let binding = stranger.founding(APPRAISAL, &[], &[("owner", &stranger)], [1; 32], Settings::default());
    assert!(stranger.client().found(&binding).await.is_ok());
    let trial_again = owner.founding(APPRAISAL, &[], &[("owner", &owner)], [2; 32], Settings::default());
    owner.stop().await;
    owner.set_network(Network::Real);
    owner.restart().await;
    assert!(told(owner.client().found(&trial_again).await.unwrap_err()).starts_with("wrong_network: "));
    // What it took part in stays what it was.
    assert_eq!(owner.view(&trial).await.network, model::Network::Test);
    let real = owner.founding(APPRAISAL, &[], &[("owner", &owner)], [3; 32], Settings::default());
    owner.stop().await;
    owner.set_network(Network::Test);
    owner.restart().await;
    assert!(told(owner.client().found(&real).await.unwrap_err()).starts_with("wrong_network: "));
}
