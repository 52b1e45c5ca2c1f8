//! Plays: what `countersign scenario run` prints.

use countersign_codec::Json;
use countersign_workflow::{Misuse, Play, Scenario, report, run};

use crate::canonical::{LEASE, load};
use crate::process::{json, time};

const NDA: &str = include_str!("../../../../examples/nda.yaml");

fn play(steps: &str) -> Play {
    let start = time("2026-01-01T00:00:00.000Z");
    let Json::List(steps) = json(steps) else { panic!("steps are a list") };
    Play { inputs: Json::Null, steps, start, timers: false }
}

/// The six steps of §6, the first of them refused.
const SIX: &str = r#"[
  {"actor":"tenant","action":"sign"},
  {"actor":"employee","action":"draft","data":{"rent":"950"},"attachments":{"text":TEXT}},
  {"actor":"landlord","action":"review","response":"reject","data":{"comment":"Add the garden."}},
  {"actor":"employee","action":"draft","data":{"rent":"975.50"},"attachments":{"text":TEXT}},
  {"actor":"landlord","action":"review"},
  {"actor":"tenant","action":"sign"}]"#;

fn six() -> String {
    let hash = "ab".repeat(32);
    SIX.replace("TEXT", &format!(r#"{{"hash":"sha256:{hash}","name":"a.pdf","media":"application/pdf","bytes":1}}"#))
}

#[test]
fn the_lease_after_six_steps_is_as_the_page_shows_it() {
    let (output, refused) = run(&load(LEASE), "scn_x", &play(&six())).unwrap();
    assert_eq!(refused.len(), 1);
    let expected = [
        ("scenario", r#""scn_x""#),
        ("time", r#""2026-01-01T00:00:00.000Z""#),
        ("outcome", "null"),
        (
            "states",
            r#"[{"entered":"2026-01-01T00:00:00.000Z","outcome":null,"process":"main","state":"signing","title":"Landlord and tenant sign"}]"#,
        ),
        ("open", r#"{"landlord":[{"action":"sign","process":"main","responses":["ok"]}]}"#),
        ("default_action", r#"{"action":"sign","process":"main"}"#),
        ("next", r#"["guaranteeing","in_force"]"#),
        ("previous", r#"["draft.ok","review.reject","draft.ok","review.approve","sign.ok"]"#),
        ("markers", "[]"),
        ("vars", "{}"),
        ("result", "{}"),
        ("timers", r#"[{"due":"2026-01-31T00:00:00.000Z","process":"main","state":"signing"}]"#),
        ("children", "{}"),
    ];
    for (key, expected) in expected {
        assert_eq!(output.get(key).unwrap().to_string(), expected, "{key}");
    }
    let rejection = &output.get("rejections").unwrap().as_list().unwrap()[0];
    assert_eq!(rejection.get("step"), Some(&Json::Int(1)));
    assert_eq!(rejection.get("rule"), Some(&Json::text("not_open")));
    assert_eq!(rejection.get("message"), Some(&Json::text("sign is not open in drafting")));
    let line = LEASE.lines().position(|line| line == "  sign:").unwrap() + 1;
    assert_eq!(rejection.get("at"), Some(&Json::Text(format!("{line}:3"))));
    assert_eq!(output.get("actors").unwrap().get("bank").unwrap().to_string(), r#"{"key":"bank"}"#);
    assert_eq!(output.get("assets").unwrap().get("lease").unwrap().get("rent"), Some(&Json::text("975.5")));
}

#[test]
fn with_timers_the_clock_runs_on_to_the_end() {
    let with_timers = Play { timers: true, ..play(&six()) };
    let (output, _) = run(&load(LEASE), "scn_x", &with_timers).unwrap();
    assert_eq!(output.get("outcome"), Some(&Json::text("failure")));
    assert_eq!(output.get("time"), Some(&Json::text("2026-01-31T00:00:00.000Z")));
}

#[test]
fn what_cannot_be_played_is_misuse() {
    let misuse = |steps: &str| run(&load(LEASE), "scn_x", &play(steps)).unwrap_err();
    assert_eq!(misuse(r#"[{"actor":"ghost","action":"sign"}]"#), Misuse::UnknownActor(1, "ghost".into()));
    let child = r#"[{"wait":"P1D"},{"actor":"bank","action":"sign","process":"main/goods"}]"#;
    assert_eq!(misuse(child), Misuse::UnknownProcess(2, "main/goods".into()));
    for step in [r#"{"actor":"bank"}"#, r#"{"wait":"soon"}"#, r#"{"actor":"bank","action":"sign","colour":1}"#, "1"] {
        assert!(matches!(misuse(&format!("[{step}]")), Misuse::Step(1, _)), "{step}");
    }
    let inputs = Play { inputs: json(r#"{"x":1}"#), ..play("[]") };
    assert!(matches!(run(&load(LEASE), "scn_x", &inputs), Err(Misuse::Start(_))));
}

/// §7.2, with `after` in place of `at`.
#[test]
fn the_agreement_ends_to_the_second() {
    let terms = |years: u32| format!(r#"{{"terms":{{"years":{years},"law":"NL","penalty":"0"}}}}"#);
    let until = |last: &str| {
        format!(
            r#"[{{"actor":"first","action":"propose","data":{}}},
                {{"actor":"first","action":"accept"}},
                {{"actor":"second","action":"propose","data":{}}},
                {{"actor":"second","action":"propose","data":{}}},
                {{"actor":"first","action":"accept","time":"2026-03-20T00:00:00.000Z"}},
                {{"time":"{last}"}}]"#,
            terms(2),
            terms(11),
            terms(3)
        )
    };
    let state = |last: &str| {
        let start = time("2026-03-02T00:00:00.000Z");
        let (output, refused) = run(&load(NDA), "scn_x", &Play { start, ..play(&until(last)) }).unwrap();
        let rules: Vec<&str> = refused.iter().map(|refused| refused.rejection.rule.as_str()).collect();
        assert_eq!(rules, ["condition_not_met", "invalid_data"]);
        output.get("states").unwrap().as_list().unwrap()[0].get("state").unwrap().to_string()
    };
    assert_eq!(state("2029-03-19T23:59:59.000Z"), r#""in_force""#);
    assert_eq!(state("2029-03-20T00:00:00.000Z"), r#""expired""#);
}

#[test]
fn the_examples_are_free_of_errors() {
    for text in [LEASE, NDA] {
        let (_, warnings) = Scenario::load(text.as_bytes()).unwrap();
        println!("{}", report("example", &warnings));
        assert!(warnings.iter().all(|warning| !warning.is_error()));
    }
}
