//! The canonical form: one for each scenario, and the same scenario from it.

use std::path::Path;

use countersign_codec::Json;
use countersign_workflow::{Scenario, report};

pub const EVERYTHING: &str = include_str!("fixtures/everything.yaml");
pub const CLOCK: &str = include_str!("fixtures/clock.yaml");
pub const PAYMENT: &str = include_str!("fixtures/payment.yaml");
pub const ASKING: &str = include_str!("fixtures/asking.yaml");
pub const LEASE: &str = include_str!("../../../../examples/lease.yaml");

pub fn load(text: &str) -> Scenario {
    match Scenario::load(text.as_bytes()) {
        Ok((scenario, _)) => scenario,
        Err(findings) => panic!("{}", report("scenario", &findings)),
    }
}

/// Every scenario of the vectors that this version accepts, and our own.
pub fn accepted() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/scenario");
    let stories = std::fs::read_dir(folder.join("stories")).unwrap();
    let mut stories: Vec<_> = stories.map(|entry| entry.unwrap().path()).collect();
    // A folder has no order of its own, and plays are numbered.
    stories.sort();
    let limits = countersign_codec::JsonLimits { bytes_max: 1 << 20, depth_max: 128 };
    let document = |story: &Path| {
        let story = Json::parse(&std::fs::read(story).unwrap(), limits).unwrap();
        match story.get("file").and_then(Json::as_text) {
            Some(file) => std::fs::read(folder.join(file)).unwrap(),
            None => story.get("scenario").unwrap().canonical(),
        }
    };
    let mut accepted: Vec<_> = stories
        .iter()
        .filter_map(|story| Scenario::load(&document(story)).ok())
        .map(|(scenario, _)| (scenario.name().to_owned(), scenario))
        .collect();
    assert!(accepted.len() >= 8, "only {} stories are accepted", accepted.len());
    let application = include_str!("../../../../examples/application.yaml");
    accepted.extend([EVERYTHING, LEASE, CLOCK, PAYMENT, application].map(|text| ("own".to_owned(), load(text))));
    accepted
}

#[test]
fn the_canonical_form_gives_the_identical_scenario() {
    for (name, scenario) in accepted() {
        let bytes = scenario.canonical().canonical();
        let (again, _) = Scenario::load(&bytes)
            .unwrap_or_else(|findings| panic!("{name}: {}\n{}", report("canonical", &findings), scenario.canonical()));
        assert_eq!(again.canonical().to_string(), scenario.canonical().to_string(), "{name}");
        assert_eq!(again.digest(), scenario.digest(), "{name}");
    }
}

#[test]
fn the_order_of_keys_and_the_way_of_writing_have_no_meaning() {
    let short = "
scenario: countersign/scenario/v1
name: note
title: Note
language: en
actors: {b: {title: B}, a: {title: A}}
actions: {tell: {title: Tell, kind: informative, by: everyone, data: {n: int}}}
initial: s
states: {s: {title: S, transitions: [{after: P1W, goto: e}, {on: tell, if: true, goto: e}]}, e: {title: E, final: success}}
";
    let long = "
states:
  e: {final: success, title: {en: E}}
  s: {title: {en: S}, transitions: [{goto: e, after: {duration: P7D}}, {goto: e, on: [tell]}]}
initial: s
actions:
  tell:
    by: [b, a]
    kind: informative
    title: {en: Tell}
    expect: ok
    priority: 0
    responses:
      ok: {title: Tell, schema: {type: object, properties: {n: {type: integer}}, required: [n], additionalProperties: false}}
actors: {a: {title: A, joins: start}, b: {title: B, acts_for: b}}
comments: {by: [a, b], media: [text/plain], max_bytes: 65536}
language: en
title: Note
name: note
scenario: countersign/scenario/v1
";
    assert_eq!(load(short).canonical().to_string(), load(long).canonical().to_string());
}

#[test]
fn the_example_of_the_page_has_its_id() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/scenario.md")).unwrap();
    let source = between(&page, "```yaml\nscenario: ", "```");
    let scenario = load(&format!("scenario: {source}"));
    let canonical = between(&page, "```json\n", "\n```");
    assert_eq!(scenario.canonical().to_string(), canonical);
    let digest: String = scenario.digest().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(page.contains(&digest), "the id of the example is {digest}");
}

#[test]
fn the_longest_sum_is_read_back() {
    let sum = vec!["1"; 500].join("+");
    let note = "
scenario: countersign/scenario/v1
name: sum
title: Sum
language: en
actors: {a: {title: A}}
vars: {n: {type: int, initial: 0}}
actions: {add: {title: Add, kind: informative, by: a, do: [{set: vars.n, to: SUM}]}}
initial: s
states: {s: {title: S, transitions: [{on: add, goto: e}]}, e: {title: E, final: success}}
";
    let scenario = load(&note.replace("SUM", &sum));
    let (again, _) = Scenario::load(&scenario.canonical().canonical()).unwrap();
    assert_eq!(again.digest(), scenario.digest());
    // Deeper than any expression can be: refused, not a crash.
    let deep = format!("{{\"ui\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(Scenario::load(deep.as_bytes()).unwrap_err()[0].code, "E107");
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}
