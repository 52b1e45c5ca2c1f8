//! A contract between two parties, each on its own node, by commands alone. `--json` is read with the types of the API.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use countersign_api_model::{
    ContractList, ContractView, Level, Log, NodeInfo, OutboxList, Outcome, Problem, Submitted,
};
use serde_json::Value;

use crate::place::{Place, Running};

const SCENARIO: &str = r#"
scenario: countersign/scenario/v1
name: order
title: An order
language: en
actors:
  clerk: {title: Clerk of the buyer, acts_for: buyer}
  buyer: {title: Buyer}
  seller: {title: Seller}
vars: {price: decimal}
actions:
  order:
    title: Order
    kind: performative
    by: clerk
    data: {price: decimal}
    attachments: {terms: {title: Terms, media: [application/pdf]}}
    do: [{set: vars.price, to: data.price}]
  accept:
    title: Accept the order
    kind: performative
    by: seller
    seen: [vars.price]
initial: ordering
states:
  ordering: {title: The buyer orders, transitions: [{on: order, goto: accepting}, {after: P30D, goto: lapsed}]}
  accepting: {title: The seller accepts, transitions: [{on: accept, goto: agreed}, {after: P30D, goto: lapsed}]}
  agreed: {title: Agreed, final: success}
  lapsed: {title: Lapsed, final: failure}
"#;

/// Makes a party with a node, and starts it.
pub fn party(place: &Place, home: &str) -> Running {
    place.json::<Value>(home, &["key", "new", "--admin", "--name", home]);
    place.json::<Value>(home, &["key", "new", "--name", &format!("{home}'s person")]);
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (url, card) = (format!("https://{listen}"), format!("{home}.card"));
    let made: Value = place.json(
        home,
        &["node", "init", "--name", home, "--listen", &listen, "--url", &url, "--api", "127.0.0.1:0", "--card", &card],
    );
    let written = std::fs::read_to_string(place.path(&card)).unwrap();
    assert_eq!(made["card"], written.trim());
    let mut node = place.command(home, &["node", "start"]);
    let mut node = Running(node.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(node.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("API at http://127.0.0.1:"), "{line}");
    node
}

#[test]
fn two_parties_agree_by_commands_alone() {
    let place = Place::new();
    std::fs::write(place.path("order.yaml"), SCENARIO).unwrap();
    let _nodes = [party(&place, "buyer"), party(&place, "seller")];
    let info: NodeInfo = place.json("buyer", &["node", "status"]);
    assert_eq!((info.name.as_str(), info.contracts), ("buyer", 0));

    let found = ["contract", "new", "--scenario", "order.yaml", "--member", "buyer=self"];
    let alone = place.run_as("buyer", &found);
    assert_eq!(alone.code(), 2, "{}", alone.told());
    assert!(alone.error().contains("nobody plays seller"), "{}", alone.told());
    let founded: ContractView =
        place.json("buyer", &[&found as &[&str], &["--member", "seller=@seller.card"]].concat());
    let contract = founded.contract.as_str();
    join(&place, "seller", contract);

    let person = "buyer's person";
    let card = place.run_as("buyer", &["key", "list", "--card", "--name", person]).out();
    std::fs::write(place.path("person.card"), card).unwrap();
    let order = ["action", "do", contract, "order", "--by", person, "--attach"];
    let terms = format!("terms={}", Place::repository("examples/lease.pdf").display());
    let order = |price: &'static str| [&order as &[&str], &[&terms, "--data", price]].concat();
    refused(&place, "buyer", &order("price=10"), "not_entitled", &format!("countersign mandate list {contract}"));
    let grant = ["mandate", "grant", contract, "--person", "person.card", "--actors", "clerk", "--actions", "order"];
    let granted: Submitted = place.json("buyer", &[&grant as &[&str], &["--max", "price=100"]].concat());
    let mandates: Value = place.json("buyer", &["mandate", "list", contract]);
    assert_eq!(mandates["mandates"][0]["statement"], granted.statement);
    assert_eq!(mandates["mandates"][0]["mandate"]["limits"][0]["max"], "100");
    refused(&place, "buyer", &order("price=100.01"), "beyond_mandate", "countersign");
    refused(&place, "buyer", &order("cost=1"), "invalid_data", "countersign");

    let ordered: Submitted =
        place.json("buyer", &[&order("price=99.50") as &[&str], &["--wait", "countersigned"]].concat());
    assert!(ordered.standing.level >= Level::Countersigned && ordered.outcome == Outcome::Applied);
    let inbox: Value = place.json("seller", &["action", "list"]);
    let item = &inbox["items"][0];
    assert_eq!((item["action"].as_str(), item["actor"].as_str()), (Some("accept"), Some("seller")), "{inbox}");

    refused(&place, "buyer", &["action", "do", contract, "accept", "--by", "buyer"], "not_entitled", "countersign");
    let accepted: Submitted =
        place.json("seller", &["action", "do", contract, "accept", "--by", "seller", "--wait", "final"]);
    assert_eq!(accepted.standing.level, Level::Final);
    let waited = ["contract", "wait", contract, "--state", "agreed", "--level", "final", "--timeout", "30"];
    let (left, right): (ContractView, ContractView) = (place.json("buyer", &waited), place.json("seller", &waited));
    assert_eq!((&left.state_hash, left.final_position), (&right.state_hash, right.position));
    assert_eq!(left.process.unwrap().vars["price"], "99.5");

    rotation(&place, contract, person);
    looks(&place, contract);
    erasure(&place, contract);
}

/// Somebody sees the offer, and agrees only if asked to.
pub fn join(place: &Place, home: &str, contract: &str) {
    let mut offers: ContractList = place.json(home, &["contract", "list"]);
    for _ in 0..100 {
        if !offers.contracts.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        offers = place.json(home, &["contract", "list"]);
    }
    assert_eq!(offers.contracts[0].contract, contract);
    let asked = place.run_as(home, &["contract", "join", contract]);
    assert!(asked.code() == 2 && asked.error().contains("--yes"), "{}", asked.told());
    let joined: ContractView = place.json(home, &["contract", "join", contract, "--yes"]);
    assert_eq!(joined.status, countersign_api_model::ContractStatus::Active);
}

/// A rule says no: exit 1, the code in JSON, and a next command.
pub fn refused(place: &Place, home: &str, arguments: &[&str], code: &str, next: &str) {
    let run = place.run_as(home, &[&["--json"], arguments].concat());
    assert_eq!(run.code(), 1, "{}", run.told());
    let problem: Problem = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(problem.code, code, "{}", run.told());
    assert!(run.error().contains(&format!("next:  {next}")), "{}", run.told());
}

/// A person's key and the admin key are replaced; the log knows it, and the new keys count.
fn rotation(place: &Place, contract: &str, person: &str) {
    for name in [person, "buyer"] {
        let rotated: Value = place.json("buyer", &["key", "rotate", "--name", name]);
        assert_eq!(rotated["contracts"][0]["contract"], contract, "{rotated}");
        assert_eq!(rotated["contracts"][0]["submitted"]["outcome"], "applied", "{rotated}");
    }
    let mandates: Value = place.json("buyer", &["mandate", "list", contract]);
    let mandate = mandates["mandates"][0]["statement"].as_str().unwrap();
    // Only the new admin key can sign this.
    place.json::<Submitted>("buyer", &["mandate", "revoke", contract, mandate]);
    let mandates: Value = place.json("buyer", &["mandate", "list", contract]);
    assert_eq!(mandates["mandates"].as_array().map(Vec::len), Some(0));
}

/// The buyer takes its terms back: both nodes erase, and say so.
fn erasure(place: &Place, contract: &str) {
    let erase = |name: &'static str| ["contract", "erase", contract, "--reason", "GDPR 17", "--attachment", name];
    refused(place, "seller", &erase("lease.pdf"), "not_yours", "countersign");
    refused(place, "buyer", &erase("other.pdf"), "unknown_payload", "countersign contract log");
    let asked: Value = place.json("buyer", &erase("lease.pdf"));
    let log: Log = place.json("buyer", &["contract", "log", contract]);
    assert_eq!(asked["asked"][0]["statement"], log.entries.last().unwrap().statement, "{asked}");
    assert_eq!(asked["asked"][0]["commitments"].as_array().map(Vec::len), Some(1), "{asked}");
    let mut shown: ContractView = place.json("seller", &["contract", "show", contract]);
    for _ in 0..200 {
        if shown.erasures.iter().any(|erasure| erasure.waiting_for.is_empty()) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        shown = place.json("seller", &["contract", "show", contract]);
    }
    let erasure = shown.erasures.first().unwrap();
    assert_eq!((erasure.erased_by.len(), erasure.reason.as_str()), (2, "GDPR 17"));
    assert_eq!((erasure.payloads[0].name.as_str(), erasure.payloads[0].held), ("lease.pdf", false));
    let words = place.run_as("seller", &["contract", "show", contract]);
    assert!(words.out().contains("erased by") && words.out().contains("that is every member"), "{}", words.told());
    place.run_as("buyer", &["contract", "export", contract, "--out", "erased.bundle"]);
    let proven = place.run_as("seller", &["verify", "erased.bundle", "--trust", contract]);
    assert!(proven.out().contains("was erased, by the signed word of"), "{}", proven.told());
}

fn looks(place: &Place, contract: &str) {
    let log: Log = place.json("seller", &["contract", "log", contract]);
    let kinds: Vec<&str> = log.entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds[..4], ["identity", "mandate", "response", "response"], "{kinds:?}");
    let words = place.run_as("seller", &["contract", "log", contract]);
    assert!(words.out().contains("clerk: order") && words.out().contains("(you)"), "{}", words.told());
    let words = place.run_as("buyer", &["contract", "show", contract]);
    assert!(words.out().contains("agreed: Agreed (success)"), "{}", words.told());
    let late = place.run_as("buyer", &["contract", "wait", contract, "--state", "lapsed", "--timeout", "0"]);
    assert_eq!(late.code(), 1, "{}", late.told());
    let outbox: OutboxList = place.json("buyer", &["outbox", "resend", "--contract", contract]);
    assert!(outbox.outbox.iter().all(|line| line.contract == contract));
    let check: Value = place.json("buyer", &["node", "check", "@seller.card"]);
    assert_eq!(check["good"], true, "{check}");
}
