//! Changes of a running contract: what is proposed, how the votes stand, what would change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::text;

/// A vote that was given, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoteView {
    /// Whose: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `yes` or `no`; absent while it has not voted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
}

/// A value before and after a change; `null` if there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DataChange {
    /// Where: `assets.card`, `vars.total`.
    pub path: String,
    /// Before.
    pub before: Value,
    /// After.
    pub after: Value,
}

/// What is open to an actor before and after a change, by action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenChange {
    /// The actor.
    pub actor: String,
    /// Actions before.
    pub before: Vec<String>,
    /// Actions after.
    pub after: Vec<String>,
}

/// What a change would do if it were adopted now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangePreview {
    /// The state before.
    pub state: String,
    /// The state after.
    pub state_after: String,
    /// States that come.
    pub states_added: Vec<String>,
    /// States that go.
    pub states_removed: Vec<String>,
    /// Values that change.
    pub data: Vec<DataChange>,
    /// Actors to whom something else is open.
    pub open: Vec<OpenChange>,
    /// When the next timer is due before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<String>,
    /// When the next timer is due after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due_after: Option<String>,
}

/// A proposal with its ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// The `propose` statement: `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub proposal: String,
    /// `deviation`, `update` or `dispute`.
    pub change: String,
    /// What the document is called, by language.
    pub title: BTreeMap<String, String>,
    /// The canonical document.
    pub document: Value,
    /// Of an update: the new scenario in canonical form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// Its hash: `sha256:…`, as a vote names it.
    pub hash: String,
    /// Of a dispute: the statement that is disputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Who proposed it: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// When.
    pub opened: String,
    /// From then on no vote counts.
    pub deadline: String,
    /// How much must say yes: `all`, `majority` or a share such as `2/3`.
    pub need: String,
    /// `open`, `accepted`, `rejected` or `lapsed`.
    pub standing: String,
    /// Who votes, and how they did.
    pub votes: Vec<VoteView>,
    /// What it would change now; absent if it is over or does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<ChangePreview>,
    /// The rule that it would break now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// A deviation that was agreed on and is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviationView {
    /// Its name.
    pub name: String,
    /// Its hash: `sha256:…`.
    pub hash: String,
    /// Whether one of its transitions was taken.
    pub spent: bool,
}

/// The changes of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeList {
    /// The hash of the scenario that was agreed on, as a proposal names it: `sha256:…`.
    pub agreed: String,
    /// That scenario.
    pub scenario: Value,
    /// Deviations that are live.
    pub deviations: Vec<DeviationView>,
    /// Open proposals, then those that are over, the latest first.
    pub proposals: Vec<ProposalView>,
}

/// A change to try without proposing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DryRunRequest {
    /// The deviation or the update as text, YAML or JSON.
    pub document: String,
    /// Of an update: the new scenario as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What a change is and would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DryRun {
    /// The hash of the agreed scenario: `sha256:…`.
    pub of: String,
    /// The document in canonical form.
    pub document: Value,
    /// Its hash: `sha256:…`.
    pub hash: String,
    /// Of an update: the new scenario in canonical form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// The scenario that would run after it, deviations included; absent if it does not fit now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Value>,
    /// What it would change now; absent if it does not fit now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<ChangePreview>,
    /// The rule that it would break now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}
