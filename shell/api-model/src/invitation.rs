//! Newcomers to a contract, and partners in general.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{LastCheck, text};

/// Offers a place in a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// Who invites: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub author: String,
    /// The key that will sign: `key_…`.
    #[schema(value_type = text::KeyId)]
    pub key: String,
    /// The actors that the newcomer will be bound to.
    pub actors: Vec<String>,
    /// A name for people.
    #[serde(default)]
    pub hint: String,
    /// For so many positions after the head a `join` counts.
    #[serde(default = "InviteRequest::positions")]
    pub positions: u64,
    /// For so many seconds the node answers who has the link.
    #[serde(default = "InviteRequest::seconds")]
    pub seconds: u64,
}

impl InviteRequest {
    /// 1,000.
    pub const fn positions() -> u64 {
        1_000
    }

    /// Fourteen days.
    pub const fn seconds() -> u64 {
        14 * 86_400
    }
}

/// An `invite` to sign, and the link to hand over once it is submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InviteDraft {
    /// The statement without signature: base32.
    #[schema(value_type = text::Base32)]
    pub statement: String,
    /// The opening of its payload: base32.
    #[schema(value_type = text::Base32)]
    pub opening: String,
    /// The link. Whoever has it can ask to join, once. The node does not keep it.
    pub link: String,
    /// Until when the node answers it.
    #[schema(value_type = text::Time)]
    pub until: String,
}

/// How far an invitation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// Nobody used it yet.
    Open,
    /// Somebody joined, and waits for the `confirm`.
    Joining,
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// The `invite` statement: `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub invitation: String,
    /// Who invited: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub inviter: String,
    /// The actors that it offers.
    pub actors: Vec<String>,
    /// The last position at which a `join` counts.
    pub expires_after: u64,
    /// How far it is.
    pub state: InvitationState,
    /// Who joined: `idn_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::IdentityId>)]
    pub joiner: Option<String>,
    /// Where the node of the joiner listens.
    #[serde(default)]
    pub joiner_urls: Vec<String>,
    /// The four words that inviter and joiner compare; only on their two nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<String>>,
    /// Whether this party invited.
    pub own: bool,
}

/// The open invitations of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationList {
    /// Ascending by id.
    pub invitations: Vec<InvitationView>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The words are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// Who confirms: `idn_…`, of the inviting party.
    #[schema(value_type = text::IdentityId)]
    pub author: String,
    /// The key that will sign: `key_…`.
    #[schema(value_type = text::KeyId)]
    pub key: String,
}

/// Follows an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The link.
    pub link: String,
}

/// A contract to which this party is invited: it can be read, and nothing is signed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invited {
    /// `ctr_…`.
    #[schema(value_type = text::ContractId)]
    pub contract: String,
    /// The title of its scenario.
    pub title: String,
    /// The `invite` statement: `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub invitation: String,
    /// Who invites: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub inviter: String,
    /// Where the node of the inviter listens.
    pub inviter_urls: Vec<String>,
    /// The inviter's card, for a check of the way from both sides: base32.
    #[schema(value_type = text::Base32)]
    pub inviter_card: String,
    /// The actors that this party would be bound to.
    pub actors: Vec<String>,
    /// This party: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// The last position that was read.
    pub position: u64,
}

/// Asks for a `join` to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrepareJoinRequest {
    /// The admin key of this party that will sign: `key_…`.
    #[schema(value_type = text::KeyId)]
    pub key: String,
    /// The actors' own data, by actor.
    #[serde(default)]
    pub data: Map<String, Value>,
}

/// A partner to get to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPeerRequest {
    /// The partner's card: base32.
    #[schema(value_type = text::Base32)]
    pub card: String,
}

/// A node that this one knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeerView {
    /// Its key: base32.
    #[schema(value_type = text::Base32)]
    pub node_key: String,
    /// Where it listens; nowhere if it has no open port.
    pub urls: Vec<String>,
    /// The parties that it acts for in the contracts of this one: `idn_…`.
    #[serde(default)]
    #[schema(value_type = Vec<text::IdentityId>)]
    pub parties: Vec<String>,
    /// What the first of them that has a name is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When something came from it, since this node started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub last_seen: Option<String>,
    /// The last check of the way to it, since this node started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<LastCheck>,
}

/// The nodes that this one knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeerList {
    /// Ascending by key.
    pub peers: Vec<PeerView>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
