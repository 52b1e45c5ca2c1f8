//! What a contract on a scenario is founded with.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::text;

/// A scenario on which a contract is to be founded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundationRequest {
    /// The text of the scenario, YAML or JSON, at most 1 MiB.
    pub document: String,
    /// Language of titles; that of the scenario if it is left out or has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// What is needed to found a contract on a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Foundation {
    /// `scn_…`: SHA-256 of `document` as canonical JSON.
    #[schema(value_type = text::ScenarioId)]
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The scenario in canonical form, as it stands in a charter.
    pub document: Value,
    /// The JSON Schema of the inputs.
    pub inputs_schema: Value,
    /// Who takes part, ascending by name.
    pub actors: Vec<FoundationActor>,
}

/// An actor of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundationActor {
    /// Its name.
    pub actor: String,
    /// Its title.
    pub title: String,
    /// Whether it is bound at the start, or later by invitation.
    pub joins: FoundationJoins,
    /// The actor whose party it belongs to, if that is another: then it has no party of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acts_for: Option<String>,
    /// Of a group: how many members it has. They are bound as `sureties.0`, `sureties.1` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<FoundationMany>,
    /// The JSON Schema of its own data.
    pub schema: Value,
}

/// How many members a group has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundationMany {
    /// At least: the process of a group that joins at the start waits for so many.
    pub min: u32,
    /// At most.
    pub max: u32,
}

/// How an actor finds its party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundationJoins {
    /// The process starts once it is bound.
    Start,
    /// It is bound later.
    Invitation,
}
