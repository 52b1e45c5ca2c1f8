//! Roles that effects open and close: who is invited, who waits, who came (decision 0020).

use countersign_codec::{Encode, Json};
use countersign_workflow::{Answer, Binding, Entitlement, KeyKind, Process, RejectionRule, Scenario};

use crate::canonical::load;
use crate::process::{DAY_ONE, bindings, json, time};

pub const GUESTS: &str = include_str!("fixtures/guests.yaml");

/// In a contract of these members.
fn contract(members: &[&str]) -> Process {
    let scenario = load(GUESTS);
    let members = members.iter().map(|member| (*member).to_owned());
    Process::start_among(members, &scenario, &bindings(&scenario), &Json::Null, time(DAY_ONE)).unwrap()
}

fn say(process: &mut Process, actor: &str, action: &str, data: &str) -> Result<(), RejectionRule> {
    say_in(process, "main", actor, action, data)
}

fn say_in(process: &mut Process, path: &str, actor: &str, action: &str, data: &str) -> Result<(), RejectionRule> {
    let party = process.party_in(path, actor).flatten().map(str::to_owned);
    let answer = Answer {
        contract: None,
        process: path,
        actor,
        party: party.as_deref(),
        key: KeyKind::User,
        action,
        response: None,
        data: &json(data),
        attachments: &Json::Null,
        seen: process.seen(path, action),
        time: process.time(),
        proofs: None,
    };
    process.respond(&answer, &|_| Entitlement::Entitled).map_err(|rejection| rejection.rule)
}

fn appoint(process: &mut Process, who: &str) {
    say(process, "insurer", "appoint", &format!(r#"{{"who":"{who}"}}"#)).unwrap();
}

fn joins(process: &mut Process, party: &str, data: &str) -> Result<(), RejectionRule> {
    let Json::Map(data) = json(data) else { panic!("{data}") };
    let now = process.time();
    process.join("assessor", &Binding { party: Some(party.into()), data }, now).map_err(|rejection| rejection.rule)
}

fn waiting(process: &Process) -> Vec<(&str, Option<&str>)> {
    process.invited().collect()
}

#[test]
fn in_a_play_whoever_is_named_is_there_at_once() {
    let scenario = load(GUESTS);
    let mut process = Process::start(&scenario, &bindings(&scenario), &Json::Null, time(DAY_ONE)).unwrap();
    assert_eq!(process.state(), "waiting");
    assert_eq!(say(&mut process, "assessor", "look", "null"), Err(RejectionRule::NotAnActor));
    appoint(&mut process, "idn_ann");
    assert_eq!((process.state(), process.party("assessor")), ("open", Some("idn_ann")), "and the process goes on");
    assert_eq!(process.party("helper"), Some("idn_ann"), "who acts for the assessor comes along");
    say(&mut process, "assessor", "look", "null").unwrap();
    appoint(&mut process, "idn_ann");
    assert_eq!(say(&mut process, "assessor", "report", r#"{"value":1}"#), Ok(()));
    assert_eq!(process.state(), "done", "who plays it already is not replaced: what was done counts");
}

#[test]
fn what_the_former_one_did_does_not_count_for_the_next() {
    let mut process = contract(&["idn_ann", "idn_ben"]);
    appoint(&mut process, "idn_ann");
    say(&mut process, "assessor", "look", "null").unwrap();
    appoint(&mut process, "idn_ben");
    assert_eq!(process.party("assessor"), Some("idn_ben"));
    say(&mut process, "assessor", "report", r#"{"value":1}"#).unwrap();
    assert_eq!(process.state(), "open", "nobody who plays the assessor now has looked");
    say(&mut process, "helper", "look", "null").unwrap();
    say(&mut process, "assessor", "look", "null").unwrap();
    say(&mut process, "assessor", "report", r#"{"value":2}"#).unwrap();
    assert_eq!(process.state(), "done");
}

#[test]
fn a_party_that_is_no_member_is_waited_for_and_nobody_else_comes() {
    let mut process = contract(&["idn_claimant", "idn_insurer"]);
    assert!(!process.may_join("assessor"), "no effect has opened the role");
    assert_eq!(joins(&mut process, "idn_ann", "{}"), Err(RejectionRule::NotAnActor));
    assert_eq!((process.invited_bytes(), waiting(&process)), (None, vec![]));
    let before = process.to_bytes();
    appoint(&mut process, "idn_ann");
    assert_eq!(waiting(&process), [("assessor", Some("idn_ann"))]);
    assert!(process.invited_bytes().is_some() && process.may_join("assessor") && !process.is_bound("assessor"));
    assert_eq!(process.state(), "waiting");
    assert_ne!(process.to_bytes(), before, "its desk is known already");
    assert_eq!(joins(&mut process, "idn_ben", "{}"), Err(RejectionRule::NotAnActor));
    assert_eq!(say(&mut process, "assessor", "look", "null"), Err(RejectionRule::NotAnActor));
    joins(&mut process, "idn_ann", "{}").unwrap();
    assert_eq!((process.state(), waiting(&process)), ("open", vec![]));
    let desk = process.actor("assessor").unwrap().get("desk").as_text().map(str::to_owned);
    assert_eq!(desk.as_deref(), Some("B"), "what was written before anybody came stays");
    assert!(process.invited_bytes().is_none());
}

#[test]
fn without_a_name_anybody_may_come_and_says_the_own_data() {
    let mut process = contract(&["idn_claimant", "idn_insurer"]);
    say(&mut process, "insurer", "appoint", "{}").unwrap();
    assert_eq!(waiting(&process), [("assessor", None)]);
    joins(&mut process, "idn_ben", r#"{"desk":"C"}"#).unwrap();
    assert_eq!(process.party("assessor"), Some("idn_ben"));
    assert_eq!(process.actor("assessor").unwrap().get("desk").as_text(), Some("C"));
}

#[test]
fn a_role_finds_its_party_when_that_becomes_a_member() {
    let mut process = contract(&["idn_claimant", "idn_insurer"]);
    appoint(&mut process, "idn_ann");
    let now = process.time();
    process.know_members(["idn_claimant", "idn_insurer", "idn_ben"].map(str::to_owned));
    process.welcome("idn_ben", now).unwrap();
    assert!(!process.is_bound("assessor"));
    process.know_members(["idn_claimant", "idn_insurer", "idn_ben", "idn_ann"].map(str::to_owned));
    process.welcome("idn_ann", now).unwrap();
    assert_eq!(
        (process.state(), process.party("assessor"), process.party("helper")),
        ("open", Some("idn_ann"), Some("idn_ann"))
    );
}

#[test]
fn who_is_removed_acts_no_more_and_the_role_is_closed() {
    let mut process = contract(&["idn_ann"]);
    appoint(&mut process, "idn_ann");
    say(&mut process, "assessor", "dismiss", "null").unwrap();
    assert_eq!((process.state(), process.party("assessor"), process.party("helper")), ("waiting", None, None));
    assert!(!process.may_join("assessor"));
    assert_eq!(process.actor("assessor").unwrap().get("desk").as_text(), None, "the data went with the party");
    // Closed while it waits: nobody comes any more.
    appoint(&mut process, "idn_zoe");
    assert!(process.may_join("assessor"));
    appoint(&mut process, "idn_ann");
    assert_eq!(waiting(&process), []);
}

#[test]
fn a_child_invites_and_removes_for_all_processes() {
    let mut process = contract(&["idn_ann", "idn_ben"]);
    appoint(&mut process, "idn_ann");
    say(&mut process, "claimant", "visit", "null").unwrap();
    say_in(&mut process, "main/visit", "expert", "see", "null").unwrap();
    let shoes = |process: &Process| {
        let actors = process.process("main/visit").unwrap().actors();
        actors.into_iter().find(|(name, _)| name == "expert").unwrap().1.get("shoes").to_plain()
    };
    assert_eq!(shoes(&process), Json::Int(43));
    say_in(&mut process, "main/visit", "host", "replace", r#"{"who":"idn_ben"}"#).unwrap();
    assert_eq!(process.party("assessor"), Some("idn_ben"));
    assert_eq!(process.party_in("main/visit", "expert"), Some(Some("idn_ben")));
    assert_eq!(shoes(&process), Json::Null, "the next one has other shoes");
    assert!(process.markers().is_empty(), "and has seen nothing, as the way out is judged after the effects");
    // Nobody has to be there for a deadline.
    process.tick(time("2026-03-01T00:00:00.000Z"));
    assert_eq!((process.state(), process.party("assessor")), ("waiting", None));
}

#[test]
fn a_role_that_nobody_can_be_invited_to_is_named() {
    let codes = |from: &str, to: &str| -> Vec<String> {
        let text = GUESTS.replacen(from, to, 1);
        assert_ne!(text, GUESTS, "{from}");
        let findings = Scenario::load(text.as_bytes()).unwrap_err();
        let errors = findings.iter().filter(|finding| finding.is_error());
        errors.map(|finding| format!("{} {}", finding.code, finding.message)).collect()
    };
    let invite = "{invite: assessor, as: data.who}";
    assert_eq!(
        codes(invite, "{invite: claimant, as: data.who}"),
        ["E405 `claimant` cannot be invited: it has no `joins: invitation`"]
    );
    assert_eq!(codes(invite, "{invite: helper}"), ["E405 `helper` cannot be invited: it acts for `assessor`"]);
    assert_eq!(codes(invite, "{invite: asessor}"), ["E201 no actor is called `asessor`; did you mean `assessor`?"]);
    assert_eq!(codes(invite, "{invite: assessor, as: vars.looks}").len(), 1);
    assert_eq!(codes("{remove: assessor}", "{remove: nobody}"), ["E201 no actor is called `nobody`"]);
    assert_eq!(
        codes("{expert: assessor, host: claimant}", "{expert: claimant, host: claimant}"),
        ["E405 `claimant` cannot be invited by child `visit`: it has no `joins: invitation`"]
    );
    let personal =
        codes("    data: {who: optional party}", "    data: {who: {type: party, personal: names, optional: true}}");
    assert!(personal.iter().any(|finding| finding.starts_with("E501") || finding.starts_with("E201")), "{personal:?}");
}

const EXPERT: &str = "\
scenario: countersign/deviation/v1
name: expert
of: guests
title: A second opinion
language: en
actions:
  ask_another: {title: Ask another, kind: performative, by: claimant, data: {who: party}, do: [{invite: assessor, as: data.who}]}
  settle: {title: Settle, kind: performative, by: [claimant, insurer], do: [{remove: assessor}]}
leaves: {open: [{on: ask_another, goto: asked}]}
states: {asked: {title: Another is asked, transitions: [{on: settle, goto: waiting}, {after: P60D, goto: waiting}]}}
";

#[test]
fn a_deviation_may_bring_somebody_else() {
    let mut process = contract(&["idn_ann", "idn_ben"]);
    let deviation = countersign_workflow::Deviation::load(EXPERT.as_bytes(), process.agreed()).unwrap().0;
    appoint(&mut process, "idn_ann");
    let now = process.time();
    process.adopt(&deviation, now).unwrap();
    assert_eq!(process.party("assessor"), Some("idn_ann"));
    say(&mut process, "claimant", "ask_another", r#"{"who":"idn_zoe"}"#).unwrap();
    assert_eq!((process.state(), waiting(&process)), ("asked", vec![("assessor", Some("idn_zoe"))]));
    // The deviation goes when its state is left, and whom it waited for is forgotten by its own effect.
    say(&mut process, "insurer", "settle", "null").unwrap();
    assert_eq!((process.state(), waiting(&process), process.deviations().len()), ("waiting", vec![], 0));
}

#[test]
fn an_update_keeps_who_is_waited_for_if_the_new_scenario_opens_the_role() {
    let agreed = load(GUESTS);
    let other = GUESTS
        .replace("{invite: assessor, as: data.who}", "{mark: appointed}")
        .replace("do: [{invite: expert, as: data.who}]", "do: [{mark: replaced}]");
    for (text, stays) in [(GUESTS.replace("title: Nobody assesses", "title: Nobody is there"), true), (other, false)] {
        let to = load(&text);
        let hex: String = to.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        let states = "{waiting: waiting, open: open, visiting: visiting}";
        let update = format!(
            "scenario: countersign/update/v1\nname: newer\ntitle: Newer\nlanguage: en\nof: guests\nto: sha256:{hex}\nstates: {states}\n"
        );
        let update = countersign_workflow::Update::load(update.as_bytes(), &agreed, &to).unwrap().0;
        let mut process = contract(&["idn_insurer"]);
        appoint(&mut process, "idn_zoe");
        let now = process.time();
        process.update(&update, now).unwrap();
        assert_eq!(process.invited().count(), usize::from(stays));
        assert!(process.may_join("assessor"), "either it waits, or no effect opens it");
    }
}
