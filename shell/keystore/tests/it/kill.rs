//! Killed while saving: the old keystore is there or the new one.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use countersign_keystore::{Cost, Keystore};

use crate::{key, passphrase};

/// Keys after which the second process begins again with none.
const KEYS: usize = 100;
const FILE: &str = "COUNTERSIGN_KEYSTORE_TEST_FILE";

#[test]
#[ignore = "runs as a second process"]
fn saver() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let mut store = Keystore::open(path, &passphrase("one")).unwrap();
    let mut out = std::io::stdout();
    loop {
        let count = store.list().len();
        if count == KEYS {
            for number in 0..count {
                store.remove(&format!("{number:03}")).unwrap();
            }
        } else {
            store.add(key(&format!("{count:03}"), count as u8)).unwrap();
        }
        store.save().unwrap();
        writeln!(out, "saved {}", store.list().len()).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn the_old_keystore_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    let mut midway = 0;
    for round in 0..30_u64 {
        let before = Keystore::open(&path, &passphrase("one")).unwrap().list().len();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::saver", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut saved = None;
        let mut read = || {
            let mut line = String::new();
            let whole = reader.read_line(&mut line).unwrap() > 0 && line.ends_with('\n');
            let number = line.trim_end().rsplit_once("saved ").map(|(_, number)| number.parse::<usize>());
            // A number that the kill cut short is none.
            saved = number.filter(|_| whole).map(Result::unwrap).or(saved);
            (whole, saved.is_some())
        };
        // Every fourth is killed at any moment from its start, the others after they saved.
        while round % 4 != 0 && read() == (true, false) {}
        thread::sleep(Duration::from_micros(round * 997 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        while read().0 {}
        let store = Keystore::open(&path, &passphrase("one")).unwrap();
        let count = store.list().len();
        let last = saved.unwrap_or(before);
        let next = if last == KEYS { 0 } else { last + 1 };
        assert!(count == last || count == next, "{count} keys after {last} were saved");
        assert!(store.list().enumerate().all(|(number, key)| key.secret.bytes() == [number as u8; 32]));
        midway += u32::from(saved.is_some());
    }
    assert!(midway > 15, "too few runs were killed after they saved");
}
