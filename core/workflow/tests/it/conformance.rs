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
fn every_story_passes_but_the_one_that_sends_personal_data() {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(vectors().join("stories")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let reports: Vec<CaseReport> = files.iter().flat_map(|file| run(file)).collect();
    // `claim` sends an account that is personal, which no request carries (E501): see the next test.
    let (claim, others): (Vec<_>, Vec<_>) = reports.into_iter().partition(|report| report.name == "claim");
    assert_eq!(print("stories", &others), Vec::<String>::new());
    let differences: Vec<String> =
        claim.iter().flat_map(|report| &report.differences).map(ToString::to_string).collect();
    assert!(differences.len() == 1 && differences[0].contains("E501"), "{differences:?}");
}

/// The assessor whom the insurer appoints, and the one whom the supervisor appoints anew.
#[test]
fn the_claim_is_told_without_the_account() {
    let content = std::fs::read(vectors().join("stories/claim.json")).unwrap();
    let load = |path: &str| {
        let text = std::fs::read_to_string(vectors().join(path)).ok()?;
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains("account: actors.claimant.iban")).collect();
        assert_eq!(kept.len() + 1, text.lines().count());
        Some(kept.join("\n").into_bytes())
    };
    assert_eq!(print("claim", &test("claim.json", &content, &load).unwrap()), Vec::<String>::new());
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
