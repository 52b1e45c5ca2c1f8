//! Runs simulations by seed.

use std::process::ExitCode;

use countersign_sim::{Plan, World};

const HELP: &str = "\
countersign-sim --seed N [--steps]       run one seed; with --steps print every event
countersign-sim --seeds N [--from S]     run N seeds from S (default 0)
countersign-sim soak [--from S]          run seeds until one fails or you stop it";

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
