//! Conformance data: the pure runner behind `countersign scenario test` (page `docs/spec/vectors/scenario/README.md`).

mod expressions;
mod faulty;
mod story;

use countersign_codec::{Json, JsonError, JsonLimits};
use thiserror::Error;

use crate::finding::Finding;

/// Most bytes of a file of cases: 16 MiB.
pub const SUITE_BYTES_MAX: usize = 16 << 20;

/// Gives the content of a file that a case names, by its path as written; none if there is none.
pub type Loader<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// Why a file of cases cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SuiteError {
    /// It is not JSON.
    #[error("not a file of cases: {0}")]
    NotJson(#[from] JsonError),
    /// It is of a format that is not known.
    #[error("no such format of cases: {0}")]
    Format(String),
    /// A case is not written as its format says.
    #[error("case {0}: {1}")]
    Case(String, String),
}

/// What was found of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseReport {
    /// The name of the case.
    pub name: String,
    /// What differs from what was expected; none: it passed.
    pub differences: Vec<Difference>,
    /// The E110 findings, if the case needs what this version of the node refuses.
    pub refused: Vec<Finding>,
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: such as `step 3 vars`.
    pub at: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: expected {}, found {}", self.at, self.expected, self.found)
    }
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was as expected.
    Passed,
    /// Something was not.
    Failed,
    /// It needs a feature that this version refuses, and the refusal is all that could be seen.
    Refused,
}

impl CaseReport {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), differences: Vec::new(), refused: Vec::new() }
    }

    /// How it ended.
    pub fn verdict(&self) -> Verdict {
        match (self.differences.is_empty(), self.refused.is_empty()) {
            (false, _) => Verdict::Failed,
            (true, false) => Verdict::Refused,
            (true, true) => Verdict::Passed,
        }
    }

    fn compare(&mut self, at: String, expected: &Json, found: &Json) {
        if expected != found {
            self.differences.push(Difference { at, expected: expected.to_string(), found: found.to_string() });
        }
    }
}

/// Runs all cases of a file: a story, a list of faulty scenarios, or a list of expressions.
///
/// # Errors
/// [`SuiteError`], if the file cannot be used; a case that does not pass is no error.
pub fn test(file: &str, content: &[u8], load: Loader<'_>) -> Result<Vec<CaseReport>, SuiteError> {
    let json = Json::parse(content, JsonLimits { bytes_max: SUITE_BYTES_MAX, depth_max: 128 })?;
    match json.get("format").and_then(Json::as_text) {
        Some("scenario story, 1") => Ok(vec![story::tell(file, &json, load)?]),
        Some("faulty scenarios, 1") => faulty::check_all(&json, load),
        Some("core/rules expressions, 1") => expressions::evaluate_all(&json),
        other => Err(SuiteError::Format(other.unwrap_or("none").to_owned())),
    }
}

/// `passed`, `failed` and `refused` cases, for the last line of a report.
pub fn counts(reports: &[CaseReport]) -> (usize, usize, usize) {
    let count = |verdict: Verdict| reports.iter().filter(|report| report.verdict() == verdict).count();
    (count(Verdict::Passed), count(Verdict::Failed), count(Verdict::Refused))
}

fn wrong(case: &str, message: impl Into<String>) -> SuiteError {
    SuiteError::Case(case.to_owned(), message.into())
}
