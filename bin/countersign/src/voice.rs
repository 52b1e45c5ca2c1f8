//! With whose key a command speaks.

use countersign_api_model::NodeInfo;
use countersign_client::Client;
use countersign_member::{Member, SignedInception};
use countersign_types::ContractId;

use crate::draft::Voice;
use crate::failure::Failure;
use crate::files;
use crate::keys::{Admin, Keys, OwnKey, Person};
use crate::people::People;

/// A person, or an organisation by its admin key.
pub enum Speaker {
    /// A person with the key that counts now.
    Person(Person, usize),
    /// An organisation with an admin key.
    Admin(Member, Admin),
}

impl Speaker {
    /// Its voice.
    pub fn voice(&self) -> Voice<'_> {
        let voice = |identity, key: &'_ OwnKey| (identity, key.id);
        let (identity, key, signer) = match self {
            Self::Person(person, at) => {
                let key = &person.keys[*at];
                let (identity, id) = voice(person.inception.id(), key);
                (identity, id, &key.signer)
            }
            Self::Admin(member, admin) => {
                let (identity, id) = voice(member.party(), &admin.key);
                (identity, id, &admin.key.signer)
            }
        };
        Voice { identity, key, signer }
    }

    /// What it is called here.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(person, _) => &person.name,
            Self::Admin(_, admin) => &admin.name,
        }
    }
}

/// The card of a node's party.
pub fn card(node: &NodeInfo) -> Result<Member, Failure> {
    files::from_text(&node.card, "the card of the node")
}

/// The admin key that decides for the party of the node in a contract; without a contract, at its founding.
pub async fn admin(client: &Client, keys: &Keys, contract: Option<ContractId>) -> Result<Speaker, Failure> {
    let node = client.node().await?;
    let member = card(&node)?;
    let people = match contract {
        Some(contract) if keys.admins().len() > 1 => People::of(client, contract).await?,
        _ => People::default(),
    };
    let held = keys.admins().into_iter().find(|admin| people.may_sign(&member.inception, &admin.key.id));
    held.map(|admin| Speaker::Admin(member, admin)).ok_or_else(|| {
        Failure::refused("no_admin_key", format!("your keystore has no admin key of {}", node.name))
            .next("countersign key list")
    })
}

/// Whoever is named: a person or an admin key; without a name the only person, or else the only admin.
pub async fn speaker(
    client: &Client,
    keys: &Keys,
    contract: ContractId,
    by: Option<&str>,
) -> Result<Speaker, Failure> {
    let named_admin = by.is_some_and(|by| keys.admins().iter().any(|admin| admin.name == by));
    if named_admin || (by.is_none() && keys.people()?.is_empty()) {
        return admin(client, keys, Some(contract)).await;
    }
    let person = keys.person(by)?;
    let at = newest(client, contract, &person.inception, &person.keys).await?;
    Ok(Speaker::Person(person, at))
}

/// Which of a person's keys counts in a contract: the newest that its log knows.
async fn newest(
    client: &Client,
    contract: ContractId,
    inception: &SignedInception,
    keys: &[OwnKey],
) -> Result<usize, Failure> {
    if keys.len() == 1 {
        return Ok(0);
    }
    let people = People::of(client, contract).await?;
    let at = keys.iter().position(|key| people.may_sign(inception, &key.id));
    at.ok_or_else(|| {
        Failure::refused("not_entitled", "all your keys are retired in this contract")
            .next(format!("countersign contract log {contract}"))
    })
}
