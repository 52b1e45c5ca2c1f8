//! Processes that a process starts: how they begin, end and are waited for, and where they stop (decision 0013).

use countersign_codec::{Encode, Json};
use countersign_workflow::{
    Answer, Entitlement, KeyKind, PROCESSES_MAX, Play, Process, RejectionRule, SIGNALS_HELD_MAX, Scenario, run,
};
use proptest::prelude::*;

use crate::canonical::{accepted, load};
use crate::process::{DAY_ONE, bindings, json, time};

const HEAD: &str = "
scenario: countersign/scenario/v1
name: tree
title: Tree
language: en
actors: {a: {title: A}}
";

/// A scenario with these lines.
fn tree(lines: &str) -> Scenario {
    load(&format!("{HEAD}{lines}"))
}

fn start(scenario: &Scenario) -> Result<Process, RejectionRule> {
    Process::start(scenario, &bindings(scenario), &Json::Null, time(DAY_ONE)).map_err(|rejection| rejection.rule)
}

fn say(process: &mut Process, path: &str, action: &str) -> Result<(), RejectionRule> {
    say_with(process, path, action, "null").map_err(|(rule, _)| rule)
}

fn say_with(
    process: &mut Process,
    path: &str,
    action: &str,
    data: &str,
) -> Result<(), (RejectionRule, Option<String>)> {
    let party = process.party_in(path, "a").flatten().map(str::to_owned);
    let answer = Answer {
        contract: None,
        process: path,
        actor: "a",
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
    process.respond(&answer, &|_| Entitlement::Entitled).map_err(|rejection| (rejection.rule, rejection.pointer))
}

/// Path and state of each process that is alive.
fn states(process: &Process) -> Vec<String> {
    process.processes().iter().map(|one| format!("{}:{}", one.path(), one.state())).collect()
}

/// The codes of a document that is refused.
fn codes(lines: &str) -> Vec<String> {
    let findings = Scenario::load(format!("{HEAD}{lines}").as_bytes()).unwrap_err();
    findings.iter().filter(|finding| finding.is_error()).map(ToString::to_string).collect()
}

/// A child that waits for `go`, then ends.
const WAITER: &str =
    "{title: W, actors: {a: {title: A}}, actions: {go: {title: Go, kind: informative, by: a}}, initial: w,
    states: {w: {title: W, transitions: [{on: go, goto: z}]}, z: {title: Z, final: success}}}";

#[test]
fn a_sequence_goes_on_item_by_item_however_each_ends() {
    let scenario = tree(
        "
vars: {list: {type: list of int, initial: [7, 8, 9]}, seen: {type: list of int, initial: []}}
scenarios:
  item: {title: I, actors: {a: {title: A}}, inputs: {n: int}, result: {n: inputs.n}, initial: w,
    actions: {go: {title: Go, kind: informative, by: a}, fail: {title: Fail, kind: informative, by: a}},
    states: {w: {title: W, transitions: [{when: inputs.n == 8, goto: bad}, {on: go, goto: z}, {on: fail, goto: bad}]},
      z: {title: Z, final: success}, bad: {title: B, final: failure}}}
initial: s
states:
  s: {title: S, start: [{child: c, scenario: item, for: {each: n, in: vars.list, order: sequential}}],
    transitions: [{when: all_finished(), do: [{set: vars.seen, to: '[children.c[0].result.n, children.c[1].result.n, children.c[2].result.n]'}], goto: e}]}
  e: {title: E, final: success}
",
    );
    let mut process = start(&scenario).unwrap();
    assert_eq!(states(&process), ["main:s", "main/c.0:w"]);
    // The second item fails by itself, so the third begins in the same step.
    say(&mut process, "main/c.0", "go").unwrap();
    assert_eq!(states(&process), ["main:s", "main/c.2:w"]);
    assert_eq!(say(&mut process, "main/c.0", "go"), Err(RejectionRule::UnknownAction));
    say(&mut process, "main/c.2", "fail").unwrap();
    assert_eq!(states(&process), ["main:e"]);
    assert_eq!(process.vars().get("seen").to_plain(), json("[7,8,9]"));
}

#[test]
fn what_is_its_own_outlives_the_state_and_not_the_process() {
    let scenario = tree(&format!(
        "
actions: {{next: {{title: N, kind: informative, by: a}}}}
scenarios: {{w: {WAITER}}}
initial: s
states:
  s: {{title: S, start: [{{child: kept, scenario: w, own: true}}, {{child: left, scenario: w}}], transitions: [{{on: next, goto: t}}]}}
  t: {{title: T, transitions: [{{when: 'children.kept.outcome == \"success\"', goto: u}}, {{on: next, goto: e}}]}}
  u: {{title: U, transitions: [{{on: next, goto: e}}]}}
  e: {{title: E, final: success}}
"
    ));
    let mut process = start(&scenario).unwrap();
    say(&mut process, "main", "next").unwrap();
    assert_eq!(states(&process), ["main:t", "main/kept:w"]);
    let mut other = process.clone();
    say(&mut process, "main/kept", "go").unwrap();
    assert_eq!(states(&process), ["main:u"]);
    say(&mut other, "main", "next").unwrap();
    assert_eq!(states(&other), ["main:e"]);
}

#[test]
fn actors_of_a_child_may_be_called_otherwise() {
    let scenario = load(
        "
scenario: countersign/scenario/v1
name: roles
title: Roles
language: en
actors: {buyer: {title: B}, late: {title: L, joins: invitation}}
scenarios:
  w: {title: W, actors: {payer: {title: P}, helper: {title: H}}, initial: w,
    actions: {pay: {title: Pay, kind: performative, by: payer}, help: {title: Help, kind: informative, by: helper}},
    states: {w: {title: W, transitions: [{on: help, goto: stay}, {on: pay, if: 'actor.key == \"payer\"', goto: z}]}, z: {title: Z, final: success}}}
initial: s
states: {s: {title: S, start: [{child: w, scenario: w, actors: {payer: buyer, helper: late}}], transitions: [{when: all_finished(), goto: e}]}, e: {title: E, final: success}}
",
    );
    let mut bound = bindings(&scenario);
    bound.remove("late");
    let mut process = Process::start(&scenario, &bound, &Json::Null, time(DAY_ONE)).unwrap();
    let open = process.open_actions("buyer", process.time());
    let open: Vec<_> = open.iter().map(|open| (&*open.process, &*open.actor, &*open.action)).collect();
    assert_eq!(open, [("main/w", "payer", "pay")]);
    assert_eq!(process.role_in_main("main/w", "helper").as_deref(), Some("late"));
    assert_eq!(process.party_in("main/w", "helper"), Some(None));
    // Whoever joins later is bound in what runs already.
    let binding = countersign_workflow::Binding { party: Some("idn_late".into()), data: Default::default() };
    process.join("late", &binding, time(DAY_ONE)).unwrap();
    assert_eq!(process.party_in("main/w", "helper"), Some(Some("idn_late")));
    assert_eq!(process.open_actions("late", process.time()).len(), 1);
}

#[test]
fn a_rejected_step_leaves_nothing_in_any_process() {
    let scenario = tree(
        "
actions: {go: {title: Go, kind: informative, by: a, data: {n: int}}}
vars: {n: int}
scenarios:
  w: {title: W, actors: {a: {title: A}}, inputs: {n: {type: int, max: 5}}, vars: {m: {type: int, max: 3}}, initial: w,
    actions: {more: {title: M, kind: informative, by: a, do: [{set: vars.m, to: 4}]}},
    states: {w: {title: W, transitions: [{on: more, goto: stay}]}, z: {title: Z, final: success}},
    everywhere: {transitions: [{after: P1D, goto: z}]}}
initial: s
states:
  s: {title: S, transitions: [{on: go, do: [{set: vars.n, to: data.n}], goto: t}, {after: P9D, goto: e}]}
  t: {title: T, start: [{child: w, scenario: w, with: {n: vars.n}}], transitions: [{when: all_finished(), goto: e}]}
  e: {title: E, final: success}
",
    );
    let mut process = start(&scenario).unwrap();
    let before = process.sub_hashes();
    let refused = say_with(&mut process, "main", "go", r#"{"n":6}"#);
    assert_eq!(refused, Err((RejectionRule::InvalidResult, Some("/children/w/inputs/n".into()))));
    assert_eq!(process.sub_hashes(), before);
    say_with(&mut process, "main", "go", r#"{"n":5}"#).unwrap();
    let before = process.sub_hashes();
    let refused = say_with(&mut process, "main/w", "more", "null");
    assert_eq!(refused, Err((RejectionRule::InvalidResult, Some("/children/w/vars/m".into()))));
    assert_eq!(process.sub_hashes(), before);
    assert_eq!(process.history().len(), 1);
    // Its timer fires in the child, and the parent goes on.
    process.tick(time("2030-01-01T00:00:00.000Z"));
    assert_eq!(states(&process), ["main:e"]);
}

#[test]
fn a_thousand_children_and_no_more() {
    let of = |count: usize| {
        let items: Vec<String> = (0..count).map(|n| n.to_string()).collect();
        // Two lists, since one has at most a thousand items.
        let (first, second) = items.split_at(count / 2);
        tree(&format!(
            "
vars: {{x: {{type: list of int, initial: [{}]}}, y: {{type: list of int, initial: [{}]}}}}
scenarios:
  w: {{title: W, actors: {{a: {{title: A}}}}, inputs: {{n: int}}, actions: {{go: {{title: Go, kind: informative, by: a}}}}, initial: w,
    states: {{w: {{title: W, transitions: [{{on: go, goto: z}}]}}, z: {{title: Z, final: success}}}}}}
initial: s
states:
  s: {{title: S, start: [{{child: c, scenario: w, for: {{each: n, in: vars.x, order: parallel}}}}, {{child: d, scenario: w, for: {{each: n, in: vars.y, order: parallel}}}}],
    transitions: [{{when: all_finished(), goto: e}}]}}
  e: {{title: E, final: success}}
",
            first.join(", "),
            second.join(", ")
        ))
    };
    let mut process = start(&of(PROCESSES_MAX)).unwrap();
    assert_eq!(process.processes().len(), PROCESSES_MAX + 1);
    say(&mut process, "main/d.499", "go").unwrap();
    assert_eq!(process.sub_hashes().len(), PROCESSES_MAX);
    assert_eq!(start(&of(PROCESSES_MAX + 1)).unwrap_err(), RejectionRule::Limit);
}

/// Sub-scenarios that start each other: `l0` starts `l1`, and so on; the last one waits.
fn levels(count: usize) -> String {
    let level = |n: usize| {
        let below = n + 1;
        format!(
            "l{n}: {{title: L, actors: {{a: {{title: A}}}}, initial: s, states: {{s: {{title: S, start: [{{child: c, scenario: l{below}}}],
              transitions: [{{when: all_finished(), goto: e}}]}}, e: {{title: E, final: success}}}}}}"
        )
    };
    let levels: Vec<String> = (0..count - 1).map(level).collect();
    format!(
        "
scenarios: {{{}, l{}: {WAITER}}}
initial: s
states: {{s: {{title: S, start: [{{child: c, scenario: l0}}], transitions: [{{when: all_finished(), goto: e}}]}}, e: {{title: E, final: success}}}}
",
        levels.join(", "),
        count - 1
    )
}

#[test]
fn eight_levels_and_no_more() {
    let mut process = start(&tree(&levels(8))).unwrap();
    let deepest = format!("main{}", "/c".repeat(8));
    assert_eq!(process.processes().last().unwrap().path(), deepest);
    say(&mut process, &deepest, "go").unwrap();
    assert_eq!(states(&process), ["main:e"]);
    let found = codes(&levels(9));
    assert!(found[0].contains("E107") && found[0].contains("9, at most 8"), "{found:?}");
}

#[test]
fn sub_scenarios_that_start_each_other_are_refused() {
    let round = "
scenarios:
  x: {title: X, actors: {a: {title: A}}, initial: s, states: {s: {title: S, start: [{child: c, scenario: y}], transitions: [{when: all_finished(), goto: e}]}, e: {title: E, final: success}}}
  y: {title: Y, actors: {a: {title: A}}, initial: s, states: {s: {title: S, do: [{start: {child: c, scenario: x}}], transitions: [{when: all_finished(), goto: e}]}, e: {title: E, final: success}}}
initial: s
states: {s: {title: S, start: [{child: c, scenario: x}], transitions: [{when: all_finished(), goto: e}]}, e: {title: E, final: success}}
";
    let found = codes(round);
    assert!(found[0].contains("E203 scenarios contain each other: x → y → x"), "{found:?}");
}

#[test]
fn what_a_child_needs_is_asked_for() {
    let with = |line: &str| {
        format!(
            "
vars: {{n: int, t: text, l: {{type: list of text, initial: []}}}}
scenarios:
  w: {{title: W, actors: {{a: {{title: A}}, other: {{title: O, data: {{iban: text}}}}}}, inputs: {{n: int, m: optional int}}, initial: z, states: {{z: {{title: Z, final: success}}}}}}
initial: s
states: {{s: {{title: S, start: [{line}], transitions: [{{when: all_finished(), goto: e}}]}}, e: {{title: E, final: success}}}}
"
        )
    };
    let found = codes(&with("{child: w, scenario: w}"));
    for needed in ["needs actor `other`;", "needs input `n`", "needs actor `other` with `iban`"] {
        let needed = needed.trim_end_matches(';');
        assert!(found.iter().any(|line| line.contains("E205") && line.contains(needed)), "{needed}: {found:?}");
    }
    let one = |line: &str, code: &str| {
        let found = codes(&with(line));
        assert!(found.iter().any(|found| found.contains(code)), "{code}: {found:?}");
    };
    one("{child: w, scenario: v}", "E201 no scenario is called `v`; did you mean `w`?");
    one("{child: w, scenario: w, with: {n: vars.t}}", "E404");
    one("{child: w, scenario: w, with: {k: 1}}", "E201 no input is called `k`");
    one("{child: w, scenario: w, actors: {b: a}}", "E201 no actor of `w` is called `b`");
    one("{child: w, scenario: w, for: {each: n, in: vars.l, order: parallel}}", "E404");
    one("{child: w, scenario: w}, {child: w, scenario: w}", "E202");
    assert!(
        codes("initial: s\nstates: {s: {title: S, final: success, start: []}}")
            .iter()
            .any(|line| line.contains("E106"))
    );
}

#[test]
fn leaving_unfinished_children_is_a_warning() {
    let document = format!(
        "{HEAD}
actions: {{stop: {{title: S, kind: informative, by: a}}}}
scenarios: {{w: {WAITER}}}
initial: s
states:
  s: {{title: S, start: [{{child: w, scenario: w}}], transitions: [{{when: all_finished(), goto: e}}, {{when: children.w.finished, goto: e}}, {{on: stop, goto: e}}]}}
  e: {{title: E, final: success}}
"
    );
    let (_, warnings) = Scenario::load(document.as_bytes()).unwrap();
    let warned: Vec<_> = warnings.iter().filter(|found| found.code == "W611").collect();
    assert_eq!(warned.len(), 1, "{warnings:?}");
    assert_eq!(warned[0].message, "leaving `s` here cancels unfinished `w`");
}

#[test]
fn signals_that_wait_have_a_limit() {
    let scenario = tree(
        "
signals: {poke: {data: {n: int}, hold: true}}
actions: {poke: {title: P, kind: informative, by: a, data: {n: int}, do: [{signal: poke, to: children, with: {n: data.n}}]}}
scenarios:
  w: {title: W, actors: {a: {title: A}}, signals: {poke: {data: {n: int}, hold: true}}, vars: {sum: {type: int, initial: 0}},
    actions: {go: {title: Go, kind: informative, by: a}}, initial: w,
    states: {w: {title: W, transitions: [{on: go, goto: v}]}, v: {title: V, transitions: [{signal: poke, if: signal.n > 0, do: [{set: vars.sum, to: vars.sum + signal.n}], goto: stay}, {on: go, goto: z}]}, z: {title: Z, final: success}}}
initial: s
states: {s: {title: S, start: [{child: w, scenario: w}], transitions: [{on: poke, goto: stay}, {when: all_finished(), goto: e}]}, e: {title: E, final: success}}
",
    );
    let mut process = start(&scenario).unwrap();
    say_with(&mut process, "main", "poke", r#"{"n":0}"#).unwrap();
    let quiet = process.to_bytes().len();
    for n in 1..SIGNALS_HELD_MAX {
        say_with(&mut process, "main", "poke", &format!(r#"{{"n":{n}}}"#)).unwrap();
    }
    assert_eq!(process.to_bytes().len(), quiet, "signals wait in the child");
    assert_eq!(say_with(&mut process, "main", "poke", r#"{"n":1}"#), Err((RejectionRule::Limit, None)));
    say(&mut process, "main/w", "go").unwrap();
    let sum = process.process("main/w").unwrap().vars().get("sum").to_plain();
    assert_eq!(sum, Json::Int((1..SIGNALS_HELD_MAX as i64).sum()), "all but the one whose `if` does not hold");
}

#[test]
fn signals_to_everybody_are_counted_by_whom_they_ask() {
    let of = |count: usize| {
        let items: Vec<String> = (0..count).map(|n| n.to_string()).collect();
        tree(&format!(
            "
vars: {{x: {{type: list of int, initial: [{}]}}}}
scenarios:
  w: {{title: W, actors: {{a: {{title: A}}}}, signals: {{hello: {{data: {{}}}}}}, inputs: {{n: int}}, actions: {{go: {{title: Go, kind: informative, by: a}}}}, initial: w,
    states: {{w: {{title: W, do: [{{signal: hello, to: contract}}], transitions: [{{on: go, goto: z}}]}}, z: {{title: Z, final: success}}}}}}
initial: s
states:
  s: {{title: S, start: [{{child: c, scenario: w, for: {{each: n, in: vars.x, order: parallel}}}}], transitions: [{{when: all_finished(), goto: e}}]}}
  e: {{title: E, final: success}}
",
            items.join(", ")
        ))
    };
    // Each of so many asks each: a million questions are too many for one step.
    assert_eq!(start(&of(400)).unwrap().processes().len(), 401);
    assert_eq!(start(&of(999)).unwrap_err(), RejectionRule::Limit);
}

#[test]
fn processes_that_start_each_other_anew_end_as_a_limit() {
    let scenario = tree(&format!(
        "
actions: {{go: {{title: Go, kind: informative, by: a}}}}
vars: {{n: {{type: int, initial: 0}}}}
scenarios: {{w: {WAITER}}}
initial: s
states:
  s: {{title: S, transitions: [{{on: go, goto: t}}, {{after: P1D, goto: e}}]}}
  t: {{title: T, start: [{{child: w, scenario: w}}], transitions: [{{when: vars.n >= 0, do: [{{set: vars.n, to: vars.n + 1}}], goto: t}}, {{after: P1D, goto: e}}]}}
  e: {{title: E, final: success}}
"
    ));
    let mut process = start(&scenario).unwrap();
    let before = process.sub_hashes();
    assert_eq!(say(&mut process, "main", "go"), Err(RejectionRule::Runaway));
    assert_eq!(process.sub_hashes(), before);
}

#[test]
fn a_play_names_what_runs() {
    let scenario = tree(&format!(
        "
scenarios: {{w: {WAITER}}}
initial: s
states:
  s: {{title: S, start: [{{child: x, scenario: w}}, {{child: y, scenario: w}}], transitions: [{{when: all_finished(), goto: e}}]}}
  e: {{title: E, final: success}}
"
    ));
    let steps = r#"[{"actor":"a","action":"go","process":"main/y"}]"#;
    let Json::List(steps) = json(steps) else { panic!("steps are a list") };
    let play = Play { inputs: Json::Null, steps, start: time(DAY_ONE), timers: false };
    let (output, _) = run(&scenario, "scn_x", &play).unwrap();
    assert_eq!(output.get("next").unwrap(), &json(r#"["main/x:z","e"]"#));
    assert_eq!(
        output.get("children").unwrap().get("y").unwrap(),
        &json(r#"{"outcome":"success","result":{},"state":"z"}"#)
    );
    assert_eq!(output.get("default_action").unwrap(), &json(r#"{"action":"go","process":"main/x"}"#));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// In trees of all stories: a dry run is the step, a rejected step changes nothing but timers and time, and the same
    /// answers give the same state again.
    #[test]
    fn a_walk_through_a_tree_is_a_function_of_what_was_said(picks in prop::collection::vec((0..1000_usize, 0..40_i64, any::<bool>()), 1..25), which in 0..100_usize) {
        let with_children: Vec<Scenario> = accepted()
            .into_iter()
            .map(|(_, scenario)| scenario)
            .filter(|scenario| scenario.canonical().get("scenarios").is_some())
            .collect();
        prop_assume!(!with_children.is_empty());
        let scenario = &with_children[which % with_children.len()];
        let walk = || {
            let mut process = Process::start(scenario, &bindings(scenario), &Json::Null, time(DAY_ONE)).unwrap();
            for (pick, hours, fits) in &picks {
                let open: Vec<_> = process.open(process.time()).into_iter().flat_map(|(_, open)| open).collect();
                let Some(open) = open.get(pick % open.len().max(1)) else { break };
                let response = open.responses.get(pick % open.responses.len().max(1)).map(String::as_str);
                let data = match (open.action.as_str(), response, fits) {
                    ("order", ..) => json(r#"{"order":{"goods":"x","price":"10","due":"2026-02-01"}}"#),
                    ("invoice", _, true) => json(r#"{"amount":"10"}"#),
                    ("receive", Some("accept"), true) => json(r#"{"day":"2026-02-09"}"#),
                    ("report", _, true) => Json::map([("n", Json::Int(*pick as i64 % 14))]),
                    _ => Json::Null,
                };
                let later = countersign_rules::Timestamp::from_ms(process.time().ms() + hours * 3_600_000).unwrap();
                let party = process.party_in(&open.process, &open.actor).flatten().map(str::to_owned);
                let answer = Answer { contract: None,
                    process: &open.process,
                    actor: &open.actor,
                    party: party.as_deref(),
                    key: KeyKind::User,
                    action: &open.action,
                    response,
                    data: &data,
                    attachments: &Json::Null,
                    seen: process.seen(&open.process, &open.action),
                    time: later, proofs: None };
                let dry = process.dry_run(&answer, &|_| Entitlement::Entitled);
                let mut ticked = process.clone();
                ticked.tick(later);
                match process.respond(&answer, &|_| Entitlement::Entitled) {
                    Ok(()) => assert_eq!(dry.unwrap().sub_hashes(), process.sub_hashes()),
                    Err(rejection) => {
                        assert_eq!(dry.unwrap_err(), rejection);
                        assert_eq!(process.sub_hashes(), ticked.sub_hashes());
                        assert_eq!(process.history(), ticked.history());
                    }
                }
            }
            process
        };
        let (one, other) = (walk(), walk());
        prop_assert_eq!(one.to_bytes(), other.to_bytes());
        prop_assert_eq!(one.sub_hashes(), other.sub_hashes());
        prop_assert_eq!(one.markers(), other.markers());
    }
}
