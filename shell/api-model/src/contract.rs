//! Contracts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{ErasureView, Network, OpenAction, OutboxLine, ReceiptView, text};

/// Where a contract stands on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContractStatus {
    /// Somebody founded it with this party; nobody here agreed yet.
    Offered,
    /// This party follows an invitation, and is no member yet.
    Invited,
    /// This party takes part.
    Active,
}

/// A contract in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractSummary {
    /// `ctr_…`.
    #[schema(value_type = text::ContractId)]
    pub contract: String,
    /// Where it stands here.
    pub status: ContractStatus,
    /// The title of its scenario.
    pub title: String,
    /// Whether it binds.
    #[serde(default)]
    pub network: Network,
    /// When it was founded.
    #[schema(value_type = text::Time)]
    pub founded: String,
}

/// A page of contracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractList {
    /// Contracts, ascending by id.
    pub contracts: Vec<ContractSummary>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Founds a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundRequest {
    /// The genesis signed by an admin key of the creator: base32.
    #[schema(value_type = text::Base32)]
    pub genesis: String,
    /// The opening of its payload: base32.
    #[schema(value_type = text::Base32)]
    pub charter: String,
}

/// A member of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// The actors that it plays.
    pub actors: Vec<String>,
    /// Where its node listens.
    pub urls: Vec<String>,
    /// Whether it is this node's party.
    pub own: bool,
    /// Position up to which it gave receipts.
    pub received: u64,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Actor → title.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub actor_titles: BTreeMap<String, String>,
    /// Its deepest receipt on the held branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptView>,
    /// What waits to be delivered to it; absent if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox: Option<OutboxLine>,
    /// When something came from its node, since this one started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub last_seen: Option<String>,
}

/// A timer that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Timer {
    /// When it is due.
    #[schema(value_type = text::Time)]
    pub due: String,
    /// The state it leads to, if it leads anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goto: Option<String>,
    /// The process whose timer it is.
    #[serde(default = "main_process")]
    pub process: String,
}

/// The name of the process that a contract starts by itself.
pub(crate) fn main_process() -> String {
    "main".to_owned()
}

/// A step of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Happened {
    /// The process whose step it was: `main`, or a path such as `main/goods`.
    #[serde(default = "main_process")]
    pub process: String,
    /// `action.response`, or `after:state`, `at:state`, `every:state`.
    pub cause: String,
    /// The state of that process after it, before any transition that goes by itself.
    #[serde(default)]
    pub state: String,
    /// Who, unless a timer did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The time of the step.
    #[schema(value_type = text::Time)]
    pub time: String,
}

/// The process of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Process {
    /// The current state.
    pub state: String,
    /// Its title.
    pub title: String,
    /// When it was entered.
    #[schema(value_type = text::Time)]
    pub entered: String,
    /// `success`, `failure` or `cancelled`, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Actor → what is open to it.
    pub open: BTreeMap<String, Vec<OpenAction>>,
    /// The golden flow from here.
    pub next: Vec<String>,
    /// What happened: `action.response`, or `after:state`, `at:state`, `every:state`.
    pub previous: Vec<String>,
    /// The same with times and actors.
    #[serde(default)]
    pub path: Vec<Happened>,
    /// State → title.
    #[serde(default)]
    pub state_titles: BTreeMap<String, String>,
    /// Data.
    pub assets: Value,
    /// Data.
    pub vars: Value,
    /// Data.
    pub inputs: Value,
    /// The result, once it is over.
    pub result: Value,
    /// What will happen by itself, in all processes.
    pub timers: Vec<Timer>,
    /// Responses that were announced in the current states, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announced: Vec<Announced>,
    /// Processes in which nothing else is open until somebody has acknowledged their state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unacknowledged: Vec<Unacknowledged>,
    /// All processes: `main`, then what it started, parents first. A child that has ended stays until its parent leaves
    /// the state.
    #[serde(default)]
    pub processes: Vec<ProcessPart>,
}

/// A response that takes effect when it is due, unless somebody objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Announced {
    /// The process.
    pub process: String,
    /// Who announced it.
    pub actor: String,
    /// The action.
    pub action: String,
    /// Its title.
    pub title: String,
    /// The response.
    pub response: String,
    /// Its data.
    pub data: Value,
    /// When it takes effect.
    #[schema(value_type = text::Time)]
    pub due: String,
    /// Who may object until then.
    pub objectors: Vec<String>,
    /// Who objected: it takes no effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objected: Option<String>,
    /// `objected`, if somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// A process whose state waits to be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unacknowledged {
    /// The process.
    pub process: String,
    /// Who has not done so.
    pub actors: Vec<String>,
}

/// One of the processes of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProcessPart {
    /// `main`, or the path of its parent, `/` and its name.
    pub process: String,
    /// The title of what it follows.
    pub title: String,
    /// Its state.
    pub state: String,
    /// The title of its state.
    pub state_title: String,
    /// When the state was entered; none for a child that has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub entered: Option<String>,
    /// `success`, `failure` or `cancelled`, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Its assets; of a child that has ended nothing.
    pub assets: Value,
    /// Its vars.
    pub vars: Value,
    /// What it was started with.
    pub inputs: Value,
    /// Its result, once it is over.
    pub result: Value,
    /// State → title, of all its states.
    #[serde(default)]
    pub state_titles: BTreeMap<String, String>,
}

/// A role that a newcomer may be invited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenRole {
    /// Its name.
    pub actor: String,
    /// Its title.
    pub title: String,
    /// Whether the process asks for somebody now: an effect opened the role. Otherwise it may also stay empty, or the
    /// process has not begun.
    pub waits: bool,
    /// The party that it waits for; absent if anybody may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::IdentityId>)]
    pub party: Option<String>,
}

/// A party that this node waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// Since when.
    #[schema(value_type = text::Time)]
    pub since: String,
}

/// A node that was set back to an old copy of its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OldBackup {
    /// When it was found.
    #[schema(value_type = text::Time)]
    pub since: String,
    /// Whether an operator asked to sign again as soon as that is safe.
    pub recovering: bool,
    /// Members that still have to say, or to send, what they hold of this node.
    #[schema(value_type = Vec<text::IdentityId>)]
    pub waiting_for: Vec<String>,
    /// Later signatures of this node are here, and nobody sent the earlier ones yet.
    pub incomplete: bool,
}

/// A contract as this node holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractView {
    /// `ctr_…`.
    #[schema(value_type = text::ContractId)]
    pub contract: String,
    /// Where it stands here.
    pub status: ContractStatus,
    /// The title of its scenario.
    pub title: String,
    /// `scn_…`.
    #[schema(value_type = text::ScenarioId)]
    pub scenario: String,
    /// Whether it binds.
    #[serde(default)]
    pub network: Network,
    /// When it was founded.
    #[schema(value_type = text::Time)]
    pub founded: String,
    /// Members, ascending by id.
    pub members: Vec<Member>,
    /// Position of the head.
    pub position: u64,
    /// The head: `ent_…`, or the contract's hash at genesis.
    #[schema(value_type = text::EntryId)]
    pub head: String,
    /// Position up to which everything is final.
    pub final_position: u64,
    /// Hash of the state at the head: 64 hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub state_hash: String,
    /// The process, once it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    /// Whom this node waits for.
    pub waiting: Vec<Waiting>,
    /// Roles that nobody plays and that a newcomer may be invited to, ascending by name.
    #[serde(default)]
    pub open_roles: Vec<OpenRole>,
    /// Root of the log tree up to the head: 64 hexadecimal digits.
    #[serde(default)]
    pub log_root: String,
    /// What persons and parties of it are called: identity → name.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// Parties against which there is evidence of misbehaviour.
    #[schema(value_type = Vec<text::IdentityId>)]
    pub accused: Vec<String>,
    /// Present if this node signs nothing here: others hold what it signed and its disk does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_backup: Option<OldBackup>,
    /// What was to be erased, by position, and who did.
    #[serde(default)]
    pub erasures: Vec<ErasureView>,
}
