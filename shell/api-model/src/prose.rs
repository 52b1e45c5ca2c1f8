//! A contract as clauses on paper.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A document to put into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProseRequest {
    /// The text of a scenario that can be run, at most 1 MiB.
    pub document: String,
    /// Language of the titles; that of the scenario if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A contract in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Prose {
    /// Its title.
    pub title: String,
    /// Its paragraphs, from the top.
    pub blocks: Vec<ProseBlock>,
}

/// A paragraph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProseBlock {
    /// `heading`, `clause` or `paragraph`.
    pub kind: String,
    /// `4`, `4.2`; empty if it has none.
    pub number: String,
    /// The state that a clause of the course is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether the process is in that state.
    pub current: bool,
    /// Its words.
    pub runs: Vec<ProseRun>,
}

/// Words of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProseRun {
    /// `text`, `party`, `term` (a word that the contract defines), `value`, or `blank` for a value that is not there yet.
    pub kind: String,
    /// The words.
    pub text: String,
}
