//! `outbox …`: what waits to be delivered.

use clap::{Args, Subcommand};
use countersign_api_model::{OutboxLine, OutboxList, ResendRequest};
use countersign_types::{ContractId, IdentityId};

use crate::context::Global;
use crate::failure::Failure;
use crate::output::{self, table};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List what other parties have not acknowledged
    List(List),
    /// Send it again now, also what was given up
    Resend(Resend),
}

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign outbox list")]
pub struct List {}

/// What to send again.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign outbox resend --contract CONTRACT")]
pub struct Resend {
    /// Only of this contract
    #[arg(long)]
    contract: Option<ContractId>,
    /// Only to this party
    #[arg(long, value_name = "IDENTITY")]
    party: Option<IdentityId>,
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let outbox = match self {
            Self::List(List {}) => client.outbox().await?,
            Self::Resend(Resend { contract, party }) => {
                let request = ResendRequest {
                    contract: contract.map(|contract| contract.to_string()),
                    party: party.map(|party| party.to_string()),
                };
                client.resend(&request).await?
            }
        };
        if outbox.outbox.is_empty() {
            output::talk("everything is delivered");
        }
        global.output().show(&outbox, words)
    }
}

fn words(outbox: &OutboxList) -> String {
    let head = ["CONTRACT", "PARTY", "DELIVERY", "ITEMS", "SINCE", "ATTEMPTS", "NEXT"].map(str::to_owned).to_vec();
    let row = |line: &OutboxLine| {
        let delivery = match &line.refused {
            Some(code) => format!("{} ({code})", line.delivery),
            None => line.delivery.clone(),
        };
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            line.contract.clone(),
            line.party.clone(),
            delivery,
            line.unacknowledged.to_string(),
            or_none(&line.since),
            line.attempts.to_string(),
            or_none(&line.retry_at),
        ]
    };
    match outbox.outbox.is_empty() {
        true => String::new(),
        false => table(&std::iter::once(head).chain(outbox.outbox.iter().map(row)).collect::<Vec<_>>()),
    }
}
