//! With whose key a command speaks.

use countersign_api_model::NodeInfo;
use countersign_client::Client;
use countersign_member::{Member, SignedInception};
use countersign_types::{ContractId, IdentityId};

use crate::draft::Voice;
use crate::failure::Failure;
use crate::files;
use crate::keys::{Admin, Keys, OwnKey, Person};
use crate::people::People;

/// A person, or an organisation by its admin key, with the key that counts now.
pub struct Speaker {
    /// What it is called here.
    pub name: String,
    identity: IdentityId,
    key: OwnKey,
}

impl Speaker {
    /// Its voice.
    pub fn voice(&self) -> Voice<'_> {
        Voice { identity: self.identity, key: self.key.id, signer: &self.key.signer }
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
    let speaker = |admin: Admin| Speaker { name: admin.name, identity: member.party(), key: admin.key };
    held.map(speaker).ok_or_else(|| {
        Failure::refused("no_admin_key", format!("your keystore has no admin key of {}", node.name))
            .next("countersign key list")
    })
}

/// Whoever is named: a person or an admin key; without a name the only person, or else the only admin.
pub async fn speaker(client: &Client, keys: &Keys, contract: ContractId, by: Option<&str>) -> Result<Speaker, Failure> {
    let named_admin = by.is_some_and(|by| keys.admins().iter().any(|admin| admin.name == by));
    if named_admin || (by.is_none() && keys.people()?.is_empty()) {
        return admin(client, keys, Some(contract)).await;
    }
    let Person { name, inception, keys } = keys.person(by)?;
    let key = newest(client, contract, &inception, keys).await?;
    Ok(Speaker { name, identity: inception.id(), key })
}

/// Which of a person's keys counts in a contract: the newest that its log knows.
async fn newest(
    client: &Client,
    contract: ContractId,
    inception: &SignedInception,
    mut keys: Vec<OwnKey>,
) -> Result<OwnKey, Failure> {
    if keys.len() > 1 {
        let people = People::of(client, contract).await?;
        keys.retain(|key| people.may_sign(inception, &key.id));
    }
    keys.into_iter().next().ok_or_else(|| {
        Failure::refused("not_entitled", "all your keys are retired in this contract")
            .next(format!("countersign contract log {contract}"))
    })
}
