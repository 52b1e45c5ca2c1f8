//! `scenario test`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use countersign_package::{Package, is_package};
use countersign_workflow::{CaseReport, Difference, SUITE_BYTES_MAX, SuiteError, Verdict};
use serde::Serialize;

use crate::failure::Failure;
use crate::files;
use crate::output::{self, Output};
use crate::scenario::{package, reports};

/// Most files of cases in one folder.
const FILES_MAX: usize = 10_000;

/// Which cases to run.
#[derive(Args, Debug)]
#[command(after_long_help = "A case is a story, a list of expressions or a list of faulty scenarios, in JSON with \
    `format`; of a folder, every such file below it is run. A file that a case names is looked for beside it and one \
    folder up.\n\nExample:\n  countersign scenario test docs/spec/vectors/scenario --html report.html\n  \
    countersign scenario test lease.package")]
pub struct Arguments {
    /// Files and folders with cases, and packages
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Also write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also write the report as a page for people
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What was run.
#[derive(Serialize)]
pub struct Report {
    pub passed: usize,
    pub failed: usize,
    pub cases: Vec<Case>,
}

/// A story or case.
#[derive(Serialize)]
pub struct Case {
    pub file: String,
    pub name: String,
    pub passed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Differs>,
}

/// Something that is not as expected.
#[derive(Serialize)]
pub struct Differs {
    pub at: String,
    pub expected: String,
    pub found: String,
}

impl Arguments {
    /// Runs the cases.
    pub fn run(&self, output: Output, replace: bool) -> Result<(), Failure> {
        let mut cases = Vec::new();
        for path in &self.paths {
            if path.is_dir() {
                for file in files::below(path, FILES_MAX, may_be_case)? {
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
        type Writer = fn(&Report) -> String;
        for (file, write) in [(&self.junit, reports::junit as Writer), (&self.html, reports::html)] {
            if let Some(file) = file {
                files::write_new(file, write(&report).as_bytes(), replace)?;
                output::talk(&format!("wrote {}", file.display()));
            }
        }
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

fn may_be_case(path: &Path) -> bool {
    path.is_dir() || path.extension().is_some_and(|extension| extension == "json")
}

fn run(path: &Path, asked: Asked) -> Result<Vec<Case>, Failure> {
    let content = files::read(path, SUITE_BYTES_MAX as u64)?;
    if is_package(&content) {
        return packed(path, &content);
    }
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

/// The stories in a package. A file that one names is looked for in the package alone: beside it, and one folder up.
fn packed(path: &Path, bytes: &[u8]) -> Result<Vec<Case>, Failure> {
    let package = Package::read(bytes).map_err(|error| package::refused(path, &error))?;
    let files = package.contents().files();
    let mut cases = Vec::new();
    for (inner, text) in files.iter().filter(|(inner, _)| inner.ends_with(".json")) {
        let folder = inner.rsplit_once('/').map(|(folder, _)| folder);
        let load = |name: &str| {
            let up = folder.and_then(|folder| folder.rsplit_once('/')).map(|(folder, _)| folder);
            let join =
                |folder: Option<&str>| folder.map_or_else(|| name.to_owned(), |folder| format!("{folder}/{name}"));
            let found = files.get(&join(folder)).or_else(|| files.get(&join(up)));
            found.map(|text| text.clone().into_bytes())
        };
        let file = format!("{}:{inner}", path.display());
        match countersign_workflow::test(inner, text.as_bytes(), &load) {
            Ok(reports) => cases.extend(reports.into_iter().map(|report| case(&file, report))),
            Err(SuiteError::NotJson(_) | SuiteError::Format(_)) => {}
            Err(SuiteError::Case(name, found)) => {
                let (at, expected) = ("case".to_owned(), "a case as its format says".to_owned());
                cases.push(Case { file, name, passed: false, differences: vec![Differs { at, expected, found }] });
            }
        }
    }
    Ok(cases)
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
