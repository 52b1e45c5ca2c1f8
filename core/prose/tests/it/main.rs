//! Tests of the crate as its users see it.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and a panic is their finding")]

use std::collections::BTreeMap;
use std::path::Path;

use countersign_codec::{Json, JsonLimits};
use countersign_prose::{BlockKind, Given, RunKind, prose};
use countersign_rules::Timestamp;
use countersign_workflow::{Player, START_DEFAULT, Scenario};

const LEASE: &[u8] = include_bytes!("../../../../examples/lease.yaml");

fn load(bytes: &[u8]) -> Scenario {
    Scenario::load(bytes).unwrap().0
}

fn player(scenario: &Scenario) -> Player {
    let empty = Json::Map(BTreeMap::new());
    Player::start(scenario, &BTreeMap::new(), &empty, Timestamp::parse(START_DEFAULT).unwrap()).unwrap()
}

fn step(text: &str) -> Json {
    Json::parse(text.as_bytes(), JsonLimits::default()).unwrap()
}

/// Compares with a file beside this one; `COUNTERSIGN_BLESS=1` writes it.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name);
    if std::env::var("COUNTERSIGN_BLESS").is_ok() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{name}; COUNTERSIGN_BLESS=1 writes it");
}

#[test]
fn the_lease_reads_as_a_contract() {
    let scenario = load(LEASE);
    let mut player = player(&scenario);
    let hash = "0".repeat(64);
    let draft = format!(
        r#"{{"actor":"employee","action":"draft","data":{{"rent":"1975.5"}},"attachments":{{"text":{{"hash":"sha256:{hash}","name":"lease.pdf","media":"application/pdf","bytes":10}}}}}}"#
    );
    player.step(&step(&draft)).unwrap();
    player.step(&step(r#"{"actor":"landlord","action":"review"}"#)).unwrap();
    assert_eq!(player.process.state(), "signing");
    let parties = [("landlord", "Van Dijk Vastgoed B.V."), ("tenant", "Bakkerij Noor B.V.")];
    let parties = parties.map(|(actor, name)| (actor.to_owned(), name.to_owned())).into();
    let read = prose(&scenario, &Given { process: Some(&player.process), parties }, "en");
    golden("lease.txt", &read.to_text());
    let current: Vec<&str> =
        read.blocks.iter().filter(|block| block.current).filter_map(|b| b.state.as_deref()).collect();
    assert_eq!(current, ["signing"]);
    let ends: Vec<&str> =
        read.blocks.iter().filter(|block| block.number.starts_with("5.")).filter_map(|b| b.state.as_deref()).collect();
    assert_eq!(ends, ["in_force", "lapsed"]);
    let kinds: Vec<RunKind> = read.blocks[1].runs.iter().map(|run| run.kind).collect();
    assert_eq!(kinds, [RunKind::Blank, RunKind::Text, RunKind::Term, RunKind::Text]);
}

#[test]
fn every_example_is_read_without_a_process() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let scenario = load(&std::fs::read(&path).unwrap());
        let contract = prose(&scenario, &Given::default(), "en");
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        golden(&format!("{name}-blank.txt"), &contract.to_text());
        for state in scenario.states() {
            let clauses = contract.blocks.iter().filter(|block| block.state.as_deref() == Some(state));
            assert_eq!(clauses.count(), 1, "{name}: {state}");
        }
        let mut numbers: Vec<&str> = contract.blocks.iter().map(|block| block.number.as_str()).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count, "{name}: a number twice");
        for block in &contract.blocks {
            let words = block.words();
            assert!(!words.contains("{{") && !words.contains("vars.") && !words.contains("assets."), "{name}: {words}");
            assert!(block.kind == BlockKind::Heading || words.ends_with(['.', '!', '?']), "{name}: {words}");
        }
        read += 1;
    }
    assert!(read > 1);
}

#[test]
fn every_kind_of_timer_has_its_sentence() {
    let text = "
scenario: countersign/scenario/v1
name: clock
title: Clock
language: en
actors: {a: {title: A}}
calendars: {office: {title: Office days, week: [mon], holidays: [], offset: \"+01:00\", covers: {from: \"2026-01-01\", to: \"2026-12-31\"}}}
vars: {day_of_delivery: date}
actions: {end: {title: End, kind: informative, by: a, do: [{set: vars.day_of_delivery, to: date(time)}]}}
initial: s
states:
  s:
    title: S
    transitions:
      - {on: end, goto: e}
      - {at: vars.day_of_delivery + days(3), goto: e}
      - {every: P2D, times: 5, goto: stay}
      - {after: {business_days: 10, calendar: office}, goto: e}
  e: {title: E, final: success}
";
    let scenario = load(text.as_bytes());
    let read = prose(&scenario, &Given { process: None, parties: BTreeMap::new() }, "en").to_text();
    for sentence in [
        "As soon as it is 3 days after the day of delivery, clause 3.1 follows.",
        "Every 2 days that this clause stands, 5 times at most, this clause continues.",
        "If this clause still stands at the end of 10 business days after its first day (calendar “Office days”), \
         clause 3.1 follows.",
    ] {
        assert!(read.contains(sentence), "{sentence}\n{read}");
    }
}
