//! `personal …`: what is held about somebody, until when, and having it erased in all contracts.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, Subcommand};
use countersign_api_model::{PersonalItem, PersonalList};
use countersign_client::Client;
use countersign_contract::commitment_from_text;
use countersign_types::{ContractId, IdentityId, PayloadCommitment};

use crate::context::Global;
use crate::erasing::{Asked, Erasing};
use crate::failure::Failure;
use crate::keys::Keys;
use crate::output::{self, table};
use crate::voice;
use crate::words::short;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the personal data in your contracts, and whose they are
    List(List),
    /// Have everything about a party erased, in all contracts
    Erase(Erase),
}

/// Whose.
#[derive(Args, Debug)]
#[command(
    after_long_help = "With --json this is the answer to somebody who asks what is held about them.\n\nExample:\n  \
    countersign personal list --of idn_… --json\n  countersign personal list --due"
)]
pub struct List {
    /// Only data about this party: the one that plays the subject of their class
    #[arg(long, value_name = "PARTY")]
    of: Option<IdentityId>,
    /// Only what was kept as long as its class says
    #[arg(long)]
    due: bool,
    /// Only in this contract
    #[arg(long)]
    contract: Option<ContractId>,
}

/// Whose, and why.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Asks all members of each contract to delete what your own people brought about this party: \
    values and files of every data class of which it is the subject. Every node signs that it did. What others \
    brought they must ask for; it is listed. Signed with your admin key; it cannot be taken back.\n\nExample:\n  \
    countersign personal erase --of idn_… --reason \"GDPR 17(1)(a)\"\n  \
    countersign personal erase --due --reason \"kept long enough\""
)]
pub struct Erase {
    /// Data about this party
    #[arg(long, value_name = "PARTY", required_unless_present = "due")]
    of: Option<IdentityId>,
    /// What was kept as long as its class says
    #[arg(long)]
    due: bool,
    /// Only in this contract
    #[arg(long)]
    contract: Option<ContractId>,
    /// The legal reason, for all to read
    #[arg(long)]
    reason: String,
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::List(arguments) => arguments.run(global).await,
            Self::Erase(arguments) => arguments.run(global).await,
        }
    }
}

async fn items(
    client: &Client,
    of: Option<IdentityId>,
    due: bool,
    contract: Option<ContractId>,
) -> Result<Vec<PersonalItem>, Failure> {
    let of = of.map(|party| party.to_string());
    let Some(contract) = contract else { return Ok(client.personal(of.as_deref(), due).await?) };
    let mut items = client.personal_of(&contract.to_string()).await?;
    items.retain(|item| (of.is_none() || item.subject_party == of) && (item.due || !due));
    Ok(items)
}

impl List {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let items = items(&global.client()?, self.of, self.due, self.contract).await?;
        if items.is_empty() {
            output::talk("no personal data, as far as the scenarios say what is personal");
        }
        global
            .output()
            .show(&PersonalList { items, next: None }, |list| table(&list.items.iter().map(row).collect::<Vec<_>>()))
    }
}

/// One line: where, whose, what it says, and until when it is kept.
fn row(item: &PersonalItem) -> Vec<String> {
    let value = match (&item.value, item.erased, item.held) {
        (_, true, _) => format!("erased by {}", item.erased_by.len()),
        (Some(value), ..) => value.to_string(),
        (None, _, true) => format!("{}, {} bytes", item.media, item.size),
        (None, ..) => "not held here".to_owned(),
    };
    let kept = match (&item.kept_until, item.due) {
        (_, true) => "due".to_owned(),
        (Some(until), _) => format!("until {until}"),
        (None, _) => "until the end".to_owned(),
    };
    let place = format!("{} at {}", short(&item.contract), item.position);
    vec![place, format!("{} of {}", item.class, item.subject), item.name.clone(), value, kept]
}

impl Erase {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (client, keys) = (global.client()?, global.keys()?);
        let own = client.node().await?.party;
        let found = items(&client, self.of, self.due, self.contract).await?;
        let (mine, left): (Vec<_>, Vec<_>) =
            found.into_iter().filter(|item| !item.erased).partition(|item| item.brought_by == own);
        let mut by_contract: BTreeMap<ContractId, BTreeSet<PayloadCommitment>> = BTreeMap::new();
        for item in &mine {
            let bad = || Failure::refused("bad_answer", "the node names a contract or payload that is none");
            let contract = item.contract.parse().map_err(|_| bad())?;
            by_contract.entry(contract).or_default().insert(commitment_from_text(&item.commitment).ok_or_else(bad)?);
        }
        let mut erasing = Erasing::default();
        let came = self.ask(&mut erasing, &client, &keys, by_contract).await;
        if erasing.asked.is_empty() && came.is_ok() {
            output::talk("nothing here that your own people brought");
        }
        for item in &left {
            let place = format!("{} at {}, {}", short(&item.contract), item.position, item.name);
            output::talk(&format!("left: {place}: only {} can ask for it", short(&item.brought_by)));
        }
        output::talk("every node erases once this is final; who has signed that:  countersign personal list");
        erasing.left = Some(left);
        erasing.show(global.output(), came, |told| {
            let line =
                |one: &Asked| vec![one.contract.clone(), one.statement.clone(), one.commitments.len().to_string()];
            table(&told.asked.iter().map(line).collect::<Vec<_>>())
        })
    }

    async fn ask(
        &self,
        erasing: &mut Erasing,
        client: &Client,
        keys: &Keys,
        by_contract: BTreeMap<ContractId, BTreeSet<PayloadCommitment>>,
    ) -> Result<(), Failure> {
        for (contract, commitments) in by_contract {
            let speaker = voice::admin(client, keys, Some(contract)).await?;
            erasing.ask(client, contract, &speaker.voice(), &self.reason, commitments).await?;
        }
        Ok(())
    }
}
