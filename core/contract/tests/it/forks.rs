//! Two nodes append at the same moment.

use countersign_contract::{Comment, Payload};
use countersign_types::Interval;

use crate::lease::{FOUNDERS, reviewed, staff, staffed};
use crate::net::Net;
use crate::people::{admin, person, system, user};
use crate::scenarios::{DAY, Founding, lease};

/// The buyer buys what the seller prices; the seller's price comes first.
const PRICE: &str = r#"
scenario: countersign/scenario/v1
name: price
title: A price that may change
language: en
actors: {seller: {title: Seller}, buyer: {title: Buyer}}
assets: {offer: {title: The offer, data: {price: decimal}}}
actions:
  ask: {title: Ask a price, kind: performative, by: seller, priority: 1, data: {price: decimal},
    do: [{set: assets.offer, to: "{price: data.price}"}]}
  buy: {title: Buy, kind: performative, by: buyer, seen: [assets.offer]}
initial: open
states:
  open: {title: Open, transitions: [{on: ask, goto: stay}, {on: buy, goto: sold}]}
  sold: {title: Sold, final: success}
"#;

#[test]
fn two_sign_at_the_same_moment_and_both_count() {
    let mut net = staffed();
    reviewed(&mut net);
    let tenant = net.party("tenant").acts("tenant", "sign").unwrap();
    let landlord = net.party("landlord").acts("landlord", "sign").unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("bank"), "guaranteeing");
    for (statement, author) in [(tenant, "tenant"), (landlord, "landlord")] {
        assert_eq!(net.outcome("bank", &statement), "applied");
        let entry = net.replica("bank").entry_of(&statement).unwrap();
        let place = net.replica("bank").knowledge().place(&entry).unwrap();
        assert_eq!(place.content.as_ref().unwrap().1.author.identity, admin(author).identity);
    }
}

#[test]
fn who_saw_another_offer_bought_nothing() {
    let founding = Founding::new(PRICE, &["seller", "buyer"], &[("seller", "seller"), ("buyer", "buyer")]);
    let mut net = Net::new(founding, &["seller", "buyer"]);
    let ask = |price: &str| crate::log::response_of("seller", "ask", None, &format!("{{\"price\":\"{price}\"}}"));
    net.party("seller").says(&admin("seller"), ask("10")).unwrap();
    net.settle();
    let buy = net.party("buyer").acts("buyer", "buy").unwrap();
    let raise = net.party("seller").says(&admin("seller"), ask("20")).unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.outcome("buyer", &raise), "applied");
    assert_eq!(net.outcome("seller", &buy), "seen_changed");
    assert_eq!(net.process("buyer"), "open");
    net.party("buyer").acts("buyer", "buy").unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("seller"), "sold");
}

/// Whoever comments while another acts comes behind, however the hashes fall, and moves nothing.
#[test]
fn a_comment_loses_every_fork_and_is_said_all_the_same() {
    let comment = || {
        let (text, media) = ("Is it still for sale?".to_owned(), "text/plain".to_owned());
        Payload::Comment(Comment { text, media, attachments: Vec::new() })
    };
    let mut first = 0;
    for nonce in 0..8 {
        let mut founding = Founding::new(PRICE, &["seller", "buyer"], &[("seller", "seller"), ("buyer", "buyer")]);
        let mut genesis = founding.genesis.value().clone();
        genesis.nonce = [nonce; 32];
        founding.genesis = genesis.found(&crate::people::key("seller", "admin")).unwrap();
        let mut net = Net::new(founding, &["seller", "buyer"]);
        let ask = crate::log::response_of("seller", "ask", None, "{\"price\":\"10\"}");
        let (asked, said) = if nonce % 2 == 0 {
            let said = net.party("buyer").says(&admin("buyer"), comment()).unwrap();
            (net.party("seller").says(&admin("seller"), ask).unwrap(), said)
        } else {
            let asked = net.party("seller").says(&admin("seller"), ask).unwrap();
            (asked, net.party("buyer").says(&admin("buyer"), comment()).unwrap())
        };
        net.settle();
        net.run(3_600_000);
        net.agree();
        let log = net.outcomes("buyer");
        let place = |statement| log.iter().position(|(other, _)| *other == statement).unwrap();
        assert!(place(asked) < place(said), "nonce {nonce}");
        assert_eq!((net.outcome("seller", &asked), net.outcome("seller", &said)), ("applied".into(), "applied".into()));
        assert_eq!(net.process("seller"), "open");
        first += usize::from(place(asked) == 0);
    }
    assert_eq!(first, 8);
}

#[test]
fn a_statement_requires_the_step_it_rests_on_until_that_is_final() {
    let mut net = staffed();
    net.party("bank").offline();
    net.party("landlord").drafts_lease(&user("erin"), "975.50").unwrap();
    net.settle();
    let approve = net.party("landlord").acts("landlord", "review").unwrap();
    net.settle();
    let sign = crate::log::response_of("tenant", "sign", None, "null");
    let (statement, _) = net.party("tenant").draft(&admin("tenant"), sign.clone());
    assert_eq!(statement.requires, [approve]);
    net.party("bank").back();
    net.run(3_600_000);
    net.agree();
    let (statement, _) = net.party("tenant").draft(&admin("tenant"), sign);
    assert_eq!(statement.requires, []);
}

/// Statements of a person are never taken before those that introduce the person, whoever appends them.
#[test]
fn a_rescue_keeps_people_behind_their_introduction() {
    let mut moves = 0;
    for nonce in 0..8 {
        let mut founding = lease();
        let mut genesis = founding.genesis.value().clone();
        genesis.nonce = [nonce; 32];
        founding.genesis = genesis.found(&crate::people::key("landlord", "admin")).unwrap();
        let mut net = Net::new(founding, &FOUNDERS);
        // The tenant is away, and names a person of its own meanwhile.
        net.party("tenant").offline();
        staff(&mut net);
        let draft = net.party("landlord").drafts_lease(&user("erin"), "950").unwrap();
        net.run(5_000);
        let own = net.party("tenant").says(&admin("tenant"), Payload::Identity(person("tom"))).unwrap();
        // Then the landlord is away, and the bank speaks for it.
        net.party("landlord").offline();
        net.party("tenant").back();
        net.run(3_600_000);
        let staff = net.outcomes("bank").iter().position(|(statement, _)| *statement == draft);
        assert!(staff.is_some_and(|place| place >= 4), "introductions and mandates come first");
        let heads = [net.replica("tenant").head(), net.replica("bank").head()];
        assert_eq!(heads[0], heads[1], "nonce {nonce}");
        assert_eq!(net.outcome("bank", &own), "applied");
        assert_eq!(net.outcome("tenant", &draft), "applied", "nonce {nonce}");
        let log = net.outcomes("bank");
        moves += usize::from(log[0].0 == own);
        net.party("landlord").back();
        net.run(3_600_000);
        net.agree();
        assert_eq!(net.strikes(), Vec::<String>::new());
    }
    assert!(moves > 0 && moves < 8, "the fork goes both ways: {moves}");
}

#[test]
fn entries_that_come_with_an_own_statement_are_told() {
    let mut net = staffed();
    reviewed(&mut net);
    net.party("tenant").acts("tenant", "sign").unwrap();
    // The entry arrives in one batch with what the landlord says.
    let voice = admin("landlord");
    let sign = crate::log::response_of("landlord", "sign", None, "null");
    let (statement, opening) = net.party("landlord").draft(&voice, sign);
    let inputs = net.inbox("landlord");
    assert!(!inputs.is_empty());
    net.notices.clear();
    net.submit_with("landlord", inputs, &voice, statement, opening).unwrap();
    let told = net.notices[&voice.identity]
        .iter()
        .filter(|notice| matches!(notice, countersign_replica::Notice::Extended { .. }));
    assert_eq!(told.count(), 2);
    net.settle();
    net.agree();
}

#[test]
fn a_deadline_holds_though_nobody_announced_it() {
    let mut net = staffed();
    reviewed(&mut net);
    net.now = net.now.after(Interval::from_millis(31 * DAY as u64));
    let refused = net.party("tenant").acts("tenant", "sign").unwrap_err();
    assert!(refused.to_string().contains("process_over"));
    assert_eq!(net.process("tenant"), "signing", "what is refused leaves no trace");
    net.party("tenant").says(&system("tenant"), Payload::Tick("main".into())).unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("bank"), "lapsed");
}

#[test]
fn what_is_ahead_of_the_clock_waits() {
    let mut net = staffed();
    reviewed(&mut net);
    // Just within the skew of five minutes.
    let says = |net: &mut Net, ahead: u64| {
        let sign = crate::log::response_of("tenant", "sign", None, "null");
        let (mut statement, opening) = net.party("tenant").draft(&admin("tenant"), sign);
        statement.time = net.now.after(Interval::from_millis(ahead));
        net.party("tenant").submits(&admin("tenant"), statement, vec![opening])
    };
    let refused = says(&mut net, 300_001).unwrap_err();
    assert_eq!(refused, countersign_replica::Refusal::Ahead);
    // The tenant's own clock runs ten minutes ahead: others wait until theirs caught up.
    let now = net.now;
    net.now = now.after(Interval::from_secs(600));
    let sign = says(&mut net, 0).unwrap();
    net.now = now;
    net.run(1_000);
    assert_eq!(net.outcome("tenant", &sign), "applied");
    assert_eq!(net.outcome("bank", &sign), "not on the log");
    net.run(601_000);
    net.agree();
    assert_eq!(net.outcome("bank", &sign), "applied");
}
