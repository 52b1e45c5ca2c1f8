//! The log of a contract, entry by entry.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::text;

/// The ladder of certainty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// On this node's disk.
    Local,
    /// Some other party has it.
    Delivered,
    /// All parties have it; its place may still change.
    Countersigned,
    /// Nothing changes any more.
    Final,
}

/// How certain an entry is, and who gave a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// The level.
    pub level: Level,
    /// Parties that hold it.
    #[schema(value_type = Vec<text::IdentityId>)]
    pub received_by: Vec<String>,
    /// Members of whom no receipt is known.
    #[schema(value_type = Vec<text::IdentityId>)]
    pub waiting_for: Vec<String>,
}

/// What became of a statement at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It took effect.
    Applied,
    /// It broke a rule at its place.
    Rejected {
        /// The rule.
        rule: String,
        /// What the rule judged by; may be empty.
        by: String,
    },
    /// A system action did not succeed.
    Failed {
        /// Who saw it.
        witness: String,
    },
}

/// A place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Its position, from 1; genesis is 0.
    pub position: u64,
    /// `ent_…`.
    #[schema(value_type = text::EntryId)]
    pub entry: String,
    /// `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub statement: String,
    /// The kind of statement: `response`, `mandate`, …
    pub kind: String,
    /// The party whose node appended it.
    #[schema(value_type = text::IdentityId)]
    pub appended_by: String,
    /// The identity that made the statement.
    #[schema(value_type = text::IdentityId)]
    pub author: String,
    /// Its key.
    pub key: String,
    /// The party that the author belongs to, if the log introduces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::IdentityId>)]
    pub party: Option<String>,
    /// When, as the author says.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The payload; absent once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// How certain its place is.
    pub standing: Standing,
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Log {
    /// Entries, ascending by position.
    pub entries: Vec<Entry>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}
