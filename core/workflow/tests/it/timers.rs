//! Timers as stories: points in time, repetitions, working days, and what a replay makes of them.

use countersign_codec::{Encode, Json};
use countersign_rules::Timestamp;
use countersign_workflow::{Finding, Play, Process, RejectionRule, Scenario, draw, explain, run};
use proptest::prelude::*;

use crate::canonical::load;
use crate::process::{DAY_ONE, ENTITLED, NOTHING, answer, bindings, json, time};

/// A scenario with one actor, these vars and these states. `goto` of the last state is `e`.
fn scenario(vars: &str, states: &str) -> Scenario {
    load(&document(vars, states))
}

fn document(vars: &str, states: &str) -> String {
    format!(
        "
scenario: countersign/scenario/v1
name: clock
title: Clock
language: en
actors: {{a: {{title: A}}}}
calendars:
  office: {{title: Office, week: [mon, tue, wed, thu, fri], holidays: [\"2026-12-25\"], offset: \"+01:00\", covers: {{from: \"2026-01-01\", to: \"2026-12-31\"}}}}
vars: {{{vars}}}
actions:
  plan: {{title: Plan, kind: informative, by: a, data: {{on: optional date}}, do: [{{set: vars.on, to: data.on}}]}}
  note: {{title: Note, kind: informative, by: a}}
  again: {{title: Again, kind: informative, by: a}}
  end: {{title: End, kind: informative, by: a}}
initial: s
states:
{states}
  e: {{title: E, final: success}}
"
    )
}

fn start(scenario: &Scenario) -> Process {
    Process::start(scenario, &bindings(scenario), &NOTHING, time(DAY_ONE)).unwrap()
}

/// Says something at a time; gives the rule that refused it.
fn say(process: &mut Process, action: &str, data: &str, at: &str) -> Option<RejectionRule> {
    let data = json(data);
    let mut said = answer("a", "idn_a", action, &data);
    said.time = time(at);
    process.respond(&said, ENTITLED).err().map(|rejection| rejection.rule)
}

fn due(process: &Process) -> Vec<String> {
    process.timers().into_iter().map(|(due, _)| due.to_string()).collect()
}

fn causes(process: &Process) -> Vec<String> {
    process.history().iter().map(|done| done.cause.to_string()).collect()
}

const PLANNED: &str = "
  s:
    title: S
    transitions:
      - {on: plan, goto: stay}
      - {on: note, goto: stay}
      - {on: again, goto: s}
      - {on: end, goto: e}
      - {at: vars.on, do: [{mark: came}], goto: stay}";

#[test]
fn a_point_in_time_moves_with_what_it_depends_on() {
    let mut process = start(&scenario("on: date", PLANNED));
    assert_eq!(process.next_due(), None, "unassigned: not armed");
    assert_eq!(say(&mut process, "plan", r#"{"on":"2026-02-01"}"#, DAY_ONE), None);
    assert_eq!(due(&process), ["2026-02-01T00:00:00.000Z"]);
    assert_eq!(say(&mut process, "plan", r#"{"on":"2026-03-01"}"#, "2026-01-31T23:59:59.999Z"), None);
    assert_eq!(process.tick(time("2026-02-28T23:59:59.999Z")), 0);
    assert_eq!(say(&mut process, "plan", "{}", "2026-02-28T23:59:59.999Z"), None);
    assert_eq!((process.next_due(), process.tick(time("2026-04-01T00:00:00.000Z"))), (None, 0));
    // A day that has passed is due at once: with the next statement, whose time it does not turn back.
    assert_eq!(say(&mut process, "plan", r#"{"on":"2026-01-15"}"#, "2026-04-01T00:00:00.000Z"), None);
    assert_eq!(due(&process), ["2026-01-15T00:00:00.000Z"]);
    assert_eq!(say(&mut process, "note", "{}", "2026-04-01T00:00:00.000Z"), None);
    assert_eq!(process.markers(), ["came"]);
    assert_eq!(process.history()[4].time, time("2026-04-01T00:00:00.000Z"));
    assert_eq!(causes(&process), ["plan.ok", "plan.ok", "plan.ok", "plan.ok", "at:s", "note.ok"]);
    // It fired while the state stands, so it does not fire again until the state is entered anew.
    assert_eq!(say(&mut process, "plan", r#"{"on":"2026-05-01"}"#, "2026-04-02T00:00:00.000Z"), None);
    assert_eq!(process.next_due(), None);
    assert_eq!(say(&mut process, "again", "{}", "2026-04-02T00:00:00.000Z"), None);
    assert_eq!(due(&process), ["2026-05-01T00:00:00.000Z"]);
}

#[test]
fn a_point_in_time_with_an_error_refuses_the_step_by_name() {
    let states = "
  s: {title: S, transitions: [{on: plan, goto: stay}, {on: end, goto: e}, {at: vars.on + years(9000), goto: e}]}";
    let mut process = start(&scenario("on: date", states));
    let before = process.to_bytes();
    let refused = say(&mut process, "plan", r#"{"on":"2026-02-01"}"#, DAY_ONE);
    assert_eq!(refused, Some(RejectionRule::ExpressionError));
    assert_eq!(process.to_bytes(), before);
}

#[test]
fn a_rejected_step_arms_nothing() {
    let states = "
  s: {title: S, transitions: [{on: plan, if: data.on is assigned, goto: stay}, {on: end, goto: e}, {at: time + days(1), goto: e}]}";
    let mut process = start(&scenario("on: date", states));
    assert_eq!(say(&mut process, "plan", "{}", "2026-01-01T12:00:00.000Z"), Some(RejectionRule::NoTransition));
    assert_eq!(process.tick(time("2026-01-01T13:00:00.000Z")), 0);
    assert_eq!(due(&process), ["2026-01-02T00:00:00.000Z"]);
    assert_eq!(say(&mut process, "plan", r#"{"on":"2026-02-01"}"#, "2026-01-01T14:00:00.000Z"), None);
    assert_eq!(due(&process), ["2026-01-02T14:00:00.000Z"]);
}

#[test]
fn a_repetition_counts_from_the_entry() {
    let states = "
  s: {title: S, transitions: [{on: end, goto: e}, {on: note, goto: stay}, {every: P1M, times: 3, do: [{mark: m}], goto: stay}]}";
    let scenario = scenario("on: date", states);
    let mut process =
        Process::start(&scenario, &bindings(&scenario), &NOTHING, time("2026-01-31T08:00:00.000Z")).unwrap();
    // A month after the entry, then two months after it: the last day of February changes nothing.
    assert_eq!(due(&process), ["2026-02-28T08:00:00.000Z"]);
    assert_eq!(process.tick(time("2026-02-28T08:00:00.000Z")), 1);
    assert_eq!(due(&process), ["2026-03-31T08:00:00.000Z"]);
    assert_eq!(say(&mut process, "note", "{}", "2026-03-01T00:00:00.000Z"), None);
    assert_eq!(due(&process), ["2026-03-31T08:00:00.000Z"]);
    assert_eq!(process.tick(time("2027-01-01T00:00:00.000Z")), 2);
    assert_eq!((process.next_due(), process.markers()), (None, vec!["m"; 3]));
    let times: Vec<String> = process.history().iter().map(|done| done.time.to_string()).collect();
    assert_eq!(times[2..], ["2026-03-31T08:00:00.000Z", "2026-04-30T08:00:00.000Z"]);
}

#[test]
fn a_repetition_that_leaves_fires_once() {
    let states = "
  s: {title: S, transitions: [{on: end, goto: e}, {every: P2D, times: 5, if: vars.on is assigned, goto: e}, {on: plan, goto: stay}]}";
    let mut process = start(&scenario("on: date", states));
    // One whose condition does not hold counts as fired.
    assert_eq!(process.tick(time("2026-01-05T00:00:00.000Z")), 2);
    assert_eq!((process.history().len(), due(&process)), (0, vec!["2026-01-07T00:00:00.000Z".to_owned()]));
    assert_eq!(say(&mut process, "plan", r#"{"on":"2026-02-01"}"#, "2026-01-06T00:00:00.000Z"), None);
    assert_eq!(process.tick(time("2026-03-01T00:00:00.000Z")), 1);
    assert_eq!((process.state(), process.entered()), ("e", time("2026-01-07T00:00:00.000Z")));
}

#[test]
fn timers_fire_in_the_order_of_their_times_then_of_the_list() {
    let states = "
  s:
    title: S
    transitions:
      - {on: plan, goto: stay}
      - {every: P1D, times: 3, do: [{mark: every}], goto: stay}
      - {at: vars.on, do: [{mark: at}], goto: stay}
      - {after: P2D, do: [{mark: after}], goto: stay}
      - {after: {business_days: 1, calendar: office}, do: [{mark: office}], goto: stay}
      - {after: P10D, goto: e}";
    let mut process = start(&scenario("on: date", states));
    assert_eq!(say(&mut process, "plan", r#"{"on":"2026-01-03"}"#, DAY_ONE), None);
    assert_eq!(process.tick(time("2026-01-09T00:00:00.000Z")), 6);
    // The first is Thursday 1 January here, so the first working day after it ends on Friday at 23:00 of UTC.
    assert_eq!(process.markers(), ["every", "office", "every", "at", "after", "every"]);
}

/// The timers of section 7.4: ten working days, then reminders every other day, then the end.
#[test]
fn an_assessor_who_is_late_is_reminded() {
    let states = "
  s: {title: S, transitions: [{on: note, goto: assessing}]}
  assessing: {title: A, transitions: [{on: end, goto: e}, {after: {business_days: 10, calendar: office}, do: [{mark: late}], goto: escalated}]}
  escalated: {title: L, transitions: [{on: again, goto: assessing}, {every: P2D, times: 5, do: [{mark: reminded}], goto: stay}, {after: P30D, goto: e}]}";
    let scenario = scenario("on: date", states);
    let mut process =
        Process::start(&scenario, &bindings(&scenario), &NOTHING, time("2026-03-02T09:00:00.000Z")).unwrap();
    assert_eq!(say(&mut process, "note", "{}", "2026-03-03T10:00:00.000Z"), None);
    assert_eq!(due(&process), ["2026-03-17T23:00:00.000Z"]);
    assert_eq!(say(&mut process, "end", "{}", "2026-03-18T09:00:00.000Z"), Some(RejectionRule::NotOpen));
    assert_eq!(say(&mut process, "again", "{}", "2026-03-23T09:00:00.000Z"), None);
    assert_eq!(process.markers(), ["late", "reminded", "reminded"]);
    assert_eq!(causes(&process), ["note.ok", "after:assessing", "every:escalated", "every:escalated", "again.ok"]);
    assert_eq!(due(&process), ["2026-04-06T23:00:00.000Z"]);
    let defaults = explain(document("on: date", states).as_bytes(), &scenario);
    assert!(
        defaults.contains("states.escalated.transitions.1: every = counted from the entry of the state\n"),
        "{defaults}"
    );
    assert!(defaults.contains("states.assessing.transitions.1: after = at the end of the last day"), "{defaults}");
    let drawn = draw(&scenario, "en", None);
    assert!(drawn.contains("after 10 business days (office)"), "{drawn}");
    assert!(drawn.contains("every P2D, 5 times"), "{drawn}");
}

#[test]
fn a_calendar_answers_only_for_its_days() {
    let states = "
  s: {title: S, transitions: [{on: note, goto: t}, {on: end, goto: e}]}
  t: {title: T, transitions: [{on: end, goto: e}, {after: {business_days: vars.n, calendar: office}, goto: e}]}";
    let vars = |n: &str| format!("on: date, n: {{type: int, initial: {n}}}");
    let ends = |n: &str, at: &str| {
        let mut process = start(&scenario(&vars(n), states));
        say(&mut process, "note", "{}", at).map_or_else(|| due(&process).join(" "), |rule| rule.as_str().to_owned())
    };
    assert_eq!(ends("1", "2026-12-24T10:00:00.000Z"), "2026-12-28T23:00:00.000Z");
    assert_eq!(ends("5", "2026-12-24T10:00:00.000Z"), "expression_error");
    assert_eq!(ends("1", "2027-01-02T10:00:00.000Z"), "expression_error");
    assert_eq!(ends("-1", "2026-12-24T10:00:00.000Z"), "expression_error");
    assert_eq!(ends("0", "2026-12-24T23:30:00.000Z"), "2026-12-25T23:00:00.000Z");
}

#[test]
fn expressions_know_the_calendars_of_the_scenario() {
    let states = "
  s: {title: S, transitions: [{on: plan, goto: stay}, {on: end, goto: e}, {at: 'add_business_days(vars.on, 3, office)', goto: e}]}";
    let mut process = start(&scenario("on: date", states));
    assert_eq!(say(&mut process, "plan", r#"{"on":"2026-12-23"}"#, DAY_ONE), None);
    assert_eq!(due(&process), ["2026-12-29T00:00:00.000Z"]);
}

#[test]
fn what_is_wrong_with_a_timer_is_found() {
    let found = |states: &str| -> Vec<Finding> {
        match Scenario::load(document("on: date", states).as_bytes()) {
            Ok((_, warnings)) => warnings,
            Err(findings) => findings,
        }
    };
    let check = |timer: &str, code: &str| {
        let states =
            format!("  s: {{title: S, transitions: [{{on: plan, goto: stay}}, {{on: end, goto: e}}, {{{timer}}}]}}");
        let findings = found(&states);
        assert!(findings.iter().any(|finding| finding.code == code), "{timer}: {code} is not in {findings:#?}");
    };
    check("at: vars.off, goto: e", "E402");
    check("at: vars.on + 1, goto: e", "E403");
    check("at: 5, goto: e", "E404");
    check("at: 'date(\"2026-02-30\")', goto: e", "E407");
    check("every: P2D, goto: e", "E105");
    check("every: P2D, times: many, goto: e", "E106");
    check("every: P2D, times: 0, goto: e", "E106");
    check("every: P2D, times: 100001, goto: e", "E106");
    check("every: PT0S, times: 2, goto: e", "E106");
    check("every: -P1D, times: 2, goto: e", "E106");
    check("every: vars.on, times: 2, goto: e", "E106");
    check("after: {business_days: 3}, goto: e", "E105");
    check("after: {business_days: 3, calendar: offise}, goto: e", "E201");
    check("after: {business_days: vars.on, calendar: office}, goto: e", "E404");
    check("after: {business_days: 3, calendar: office, of: 1}, goto: e", "E104");
    check("at: vars.on, goto: e}, {at: vars.on, goto: s", "E303");
    check("every: P1W, times: 2, goto: e}, {every: P7D, times: 3, goto: stay", "E303");
    check("at: vars.on, goto: s", "W603");
    let again = found(
        "  s: {title: S, transitions: [{on: plan, goto: stay}, {on: end, goto: e}, {at: time + days(1), goto: s}]}",
    );
    assert!(again.iter().all(|finding| finding.code != "W603"), "{again:#?}");
    for (calendar, code) in [
        ("{title: O, week: [mon], holidays: [], offset: \"+01:00\"}", "E105"),
        (
            "{title: O, week: [monday], holidays: [], offset: \"+01:00\", covers: {from: \"2026-01-01\", to: \"2026-12-31\"}}",
            "E106",
        ),
        (
            "{title: O, week: [mon], holidays: [x], offset: \"+01:00\", covers: {from: \"2026-01-01\", to: \"2026-12-31\"}}",
            "E106",
        ),
        (
            "{title: O, week: [mon], holidays: [], offset: \"+15:00\", covers: {from: \"2026-01-01\", to: \"2026-12-31\"}}",
            "E106",
        ),
        (
            "{title: O, week: [mon], holidays: [], offset: \"+01:00\", covers: {from: \"2026-12-31\", to: \"2026-01-01\"}}",
            "E106",
        ),
        (
            "{title: O, week: [mon], holidays: [], offset: \"+01:00\", zone: x, covers: {from: \"2026-01-01\", to: \"2026-12-31\"}}",
            "E104",
        ),
        (
            "{title: O, week: [mon], holidays: [], offset: \"+01:00\", covers: {from: \"2026-01-01\", to: \"2026-12-31\"}}",
            "W601",
        ),
    ] {
        let states = "  s: {title: S, transitions: [{on: plan, goto: stay}, {on: end, goto: e}]}";
        let text = document("on: date", states);
        let text = text.replace("calendars:\n", &format!("calendars:\n  other: {calendar}\n"));
        let findings = match Scenario::load(text.as_bytes()) {
            Ok((_, warnings)) => warnings,
            Err(findings) => findings,
        };
        assert!(findings.iter().any(|finding| finding.code == code), "{calendar}: {code} is not in {findings:#?}");
    }
}

/// The second scenario of the guide, with the steps that stand below it.
#[test]
fn the_clocks_of_the_guide_run_as_it_says() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/src/scenario.md");
    let page = std::fs::read_to_string(page).unwrap();
    let text = page.split("```yaml,scenario\n").nth(2).unwrap().split_once("```").unwrap().0;
    let (scenario, warnings) = Scenario::load(text.as_bytes()).unwrap();
    assert_eq!(warnings, []);
    let steps = page.split("`[{\"actor\": \"owner\"").nth(1).unwrap().split_once("]`").unwrap().0;
    let Json::List(steps) = json(&format!("[{{\"actor\": \"owner\"{steps}]")) else { panic!() };
    let play = |steps: Vec<Json>| {
        let play = Play { inputs: NOTHING, steps, start: time(DAY_ONE), timers: true };
        run(&scenario, "scn_x", &play).unwrap()
    };
    let (late, refused) = play(steps.clone());
    assert_eq!(late.get("markers").unwrap().to_string(), r#"["late"]"#);
    assert_eq!(refused[0].rejection.rule, RejectionRule::ProcessOver);
    let repair = json(r#"{"actor":"workshop","action":"repair","time":"2026-01-05T23:30:00Z"}"#);
    let (in_time, refused) = play(vec![steps[0].clone(), repair]);
    assert!(refused.is_empty());
    assert_eq!(in_time.get("markers").unwrap().to_string(), r#"["reminded","reminded","reminded","reminded"]"#);
    // Half past eleven of UTC is the sixth of January in the workshop.
    assert_eq!(in_time.get("vars").unwrap().to_string(), r#"{"repaired":"2026-01-06"}"#);
    assert_eq!(in_time.get("time").unwrap().as_text(), Some("2027-01-06T00:00:00.000Z"));
    let causes = in_time.get("previous").unwrap().as_list().unwrap();
    assert_eq!(causes.last().and_then(Json::as_text), Some("at:guaranteed"));
}

/// Every kind of timer, and a way from each state to every other.
fn busy() -> Scenario {
    scenario(
        "on: date",
        "
  s:
    title: S
    transitions:
      - {on: plan, goto: stay}
      - {on: note, goto: t}
      - {on: again, goto: s}
      - {at: vars.on, do: [{mark: at}, {set: vars.on, to: unassigned}], goto: t}
      - {every: PT7H, times: 20, do: [{mark: every}], goto: stay}
      - {after: P40D, goto: t}
  t:
    title: T
    transitions:
      - {on: plan, goto: stay}
      - {on: note, goto: s}
      - {on: again, goto: stay}
      - {at: vars.on + days(3), if: 'not did(a, plan)', goto: s}
      - {every: P3D, times: 3, goto: t}
      - {after: {business_days: 2, calendar: office}, goto: s}
      - {when: 'time > timestamp(\"2026-05-25T00:00:00Z\")', goto: e}",
    )
}

/// What is said, after how many minutes, and for which day.
type Said = (usize, i64, Option<i32>);

fn said() -> impl Strategy<Value = Said> {
    (0..9_usize, 0..400_i64, prop::option::weighted(0.8, 20_400..20_600_i32))
}

/// Plays what is said; `ticks`: how many statements that only tell the time stand before each.
fn walk(scenario: &Scenario, all: &[Said], ticks: i64) -> Process {
    let mut process = start(scenario);
    for (action, minutes, day) in all {
        let now = process.time().ms();
        let then = now + minutes * 60_000;
        for tick in 0..ticks {
            process.tick(Timestamp::from_ms(now + (then - now) * tick / ticks).unwrap());
        }
        let action = ["plan", "plan", "plan", "plan", "plan", "plan", "note", "again", "end"][*action];
        let day = day.and_then(countersign_rules::Date::from_days).filter(|_| action == "plan");
        let data = Json::map(day.map(|day| ("on", Json::text(day.to_string()))));
        let mut said = answer("a", "idn_a", action, &data);
        said.time = Timestamp::from_ms(then).unwrap();
        let _refused = process.respond(&said, ENTITLED);
    }
    process
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// 1,000 random steps give one state: again, from the canonical form, and whoever told the time in between.
    #[test]
    fn a_long_story_has_one_end(all in prop::collection::vec(said(), 1_000)) {
        let scenario = busy();
        let process = walk(&scenario, &all, 0);
        let causes = causes(&process);
        for cause in ["every:s", "at:s", "after:t"] {
            prop_assert!(causes.iter().any(|found| found == cause), "nothing came of {}", cause);
        }
        let (again, _) = Scenario::load(&scenario.canonical().canonical()).unwrap();
        prop_assert_eq!(again.canonical(), scenario.canonical());
        for other in [walk(&again, &all, 0), walk(&again, &all, 3)] {
            prop_assert_eq!(other.to_bytes(), process.to_bytes());
            prop_assert_eq!(other.history(), process.history());
            prop_assert_eq!(other.markers(), process.markers());
        }
    }
}
