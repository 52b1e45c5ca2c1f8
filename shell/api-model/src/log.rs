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

/// What an actor did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answered {
    /// In which process.
    pub process: String,
    /// As whom.
    pub actor: String,
    /// Its title.
    pub actor_title: String,
    /// What.
    pub action: String,
    /// Its title.
    pub action_title: String,
    /// The clause that the action cites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// How.
    pub response: String,
    /// Its title; empty if it has none.
    pub response_title: String,
}

/// A file that came with a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachmentView {
    /// What it is for.
    pub slot: String,
    /// The name of the file.
    pub name: String,
    /// Its media type, as the author says.
    pub media: String,
    /// Its size in bytes.
    pub size: u64,
    /// What commits to its bytes: `sha256:…`.
    pub commitment: String,
    /// Whether this node has its bytes.
    pub held: bool,
    /// Whether a final `erase` names it: it is nowhere any more, or is about to be.
    #[serde(default)]
    pub erased: bool,
    /// The class of personal data that it belongs to. The slot of a personal value is the JSON pointer of its place in
    /// the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

/// When an entry got its levels, as this node saw it. Absent: not yet, or before the node last started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Times {
    /// On this node's disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub received: Option<String>,
    /// Some other party has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub delivered: Option<String>,
    /// All parties have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub countersigned: Option<String>,
    /// Nothing changes any more.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub settled: Option<String>,
}

/// A party gave a receipt for an entry, or for one after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptMark {
    /// `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// When it came, as this node saw it. Absent: before the node last started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub time: Option<String>,
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
    /// What the author is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// What the party is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_name: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Of a response: what was done, in the titles of the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answered>,
    /// The files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentView>,
    /// When it got its levels, as this node saw it.
    #[serde(default)]
    pub times: Times,
    /// Who gave a receipt for it.
    #[serde(default)]
    pub receipts: Vec<ReceiptMark>,
    /// Other entries of the same statement: where it stood before it was placed again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<text::EntryId>)]
    pub stood_at: Vec<String>,
    /// The payload; absent once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// How certain its place is.
    pub standing: Standing,
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Log {
    /// Entries by position: ascending, or descending if asked for.
    pub entries: Vec<Entry>,
    /// Give this as `after` (descending: as `before`) for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Position of the head.
    #[serde(default)]
    pub length: u64,
}
