//! Feed every reader of outside input what no honest writer sends.
//!
//! `countersign-fuzz run [TARGET] [--seed N] [--seconds N]` and `countersign-fuzz replay TARGET FILE`.

use std::path::Path;
use std::process::ExitCode;

use countersign_fuzz_targets::harness::{self, Found};
use countersign_fuzz_targets::{TARGETS, Target, find};

const USAGE: &str = "usage: countersign-fuzz <list | run | replay>
  list                                       the targets
  run [TARGET] [--seed N] [--seconds N]      one target or all, so many seconds each (30)
  replay TARGET FILE                         one input";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["list"] => TARGETS.iter().for_each(|target| println!("{}", target.name)),
        ["run", rest @ ..] => return run(rest).unwrap_or_else(misuse),
        ["replay", target, file] => return replay(target, Path::new(file)).unwrap_or_else(misuse),
        ["child", target, seed, seconds, note] => {
            return child(target, seed, seconds, Path::new(note)).unwrap_or_else(misuse);
        }
        _ => return misuse(),
    }
    ExitCode::SUCCESS
}

fn misuse() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn replay(target: &str, file: &Path) -> Option<ExitCode> {
    let bytes = std::fs::read(file).ok()?;
    (find(target)?.run)(&bytes);
    println!("{target}: nothing breaks on these {} bytes", bytes.len());
    Some(ExitCode::SUCCESS)
}

fn child(target: &str, seed: &str, seconds: &str, note: &Path) -> Option<ExitCode> {
    let ran = harness::child(find(target)?, seed.parse().ok()?, seconds.parse().ok()?, note);
    Some(if ran.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(words: &[&str]) -> Option<ExitCode> {
    let (mut targets, mut seed, mut seconds): (Vec<&Target>, _, _) = (TARGETS.iter().collect(), 1, 30);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "--seed" => seed = rest.next()?.parse().ok()?,
            "--seconds" => seconds = rest.next()?.parse().ok()?,
            name => targets = vec![find(name)?],
        }
    }
    let program = std::env::current_exe().ok()?;
    let mut code = ExitCode::SUCCESS;
    for target in targets {
        match harness::run(&program, target, seed, seconds, &std::env::temp_dir().join("countersign-fuzz")) {
            Ok(Found::Nothing(count)) => println!("{}: nothing breaks, seed {seed}, {count} inputs", target.name),
            Ok(Found::Input { number, path, hung, said }) => {
                let how = if hung { "does not end" } else { "breaks" };
                println!("{}: seed {seed}, input {number} {how}: {}\n{said}", target.name, path.display());
                println!("again: cargo run -p countersign-fuzz-targets -- replay {} {}", target.name, path.display());
                code = ExitCode::FAILURE;
            }
            Err(error) => {
                println!("{}: cannot run: {error}", target.name);
                code = ExitCode::FAILURE;
            }
        }
    }
    Some(code)
}
