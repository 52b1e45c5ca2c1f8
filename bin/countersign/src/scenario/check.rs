//! `scenario check`.

use std::path::PathBuf;

use clap::Args;
use countersign_petri::{Soundness, Verdict, check, sound};
use countersign_workflow::{Finding, Scenario, explain, report};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{self, Output};
use crate::scenario;
use crate::words::count;

/// What to check.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Findings are lines `FILE:LINE:COLUMN CODE MESSAGE`; codes with E refuse the scenario, codes \
    with W warn.\n\nExample:\n  countersign scenario check lease.yaml --explain --sound"
)]
pub struct Arguments {
    /// The scenario; - for standard input
    file: PathBuf,
    /// Also print every default that holds
    #[arg(long)]
    explain: bool,
    /// Also say whether every run can end, with conditions ignored and honoured
    #[arg(long)]
    sound: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    soundness: Option<serde_json::Value>,
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
        let bytes = scenario::document(&self.file)?;
        let (loaded, findings) = match check(&bytes) {
            Ok((scenario, warnings)) => (Some(scenario), warnings),
            // What is not sound can still be looked at.
            Err(findings) => (Scenario::load(&bytes).ok().map(|(scenario, _)| scenario), findings),
        };
        let errors = findings.iter().filter(|finding| finding.is_error()).count();
        let defaults = loaded.as_ref().filter(|_| self.explain).map(|scenario| explain(&bytes, scenario));
        let soundness = loaded.as_ref().filter(|_| self.sound).map(sound);
        let found = Report {
            scenario: loaded.as_ref().filter(|_| errors == 0).map(|loaded| scenario::id(loaded).to_string()),
            errors,
            warnings: findings.len() - errors,
            findings: findings.iter().map(line).collect(),
            defaults: defaults.as_ref().map(|text| text.lines().map(str::to_owned).collect()),
            soundness: soundness.as_ref().and_then(|sound| serde_json::from_str(&sound.to_json().to_string()).ok()),
        };
        let name = self.file.display().to_string();
        let verdicts = soundness.as_ref().map(words).unwrap_or_default();
        output.show(&found, |_| report(&name, &findings) + &defaults.unwrap_or_default() + &verdicts)?;
        let warnings = count(found.warnings, "warning");
        output::talk(&format!("{name}: {}, {warnings}", count(errors, "error")));
        match (found.scenario, errors) {
            (Some(id), 0) => output::talk(&format!("{name}: {id}")),
            _ => {
                output::talk(&format!("next:  correct the first line, then countersign scenario check {name}"));
                return Err(Failure::told());
            }
        }
        match soundness {
            Some(found) if !found.ignored.is_sound() || !found.honoured.is_sound() => Err(Failure::told()),
            _ => Ok(()),
        }
    }
}

/// Both verdicts, with the path to each flaw.
fn words(found: &Soundness) -> String {
    let mut text = String::new();
    for verdict in [&found.ignored, &found.honoured] {
        text.push_str(&format!("{}\n", Verdict::to_words(verdict)));
        for flaw in &verdict.flaws {
            text.push_str(&format!("  {}\n", flaw.words));
            for stage in &flaw.path {
                text.push_str(&format!("    {:<30} {}\n", stage.by, stage.states.join(" + ")));
            }
        }
    }
    text
}

fn line(finding: &Finding) -> Line {
    Line {
        line: finding.place.line,
        column: finding.place.column,
        code: finding.code,
        message: finding.message.clone(),
    }
}
