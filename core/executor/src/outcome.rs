//! What came of an attempt, and of a run.

use countersign_codec::Json;
use countersign_types::Timestamp;
use countersign_workflow::Failure;

/// Most lines of a transcript: of the latest attempts.
pub const LINES_MAX: usize = 16;

/// What an attempt came back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// What it means.
    pub answer: Answer,
    /// The status of HTTP, or of the program.
    pub status: Option<i64>,
    /// SHA-256 of what was answered, if anything was.
    pub digest: Option<[u8; 32]>,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Ok(Json),
    /// Ask again later.
    NotReady,
    /// The other side says no: to ask again is of no use.
    Rejected {
        /// A sentence.
        detail: String,
        /// The JSON object it came with.
        data: Option<Json>,
    },
    /// Nobody knows whether it was done.
    Failed {
        /// A word.
        reason: String,
        /// A sentence.
        detail: String,
    },
    /// The operator of this node does not allow it, so nothing was sent.
    NotAllowed {
        /// What is not allowed.
        detail: String,
    },
}

/// One attempt, as the transcript has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u32,
    /// In which term.
    pub term: u64,
    /// When it began.
    pub began: Timestamp,
    /// When it came back, or was found to be interrupted.
    pub ended: Timestamp,
    /// A word: `ok`, `not_ready`, `rejected`, `interrupted`, `not_allowed`, or why it failed.
    pub word: String,
    /// The status of HTTP, or of the program.
    pub status: Option<i64>,
    /// SHA-256 of what was answered.
    pub digest: Option<[u8; 32]>,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, with this data for the response `ok`.
    Ok(Json),
    /// The other side said no.
    Rejected {
        /// What it came with, for the response `error`; none if it does not fit there.
        data: Option<Json>,
        /// The same in the words of this node.
        failure: Failure,
    },
    /// It is not known to be done; the witness is of the transcript.
    Failed(Failure),
}

impl Outcome {
    /// The response it leads to.
    pub const fn response(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Rejected { .. } | Self::Failed(_) => "error",
        }
    }

    /// The word for people: `ok`, `rejected` or `failed`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Rejected { .. } => "rejected",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it is not ok.
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Ok(_) => None,
            Self::Rejected { failure, .. } | Self::Failed(failure) => Some(failure),
        }
    }
}
