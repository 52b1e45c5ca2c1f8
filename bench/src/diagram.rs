//! A process put in place for the eye: the largest that the language allows to be of use, and those of `examples/`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use countersign_diagram::{Diagram, Overlay};
use countersign_workflow::Outline;

use crate::table::{Goal, Table, millis, seconds};
use crate::{Failure, Scale};

const STATES: usize = 500;
/// Transitions of each state but the last.
const WAYS: usize = 4;
const ROUNDS: usize = 5;

const EXAMPLES: [(&str, &str); 2] =
    [("lease", include_str!("../../examples/lease.yaml")), ("nda", include_str!("../../examples/nda.yaml"))];

/// Measures the figure: from the text of the document to both layouts, wide and narrow.
pub fn run(table: &mut Table, scale: Scale) -> Result<(), Failure> {
    let rounds = if scale == Scale::Trial { 1 } else { ROUNDS };
    let large = document(STATES)?;
    let took = best(&large, rounds)?;
    table.add(
        "diagram of 500 states and 1,996 transitions, read and laid out twice",
        "",
        &seconds(took),
        took,
        seconds,
        Goal::AtMost { must: 1.0, goal: 1.0 },
    );
    for (name, text) in EXAMPLES {
        let took = best(text, rounds)? * 1e3;
        let figure = format!("diagram of examples/{name}.yaml, the same");
        table.add(&figure, "", &millis(took), took, millis, Goal::None);
    }
    Ok(())
}

/// Seconds of the best round.
fn best(document: &str, rounds: usize) -> Result<f64, Failure> {
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let began = Instant::now();
        let outline = Outline::read(document.as_bytes()).ok_or("the scenario cannot be read")?;
        let diagram = Diagram::of(&outline, "en");
        let drawing = diagram.draw(&Overlay::default());
        let took = began.elapsed().as_secs_f64();
        println!(
            "   {} states, {} transitions: {} and {} lines in {} + {} steps, {:.1} ms",
            diagram.states.len(),
            diagram.edges.len(),
            drawing.wide.lines.len(),
            drawing.narrow.lines.len(),
            drawing.wide.steps,
            drawing.narrow.steps,
            took * 1e3
        );
        black_box(&drawing);
        best = best.min(took);
    }
    Ok(best)
}

/// A process of many states: a long way, short cuts of every length, ways back, and an end that is reached from
/// everywhere. Where a state is led to follows from its number alone.
fn document(states: usize) -> Result<String, Failure> {
    let mut text = String::from(
        "scenario: countersign/scenario/v1\nname: large\ntitle: A large process\nlanguage: en\ninitial: s0\n\
         actors: {first: {title: First party}, second: {title: Second party}}\n\
         actions:\n  agree: {title: Agree to what lies on the table, by: [first, second]}\n  \
         skip: {title: Go on at once, by: first}\n  back: {title: Send back, by: second}\nstates:\n",
    );
    let last = states.saturating_sub(1);
    for state in 0..last {
        let ahead = (state + 2 + state * 7 % 11).min(last);
        let before = state * 5 / 8;
        writeln!(
            text,
            "  s{state}: {{title: Step {state} of the process, transitions: [{{on: agree, goto: s{next}}}, \
             {{on: skip, goto: s{ahead}}}, {{on: back, goto: s{before}}}, {{after: P30D, goto: s{last}}}]}}",
            next = state + 1,
        )?;
    }
    writeln!(text, "  s{last}: {{title: It is over, final: success}}")?;
    let ways = text.matches("goto:").count();
    if ways != last * WAYS { Err("the scenario is not of its size".into()) } else { Ok(text) }
}
