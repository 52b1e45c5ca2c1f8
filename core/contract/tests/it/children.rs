//! Purchase to pay between two companies: processes inside a process on one log.

use countersign_chain::LogState;
use countersign_contract::{Payload, Response};

use crate::log::{Log, response_of};
use crate::net::Net;
use crate::people::{admin, json, mandate, person, user};
use crate::scenarios::Founding;

const PURCHASE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/purchase_to_pay.yaml"));
const ORDER: &str = r#"{"order":{"goods":"Pump","price":"12500.00","due":"2026-05-01"}}"#;

fn purchase() -> Founding {
    Founding::new(PURCHASE, &["buyer", "supplier"], &[("buyer", "buyer"), ("supplier", "supplier")])
}

/// An answer in a process.
fn in_process(path: &str, actor: &str, action: &str, response: Option<&str>, data: &str) -> Payload {
    let Payload::Response(response) = response_of(actor, action, response, data) else { panic!("a response") };
    Payload::Response(Response { process: path.into(), ..response })
}

fn ordered(net: &mut Net) {
    net.party("buyer").says(&admin("buyer"), response_of("buyer", "order", None, ORDER)).unwrap();
    net.settle();
    net.party("supplier").says(&admin("supplier"), response_of("supplier", "confirm", Some("accept"), "{}")).unwrap();
    net.settle();
}

fn parts(net: &Net, party: &str) -> Vec<String> {
    let parts = net.state(party).sub_hashes().into_iter().map(|(name, _)| name);
    parts.filter(|name| name.starts_with("process:")).collect()
}

#[test]
fn both_companies_go_on_at_the_same_moment_each_in_a_process() {
    let mut net = Net::new(purchase(), &["buyer", "supplier"]);
    ordered(&mut net);
    assert_eq!(parts(&net, "buyer"), ["process:main", "process:main/goods", "process:main/invoice"]);
    net.party("supplier").says(&admin("supplier"), in_process("main/goods", "supplier", "ship", None, "{}")).unwrap();
    net.settle();
    // Neither has heard of the other: the answers stand in different processes, so both take effect.
    let received = in_process("main/goods", "buyer", "receive", Some("accept"), r#"{"day":"2026-05-08"}"#);
    net.party("buyer").says(&admin("buyer"), received).unwrap();
    let invoice = in_process("main/invoice", "supplier", "invoice", None, r#"{"amount":"12500"}"#);
    net.party("supplier").says(&admin("supplier"), invoice).unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("buyer"), "settling");
    assert_eq!(parts(&net, "supplier"), ["process:main"]);
    let vars = net.state("supplier").process().unwrap().vars().to_plain();
    assert_eq!(vars.get("payable"), Some(&json(r#""12062.5""#)));
    assert!(net.outcomes("buyer").iter().all(|(_, outcome)| outcome.is_applied()));
    net.party("buyer").says(&admin("buyer"), response_of("buyer", "pay", None, "{}")).unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("supplier"), "settled");
}

#[test]
fn a_mandate_for_a_role_reaches_into_the_processes() {
    let mut net = Net::new(purchase(), &["buyer", "supplier"]);
    let mandate = mandate(person("wim").id(), r#"{"actors":["supplier"],"actions":["ship"]}"#);
    net.party("supplier").says(&admin("supplier"), Payload::Identity(person("wim"))).unwrap();
    net.party("supplier").says(&admin("supplier"), Payload::Mandate(mandate)).unwrap();
    net.settle();
    ordered(&mut net);
    let ship = in_process("main/goods", "supplier", "ship", None, "{}");
    net.party("supplier").says(&user("wim"), ship).unwrap();
    net.settle();
    net.agree();
    let invoice = in_process("main/invoice", "supplier", "invoice", None, r#"{"amount":"1"}"#);
    assert!(net.party("supplier").says(&user("wim"), invoice).is_err());
}

#[test]
fn what_is_said_to_a_process_that_is_gone_is_rejected() {
    let founding = purchase();
    let mut log = Log::new(&founding);
    assert_eq!(log.say(&admin("buyer"), response_of("buyer", "order", None, ORDER)), "applied");
    assert_eq!(log.answer(&admin("supplier"), "supplier", "confirm", Some("accept"), "{}"), "applied");
    let ship = || in_process("main/goods", "supplier", "ship", None, "{}");
    assert_eq!(log.say(&admin("supplier"), ship()), "applied");
    let entered = log.last;
    assert_eq!(log.state.entered_by("main/goods"), Some(entered));
    assert_ne!(log.state.entered_by("main/invoice"), Some(entered));
    assert_eq!(log.say(&admin("supplier"), ship()), "not_open");
    let refused = in_process("main/goods", "buyer", "receive", Some("refuse"), "{}");
    assert_eq!(log.say(&admin("buyer"), refused.clone()), "applied");
    assert_eq!(log.process(), "called_off");
    assert_eq!(log.say(&admin("buyer"), refused), "process_over");
    assert_eq!(log.state.entered_by("main/goods"), None);
    assert_eq!(log.again(&founding).state.hash(), log.state.hash());
}
