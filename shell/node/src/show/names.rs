//! What people and parties are called. An identity has no name: it is called as this node's users call it, or as it calls
//! itself in the data of an actor.
//!
//! | space | key | value |
//! |---|---|---|
//! | Meta | `name` ‖ identity | the name that an operator gave, UTF-8 |

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use countersign_api_model as model;
use countersign_codec::Json;
use countersign_contract::State;
use countersign_crypto::Digest;
use countersign_store::{Batch, Space, Store};
use countersign_types::IdentityId;

use crate::Error;

const NAME: &[u8] = b"name";
/// Most names that operators gave.
pub(crate) const NAMES_MAX: usize = 100_000;

/// Names that this node knows beside those in contracts.
pub(crate) struct Names {
    store: Arc<Store>,
    own: (IdentityId, String),
    users: RwLock<BTreeMap<IdentityId, String>>,
    given: RwLock<BTreeMap<IdentityId, String>>,
}

impl Names {
    pub(crate) fn open(store: Arc<Store>, party: IdentityId, name: String) -> Result<Self, Error> {
        let mut given = BTreeMap::new();
        for line in store.scan_prefix(Space::Meta, NAME) {
            let (key, value) = line?;
            let corrupt = || Error::Corrupt("names".to_owned());
            let id = key.get(NAME.len()..).and_then(|key| key.try_into().ok()).ok_or_else(corrupt)?;
            given.insert(IdentityId::new(Digest::new(id)), String::from_utf8(value).map_err(|_| corrupt())?);
        }
        Ok(Self { store, own: (party, name), users: RwLock::default(), given: RwLock::new(given) })
    }

    /// What the users of the node are called.
    pub(crate) fn know_users(&self, users: BTreeMap<IdentityId, String>) {
        *self.users.write().unwrap_or_else(PoisonError::into_inner) = users;
    }

    /// Gives a name, or takes it away if it is empty. False if there are too many.
    pub(crate) async fn give(&self, identity: IdentityId, name: String) -> Result<bool, countersign_store::Error> {
        let key = [NAME, identity.bytes()].concat();
        let mut batch = Batch::new();
        if name.is_empty() {
            batch.delete(Space::Meta, key);
        } else if self.given.read().unwrap_or_else(PoisonError::into_inner).len() >= NAMES_MAX {
            return Ok(false);
        } else {
            batch.put(Space::Meta, key, name.as_bytes().to_vec());
        }
        self.store.commit(batch).await?;
        let mut given = self.given.write().unwrap_or_else(PoisonError::into_inner);
        match name.is_empty() {
            true => given.remove(&identity),
            false => given.insert(identity, name),
        };
        Ok(true)
    }

    /// What this node calls an identity.
    fn known(&self, identity: &IdentityId) -> Option<String> {
        let read = |names: &RwLock<BTreeMap<IdentityId, String>>| {
            names.read().unwrap_or_else(PoisonError::into_inner).get(identity).cloned()
        };
        let own = || Some(&self.own).filter(|(party, _)| party == identity).map(|(_, name)| name.clone());
        read(&self.given).or_else(|| read(&self.users)).or_else(own).filter(|name| !name.is_empty())
    }

    /// What a person is called.
    pub(crate) fn of_person(&self, state: &State, identity: &IdentityId) -> Option<String> {
        self.known(identity).or_else(|| said(state, identity))
    }

    /// What a party is called.
    pub(crate) fn of_party(&self, state: &State, party: &IdentityId) -> Option<String> {
        self.of_person(state, party)
    }

    /// All names that this node knows.
    pub(crate) fn all(&self) -> Vec<model::NameView> {
        let mut all = BTreeMap::from([(self.own.0, (self.own.1.clone(), "own"))]);
        for (names, source) in [(&self.users, "user"), (&self.given, "given")] {
            let names = names.read().unwrap_or_else(PoisonError::into_inner);
            all.extend(names.iter().map(|(identity, name)| (*identity, (name.clone(), source))));
        }
        let named = all.into_iter().filter(|(_, (name, _))| !name.is_empty());
        let one = |(identity, (name, source)): (IdentityId, (String, &str))| model::NameView {
            identity: identity.to_string(),
            name,
            source: source.to_owned(),
        };
        named.map(one).collect()
    }
}

/// What a party says of itself: the text `name` in the data of an actor that it plays.
fn said(state: &State, identity: &IdentityId) -> Option<String> {
    let process = state.process()?;
    let party = identity.to_string();
    let actors = process.roles_of(&party).into_iter();
    let mut names = actors.filter_map(|actor| match process.actor(&actor)?.to_plain() {
        Json::Map(data) => match data.get("name") {
            Some(Json::Text(name)) => Some(name.to_string()),
            _ => None,
        },
        _ => None,
    });
    names.find(|name| !name.trim().is_empty())
}
