//! Why a node could not.

use std::path::PathBuf;

use thiserror::Error;

/// Why a data directory could not be made, or a node not be run from it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory holds something already.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The directory is no data directory of a node.
    #[error("{} is not the data directory of a node", .0.display())]
    NotInitialised(PathBuf),
    /// A file could not be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The configuration is not of its form.
    #[error("{}: {message}", .path.display())]
    Config {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The keys could not be read or written.
    #[error(transparent)]
    Keystore(#[from] countersign_keystore::Error),
    /// A key that a node needs is not in its keystore.
    #[error("the keystore of the node lacks its {0} key")]
    KeyMissing(&'static str),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] countersign_store::Error),
    /// A socket could not be opened.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The API would be reached from other machines without TLS.
    #[error("the API at {0} can be reached from other machines, and has no TLS")]
    ApiWithoutTls(std::net::SocketAddr),
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Randomness,
    /// What is on disk does not fit together.
    #[error("the data of contract {0} is damaged")]
    Corrupt(String),
}

impl Error {
    /// The stable code; its page is in `docs/errors/`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEmpty(_) => "directory_not_empty",
            Self::NotInitialised(_) => "not_initialised",
            Self::File { .. } => "io",
            Self::Config { .. } => "invalid_config",
            Self::Keystore(error) => error.code(),
            Self::KeyMissing(_) => "key_missing",
            Self::Store(error) => error.code(),
            Self::Listen { .. } => "cannot_listen",
            Self::ApiWithoutTls(_) => "api_without_tls",
            Self::Tls(_) => "tls",
            Self::Randomness => "no_randomness",
            Self::Corrupt(_) => "corrupt",
        }
    }
}
