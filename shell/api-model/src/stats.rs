//! How a node does, who is in its contracts, and which nodes it knows.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{CheckReport, text};

/// Numbers by step, oldest first; the last step is under way. Fewer than an hour's steps if the node started since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Series {
    /// Requests to the API, pages of the web app left out.
    pub requests: Vec<u64>,
    /// Those of them that were refused.
    pub refused: Vec<u64>,
    /// Statements that somebody submitted here.
    pub submitted: Vec<u64>,
    /// Entries that joined held branches.
    pub entries: Vec<u64>,
    /// Entries that became final.
    #[serde(rename = "final")]
    pub settled: Vec<u64>,
}

/// How many took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Histogram {
    /// Upper bounds, in milliseconds, ascending.
    pub bounds_ms: Vec<u64>,
    /// How many up to each bound and above the bound before; one more number than bounds: those above all.
    pub counts: Vec<u64>,
}

/// Contracts in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractNumbers {
    /// On disk, offered ones included.
    pub total: u64,
    /// In memory.
    pub loaded: u64,
    /// With something open.
    pub busy: u64,
}

/// The outbox in numbers: members of contracts that something is not delivered to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxNumbers {
    /// Tried again.
    pub waiting: u64,
    /// Given up until somebody sends it again.
    pub dead: u64,
}

/// How a node does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeStats {
    /// By the clock of the node.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// Seconds of a step; an hour of steps is kept.
    pub step_seconds: u64,
    /// What happened in each step.
    pub series: Series,
    /// Requests of the last hour by the time until their answer began. Who waits for a level waits here too.
    pub request_times: Histogram,
    /// Entries of the last hour by the time from when they came to this node until they were final here.
    pub final_times: Histogram,
    /// Its contracts.
    pub contracts: ContractNumbers,
    /// What it could not deliver.
    pub outbox: OutboxNumbers,
    /// Bytes of its store on disk.
    pub storage_bytes: u64,
    /// Memory of the process, in bytes; absent where the system does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// What a check of the way to a node found, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastCheck {
    /// By the clock of the node that asked.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// What it found.
    #[serde(flatten)]
    pub report: CheckReport,
}

/// A mandate in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MandateView {
    /// The statement that gave it: `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub statement: String,
    /// The party that gave it: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// As in the log: `person`, `key`, `actors`, `actions`, `limits`, `from`, `until`.
    pub mandate: Value,
}

/// Where an identity is introduced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Introduced {
    /// `ctr_…`.
    #[schema(value_type = text::ContractId)]
    pub contract: String,
    /// Its title.
    pub title: String,
    /// The party that the identity belongs to there: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// What the party is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_name: Option<String>,
    /// Its keys that are not replaced: `key_…`.
    pub keys: Vec<String>,
    /// Its mandates there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mandates: Vec<MandateView>,
}

/// An identity in the contracts of this party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonView {
    /// `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub identity: String,
    /// `organisation`, `person` or `system`.
    pub kind: String,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether they belong to the party of this node.
    pub own: bool,
    /// Where they are introduced, ascending by contract.
    pub contracts: Vec<Introduced>,
}

/// A page of identities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonList {
    /// Ascending by identity.
    pub people: Vec<PersonView>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
