//! The conformance data of the language, copied to `docs/spec/vectors/scenario/`.

use std::path::{Path, PathBuf};

use countersign_workflow::{CaseReport, Verdict, counts, test};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/scenario")
}

fn run(file: &Path) -> Vec<CaseReport> {
    let content = std::fs::read(file).unwrap();
    let load = |path: &str| std::fs::read(vectors().join(path)).ok();
    test(&file.file_name().unwrap().to_string_lossy(), &content, &load).unwrap()
}

/// Prints the verdicts and the counts, and gives the names that were refused.
fn print(title: &str, reports: &[CaseReport]) -> Vec<String> {
    for report in reports {
        println!("{title}: {} {:?}", report.name, report.verdict());
        report.differences.iter().for_each(|difference| println!("    {difference}"));
        report.refused.iter().for_each(|finding| println!("    {finding}"));
    }
    let (passed, failed, refused) = counts(reports);
    println!("{title}: {passed} passed, {failed} failed, {refused} refused by E110");
    assert_eq!(failed, 0, "{title}: some cases failed");
    let refused = reports.iter().filter(|report| report.verdict() == Verdict::Refused);
    refused.map(|report| report.name.clone()).collect()
}

#[test]
fn every_story_passes_or_needs_a_refused_feature() {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(vectors().join("stories")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let reports: Vec<CaseReport> = files.iter().flat_map(|file| run(file)).collect();
    let refused = print("stories", &reports);
    // What each of these needs stands in `docs/spec/scenario.md`; nothing of it may be run in part.
    assert_eq!(refused, ["claim"]);
}

#[test]
fn every_fault_is_found_at_its_place() {
    let reports = run(&vectors().join("invalid.json"));
    assert_eq!(print("invalid", &reports), Vec::<String>::new());
}

#[test]
fn every_expression_gives_its_result() {
    let reports = run(&vectors().join("expressions.json"));
    assert_eq!(print("expressions", &reports), Vec::<String>::new());
}
