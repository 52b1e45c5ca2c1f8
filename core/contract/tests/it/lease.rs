//! The lease of the scenario language §7.1, by three parties with people.

use countersign_chain::LogState;
use countersign_contract::{Comment, Payload};
use countersign_replica::{Level, Refusal};

use crate::net::Net;
use crate::people::{admin, json, mandate, person, user};
use crate::scenarios::lease;

pub const FOUNDERS: [&str; 3] = ["landlord", "tenant", "bank"];

/// The landlord's employee may draft up to 1,000; its director may do everything as landlord.
pub fn staffed() -> Net {
    let mut net = Net::new(lease(), &FOUNDERS);
    staff(&mut net);
    net
}

pub fn staff(net: &mut Net) {
    for (name, powers) in [
        ("erin", r#"{"actors":["employee"],"actions":["draft"],"limits":[{"field":"rent","max":"1000"}]}"#),
        ("dora", r#"{"actors":["landlord"],"actions":"all"}"#),
    ] {
        net.party("landlord").says(&admin("landlord"), Payload::Identity(person(name))).unwrap();
        let mandate = mandate(person(name).id(), powers);
        net.party("landlord").says(&admin("landlord"), Payload::Mandate(mandate)).unwrap();
    }
    net.settle();
}

fn reviews(net: &mut Net, response: &str, data: &str) {
    let payload = crate::log::response_of("landlord", "review", Some(response), data);
    net.party("landlord").says(&user("dora"), payload).unwrap();
    net.settle();
}

/// Up to the signatures.
pub fn reviewed(net: &mut Net) {
    net.party("landlord").drafts_lease(&user("erin"), "975.50").unwrap();
    net.settle();
    reviews(net, "approve", "{}");
}

#[test]
fn a_lease_from_draft_to_force() {
    let mut net = staffed();
    net.party("landlord").drafts_lease(&user("erin"), "950").unwrap();
    net.settle();
    reviews(&mut net, "reject", r#"{"comment":"Add the garden."}"#);
    assert_eq!(net.process("bank"), "drafting");
    let vars = |net: &Net, party| net.state(party).process().unwrap().vars().to_plain();
    assert_eq!(vars(&net, "tenant").get("remark"), Some(&json(r#""Add the garden.""#)));

    reviewed(&mut net);
    assert_eq!(net.process("tenant"), "signing");
    net.party("tenant").acts("tenant", "sign").unwrap();
    net.settle();
    let again = net.party("tenant").acts("tenant", "sign");
    assert!(matches!(again, Err(Refusal::Rejected { rule, .. }) if rule.as_str() == "condition_not_met"));
    net.party("landlord").acts("landlord", "sign").unwrap();
    net.settle();
    assert_eq!(net.process("landlord"), "guaranteeing");
    let last = net.party("bank").acts("bank", "guarantee").unwrap();
    net.settle();

    net.agree();
    assert_eq!(net.process("tenant"), "in_force");
    assert_eq!(vars(&net, "bank").get("guaranteed"), Some(&json(r#""2926.5""#)));
    assert_eq!(net.level("tenant", &last), Level::Final);
    assert!(net.outcomes("bank").iter().all(|(_, outcome)| outcome.is_applied()));
    assert_eq!(net.strikes(), Vec::<String>::new());
}

#[test]
fn the_order_of_signing_has_no_meaning() {
    for (first, second) in [("landlord", "tenant"), ("tenant", "landlord")] {
        let mut net = staffed();
        reviewed(&mut net);
        net.party(first).acts(first, "sign").unwrap();
        net.settle();
        assert_eq!(net.process("bank"), "signing");
        net.party(second).acts(second, "sign").unwrap();
        net.settle();
        net.agree();
        assert_eq!(net.process("bank"), "guaranteeing");
    }
}

#[test]
fn a_restart_forgets_nothing() {
    let mut net = staffed();
    reviewed(&mut net);
    let before = net.state("tenant").hash();
    for party in FOUNDERS {
        net.party(party).restart();
    }
    assert_eq!(net.state("tenant").hash(), before);
    net.party("tenant").acts("tenant", "sign").unwrap();
    net.party("bank").restart();
    net.party("landlord").acts("landlord", "sign").unwrap();
    net.party("landlord").restart();
    net.settle();
    net.agree();
    assert_eq!(net.process("bank"), "guaranteeing");
}

#[test]
fn who_was_away_gets_everything() {
    let mut net = staffed();
    net.party("bank").offline();
    reviewed(&mut net);
    let signed = net.party("tenant").acts("tenant", "sign").unwrap();
    net.settle();
    assert_eq!(net.level("tenant", &signed), Level::Delivered);
    net.party("bank").back();
    net.run(3_600_000);
    net.agree();
    assert_eq!(net.level("bank", &signed), Level::Final);
}

#[test]
fn comments_stand_beside_the_process() {
    let mut net = staffed();
    let comment = Payload::Comment(Comment {
        text: "Is the garden in?".into(),
        media: "text/plain".into(),
        attachments: Vec::new(),
    });
    net.party("bank").says(&admin("bank"), comment).unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("bank"), "drafting");
}
