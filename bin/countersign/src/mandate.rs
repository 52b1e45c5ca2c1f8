//! `mandate …`: who may act for a party.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use countersign_api_model::Submitted;
use countersign_client::Client;
use countersign_contract::Payload;
use countersign_member::{Limit, Mandate, Named, SignedInception};
use countersign_rules::Decimal;
use countersign_types::{ContractId, IdentityId, StatementId, Timestamp};
use serde::Serialize;

use crate::context::Global;
use crate::draft::{self, Voice};
use crate::failure::Failure;
use crate::output::{self, table};
use crate::people::{Granted, People};
use crate::words::short;
use crate::{files, voice};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let a person act for your party
    Grant(Box<Grant>),
    /// Take a mandate back
    Revoke(Revoke),
    /// List the mandates in force
    List(List),
}

/// Who may do what.
#[derive(Args, Debug)]
#[command(
    after_long_help = "The person sends their card: countersign key list --card. If the contract does not know them, \
    they are introduced first; both is signed with your admin key.\n\nExample:\n  \
    countersign mandate grant CONTRACT --person anna.card --actors employee --actions draft --max rent=1000"
)]
pub struct Grant {
    /// The contract
    contract: ContractId,
    /// The card of the person, or their id if the contract knows them
    #[arg(long, value_name = "CARD")]
    person: String,
    /// The actors they may act as, with commas between, or all
    #[arg(long, default_value = "all")]
    actors: String,
    /// The actions they may take, with commas between, or all
    #[arg(long)]
    actions: String,
    /// The largest value of a field of the data
    #[arg(long, value_name = "FIELD=DECIMAL")]
    max: Vec<String>,
    /// From then on
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until just before then
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// What to take back.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign mandate revoke CONTRACT STATEMENT")]
pub struct Revoke {
    /// The contract
    contract: ContractId,
    /// The statement that gave the mandate
    mandate: StatementId,
}

/// Where to look.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign mandate list CONTRACT")]
pub struct List {
    /// The contract
    contract: ContractId,
}

/// A mandate in force; `mandate` as in the log.
#[derive(Serialize)]
struct Line {
    statement: String,
    position: u64,
    party: String,
    mandate: serde_json::Value,
}

#[derive(Serialize)]
struct Lines {
    mandates: Vec<Line>,
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Grant(arguments) => arguments.run(global).await,
            Self::Revoke(arguments) => arguments.run(global).await,
            Self::List(arguments) => arguments.run(global).await,
        }
    }
}

impl Grant {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let wish = self.wish()?;
        let (client, keys) = (global.client()?, global.keys()?);
        let speaker = voice::admin(&client, &keys, Some(self.contract)).await?;
        let (introduced, granted) = grant(&client, self.contract, &speaker.voice(), wish).await?;
        if let Some(introduced) = introduced {
            output::talk(&format!("introduced the person at position {}", introduced.position));
        }
        global.output().show(&granted, |granted| format!("{}\n", granted.statement))
    }

    fn wish(&self) -> Result<Wish, Failure> {
        let (person, card) = match self.person.parse::<IdentityId>() {
            Ok(person) => (person, None),
            Err(_) => {
                let card: SignedInception = files::card(&self.person, "the card of the person")?;
                card.check().map_err(|error| Failure::misuse(format!("the card of the person: {error}")))?;
                (card.id(), Some(card))
            }
        };
        let limit = |text: &String| {
            let parts = text.split_once('=').and_then(|(field, max)| Some((field, Decimal::parse(max)?)));
            let (field, max) = parts.ok_or_else(|| Failure::misuse(format!("--max {text} is not FIELD=DECIMAL")))?;
            Ok(Limit { field: field.to_owned(), max })
        };
        let limits: Result<Vec<Limit>, Failure> = self.max.iter().map(limit).collect();
        let mandate = Mandate {
            person,
            key: None,
            actors: named(&self.actors),
            actions: named(&self.actions),
            limits: limits?,
            from: self.from.as_deref().map(time).transpose()?,
            until: self.until.as_deref().map(time).transpose()?,
        };
        Ok(Wish { mandate, card })
    }
}

/// A mandate to give, and the card of the person, if it is at hand.
pub struct Wish {
    /// The mandate.
    pub mandate: Mandate,
    /// The card.
    pub card: Option<SignedInception>,
}

/// Introduces the person, unless the contract knows them, and gives the mandate. Both statements, in this order.
pub async fn grant(
    client: &Client,
    contract: ContractId,
    admin: &Voice<'_>,
    wish: Wish,
) -> Result<(Option<Submitted>, Submitted), Failure> {
    let people = People::of(client, contract).await?;
    let mut introduced = None;
    // The own party is known since it is a member: its system key acts by such a mandate.
    if wish.mandate.person != admin.identity && !people.knows(&wish.mandate.person) {
        let card = wish.card.ok_or_else(|| {
            Failure::refused("unknown_identity", "the contract does not know this person yet: give their card")
                .next("countersign key list --card, where the person's keystore is")
        })?;
        introduced = Some(draft::say(client, contract, admin, &Payload::Identity(card), &[]).await?);
    }
    let given = draft::say(client, contract, admin, &Payload::Mandate(wish.mandate), &[]).await?;
    Ok((introduced, given))
}

impl Revoke {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (client, keys) = (global.client()?, global.keys()?);
        let speaker = voice::admin(&client, &keys, Some(self.contract)).await?;
        let payload = Payload::MandateRevoke(self.mandate);
        let revoked = draft::say(&client, self.contract, &speaker.voice(), &payload, &[]).await;
        let revoked =
            revoked.map_err(|failure| failure.or_next(format!("countersign mandate list {}", self.contract)))?;
        global.output().show(&revoked, |revoked| format!("{}\n", revoked.statement))
    }
}

impl List {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let people = People::of(&client, self.contract).await?;
        let line = |granted: &Granted| Line {
            statement: granted.statement.to_string(),
            position: granted.position,
            party: granted.party.clone(),
            mandate: serde_json::from_slice(&granted.mandate.to_json().canonical()).unwrap_or_default(),
        };
        let lines = Lines { mandates: people.mandates.iter().map(line).collect() };
        global.output().show(&lines, |_| {
            let head = ["PARTY", "PERSON", "AS", "MAY", "LIMITS", "UNTIL", "STATEMENT"].map(str::to_owned).to_vec();
            let row = |granted: &Granted| {
                let mandate = &granted.mandate;
                let limit = |limit: &Limit| format!("{} ≤ {}", limit.field, limit.max);
                let limits = mandate.limits.iter().map(limit).collect::<Vec<_>>().join(", ");
                vec![
                    short(&granted.party),
                    short(&mandate.person.to_string()),
                    listed(&mandate.actors),
                    listed(&mandate.actions),
                    if limits.is_empty() { "-".to_owned() } else { limits },
                    mandate.until.map_or_else(|| "-".to_owned(), |until| until.to_string()),
                    granted.statement.to_string(),
                ]
            };
            table(&std::iter::once(head).chain(people.mandates.iter().map(row)).collect::<Vec<_>>())
        })
    }
}

/// `all`, or names with commas between.
pub fn named(text: &str) -> Named {
    match text {
        "all" => Named::All,
        names => Named::These(names.split(',').map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>()),
    }
}

fn listed(named: &Named) -> String {
    match named {
        Named::All => "all".to_owned(),
        Named::These(names) => names.iter().cloned().collect::<Vec<_>>().join(", "),
    }
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    let time = countersign_rules::Timestamp::parse(text).and_then(|time| Timestamp::from_millis(time.ms()));
    time.ok_or_else(|| Failure::misuse(format!("{text} is no timestamp such as 2026-01-01T00:00:00Z")))
}
