//! Tests of the crate as its users see it.
#![expect(clippy::unwrap_used, reason = "a panic is their finding")]

use countersign_api_model as model;
use countersign_playground::{Fault, STEPS_MAX, check, draw, language, run, templates};
use serde_json::{Value, json};

const LEASE: &str = include_str!("../../../../examples/lease.yaml");

fn checked(document: &str) -> model::ScenarioReport {
    check(&model::ScenarioCheckRequest { document: document.to_owned() }).unwrap()
}

fn played(document: &str, steps: Vec<Value>) -> Result<model::ScenarioRun, Fault> {
    let request = json!({"document": document, "steps": steps});
    run(&serde_json::from_value(request).unwrap())
}

#[test]
fn a_fault_is_told_with_its_place_and_the_way_to_it() {
    let stuck = LEASE.replace("    final: failure\n", "    transitions:\n      - on: draft\n        goto: stay\n");
    let report = checked(&stuck);
    assert_eq!(report.scenario, None);
    let found = report.findings.iter().find(|finding| finding.code == "E302").unwrap();
    assert_eq!((found.severity.as_str(), found.state.as_deref()), ("error", Some("lapsed")));
    assert_eq!(found.path, ["drafting", "reviewing", "signing", "lapsed"]);
    assert!(stuck.lines().nth(found.line as usize - 1).unwrap().contains("lapsed"));
    assert!(found.explanation.len() > 20 && !found.explanation.starts_with('*'), "{}", found.explanation);
    let outline = report.outline.unwrap();
    assert_eq!(outline.states.len(), 6);
    assert_eq!(
        outline.actors.iter().map(|actor| actor.name.as_str()).collect::<Vec<_>>(),
        ["bank", "employee", "landlord", "tenant"]
    );
    // It is drawn all the same, with the way to the fault.
    let overlay = model::DiagramOverlay { counterexample: found.path.clone(), ..Default::default() };
    let drawn = draw(model::DiagramRequest { document: stuck, language: None, overlay }).unwrap();
    let lapsed = drawn.wide.nodes.iter().find(|node| node.state == "lapsed").unwrap();
    assert_eq!(lapsed.standing, "stuck");
    assert_eq!(drawn.narrow.lines.iter().map(|line| line.marks.len()).sum::<usize>(), 3);
}

#[test]
fn whether_every_run_can_end_is_said_with_the_way_to_what_keeps_it() {
    let sound = checked(LEASE).soundness.unwrap();
    assert!(sound.ignored.sound && sound.honoured.sound);
    // Nobody in `by` may take it: an error, with the way to its state.
    let nobody = "      - on: guarantee\n        by: tenant\n        goto: in_force\n      - on: guarantee\n";
    let report = checked(&LEASE.replace("      - on: guarantee\n", nobody));
    let found = report.findings.iter().find(|finding| finding.code == "E306").unwrap();
    assert_eq!(found.path, ["drafting", "reviewing", "signing", "guaranteeing"]);
    assert_eq!((report.scenario, report.errors), (None, 1));
    // Every signature makes those before it forgotten: conditions never let it happen.
    let report = checked(&LEASE.replace("        goto: stay\n", "        goto: signing\n"));
    assert!(report.scenario.is_some(), "what only the second search finds refuses nothing");
    let sound = report.soundness.unwrap();
    assert!(sound.ignored.sound && !sound.honoured.sound);
    assert_eq!((sound.honoured.flaws[0].kind.as_str(), sound.honoured.flaws[0].path.len()), ("dead", 3));
    assert_eq!(checked("a: {").soundness, None);
}

#[test]
fn every_code_of_the_page_is_explained() {
    for code in ["E101", "E302", "W604", "W611"] {
        let page = include_str!("../../../../docs/errors/scenario.md");
        assert!(page.contains(&format!("### {code}\n")), "{code}");
    }
    let report = checked("a: {");
    assert_eq!(report.findings[0].code, "E101");
    assert!(report.findings[0].explanation.contains("Indent"), "{:?}", report.findings[0]);
    assert_eq!(report.outline, None);
}

#[test]
fn a_play_tells_every_moment() {
    let draft = json!({"actor": "employee", "action": "draft", "data": {"rent": "975.5"},
        "attachments": {"text": {"hash": format!("sha256:{}", "0".repeat(64)), "name": "lease.pdf", "media": "application/pdf", "bytes": 10}}});
    let steps = vec![
        json!({"actor": "tenant", "action": "sign"}),
        draft,
        json!({"actor": "landlord", "action": "review"}),
        json!({"wait": "P30D"}),
    ];
    let play = played(LEASE, steps).unwrap();
    let states: Vec<&str> = play.moments.iter().map(|moment| moment.state.as_str()).collect();
    assert_eq!(states, ["drafting", "drafting", "reviewing", "signing", "lapsed"]);
    assert_eq!(play.moments[1].refused.as_ref().unwrap().rule, "not_open");
    assert_eq!(play.moments[2].happened, ["draft.ok"]);
    assert_eq!(play.moments[2].assets["lease"]["rent"], "975.5");
    let open: Vec<(&str, &str)> =
        play.moments[3].open.iter().map(|open| (open.actor.as_str(), open.action.as_str())).collect();
    assert_eq!(open, [("landlord", "sign"), ("tenant", "sign")]);
    assert_eq!(play.moments[3].timers.len(), 1);
    assert_eq!(play.moments[4].happened, ["after:signing"]);
    assert_eq!(play.moments[4].outcome.as_deref(), Some("failure"));
    let draft = &play.actions["draft"].responses[0];
    assert_eq!(draft.schema["properties"]["rent"]["format"], "decimal");
    assert_eq!(draft.attachments[0].media.as_deref(), Some(&["application/pdf".to_owned()][..]));
    assert_eq!(play.state_titles["signing"], "Landlord and tenant sign");
}

#[test]
fn limits_hold() {
    let many = vec![json!({"wait": "PT1S"}); STEPS_MAX + 1];
    assert!(matches!(played(LEASE, many), Err(Fault::Limit(_))));
    assert!(matches!(played(LEASE, vec![json!({"actor": "nobody", "action": "sign"})]), Err(Fault::Steps(_))));
    assert!(matches!(played(LEASE, vec![json!({"wait": 1.5})]), Err(Fault::Steps(_))));
    assert!(matches!(played("states: 5", Vec::new()), Err(Fault::Scenario(_))));
    let large = "#".repeat((1 << 20) + 1);
    assert!(matches!(check(&model::ScenarioCheckRequest { document: large }), Err(Fault::Limit(_))));
}

#[test]
fn templates_can_be_run_and_keys_are_described() {
    let templates = templates().templates;
    assert!(templates.len() > 1);
    for template in templates {
        let report = checked(&template.document);
        assert!(report.scenario.is_some(), "{}: {:?}", template.name, report.findings);
    }
    let schema = language().schema;
    assert!(schema["properties"]["states"]["description"].is_string());
}
