//! Who may use the node, and the links with which people become users.
//!
//! | space | key | value |
//! |---|---|---|
//! | Meta | `user` ‖ identity | [`User`] |
//! | Meta | `enrol` ‖ SHA-256 of the secret | [`Invitation`] |

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_api::{Kind, Refusal};
use countersign_api_model::Role;
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;
use countersign_member::SignedInception;
use countersign_store::{Batch, Space, Store};
use countersign_types::{IdentityId, Timestamp};
use tokio::sync::{Mutex, MutexGuard};

use crate::Error;

/// Most users.
const USERS_MAX: usize = 1_000;
/// Most links that were not used yet.
const INVITATIONS_MAX: usize = 100;
/// Most bytes of a name.
const NAME_BYTES_MAX: usize = 200;
const USER: &[u8] = b"user";
const ENROL: &[u8] = b"enrol";

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) card: SignedInception,
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) added: Timestamp,
    /// Since the node started.
    pub(crate) last_login: Option<Timestamp>,
}

/// A link that was not used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invitation {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) until: Timestamp,
}

fn put_role(out: &mut Writer, role: Role) {
    out.uint(match role {
        Role::Member => 0,
        Role::Operator => 1,
    });
}

fn role(from: &mut Reader<'_>) -> Result<Role, DecodeError> {
    match from.tag("role")? {
        0 => Ok(Role::Member),
        1 => Ok(Role::Operator),
        tag => Err(DecodeError::Tag { what: "role", tag: tag.into() }),
    }
}

fn name(from: &mut Reader<'_>) -> Result<String, DecodeError> {
    let bytes = from.bytes("name", NAME_BYTES_MAX)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| DecodeError::Value("name"))
}

impl Encode for User {
    fn encode(&self, out: &mut Writer) {
        self.card.encode(out);
        put_role(out, self.role);
        out.bytes(self.name.as_bytes());
        self.added.encode(out);
    }
}

impl Decode for User {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (card, role, name) = (SignedInception::decode(from)?, role(from)?, name(from)?);
        Ok(Self { card, role, name, added: Timestamp::decode(from)?, last_login: None })
    }
}

impl Encode for Invitation {
    fn encode(&self, out: &mut Writer) {
        put_role(out, self.role);
        out.bytes(self.name.as_bytes());
        self.until.encode(out);
    }
}

impl Decode for Invitation {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { role: role(from)?, name: name(from)?, until: Timestamp::decode(from)? })
    }
}

/// What the disk has of users and links.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) users: BTreeMap<IdentityId, User>,
    pub(crate) invitations: BTreeMap<[u8; 32], Invitation>,
}

impl Held {
    /// What users are called.
    pub(crate) fn names(&self) -> BTreeMap<IdentityId, String> {
        self.users.iter().map(|(identity, user)| (*identity, user.name.clone())).collect()
    }
}

/// Users and links, each change durable before it counts.
pub(crate) struct Users {
    store: Arc<Store>,
    held: Mutex<Held>,
}

impl Users {
    /// Those that the disk has.
    pub(crate) fn open(store: Arc<Store>) -> Result<Self, Error> {
        let corrupt = || Error::Corrupt("users".to_owned());
        let mut held = Held::default();
        for line in store.scan_prefix(Space::Meta, USER) {
            let user = User::from_bytes(&line?.1).map_err(|_| corrupt())?;
            held.users.insert(user.card.id(), user);
        }
        for line in store.scan_prefix(Space::Meta, ENROL) {
            let (key, value) = line?;
            let key = key.get(ENROL.len()..).and_then(|key| key.try_into().ok()).ok_or_else(corrupt)?;
            held.invitations.insert(key, Invitation::from_bytes(&value).map_err(|_| corrupt())?);
        }
        Ok(Self { store, held: Mutex::new(held) })
    }

    /// Holds everything still: what is read does not change until it is let go.
    pub(crate) async fn hold(&self) -> MutexGuard<'_, Held> {
        self.held.lock().await
    }

    async fn commit(&self, batch: Batch) -> Result<(), Refusal> {
        self.store.commit(batch).await.map_err(|error| {
            tracing::error!(%error, "users are not kept");
            Refusal::new(Kind::Busy, error.code(), "the disk of this node refuses to write")
                .suggest("make room on the disk of the node, then try again")
        })
    }

    /// Adds or changes a user; by a link, which is used up with it.
    pub(crate) async fn put(&self, held: &mut Held, user: User, link: Option<[u8; 32]>) -> Result<(), Refusal> {
        let identity = user.card.id();
        if held.users.len() >= USERS_MAX && !held.users.contains_key(&identity) {
            return Err(Refusal::new(Kind::Conflict, "limit", "this node has as many users as it can"));
        }
        let mut batch = Batch::new();
        batch.put(Space::Meta, key(USER, identity.bytes()), user.to_bytes());
        if let Some(link) = &link {
            batch.delete(Space::Meta, key(ENROL, link));
        }
        self.commit(batch).await?;
        held.users.insert(identity, user);
        link.map(|link| held.invitations.remove(&link));
        Ok(())
    }

    /// Takes a user away. False if there was none.
    pub(crate) async fn remove(&self, identity: &IdentityId) -> Result<bool, Refusal> {
        let mut held = self.hold().await;
        if !held.users.contains_key(identity) {
            return Ok(false);
        }
        let mut batch = Batch::new();
        batch.delete(Space::Meta, key(USER, identity.bytes()));
        self.commit(batch).await?;
        held.users.remove(identity);
        Ok(true)
    }

    /// Keeps the hash of a link. Links whose time is over give way.
    pub(crate) async fn invite(&self, secret: &[u8], invitation: Invitation, now: Timestamp) -> Result<(), Refusal> {
        let mut held = self.hold().await;
        let over: Vec<_> =
            held.invitations.iter().filter(|(_, link)| link.until < now).map(|(name, _)| *name).collect();
        if held.invitations.len().saturating_sub(over.len()) >= INVITATIONS_MAX {
            return Err(Refusal::new(Kind::Conflict, "limit", "too many links were given and not used yet"));
        }
        let name = link_name(secret);
        let mut batch = Batch::new();
        for name in &over {
            batch.delete(Space::Meta, key(ENROL, name));
        }
        batch.put(Space::Meta, key(ENROL, &name), invitation.to_bytes());
        self.commit(batch).await?;
        held.invitations.retain(|name, _| !over.contains(name));
        held.invitations.insert(name, invitation);
        Ok(())
    }

    /// Takes a link back. False if there was none.
    pub(crate) async fn withdraw(&self, wanted: impl Fn(&[u8; 32]) -> bool) -> Result<bool, Refusal> {
        let mut held = self.hold().await;
        let Some(name) = held.invitations.keys().copied().find(|name| wanted(name)) else { return Ok(false) };
        let mut batch = Batch::new();
        batch.delete(Space::Meta, key(ENROL, &name));
        self.commit(batch).await?;
        held.invitations.remove(&name);
        Ok(true)
    }
}

/// The hash under which a link is kept.
pub(crate) fn link_name(secret: &[u8]) -> [u8; 32] {
    *Digest::of(secret).bytes()
}

fn key(prefix: &[u8], name: &[u8; 32]) -> Vec<u8> {
    [prefix, name].concat()
}

/// A name as it may be kept: short, on one line.
pub(crate) fn checked_name(name: Option<String>) -> Result<String, Refusal> {
    let name = name.unwrap_or_default().trim().to_owned();
    if name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(
            Refusal::new(Kind::Invalid, "invalid_data", "a name has at most 200 bytes, on one line").by("/name")
        );
    }
    Ok(name)
}
