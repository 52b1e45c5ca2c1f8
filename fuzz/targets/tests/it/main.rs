//! Every target for some seconds, and that the harness finds what is there to be found.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use std::path::Path;
use std::process::Command;

use countersign_fuzz_targets::harness::{Found, run};
use countersign_fuzz_targets::{TARGETS, find};

/// Seconds for each target; the seeds as they are come in any case.
const SECONDS: u64 = 4;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_countersign-fuzz"))
}

fn check(name: &str) {
    let seed = std::env::var("COUNTERSIGN_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    match run(program(), find(name).unwrap(), seed, SECONDS, &folder).unwrap() {
        Found::Nothing(count) => {
            println!("{name}: nothing breaks, seed {seed}, {count} inputs");
            assert!(count > 10, "only {count} inputs were run: has the target no seeds?");
        }
        Found::Input { number, path, hung, said } => panic!(
            "{name}: seed {seed}, input {number} {}: {}\nagain: cargo run -p countersign-fuzz-targets -- replay {name} \
             {}\n{said}",
            if hung { "does not end" } else { "breaks" },
            path.display(),
            path.display()
        ),
    }
}

#[test]
fn codec() {
    check("codec");
}

#[test]
fn statement() {
    check("statement");
}

#[test]
fn bundle() {
    check("bundle");
}

#[test]
fn scenario() {
    check("scenario");
}

#[test]
fn expression() {
    check("expression");
}

#[test]
fn http() {
    check("http");
}

/// A program that dies like a target would: the number it noted names the input.
#[test]
fn an_input_that_breaks_is_written_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("breaks");
    // Notes input 3 (little-endian, eight bytes), says why, dies.
    std::fs::write(
        &script,
        "#!/bin/sh\nprintf '\\003\\000\\000\\000\\000\\000\\000\\000' > \"$5\"\necho broken >&2\nexit 101\n",
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&script, mode).unwrap();
    let target = find("codec").unwrap();
    match run(&script, target, 1, 1, folder.path()).unwrap() {
        Found::Input { number: 3, path, hung: false, said } => {
            assert_eq!(std::fs::read(path).unwrap(), (target.seeds)()[3]);
            assert_eq!(said, "broken\n");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_target_stands_in_both_places() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz_targets");
    for target in &TARGETS {
        let text = std::fs::read_to_string(folder.join(format!("{}.rs", target.name))).unwrap();
        assert!(text.contains(&format!("\"{}\"", target.name)), "{}: runs another", target.name);
        assert!((target.seeds)().len() > 3, "{} has no seeds", target.name);
    }
    let help = Command::new(program()).arg("list").output().unwrap();
    assert_eq!(String::from_utf8(help.stdout).unwrap().lines().count(), TARGETS.len());
}
