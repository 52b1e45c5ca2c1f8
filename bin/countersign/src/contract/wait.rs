//! `contract wait`.

use std::time::{Duration, Instant};

use clap::Args;
use countersign_api_model::{ContractStatus, ContractView, Level};
use countersign_client::Client;
use countersign_types::ContractId;

use crate::action::Until;
use crate::context::Global;
use crate::failure::Failure;

use super::look;

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// What to wait for.
#[derive(Args, Debug)]
#[command(after_long_help = "With both --state and --level the head must have the level in that state.\n\n\
    Example:\n  countersign contract wait CONTRACT --state in_force --level final --timeout 120")]
pub struct Wait {
    /// The contract
    contract: ContractId,
    /// Until the process is in this state
    #[arg(long, required_unless_present = "level")]
    state: Option<String>,
    /// Until everything in the log is this certain
    #[arg(long)]
    level: Option<Until>,
    /// At most so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
}

impl Wait {
    /// Waits.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let level = self.level.map(Level::from);
        let patience = Duration::from_secs(self.timeout);
        let view = until(&client, self.contract, self.state.as_deref(), level, patience).await?;
        global.output().show(&view, look::view)
    }
}

/// Waits until a contract is active, in a state and its head has a level.
pub async fn until(
    client: &Client,
    contract: ContractId,
    state: Option<&str>,
    level: Option<Level>,
    patience: Duration,
) -> Result<ContractView, Failure> {
    let begun = Instant::now();
    loop {
        let view = client.contract(&contract.to_string()).await?;
        let found = view.process.as_ref().map(|process| process.state.as_str());
        let arrived = view.status == ContractStatus::Active && state.is_none_or(|state| found == Some(state));
        if arrived && has(client, &view, level).await? {
            return Ok(view);
        }
        if begun.elapsed() >= patience {
            let found = found.unwrap_or("not started");
            let words = format!(
                "not within {} s: the state is {found}, final up to {}",
                patience.as_secs(),
                view.final_position
            );
            return Err(Failure::refused("timeout", words).next(format!("countersign contract show {contract}")));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether the head has a level. Genesis has it when the members' first receipts are there, which is what `final` at
/// position 0 means.
async fn has(client: &Client, view: &ContractView, level: Option<Level>) -> Result<bool, Failure> {
    match level {
        None => Ok(true),
        Some(_) if view.final_position >= view.position => Ok(true),
        Some(Level::Final) => Ok(false),
        Some(level) => {
            let log = client.log(&view.contract, Some(view.position.saturating_sub(1)), 1).await?;
            Ok(log
                .entries
                .first()
                .is_some_and(|entry| entry.position == view.position && entry.standing.level >= level))
        }
    }
}
