//! Scenarios, as anybody may write them: read, check, explain, draw, play.

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::Timestamp;
use countersign_workflow::{FINDINGS_MAX, Player, START_DEFAULT, Scenario, draw, explain};

use crate::seeds;

/// Most steps that are played.
const STEPS_MAX: usize = 24;

/// Keys and words of the language, and what YAML makes of them.
pub const WORDS: &[&str] = &[
    "actors:",
    "actions:",
    "states:",
    "transitions:",
    "on:",
    "when:",
    "after: P1D",
    "goto:",
    "set:",
    "schema:",
    "responses:",
    "final: completed",
    "everywhere:",
    "any_order:",
    "assets:",
    "vars:",
    "types:",
    "clauses:",
    "golden:",
    "inputs:",
    "result:",
    "needs:",
    "priority: -128",
    "acts_for:",
    "joins: invitation",
    "comments:",
    "seen:",
    "- ",
    "  ",
    ": ",
    "&a",
    "*a",
    "!!str",
    "<<:",
    "|",
    ">",
    "---",
    "...",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "\t",
    "${",
    "}}",
];

/// Reads the bytes; what is accepted has one canonical form and can be explained, drawn and played.
pub fn run(bytes: &[u8]) {
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    let check = |findings: &[countersign_workflow::Finding]| {
        assert!(findings.len() <= 2 * FINDINGS_MAX);
        for finding in findings {
            assert!(finding.place.line >= 1 && finding.place.column >= 1, "{finding}: before the text");
            assert!(finding.place.line as usize <= lines + 1, "{finding}: after the text of {lines} lines");
        }
    };
    let scenario = match Scenario::load(bytes) {
        Err(findings) => {
            assert!(findings.iter().any(countersign_workflow::Finding::is_error), "refused without an error");
            return check(&findings);
        }
        Ok((scenario, warnings)) => {
            assert!(!warnings.iter().any(countersign_workflow::Finding::is_error), "accepted with an error");
            check(&warnings);
            scenario
        }
    };
    let canonical = scenario.canonical().canonical();
    let Ok((again, _)) = Scenario::load(&canonical) else { panic!("the canonical form is refused") };
    assert_eq!((again.digest(), again.canonical()), (scenario.digest(), scenario.canonical()));
    let _ = (explain(bytes, &scenario), draw(&scenario, "en", None));
    play(&scenario);
}

/// Every actor tries every action with every response, round and round.
fn play(scenario: &Scenario) {
    let Some(start) = Timestamp::parse(START_DEFAULT) else { return };
    let Ok(mut player) = Player::start(scenario, &BTreeMap::new(), &Json::Null, start) else { return };
    let mut steps = Vec::new();
    for action in scenario.actions() {
        let responses: Vec<String> = match scenario.action(action) {
            Some(view) => view.responses().map(str::to_owned).collect(),
            None => Vec::new(),
        };
        for actor in scenario.actors() {
            for response in &responses {
                let words = [("actor", actor), ("action", action), ("response", response)];
                steps.push(Json::map(words.map(|(key, word)| (key, Json::text(word)))));
            }
        }
    }
    steps.push(Json::map([("wait", Json::text("P40D"))]));
    for step in steps.iter().cycle().take(STEPS_MAX) {
        if player.step(step).is_err() {
            break;
        }
    }
    let _ = (player.process.reading("en"), draw(scenario, "en", Some(&player.process)));
}

/// The scenarios among the vectors, good and faulty, and those inside of stories.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = seeds::files("scenario/examples", &["yaml", "json"]);
    all.extend(seeds::files("scenario/invalid", &["yaml", "json"]));
    let stories = seeds::files("scenario/stories", &["json"]);
    let stories = stories.iter().filter_map(|story| serde_json::from_slice::<serde_json::Value>(story).ok());
    all.extend(stories.filter(|story| story["scenario"].is_object()).map(|story| story["scenario"].to_string().into()));
    all
}
