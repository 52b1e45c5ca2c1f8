//! Deviations and updates: checked together with the scenario, adopted, spent, left behind.

use std::path::Path;

use countersign_codec::{Encode, Json};
use countersign_rules::Timestamp;
use countersign_workflow::{
    Answer, ChangeKind, DEVIATIONS_MAX, Deviation, Entitlement, Finding, KeyKind, Preview, Process, Scenario, Update,
};

use crate::canonical::load;
use crate::process::{DAY_ONE, bindings};

const OPEN: &str = "\
scenario: countersign/scenario/v1
name: card
title: Card
language: en
actors: {a: {title: A}, b: {title: B}}
vars: {n: {type: int, initial: 0}}
actions:
  add: {title: Add, kind: informative, by: a, do: [{set: vars.n, to: vars.n + 1}]}
  close: {title: Close, kind: informative, by: [a, b]}
initial: s
states:
  s: {title: S, transitions: [{on: add, goto: stay}, {on: close, goto: e}, {after: P30D, goto: late}]}
  late: {title: Late, transitions: [{on: close, goto: e}]}
  e: {title: E, final: success}
";
const ONCE: &str = "\
scenario: countersign/deviation/v1
name: once
of: card
title: A pause
language: en
vars: {why: text}
actions:
  pause: {title: Pause, kind: informative, by: b, data: {why: text}, do: [{set: vars.why, to: data.why}]}
  resume: {title: Go on, kind: informative, by: [a, b]}
leaves: {s: [{on: pause, goto: paused}, {after: P20D, goto: paused}]}
states: {paused: {title: Paused, transitions: [{on: resume, goto: s}, {after: P3D, goto: s}]}}
";

fn deviation(text: &str, of: &Scenario) -> Result<Deviation, Vec<(&'static str, u32)>> {
    let report = |findings: Vec<Finding>| {
        findings.iter().filter(|found| found.is_error()).map(|found| (found.code, found.place.line)).collect()
    };
    Deviation::load(text.as_bytes(), of).map(|(deviation, _)| deviation).map_err(report)
}

fn started(scenario: &Scenario) -> Process {
    Process::start(scenario, &bindings(scenario), &Json::Null, time(0)).unwrap()
}

fn take(process: &mut Process, actor: &str, action: &str, data: Json, at: Timestamp) -> &'static str {
    let party = process.party(actor).map(str::to_owned);
    let answer = Answer {
        contract: None,
        process: "main",
        actor,
        party: party.as_deref(),
        key: KeyKind::User,
        action,
        response: None,
        data: &data,
        attachments: &Json::Null,
        seen: None,
        time: at,
        proofs: None,
    };
    process
        .respond(&answer, &|_| Entitlement::Entitled)
        .map_or_else(|rejection| rejection.rule.as_str(), |()| "applied")
}

const DAY: i64 = 86_400_000;

/// So many milliseconds after the start.
fn time(after: i64) -> Timestamp {
    Timestamp::from_ms(Timestamp::parse(DAY_ONE).unwrap().ms() + after).unwrap()
}

fn why(text: &str) -> Json {
    Json::map([("why", Json::text(text))])
}

#[test]
fn a_deviation_is_open_until_it_is_taken_and_gone_when_it_is_left() {
    let scenario = load(OPEN);
    let mut process = started(&scenario);
    assert_eq!(take(&mut process, "a", "add", Json::Null, time(1)), "applied");
    assert_eq!(take(&mut process, "b", "pause", why("x"), time(1)), "unknown_action");
    assert_eq!(process.changes_bytes(), None);
    process.adopt(&deviation(ONCE, &scenario).unwrap(), time(2)).unwrap();
    assert_eq!(process.agreed().digest(), scenario.digest());
    assert_ne!(process.scenario().digest(), scenario.digest());
    // What was done and what is due stay: a month after the entry comes before nothing of the deviation.
    assert_eq!(process.timers().len(), 2);
    assert_eq!(take(&mut process, "a", "add", Json::Null, time(3)), "applied");
    assert_eq!(take(&mut process, "b", "pause", why("storm"), time(DAY)), "applied");
    assert_eq!((process.state(), process.deviations()[0].spent), ("paused", true));
    assert_eq!(process.vars().get("why").as_text(), Some("storm"));
    assert_eq!(take(&mut process, "a", "resume", Json::Null, time(2 * DAY)), "applied");
    assert_eq!((process.state(), process.deviations().len()), ("s", 0));
    assert_eq!(process.scenario().digest(), scenario.digest());
    assert!(process.vars().get("why").is_unassigned());
    // The agreed scenario runs again, but what the deviation had is not unknown.
    assert_eq!(take(&mut process, "b", "pause", why("again"), time(3 * DAY)), "deviation_spent");
    assert!(process.changes_bytes().is_some());
    let states: Vec<&str> = process.path().iter().map(|(_, state)| *state).collect();
    assert_eq!(states, ["s", "s", "s", "paused", "s"]);
    // The same deviation can be agreed on anew.
    process.adopt(&deviation(ONCE, &scenario).unwrap(), time(4 * DAY)).unwrap();
    assert_eq!(take(&mut process, "b", "pause", why("again"), time(5 * DAY)), "applied");
}

#[test]
fn timers_of_a_deviation_count_from_the_entry_of_the_state_and_spend_it_too() {
    let scenario = load(OPEN);
    let mut process = started(&scenario);
    process.adopt(&deviation(ONCE, &scenario).unwrap(), time(19 * DAY)).unwrap();
    process.tick(time(20 * DAY));
    assert_eq!((process.state(), process.deviations()[0].spent), ("paused", true));
    process.tick(time(23 * DAY));
    assert_eq!((process.state(), process.deviations().len()), ("s", 0));
    // Adopted when its time is over already, it fires at once.
    let mut process = started(&scenario);
    process.adopt(&deviation(ONCE, &scenario).unwrap(), time(21 * DAY)).unwrap();
    process.tick(time(21 * DAY));
    assert_eq!(process.state(), "paused");
}

#[test]
fn a_deviation_that_stays_is_spent_and_gone_with_the_state() {
    let scenario = load(OPEN);
    let text = ONCE.replace("goto: paused}, {after: P20D, goto: paused}]", "goto: stay}]").replace(
        "states: {paused: {title: Paused, transitions: [{on: resume, goto: s}, {after: P3D, goto: s}]}}\n",
        "",
    );
    let text = text.replace("  resume: {title: Go on, kind: informative, by: [a, b]}\n", "");
    let mut process = started(&scenario);
    process.adopt(&deviation(&text, &scenario).unwrap(), time(1)).unwrap();
    let due = process.next_due();
    assert_eq!(take(&mut process, "b", "pause", why("x"), time(2)), "applied");
    assert_eq!((process.deviations()[0].spent, process.next_due()), (true, due));
    assert_eq!(take(&mut process, "b", "pause", why("x"), time(3)), "not_open");
    assert_eq!(take(&mut process, "a", "close", Json::Null, time(4)), "applied");
    assert_eq!((process.state(), process.deviations().len()), ("e", 0));
}

#[test]
fn a_deviation_adds_names_and_leads_back() {
    let scenario = load(OPEN);
    let faults = |from: &str, to: &str| {
        assert!(ONCE.contains(from), "{from}");
        deviation(&ONCE.replace(from, to), &scenario).unwrap_err()
    };
    assert_eq!(faults("  pause: {", "  add: {"), [("E202", 8)]);
    assert_eq!(faults("states: {paused:", "states: {late:"), [("E202", 11)]);
    assert_eq!(faults("vars: {why: text}", "vars: {n: text}"), [("E202", 6)]);
    assert_eq!(faults("leaves: {s:", "leaves: {nowhere:"), [("E201", 10)]);
    assert_eq!(faults("leaves: {s:", "leaves: {e:"), [("E106", 10)]);
    assert_eq!(faults("of: card", "of: lease"), [("E201", 3)]);
    assert_eq!(faults("language: en", "language: nl"), [("E106", 5)]);
    let gone = faults(
        "[{on: resume, goto: s}, {after: P3D, goto: s}]",
        "[{on: resume, goto: gone}]}, gone: {title: G, final: failure",
    );
    assert_eq!(gone, [("E302", 10)]);
    assert_eq!(faults("by: [a, b]}", "by: [a, c]}"), [("E201", 9)]);
    assert_eq!(faults("do: [{set: vars.why", "do: [{set: vars.what"), [("E402", 8)]);
    // An unguarded way of the deviation may come before one of the scenario: it is taken once.
    let first = ONCE.replace("{after: P20D, goto: paused}", "{on: close, goto: paused}");
    assert!(deviation(&first, &scenario).is_ok());
    assert!(Deviation::load(&vec![b' '; (1 << 20) + 1], &scenario).is_err());
}

#[test]
fn the_canonical_form_is_a_deviation_with_itself_as_canonical_form() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/scenario/examples");
    let read = |name: &str| std::fs::read_to_string(vectors.join(name)).unwrap();
    for (scenario, text) in
        [(load(OPEN), ONCE.to_owned()), (load(&read("rate_card.yaml")), read("peak_surcharge.yaml"))]
    {
        let one = deviation(&text, &scenario).unwrap();
        let again = Deviation::load(&one.canonical().canonical(), &scenario).unwrap().0;
        assert_eq!((one.canonical(), one.digest()), (again.canonical(), again.digest()));
        let mut process = started(&scenario);
        let mut other = started(&scenario);
        process.adopt(&one, time(1)).unwrap();
        other.adopt(&again, time(1)).unwrap();
        assert_eq!(process.to_bytes(), other.to_bytes());
        // What runs is a document like any other, as long as nothing of it is spent.
        let running = process.scenario().canonical().canonical();
        assert_eq!(Scenario::load(&running).unwrap().0.digest(), process.scenario().digest());
    }
}

#[test]
fn deviations_stand_beside_each_other() {
    let scenario = load(OPEN);
    let named = |number: usize| {
        let text = ONCE.replace("name: once", &format!("name: once{number}")).replace("why", &format!("why{number}"));
        let text =
            text.replace("pause:", &format!("pause{number}:")).replace("on: pause,", &format!("on: pause{number},"));
        let text = text.replace("paused", &format!("paused{number}")).replace("resume", &format!("resume{number}"));
        deviation(&text.replace(&format!(", {{after: P20D, goto: paused{number}}}"), ""), &scenario).unwrap()
    };
    let mut process = started(&scenario);
    for number in 0..DEVIATIONS_MAX {
        process.adopt(&named(number), time(1)).unwrap();
    }
    assert_eq!(process.adopt(&named(9), time(1)).unwrap_err().rule.as_str(), "limit");
    let mut twice = started(&scenario);
    twice.adopt(&named(1), time(1)).unwrap();
    assert_eq!(twice.adopt(&named(1), time(1)).unwrap_err().rule.as_str(), "not_in_state");
    assert_eq!(take(&mut process, "b", "pause3", Json::map([("why3", Json::text("x"))]), time(2)), "applied");
    assert_eq!(take(&mut process, "a", "resume3", Json::Null, time(3)), "applied");
    assert_eq!(process.deviations().len(), DEVIATIONS_MAX - 1);
    assert_eq!(take(&mut process, "b", "pause3", Json::Null, time(4)), "deviation_spent");
    assert_eq!(take(&mut process, "b", "pause2", Json::map([("why2", Json::text("x"))]), time(4)), "applied");
    assert_eq!(take(&mut process, "a", "close", Json::Null, time(5)), "not_open");
}

#[test]
fn an_update_carries_data_and_enters_the_mapped_state() {
    let scenario = load(OPEN);
    let mut process = started(&scenario);
    take(&mut process, "a", "add", Json::Null, time(1));
    take(&mut process, "a", "add", Json::Null, time(2));
    process.adopt(&deviation(ONCE, &scenario).unwrap(), time(3)).unwrap();
    let to = OPEN
        .replace("name: card", "name: card2")
        .replace("vars: {n: {type: int, initial: 0}}", "vars: {n: {type: int, initial: 0}, old_n: int}");
    let to = load(&to.replace("  s: {title: S,", "  begin: {title: S,").replace("initial: s\n", "initial: begin\n"));
    let text = |states: &str, hash: &str| {
        format!(
            "scenario: countersign/update/v1\nname: move\nof: card\ntitle: Move\nlanguage: en\nto: {hash}\n\
             states: {{{states}}}\ndo: [{{set: vars.old_n, to: old.vars.n}}, {{set: vars.n, to: 0}}]\n"
        )
    };
    let hash = countersign_rules::Hash::new(to.digest()).to_string();
    let codes = |text: String| -> Vec<&str> {
        let findings = Update::load(text.as_bytes(), &scenario, &to).unwrap_err();
        findings.iter().map(|found| found.code).collect()
    };
    assert_eq!(codes(text("s: begin", &hash)), ["E105"]);
    assert_eq!(codes(text("s: begin, late: nowhere", &hash)), ["E201"]);
    assert_eq!(codes(text("s: begin, late: late, e: e", &hash)), ["E106"]);
    assert_eq!(codes(text("s: begin, late: late", &hash.replace("sha256:", "sha1:"))), ["E106"]);
    let other = countersign_rules::Hash::new(scenario.digest()).to_string();
    assert_eq!(codes(text("s: begin, late: late", &other)), ["E204"]);
    let good = text("s: begin, late: late", &hash);
    assert_eq!(codes(good.replace("old.vars.n}", "old.vars.m}")), ["E402"]);
    let (update, _) = Update::load(good.as_bytes(), &scenario, &to).unwrap();
    let again = Update::load(&update.canonical().canonical(), &scenario, &to).unwrap().0;
    assert_eq!(update.canonical(), again.canonical());
    let before = process.clone();
    process.update(&update, time(4)).unwrap();
    assert_eq!((process.state(), process.scenario().name(), process.agreed().name()), ("begin", "card2", "card2"));
    assert_eq!(process.vars().to_plain().to_string(), r#"{"n":0,"old_n":2}"#);
    assert_eq!(process.history().len(), 2);
    assert_eq!(process.deviations().len(), 0);
    let preview = Preview::new(&before, &process);
    assert_eq!(preview.state, ("s".to_owned(), "begin".to_owned()));
    assert_eq!(
        (preview.states_added, preview.states_removed),
        (vec!["begin".to_owned()], vec!["paused".to_owned(), "s".to_owned()])
    );
    let data: Vec<&str> = preview.data.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(data, ["vars.n", "vars.old_n"]);
    assert_eq!(preview.open.iter().map(|(actor, ..)| actor.as_str()).collect::<Vec<_>>(), ["b"]);
    // In a state of a deviation there is nothing to map.
    let mut paused = before;
    take(&mut paused, "b", "pause", why("x"), time(5));
    assert_eq!(paused.update(&update, time(6)).unwrap_err().rule.as_str(), "not_in_state");
}

#[test]
fn an_update_whose_data_do_not_fit_changes_nothing() {
    let scenario = load(OPEN);
    let to = load(
        &OPEN
            .replace("vars: {n: {type: int, initial: 0}}", "vars: {n: {type: text, initial: x}}")
            .replace("to: vars.n + 1", "to: \"text(time)\""),
    );
    let hash = countersign_rules::Hash::new(to.digest());
    let text = format!(
        "scenario: countersign/update/v1\nname: move\nof: card\ntitle: Move\nlanguage: en\nto: {hash}\nstates: {{s: s, late: late}}\n"
    );
    let (update, _) = Update::load(text.as_bytes(), &scenario, &to).unwrap();
    let mut process = started(&scenario);
    let before = process.to_bytes();
    let rejection = process.update(&update, time(0)).unwrap_err();
    assert_eq!((rejection.rule.as_str(), rejection.pointer.as_deref()), ("invalid_result", Some("/vars/n")));
    assert_eq!(process.to_bytes(), before);
}

#[test]
fn ballots_are_as_written_or_all_within_14_days() {
    let rule = |text: &str, kind: ChangeKind| {
        let scenario = load(&OPEN.replace("initial: s\n", &format!("{text}\ninitial: s\n")));
        scenario.ballot(kind).map(|rule| format!("{:?} {}", rule.need, rule.within))
    };
    assert_eq!(rule("", ChangeKind::Deviation).as_deref(), Some("All P14D"));
    assert_eq!(rule("changes: none", ChangeKind::Dispute), None);
    let written = "changes: {deviation: {who: a, need: {share: \"2/3\"}, within: P1W}, update: none}";
    assert!(rule(written, ChangeKind::Deviation).is_some_and(|rule| rule.ends_with("P7D")));
    assert_eq!(
        (rule(written, ChangeKind::Update), rule(written, ChangeKind::Dispute).as_deref()),
        (None, Some("All P14D"))
    );
    // A ballot that is written as it would be anyway is left out, and none of all of them is `none`.
    let canonical = |text: &str| {
        load(&OPEN.replace("initial: s\n", &format!("{text}\ninitial: s\n"))).canonical().get("changes").cloned()
    };
    assert_eq!(canonical("changes: {update: {who: everyone, need: all, within: P2W}}"), None);
    assert_eq!(
        canonical("changes: {update: none, dispute: none, deviation: none, removal: none}"),
        Some(Json::text("none"))
    );
    let bad =
        OPEN.replace("initial: s\n", "changes: {update: {who: a, need: {share: 3/2}, within: P1D}}\ninitial: s\n");
    assert_eq!(Scenario::load(bad.as_bytes()).unwrap_err()[0].code, "E106");
}

/// The fenced block of the guide with this info string.
fn block<'p>(page: &'p str, info: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("```{info}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_example_of_the_guide_runs_as_it_says() {
    let page = include_str!("../../../../docs/guide/src/changes.md");
    let scenario = load(block(page, "yaml scenario"));
    let document = block(page, "yaml deviation");
    let steps = crate::process::json(block(page, "json steps"));
    let start = Timestamp::parse(DAY_ONE).unwrap();
    let mut player = countersign_workflow::Player::start(&scenario, &Default::default(), &Json::Null, start).unwrap();
    for step in steps.as_list().unwrap() {
        match step.get("deviation") {
            Some(_) => player.step_deviation(document.as_bytes()).unwrap(),
            None => player.step(step).unwrap(),
        }
    }
    let refused: Vec<(usize, &str)> =
        player.refused.iter().map(|refused| (refused.step, refused.rejection.rule.as_str())).collect();
    assert_eq!(refused, [(6, "deviation_spent")]);
    assert_eq!(player.process.state(), "closed");
    assert_eq!(player.process.vars().to_plain().to_string(), r#"{"owed":"2167.5"}"#);
    // The same as a document in a step, which is how the command takes it.
    let canonical = deviation(document, &scenario).unwrap().canonical().clone();
    let mut other = countersign_workflow::Player::start(&scenario, &Default::default(), &Json::Null, start).unwrap();
    for step in steps.as_list().unwrap() {
        match step.get("deviation") {
            Some(_) => other.step(&Json::map([("deviation", canonical.clone())])).unwrap(),
            None => other.step(step).unwrap(),
        }
    }
    assert_eq!(other.process.to_bytes(), player.process.to_bytes());
}

const PARENT: &str = "\
scenario: countersign/scenario/v1
name: parent
title: Parent
language: en
actors: {a: {title: A}, b: {title: B}}
actions: {close: {title: Close, kind: informative, by: a}}
initial: s
states:
  s: {title: S, start: [{child: stays, scenario: work, own: true}, {child: goes, scenario: work}], transitions: [{on: close, goto: e}]}
  e: {title: E, final: success}
scenarios:
  work:
    title: Work
    actors: {b: {title: B}}
    vars: {n: {type: int, initial: 0}}
    actions: {go: {title: Go, kind: informative, by: b, do: [{set: vars.n, to: vars.n + 1}]}}
    initial: w
    states: {w: {title: W, transitions: [{on: go, if: vars.n < 9, goto: stay}, {on: go, goto: d}]}, d: {title: D, final: success}}
";
const ASIDE: &str = "\
scenario: countersign/deviation/v1
name: aside
of: parent
title: Aside
language: en
actions: {pause: {title: Pause, kind: informative, by: a}, resume: {title: Go on, kind: informative, by: a}}
leaves: {s: [{on: pause, goto: paused}]}
states: {paused: {title: Paused, start: [{child: extra, scenario: work}], transitions: [{on: resume, goto: s}]}}
";

#[test]
fn children_go_on_beside_a_deviation_and_end_as_their_states_do() {
    let scenario = load(PARENT);
    let mut process = started(&scenario);
    let go = |process: &mut Process, path: &str| {
        let party = process.party("b").map(str::to_owned);
        let answer = Answer {
            contract: None,
            process: path,
            actor: "b",
            party: party.as_deref(),
            key: KeyKind::User,
            action: "go",
            response: None,
            data: &Json::Null,
            attachments: &Json::Null,
            proofs: None,
            seen: None,
            time: time(0),
        };
        process
            .respond(&answer, &|_| Entitlement::Entitled)
            .map_or_else(|rejection| rejection.rule.as_str(), |()| "applied")
    };
    let paths =
        |process: &Process| -> Vec<String> { process.processes().iter().map(|one| one.path().to_owned()).collect() };
    assert_eq!(go(&mut process, "main/goes"), "applied");
    let deviation = deviation(ASIDE, &scenario).unwrap();
    let before: Vec<_> = process.sub_hashes().into_iter().filter(|(path, _)| path != "main").collect();
    process.adopt(&deviation, time(DAY)).unwrap();
    assert_eq!(paths(&process), ["main", "main/stays", "main/goes"]);
    assert_ne!(process.sub_hashes(), before, "main follows another document now");
    assert_eq!((go(&mut process, "main/goes"), go(&mut process, "main/stays")), ("applied", "applied"));
    // Leaving by the deviation ends what belongs to the state, and starts what belongs to its own.
    assert_eq!(take(&mut process, "a", "pause", Json::Null, time(DAY)), "applied");
    assert_eq!(paths(&process), ["main", "main/stays", "main/extra"]);
    assert_eq!((go(&mut process, "main/extra"), go(&mut process, "main/goes")), ("applied", "unknown_action"));
    let held = process.process("main/stays").map(|one| one.vars().to_plain().to_string());
    assert_eq!(held.as_deref(), Some("{\"n\":1}"));
    assert_eq!(take(&mut process, "a", "resume", Json::Null, time(DAY)), "applied");
    assert!(process.deviations().is_empty() && process.scenario().digest() == scenario.digest());
    assert!(paths(&process).contains(&"main/goes".to_owned()), "the state was entered anew: {:?}", paths(&process));
    assert_eq!(go(&mut process, "main/stays"), "applied");
}
