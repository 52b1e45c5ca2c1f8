//! Runs simulations by seed.

use std::process::ExitCode;

use countersign_sim::{Chance, Conflicts, Plan, World, conflicts, formula};

const HELP: &str = "\
countersign-sim --seed N [--steps]       run one seed; with --steps print every event
countersign-sim --seeds N [--from S]     run N seeds from S (default 0)
countersign-sim soak [--from S]          run seeds until one fails or you stop it
countersign-sim conflicts [--windows N]  how often 2 to 25 parties add at once, against formula (4) of the LTO paper
                                         (default 100000 windows for each number of parties)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let from = number("--from").unwrap_or(0);
    if let Some(seed) = number("--seed") {
        return one(seed, flag("--steps"));
    }
    if let Some(count) = number("--seeds") {
        return many(from..from.saturating_add(count));
    }
    if flag("soak") {
        return many(from..u64::MAX);
    }
    if flag("conflicts") {
        return measure_conflicts(from, number("--windows").unwrap_or(100_000));
    }
    eprintln!("{HELP}");
    ExitCode::from(2)
}

fn one(seed: u64, steps: bool) -> ExitCode {
    let plan = Plan::random(seed);
    eprintln!("{plan:#?}");
    let mut world = World::new(plan);
    if steps {
        world = world.narrated();
    }
    loop {
        match world.step() {
            Ok(None) => break,
            Ok(Some(line)) if steps => println!("{line}\n            {}", world.summary()),
            Ok(Some(_)) => {}
            Err(violation) => {
                eprintln!("{}\n{violation}", world.summary());
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{:?}", world.report());
    ExitCode::SUCCESS
}

fn many(seeds: std::ops::Range<u64>) -> ExitCode {
    let first = seeds.start;
    for seed in seeds {
        if let Err(violation) = World::new(Plan::random(seed)).run() {
            eprintln!("{violation}");
            return ExitCode::FAILURE;
        }
        if (seed - first) % 500 == 499 {
            eprintln!("{} seeds hold", seed - first + 1);
        }
    }
    println!("all seeds hold");
    ExitCode::SUCCESS
}

/// Windows of one contract: a long log costs more for each entry than several short ones.
const WINDOWS_OF_A_RUN: u64 = 250;
/// How far the measured share may lie from the formula.
const DEVIATION_MAX: f64 = 0.10;

fn measure_conflicts(from: u64, windows: u64) -> ExitCode {
    println!("parties  windows  conflicts  measured  formula (4)  off by  entries added in ignorance of another");
    let mut close = true;
    for parties in 2..=25 {
        let mut chance = Chance::new(from ^ parties as u64);
        let mut total = Conflicts::default();
        while total.windows < windows {
            match conflicts(chance.next(), parties, WINDOWS_OF_A_RUN.min(windows - total.windows)) {
                Ok(run) => total = total.and(run),
                Err(violation) => {
                    eprintln!("{violation}");
                    return ExitCode::FAILURE;
                }
            }
        }
        let (measured, expected) = (total.measured(), formula(parties));
        let off = measured / expected - 1.0;
        close &= off.abs() <= DEVIATION_MAX;
        println!(
            "{parties:>7}  {:>7}  {:>9}  {measured:>8.5}  {expected:>11.5}  {:>+5.1}%  {:.1}%",
            total.windows,
            total.conflicts,
            off * 100.0,
            total.forks as f64 / total.added.max(1) as f64 * 100.0
        );
    }
    if close { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
