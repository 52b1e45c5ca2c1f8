//! People who come to `dev` with a browser: a link for each party, and a mandate for whoever followed it.

use std::collections::BTreeSet;
use std::time::Duration;

use countersign_api_model::{GiveNameRequest, InviteUserRequest, Role, User};
use countersign_member::{Mandate, Named, SignedInception};
use countersign_types::ContractId;

use crate::failure::Failure;
use crate::files;
use crate::mandate::{self, Wish};
use crate::output;

use super::stage::{Party, Stage};

/// How often the nodes are asked for new users.
const PAUSE: Duration = Duration::from_millis(500);

/// A link with which one person becomes an operator of the node of a party. It counts once and for an hour.
pub async fn link(party: &Party) -> Result<String, Failure> {
    let request = InviteUserRequest { role: Role::Operator, name: None };
    Ok(party.client.invite_user(&request).await?.link)
}

/// Tells each node what its partners are called. A name is what a node calls somebody: cards have none.
pub async fn introduce(stage: &Stage) -> Result<(), Failure> {
    for party in stage.parties() {
        for partner in stage.parties() {
            let request = GiveNameRequest { name: partner.company.to_owned() };
            party.client.give_name(&partner.card.party().to_string(), &request).await?;
        }
    }
    Ok(())
}

/// Gives a mandate in the contract to everybody who becomes a user, for as long as this is polled. The organisations of
/// `dev` trust whoever has their link.
pub async fn welcome(stage: &Stage, contract: ContractId) -> Result<(), Failure> {
    let mut met = BTreeSet::new();
    loop {
        for party in stage.parties() {
            for user in party.client.users().await?.users {
                if met.insert(user.identity.clone()) {
                    let name = user.name.clone().unwrap_or_else(|| "a person".to_owned());
                    entrust(party, contract, &user).await?;
                    output::talk(&format!("{name} may act for the {} in the lease", party.name));
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn entrust(party: &Party, contract: ContractId, user: &User) -> Result<(), Failure> {
    let card: SignedInception = files::from_text(&user.card, "the card of the user")?;
    let mandate = Mandate {
        person: card.id(),
        key: None,
        actors: Named::All,
        actions: Named::All,
        limits: Vec::new(),
        from: None,
        until: None,
    };
    let wish = Wish { mandate, card: Some(card) };
    mandate::grant(&party.client, contract, &party.admin_voice(), wish).await.map(|_| ())
}
