//! A workflow step with schema and guards, in memory.

use std::hint::black_box;
use std::time::Instant;

use countersign_codec::Json;
use countersign_rules::Timestamp;
use countersign_workflow::{Answer, Binding, Entitlement, KeyKind, Process};

use crate::table::{Goal, Table, percent};
use crate::{Failure, contract, limits, machine};

const STEPS: u64 = 20_000;
const ROUNDS: usize = 5;

/// Measures the figure.
pub fn run(table: &mut Table) -> Result<(), Failure> {
    machine::pin_self("1");
    let scenario = contract::scenario()?;
    let binding = Binding { party: Some("idn_one".to_owned()), data: Default::default() };
    let bindings = [("supplier".to_owned(), binding)].into();
    let time = |number: u64| Timestamp::from_ms(1_800_000_000_000 + i64::try_from(number).unwrap_or_default());
    let start = time(0).ok_or("no time")?;
    let started = Process::start(&scenario, &bindings, &Json::Null, start);
    let mut process = started.map_err(|rejection| rejection.message)?;
    let answers: Vec<Json> = (0..STEPS).map(contract::data).collect();
    let entitled = |_: &Process| Entitlement::Entitled;
    let mut best = None::<(f64, f64, f64)>;
    for _ in 0..ROUNDS {
        let verify = 1e6 / limits::verify_single();
        let began = Instant::now();
        for (at, data) in answers.iter().enumerate() {
            let answer = Answer {
                contract: None,
                process: "main",
                actor: "supplier",
                party: Some("idn_one"),
                key: KeyKind::User,
                action: "deliver",
                response: None,
                data,
                attachments: &Json::Null,
                seen: None,
                time: time(at as u64).ok_or("no time")?,
                proofs: None,
            };
            process.respond(&answer, &entitled).map_err(|rejection| rejection.message)?;
        }
        black_box(process.state());
        let ours = began.elapsed().as_secs_f64() * 1e6 / STEPS as f64;
        println!("   step {ours:.2} us, verify {verify:.2} us");
        if best.is_none_or(|(known, ..)| ours / verify < known) {
            best = Some((ours / verify, ours, verify));
        }
    }
    let (ratio, ours, verify) = best.unwrap_or_default();
    table.add(
        "workflow step with schema and two guards, in memory",
        &format!("verify {verify:.1} us"),
        &format!("{ours:.2} us"),
        ratio,
        percent,
        Goal::AtMost { must: 0.15, goal: 0.10 },
    );
    Ok(())
}
