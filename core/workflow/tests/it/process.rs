//! Processes step by step: the order of the rules, roles, timers, and what survives a rejection.

use std::collections::BTreeMap;

use countersign_codec::{Encode, Json};
use countersign_rules::{Timestamp, Value};
use countersign_workflow::{
    Answer, Binding, Entitlement, KeyKind, Needs, Outcome, Process, Rejection, RejectionRule, Scenario,
    TIMERS_FIRED_MAX, draw, explain,
};

use crate::canonical::{EVERYTHING, LEASE, load};

pub fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), countersign_codec::JsonLimits::default()).unwrap()
}

/// Each actor bound to a party of its own, those that act for another to that one's.
pub fn bindings(scenario: &Scenario) -> BTreeMap<String, Binding> {
    let party = |actor: &str| Binding { party: Some(format!("idn_{actor}")), data: BTreeMap::new() };
    let own = scenario.actors().filter(|actor| scenario.acts_for(actor) == Some(actor));
    let start = own.filter(|actor| scenario.joins(actor) == Some(countersign_workflow::Joins::Start));
    let names = start.flat_map(|actor| match scenario.group(actor) {
        None => vec![actor.to_owned()],
        Some(many) => (0..many.min).map(|index| format!("{actor}.{index}")).collect(),
    });
    names.map(|name| (name.clone(), party(&name))).collect()
}

pub const NOTHING: Json = Json::Null;
pub const DAY_ONE: &str = "2026-01-01T00:00:00.000Z";

pub fn answer<'a>(actor: &'a str, party: &'a str, action: &'a str, data: &'a Json) -> Answer<'a> {
    Answer {
        contract: None,
        process: "main",
        actor,
        party: Some(party),
        key: KeyKind::User,
        action,
        response: None,
        data,
        attachments: &NOTHING,
        seen: None,
        time: time(DAY_ONE),
        proofs: None,
    }
}

pub const ENTITLED: &dyn Fn(&Process) -> Entitlement = &|_| Entitlement::Entitled;

pub fn rule(result: Result<(), Rejection>) -> &'static str {
    result.map_or_else(|rejection| rejection.rule.as_str(), |()| "applied")
}

const ORDER: &str = r#"
scenario: countersign/scenario/v1
name: order
title: Order of the rules
language: en
actors: {a: {title: A}, b: {title: B}, c: {title: C}}
vars: {ready: {type: bool, initial: false}, n: {type: int, initial: 0, max: 5}}
actions:
  open: {title: Open, kind: informative, by: c, do: [{set: vars.ready, to: true}]}
  pay: {title: Pay, kind: performative, by: [a, b], if: vars.ready, seen: [vars.n], expect: full, responses: {
    full: {title: Full, data: {n: int}, attachments: {bill: {title: Bill, media: [text/plain], max_bytes: 10}}, do: [{set: vars.n, to: data.n}]},
    part: {title: Part}}}
  other: {title: Other, kind: informative, by: c}
initial: s
states:
  s:
    title: S
    transitions:
      - {on: open, goto: stay}
      - {on: pay, by: a, if: "vars.n < 100 and 10 / vars.n > 0", goto: e}
  t: {title: T, transitions: [{on: other, goto: e}]}
  e: {title: E, final: success}
everywhere: {except: [t], transitions: [{after: P9Y, goto: t}]}
"#;

#[test]
fn rules_are_tried_in_the_order_of_the_language() {
    let scenario = load(ORDER);
    let mut process = Process::start(&scenario, &bindings(&scenario), &NOTHING, time(DAY_ONE)).unwrap();
    let (wrong, right) = (json(r#"{"n":"x"}"#), json(r#"{"n":2}"#));
    let file = |media: &str, bytes: u32| {
        let hash = format!("sha256:{}", "ab".repeat(32));
        json(&format!(r#"{{"bill":{{"hash":"{hash}","name":"a","media":"{media}","bytes":{bytes}}}}}"#))
    };
    let (bad_file, large_file, good_file) = (file("text/html", 1), file("text/plain", 11), file("text/plain", 10));
    // Everything about this answer is wrong; one fault after another is mended.
    let mut given = answer("b", "idn_x", "steal", &wrong);
    given.key = KeyKind::System;
    given.response = Some("none");
    given.attachments = &bad_file;
    given.seen = Some([0; 32]);
    let refuse = |process: &mut Process, given: &Answer<'_>, entitlement: Entitlement| {
        let before = process.to_bytes();
        let found = rule(process.respond(given, &|_| entitlement));
        assert!(found == "applied" || process.to_bytes() == before, "{found} changed something");
        found
    };
    let no = Entitlement::NotEntitled;
    assert_eq!(refuse(&mut process, &given, no), "unknown_action");
    given.action = "other";
    given.process = "main/child";
    assert_eq!(refuse(&mut process, &given, no), "unknown_action");
    given.process = "main";
    assert_eq!(refuse(&mut process, &given, no), "not_entitled");
    assert_eq!(refuse(&mut process, &given, Entitlement::BeyondMandate), "beyond_mandate");
    let yes = Entitlement::Entitled;
    given.action = "pay";
    assert_eq!(refuse(&mut process, &given, yes), "not_an_actor");
    given.party = Some("idn_b");
    assert_eq!(refuse(&mut process, &given, yes), "wrong_key");
    given.key = KeyKind::User;
    assert_eq!(refuse(&mut process, &Answer { action: "other", ..given }, yes), "not_open");
    assert_eq!(refuse(&mut process, &given, yes), "not_yours");
    (given.actor, given.party) = ("a", Some("idn_a"));
    assert_eq!(refuse(&mut process, &given, yes), "condition_not_met");
    assert_eq!(rule(process.respond(&answer("c", "idn_c", "open", &NOTHING), ENTITLED)), "applied");
    assert_eq!(refuse(&mut process, &given, yes), "unknown_response");
    given.response = None;
    assert_eq!(refuse(&mut process, &given, yes), "invalid_data");
    given.data = &right;
    assert_eq!(refuse(&mut process, &given, yes), "invalid_attachment");
    given.attachments = &large_file;
    assert_eq!(refuse(&mut process, &given, yes), "invalid_attachment");
    given.attachments = &good_file;
    assert_eq!(refuse(&mut process, &given, yes), "seen_changed");
    given.seen = None;
    assert_eq!(refuse(&mut process, &given, yes), "seen_changed");
    given.seen = process.seen("main", "pay");
    let (zero, high, six) = (json(r#"{"n":0}"#), json(r#"{"n":100}"#), json(r#"{"n":6}"#));
    assert_eq!(refuse(&mut process, &Answer { data: &zero, ..given }, yes), "expression_error");
    assert_eq!(refuse(&mut process, &Answer { data: &high, ..given }, yes), "no_transition");
    assert_eq!(refuse(&mut process, &Answer { data: &six, ..given }, yes), "invalid_result");
    assert_eq!(refuse(&mut process, &given, yes), "applied");
    assert_eq!((process.state(), process.outcome()), ("e", Some(Outcome::Success)));
    assert_eq!(refuse(&mut process, &Answer { action: "steal", ..given }, no), "process_over");
}

#[test]
fn rejections_point_at_what_is_wrong() {
    let scenario = load(ORDER);
    let mut process = Process::start(&scenario, &bindings(&scenario), &NOTHING, time(DAY_ONE)).unwrap();
    process.respond(&answer("c", "idn_c", "open", &NOTHING), ENTITLED).unwrap();
    let data = json(r#"{"n":"x"}"#);
    let rejection = process.respond(&answer("a", "idn_a", "pay", &data), ENTITLED).unwrap_err();
    assert_eq!(rejection.pointer.as_deref(), Some("/n"));
    let data = json(r#"{"n":1}"#);
    let rejection = process.respond(&answer("a", "idn_a", "pay", &data), ENTITLED).unwrap_err();
    assert_eq!((rejection.rule, rejection.pointer.as_deref()), (RejectionRule::InvalidAttachment, Some("/bill")));
    let open = process.respond(&answer("c", "idn_c", "other", &NOTHING), ENTITLED).unwrap_err();
    assert_eq!(open.message, "other is not open in s");
    assert_eq!(open.place.map(|place| place.to_string()).as_deref(), Some("13:3"));
}

#[test]
fn a_start_binds_every_role_to_its_party() {
    let scenario = load(EVERYTHING);
    let inputs = json(r#"{"days":3}"#);
    let start = |change: &dyn Fn(&mut BTreeMap<String, Binding>), inputs: &Json| {
        let mut bound = bindings(&scenario);
        bound.get_mut("supplier").unwrap().data.insert("site".into(), Json::text("Delft"));
        change(&mut bound);
        Process::start(&scenario, &bound, inputs, time(DAY_ONE))
    };
    let process = start(&|_| {}, &inputs).unwrap();
    // The clerk acts for the buyer; nobody is the auditor yet.
    assert_eq!((process.party("clerk"), process.party("auditor")), (Some("idn_buyer"), None));
    assert!(!process.is_bound("auditor") && process.is_bound("clerk"));
    let refused = |result: Result<Process, Rejection>| {
        let rejection = result.unwrap_err();
        (rejection.rule.as_str(), rejection.pointer.unwrap_or_default())
    };
    let missing = start(&|bound| drop(bound.remove("supplier")), &inputs);
    assert_eq!(refused(missing), ("not_an_actor", "/actors/supplier".into()));
    let other = |bound: &mut BTreeMap<String, Binding>| {
        bound.insert("clerk".into(), Binding { party: Some("idn_other".into()), data: BTreeMap::new() });
    };
    assert_eq!(refused(start(&other, &inputs)), ("not_an_actor", "/actors/clerk".into()));
    let unknown = |bound: &mut BTreeMap<String, Binding>| drop(bound.insert("ghost".into(), Binding::default()));
    assert_eq!(refused(start(&unknown, &inputs)), ("not_an_actor", "/actors/ghost".into()));
    assert_eq!(refused(start(&|_| {}, &json("{}"))), ("invalid_data", "/inputs/days".into()));
    let bad = |bound: &mut BTreeMap<String, Binding>| {
        bound.get_mut("buyer").unwrap().data.insert("vat".into(), Json::Int(1));
    };
    assert_eq!(refused(start(&bad, &inputs)), ("invalid_data", "/actors/buyer/vat".into()));
}

/// Plays everything.yaml up to its end, with an auditor who joins on the way.
#[test]
fn everything_can_be_played() {
    let scenario = load(EVERYTHING);
    let mut process =
        Process::start(&scenario, &bindings(&scenario), &json(r#"{"days":3,"project":"Dam"}"#), time(DAY_ONE)).unwrap();
    assert_eq!(process.instructions("supplier", "nl").unwrap().as_deref(), Some("Offer, supplier. Round 1."));
    assert_eq!(process.clause("1", "nl").unwrap().as_deref(), Some("De leverancier levert voor ____ euro."));
    let headings: Vec<String> =
        process.reading("en").lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(headings, ["## 1", "## 2", "## 10"]);
    let site = json(r#"{"site":"Gouda"}"#);
    process.respond(&answer("supplier", "idn_supplier", "move", &site), ENTITLED).unwrap();
    assert_eq!(process.actor("supplier").unwrap().get("site"), &Value::text("Gouda"));
    let offer = json(r#"{"price":"1500.50","lines":[{"sku":"a","amount":2,"price":"7.5"}],"until":null}"#);
    process.respond(&answer("supplier", "idn_supplier", "offer", &offer), ENTITLED).unwrap();
    assert_eq!((process.state(), process.markers()), ("answering", vec!["asked"]));
    assert_eq!(process.vars().get("log").to_plain().to_string(), r#"["offer of supplier"]"#);
    // Both answers are open to the buyer, the clerk cannot leave by haggling but may say it.
    let open = process.open_actions("clerk", process.time());
    let named: Vec<(&str, &[String])> =
        open.iter().map(|open| (open.action.as_str(), open.responses.as_slice())).collect();
    assert_eq!(named, [("answer", ["accept".to_owned(), "haggle".to_owned()].as_slice())]);
    assert_eq!(open[0].needs, Some(Needs::Countersigned));
    assert_eq!(process.default_action(process.time()), Some(("main".into(), "answer".into())));
    assert_eq!(process.next(), ["delivering", "done"]);
    let why = json(r#"{"why":"dear"}"#);
    let haggle = Answer {
        response: Some("haggle"),
        seen: process.seen("main", "answer"),
        ..answer("clerk", "idn_buyer", "answer", &why)
    };
    process.respond(&haggle, ENTITLED).unwrap();
    assert_eq!(process.state(), "answering");
    assert_eq!(process.assets().get("offer").get("until").to_plain(), Json::text("2026-12-31"));
    // The offer changed, so what the clerk saw before no longer counts.
    let accept = Answer { seen: haggle.seen, ..answer("buyer", "idn_buyer", "answer", &NOTHING) };
    assert_eq!(rule(process.respond(&accept, ENTITLED)), "seen_changed");
    let accept = Answer { seen: process.seen("main", "answer"), ..accept };
    let dry = process.dry_run(&accept, ENTITLED).unwrap();
    assert_eq!((dry.state(), process.state()), ("delivering", "answering"));
    process.respond(&accept, ENTITLED).unwrap();
    assert_eq!(process.sub_hash(), dry.sub_hash());
    assert_eq!(process.actor("buyer").unwrap().get("limit").to_plain(), Json::text("1500.5"));
    assert_eq!(process.next_due(), Some(time("2026-01-04T00:00:00.000Z")));
    let gold = json(r#"{"grade":"gold"}"#);
    let audit = answer("auditor", "idn_auditor", "audit", &gold);
    assert_eq!(rule(process.respond(&audit, ENTITLED)), "not_an_actor");
    let binding = Binding { party: Some("idn_auditor".into()), data: BTreeMap::new() };
    assert_eq!(rule(process.join("buyer", &binding, time(DAY_ONE))), "not_an_actor");
    process.join("auditor", &binding, time(DAY_ONE)).unwrap();
    assert_eq!(rule(process.join("auditor", &binding, time(DAY_ONE))), "not_an_actor");
    process.respond(&audit, ENTITLED).unwrap();
    assert_eq!((process.state(), process.outcome()), ("done", Some(Outcome::Success)));
    assert_eq!(process.result().to_plain().to_string(), r#"{"price":"1500.5","rounds":1}"#);
    assert_eq!(rule(process.join("auditor", &binding, time(DAY_ONE))), "process_over");
}

#[test]
fn a_timer_that_never_rests_is_stopped_by_a_limit() {
    let scenario = load(
        "
scenario: countersign/scenario/v1
name: tick
title: Tick
language: en
actors: {a: {title: A}}
vars: {n: {type: int, initial: 0}}
actions: {end: {title: End, kind: informative, by: a}}
initial: s
states:
  s: {title: S, transitions: [{on: end, goto: e}, {after: PT1S, do: [{set: vars.n, to: vars.n + 1}], goto: s}]}
  e: {title: E, final: success}
",
    );
    let mut process = Process::start(&scenario, &bindings(&scenario), &NOTHING, time(DAY_ONE)).unwrap();
    let mut late = answer("a", "idn_a", "end", &NOTHING);
    late.time = time("2026-01-01T00:30:00.000Z");
    assert_eq!(rule(process.respond(&late, ENTITLED)), "limit");
    assert_eq!(process.vars().get("n").as_int(), Some(1_000));
    assert_eq!(process.tick(late.time), 800);
    assert_eq!(process.time(), late.time);
    assert_eq!(TIMERS_FIRED_MAX, 1_000);
    assert_eq!(rule(process.respond(&late, ENTITLED)), "applied");
}

#[test]
fn a_timer_whose_step_fails_counts_as_fired() {
    let scenario = load(
        "
scenario: countersign/scenario/v1
name: fail
title: Fail
language: en
actors: {a: {title: A}}
vars: {n: {type: int, initial: 0}}
actions: {end: {title: End, kind: informative, by: a}}
initial: s
states:
  s:
    title: S
    transitions:
      - {on: end, goto: e}
      - {after: PT1S, do: [{mark: lost}], if: 1 / vars.n > 0, goto: e}
      - {after: PT2S, if: vars.n > 0, goto: e}
      - {after: PT3S, do: [{mark: stayed}], goto: stay}
  e: {title: E, final: success}
",
    );
    let mut process = Process::start(&scenario, &bindings(&scenario), &NOTHING, time(DAY_ONE)).unwrap();
    assert_eq!(process.timers().len(), 3);
    assert_eq!(process.tick(time("2026-01-01T00:00:09.000Z")), 3);
    assert_eq!((process.state(), process.markers()), ("s", vec!["stayed"]));
    assert_eq!((process.next_due(), process.vars().get("n").as_int()), (None, Some(0)));
    let causes: Vec<String> = process.history().iter().map(|done| done.cause.to_string()).collect();
    assert_eq!(causes, ["after:s"]);
}

#[test]
fn time_never_goes_back() {
    let scenario = load(LEASE);
    let mut process = Process::start(&scenario, &bindings(&scenario), &NOTHING, time(DAY_ONE)).unwrap();
    process.tick(time("2026-02-01T00:00:00.000Z"));
    process.tick(time("2025-01-01T00:00:00.000Z"));
    assert_eq!(process.time(), time("2026-02-01T00:00:00.000Z"));
}

#[test]
fn the_digest_of_seen_is_that_of_the_contract_log() {
    let scenario = load(LEASE);
    let process = Process::start(&scenario, &bindings(&scenario), &NOTHING, time(DAY_ONE)).unwrap();
    // SHA-256 of `[null]`: nothing is assigned yet.
    let digest: String = process.seen("main", "sign").unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "1d8fc6ceb1f94c6326d6d5483d258fcb2e179e9869325b245d105c2219bf69fd");
    assert_eq!(process.seen("main", "draft"), None);
}

#[test]
fn a_scenario_can_be_drawn_and_explained() {
    let scenario = load(LEASE);
    let drawing = draw(&scenario, "en", None);
    assert!(drawing.contains("s_signing --> s_lapsed : after"), "{drawing}");
    assert!(drawing.contains("s_reviewing --> s_signing : landlord꞉ review.approve"), "{drawing}");
    let defaults = explain(LEASE.as_bytes(), &scenario);
    assert!(defaults.contains("actions.sign: expect = ok\n"), "{defaults}");
    assert!(defaults.contains("actions.draft.responses.ok.attachments.text: max_bytes = 10485760\n"), "{defaults}");
}

/// The example of `docs/spec/scenario.md`: the note, started for parties `idn_a` and `idn_b` on 2026-01-01.
#[test]
fn the_encoding_of_a_process_is_that_of_the_page() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/scenario.md")).unwrap();
    let source = page.split_once("```yaml\n").unwrap().1.split_once("```").unwrap().0;
    let scenario = load(source);
    let process = Process::start(&scenario, &bindings(&scenario), &NOTHING, time(DAY_ONE)).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert!(page.contains(&hex(&process.to_bytes())), "the bytes are {}", hex(&process.to_bytes()));
    assert!(page.contains(&hex(&process.sub_hash())), "the sub-hash is {}", hex(&process.sub_hash()));
}
