//! `scenario test`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use countersign_workflow::{CaseReport, Difference, SUITE_BYTES_MAX, SuiteError, Verdict};
use serde::Serialize;

use crate::failure::Failure;
use crate::files;
use crate::output::{self, Output};

/// Deepest folder that is searched for cases.
const FOLDERS_DEEP_MAX: usize = 8;

/// Which cases to run.
#[derive(Args, Debug)]
#[command(after_long_help = "A case is a story, a list of expressions or a list of faulty scenarios, in JSON with \
    `format`; of a folder, every such file below it is run. A file that a case names is looked for beside it and one \
    folder up.\n\nExample:\n  countersign scenario test docs/spec/vectors/scenario")]
pub struct Arguments {
    /// Files and folders with cases
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    passed: usize,
    failed: usize,
    cases: Vec<Case>,
}

#[derive(Serialize)]
struct Case {
    file: String,
    name: String,
    passed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Differs>,
}

#[derive(Serialize)]
struct Differs {
    at: String,
    expected: String,
    found: String,
}

impl Arguments {
    /// Runs the cases.
    pub fn run(&self, output: Output) -> Result<(), Failure> {
        let mut cases = Vec::new();
        for path in &self.paths {
            if path.is_dir() {
                for file in below(path, FOLDERS_DEEP_MAX)? {
                    cases.extend(run(&file, Asked::Found)?);
                }
            } else {
                cases.extend(run(path, Asked::Named)?);
            }
        }
        if cases.is_empty() {
            return Err(Failure::misuse("there is no case in these folders").next("countersign help scenario test"));
        }
        let passed = cases.iter().filter(|case| case.passed).count();
        let report = Report { passed, failed: cases.len() - passed, cases };
        output.show(&report, words)?;
        if report.failed == 0 { Ok(()) } else { Err(Failure::told()) }
    }
}

fn words(report: &Report) -> String {
    let mut text = String::new();
    for case in report.cases.iter().filter(|case| !case.passed) {
        text.push_str(&format!("{}: {} differs\n", case.file, case.name));
        for differs in &case.differences {
            text.push_str(&format!(
                "  {}\n    expected {}\n    found    {}\n",
                differs.at, differs.expected, differs.found
            ));
        }
    }
    text.push_str(&format!("{} passed, {} failed\n", report.passed, report.failed));
    text
}

/// Whether a file was named or found in a folder, where other files may lie as well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Named,
    Found,
}

/// The JSON files of a folder and those in it, in order.
fn below(folder: &Path, deep: usize) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| Failure::misuse(format!("cannot read {}: {error}", folder.display()));
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(failed)?.collect();
    let mut paths: Vec<PathBuf> = entries.map_err(failed)?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() && deep > 0 {
            found.extend(below(&path, deep - 1)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    Ok(found)
}

fn run(path: &Path, asked: Asked) -> Result<Vec<Case>, Failure> {
    let content = files::read(path, SUITE_BYTES_MAX as u64)?;
    let beside = path.parent().unwrap_or(Path::new(""));
    let bases = [beside.to_owned(), beside.join("..")];
    let load = |name: &str| bases.iter().find_map(|base| fs::read(base.join(name)).ok());
    let file = path.display().to_string();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match countersign_workflow::test(&name, &content, &load) {
        Ok(reports) => Ok(reports.into_iter().map(|report| case(&file, report)).collect()),
        Err(SuiteError::NotJson(_) | SuiteError::Format(_)) if asked == Asked::Found => {
            output::talk(&format!("{file}: no file of cases, skipped"));
            Ok(Vec::new())
        }
        Err(SuiteError::Case(name, message)) => {
            let differs =
                Differs { at: "case".to_owned(), expected: "a case as its format says".to_owned(), found: message };
            Ok(vec![Case { file, name, passed: false, differences: vec![differs] }])
        }
        Err(error) => Err(Failure::misuse(format!("{file}: {error}")).next("countersign help scenario test")),
    }
}

/// A case that needs what this version refuses did not give what was expected.
fn case(file: &str, report: CaseReport) -> Case {
    let passed = report.verdict() == Verdict::Passed;
    let refused = report.refused.iter().map(|finding| Difference {
        at: "check".to_owned(),
        expected: "a scenario that can be run".to_owned(),
        found: finding.to_string(),
    });
    let differences = report.differences.iter().cloned().chain(refused);
    let differences = differences.map(|one| Differs { at: one.at, expected: one.expected, found: one.found });
    Case { file: file.to_owned(), name: report.name, passed, differences: differences.collect() }
}
