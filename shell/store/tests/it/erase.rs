//! Erased bytes are in no file of the directory.

use std::{fs, path::Path, thread, time::Duration};

use countersign_store::{Batch, Options, Space, Store};

use crate::common::{Random, files, given_directory, lines, second_process};

fn options() -> Options {
    Options { reserve_bytes: 1 << 20, ..Options::default() }
}

/// 40 bytes that stand nowhere else and that no compression shortens.
fn marker(number: u64) -> Vec<u8> {
    Random::of(number + 1_000_000).bytes(40)
}

/// A value of `bytes` bytes with the marker in its middle.
fn value(number: u64, bytes: usize) -> Vec<u8> {
    let mut value = Random::of(number).bytes(bytes);
    value.splice(bytes / 2..bytes / 2, marker(number));
    value
}

/// In how many files the marker stands.
fn files_with(directory: &Path, number: u64) -> usize {
    let marker = marker(number);
    // Files vanish while the engine works.
    files(directory).iter().filter_map(|file| fs::read(file).ok()).filter(|bytes| contains(bytes, &marker)).count()
}

fn contains(bytes: &[u8], marker: &[u8]) -> bool {
    let (first, last) = (marker[0], marker.len());
    let mut rest = bytes;
    while let Some(place) = rest.iter().position(|byte| *byte == first) {
        if rest[place..].starts_with(marker) {
            return true;
        }
        rest = &rest[place + 1..];
        if rest.len() + 1 < last {
            return false;
        }
    }
    false
}

/// Small and large values beside each other, every one with its marker.
fn fill(store: &Store, space: Space, numbers: std::ops::Range<u64>) {
    let mut batch = Batch::new();
    for number in numbers {
        let bytes = if number % 3 == 0 { 60_000 } else { 200 };
        batch.put(space, number.to_be_bytes(), value(number, bytes));
    }
    store.commit_now(batch).unwrap();
}

fn keys(numbers: impl IntoIterator<Item = u64>) -> Vec<Vec<u8>> {
    numbers.into_iter().map(|number| number.to_be_bytes().to_vec()).collect()
}

fn check(directory: &Path, space: Space, erased: &[u64], kept: std::ops::Range<u64>) {
    for number in erased {
        assert_eq!(files_with(directory, *number), 0, "{number} of {space:?} is still there");
    }
    let store = Store::open(directory, options()).unwrap();
    for number in kept {
        let found = store.get(space, &number.to_be_bytes()).unwrap();
        let bytes = if number % 3 == 0 { 60_000 } else { 200 };
        assert_eq!(found, (!erased.contains(&number)).then(|| value(number, bytes)));
    }
}

fn erased_from(space: Space, in_tables: bool) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options()).unwrap();
    fill(&store, space, 0..60);
    if in_tables {
        store.compact().unwrap();
    }
    for number in [6, 7, 8, 59] {
        assert!(files_with(folder.path(), number) > 0, "the search finds nothing");
    }
    store.erase(space, keys([6, 7, 59])).unwrap();
    assert!(!store.erasure_pending().unwrap());
    for number in [6, 7, 59] {
        assert_eq!(files_with(folder.path(), number), 0, "{number} of {space:?}");
    }
    assert!(files_with(folder.path(), 8) > 0);
    // A second time, after more was written.
    fill(&store, space, 60..80);
    store.erase(space, keys([9, 61, 63])).unwrap();
    drop(store);
    check(folder.path(), space, &[6, 7, 59, 9, 61, 63], 0..80);
}

#[test]
fn from_the_journal() {
    erased_from(Space::Payload, false);
    erased_from(Space::Log, false);
}

#[test]
fn from_tables_and_from_values_beside_them() {
    erased_from(Space::Payload, true);
    erased_from(Space::Contract, true);
}

/// Earlier values of a key and keys deleted before are erased with it.
#[test]
fn earlier_values_go_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options()).unwrap();
    let put = |number: u64| {
        let mut batch = Batch::new();
        batch.put(Space::Payload, "key", value(number, 20_000)).put(Space::Payload, "other", value(number + 10, 100));
        store.commit_now(batch).unwrap();
    };
    put(0);
    store.compact().unwrap();
    put(1);
    drop(store);
    let store = Store::open(folder.path(), options()).unwrap();
    let mut batch = Batch::new();
    batch.delete(Space::Payload, "key");
    store.commit_now(batch).unwrap();
    assert!(files_with(folder.path(), 0) > 0 && files_with(folder.path(), 1) > 0 && files_with(folder.path(), 11) > 0);
    store.erase(Space::Payload, [b"key".to_vec()]).unwrap();
    assert_eq!([0, 1, 10].map(|number| files_with(folder.path(), number)), [0, 0, 0]);
    assert_eq!(store.get(Space::Payload, b"other").unwrap(), Some(value(11, 100)));
}

/// Readers and writers beside an erasure wait and go on.
#[test]
fn others_go_on_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options()).unwrap();
    fill(&store, Space::Payload, 0..30);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 1000..1200 {
                fill(&store, Space::Log, number..number + 1);
            }
        });
        let reader = scope.spawn(|| {
            for _ in 0..20 {
                let found = store.scan_prefix(Space::Payload, b"").map(Result::unwrap).count();
                assert!((25..=30).contains(&found));
            }
        });
        for number in 0..5 {
            store.erase(Space::Payload, keys([number])).unwrap();
        }
        writer.join().unwrap();
        reader.join().unwrap();
    });
    drop(store);
    check(folder.path(), Space::Payload, &[0, 1, 2, 3, 4], 0..30);
    let store = Store::open(folder.path(), options()).unwrap();
    assert_eq!(store.scan_prefix(Space::Log, b"").count(), 200);
}

#[test]
#[ignore = "runs as a second process"]
fn eraser() {
    let Some(directory) = given_directory() else { return };
    let store = Store::open(directory, options()).unwrap();
    println!("erases 0");
    store.erase(Space::Payload, keys(0..5)).unwrap();
    println!("erases 1");
}

/// Killed midway, an erasure is finished at the next opening, or it never began.
#[test]
fn an_interrupted_erasure_is_finished() {
    let kills = if std::env::var_os("COUNTERSIGN_SOAK").is_some() { 60 } else { 12 };
    let mut random = Random::new("erase");
    let mut midway = 0;
    for _ in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), options()).unwrap();
        fill(&store, Space::Payload, 0..20);
        drop(store);
        let mut child = second_process("erase::eraser", folder.path()).spawn().unwrap();
        let mut lines = lines(&mut child, "erases ");
        assert_eq!(lines.next().as_deref(), Some("0"));
        thread::sleep(Duration::from_micros(random.below(60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let done = lines.next().is_some();
        let store = Store::open(folder.path(), options()).unwrap();
        assert!(!store.erasure_pending().unwrap());
        let deleted = !store.contains(Space::Payload, &0_u64.to_be_bytes()).unwrap();
        drop(store);
        assert!(deleted || !done);
        midway += u32::from(deleted && !done);
        let erased = if deleted { &[0, 1, 2, 3, 4][..] } else { &[] };
        check(folder.path(), Space::Payload, erased, 0..20);
    }
    eprintln!("erase: {midway} of {kills} were killed midway");
}
