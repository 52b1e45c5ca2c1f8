//! `key rotate`: a new key in the keystore, and a `key_rotate` statement in each contract that knows the old one.

use clap::Args;
use countersign_api_model::{ContractStatus, Submitted};
use countersign_client::Client;
use countersign_contract::{KeyRotate, NewKey, Payload};
use countersign_crypto::{Namespace, Signer};
use countersign_member::{IdentityKey, KeyId, KeyPurpose, SignedInception};
use countersign_types::ContractId;
use serde::Serialize;

use crate::context::{self, Global};
use crate::draft::{self, Voice};
use crate::failure::Failure;
use crate::keys::{Keys, OwnKey};
use crate::output;
use crate::people::People;
use crate::voice;

/// Which key to replace.
#[derive(Args, Debug)]
#[command(
    after_long_help = "The old key signs for the new one. It stays in your keystore: statements made with it before \
    are still on their way, and your card begins with it.\n\nExample:\n  countersign key rotate --name anna"
)]
pub struct Rotate {
    /// Whose key: a person or admin key of your keystore
    #[arg(long)]
    name: String,
    /// Only in this contract; may be given several times
    #[arg(long)]
    contract: Vec<ContractId>,
    /// The old key is in wrong hands: it counts no more at once
    #[arg(long)]
    compromised: bool,
}

/// What became of the rotation.
#[derive(Serialize)]
struct Rotated {
    /// `key_…`.
    key: String,
    contracts: Vec<Done>,
}

#[derive(Serialize)]
struct Done {
    contract: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted: Option<Submitted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// The identity whose keys are replaced.
struct Holder {
    inception: SignedInception,
    purpose: KeyPurpose,
    /// Its keys in this keystore, without the new one.
    keys: Vec<OwnKey>,
    fresh: OwnKey,
}

impl Rotate {
    /// Rotates.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (client, mut keys) = (global.client()?, global.keys()?);
        let contracts = match self.contract.is_empty() {
            false => self.contract.clone(),
            true => active(&client).await?,
        };
        let holder = self.holder(&client, &mut keys).await?;
        let mut done = Vec::new();
        for contract in contracts {
            match self.rotate_in(&client, contract, &holder).await {
                Ok(None) => {}
                Ok(submitted) => done.push(Done { contract: contract.to_string(), submitted, refused: None }),
                Err(failure) => {
                    let refused = Some(failure.code().to_owned());
                    output::talk(&format!("{contract}: {} [{}]", failure.detail(), failure.code()));
                    done.push(Done { contract: contract.to_string(), submitted: None, refused });
                }
            }
        }
        let failed = done.iter().filter(|done| done.refused.is_some()).count();
        let rotated = Rotated { key: holder.fresh.id.to_string(), contracts: done };
        global.output().show(&rotated, |rotated| {
            let line = |done: &Done| match &done.refused {
                None => format!("{}: replaced\n", done.contract),
                Some(code) => format!("{}: {code}\n", done.contract),
            };
            format!("{}\n", rotated.key) + &rotated.contracts.iter().map(line).collect::<String>()
        })?;
        match failed {
            0 => Ok(()),
            _ => {
                output::talk(&format!("next:  countersign key rotate --name {:?} --contract CONTRACT", self.name));
                Err(Failure::told())
            }
        }
    }

    async fn holder(&self, client: &Client, keys: &mut Keys) -> Result<Holder, Failure> {
        let (seed, now) = (&mut context::seed()?, context::now());
        if keys.admins().iter().any(|admin| admin.name == self.name) {
            let admin = keys.admin(Some(&self.name))?;
            let card = voice::card(&client.node().await?)?;
            let fresh = keys.add_admin_key(&admin, seed, now)?;
            let old = keys.admins().into_iter().map(|admin| admin.key).filter(|key| key.id != fresh.id).collect();
            return Ok(Holder { inception: card.inception, purpose: KeyPurpose::Admin, keys: old, fresh });
        }
        let person = keys.person(Some(&self.name))?;
        let fresh = keys.add_key(&person, seed, now)?;
        Ok(Holder { inception: person.inception, purpose: KeyPurpose::User, keys: person.keys, fresh })
    }

    /// None if the contract does not know the identity, or no key of this keystore counts in it.
    async fn rotate_in(
        &self,
        client: &Client,
        contract: ContractId,
        holder: &Holder,
    ) -> Result<Option<Submitted>, Failure> {
        let people = People::of(client, contract).await?;
        let identity = holder.inception.id();
        let known = holder.purpose == KeyPurpose::Admin || people.knows(&identity);
        let current: Vec<&OwnKey> =
            holder.keys.iter().filter(|key| people.may_sign(&holder.inception, &key.id)).collect();
        let (true, Some(old)) = (known, current.first()) else { return Ok(None) };
        let key = IdentityKey::signing(holder.purpose, holder.fresh.signer.public_key())
            .ok_or_else(|| Failure::refused("corrupt", "the new key does not sign"))?;
        let proof = holder.fresh.signer.sign(Namespace::NewKey, &NewKey::proof_bytes(&contract, &identity, &key));
        let retire: Vec<KeyId> = current.iter().map(|key| key.id).collect();
        let overlap = self.compromised.then_some(0);
        let add = vec![NewKey { key, proof: Some(proof) }];
        let payload = Payload::KeyRotate(KeyRotate { identity, add, retire, overlap });
        let voice = Voice { identity, key: old.id, signer: &old.signer };
        draft::say(client, contract, &voice, &payload, &[]).await.map(Some)
    }
}

/// The contracts that the node's party takes part in.
async fn active(client: &Client) -> Result<Vec<ContractId>, Failure> {
    let contracts = client.all_contracts().await?;
    let active = contracts.iter().filter(|contract| contract.status == ContractStatus::Active);
    Ok(active.filter_map(|contract| contract.contract.parse().ok()).collect())
}
