//! A large scenario takes a step for each of its transitions; `countersign-bench guard` takes its time.

use std::fmt::Write;

use countersign_petri::{check, sound};

/// States in a row, each with ways to others.
fn large(states: usize, ways: usize) -> String {
    let mut text = String::from(
        "scenario: countersign/scenario/v1\nname: large\ntitle: Large\nlanguage: en\nactors: {a: {title: A}}\nactions:\n",
    );
    for way in 0..ways {
        writeln!(text, "  act{way}: {{title: Act, kind: informative, by: a}}").unwrap();
    }
    text.push_str("initial: s0\nstates:\n");
    for state in 0..states {
        writeln!(text, "  s{state}:\n    title: State\n    transitions:").unwrap();
        for way in 0..ways {
            let to = (state + 1 + way * 7) % (states + 1);
            let to = if to == states { "end".to_owned() } else { format!("s{to}") };
            writeln!(text, "      - {{on: act{way}, goto: {to}}}").unwrap();
        }
    }
    text.push_str("  end: {title: End, final: success}\n");
    text
}

#[test]
fn five_hundred_states_and_two_thousand_transitions() {
    let document = large(500, 4);
    let (scenario, _) = check(document.as_bytes()).unwrap();
    let found = sound(&scenario);
    assert!(found.ignored.is_sound() && found.honoured.is_sound());
    assert_eq!((found.ignored.markings, found.honoured.markings), (501, 501), "one marking for each state");
}
