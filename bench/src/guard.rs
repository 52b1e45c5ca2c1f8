//! A guard of five clauses, and whether every run of a large scenario can end.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use countersign_petri::{check, sound};
use countersign_rules::{Environment, Expr, Place, Scope, Text, Type, Value};

use crate::table::{Goal, Table, seconds};
use crate::{Failure, Scale};

/// Of a status, an amount, a limit, a party and a signature: what CEL takes 3.2 to 3.8 us for.
const GUARD: &str = "vars.status == \"open\" and vars.amount <= vars.limit and vars.amount > 0.0 and \
                     actors.buyer.key != actors.seller.key and not vars.cancelled";
const EVALUATIONS: u32 = 200_000;
const ROUNDS: usize = 5;
const STATES: usize = 500;
const WAYS: usize = 4;

/// What the guard reads.
struct Process(Value);

impl Environment for Process {
    fn root(&self, path: &[Text]) -> Value {
        self.0.at(path).clone()
    }
}

/// Measures both figures.
pub fn run(table: &mut Table, scale: Scale) -> Result<(), Failure> {
    let rounds = if scale == Scale::Trial { 1 } else { ROUNDS };
    let took = guard(rounds)?;
    let goal = Goal::AtMost { must: 3.0, goal: 3.0 };
    table.add("guard of five clauses, all of which hold", "", &micros(took), took, micros, goal);
    let document = large();
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let began = Instant::now();
        let checked = check(document.as_bytes()).map_err(|findings| format!("{findings:?}"))?;
        let found = sound(&checked.0);
        if !found.ignored.is_sound() || !found.honoured.is_sound() {
            return Err("the scenario is not sound".into());
        }
        best = best.min(began.elapsed().as_secs_f64());
    }
    let goal = Goal::AtMost { must: 1.0, goal: 1.0 };
    let figure = "check of 500 states and 2,000 transitions, with both searches for soundness";
    table.add(figure, "", &seconds(best), best, seconds, goal);
    Ok(())
}

/// Microseconds of one evaluation in the best round.
fn guard(rounds: usize) -> Result<f64, Failure> {
    let party = Type::record([("key", Type::text(100))]);
    let root = Type::record([
        ("actors", Type::record([("buyer", party.clone()), ("seller", party)])),
        (
            "vars",
            Type::record([
                ("amount", Type::decimal()),
                ("cancelled", Type::bool()),
                ("limit", Type::decimal()),
                ("status", Type::text(100)),
            ]),
        ),
    ]);
    let expression = Expr::parse(GUARD, Place::Process).map_err(|finding| finding.message)?;
    let scope = Scope::new(Place::Process, root);
    let rule = expression.check_guard(&scope).rule().map_err(|findings| format!("{findings:?}"))?;
    let key = |name: &str| Value::map([("key", Value::text(name))]);
    let decimal = |text: &str| {
        let typed = countersign_codec::Json::map([("decimal", countersign_codec::Json::text(text))]);
        Value::from_typed(&typed).ok_or("no decimal")
    };
    let process = Process(Value::map([
        ("actors", Value::map([("buyer", key("buyer")), ("seller", key("seller"))])),
        (
            "vars",
            Value::map([
                ("amount", decimal("975.5")?),
                ("cancelled", Value::Bool(false)),
                ("limit", decimal("1000")?),
                ("status", Value::text("open")),
            ]),
        ),
    ]));
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let began = Instant::now();
        for _ in 0..EVALUATIONS {
            if !black_box(&rule).holds(black_box(&process)).map_err(|error| format!("{error:?}"))? {
                return Err("the guard must hold".into());
            }
        }
        let took = began.elapsed().as_secs_f64() * 1e6 / f64::from(EVALUATIONS);
        println!("   guard {took:.3} us");
        best = best.min(took);
    }
    Ok(best)
}

/// States in a row, each with ways to others.
fn large() -> String {
    let mut text = String::from(
        "scenario: countersign/scenario/v1\nname: large\ntitle: Large\nlanguage: en\nactors: {a: {title: A}}\nactions:\n",
    );
    for way in 0..WAYS {
        let _ = writeln!(text, "  act{way}: {{title: Act, kind: informative, by: a}}");
    }
    text.push_str("initial: s0\nstates:\n");
    for state in 0..STATES {
        let _ = writeln!(text, "  s{state}:\n    title: State\n    transitions:");
        for way in 0..WAYS {
            let to = (state + 1 + way * 7) % (STATES + 1);
            let to = if to == STATES { "end".to_owned() } else { format!("s{to}") };
            let _ = writeln!(text, "      - {{on: act{way}, goto: {to}}}");
        }
    }
    text.push_str("  end: {title: End, final: success}\n");
    text
}

/// `0.42 us`.
fn micros(value: f64) -> String {
    format!("{value:.2} us")
}
