//! Why a request brought no answer, or a refusal.

use std::{io, net::SocketAddr, path::PathBuf};

use countersign_api_model::Problem;
use thiserror::Error;

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A node that runs writes its address and token into its folder; they are not there.
    #[error("no node runs on {path}", path = .folder.display())]
    NoNode {
        /// The folder of the node.
        folder: PathBuf,
        /// What reading gave.
        #[source]
        source: io::Error,
    },
    /// A file of the node is not as a node writes it.
    #[error("{path} is not what a node writes", path = .0.display())]
    BadFile(PathBuf),
    /// Nobody answers at the address.
    #[error("no node answers at {address}")]
    Unreachable {
        /// The address.
        address: SocketAddr,
        /// What connecting or reading gave.
        #[source]
        source: io::Error,
    },
    /// The answer did not come in time. What was asked may still have been done.
    #[error("the node at {0} did not answer in time")]
    Timeout(SocketAddr),
    /// The node refused.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    /// The answer is none of this API.
    #[error("what answers at {address} is not a node of this version: {reason}")]
    BadAnswer {
        /// The address.
        address: SocketAddr,
        /// What is wrong with it.
        reason: String,
    },
    /// What came could not be written.
    #[error("cannot write what came: {0}")]
    Save(#[source] io::Error),
}

impl Error {
    /// Whether no node could be asked.
    pub const fn is_unreachable(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Save(_))
    }
}
