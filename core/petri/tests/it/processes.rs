//! Processes beside each other, by the canonical form that sub-scenarios have (language §2.3, decision 0013).

use countersign_codec::{Json, JsonLimits};
use countersign_petri::{FlawKind, MARKINGS_MAX, Soundness, sound_canonical};

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), JsonLimits { bytes_max: 1 << 20, depth_max: 64 }).unwrap()
}

/// An order that ships goods and bills them at the same time. `fulfilling`: the transitions of the state with children.
fn purchase(start: &str, fulfilling: &str, receipt: &str) -> Soundness {
    let action =
        |by: &str| format!(r#"{{"by":["{by}"],"kind":"performative","responses":{{"ok":{{}}}},"title":{{"en":"T"}}}}"#);
    let text = format!(
        r#"{{"actors":{{"buyer":{{}},"supplier":{{}}}},"actions":{{"cancel":{cancel},"order":{order}}},
        "scenarios":{{
          "receipt":{{"actors":{{"buyer":{{}}}},"actions":{{"receive":{order},"refuse":{order}}},"initial":"waiting","states":{{
            "received":{{"final":"success"}},"refused":{{"final":"failure"}},
            "waiting":{{"transitions":[{receipt}]}}}}}},
          "invoicing":{{"actors":{{"supplier":{{}}}},"actions":{{"invoice":{bill}}},"initial":"open","states":{{
            "billed":{{"final":"success"}},"open":{{"transitions":[{{"on":["invoice"],"goto":"billed"}}]}}}}}}}},
        "initial":"ordering","states":{{
          "called_off":{{"final":"cancelled"}},"paid":{{"final":"success"}},
          "ordering":{{"transitions":[{{"on":["order"],"goto":"fulfilling"}}]}},
          "fulfilling":{{"start":[{start}],"transitions":[{fulfilling}]}}}}}}"#,
        cancel = action("buyer"),
        order = action("buyer"),
        bill = action("supplier"),
    );
    sound_canonical(&json(&text), MARKINGS_MAX)
}

const BOTH: &str = r#"{"child":"goods","scenario":"receipt"},{"child":"invoice","scenario":"invoicing"}"#;
const JOIN: &str = r#"{"when":{"all_finished":[]},"goto":"paid"}"#;
const CANCEL: &str = r#"{"on":["cancel"],"goto":"called_off"}"#;
const RECEIVE: &str = r#"{"on":["receive"],"goto":"received"},{"on":["refuse"],"goto":"refused"}"#;
const REFUSED: &str =
    r#"{"when":{"==":[{"path":["_","children","goods","outcome"]},{"text":"failure"}]},"goto":"called_off"}"#;

#[test]
fn children_that_are_joined_are_sound() {
    let found = purchase(BOTH, JOIN, RECEIVE);
    assert!(found.ignored.is_sound(), "{:#?}", found.ignored);
    assert!(found.honoured.is_sound(), "{:#?}", found.honoured);
    // Ordering; two children with three and two places to be; paid.
    assert_eq!(found.ignored.markings, 1 + 3 * 2 + 1);
}

#[test]
fn whether_all_has_ended_is_asked_of_the_children() {
    // Two ways out, one while goods or invoice are under way, one afterwards; both can be taken.
    let called_off = |condition: &str| format!(r#"{{"on":["cancel"],"if":{condition},"goto":"called_off"}}"#);
    let meanwhile = called_off(r#"{"not":[{"all_finished":[]}]}"#);
    let found = purchase(BOTH, &format!("{JOIN},{meanwhile}"), RECEIVE);
    assert!(found.honoured.is_sound(), "{:#?}", found.honoured);
    // Inside of `or` the net does not wait for it: people act before the children have ended.
    let either = r#"{"when":{"or":[{"all_finished":[]},{"all_finished":[]}]},"goto":"paid"}"#;
    let found = purchase(BOTH, either, RECEIVE);
    assert!(found.honoured.is_sound(), "{:#?}", found.honoured);
    // After the join nothing is left that could be called off.
    let found = purchase(BOTH, &format!("{JOIN},{}", called_off(r#"{"all_finished":[]}"#)), RECEIVE);
    let flaws: Vec<FlawKind> = found.honoured.flaws.iter().map(|flaw| flaw.kind).collect();
    assert_eq!(flaws, [FlawKind::Dead], "{:#?}", found.honoured);
}

#[test]
fn another_exit_empties_the_region() {
    let found = purchase(BOTH, &format!("{REFUSED},{JOIN},{CANCEL}"), RECEIVE);
    assert!(found.ignored.is_sound() && found.honoured.is_sound(), "{found:#?}");
}

#[test]
fn a_child_that_never_ends_leaves_the_join_waiting() {
    let circle = r#"{"on":["receive"],"goto":"waiting"}"#;
    let found = purchase(BOTH, JOIN, circle).ignored;
    let kinds: Vec<FlawKind> = found.flaws.iter().map(|flaw| flaw.kind).collect();
    assert_eq!(kinds, [FlawKind::CannotEnd, FlawKind::Dead]);
    assert_eq!(
        found.flaws[0].to_words(),
        "no end can be reached from ordering; path ordering",
        "the only way is into the state that waits for ever"
    );
    assert_eq!(found.flaws[1].words, "`when all_finished()` can never happen in `fulfilling`");
    // With a way out it can end, and the join is still never taken.
    let found = purchase(BOTH, &format!("{JOIN},{CANCEL}"), circle).ignored;
    assert_eq!(found.flaws.iter().map(|flaw| flaw.kind).collect::<Vec<_>>(), [FlawKind::Dead]);
}

#[test]
fn a_child_of_its_own_is_left_behind() {
    let own = r#"{"child":"goods","own":true,"scenario":"receipt"}"#;
    let found = purchase(own, &format!("{JOIN},{CANCEL}"), RECEIVE).ignored;
    let flaw = &found.flaws[0];
    assert_eq!((found.flaws.len(), flaw.kind), (1, FlawKind::LeftBehind));
    assert_eq!(
        flaw.to_words(),
        "`goods:waiting` is left behind when the process ends; path ordering → fulfilling + goods:waiting → called_off + goods:waiting"
    );
    assert_eq!(flaw.states, ["ordering", "fulfilling", "called_off"], "what the diagram shows");
    assert_eq!(flaw.path[2].by, "on cancel");
    // If it is waited for, nothing is.
    assert!(purchase(own, JOIN, RECEIVE).ignored.is_sound());
}

#[test]
fn a_child_that_may_be_left_out_does_not_stop_the_join() {
    let maybe = r#"{"child":"goods","if":{"path":["_","inputs","x"]},"scenario":"receipt"}"#;
    let found = purchase(maybe, JOIN, RECEIVE);
    assert!(found.ignored.is_sound() && found.honoured.is_sound(), "{found:#?}");
}

#[test]
fn how_a_child_ended_is_asked_of_the_net() {
    // Goods can only be received, so nothing leads to `called_off` by refusal.
    let only = r#"{"on":["receive"],"goto":"received"}"#;
    let found = purchase(BOTH, &format!("{REFUSED},{JOIN}"), only);
    let words: Vec<&str> = found.ignored.flaws.iter().map(|flaw| flaw.words.as_str()).collect();
    assert_eq!(words, ["`when children.goods.outcome == \"failure\"` can never happen in `fulfilling`"]);
    // Within a condition that is ignored it may happen, and not once conditions are honoured.
    let either = r#"{"when":{"or":[{"==":[{"path":["_","children","goods","outcome"]},{"text":"failure"}]},{"bool":false}]},"goto":"called_off"}"#;
    let found = purchase(BOTH, &format!("{either},{JOIN}"), only);
    assert!(found.ignored.is_sound());
    assert_eq!(found.honoured.flaws.iter().map(|flaw| flaw.kind).collect::<Vec<_>>(), [FlawKind::Dead]);
}

#[test]
fn a_child_of_its_own_that_is_asked_for_by_name_is_not_left_behind() {
    let own = r#"{"child":"goods","own":true,"scenario":"receipt"}"#;
    let asks = r#"{"on":["cancel"],"if":{"path":["_","children","goods","finished"]},"goto":"called_off"}"#;
    let found = purchase(own, asks, RECEIVE);
    // `paid` is never reached here; what is asked is whether the child is left behind.
    assert!(found.ignored.is_sound() && found.honoured.is_sound(), "{found:#?}");
    // Beside a join that comes by itself as soon as the child has ended, nobody is in time to call it off.
    let found = purchase(own, &format!("{JOIN},{asks}"), RECEIVE);
    assert!(found.ignored.is_sound());
    assert_eq!(found.honoured.flaws.iter().map(|flaw| flaw.kind).collect::<Vec<_>>(), [FlawKind::Dead]);
}

#[test]
fn a_search_that_is_cut_off_says_so() {
    let text = purchase(BOTH, JOIN, RECEIVE);
    assert!(text.ignored.whole);
    let cut = sound_canonical(
        &json(
            r#"{"actors":{"a":{}},"actions":{"x":{"by":["a"],"responses":{"ok":{}}}},"initial":"p",
        "states":{"p":{"transitions":[{"on":["x"],"goto":"q"}]},"q":{"transitions":[{"on":["x"],"goto":"r"}]},"r":{"final":"success"}}}"#,
        ),
        2,
    );
    assert!(!cut.ignored.whole && !cut.honoured.whole && cut.ignored.flaws.is_empty());
    assert!(cut.ignored.to_words().contains("not everything was looked at"));
}

#[test]
fn a_system_that_only_hears_from_itself_is_busy_for_ever() {
    let text = |error: &str| {
        format!(
            r#"{{"actors":{{"a":{{}}}},"actions":{{"go":{{"by":["a"],"responses":{{"ok":{{}}}}}},
            "pay":{{"by":["a"],"run":{{}},"responses":{{"error":{{}},"ok":{{}}}}}}}},"initial":"start","states":{{
            "done":{{"final":"success"}},"start":{{"transitions":[{{"on":["go"],"goto":"paying"}}]}},
            "paying":{{"transitions":[{{"on":["pay.ok"],"goto":"done"}},{{"on":["pay.error"],"goto":"{error}"}}]}},
            "failed":{{"transitions":[{{"when":{{"bool":true}},"goto":"paying"}}]}}}}}}"#
        )
    };
    let found = sound_canonical(&json(&text("failed")), MARKINGS_MAX).ignored;
    assert_eq!(found.flaws[0].words, "loop of system actions and automatic steps only: paying → failed → paying");
    // A person in between: no loop.
    let people = text("start").replace(r#""failed":{"transitions":[{"when":{"bool":true},"goto":"paying"}]},"#, "");
    let people = people.replace(r#","failed":{"transitions":[{"when":{"bool":true},"goto":"paying"}]}"#, "");
    assert!(sound_canonical(&json(&people), MARKINGS_MAX).ignored.is_sound());
}

#[test]
fn a_document_whose_child_never_ends_is_refused_with_the_path() {
    let document = |target: &str| {
        format!(
            "scenario: countersign/scenario/v1
name: t
title: T
language: en
actors: {{buyer: {{title: Buyer}}}}
actions: {{order: {{title: Order, kind: informative, by: buyer}}}}
scenarios:
  receipt:
    title: Receipt
    actors: {{buyer: {{title: Buyer}}}}
    actions: {{receive: {{title: Receive, kind: informative, by: buyer}}}}
    initial: waiting
    states:
      waiting: {{title: Waiting, transitions: [{{on: receive, goto: {target}}}, {{after: P30D, goto: lost}}]}}
      received: {{title: Received, final: success}}
      lost: {{title: Lost, final: failure}}
initial: ordering
states:
  ordering: {{title: Ordering, transitions: [{{on: order, goto: fulfilling}}]}}
  fulfilling:
    title: Fulfilling
    start: [{{child: goods, scenario: receipt}}]
    transitions: [{{when: children.goods.outcome == \"success\", goto: done}}]
  done: {{title: Done, final: success}}
"
        )
    };
    // If the goods are lost, the parent waits for a success that cannot come any more.
    let findings = countersign_petri::check(document("received").as_bytes()).unwrap_err();
    let found: Vec<&countersign_workflow::Finding> = findings.iter().filter(|finding| finding.code == "E306").collect();
    assert_eq!(found.len(), 1, "{findings:?}");
    assert_eq!(
        found[0].message,
        "not sound: no end can be reached from fulfilling; path ordering → fulfilling + goods:waiting → fulfilling"
    );
    assert_eq!(found[0].place.line, 20, "where the parent waits");
    let joined = document("received").replace("children.goods.outcome == \"success\"", "all_finished()");
    let (scenario, _) = countersign_petri::check(joined.as_bytes()).unwrap_or_else(|findings| panic!("{findings:?}"));
    let found = countersign_petri::sound(&scenario);
    assert!(found.ignored.is_sound() && found.honoured.is_sound(), "{found:#?}");
}
