//! Keep secret keys encrypted at rest.
//!
//! One file holds a few keys, sealed with a key that follows from a passphrase. The person's command keeps user keys
//! so, the node its own. Page `docs/spec/keystore.md`.
//!
//! Secrets in memory are wiped when dropped. Not promised: that the operating system never wrote memory to swap.
#![warn(missing_docs)]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panic"))]

mod error;
mod file;
mod format;
mod key;
mod keystore;
mod passphrase;

pub use error::Error;
pub use format::{Cost, FILE_BYTES_MAX, FORMAT_VERSION};
pub use key::{Algorithm, ID_BYTES_MAX, KEYS_MAX, Key, LABEL_BYTES_MAX, Purpose, SECRET_BYTES_MAX, Secret};
pub use keystore::Keystore;
pub use passphrase::{PASSPHRASE_BYTES_MAX, Passphrase};
