//! Entries that are acknowledged before anything goes on, and responses that are announced and may be objected to.

use countersign_codec::{Encode, Json};
use countersign_rules::Timestamp;
use countersign_workflow::{Answer, Deviation, Entitlement, KeyKind, Process, Scenario};

use crate::canonical::load;
use crate::process::{DAY_ONE, bindings, json};

const HOUSE: &str = include_str!("fixtures/synchronise.yaml");
const DAY: i64 = 86_400_000;
const TICK: i64 = 1_000;

/// So many milliseconds after the start.
fn time(after: i64) -> Timestamp {
    Timestamp::from_ms(Timestamp::parse(DAY_ONE).unwrap().ms() + after).unwrap()
}

/// What becomes of a response of which the author saw what stands there now.
fn say(process: &mut Process, path: &str, actor: &str, action: &str, data: &str, after: i64) -> &'static str {
    let party = process.party(actor).map(str::to_owned);
    let mut now = process.clone();
    now.tick(time(after));
    let seen = now.seen(path, action);
    let data = json(data);
    let answer = Answer {
        contract: None,
        process: path,
        actor,
        party: party.as_deref(),
        key: KeyKind::User,
        action,
        response: None,
        data: &data,
        attachments: &Json::Null,
        proofs: None,
        seen,
        time: time(after),
    };
    process
        .respond(&answer, &|_| Entitlement::Entitled)
        .map_or_else(|rejection| rejection.rule.as_str(), |()| "applied")
}

fn main_says(process: &mut Process, actor: &str, action: &str, data: &str, after: i64) -> &'static str {
    say(process, "main", actor, action, data, after)
}

fn open(process: &Process, actor: &str) -> String {
    let open = process.open_actions(actor, process.time()).into_iter();
    open.map(|open| open.action).collect::<Vec<_>>().join(" ")
}

fn rent(process: &Process) -> String {
    process.vars().get("rent").to_plain().to_string()
}

/// Where the rules are posted and nobody acknowledged them.
fn posted() -> (Scenario, Process) {
    let scenario = load(HOUSE);
    let mut process = Process::start(&scenario, &bindings(&scenario), &Json::Null, time(0)).unwrap();
    assert_eq!(main_says(&mut process, "landlord", "post", r#"{"rules":"no dogs"}"#, 0), "applied");
    (scenario, process)
}

/// Where both have acknowledged.
fn living() -> Process {
    let (_, mut process) = posted();
    assert_eq!(main_says(&mut process, "tenant", "acknowledge", "{}", TICK), "applied");
    assert_eq!(main_says(&mut process, "board", "acknowledge", "{}", TICK), "applied");
    process
}

#[test]
fn nothing_else_is_open_until_everybody_asked_has_acknowledged_this_entry() {
    let (_, mut process) = posted();
    let whom = |process: &Process| process.unacknowledged().first().map_or(String::new(), |(_, who)| who.join(" "));
    assert_eq!((open(&process, "tenant"), open(&process, "landlord")), ("acknowledge".into(), String::new()));
    assert_eq!(whom(&process), "board tenant");
    assert_eq!(main_says(&mut process, "tenant", "pay", "{}", TICK), "not_acknowledged");
    assert_eq!(main_says(&mut process, "landlord", "acknowledge", "{}", TICK), "not_yours");
    assert_eq!(main_says(&mut process, "tenant", "acknowledge", "{}", TICK), "applied");
    assert_eq!(main_says(&mut process, "tenant", "acknowledge", "{}", TICK), "not_open");
    assert_eq!((whom(&process), open(&process, "tenant")), ("board".into(), String::new()));
    assert_eq!(main_says(&mut process, "tenant", "pay", "{}", TICK), "not_acknowledged");
    assert_eq!(main_says(&mut process, "board", "acknowledge", "{}", TICK), "applied");
    assert_eq!(open(&process, "tenant"), "pay repair leave");
    assert_eq!(main_says(&mut process, "tenant", "pay", "{}", TICK), "applied");
    // Entered anew, it is another entry: an acknowledgement of the old one is void.
    let old = process.seen("main", "acknowledge");
    assert_eq!(main_says(&mut process, "landlord", "post", r#"{"rules":"no cats"}"#, 2 * TICK), "applied");
    assert_eq!(whom(&process), "board tenant");
    assert_ne!(process.seen("main", "acknowledge"), old);
    let late = Answer {
        contract: None,
        process: "main",
        actor: "tenant",
        party: Some("idn_tenant"),
        key: KeyKind::User,
        action: "acknowledge",
        response: None,
        data: &Json::Null,
        attachments: &Json::Null,
        proofs: None,
        seen: old,
        time: time(2 * TICK),
    };
    let rejected = process.respond(&late, &|_| Entitlement::Entitled).unwrap_err();
    assert_eq!(rejected.rule.as_str(), "seen_changed");
}

#[test]
fn deadlines_hold_though_nobody_acknowledges_and_nothing_goes_on_by_itself() {
    let (_, mut process) = posted();
    process.tick(time(91 * DAY));
    assert_eq!((process.state(), process.unacknowledged().len()), ("posting", 0));
    let automatic = HOUSE.replace("vars.paid >= 4", "vars.paid >= 0");
    let scenario = load(&automatic);
    let mut process = Process::start(&scenario, &bindings(&scenario), &Json::Null, time(0)).unwrap();
    assert_eq!(main_says(&mut process, "landlord", "post", r#"{"rules":"-"}"#, 0), "applied");
    assert_eq!(main_says(&mut process, "tenant", "acknowledge", "{}", TICK), "applied");
    assert_eq!(process.state(), "living");
    assert_eq!(main_says(&mut process, "board", "acknowledge", "{}", TICK), "applied");
    assert_eq!(process.state(), "ended");
}

#[test]
fn an_announced_response_takes_effect_when_it_is_due() {
    let mut process = living();
    let before = process.to_bytes();
    assert_eq!(main_says(&mut process, "landlord", "raise", r#"{"rent":"1000"}"#, DAY), "applied");
    assert_ne!(process.to_bytes(), before);
    assert_eq!((rent(&process), process.next_due()), ("\"950\"".into(), Some(time(15 * DAY))));
    let [announced] = process.announced().try_into().unwrap();
    assert_eq!((announced.actor.as_str(), announced.action.as_str()), ("landlord", "raise"));
    assert_eq!(announced.objectors, ["board", "tenant"]);
    assert_eq!((announced.due, announced.data.to_string()), (time(15 * DAY), r#"{"rent":"1000"}"#.into()));
    // Once more it cannot be announced while it waits; the other may go on as usual.
    assert_eq!(main_says(&mut process, "landlord", "raise", r#"{"rent":"3000"}"#, 2 * DAY), "not_open");
    assert_eq!(main_says(&mut process, "tenant", "pay", "{}", 2 * DAY), "applied");
    assert!(open(&process, "tenant").ends_with("object") && !open(&process, "landlord").contains("object"));
    process.tick(time(15 * DAY - 1));
    assert_eq!(rent(&process), "\"950\"");
    process.tick(time(15 * DAY));
    assert_eq!((rent(&process), process.announced()), ("\"1000\"".into(), Vec::new()));
    let last = process.history().last().unwrap().cause.to_string();
    assert_eq!((last.as_str(), open(&process, "tenant").contains("object")), ("raise.ok", false));
}

#[test]
fn whoever_may_object_stops_it_and_it_can_be_announced_anew() {
    let mut process = living();
    let object = r#"{"announced":"landlord.raise","reason":"too much"}"#;
    assert_eq!(main_says(&mut process, "tenant", "object", object, DAY), "not_open");
    assert_eq!(main_says(&mut process, "landlord", "raise", r#"{"rent":"3000"}"#, DAY), "applied");
    assert_eq!(main_says(&mut process, "landlord", "object", object, DAY), "not_yours");
    assert_eq!(main_says(&mut process, "tenant", "object", r#"{"announced":"tenant.leave"}"#, DAY), "invalid_data");
    assert_eq!(main_says(&mut process, "tenant", "leave", "{}", DAY), "applied");
    assert_eq!(main_says(&mut process, "tenant", "object", r#"{"announced":"tenant.leave"}"#, DAY), "not_yours");
    assert_eq!(main_says(&mut process, "board", "object", object, 2 * DAY), "applied");
    let objected = &process.announced()[0];
    assert_eq!((objected.action.as_str(), objected.objected.as_deref()), ("raise", Some("board")));
    assert_eq!(main_says(&mut process, "tenant", "object", object, 2 * DAY), "not_yours");
    process.tick(time(20 * DAY));
    assert_eq!((rent(&process), process.state()), ("\"950\"".into(), "living"));
    assert_eq!(main_says(&mut process, "landlord", "raise", r#"{"rent":"990"}"#, 20 * DAY), "applied");
    // What was announced later is due first; when it ends the process the rest is void.
    process.tick(time(31 * DAY));
    assert_eq!((process.state(), rent(&process)), ("ended", "\"950\"".into()));
    let causes: Vec<String> = process.history().iter().map(|done| done.cause.to_string()).collect();
    assert_eq!(causes[3..], ["object.ok", "leave.ok"]);
}

#[test]
fn what_was_announced_belongs_to_its_state_and_is_void_with_it() {
    let mut process = living();
    assert_eq!(main_says(&mut process, "landlord", "raise", r#"{"rent":"1000"}"#, DAY), "applied");
    assert_eq!(main_says(&mut process, "landlord", "post", r#"{"rules":"new"}"#, 2 * DAY), "applied");
    assert_eq!(process.announced(), []);
    process.tick(time(20 * DAY));
    assert_eq!(rent(&process), "\"950\"");
}

#[test]
fn a_child_is_acknowledged_and_announces_by_itself() {
    let mut process = living();
    assert_eq!(main_says(&mut process, "tenant", "repair", "{}", DAY), "applied");
    assert_eq!(process.unacknowledged(), [("main/work".to_owned(), vec!["landlord".to_owned()])]);
    assert_eq!(open(&process, "tenant"), "pay", "the parent goes on");
    assert_eq!(say(&mut process, "main/work", "landlord", "come", "{}", DAY), "not_acknowledged");
    assert_eq!(say(&mut process, "main/work", "landlord", "acknowledge", "{}", DAY), "applied");
    assert_eq!(say(&mut process, "main/work", "landlord", "come", "{}", DAY), "applied");
    assert_eq!(say(&mut process, "main/work", "tenant", "object", r#"{"announced":"landlord.come"}"#, DAY), "applied");
    assert_eq!(say(&mut process, "main/work", "landlord", "come", "{}", 2 * DAY), "applied");
    process.tick(time(4 * DAY));
    assert_eq!((process.state(), process.processes().len()), ("living", 1));
}

#[test]
fn a_deviation_keeps_what_was_announced_and_acknowledged() {
    let mut process = living();
    let pause = "{scenario: countersign/deviation/v1, name: pause, of: house, title: A pause, language: en, \
        actions: {aside: {title: Aside, kind: informative, by: board}}, leaves: {living: [{on: aside, goto: away}]}, \
        states: {away: {title: Away, acknowledge: landlord, transitions: [{on: aside, goto: living}]}}}";
    assert_eq!(main_says(&mut process, "landlord", "raise", r#"{"rent":"1000"}"#, DAY), "applied");
    let deviation = Deviation::load(pause.as_bytes(), process.agreed()).unwrap().0;
    process.adopt(&deviation, time(2 * DAY)).unwrap();
    assert_eq!((process.announced().len(), process.unacknowledged().len()), (1, 0));
    process.tick(time(15 * DAY));
    assert_eq!(rent(&process), "\"1000\"");
    assert_eq!(main_says(&mut process, "board", "aside", "{}", 16 * DAY), "applied");
    assert_eq!(main_says(&mut process, "board", "aside", "{}", 16 * DAY), "not_acknowledged");
    assert_eq!(main_says(&mut process, "landlord", "acknowledge", "{}", 16 * DAY), "applied");
    assert_eq!(main_says(&mut process, "board", "aside", "{}", 16 * DAY), "applied");
    assert_eq!((process.state(), process.unacknowledged().len()), ("living", 1));
}

#[test]
fn what_cannot_be_acknowledged_or_announced_is_found() {
    let codes = |text: &str| -> Vec<&str> {
        let findings = Scenario::load(text.as_bytes()).err().unwrap_or_default();
        findings.iter().filter(|found| found.is_error()).map(|found| found.code).collect()
    };
    assert_eq!(codes(HOUSE), Vec::<&str>::new());
    assert_eq!(
        codes(&HOUSE.replace("  repair: {title: Ask", "  object: {title: Ask").replace("on: repair,", "on: object,")),
        ["E202"]
    );
    assert_eq!(
        codes(
            &HOUSE
                .replace("on: post, goto: living}, ", "on: acknowledge, goto: living}, ")
                .replace("{on: post, goto: living}\n", "{on: acknowledge, goto: living}\n")
        ),
        ["E201"]
    );
    assert_eq!(codes(&HOUSE.replace("[tenant, board]}", "[tenant, nobody]}")), ["E201"]);
    assert_eq!(codes(&HOUSE.replace("acknowledge: [tenant, board]", "acknowledge: [stranger]")), ["E201"]);
    assert_eq!(codes(&HOUSE.replace("{title: Ended,", "{title: Ended, acknowledge: tenant,")), ["E106"]);
    assert_eq!(codes(&HOUSE.replace("wait: P2D", "wait: P0D")), ["E106"]);
    assert_eq!(codes(&HOUSE.replace("wait: P2D, ", "")), ["E105"]);
}
