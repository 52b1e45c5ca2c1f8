//! `personal …`: what is held about somebody, until when, and having it erased in all contracts.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, Subcommand};
use countersign_api_model::{PersonalItem, PersonalList};
use countersign_client::Client;
use countersign_contract::{Erase as Wish, Payload, commitment_from_text};
use countersign_types::{ContractId, IdentityId, PayloadCommitment};
use serde::Serialize;

use crate::context::Global;
use crate::contract::COMMITMENTS_MAX;
use crate::draft;
use crate::failure::Failure;
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

/// What an erasure asked for.
#[derive(Serialize)]
struct Asked {
    /// The `erase` statements, by contract.
    asked: Vec<InContract>,
    /// What others brought, and must ask for.
    left: Vec<PersonalItem>,
}

#[derive(Serialize)]
struct InContract {
    contract: String,
    statement: String,
    commitments: Vec<String>,
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
    let mut items = client.personal(of.as_deref()).await?;
    items.retain(|item| contract.is_none_or(|contract| item.contract == contract.to_string()) && (item.due || !due));
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
        let mut asked = Vec::new();
        for (contract, commitments) in by_contract {
            let speaker = voice::admin(&client, &keys, Some(contract)).await?;
            let all: Vec<_> = commitments.into_iter().collect();
            for some in all.chunks(COMMITMENTS_MAX) {
                let wish = Payload::Erase(Wish { commitments: some.to_vec(), reason: self.reason.clone() });
                let done = draft::say(&client, contract, &speaker.voice(), &wish, &[]).await?;
                asked.push(InContract {
                    contract: contract.to_string(),
                    statement: done.statement,
                    commitments: some.iter().map(countersign_contract::commitment_text).collect(),
                });
            }
        }
        if asked.is_empty() {
            output::talk("nothing here that your own people brought");
        }
        for item in &left {
            let place = format!("{} at {}, {}", short(&item.contract), item.position, item.name);
            output::talk(&format!("left: {place}: only {} can ask for it", short(&item.brought_by)));
        }
        output::talk("every node erases once this is final; who has signed that:  countersign personal list");
        global.output().show(&Asked { asked, left }, |done| {
            let line =
                |one: &InContract| vec![one.contract.clone(), one.statement.clone(), one.commitments.len().to_string()];
            table(&done.asked.iter().map(line).collect::<Vec<_>>())
        })
    }
}
