//! Check what cargo alone does not: layers, documents, sizes.
//!
//! `cargo xtask layering`, `cargo xtask docs` and `cargo xtask sizes`. Findings go to stdout, one a line; the exit
//! code is 1 if there is one, 2 if the task is unknown or cannot run.

mod codes;
mod docs;
mod layering;
mod markdown;
mod sizes;
mod tree;
mod workspace;

use std::error::Error;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <layering | docs | sizes>
  layering  each crate depends only on those above it; core crates are pure and have code
  docs      no dead links; error codes, vectors and dependencies have their pages
  sizes     the largest files (nothing is enforced)";

/// What a check found, or why it could not run.
type Findings = Result<Vec<String>, Box<dyn Error>>;

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let findings = match task.as_deref() {
        Some("layering") => layering::check(),
        Some("docs") => docs::check(),
        Some("sizes") => sizes::print(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
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
