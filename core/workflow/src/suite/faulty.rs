//! `faulty scenarios, 1`: each report must contain the findings of its case.

use countersign_codec::Json;

use super::{CaseReport, Difference, Loader, SuiteError, wrong};
use crate::finding::Finding;
use crate::scenario::Scenario;

pub(super) fn check_all(json: &Json, load: Loader<'_>) -> Result<Vec<CaseReport>, SuiteError> {
    let folder = json.get("folder").and_then(Json::as_text).unwrap_or_default();
    let cases = json.get("cases").and_then(Json::as_list).unwrap_or_default();
    cases.iter().map(|case| check(folder, case, load)).collect()
}

fn check(folder: &str, case: &Json, load: Loader<'_>) -> Result<CaseReport, SuiteError> {
    let file = case.get("file").and_then(Json::as_text).ok_or_else(|| wrong("?", "it needs `file`"))?;
    let path = if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    let content = load(&path).ok_or_else(|| wrong(file, format!("there is no {path}")))?;
    let expected = case.get("findings").and_then(Json::as_list).ok_or_else(|| wrong(file, "it needs `findings`"))?;
    let mut report = CaseReport::new(file);
    let findings = match Scenario::load(&content) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    };
    report.refused = findings.iter().filter(|finding| finding.code == "E110").cloned().collect();
    for wanted in expected {
        if !findings.iter().any(|finding| fits(finding, wanted)) {
            report.differences.push(Difference {
                at: "findings".into(),
                expected: wanted.to_string(),
                found: words(&findings),
            });
        }
    }
    if expected.is_empty() {
        let errors: Vec<Finding> = findings.into_iter().filter(|f| f.is_error() && f.code != "E110").collect();
        if !errors.is_empty() {
            let found = words(&errors);
            report.differences.push(Difference { at: "findings".into(), expected: "no error".into(), found });
        }
    } else if report.differences.is_empty() && expected.iter().any(|wanted| code(wanted) != Some("E110")) {
        // What was asked was found: that the file also needs a refused feature takes nothing from it.
        report.refused.clear();
    }
    Ok(report)
}

fn code(wanted: &Json) -> Option<&str> {
    wanted.get("code").and_then(Json::as_text)
}

fn fits(finding: &Finding, wanted: &Json) -> bool {
    let number = |key: &str, found: u32| wanted.get(key).is_none_or(|value| value.as_int() == Some(i64::from(found)));
    code(wanted) == Some(finding.code) && number("line", finding.place.line) && number("column", finding.place.column)
}

fn words(findings: &[Finding]) -> String {
    findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("; ")
}
