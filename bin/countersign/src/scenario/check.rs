//! `scenario check`.

use std::path::PathBuf;

use clap::Args;
use countersign_workflow::{DOCUMENT_BYTES_MAX, Finding, Scenario, explain, report};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{self, Output};
use crate::words::count;
use crate::{files, scenario};

/// What to check.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Findings are lines `FILE:LINE:COLUMN CODE MESSAGE`; codes with E refuse the scenario, codes \
    with W warn.\n\nExample:\n  countersign scenario check lease.yaml --explain"
)]
pub struct Arguments {
    /// The scenario; - for standard input
    file: PathBuf,
    /// Also print every default that holds
    #[arg(long)]
    explain: bool,
}

/// What was found.
#[derive(Serialize)]
struct Report {
    /// `scn_…`, if the scenario can be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    scenario: Option<String>,
    errors: usize,
    warnings: usize,
    findings: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    defaults: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Line {
    line: u32,
    column: u32,
    code: &'static str,
    message: String,
}

impl Arguments {
    /// Checks.
    pub fn run(&self, output: Output) -> Result<(), Failure> {
        let bytes = files::read(&self.file, DOCUMENT_BYTES_MAX as u64)?;
        let (loaded, findings) = match Scenario::load(&bytes) {
            Ok((scenario, warnings)) => (Some(scenario), warnings),
            Err(findings) => (None, findings),
        };
        let defaults = loaded.as_ref().filter(|_| self.explain).map(|scenario| explain(&bytes, scenario));
        let errors = findings.iter().filter(|finding| finding.is_error()).count();
        let found = Report {
            scenario: loaded.as_ref().map(|loaded| scenario::id(loaded).to_string()),
            errors,
            warnings: findings.len() - errors,
            findings: findings.iter().map(line).collect(),
            defaults: defaults.as_ref().map(|text| text.lines().map(str::to_owned).collect()),
        };
        let name = self.file.display().to_string();
        output.show(&found, |_| report(&name, &findings) + &defaults.unwrap_or_default())?;
        let warnings = count(found.warnings, "warning");
        output::talk(&format!("{name}: {}, {warnings}", count(errors, "error")));
        match (found.scenario, errors) {
            (Some(id), 0) => output::talk(&format!("{name}: {id}")),
            _ => {
                output::talk(&format!("next:  correct the first line, then countersign scenario check {name}"));
                return Err(Failure::told());
            }
        }
        Ok(())
    }
}

fn line(finding: &Finding) -> Line {
    Line {
        line: finding.place.line,
        column: finding.place.column,
        code: finding.code,
        message: finding.message.clone(),
    }
}
