//! The journal cut at every byte of its last batch, and torn there in other ways.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use countersign_store::{Batch, Options, Space, Store};

use crate::common::{Random, copy};

fn options() -> Options {
    Options { reserve_bytes: 1 << 20, cache_bytes: 1 << 20 }
}

fn batch(number: u8) -> Batch {
    let mut batch = Batch::new();
    batch
        .put(Space::Log, [number], Random::of(u64::from(number)).bytes(40))
        .put(Space::Payload, [number], vec![number; 60])
        .put(Space::Index, [number], [])
        .delete(Space::Outbox, [number]);
    batch
}

fn there(store: &Store, number: u8) -> bool {
    let log = store.get(Space::Log, &[number]).unwrap();
    let payload = store.get(Space::Payload, &[number]).unwrap();
    let index = store.get(Space::Index, &[number]).unwrap();
    let outbox = store.contains(Space::Outbox, &[number]).unwrap();
    if log.is_none() && payload.is_none() && index.is_none() && outbox {
        return false;
    }
    assert_eq!(log, Some(Random::of(u64::from(number)).bytes(40)));
    assert_eq!(payload, Some(vec![number; 60]));
    assert_eq!(index, Some(vec![]));
    assert!(!outbox);
    true
}

/// The newest journal.
fn journal(directory: &Path) -> PathBuf {
    let mut journals: Vec<_> = fs::read_dir(directory.join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jnl"))
        .collect();
    assert_eq!(journals.len(), 1);
    journals.pop().unwrap()
}

struct Journal {
    folder: tempfile::TempDir,
    before: u64,
    after: u64,
}

/// A directory with ten batches in its journal, and the journal's length before and after the last.
fn prepare() -> Journal {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path(), options()).unwrap());
    let store = Store::open(folder.path(), options()).unwrap();
    let mut outbox = Batch::new();
    for number in 0..10 {
        outbox.put(Space::Outbox, [number], "waits");
    }
    store.commit_now(outbox).unwrap();
    for number in 0..9 {
        store.commit_now(batch(number)).unwrap();
    }
    let length = || journal(folder.path()).metadata().unwrap().len();
    let before = length();
    store.commit_now(batch(9)).unwrap();
    let after = length();
    drop(store);
    assert!(before > 9 * 40 && after > before + 40, "{before} {after}");
    Journal { folder, before, after }
}

/// Opens a copy whose journal `change` has torn; tells whether the last batch is there.
fn torn(prepared: &Journal, change: impl FnOnce(&fs::File)) -> bool {
    let folder = tempfile::tempdir().unwrap();
    copy(prepared.folder.path(), folder.path());
    let file = OpenOptions::new().write(true).open(journal(folder.path())).unwrap();
    change(&file);
    drop(file);
    let last = {
        let store = Store::open(folder.path(), options()).unwrap();
        assert!((0..9).all(|number| there(&store, number)));
        let last = there(&store, 9);
        // What comes after the tear must be readable later.
        store.commit_now(batch(10)).unwrap();
        last
    };
    let store = Store::open(folder.path(), options()).unwrap();
    assert!((0..9).all(|number| there(&store, number)));
    assert_eq!(there(&store, 9), last);
    assert!(there(&store, 10));
    last
}

#[test]
fn cut_at_every_byte() {
    let prepared = prepare();
    for length in prepared.before..=prepared.after {
        let last = torn(&prepared, |file| file.set_len(length).unwrap());
        assert_eq!(last, length == prepared.after, "cut at {length} of {}..{}", prepared.before, prepared.after);
    }
}

/// As a preallocated journal looks when only its front reached the disk.
#[test]
fn cut_at_every_byte_and_zeros_after() {
    let prepared = prepare();
    for length in prepared.before..=prepared.after {
        let last = torn(&prepared, |file| {
            file.set_len(length).unwrap();
            file.set_len(prepared.after + 4096).unwrap();
        });
        // The end mark may itself end with zeros.
        assert!(last == (length == prepared.after) || (last && length + 8 > prepared.after), "cut at {length}");
    }
}

/// Blocks reach the disk in any order: the end of a batch may be there and its middle not.
#[test]
fn a_hole_anywhere_in_the_last_batch() {
    let prepared = prepare();
    for start in prepared.before..prepared.after {
        torn(&prepared, |file| {
            let bytes = (prepared.after - start).min(32);
            file.write_all_at(&vec![0; bytes as usize], start).unwrap();
        });
    }
}

/// Damage with whole batches behind it is told, and the files stay as they are: to go on would lose them in silence.
#[test]
fn damage_before_the_last_batch_is_corrupt() {
    let prepared = prepare();
    let mut random = Random::new("damage");
    for _ in 0..100 {
        let folder = tempfile::tempdir().unwrap();
        copy(prepared.folder.path(), folder.path());
        let place = random.below(prepared.before);
        let path = journal(folder.path());
        let mut bytes = fs::read(&path).unwrap();
        bytes[place as usize] ^= 1 << random.below(8);
        fs::write(&path, &bytes).unwrap();
        match Store::open(folder.path(), options()) {
            Err(error) => {
                assert_eq!(error.code(), "corrupt");
                assert!(fs::read(&path).unwrap() == bytes);
            }
            // The sequence of a batch is under no checksum: changed so that the order stays, it changes nothing.
            Ok(store) => assert!((0..10).all(|number| there(&store, number)), "{place}"),
        }
    }
}
