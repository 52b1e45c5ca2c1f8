//! A newcomer: link, words, confirmation.

use countersign_api_model as model;
use countersign_chain::{Settings, Statement};
use countersign_client::Client;
use countersign_codec::{Decode, Json};
use countersign_contract::{Payload, Response};
use countersign_types::{Signed, from_base32};

use crate::party::{Party, agree, eventually, signed, told};

pub const APPRAISAL: &str = r#"
scenario: countersign/scenario/v1
name: appraisal
title: Appraisal of a house
language: en
comments: none
actors:
  owner: {title: Owner}
  assessor: {title: Assessor, joins: invitation, data: {licence: {type: text, max: 10}}}
  second: {title: Second assessor, joins: invitation}
vars: {value: decimal}
actions:
  ask: {title: Ask, kind: performative, by: owner}
  report:
    title: Report
    kind: performative
    by: [assessor, second]
    data: {value: decimal}
    do: [{set: vars.value, to: data.value}]
initial: asking
states:
  asking: {title: The owner asks, transitions: [{on: ask, goto: assessing}]}
  assessing: {title: Assessors look, transitions: [{on: report, goto: done}, {after: P10D, goto: late}]}
  late: {title: The assessor is late, transitions: [{on: report, goto: done}, {on: ask, goto: assessing}]}
  done: {title: The value is known, final: success}
"#;

fn response(actor: &str, action: &str, data: Json) -> Response {
    Response {
        process: "main".to_owned(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        response: None,
        data,
        attachments: Default::default(),
    }
}

/// The link, once its `invite` stands in the log.
async fn invite(owner: &Party, contract: &str, actor: &str, seconds: u64) -> String {
    let draft = draft(owner, contract, actor, seconds).await;
    let request = signed(&draft.statement, &draft.opening, &owner.admin);
    owner.client().submit(contract, &request).await.unwrap();
    draft.link
}

async fn draft(owner: &Party, contract: &str, actor: &str, seconds: u64) -> model::InviteDraft {
    let request = model::InviteRequest {
        author: owner.id().to_string(),
        key: owner.admin_key(),
        actors: vec![actor.to_owned()],
        hint: "Smith".to_owned(),
        positions: 50,
        seconds,
    };
    owner.client().invite(contract, &request).await.unwrap()
}

async fn follow(party: &Party, link: &str) -> Result<model::Invited, String> {
    let request = model::JoinRequest { link: link.to_owned() };
    party.client().join(&request).await.map_err(told)
}

async fn join(party: &Party, contract: &str, data: &str) -> Result<model::InvitationView, String> {
    let request = prepare(party, contract, data).await?;
    party.client().submit_join(contract, &request).await.map_err(told)
}

async fn prepare(party: &Party, contract: &str, data: &str) -> Result<model::SubmitRequest, String> {
    let serde_json::Value::Object(data) = serde_json::from_str(data).unwrap() else { panic!("{data}") };
    let request = model::PrepareJoinRequest { key: party.admin_key(), data };
    let draft = party.client().prepare_join(contract, &request).await.map_err(told)?;
    Ok(signed(&draft.statement, &draft.opening, &party.admin))
}

async fn only_invitation(client: &Client, contract: &str) -> model::InvitationView {
    let mut list = client.invitations(contract).await.unwrap().invitations;
    assert_eq!(list.len(), 1);
    list.remove(0)
}

async fn confirm(owner: &Party, contract: &str, invitation: &str) {
    let request = model::ConfirmRequest { author: owner.id().to_string(), key: owner.admin_key() };
    let draft = owner.client().prepare_confirm(contract, invitation, &request).await.unwrap();
    let request = signed(&draft.statement, &draft.opening, &owner.admin);
    owner.client().submit(contract, &request).await.unwrap();
}

async fn owner_and_contract(others: &[&Party]) -> (Party, String) {
    let owner = Party::start("owner", 11, true).await;
    let contract = owner.found_as(APPRAISAL, others, &[("owner", &owner)], [5; 32], Settings::default()).await;
    (owner, contract)
}

async fn joins_and_works(smith_has_port: bool) {
    let friend = Party::start("friend", 12, true).await;
    let (owner, contract) = owner_and_contract(&[&friend]).await;
    friend.accept(&contract).await;
    let mut smith = Party::start("smith", 13, smith_has_port).await;
    let link = invite(&owner, &contract, "assessor", 600).await;
    let secret = link.split_once('#').unwrap().1;
    assert!(link.starts_with("https://127.0.0.1:"), "{link}");
    let ask = Payload::Response(response("owner", "ask", Json::Map(Default::default())));
    owner.say(&contract, owner.id(), &owner.admin, &ask, &[]).await.unwrap();

    let invited = follow(&smith, &link).await.unwrap();
    assert_eq!(
        (invited.contract.as_str(), invited.actors.as_slice()),
        (contract.as_str(), &["assessor".to_owned()][..])
    );
    assert_eq!(invited.inviter, owner.id().to_string());
    let view = smith.view(&contract).await;
    assert_eq!(view.status, model::ContractStatus::Invited);
    assert_eq!(view.state_hash, owner.view(&contract).await.state_hash, "the whole log is here before the join");
    assert_eq!(view.process.unwrap().state, "assessing");
    // Following twice, also after a restart, is the same.
    smith.restart().await;
    assert_eq!(follow(&smith, &link).await.unwrap(), invited);
    assert!(smith.client().outbox().await.unwrap().outbox.is_empty());

    let joined = join(&smith, &contract, r#"{"assessor": {"licence": "A1"}}"#).await.unwrap();
    let words = joined.words.clone().unwrap();
    assert_eq!(words.len(), 4);
    assert_eq!(joined.state, model::InvitationState::Joining);
    let at_owner = only_invitation(&owner.client(), &contract).await;
    assert_eq!(at_owner.words.as_ref(), Some(&words));
    assert_eq!(at_owner.joiner, Some(smith.id().to_string()));
    eventually("the friend sees the join", async || {
        let at_friend = friend.client().invitations(&contract).await.unwrap().invitations;
        at_friend.iter().any(|one| one.state == model::InvitationState::Joining && one.words.is_none())
    })
    .await;
    // A guest follows, and is not waited for.
    smith.restart().await;
    agree(&contract, &[&owner, &friend, &smith]).await;
    assert_eq!(smith.view(&contract).await.status, model::ContractStatus::Invited);
    assert_eq!(only_invitation(&smith.client(), &contract).await.words.as_ref(), Some(&words));

    confirm(&owner, &contract, &joined.invitation).await;
    eventually("smith is a member", async || smith.view(&contract).await.status == model::ContractStatus::Active).await;
    let report = response("assessor", "report", Json::map([("value", Json::text("250000"))]));
    smith.say(&contract, smith.id(), &smith.admin, &Payload::Response(report), &[]).await.unwrap();
    agree(&contract, &[&owner, &friend, &smith]).await;
    assert_eq!(owner.state(&contract).await, "done");
    assert_eq!(owner.view(&contract).await.members.len(), 3);

    // The key is dead.
    let jones = Party::start("jones", 14, true).await;
    let late = follow(&jones, &link).await.unwrap_err();
    assert!(late.contains("invitation_used"), "{late}");
    assert_eq!(jones.client().contracts(None, 10).await.unwrap().contracts, Vec::new());
    // The secret is on no disk of the inviter.
    let bytes = from_base32(secret).unwrap();
    let (seed, node_key) = (&bytes[1..33], &bytes[33..65]);
    assert!(holds(&owner.data(), node_key), "what is on the disk is found");
    assert!(!holds(&owner.data(), seed), "the seed of the one-time key is on the disk of the inviter");
}

/// Whether any file below a directory holds these bytes.
fn holds(directory: &std::path::Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        std::fs::read(&path).unwrap().windows(bytes.len()).any(|window| window == bytes)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_joins_by_a_link() {
    joins_and_works(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_without_an_open_port_joins_by_a_link() {
    joins_and_works(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_wrong_used_or_late_is_refused_with_its_code() {
    let (owner, contract) = owner_and_contract(&[]).await;
    let (smith, jones) = (Party::start("smith", 13, true).await, Party::start("jones", 14, true).await);
    let before = owner.view(&contract).await.state_hash;

    // Made, but its statement was never submitted.
    let unsigned = draft(&owner, &contract, "assessor", 600).await.link;
    let refused = follow(&smith, &unsigned).await.unwrap_err();
    assert!(refused.contains("unknown_invitation"), "{refused}");

    let link = invite(&owner, &contract, "assessor", 600).await;
    let mut tampered = link.clone();
    let last = tampered.pop().unwrap();
    tampered.push(if last == 'a' { 'b' } else { 'a' });
    for bad in [tampered.as_str(), "", "https://127.0.0.1:1/join", "hello"] {
        let refused = follow(&smith, bad).await.unwrap_err();
        assert!(refused.contains("invalid_link"), "{bad}: {refused}");
    }

    let short = invite(&owner, &contract, "second", 0).await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let refused = follow(&smith, &short).await.unwrap_err();
    assert!(refused.contains("invitation_expired"), "{refused}");

    // Two read it; one joins.
    follow(&smith, &link).await.unwrap();
    follow(&jones, &link).await.unwrap();
    join(&smith, &contract, "{}").await.unwrap();
    let refused = join(&jones, &contract, "{}").await.unwrap_err();
    assert!(refused.contains("invitation_used"), "{refused}");
    let refused = follow(&jones, &link).await.unwrap_err();
    assert!(refused.contains("invitation_used"), "{refused}");
    let again = join(&smith, &contract, "{}").await.unwrap_err();
    assert!(again.contains("invitation_used"), "{again}");
    assert_eq!(jones.view(&contract).await.status, model::ContractStatus::Invited);

    let confirmed = only_joining(&owner, &contract).await;
    confirm(&owner, &contract, &confirmed).await;
    eventually("smith is a member", async || smith.view(&contract).await.status == model::ContractStatus::Active).await;
    let own = follow(&owner, &link).await.unwrap_err();
    assert!(own.contains("invitation_used") || own.contains("already_member"), "{own}");
    assert_ne!(owner.view(&contract).await.state_hash, before);
}

/// The answer to a `join` may be lost, and another one would be refused: the first is sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_whose_answer_was_lost_is_repeated_as_it_was() {
    let (mut owner, contract) = owner_and_contract(&[]).await;
    let mut smith = Party::start("smith", 13, true).await;
    let link = invite(&owner, &contract, "assessor", 600).await;
    follow(&smith, &link).await.unwrap();
    let first = prepare(&smith, &contract, "{}").await.unwrap();
    owner.stop().await;
    let refused = smith.client().submit_join(&contract, &first).await.map_err(told).unwrap_err();
    assert!(!refused.contains("invitation"), "{refused}");
    owner.restart().await;
    smith.restart().await;
    let second = prepare(&smith, &contract, "{}").await.unwrap();
    assert_ne!(first.statement, second.statement);
    let joined = smith.client().submit_join(&contract, &second).await.unwrap();
    assert_eq!(smith.client().submit_join(&contract, &second).await.unwrap(), joined);
    let log = owner.client().whole_log(&contract, None).await.unwrap();
    let joins: Vec<_> = log.iter().filter(|entry| entry.kind == "join").map(|entry| &entry.statement).collect();
    let bytes = from_base32(&first.statement).unwrap();
    let sent = Signed::<Statement>::from_bytes(&bytes).unwrap();
    assert_eq!(joins, [&Statement::id(&sent).to_string()]);
}

async fn only_joining(owner: &Party, contract: &str) -> String {
    let list = owner.client().invitations(contract).await.unwrap().invitations;
    let joining: Vec<_> = list.into_iter().filter(|view| view.state == model::InvitationState::Joining).collect();
    assert_eq!(joining.len(), 1);
    joining[0].invitation.clone()
}
