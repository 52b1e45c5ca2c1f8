//! Which files are taken, and how they are replaced.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use countersign_keystore::{Cost, Keystore, Passphrase};

use crate::{key, passphrase};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_file_open_to_others_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let mut store = Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    assert_eq!(mode(&path), 0o600);
    for open in [0o640, 0o604, 0o620, 0o644, 0o777, 0o601] {
        chmod(&path, open);
        let error = Keystore::open(&path, &passphrase("one")).unwrap_err();
        assert_eq!(error.code(), "open_to_others");
        assert!(error.to_string().contains("chmod 600") && error.to_string().contains(&format!("{open:o}")), "{error}");
    }
    chmod(&path, 0o400);
    Keystore::open(&path, &passphrase("one")).unwrap();
    store.add(key("a", 1)).unwrap();
    store.save().unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn nothing_is_overwritten_and_what_is_missing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    assert_eq!(Keystore::open(&path, &passphrase("one")).unwrap_err().code(), "keystore_missing");
    Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    assert_eq!(Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap_err().code(), "keystore_exists");
    assert_eq!(
        Keystore::create(folder.path().join("no/keys"), &passphrase("one"), Cost::Test).unwrap_err().code(),
        "io"
    );
    assert_eq!(Keystore::open(folder.path(), &passphrase("one")).unwrap_err().code(), "open_to_others");
}

/// Two programs: the second to save is told, and neither loses a key.
#[test]
fn a_file_that_another_program_changed_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let mut first = Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    let mut second = Keystore::open(&path, &passphrase("one")).unwrap();
    first.add(key("a", 1)).unwrap();
    first.save().unwrap();
    second.add(key("b", 2)).unwrap();
    assert_eq!(second.save().unwrap_err().code(), "keystore_changed");
    assert_eq!(second.change_passphrase(&passphrase("two"), Cost::Test).unwrap_err().code(), "keystore_changed");
    assert!(Keystore::open(&path, &passphrase("one")).unwrap().get("a").is_some());
    first.save().unwrap();
}

#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("keys"), folder.path().join("link"));
    Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut store = Keystore::open(&link, &passphrase("one")).unwrap();
    store.add(key("a", 1)).unwrap();
    store.save().unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(Keystore::open(&path, &passphrase("one")).unwrap().get("a").is_some());
}

/// A new file that a crash left beside is no obstacle, and neither is one that others may read.
#[test]
fn what_a_crash_left_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let mut store = Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    fs::write(folder.path().join(".keys.new"), "half").unwrap();
    store.save().unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_passphrase_comes_from_a_closed_file_or_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passphrase");
    let keys = folder.path().join("keys");
    Keystore::create(&keys, &passphrase(" pass phrase "), Cost::Test).unwrap();
    let code = |found: Result<Passphrase, countersign_keystore::Error>| match found {
        Ok(passphrase) => Keystore::open(&keys, &passphrase).map_or_else(|error| error.code(), |_| "opens"),
        Err(error) => error.code(),
    };
    let write = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        chmod(&file, 0o600);
        code(Passphrase::from_file(&file))
    };
    assert_eq!(write(b" pass phrase "), "opens");
    assert_eq!(write(b" pass phrase \n"), "opens");
    assert_eq!(write(b" pass phrase \r\n"), "opens");
    assert_eq!(write(b" pass phrase \n\n"), "wrong_passphrase");
    assert_eq!(write(b"pass phrase"), "wrong_passphrase");
    assert_eq!(write(b"\n"), "passphrase_missing");
    assert_eq!(write(b"\xFF"), "passphrase_missing");
    assert_eq!(write(&[b'x'; 1025]), "passphrase_missing");
    chmod(&file, 0o644);
    assert_eq!(code(Passphrase::from_file(&file)), "open_to_others");
    assert_eq!(code(Passphrase::from_env("COUNTERSIGN_TEST_NO_SUCH_VARIABLE")), "passphrase_missing");
    // CARGO_PKG_NAME is set for tests by cargo and nextest.
    Passphrase::from_env("CARGO_PKG_NAME").unwrap();
    assert_eq!(code(Passphrase::new(String::new())), "passphrase_missing");
}
