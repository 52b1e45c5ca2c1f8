//! Findings beyond those of the conformance data: refused features, circles, limits and warnings.

use countersign_workflow::{FINDINGS_MAX, Finding, Scenario};

use crate::canonical::load;

/// A small sound scenario; lines may be added to it.
const SMALL: &str = "\
scenario: countersign/scenario/v1
name: small
title: Small
language: en
actors: {a: {title: A}, b: {title: B}}
vars: {n: {type: int, initial: 0}}
actions:
  go: {title: Go, kind: performative, by: a, seen: [vars.n]}
  back: {title: Back, kind: informative, by: b}
initial: s
states:
  s: {title: S, transitions: [{on: go, goto: t}, {after: P1D, goto: e}]}
  t: {title: T, transitions: [{on: back, goto: s}, {after: P1D, goto: e}]}
  e: {title: E, final: success}
";

fn findings(text: &str) -> Vec<Finding> {
    match Scenario::load(text.as_bytes()) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    }
}

/// Replaces a part of the small scenario and expects one finding, at the first character of `at`.
fn check(part: &str, instead: &str, code: &str, at: &str) {
    assert!(SMALL.contains(part), "{part}");
    let text = SMALL.replacen(part, instead, 1);
    let before = text.split_once(at).unwrap_or_else(|| panic!("{at} is not in the text")).0;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let found = findings(&text);
    let place = (u32::try_from(line).unwrap(), u32::try_from(column).unwrap());
    let fits = found.iter().any(|found| found.code == code && (found.place.line, found.place.column) == place);
    assert!(fits, "{code} at {place:?} is not in {found:#?}");
}

#[test]
fn the_small_scenario_has_no_finding() {
    assert_eq!(findings(SMALL), []);
}

#[test]
fn every_feature_of_later_versions_is_refused_at_its_key() {
    let top = |line: &str| check("initial: s\n", &format!("{line}\ninitial: s\n"), "E110", line);
    top("documents: {}");
    top("imports: {}");
    check("initial: s\n", "changes: {removal: {who: a, need: all, within: P1D}}\ninitial: s\n", "E110", "who");
    let actor = |key: &str| check("{title: B}", &format!("{{title: B, {key}}}"), "E110", key);
    actor("proof: [code]");
    check("by: b}", "by: b, attachments: {f: {title: F, many: {min: 3, max: 2}}}}", "E106", "{min: 3");
    check("by: b}", "by: b, do: [{document: d, into: vars.n}]}", "E110", "document: d");
    for format in ["countersign/deviation/v1", "countersign/update/v1"] {
        check("scenario: countersign/scenario/v1", &format!("scenario: {format}"), "E106", "scenario: ");
    }
    assert!(load(&SMALL.replace("initial: s\n", "changes: none\ninitial: s\n")).canonical().get("changes").is_some());
}

#[test]
fn circles_are_found() {
    check(
        "{a: {title: A}, b: {title: B}}",
        "{a: {title: A, acts_for: b}, b: {title: B, acts_for: a}}",
        "E203",
        "{a: {title: A, acts",
    );
    check("initial: s\n", "types: {x: {fields: {y: y}}, y: {type: list, of: x}}\ninitial: s\n", "E203", "{x: {fields");
    let shown = "types: {x: {type: text, ui: {help: {$ref: \"#/types/x\"}}}}\nvars: {v: x}\ninitial: s\n";
    assert!(
        !findings(&SMALL.replace("initial: s\n", shown)).iter().any(|found| found.code == "E203"),
        "words are no type"
    );
    check("initial: s\n", "types: {object: {type: text}}\ninitial: s\n", "E202", "object");
}

#[test]
fn what_effects_may_not_do_is_found() {
    let effect =
        |effect: &str, code: &str, at: &str| check("by: b}", &format!("by: b, do: [{{{effect}}}]}}"), code, at);
    effect("set: inputs.n, to: 1", "E405", "inputs.n, to");
    effect("set: vars, to: 1", "E405", "vars, to");
    effect("set: actors.a.key, to: vars.n", "E405", "actors.a.key");
    effect("set: vars.m, to: 1", "E402", "vars.m");
    effect("set: actors.c.x, to: 1", "E201", "actors.c.x");
    effect("append: vars.n, item: 1", "E404", "vars.n, item");
    effect("merge: vars.n, from: 1", "E404", "1}]");
    effect("set: vars.n, to: '\"x\"'", "E404", "'\"x\"'");
    effect("paint: vars.n, to: 1", "E104", "paint");
    effect("mark: one more", "E106", "one more");
}

#[test]
fn triggers_and_guards_stand_where_they_may() {
    check("{on: back,", "{on: back, when: true,", "E106", "when: true");
    check("{on: back, goto: s}", "{goto: s}", "E105", "{goto: s}");
    check("{after: P1D,", "{after: P1D, by: a,", "E106", "by: a, goto");
    check("{on: back,", "{on: [],", "E106", "[],");
    check("title: Small", "title: Small {{ vars.n }}", "E106", "Small {{");
    check("title: Small", "title: Small\ndescription: \"All of {{ vars.m }}\"", "E402", "m }}");
    check("initial: s", "initial: stay", "E201", "stay");
    check("  e: {", "  stay: {title: X, final: success}\n  e: {", "E202", "stay: {");
    check("{a: {title: A}, b", "{time: {title: A}, a: {title: A}, b", "E202", "time: {");
}

#[test]
fn what_multiplies_is_bounded() {
    let states: String = (0..300).map(|n| format!("  z{n}: {{title: Z, transitions: []}}\n")).collect();
    let shared: String = (0..40).map(|n| format!("{{after: P{}D, goto: e}},", n + 2)).collect();
    let text =
        SMALL.replace("  e: {", &format!("{states}  e: {{")) + &format!("everywhere: {{transitions: [{shared}]}}\n");
    assert!(findings(&text).iter().any(|found| found.code == "E107" && found.message.contains("transitions")));
    // A guard of 4,000 characters, 200 times in each of 49 states, would take some hundred megabytes of trees.
    let guard = format!("vars.n == 0{}", " or vars.n == 1".repeat(240));
    let states: String = (0..45).map(|n| format!("  z{n}: {{title: Z, transitions: []}}\n")).collect();
    let shared: String = (0..200).map(|n| format!("{{after: P{}D, if: {guard}, goto: e}},", n + 2)).collect();
    let text =
        SMALL.replace("  e: {", &format!("{states}  e: {{")) + &format!("everywhere: {{transitions: [{shared}]}}\n");
    assert!(findings(&text).iter().any(|found| found.code == "E107" && found.message.contains("canonical form")));
}

#[test]
fn no_number_of_warnings_hides_an_error() {
    let clauses: String = (0..300).map(|n| format!("  \"{n}\": {{nl: Woorden}}\n")).collect();
    let text = SMALL.replace("initial: s\n", &format!("clauses:\n{clauses}initial: s\n"));
    assert!(Scenario::load(text.as_bytes()).unwrap().1.len() == FINDINGS_MAX);
    let broken = text.replace("by: b}", "by: b, do: [{set: vars.n, to: '\"x\"'}]}");
    let found = Scenario::load(broken.as_bytes()).unwrap_err();
    assert!(found.iter().any(|found| found.code == "E404") && found.len() == FINDINGS_MAX + 1);
}

#[test]
fn warnings_are_given_beside_a_scenario_that_is_accepted() {
    check("vars: {n:", "vars: {idle: text, n:", "W601", "idle");
    check("by: b}", "by: b}\n  idle: {title: I, kind: informative, by: b}", "W601", "idle");
    check(", b: {title: B}}", ", b: {title: B}, c: {title: C}}", "W601", "c: {title: C");
    check(
        "{on: go, goto: t}",
        "{on: go, if: vars.n > 1, goto: e}, {on: go, if: vars.n > 2, goto: t}",
        "W602",
        "{on: go, if: vars.n > 2",
    );
    check("{on: go, goto: t}", "{on: go, if: vars.n > 1, goto: t}", "W603", "{on: go, if");
    check("{on: go, goto: t}", "{on: go, goto: t}, {when: vars.n > 1, goto: stay}", "W603", "{when");
    check("{on: back, goto: s}, {after: P1D, goto: e}", "{on: back, goto: s}", "W604", "t: {title: T");
    check(", seen: [vars.n]", "", "W605", "go: {title");
    check("title: Small", "title: {nl: Klein}", "W607", "{nl");
    let both = SMALL.replace("{on: go, goto: t}", "{on: go, goto: t}, {on: back, goto: t}");
    let found = findings(&both.replace("by: b}", "by: b, priority: 3}"));
    assert!(found.iter().any(|found| found.code == "W608" && found.message.contains("b overtake `go`")), "{found:#?}");
}
