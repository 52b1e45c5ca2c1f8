//! Sureties: a role that several companies play, some from the beginning, some invited later.

use countersign_contract::Payload;
use countersign_types::StatementId;

use crate::joining::{confirm, invite, join};
use crate::log::Log;
use crate::people::{admin, mandate, party, person, user};
use crate::scenarios::Founding;

/// Those of the beginning, and those who join later.
pub const LOAN: &str = r#"
scenario: countersign/scenario/v1
name: loan
title: Loan with sureties
language: en
comments: {by: [sureties], media: [text/plain], max_bytes: 20}
actors:
  debtor: {title: Debtor}
  sureties: {title: Sureties, many: {min: 2, max: 3}}
  friends: {title: Friends, many: {min: 0, max: 2}, joins: invitation, data: {town: {type: text, optional: true}}}
actions:
  pledge: {title: Pledge, kind: performative, by: [sureties, friends], if: "not did(actor, pledge)"}
  draw: {title: Draw, kind: performative, by: debtor}
initial: pledging
states:
  pledging:
    title: Sureties pledge
    transitions:
      - {on: pledge, goto: stay}
      - {when: "how_many_did(pledge) >= 3 and everyone_did(pledge)", goto: open}
  open: {title: Money may be drawn, transitions: [{on: draw, goto: drawn}]}
  drawn: {title: Drawn, final: success}
"#;

/// The debtor looks for the second surety.
pub fn loan() -> Founding {
    Founding::new(LOAN, &["owner", "bank"], &[("debtor", "owner"), ("sureties.0", "bank")])
}

/// Invites a company, lets it join, and says what became of the confirmation.
fn takes(log: &mut Log, host: &str, actor: &str, name: &str, data: &str) -> String {
    let host = admin(host);
    assert_eq!(log.say(&host, invite(actor, 90)), "applied");
    let invitation: StatementId = log.last;
    assert_eq!(log.say(&admin(name), join(log.state.contract(), invitation, name, data)), "applied");
    log.say(&host, confirm(invitation))
}

fn played(log: &Log, company: &str) -> Vec<String> {
    log.state.process().map(|process| process.roles_of(&party(company).to_string())).unwrap_or_default()
}

#[test]
fn the_process_waits_for_the_last_that_a_group_must_have() {
    let mut log = Log::new(&loan());
    assert!(log.state.process().is_none(), "one of two");
    assert_eq!(log.act(&admin("bank"), "sureties.0", "pledge"), "not_started");
    assert_eq!(takes(&mut log, "owner", "sureties", "smith", "{}"), "applied");
    assert_eq!(played(&log, "smith"), ["sureties.1"]);
    assert_eq!(log.say(&admin("owner"), invite("sureties", 90)), "invalid_data(sureties)", "it has begun without more");
    assert_eq!(log.say(&admin("owner"), invite("sureties.1", 90)), "invalid_data(sureties.1)");
    for (company, role, outcome) in [
        ("smith", "sureties.0", "not_entitled"),
        ("smith", "sureties.1", "applied"),
        ("smith", "sureties.1", "condition_not_met"),
        ("bank", "sureties.0", "applied"),
        ("bank", "sureties", "not_entitled"),
        ("bank", "sureties.2", "not_entitled"),
    ] {
        assert_eq!(log.act(&admin(company), role, "pledge"), outcome, "{company} as {role}");
    }
}

#[test]
fn friends_come_one_after_the_other_until_there_is_no_room() {
    let mut log = Log::new(&loan());
    assert_eq!(takes(&mut log, "owner", "sureties", "smith", "{}"), "applied");
    assert_eq!(takes(&mut log, "owner", "friends", "friend", r#"{"friends":{"town":"Delft"}}"#), "applied");
    assert_eq!(played(&log, "friend"), ["friends.0"]);
    let town = log.state.process().unwrap().actor("friends.0").unwrap().get("town").clone();
    assert_eq!(town.as_text(), Some("Delft"));
    // Two links for one place: who is confirmed first has it.
    let host = admin("owner");
    assert_eq!(log.say(&host, invite("friends", 90)), "applied");
    let (first, host) = (log.last, host);
    assert_eq!(log.say(&host, invite("friends", 90)), "applied");
    let second = log.last;
    for (invitation, name) in [(first, "tenant"), (second, "landlord")] {
        let said = join(log.state.contract(), invitation, name, "{}");
        assert_eq!(log.say(&admin(name), said), "applied");
    }
    assert_eq!(log.say(&host, invite("friends", 90)), "invalid_data(friends)", "two wait already");
    assert_eq!(log.say(&host, confirm(second)), "applied");
    assert_eq!(played(&log, "landlord"), ["friends.1"]);
    assert_eq!(log.say(&host, confirm(first)), "limit");
    for (company, role) in [("bank", "sureties.0"), ("landlord", "friends.1"), ("smith", "sureties.1")] {
        assert_eq!(log.act(&admin(company), role, "pledge"), "applied");
    }
    assert_eq!(log.state.process().unwrap().state(), "pledging", "not everyone who joined");
    assert_eq!(log.act(&admin("friend"), "friends.0", "pledge"), "applied");
    assert_eq!(log.state.process().unwrap().state(), "open");
}

#[test]
fn a_mandate_for_a_group_holds_for_the_members_that_the_party_plays() {
    let mut log = Log::new(&loan());
    assert_eq!(takes(&mut log, "owner", "sureties", "smith", "{}"), "applied");
    let smith = admin("smith");
    log.say(&smith, Payload::Identity(person("erin")));
    let powers = mandate(person("erin").id(), r#"{"actors":["sureties"],"actions":["pledge"]}"#);
    assert_eq!(log.say(&smith, Payload::Mandate(powers)), "applied");
    assert_eq!(log.act(&user("erin"), "sureties.0", "pledge"), "not_entitled", "the bank plays it");
    assert_eq!(log.act(&user("erin"), "sureties.1", "pledge"), "applied");
    let comment = |text: &str| {
        let media = "text/plain".into();
        Payload::Comment(countersign_contract::Comment { text: text.into(), media, attachments: Vec::new() })
    };
    assert_eq!(log.say(&user("erin"), comment("Pledged.")), "applied", "a member of a group may comment as the group");
    assert_eq!(log.say(&admin("owner"), comment("Thanks.")), "not_entitled");
}

#[test]
fn a_charter_names_members_without_a_gap_and_no_group() {
    let founded = |bound: &[(&str, &str)]| {
        let founding = std::panic::catch_unwind(|| Founding::new(LOAN, &["owner", "bank"], bound)).unwrap();
        let state =
            countersign_contract::State::found(&founding.genesis, &founding.opening, None, crate::scenarios::no_proofs);
        state.map(drop).map_err(|error| error.code())
    };
    assert_eq!(founded(&[("debtor", "owner"), ("sureties.0", "bank"), ("sureties.1", "owner")]), Ok(()));
    assert_eq!(founded(&[("debtor", "owner"), ("sureties", "bank")]), Err("invalid_charter"));
    assert_eq!(founded(&[("debtor", "owner"), ("sureties.01", "bank")]), Err("invalid_charter"));
    assert_eq!(founded(&[("debtor", "owner"), ("debtor.0", "bank")]), Err("invalid_charter"));
    let gap = [("debtor", "owner"), ("sureties.0", "bank"), ("sureties.1", "bank"), ("friends.1", "bank")];
    assert_eq!(founded(&gap), Err("not_an_actor"));
    let four: Vec<(String, &str)> = (0..4).map(|index| (format!("sureties.{index}"), "bank")).collect();
    let four: Vec<(&str, &str)> = four.iter().map(|(name, company)| (name.as_str(), *company)).collect();
    assert_eq!(founded(&[&[("debtor", "owner")], four.as_slice()].concat()), Err("limit"));
}
