//! Why this node could not keep or read bytes.

use std::{io, sync::Arc};

use thiserror::Error;

/// What the store could not do. Cheap to copy: one failure is told to everyone who waits.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process holds the directory, or another [`crate::Store`] in this one.
    #[error("the data directory is in use by another process")]
    InUse,
    /// A newer program wrote the directory. Nothing was changed.
    #[error("the data directory has format {found}, this program knows formats up to {known}")]
    NewerVersion {
        /// Format of the directory.
        found: u32,
        /// Newest format known here.
        known: u32,
    },
    /// The batch was refused before anything of it was written; the same batch may be tried again when there is room.
    #[error("the disk is full: {needed} bytes are needed, {available} are free")]
    DiskFull {
        /// Bytes of the batch and of the reserve.
        needed: u64,
        /// Bytes free on the file system.
        available: u64,
    },
    /// What was read is not what was written, or not a data directory at all.
    #[error("the data directory is damaged: {0}")]
    Corrupt(String),
    /// The operating system refused.
    #[error("could not {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why it was refused.
        #[source]
        source: Arc<io::Error>,
    },
    /// A write failed midway, so nothing is acknowledged until the directory is opened again. What was not acknowledged
    /// is then wholly there or not at all.
    #[error("the store stopped after a write failed ({code}): {cause}")]
    Stopped {
        /// Code of the failure: `disk_full`, `corrupt` or `io`.
        code: &'static str,
        /// The failure in words.
        cause: String,
    },
    /// A key, a value or a batch is larger than its limit, or a key is empty.
    #[error("{what} has {count} bytes, 1 to {max} are allowed")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// Bytes found.
        count: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The queue is full; only [`crate::Store::try_submit`] answers so.
    #[error("the write queue is full")]
    Busy,
}

impl Error {
    /// The stable name of this kind of failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InUse => "directory_in_use",
            Self::NewerVersion { .. } => "newer_version",
            Self::DiskFull { .. } => "disk_full",
            Self::Corrupt(_) => "corrupt",
            Self::Io { .. } => "io",
            Self::Stopped { .. } => "stopped",
            Self::Limit { .. } => "limit",
            Self::Busy => "busy",
        }
    }

    /// For `map_err`: names what was tried.
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source: Arc::new(source) }
    }

    /// For `map_err`: what the engine says, in our words.
    pub(crate) fn engine(action: &'static str) -> impl FnOnce(fjall::Error) -> Self {
        move |error| match error {
            fjall::Error::Io(source) | fjall::Error::Storage(fjall::LsmError::Io(source)) => Self::io(action)(source),
            fjall::Error::Locked => Self::InUse,
            fjall::Error::Poisoned => Self::io(action)(io::Error::other("an earlier write of the engine failed")),
            other => Self::Corrupt(format!("could not {action}: {other:?}")),
        }
    }

    /// The answer to everyone after this failure.
    pub(crate) fn into_stopped(self) -> Self {
        let code = match &self {
            Self::Stopped { .. } => return self,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => "disk_full",
            other => other.code(),
        };
        let cause = match &self {
            Self::Io { source, .. } => format!("{self}: {source}"),
            other => other.to_string(),
        };
        Self::Stopped { code, cause }
    }
}
