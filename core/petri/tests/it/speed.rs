//! A large scenario is looked at within its limit.

use std::fmt::Write;
use std::time::{Duration, Instant};

use countersign_petri::{check, sound};

/// Most time for 500 states and 2,000 transitions (issue: figures).
const TIME_MAX: Duration = Duration::from_secs(1);

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
    let begun = Instant::now();
    let (scenario, _) = check(document.as_bytes()).unwrap();
    let found = sound(&scenario);
    let took = begun.elapsed();
    assert!(found.ignored.is_sound() && found.honoured.is_sound());
    assert_eq!((found.ignored.markings, found.honoured.markings), (501, 501), "one marking for each state");
    if cfg!(debug_assertions) {
        eprintln!("skipped: the time of a build for debugging says nothing ({took:?})");
    } else {
        assert!(took < TIME_MAX, "{took:?}");
    }
}
