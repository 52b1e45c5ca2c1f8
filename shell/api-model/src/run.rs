//! System actions that a node does.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text;

/// A page of the runs of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunList {
    /// Those that wait to begin, then those under way, then those that are over; of each the newest first.
    pub runs: Vec<RunView>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A system action of this party, from its trigger to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunView {
    /// `run_…`: the key that every attempt carries.
    #[schema(value_type = text::RunId)]
    pub run: String,
    /// The process, by its path.
    pub process: String,
    /// The entry that led into the state.
    #[schema(value_type = text::EntryId)]
    pub entry: String,
    /// As whom.
    pub actor: String,
    /// The action.
    pub action: String,
    /// Its title.
    pub title: String,
    /// `waiting`, `not_allowed`, `resting`, `attempting`, `known`, `responded`, `done`, `vetoed`, `overtaken` or `stopped`.
    pub state: String,
    /// Why it waits, failed or stopped: a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub claimed: Option<String>,
    /// When the next attempt begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub next_attempt: Option<String>,
    /// Attempts begun.
    pub attempts: u32,
    /// `ok`, `rejected` or `failed`, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The response, until it is final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::StatementId>)]
    pub statement: Option<String>,
    /// What it asks another contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<RunQuestion>,
    /// The latest attempts.
    pub transcript: Vec<RunAttempt>,
}

/// What a run asks another contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunQuestion {
    /// The other contract, as the scenario names it.
    pub contract: String,
    /// What is said there first: `action.response`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What counts as the answer: `action` or `action.response`. Empty: that the request is applied.
    pub answers: Vec<String>,
    /// SHA-256 of the bundle that proves the answer, once it is known: `sha256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunAttempt {
    /// From 1.
    pub number: u32,
    /// When it began.
    #[schema(value_type = text::Time)]
    pub began: String,
    /// When it came back, or was found to be interrupted.
    #[schema(value_type = text::Time)]
    pub ended: String,
    /// `ok`, `not_ready`, `rejected`, `interrupted`, `not_allowed`, or why it failed.
    pub word: String,
    /// The status of HTTP, or of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
}
