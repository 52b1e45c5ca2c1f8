//! Personal data that this node knows of: whose, what for, who holds them, how long.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::text;

/// A personal value or file that a response brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonalItem {
    /// `ctr_…`.
    #[schema(value_type = text::ContractId)]
    pub contract: String,
    /// The title of the contract.
    pub contract_title: String,
    /// Position of the entry that brought it.
    pub position: u64,
    /// When its author said it.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// The action of the response.
    pub action: String,
    /// A value by its JSON pointer in the data (`/iban`), a file by its name in the scenario.
    pub name: String,
    /// The data class.
    pub class: String,
    /// Its title.
    pub class_title: String,
    /// What the data are for.
    pub purpose: String,
    /// The actor whose data they are.
    pub subject: String,
    /// Who plays that actor: `idn_…`; absent while nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::IdentityId>)]
    pub subject_party: Option<String>,
    /// The party whose people brought it, and that may ask to erase it.
    #[schema(value_type = text::IdentityId)]
    pub brought_by: String,
    /// The actors whose nodes hold it; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holders: Option<Vec<String>>,
    /// What commits to it: `sha256:…`.
    pub commitment: String,
    /// Its media type; a value is JSON.
    pub media: String,
    /// Its size in bytes.
    pub size: u64,
    /// Where it stands in the state now: JSON pointers such as `/assets/application/iban`. None: it was replaced, or
    /// never kept.
    #[serde(default)]
    pub places: Vec<String>,
    /// Until when the class says to keep it; absent while that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub kept_until: Option<String>,
    /// Whether that time has passed.
    #[serde(default)]
    pub due: bool,
    /// Whether this node has it.
    pub held: bool,
    /// Whether a final `erase` names it: it is nowhere any more, or is about to be.
    #[serde(default)]
    pub erased: bool,
    /// Who signed that they erased it.
    #[serde(default)]
    #[schema(value_type = Vec<text::IdentityId>)]
    pub erased_by: Vec<String>,
    /// The value, out of its envelope; absent for a file, and for what this node has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A page of personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonalList {
    /// Ascending by contract, position and name.
    pub items: Vec<PersonalItem>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
