//! A small file system that fills. Needs the right to mount; says so when it has none.

use std::{fs, path::Path, process::Command};

use countersign_store::{Batch, Options, Space, Store};

use crate::common::Random;

/// A tmpfs for the length of a test.
struct Mount(tempfile::TempDir);

impl Mount {
    fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = mount(&["-t", "tmpfs", "-o", options, "countersign-test"], folder.path());
        if !done {
            eprintln!("skipped: mounting a small file system is not permitted here");
        }
        done.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(done.is_ok_and(|status| status.success()), "could not unmount {}", self.path().display());
    }
}

fn mount(arguments: &[&str], folder: &Path) -> bool {
    let done = Command::new("mount").args(arguments).arg(folder).output();
    done.is_ok_and(|output| output.status.success())
}

fn batch(number: u64) -> Batch {
    let mut batch = Batch::new();
    batch.put(Space::Payload, number.to_be_bytes(), Random::of(number).bytes(40_000)).put(
        Space::Log,
        number.to_be_bytes(),
        Random::of(number).bytes(400),
    );
    batch
}

fn there(store: &Store, number: u64) -> bool {
    let log = store.get(Space::Log, &number.to_be_bytes()).unwrap();
    let payload = store.get(Space::Payload, &number.to_be_bytes()).unwrap();
    assert_eq!(log.is_some(), payload.is_some(), "half of {number} is there");
    assert!(log.is_none_or(|log| log == Random::of(number).bytes(400)));
    payload.is_some_and(|payload| {
        assert!(payload == Random::of(number).bytes(40_000));
        true
    })
}

#[test]
fn a_full_disk_refuses_and_service_goes_on_when_there_is_room() {
    let Some(mount) = Mount::new("size=4m") else { return };
    let directory = mount.path().join("store");
    let filler = mount.path().join("filler");
    fs::write(&filler, vec![1; 1 << 20]).unwrap();
    let options = Options { reserve_bytes: 500 << 10, cache_bytes: 1 << 20 };
    let store = Store::open(&directory, options.clone()).unwrap();

    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    // Waiting together, so that a group is split.
    let answers: Vec<_> = (0..100).map(|number| (number, store.try_submit(batch(number)).unwrap())).collect();
    for (number, answer) in answers {
        match answer.blocking_recv().unwrap() {
            Ok(()) => accepted.push(number),
            Err(error) => {
                assert_eq!(error.code(), "disk_full");
                refused.push(number);
            }
        }
    }
    assert!(accepted.len() >= 20 && refused.len() >= 20, "{} accepted, {} refused", accepted.len(), refused.len());
    assert!(store.stopped().is_none());
    // Deleting goes on.
    let mut delete = Batch::new();
    let deleted = accepted.remove(0);
    delete.delete(Space::Payload, deleted.to_be_bytes()).delete(Space::Log, deleted.to_be_bytes());
    store.commit_now(delete).unwrap();
    refused.push(deleted);

    fs::remove_file(&filler).unwrap();
    for number in 200..210 {
        store.commit_now(batch(number)).unwrap();
        accepted.push(number);
    }
    let check = |store: &Store| {
        assert!(accepted.iter().all(|number| there(store, *number)));
        assert!(!refused.iter().any(|number| there(store, *number)));
    };
    check(&store);
    drop(store);
    check(&Store::open(&directory, options).unwrap());
}

/// The engine cannot make a file although there are bytes: its flush fails, which nobody can refuse any more.
#[test]
fn a_failed_write_stops_everything_until_it_is_opened_again() {
    let Some(mount) = Mount::new("size=200m,nr_inodes=300") else { return };
    let directory = mount.path().join("store");
    let options = Options { reserve_bytes: 1 << 20, cache_bytes: 1 << 20 };
    let store = Store::open(&directory, options.clone()).unwrap();
    let mut fillers = 0;
    while fs::write(mount.path().join(format!("filler{fillers}")), "").is_ok() {
        fillers += 1;
    }
    assert!(fillers > 0);

    let mut accepted = 0;
    let error = loop {
        match store.commit_now(batch(accepted)) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
        assert!(accepted < 4000, "never stopped");
    };
    assert_eq!(error.code(), "stopped", "{error}");
    assert!(accepted > 100);
    assert_eq!(store.stopped().unwrap().to_string(), error.to_string());
    assert_eq!(store.commit_now(batch(9999)).unwrap_err().to_string(), error.to_string());
    assert_eq!(store.try_submit(batch(9999)).unwrap_err().to_string(), error.to_string());
    assert_eq!(store.erase(Space::Log, [0_u64.to_be_bytes().to_vec()]).unwrap_err().code(), "stopped");
    assert!((0..accepted).all(|number| there(&store, number)), "reading goes on");
    drop(store);

    for filler in 0..fillers {
        fs::remove_file(mount.path().join(format!("filler{filler}"))).unwrap();
    }
    let store = Store::open(&directory, options).unwrap();
    assert!((0..accepted).all(|number| there(&store, number)));
    assert!(!there(&store, 9999));
    store.commit_now(batch(accepted)).unwrap();
}
