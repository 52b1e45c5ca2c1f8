//! A changed file never opens, whatever byte was changed.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use countersign_crypto::Digest;
use countersign_keystore::{Cost, Keystore};

use crate::{key, passphrase};

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn open(path: &Path, bytes: &[u8]) -> Result<usize, &'static str> {
    write(path, bytes);
    Keystore::open(path, &passphrase("one")).map(|store| store.list().len()).map_err(|error| error.code())
}

fn prepare(path: &Path) -> Vec<u8> {
    let mut store = Keystore::create(path, &passphrase("one"), Cost::Test).unwrap();
    store.add(key("a", 1)).unwrap();
    store.add(key("b", 2)).unwrap();
    store.save().unwrap();
    fs::read(path).unwrap()
}

#[test]
fn every_flipped_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let file = prepare(&path);
    assert_eq!(open(&path, &file), Ok(2));
    for place in 0..file.len() {
        for mask in [1, 0x80, 0xFF] {
            let mut changed = file.clone();
            changed[place] ^= mask;
            assert_eq!(open(&path, &changed), Err("corrupt"), "byte {place} of {}", file.len());
        }
    }
}

/// Someone who knows the format gives the changed file a new checksum.
#[test]
fn every_flipped_byte_under_a_new_checksum_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let file = prepare(&path);
    let body = file.len() - 32;
    let mut codes = std::collections::BTreeMap::new();
    for place in 0..body {
        let mut changed = file[..body].to_vec();
        changed[place] ^= 1;
        let checksum = Digest::of(&changed);
        changed.extend_from_slice(checksum.bytes());
        let code = open(&path, &changed).unwrap_err();
        *codes.entry(code).or_insert(0) += 1;
    }
    // The head's fixed parts are corrupt, all else is as if the passphrase were another.
    assert!(codes["wrong_passphrase"] > 100 && codes["corrupt"] >= 20, "{codes:?}");
}

#[test]
fn every_cut_and_every_addition_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let file = prepare(&path);
    for length in 0..file.len() {
        assert_eq!(open(&path, &file[..length]), Err("corrupt"), "cut at {length}");
    }
    assert_eq!(open(&path, &[&file[..], &[0]].concat()), Err("corrupt"));
    assert_eq!(open(&path, &vec![0; (1 << 20) + 1]), Err("corrupt"));
}

#[test]
fn no_secret_and_no_name_stands_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let mut store = Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    store.add(key("a name to look for", 0x77)).unwrap();
    store.save().unwrap();
    let file = fs::read(&path).unwrap();
    let stands = |bytes: &[u8]| file.windows(bytes.len()).any(|window| window == bytes);
    assert!(stands(b"countersign-keystore"));
    assert!(!stands(&[0x77; 4]) && !stands(b"a name") && !stands(b"label"));
    // Twice the same keys are not twice the same bytes.
    store.save().unwrap();
    assert_ne!(fs::read(&path).unwrap()[40..], file[40..]);
}
