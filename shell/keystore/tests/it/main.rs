//! Keystores on real files.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod files;
mod keys;
mod kill;
mod tamper;

use countersign_keystore::{Algorithm, Key, Passphrase, Purpose, Secret};

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

/// A key whose secret is one byte 32 times.
fn key(id: &str, byte: u8) -> Key {
    Key {
        id: id.to_owned(),
        purpose: Purpose::User,
        algorithm: Algorithm::Ed25519,
        secret: Secret::new(vec![byte; 32]),
        created: u64::from(byte),
        label: format!("label of {id}"),
    }
}
