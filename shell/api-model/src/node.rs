//! The node itself, and what waits to be delivered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text;

/// Whether what parties say in a contract binds them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// It does.
    #[default]
    Real,
    /// It binds nobody: parties try out what they would do.
    Test,
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeInfo {
    /// The party that it acts for: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// The local name of the party.
    pub name: String,
    /// The network whose contracts it takes part in.
    #[serde(default)]
    pub network: Network,
    /// The node key: base32.
    #[schema(value_type = text::Base32)]
    pub node_key: String,
    /// Where other nodes reach it.
    pub urls: Vec<String>,
    /// The card to give to partners: base32 of the member record.
    #[schema(value_type = text::Base32)]
    pub card: String,
    /// Version of the program.
    pub version: String,
    /// The clock of the node.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// Contracts on this node.
    pub contracts: u64,
}

/// What somebody is called here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NameView {
    /// `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub identity: String,
    /// The name.
    pub name: String,
    /// `own`: this party; `user`: of a user; `given`: by an operator.
    pub source: String,
}

/// What people and parties are called here. Names in contracts are in the view of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NameList {
    /// Ascending by identity.
    pub names: Vec<NameView>,
}

/// Gives somebody a name here. It is never sent to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveNameRequest {
    /// The name; empty takes it away.
    pub name: String,
}

/// What waits for one party in one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxLine {
    /// `ctr_…`.
    #[schema(value_type = text::ContractId)]
    pub contract: String,
    /// For whom: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// `waiting` or `dead`.
    pub delivery: String,
    /// Items that are not acknowledged.
    pub unacknowledged: u64,
    /// Since when the oldest waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub since: Option<String>,
    /// Attempts since the last acknowledgement.
    pub attempts: u32,
    /// The next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub retry_at: Option<String>,
    /// The code with which the party refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What waits to be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxList {
    /// One line for each party and contract with something undelivered.
    pub outbox: Vec<OutboxLine>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Asks to send again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendRequest {
    /// Only this contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::ContractId>)]
    pub contract: Option<String>,
    /// Only to this party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::IdentityId>)]
    pub party: Option<String>,
}

/// Asks for a two-sided check of the way to a partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// The partner's card: base32.
    #[schema(value_type = text::Base32)]
    pub card: String,
}

/// One thing that the check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckFinding {
    /// Stable, `snake_case`.
    pub code: String,
    /// Whether it hinders.
    pub fault: bool,
    /// What happened, in a sentence.
    pub detail: String,
    /// What to do.
    pub suggestion: String,
}

/// What a check found: on both sides of the way to a partner, or in the folder of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckReport {
    /// Whether nothing hinders.
    pub good: bool,
    /// Everything found.
    pub findings: Vec<CheckFinding>,
}
