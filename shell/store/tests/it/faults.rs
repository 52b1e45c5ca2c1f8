//! Writes and syncs that fail: nothing is acknowledged after one, and nothing acknowledged is lost by it.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use countersign_store::{Batch, Options, Space, Store};

use crate::common::{Random, given_directory, lines, second_process};

/// Commits tried after the first failure.
const AFTERWARDS: u64 = 5;
const COMMITS_MAX: u64 = 400;

fn options() -> Options {
    Options { reserve_bytes: 1 << 20, cache_bytes: 1 << 20 }
}

fn batch(number: u64) -> Batch {
    let mut batch = Batch::new();
    batch.put(Space::Log, number.to_be_bytes(), Random::of(number).bytes(400)).put(
        Space::Payload,
        number.to_be_bytes(),
        Random::of(number).bytes(9_000),
    );
    batch
}

fn there(store: &Store, number: u64) -> bool {
    let log = store.get(Space::Log, &number.to_be_bytes()).unwrap();
    let payload = store.get(Space::Payload, &number.to_be_bytes()).unwrap();
    assert_eq!(log.is_some(), payload.is_some(), "half of {number} is there");
    assert!(log.is_none_or(|log| log == Random::of(number).bytes(400)));
    payload.is_some_and(|payload| {
        assert!(payload == Random::of(number).bytes(9_000));
        true
    })
}

#[test]
#[ignore = "runs as a second process"]
fn writer() {
    let Some(directory) = given_directory() else { return };
    let mut out = std::io::stdout();
    let mut say = |text: String| {
        writeln!(out, "result {text}").unwrap();
        out.flush().unwrap();
    };
    let store = match Store::open(directory, options()) {
        Ok(store) => store,
        Err(error) => return say(format!("unopened {}", error.code())),
    };
    let mut left = AFTERWARDS;
    for number in 0..COMMITS_MAX {
        match store.commit_now(batch(number)) {
            Ok(()) => say(format!("ack {number}")),
            Err(error) => {
                say(format!("{} {number}", error.code()));
                left -= 1;
            }
        }
        if left == 0 {
            return;
        }
    }
}

/// Checks what the second process said against what is there. Tells whether it failed while it wrote.
fn check(directory: &Path, results: &[String]) -> bool {
    let said = |word: &str| -> Vec<u64> {
        results.iter().filter_map(|line| line.strip_prefix(word)?.trim().parse().ok()).collect()
    };
    let (acknowledged, stopped) = (said("ack "), said("stopped "));
    let other = results.iter().find(|line| !line.starts_with("ack ") && !line.starts_with("stopped "));
    assert!(other.is_none_or(|line| line.starts_with("unopened ")), "{other:?}");
    assert!(stopped.iter().all(|number| acknowledged.last().is_none_or(|last| last < number)), "went on: {results:?}");
    let store = Store::open(directory, options()).unwrap();
    assert!(acknowledged.iter().all(|number| there(&store, *number)));
    // What failed is there as a whole or not at all; what came after it was never written.
    assert!(!stopped.iter().skip(1).any(|number| there(&store, *number)));
    if let Some(number) = stopped.first() {
        there(&store, *number);
    }
    store.commit_now(batch(COMMITS_MAX)).unwrap();
    !stopped.is_empty()
}

/// The journal's file may not grow beyond a limit: its last write is cut in the middle.
#[test]
fn a_write_that_fails_midway() {
    for kibibytes in [500, 501, 507, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("store");
        drop(Store::open(&directory, options()).unwrap());
        let plain = second_process("faults::writer", &directory);
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\"", &(kibibytes * 2).to_string()])
            .arg(plain.get_program())
            .args(plain.get_args())
            .env(crate::common::DIRECTORY, &directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let results: Vec<_> = lines(&mut child, "result ").collect();
        child.wait().unwrap();
        assert!(results.iter().filter(|line| line.starts_with("ack ")).count() > 20, "{results:?}");
        assert!(check(&directory, &results), "no write failed");
    }
}

/// One sync fails, the later ones succeed again: the kernel may have dropped what it could not write, so none of them
/// may acknowledge anything.
#[test]
fn a_sync_that_fails_once() {
    if !Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let mut failed = 0;
    for number in (1..=40).step_by(3) {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("store");
        drop(Store::open(&directory, options()).unwrap());
        let plain = second_process("faults::writer", &directory);
        let mut child = Command::new("strace")
            .args(["-f", "-e", "trace=fsync,fdatasync", "-e"])
            .arg(format!("inject=fsync,fdatasync:error=EIO:when={number}"))
            .arg("-o")
            .arg(folder.path().join("strace"))
            .arg(plain.get_program())
            .args(plain.get_args())
            .env(crate::common::DIRECTORY, &directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let results: Vec<_> = lines(&mut child, "result ").collect();
        child.wait().unwrap();
        failed += u32::from(check(&directory, &results));
    }
    assert!(failed > 5, "{failed} runs met the failure while they wrote");
}
