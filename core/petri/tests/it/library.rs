//! The scenarios of the library and of the language's stories are sound.

use std::fs;
use std::path::Path;

use countersign_petri::{check, sound};
use countersign_workflow::Scenario;

/// The documents of a folder.
fn documents(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let yaml = entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    yaml.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

#[test]
fn every_example_that_this_version_runs_is_sound() {
    let mut seen = 0;
    let folders = ["examples", "examples/tutorial", "docs/spec/vectors/scenario/examples"];
    for (name, document) in folders.into_iter().flat_map(documents) {
        if let Err(findings) = Scenario::load(&document) {
            // A change of a running process is no scenario of its own.
            // A request of the claim carries personal data, which no node sends (decision 0018).
            let refused = |code: &str| match code {
                "E106" => name.ends_with("peak_surcharge.yaml"),
                "E501" => name.ends_with("claim.yaml"),
                code => code == "E110",
            };
            assert!(findings.iter().any(|finding| refused(finding.code)), "{name}: {findings:?}");
            eprintln!("skipped: {name} is no scenario that this version runs");
            continue;
        }
        let (scenario, _) = check(&document).unwrap_or_else(|findings| panic!("{name}: {findings:?}"));
        let found = sound(&scenario);
        assert!(found.ignored.is_sound(), "{name}: {:#?}", found.ignored);
        assert!(found.honoured.is_sound(), "{name}: {:#?}", found.honoured);
        seen += 1;
    }
    assert!(seen >= 9);
}
