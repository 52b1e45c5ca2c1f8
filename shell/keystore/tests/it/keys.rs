//! Adding, finding, removing and saving keys.

use countersign_keystore::{Algorithm, Cost, KEYS_MAX, Key, Keystore, Purpose, Secret};

use crate::{key, passphrase};

#[test]
fn what_was_saved_is_there_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let mut store = Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    store.add(key("b", 2)).unwrap();
    store.add(key("a", 1)).unwrap();
    let tls =
        Key { purpose: Purpose::Tls, algorithm: Algorithm::Pkcs8, secret: Secret::new(vec![9; 138]), ..key("c", 3) };
    store.add(tls).unwrap();
    store.save().unwrap();
    store.remove("b").unwrap();
    store.save().unwrap();
    store.add(key("unsaved", 4)).unwrap();
    drop(store);

    let store = Keystore::open(&path, &passphrase("one")).unwrap();
    assert_eq!(store.list().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    let found = store.get("a").unwrap();
    assert_eq!((found.secret.bytes(), found.created, found.label.as_str()), (&[1; 32][..], 1, "label of a"));
    assert_eq!(*found.secret.array().unwrap(), [1; 32]);
    let found = store.get("c").unwrap();
    assert_eq!((found.purpose, found.algorithm, found.secret.bytes().len()), (Purpose::Tls, Algorithm::Pkcs8, 138));
    assert!(found.secret.array().is_none());
    assert!(store.get("b").is_none());
}

#[test]
fn a_key_that_breaks_a_limit_is_not_added() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Keystore::create(folder.path().join("keys"), &passphrase("one"), Cost::Test).unwrap();
    let refused = [
        Key { id: String::new(), ..key("a", 1) },
        Key { id: "i".repeat(129), ..key("a", 1) },
        Key { label: "l".repeat(257), ..key("a", 1) },
        Key { secret: Secret::new(vec![1; 31]), ..key("a", 1) },
        Key { secret: Secret::new(vec![1; 33]), algorithm: Algorithm::X25519, ..key("a", 1) },
        Key { secret: Secret::new(vec![]), algorithm: Algorithm::Pkcs8, ..key("a", 1) },
        Key { secret: Secret::new(vec![1; 2049]), algorithm: Algorithm::Pkcs8, ..key("a", 1) },
    ];
    for key in refused {
        assert_eq!(store.add(key).unwrap_err().code(), "limit");
    }
    // The largest keystore there is can be saved.
    for number in 0..KEYS_MAX {
        let key = Key {
            id: format!("{number:0>128}"),
            label: "l".repeat(256),
            algorithm: Algorithm::Pkcs8,
            secret: Secret::new(vec![7; 2048]),
            ..key("", 1)
        };
        store.add(key).unwrap();
    }
    assert_eq!(store.add(key("one more", 1)).unwrap_err().code(), "limit");
    assert_eq!(store.add(key(&"0".repeat(128), 1)).unwrap_err().code(), "key_exists");
    store.save().unwrap();
    assert_eq!(Keystore::open(folder.path().join("keys"), &passphrase("one")).unwrap().list().len(), KEYS_MAX);
}

#[test]
fn a_passphrase_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let mut store = Keystore::create(&path, &passphrase("one"), Cost::Test).unwrap();
    store.add(key("a", 1)).unwrap();
    store.change_passphrase(&passphrase("two"), Cost::Test).unwrap();
    let code = |text: &str| {
        Keystore::open(&path, &passphrase(text)).map(|store| store.list().len()).map_err(|error| error.code())
    };
    assert_eq!(
        (code("one"), code("two"), code("tw"), code("two ")),
        (Err("wrong_passphrase"), Ok(1), Err("wrong_passphrase"), Err("wrong_passphrase"))
    );
    store.add(key("b", 2)).unwrap();
    store.save().unwrap();
    assert_eq!(code("two"), Ok(2));
}

#[test]
fn nothing_secret_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Keystore::create(folder.path().join("keys"), &passphrase("hunter2"), Cost::Test).unwrap();
    store.add(key("a", 0x5A)).unwrap();
    let shown =
        format!("{store:?} {:?} {:?} {:?}", store.get("a"), passphrase("hunter2"), store.get("a").unwrap().secret);
    assert!(!shown.contains("hunter2") && !shown.contains("90, 90") && !shown.contains("5a5a"), "{shown}");
}
