//! Taking actions: prepare, sign on your own side, submit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Outcome, Standing, text};

/// An action that is open to an actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAction {
    /// The process that has it: `main`, or a path such as `main/goods`.
    #[serde(default = "crate::main_process")]
    pub process: String,
    /// The actor by its name in that process: what an answer must name.
    #[serde(default)]
    pub role: String,
    /// The action.
    pub action: String,
    /// Its title.
    pub title: String,
    /// `performative` or `informative`.
    pub kind: String,
    /// Responses that have a way forward.
    pub responses: Vec<String>,
    /// Response → title, where it has one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_titles: BTreeMap<String, String>,
    /// The response of the golden flow.
    #[serde(default)]
    pub expect: String,
    /// The clause that it cites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// The words of that clause, with its placeholders filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause_words: Option<String>,
    /// What the current state tells the actor to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// The values that must not have changed since its author saw them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// What to fill in for each response; only in the view of one contract.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<Form>,
    /// The level that the current state must have before the action is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
}

/// What to fill in for a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Form {
    /// The response.
    pub response: String,
    /// Its title; empty if it has none.
    pub title: String,
    /// JSON Schema of its data, with the hints for screens as the scenario has them.
    pub schema: Value,
    /// The files that belong to it.
    pub attachments: Vec<Slot>,
    /// What it must prove now without showing it; absent if nothing, or if nothing was asked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofDemand>,
}

/// What a response must prove now: without bounds that the number is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProofDemand {
    /// The commitment to the number, `pedersen:…`.
    pub commitment: String,
    /// What the other party asked, `challenge:…`.
    pub challenge: String,
    /// The number is at least this, a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// The number is at most this, a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// How many digits after the point the number has.
    pub digits: u8,
}

/// A file that belongs to a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    /// What it is for.
    pub name: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// Of a list of files: how many; absent: one file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<SlotMany>,
    /// Media types that it may have; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Vec<String>>,
    /// Most bytes.
    pub bytes_max: u64,
    /// The class of personal data that it belongs to: then it is attached under its name here, and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<String>,
}

/// How many files belong to one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotMany {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
}

/// Something that waits for this party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InboxItem {
    /// `ctr_…`.
    #[schema(value_type = text::ContractId)]
    pub contract: String,
    /// The title of the contract; `title` is that of the action.
    #[serde(rename = "contract_title")]
    pub title: String,
    /// As whom.
    pub actor: String,
    /// Its title.
    #[serde(default)]
    pub actor_title: String,
    /// The current state.
    #[serde(default)]
    pub state: String,
    /// Its title.
    #[serde(default)]
    pub state_title: String,
    /// When the state was entered.
    #[serde(default)]
    #[schema(value_type = text::Time)]
    pub since: String,
    /// When the state is left by itself, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub deadline: Option<String>,
    /// Who has a mandate for it now: `idn_…`.
    #[serde(default)]
    #[schema(value_type = Vec<text::IdentityId>)]
    pub persons: Vec<String>,
    /// The `propose` statement, if it is the vote on a change that is asked for: the action is `vote` then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::StatementId>)]
    pub proposal: Option<String>,
    /// What.
    #[serde(flatten)]
    pub action: OpenAction,
}

/// A page of what waits for this party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InboxList {
    /// Ascending by contract, actor and action.
    pub items: Vec<InboxItem>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What somebody wants to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrepareRequest {
    /// `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub author: String,
    /// `key_…`.
    #[schema(value_type = text::KeyId)]
    pub key: String,
    /// The kind of statement: `response`, `mandate`, …
    pub kind: String,
    /// The payload, as the page of the kind defines it.
    pub payload: Value,
}

/// A draft to check and sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Prepared {
    /// The statement without signature: base32. Sign it under `countersign/statement/v1`.
    #[schema(value_type = text::Base32)]
    pub statement: String,
    /// The opening of its payload: base32.
    #[schema(value_type = text::Base32)]
    pub opening: String,
}

/// A signed statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitRequest {
    /// The statement with its signature: base32.
    #[schema(value_type = text::Base32)]
    pub statement: String,
    /// The openings of its payload and of short attachments, at most 256 KiB each: base32. Attachments that were uploaded
    /// are not among them.
    #[schema(value_type = Vec<text::Base32>)]
    pub openings: Vec<String>,
}

/// A payload that the node holds now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Uploaded {
    /// The commitment, as the caller wrote it.
    pub commitment: String,
    /// Its length.
    pub bytes: u64,
}

/// A statement that has a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Submitted {
    /// `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub statement: String,
    /// `ent_…`.
    #[schema(value_type = text::EntryId)]
    pub entry: String,
    /// Its position.
    pub position: u64,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How certain its place is.
    pub standing: Standing,
}
