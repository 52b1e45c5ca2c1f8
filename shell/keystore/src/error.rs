//! Why keys could not be kept or read. No variant holds a secret.

use std::{io, path::PathBuf};

use thiserror::Error;

/// What went wrong with a keystore or a passphrase.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The passphrase does not open the file. Or someone changed the file and its checksum with it.
    #[error("the passphrase does not open this keystore")]
    WrongPassphrase,
    /// The file is not what a keystore wrote.
    #[error("the keystore is damaged: {0}")]
    Corrupt(String),
    /// A newer program wrote the file.
    #[error("the keystore has format {found}, this program knows formats up to {known}")]
    NewerVersion {
        /// Version in the file.
        found: u64,
        /// Newest version known here.
        known: u64,
    },
    /// Others than the owner may read or write the file, so it is not used.
    #[error("{path} is open to others (mode {mode:03o}): run chmod 600 on it", path = .path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is a file already; nothing is overwritten.
    #[error("{path} exists already", path = .0.display())]
    Exists(PathBuf),
    /// There is no such file.
    #[error("{path} is not there", path = .0.display())]
    Missing(PathBuf),
    /// Someone else saved the file since it was opened; saving would undo that.
    #[error("{path} was changed by another program since it was opened", path = .0.display())]
    Changed(PathBuf),
    /// A key with this id is there already.
    #[error("there is already a key {0}")]
    KeyExists(String),
    /// A part of a key is too long, too short or not what its algorithm needs.
    #[error("{0} is not allowed")]
    Limit(&'static str),
    /// No file, no passphrase in it, an empty one, one that is too long, or one that is not UTF-8.
    #[error("there is no usable passphrase in {0}: it is missing, empty, too long or not UTF-8")]
    Passphrase(String),
    /// The operating system refused.
    #[error("could not {action} {path}", path = .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it was refused.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// The stable name of this kind of failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongPassphrase => "wrong_passphrase",
            Self::Corrupt(_) => "corrupt",
            Self::NewerVersion { .. } => "newer_version",
            Self::OpenToOthers { .. } => "open_to_others",
            Self::Exists(_) => "keystore_exists",
            Self::Missing(_) => "keystore_missing",
            Self::Changed(_) => "keystore_changed",
            Self::KeyExists(_) => "key_exists",
            Self::Limit(_) => "limit",
            Self::Passphrase(_) => "passphrase_missing",
            Self::Io { .. } => "io",
        }
    }
}
