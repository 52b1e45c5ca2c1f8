//! Who may open a directory, and in which state.

use std::{fs, io::Write, process::Stdio};

use countersign_store::{Batch, Error, FORMAT_VERSION, Options, Space, Store};

use crate::common::{copy, files, given_directory, lines, second_process};

fn options() -> Options {
    Options { reserve_bytes: 1 << 20, ..Options::default() }
}

#[test]
#[ignore = "runs as a second process"]
fn holder() {
    let Some(directory) = given_directory() else { return };
    let _store = Store::open(directory, options()).unwrap();
    println!("holds it");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = second_process("directory::holder", folder.path()).stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = lines(&mut child, "holds");
    assert_eq!(lines.next().as_deref(), Some(" it"));
    let error = Store::open(folder.path(), options()).map(drop).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("directory_in_use", "the data directory is in use by another process")
    );
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    child.wait().unwrap();
    let _store = Store::open(folder.path(), options()).unwrap();
    assert_eq!(Store::open(folder.path(), options()).map(drop).unwrap_err().code(), "directory_in_use");
}

#[test]
fn a_newer_directory_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path(), options()).unwrap());
    fs::write(folder.path().join("FORMAT"), "countersign-store 7\n").unwrap();
    let before: Vec<_> = files(folder.path()).into_iter().map(|file| (fs::read(&file).unwrap(), file)).collect();
    let error = Store::open(folder.path(), options()).map(drop).unwrap_err();
    assert_eq!(error.code(), "newer_version");
    assert!(matches!(error, Error::NewerVersion { found: 7, known: FORMAT_VERSION }));
    let after: Vec<_> = files(folder.path()).into_iter().map(|file| (fs::read(&file).unwrap(), file)).collect();
    assert!(before == after);
}

#[test]
fn what_is_no_data_directory_is_refused_and_kept() {
    for text in ["", "countersign-store 0\n", "countersign-store 1", "countersign-store x\n", "other 1\n"] {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path(), options()).unwrap());
        fs::write(folder.path().join("FORMAT"), text).unwrap();
        assert_eq!(Store::open(folder.path(), options()).map(drop).unwrap_err().code(), "corrupt", "{text:?}");
    }
    for missing in ["FORMAT", "data"] {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path(), options()).unwrap());
        fs::rename(folder.path().join(missing), folder.path().join("elsewhere")).unwrap();
        assert_eq!(Store::open(folder.path(), options()).map(drop).unwrap_err().code(), "corrupt", "{missing}");
        fs::rename(folder.path().join("elsewhere"), folder.path().join(missing)).unwrap();
        drop(Store::open(folder.path(), options()).unwrap());
    }
}

/// Every state that a crash during creation can leave.
#[test]
fn an_interrupted_creation_is_repeated() {
    let whole = tempfile::tempdir().unwrap();
    drop(Store::open(whole.path(), options()).unwrap());
    for (format, part) in [(false, true), (false, false), (true, true), (true, false)] {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("data.new");
        copy(&whole.path().join("data"), &fresh);
        if part {
            fs::remove_dir_all(fresh.join("keyspaces")).unwrap();
        }
        if format {
            fs::copy(whole.path().join("FORMAT"), folder.path().join("FORMAT")).unwrap();
        }
        let store = Store::open(folder.path(), options()).unwrap();
        let mut batch = Batch::new();
        batch.put(Space::Meta, "a", "b");
        store.commit_now(batch).unwrap();
        drop(store);
        assert!(!fresh.exists());
        let store = Store::open(folder.path(), options()).unwrap();
        assert_eq!(store.get(Space::Meta, b"a").unwrap().unwrap(), b"b");
    }
}
