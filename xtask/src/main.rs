//! Check what cargo alone does not: layers, documents, sizes.
//!
//! `cargo xtask layering`, `cargo xtask docs` and `cargo xtask sizes`. Findings go to stdout, one a line; the exit
//! code is 1 if there is one, 2 if the task is unknown or cannot run. `cargo xtask sim` runs the simulator, optimised.

mod book;
mod codes;
mod docs;
mod layering;
mod markdown;
mod sizes;
mod tree;
mod workspace;

use std::error::Error;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask <layering | docs | sizes | sim>
  layering  each crate depends only on those above it; core crates are pure and have code
  docs      no dead links, also in a rendered book; error codes, vectors and dependencies have their pages
  sizes     the largest files (nothing is enforced)
  sim       the simulator: --seeds N [--from S], --seed N [--steps], soak";

/// What a check found, or why it could not run.
type Findings = Result<Vec<String>, Box<dyn Error>>;

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let findings = match task.as_deref() {
        Some("layering") => layering::check(),
        Some("docs") => docs::check(),
        Some("sizes") => sizes::print(),
        Some("sim") => return simulate(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    report(task, findings)
}

/// Hands its arguments to the simulator, and gives its exit code back.
fn simulate() -> ExitCode {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--release", "-p", "countersign-sim", "--"])
        .args(std::env::args().skip(2))
        .status();
    match status.map(|status| status.code().and_then(|code| u8::try_from(code).ok())) {
        Ok(code) => ExitCode::from(code.unwrap_or(2)),
        Err(error) => {
            eprintln!("cannot run the simulator: {error}");
            ExitCode::from(2)
        }
    }
}

fn report(task: Option<String>, findings: Findings) -> ExitCode {
    match findings {
        Ok(findings) if findings.is_empty() => {
            eprintln!("{}: ok", task.unwrap_or_default());
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            findings.iter().for_each(|finding| println!("{finding}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
