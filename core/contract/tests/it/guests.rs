//! A role that the process opens: in a contract a member plays it at once, and somebody else joins first (decision 0020).

use countersign_chain::LogState;
use countersign_codec::Encode;
use countersign_contract::Payload;
use countersign_crypto::Digest;
use countersign_types::StatementId;

use crate::joining::{confirm, invite, join, joins};
use crate::log::{Log, response_of};
use crate::net::Net;
use crate::people::{admin, party};
use crate::scenarios::Founding;

/// The scenario of the guide.
fn damage() -> Founding {
    let page = include_str!("../../../../docs/guide/src/identities.md");
    let snippet = page.split("```yaml,scenario\n").nth(1).unwrap().split("```").next().unwrap();
    Founding::new(snippet, &["owner", "insurer"], &[("owner", "owner"), ("insurer", "insurer")])
}

fn two_guests() -> Founding {
    Founding::new(include_str!("fixtures/two_guests.yaml"), &["insurer"], &[("insurer", "insurer")])
}

fn appoint(who: Option<&str>) -> Payload {
    let data = who.map_or_else(|| "{}".to_owned(), |who| format!(r#"{{"who":"{}"}}"#, party(who)));
    response_of("insurer", "appoint", None, &data)
}

fn report() -> Payload {
    response_of("assessor", "report", None, r#"{"damage":"3100"}"#)
}

fn parts(log: &Log) -> Vec<String> {
    log.state.sub_hashes().into_iter().map(|(name, _)| name).collect()
}

/// Joins by a log alone.
fn joins_log(log: &mut Log, invitation: StatementId, name: &str) -> String {
    let payload = join(log.state.contract(), invitation, name, "{}");
    log.say(&admin(name), payload)
}

#[test]
fn the_insurer_appoints_somebody_whom_nobody_knew() {
    let mut net = Net::new(damage(), &["insurer", "owner"]);
    let closed = net.party("insurer").says(&admin("insurer"), invite("assessor", 50)).unwrap_err();
    assert!(closed.to_string().contains("invalid_data"), "no member brings an assessor of its own: {closed}");
    net.party("insurer").says(&admin("insurer"), appoint(None)).unwrap();
    net.settle();
    assert_eq!(net.process("owner"), "assessing");
    let waits = |net: &Net| {
        let state = net.state("owner");
        state.process().unwrap().invited().map(|(actor, _)| actor.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(waits(&net), ["assessor"]);
    let invitation = net.party("insurer").says(&admin("insurer"), invite("assessor", 50)).unwrap();
    joins(&mut net, "insurer", invitation, "smith", "{}").unwrap();
    net.settle();
    net.party("insurer").says(&admin("insurer"), confirm(invitation)).unwrap();
    net.settle();
    net.agree();
    assert_eq!(waits(&net), Vec::<String>::new());
    net.party("smith").restart();
    net.party("smith").says(&admin("smith"), report()).unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("owner"), "assessed");
}

#[test]
fn a_role_that_waits_for_a_party_takes_no_other() {
    let mut log = Log::new(&two_guests());
    let plain = parts(&log);
    assert_eq!(log.say(&admin("insurer"), invite("assessor", 50)), "invalid_data(assessor)");
    assert_eq!(log.say(&admin("insurer"), appoint(Some("smith"))), "applied");
    assert_eq!(parts(&log).len(), plain.len() + 1, "the state says who is waited for");
    assert_eq!(parts(&log)[3], "invited");
    let waiting = log.state.process().unwrap().invited_bytes().unwrap();
    let named = log.state.sub_hashes().into_iter().find(|(name, _)| name == "invited").unwrap().1;
    assert_eq!(named, Digest::of(&waiting));
    // Jones comes with a link that was meant for Smith.
    assert_eq!(log.say(&admin("insurer"), invite("assessor", 50)), "applied");
    let first = log.last;
    assert_eq!(joins_log(&mut log, first, "jones"), "not_an_actor(assessor)");
    assert_eq!(joins_log(&mut log, first, "smith"), "applied", "the link is not spent");
    // Before it is confirmed, somebody else is to play the role.
    assert_eq!(log.say(&admin("insurer"), response_of("insurer", "dismiss", None, "{}")), "applied");
    assert_eq!(log.say(&admin("insurer"), confirm(first)), "invalid_data(assessor)");
    assert!(!log.state.epoch().contains(&party("smith")), "a confirm that cannot bind makes no member");
    assert_eq!(log.say(&admin("insurer"), appoint(Some("jones"))), "applied");
    assert_eq!(log.say(&admin("insurer"), confirm(first)), "not_an_actor");
    assert_eq!(
        log.say(&admin("insurer"), invite("assessor", 50)),
        "applied",
        "smith, who waits, stands in nobody's way"
    );
    let second = log.last;
    assert_eq!(joins_log(&mut log, second, "jones"), "applied");
    assert_eq!(
        log.say(&admin("insurer"), invite("assessor", 50)),
        "invalid_data(assessor)",
        "jones is to be confirmed"
    );
    assert_eq!(log.say(&admin("insurer"), confirm(second)), "applied");
    assert_eq!(log.say(&admin("jones"), report()), "applied");
}

#[test]
fn a_member_by_another_invitation_is_bound_when_it_is_waited_for() {
    let mut log = Log::new(&two_guests());
    assert_eq!(log.say(&admin("insurer"), appoint(Some("smith"))), "applied");
    assert_eq!(log.say(&admin("insurer"), invite("watcher", 50)), "applied", "no effect names the watcher");
    let invitation = log.last;
    assert_eq!(joins_log(&mut log, invitation, "smith"), "applied");
    assert_eq!(log.say(&admin("smith"), report()), "not_entitled", "it has not been confirmed");
    assert_eq!(log.say(&admin("insurer"), confirm(invitation)), "applied");
    let smith = party("smith").to_string();
    let process = log.state.process().unwrap();
    assert_eq!((process.party("assessor"), process.party("watcher")), (Some(&*smith), Some(&*smith)));
    assert_eq!(parts(&log).iter().filter(|part| *part == "invited").count(), 0);
    // Appointed anew, as a member: bound at once. Removed, it stays a member.
    assert_eq!(log.say(&admin("insurer"), response_of("insurer", "dismiss", None, "{}")), "applied");
    assert_eq!(log.say(&admin("smith"), report()), "not_entitled");
    assert!(log.state.epoch().contains(&party("smith")) && log.state.process().unwrap().is_bound("watcher"));
    assert_eq!(log.say(&admin("insurer"), appoint(Some("smith"))), "applied");
    assert_eq!(log.say(&admin("smith"), report()), "applied");
    let founding = two_guests();
    assert_eq!(log.again(&founding).state.hash(), log.state.hash());
    assert_eq!(log.again(&founding).state.epoch().to_bytes(), log.state.epoch().to_bytes());
}

#[test]
fn nobody_changes_the_data_of_another_but_by_an_action_that_says_so() {
    let mut log = Log::new(&Founding::new(
        include_str!("fixtures/two_guests.yaml"),
        &["insurer", "owner"],
        &[("insurer", "insurer"), ("owner", "owner")],
    ));
    let desk = |who: &str, action: &str| response_of(who, action, None, r#"{"desk":"B"}"#);
    assert_eq!(log.say(&admin("insurer"), desk("insurer", "place")), "applied");
    assert_eq!(log.say(&admin("owner"), desk("owner", "place")), "not_yours");
    assert_eq!(log.say(&admin("owner"), desk("insurer", "place")), "not_entitled");
    let data = |log: &Log| log.state.process().unwrap().actor("assessor").unwrap().get("desk").to_plain();
    assert_eq!(data(&log), crate::people::json(r#""B""#));
    assert_eq!(log.say(&admin("insurer"), appoint(None)), "applied");
    assert_eq!(data(&log), crate::people::json(r#""B""#), "what was written before anybody came stays");
}

/// Both speak before they have heard of the other: the owner objects to the assessor whom the insurer confirms.
#[test]
fn who_is_confirmed_and_removed_at_the_same_moment_is_the_same_everywhere() {
    let mut ends = std::collections::BTreeSet::new();
    for chance in 0..6 {
        let mut net = Net::new(damage(), &["insurer", "owner"]).shuffled(chance);
        net.party("insurer").says(&admin("insurer"), appoint(None)).unwrap();
        net.settle();
        let invitation = net.party("insurer").says(&admin("insurer"), invite("assessor", 50)).unwrap();
        joins(&mut net, "insurer", invitation, "smith", "{}").unwrap();
        net.settle();
        net.party("owner").acts("owner", "object").unwrap();
        net.party("insurer").says(&admin("insurer"), confirm(invitation)).unwrap();
        net.settle();
        let state = net.state("owner");
        let (member, plays) = (state.epoch().contains(&party("smith")), state.process().unwrap().is_bound("assessor"));
        assert!(!plays, "after the objection nobody is the assessor, whichever came first");
        ends.insert(member);
        if !member {
            net.leave("smith");
        }
        net.settle();
        net.agree();
    }
    println!("smith became a member: {ends:?}");
}
