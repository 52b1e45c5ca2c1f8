//! One contract asks another, between real nodes: the supplier is in the purchase only, the council in the permit only.

use countersign_api_model as model;
use countersign_chain::Settings;
use countersign_codec::Json;
use countersign_contract::Payload;
use countersign_member::{Mandate, Named};
use countersign_types::to_base32;
use countersign_workflow::Scenario;

use crate::kill::start;
use crate::lease::{nothing, response};
use crate::party::{Party, agree, eventually};

/// The council grants a permit, and says to whoever has it that it stands.
const PERMIT: &str = r#"
scenario: countersign/scenario/v1
name: permit
title: Building permit
language: en
actors: {applicant: {title: Applicant}, council: {title: Council}}
actions:
  decide: {title: Decide, kind: performative, by: council, responses: {grant: {title: Granted, data: {number: text}}, refuse: {title: Refused}}, expect: grant}
  confirm: {title: Ask whether it stands, kind: informative, by: applicant, data: {order: text}}
  withdraw: {title: Withdraw, kind: performative, by: council}
initial: deciding
states:
  deciding: {title: The council decides, transitions: [{on: decide.grant, goto: granted}, {on: decide.refuse, goto: refused}]}
  granted: {title: Granted, transitions: [{on: confirm, goto: stay}, {on: withdraw, goto: refused}]}
  refused: {title: Refused, final: failure}
"#;

/// A purchase that goes on only with the permit.
const PURCHASE: &str = r#"
scenario: countersign/scenario/v1
name: purchase
title: Purchase with a permit
language: en
actors: {buyer: {title: Buyer}, supplier: {title: Supplier}}
vars: {permit: text, order: text, granted: text, why: {type: list, of: text}, bought: {type: int, initial: 0}}
actions:
  order: {title: Order, kind: performative, by: buyer, data: {permit: text, order: text}, do: [{set: vars.permit, to: data.permit}, {set: vars.order, to: data.order}]}
  close: {title: Close, kind: informative, by: supplier}
  look: {title: Look up the permit, kind: performative, by: buyer, data: {permit: text}, do: [{set: vars.permit, to: data.permit}]}
  ask:
    title: Ask whether the permit stands
    kind: informative
    by: buyer
    run: {contract: {of: vars.permit, ask: {actor: applicant, action: confirm, data: {order: vars.order}}}, timeout: PT2S, poll: {every: PT1S, times: 8}}
    responses:
      ok: {title: It stands, data: {statement: text, at: timestamp, proof: {type: text, max: 65536}}, do: [{set: vars.bought, to: vars.bought + 1}]}
      error: {title: It does not, data: {reason: text}, do: [{append: vars.why, item: data.reason}]}
  read:
    title: Read the number of the permit
    kind: informative
    by: buyer
    run: {contract: {of: vars.permit, answer: decide.grant}, timeout: PT1S}
    responses:
      ok: {title: Read, data: {answer: {fields: {number: text}}, party: text, proof: {type: text, max: 65536}}, do: [{set: vars.granted, to: data.answer.number}]}
      error: {title: Not read, data: {reason: text}, do: [{append: vars.why, item: data.reason}]}
initial: ordering
states:
  ordering: {title: The buyer orders, transitions: [{on: order, goto: asking}, {on: look, goto: reading}, {on: close, goto: closed}]}
  asking: {title: The permit is asked, transitions: [{on: [ask.ok, ask.error], goto: ordering}]}
  reading: {title: The permit is read, transitions: [{on: [read.ok, read.error], goto: ordering}]}
  closed: {title: Closed, final: success}
"#;

/// A contract that no node here has.
const NOWHERE: [u8; 32] = [7; 32];

fn id_of(bytes: &[u8; 32]) -> String {
    format!("ctr_{}", to_base32(bytes))
}

/// Lets a node that does not run ask these contracts for a purchase.
fn allow(buyer: &Party, contracts: &[&str]) {
    let scenario = Scenario::load(PURCHASE.as_bytes()).unwrap().0;
    let id = countersign_types::ScenarioId::new(countersign_crypto::Digest::new(scenario.digest()));
    let path = buyer.data().join("node.toml");
    let mut config = std::fs::read_to_string(&path).unwrap();
    for contract in contracts {
        config.push_str(&format!("\n[actions.contracts.{contract}]\nasked_by = [\"{id}\"]\n"));
    }
    std::fs::write(path, config).unwrap();
}

async fn vars(party: &Party, contract: &str) -> serde_json::Value {
    let Ok(view) = party.client().contract(contract).await else { return serde_json::Value::Null };
    view.process.map(|process| serde_json::to_value(process.vars).unwrap()).unwrap_or_default()
}

async fn runs(party: &Party, contract: &str) -> Vec<model::RunView> {
    party.client().runs(contract).await.unwrap().runs
}

/// The buyer orders, or looks up the permit.
async fn order(buyer: &Party, purchase: &str, action: &str, permit: &str, order: &str) {
    let mut data = vec![("permit", Json::text(permit))];
    data.extend(Some(("order", Json::text(order))).filter(|_| action == "order"));
    let payload = Payload::Response(response("buyer", action, None, Json::map(data)));
    eventually("the buyer orders", async || buyer.say(purchase, buyer.id(), &buyer.admin, &payload, &[]).await.is_ok())
        .await;
}

/// How often the permit was asked for an order, as its log has it.
async fn asked(party: &Party, permit: &str) -> usize {
    let log = party.client().whole_log(permit, None).await.unwrap();
    let said = log.iter().filter(|entry| entry.kind == "response");
    said.filter(|entry| serde_json::to_string(entry).unwrap().contains("\"confirm\"")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_goes_on_with_the_proof_of_a_permit() {
    let mut council = Party::start("council", 91, true).await;
    let supplier = Party::start("supplier", 92, true).await;
    let buyer = Party::make("buyer", 93, true);
    let mut process = start(&buyer).await;
    let actors = [("council", &council), ("applicant", &buyer)];
    let permit = council.found_as(PERMIT, &[&buyer], &actors, [91; 32], Settings::default()).await;
    buyer.accept(&permit).await;
    let nowhere = id_of(&NOWHERE);
    drop(process);
    allow(&buyer, &[&permit, &nowhere]);
    process = start(&buyer).await;
    let actors = [("supplier", &supplier), ("buyer", &buyer)];
    let purchase = supplier.found_as(PURCHASE, &[&buyer], &actors, [92; 32], Settings::default()).await;
    buyer.accept(&purchase).await;
    let why = async |count: usize| {
        eventually("the purchase hears why not", async || {
            vars(&supplier, &purchase).await["why"].as_array().is_some_and(|why| why.len() == count)
        })
        .await;
        vars(&supplier, &purchase).await["why"][count - 1].clone()
    };

    // Nobody has it; nobody answered it yet; the key of the node may not ask.
    order(&buyer, &purchase, "order", &nowhere, "A-1").await;
    assert_eq!(why(1).await, "unknown_contract");
    order(&buyer, &purchase, "look", &permit, "").await;
    assert_eq!(why(2).await, "timeout");
    order(&buyer, &purchase, "order", &permit, "A-1").await;
    assert_eq!(why(3).await, "rejected");
    assert_eq!(asked(&council, &permit).await, 0, "what would be rejected leaves no trace");

    // A person lets the machine ask, and the council grants.
    let mandate = Mandate {
        person: buyer.id(),
        key: None,
        actors: Named::These(["applicant".to_owned()].into()),
        actions: Named::These(["confirm".to_owned()].into()),
        limits: Vec::new(),
        from: None,
        until: None,
    };
    buyer.say(&permit, buyer.id(), &buyer.admin, &Payload::Mandate(mandate), &[]).await.unwrap();
    let grant = response("council", "decide", Some("grant"), Json::map([("number", Json::text("P-77"))]));
    council.say(&permit, council.id(), &council.admin, &Payload::Response(grant), &[]).await.unwrap();
    eventually("the permit is granted", async || buyer.state(&permit).await == "granted").await;

    order(&buyer, &purchase, "look", &permit, "").await;
    eventually("the number of the permit is read", async || vars(&supplier, &purchase).await["granted"] == "P-77")
        .await;
    order(&buyer, &purchase, "order", &permit, "A-2").await;
    eventually("the purchase is made", async || vars(&supplier, &purchase).await["bought"] == 1).await;
    assert_eq!(asked(&council, &permit).await, 1);
    let known = runs(&buyer, &purchase).await;
    let run = known.iter().find(|run| run.outcome.as_deref() == Some("ok") && run.action == "ask").unwrap();
    let question = run.question.as_ref().unwrap();
    assert_eq!((question.contract.as_str(), question.request.as_deref()), (permit.as_str(), Some("confirm.ok")));
    assert!(question.proof.as_ref().unwrap().starts_with("sha256:"), "{question:?}");
    assert!(supplier.client().contract(&permit).await.is_err(), "the supplier never sees the permit itself");

    // The node is killed while it waits: the council is away, so the question cannot become final.
    council.stop().await;
    order(&buyer, &purchase, "order", &permit, "A-3").await;
    eventually("the permit is asked", async || asked(&buyer, &permit).await == 2).await;
    drop(process);
    process = start(&buyer).await;
    council.restart().await;
    eventually("the second purchase is made", async || vars(&supplier, &purchase).await["bought"] == 2).await;
    assert_eq!(asked(&council, &permit).await, 2, "asked once for each order, whatever was killed");

    // It is withdrawn: the next order hears no.
    let withdraw = Payload::Response(response("council", "withdraw", None, nothing()));
    council.say(&permit, council.id(), &council.admin, &withdraw, &[]).await.unwrap();
    eventually("the permit is withdrawn", async || buyer.state(&permit).await == "refused").await;
    order(&buyer, &purchase, "order", &permit, "A-4").await;
    assert_eq!(why(4).await, "rejected");
    agree(&purchase, &[&buyer, &supplier]).await;
    drop(process);
}
