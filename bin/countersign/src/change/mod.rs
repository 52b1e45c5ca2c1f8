//! `change …`: propose a change of a running contract, see what it would do, vote on it.

mod document;
mod shown;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_api_model::{ChangeList, DryRun, ProposalView};
use countersign_ballot::Choice;
use countersign_client::Client;
use countersign_contract::{Payload, Vote};
use countersign_types::{ContractId, StatementId};

use crate::context::{Global, confirm};
use crate::draft;
use crate::failure::Failure;
use crate::output;
use crate::voice;
use crate::words::Names;

use document::Document;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// See what a change would do now, without proposing it
    DryRun(DryRunArguments),
    /// Propose a change to the parties
    Propose(Propose),
    /// List what is proposed in a contract, and how the votes stand
    List(List),
    /// Show a proposal and what it would change now
    Show(Show),
    /// Vote on a proposal
    Vote(VoteArguments),
}

/// The documents of a change.
#[derive(Args, Debug)]
struct Files {
    /// The contract
    contract: ContractId,
    /// The deviation or the update; - for standard input
    file: PathBuf,
    /// Of an update: the new scenario
    #[arg(long, value_name = "SCENARIO")]
    to: Option<PathBuf>,
}

/// What to try.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign change dry-run CONTRACT surcharge.yaml\n  \
    countersign change dry-run CONTRACT move.yaml --to new.yaml")]
pub struct DryRunArguments {
    #[command(flatten)]
    files: Files,
}

/// What to propose.
#[derive(Args, Debug)]
#[command(
    after_long_help = "The document is checked here against the scenario that the parties agreed on. The scenario says who \
    votes and how long; whoever proposes has not voted.\n\nExample:\n  countersign change propose CONTRACT surcharge.yaml\n  \
    countersign change propose CONTRACT correction.yaml --dispute STATEMENT"
)]
pub struct Propose {
    #[command(flatten)]
    files: Files,
    /// The deviation corrects what this statement did
    #[arg(long, value_name = "STATEMENT", conflicts_with = "to")]
    dispute: Option<StatementId>,
    /// Whose key: a person or an admin key of your keystore
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// Where to look.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign change list CONTRACT")]
pub struct List {
    /// The contract
    contract: ContractId,
}

/// What to show.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign change show CONTRACT PROPOSAL")]
pub struct Show {
    /// The contract
    contract: ContractId,
    /// The proposal, as change list shows it
    proposal: StatementId,
}

/// What to say to it.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Shows what the change would do now, and asks; --yes asks nothing. Each party has one vote, and it \
    stays.\n\nExample:\n  countersign change vote CONTRACT PROPOSAL yes"
)]
pub struct VoteArguments {
    /// The contract
    contract: ContractId,
    /// The proposal, as change list shows it
    proposal: StatementId,
    /// yes or no
    #[arg(value_parser = choice)]
    choice: Choice,
    /// Whose key: a person or an admin key of your keystore
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

fn choice(word: &str) -> Result<Choice, String> {
    Choice::from_word(word).ok_or_else(|| "a vote is yes or no".to_owned())
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::DryRun(arguments) => arguments.run(global).await,
            Self::Propose(arguments) => arguments.run(global).await,
            Self::List(arguments) => arguments.run(global).await,
            Self::Show(arguments) => arguments.run(global).await,
            Self::Vote(arguments) => arguments.run(global).await,
        }
    }
}

impl Files {
    /// Reads the document, checks it here, and lets the node say what it would change.
    async fn tried(&self, client: &Client) -> Result<(Document, DryRun), Failure> {
        let changes = client.changes(&self.contract.to_string()).await?;
        let document = Document::read(&self.file, self.to.as_deref(), &changes)?;
        let tried = client.dry_run(&self.contract.to_string(), &document.request()).await?;
        document.check(&tried)?;
        Ok((document, tried))
    }
}

impl DryRunArguments {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let (_, tried) = self.files.tried(&global.client()?).await?;
        global.output().show(&tried, |tried| shown::would(tried.preview.as_ref(), tried.rule.as_deref()))
    }
}

impl Propose {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let (client, keys) = (global.client()?, global.keys()?);
        let contract = self.files.contract;
        let (document, tried) = self.files.tried(&client).await?;
        output::talk(shown::would(tried.preview.as_ref(), tried.rule.as_deref()).trim_end());
        let speaker = voice::speaker(&client, &keys, contract, self.by.as_deref()).await?;
        let payload = Payload::Propose(Box::new(document.propose(self.dispute)));
        let proposed = draft::say(&client, contract, &speaker.voice(), &payload, &[]).await?;
        output::talk(&format!("next:  countersign change vote {contract} {} yes", proposed.statement));
        global.output().show(&proposed, |proposed| format!("{}\n", proposed.statement))
    }
}

impl List {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let contract = self.contract.to_string();
        let changes = client.changes(&contract).await?;
        if changes.proposals.is_empty() {
            output::talk("nobody proposed a change");
        }
        let names = Names::of(&client.contract(&contract).await?);
        global.output().show(&changes, |changes| shown::list(changes, &names))
    }
}

/// A proposal by its statement.
fn find(changes: &ChangeList, proposal: StatementId, contract: ContractId) -> Result<&ProposalView, Failure> {
    let proposal = proposal.to_string();
    let found = changes.proposals.iter().find(|one| one.proposal == proposal);
    found.ok_or_else(|| {
        Failure::refused("unknown_statement", "no proposal of this contract has this id")
            .next(format!("countersign change list {contract}"))
    })
}

impl Show {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let contract = self.contract.to_string();
        let changes = client.changes(&contract).await?;
        let proposal = find(&changes, self.proposal, self.contract)?;
        let names = Names::of(&client.contract(&contract).await?);
        global.output().show(proposal, |proposal| shown::proposal(proposal, &names))
    }
}

impl VoteArguments {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let (client, keys) = (global.client()?, global.keys()?);
        let contract = self.contract.to_string();
        let changes = client.changes(&contract).await?;
        let proposal = find(&changes, self.proposal, self.contract)?;
        // The vote names what was shown, whatever hash the node gave it.
        let document = document::digest_of(proposal)?;
        let names = Names::of(&client.contract(&contract).await?);
        output::talk(shown::proposal(proposal, &names).trim_end());
        confirm(&format!("Vote {}? A vote stays.", self.choice.as_str()), global.yes)?;
        let speaker = voice::speaker(&client, &keys, self.contract, self.by.as_deref()).await?;
        let payload = Payload::Vote(Vote { proposal: self.proposal, document, choice: self.choice });
        let voted = draft::say(&client, self.contract, &speaker.voice(), &payload, &[]).await;
        let voted = voted.map_err(|failure| failure.or_next(format!("countersign change list {contract}")))?;
        global.output().show(&voted, |voted| format!("{}\n", voted.statement))
    }
}
