//! Conditions that count: single processes, loaded from text.

use countersign_petri::{FlawKind, Soundness, sound};
use countersign_workflow::Scenario;

const HEAD: &str = "scenario: countersign/scenario/v1\nname: t\ntitle: T\nlanguage: en\n";

fn both(body: &str) -> Soundness {
    let document = format!("{HEAD}{body}");
    let (scenario, _) = Scenario::load(document.as_bytes()).unwrap_or_else(|findings| panic!("{findings:?}"));
    sound(&scenario)
}

/// The kinds and sentences that honouring conditions finds, after ignoring them found nothing.
fn honoured(body: &str) -> Vec<(FlawKind, String)> {
    let found = both(body);
    assert!(found.ignored.is_sound(), "{:#?}", found.ignored);
    assert!(found.honoured.whole);
    found.honoured.flaws.iter().map(|flaw| (flaw.kind, flaw.to_words())).collect()
}

#[test]
fn signatures_that_are_forgotten_leave_the_parties_waiting() {
    // Each signature enters the state anew, so nobody has ever signed when the next does.
    let text = |goto: &str| {
        format!(
            "actors: {{a: {{title: A}}, b: {{title: B}}}}
actions: {{sign: {{title: Sign, kind: performative, by: [a, b]}}}}
initial: signing
states:
  signing: {{title: Signing, transitions: [{{when: everyone_did(sign), goto: signed}}, {{on: sign, goto: {goto}}}]}}
  signed: {{title: Signed, final: success}}
"
        )
    };
    assert_eq!(honoured(&text("stay")), []);
    let found = honoured(&text("signing"));
    let words: Vec<&str> = found.iter().map(|(_, words)| words.as_str()).collect();
    let wanted = [
        "no end can be reached from signing; path signing",
        "`when everyone_did(sign)` can never happen in `signing`; path signing",
    ];
    assert_eq!(words, wanted);
}

#[test]
fn a_counter_that_stops_too_early_is_found() {
    let text = |most: u32| {
        format!(
            "actors: {{a: {{title: A}}}}
vars: {{rounds: {{type: int, initial: 0}}}}
actions: {{ask: {{title: Ask, kind: informative, by: a, if: vars.rounds < {most}, do: [{{set: vars.rounds, to: vars.rounds + 1}}]}}}}
initial: asking
states:
  asking: {{title: Asking, transitions: [{{when: vars.rounds == 5, goto: asked}}, {{on: ask, goto: asking}}]}}
  asked: {{title: Asked, final: success}}
"
        )
    };
    assert_eq!(honoured(&text(5)), []);
    let found = honoured(&text(4));
    assert_eq!(found[0].0, FlawKind::CannotEnd);
    assert!(found[0].1.starts_with("no end can be reached from asking"), "{found:?}");
    assert!(found.iter().any(|(kind, words)| *kind == FlawKind::Dead && words.contains("vars.rounds == 5")));
}

#[test]
fn what_people_enter_may_be_anything_and_stays_what_it_is() {
    let text = |last: &str| {
        format!(
            "actors: {{a: {{title: A}}}}
vars: {{sum: int}}
actions:
  offer: {{title: Offer, kind: informative, by: a, data: {{sum: int}}, do: [{{set: vars.sum, to: data.sum}}]}}
  go: {{title: Go on, kind: informative, by: a}}
initial: offering
states:
  offering: {{title: Offering, transitions: [{{on: offer, goto: judging}}]}}
  judging: {{title: Judging, transitions: [{{when: vars.sum > 10, goto: high}}, {{when: {last}, goto: low}}]}}
  high: {{title: High, transitions: [{{on: go, if: vars.sum > 10, goto: end}}]}}
  low: {{title: Low, transitions: [{{on: go, goto: end}}]}}
  end: {{title: End, final: success}}
"
        )
    };
    // In `high` it is known that the sum is above ten: it was not written since.
    assert_eq!(honoured(&text("not vars.sum > 10")), []);
    // A sum below three and not above ten waits for ever; what the search finds is one possibility.
    let found = honoured(&text("vars.sum > 2"));
    assert_eq!(found.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [FlawKind::CannotEnd]);
    assert!(found[0].1.ends_with("path offering → judging"), "{found:?}");
}

#[test]
fn nobody_is_left_to_act() {
    let found = both(
        "actors: {a: {title: A}, b: {title: B}}
actions: {go: {title: Go, kind: informative, by: a}, end: {title: End, kind: informative, by: [a, b]}}
initial: begin
states:
  begin: {title: Begin, transitions: [{on: go, by: b, goto: begin}, {on: end, goto: done}]}
  done: {title: Done, final: success}
",
    );
    let flaw = &found.ignored.flaws[0];
    assert_eq!((flaw.kind, flaw.way, flaw.state.as_deref()), (FlawKind::Dead, Some(0), Some("begin")));
    assert!(found.honoured.flaws.is_empty(), "what was said once is not said twice");
}

#[test]
fn the_other_side_answers() {
    // Nobody may answer their own proposal, and a third proposal is not allowed: after two, one side can only accept.
    let found = honoured(
        "actors: {a: {title: A}, b: {title: B}}
vars: {by: text, rounds: {type: int, initial: 0}}
actions:
  propose: {title: Propose, kind: performative, by: [a, b], if: 'vars.rounds < 2 and (vars.by is unassigned or vars.by != actor.key)',
    do: [{set: vars.by, to: actor.key}, {set: vars.rounds, to: vars.rounds + 1}]}
  accept: {title: Accept, kind: performative, by: b, if: vars.by != actor.key}
initial: open
states:
  open: {title: Open, transitions: [{on: propose, goto: open}, {on: accept, goto: agreed}]}
  agreed: {title: Agreed, final: success}
",
    );
    // If a begins, b proposes second, and only a could accept what b proposed.
    assert_eq!(found.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [FlawKind::CannotEnd]);
    assert!(found[0].1.contains("no end can be reached from open"));
}

#[test]
fn the_same_document_gives_the_same_answer() {
    let text = "actors: {a: {title: A}}\nactions: {go: {title: Go, kind: informative, by: a}}\ninitial: b\n\
                states: {b: {title: B, transitions: [{on: go, goto: e}]}, e: {title: E, final: success}}\n";
    assert_eq!(both(text), both(text));
    assert!(both(text).to_json().to_string().contains("\"sound\":true"));
}

#[test]
fn of_a_group_somebody_else_can_still_act() {
    let text = |guard: &str| {
        format!(
            "actors: {{a: {{title: A, many: {{min: 2, max: 9}}, data: {{said: {{type: bool, initial: false}}}}}}}}
actions: {{say: {{title: Say, kind: informative, by: a, if: not actor.said, do: [{{set: actor.said, to: true}}]}}}}
initial: begin
states:
  begin: {{title: Begin, transitions: [{{on: say, goto: stay}}, {{when: \"{guard}\", goto: done}}]}}
  done: {{title: Done, final: success}}
"
        )
    };
    for guard in ["all(m in actors.a, m.said)", "everyone_did(say)", "how_many_did(say) >= 3", "did(a, say)"] {
        let found = both(&text(guard));
        assert!(found.ignored.flaws.is_empty() && found.honoured.flaws.is_empty(), "{guard}: {found:?}");
    }
    let never = both(&text("false"));
    assert_eq!(never.honoured.flaws[0].kind, FlawKind::CannotEnd, "what no member can change is still found");
}
