//! `contract …`: found contracts, take part, look at them.

mod export;
mod found;
mod look;
mod wait;

use clap::{Args, Subcommand};
use countersign_api_model::ContractStatus;
use countersign_types::ContractId;

use crate::context::{self, Global};
use crate::failure::Failure;
use crate::output;
use crate::words::Names;

pub use found::Founding;
pub use wait::until;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Found a contract with the parties of these cards
    New(Box<found::New>),
    /// Take part in a contract that was offered to you
    Join(Join),
    /// List the contracts of your node
    List(look::List),
    /// Show where a contract stands
    Show(look::Show),
    /// Show the log of a contract
    Log(look::Log),
    /// Wait for a state, or until everything is final
    Wait(wait::Wait),
    /// Write a proof bundle of everything that is final
    Export(export::Export),
}

/// Which contract.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign contract join CONTRACT")]
pub struct Join {
    /// The contract
    contract: ContractId,
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::New(arguments) => arguments.run(global).await,
            Self::Join(arguments) => arguments.run(global).await,
            Self::List(arguments) => arguments.run(global).await,
            Self::Show(arguments) => arguments.run(global).await,
            Self::Log(arguments) => arguments.run(global).await,
            Self::Wait(arguments) => arguments.run(global).await,
            Self::Export(arguments) => arguments.run(global).await,
        }
    }
}

impl Join {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let contract = self.contract.to_string();
        let offer = client
            .contract(&contract)
            .await
            .map_err(|error| Failure::from(error).or_next("countersign contract list"))?;
        if offer.status == ContractStatus::Active {
            output::talk("your party takes part already");
            return global.output().show(&offer, look::view);
        }
        let names = Names::of(&offer);
        let members: Vec<String> = offer.members.iter().map(|member| names.party(&member.party)).collect();
        let question = format!("Take part in “{}” with {}?", offer.title, members.join(", "));
        context::confirm(&question, global.yes)?;
        let view = client.accept(&contract).await?;
        global.output().show(&view, look::view)?;
        output::talk(&format!("next:  countersign action list {contract}"));
        Ok(())
    }
}
