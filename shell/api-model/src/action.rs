//! Taking actions: prepare, sign on your own side, submit.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Outcome, Standing};

/// An action that is open to an actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAction {
    /// The action.
    pub action: String,
    /// Its title.
    pub title: String,
    /// `performative` or `informative`.
    pub kind: String,
    /// Responses that have a way forward.
    pub responses: Vec<String>,
    /// The level that the current state must have before the action is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
}

/// Something that waits for this party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InboxItem {
    /// `ctr_…`.
    pub contract: String,
    /// The title of the contract.
    pub title: String,
    /// As whom.
    pub actor: String,
    /// What.
    #[serde(flatten)]
    pub action: OpenAction,
}

/// What somebody wants to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PrepareRequest {
    /// `idn_…`.
    pub author: String,
    /// `key_…`.
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
    pub statement: String,
    /// The opening of its payload: base32.
    pub opening: String,
}

/// A signed statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubmitRequest {
    /// The statement with its signature: base32.
    pub statement: String,
    /// The openings of its payload and attachments: base32.
    pub openings: Vec<String>,
}

/// A statement that has a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Submitted {
    /// `stm_…`.
    pub statement: String,
    /// `ent_…`.
    pub entry: String,
    /// Its position.
    pub position: u64,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How certain its place is.
    pub standing: Standing,
}
