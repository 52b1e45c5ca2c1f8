//! Who may use a node: its users, how they are enrolled, how they sign in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text;

/// What a user may do at a node. What they may do in a contract is what its log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, and submits what they signed.
    Member,
    /// Also runs the node: users, partners, what waits to be delivered.
    Operator,
}

impl Role {
    /// The word for people and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Operator => "operator",
        }
    }
}

/// What to sign in with, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Challenge {
    /// 32 bytes: base32.
    #[schema(value_type = text::Base32)]
    pub nonce: String,
    /// The key of the node: base32.
    #[schema(value_type = text::Base32)]
    pub node_key: String,
    /// Until when it counts.
    #[schema(value_type = text::Time)]
    pub until: String,
}

/// Signs in. What is signed is on the page `session` of the specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The person's card, their signed inception record: base32.
    #[schema(value_type = text::Base32)]
    pub card: String,
    /// The key that signs: `key_…`.
    #[schema(value_type = text::KeyId)]
    pub key: String,
    /// That of the challenge: base32.
    #[schema(value_type = text::Base32)]
    pub nonce: String,
    /// 64 bytes: base32.
    #[schema(value_type = text::Base32)]
    pub signature: String,
}

/// Becomes a user with a link that the operator gave, and signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// What stands in the link behind `enrol=`.
    #[schema(value_type = text::Base32)]
    pub secret: String,
    /// As in [`LoginRequest`].
    #[schema(value_type = text::Base32)]
    pub card: String,
    /// As in [`LoginRequest`].
    #[schema(value_type = text::KeyId)]
    pub key: String,
    /// As in [`LoginRequest`].
    #[schema(value_type = text::Base32)]
    pub nonce: String,
    /// As in [`LoginRequest`].
    #[schema(value_type = text::Base32)]
    pub signature: String,
    /// What the person is called here, unless the link says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// What they may do here.
    pub role: Role,
    /// `idn_…`; absent for whoever has the token of the data directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::IdentityId>)]
    pub identity: Option<String>,
    /// What they are called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The key that they signed in with: `key_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::KeyId>)]
    pub key: Option<String>,
    /// When they signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub began: Option<String>,
    /// When it ends if nothing is asked until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub idle_until: Option<String>,
    /// When it ends in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub until: Option<String>,
}

/// A session that begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoggedIn {
    /// For the header `Authorization: Bearer`: base32 of 32 bytes. The node keeps its hash alone.
    #[schema(value_type = text::Base32)]
    pub token: String,
    /// Whose it is.
    pub session: Session,
}

/// Somebody who may use the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub identity: String,
    /// What they are called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Their card: base32.
    #[schema(value_type = text::Base32)]
    pub card: String,
    /// Since when.
    #[schema(value_type = text::Time)]
    pub added: String,
    /// The last sign-in since the node started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub last_login: Option<String>,
    /// Sessions that they have.
    pub sessions: u64,
}

/// Who may use the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserList {
    /// Ascending by identity.
    pub users: Vec<User>,
}

/// Lets a person use the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddUserRequest {
    /// Their card: base32.
    #[schema(value_type = text::Base32)]
    pub card: String,
    /// What they may do.
    pub role: Role,
    /// What they are called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Changes what stands here of a user. Their sessions end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUserRequest {
    /// Another role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Makes a link with which one person becomes a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteUserRequest {
    /// What they may do.
    pub role: Role,
    /// What they are called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A link with which one person becomes a user, once. The node keeps its hash alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrolmentLink {
    /// Names it, to take it back.
    pub invitation: String,
    /// The link. Whoever has it becomes a user.
    pub link: String,
    /// What they may do.
    pub role: Role,
    /// What they are called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Until when it counts.
    #[schema(value_type = text::Time)]
    pub until: String,
}

/// A link that was given and not used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserInvitation {
    /// Names it.
    pub invitation: String,
    /// What who uses it may do.
    pub role: Role,
    /// What they are called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Until when it counts.
    #[schema(value_type = text::Time)]
    pub until: String,
}

/// Links that were given and not used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserInvitationList {
    /// Ascending by name.
    pub invitations: Vec<UserInvitation>,
}
