//! `contract runs`, `contract retry`: the system actions that the node does.

use clap::Args;
use countersign_api_model::{RunList, RunQuestion, RunView};
use countersign_types::RunId;

use crate::context::Global;
use crate::failure::Failure;
use crate::output::{self, table};

/// Of which contract.
#[derive(Args, Debug)]
#[command(
    after_long_help = "A system action is one with `run` in the scenario: your node does it by itself, if your party plays \
    its actor. This lists what waits, is under way, failed or is done, \
    what was asked in another contract, and the hash of the bundle that proves the answer.\n\nExample:\n  countersign contract runs CONTRACT"
)]
pub struct Runs {
    /// The contract
    contract: String,
}

/// What to begin again.
#[derive(Args, Debug)]
#[command(
    after_long_help = "The same request goes out under the same key, so a receiver that honours the key does nothing \
    twice. A run that rests before its next attempt makes it now.\n\n\
    Example:\n  countersign contract retry CONTRACT RUN"
)]
pub struct Retry {
    /// The contract
    contract: String,
    /// The run, as contract runs lists it
    run: RunId,
}

impl Runs {
    /// Lists them.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        let runs = global.client()?.runs(&self.contract).await?;
        if runs.runs.is_empty() {
            output::talk("your node does nothing by itself in this contract");
        }
        global.output().show(&runs, words)
    }
}

impl Retry {
    /// Asks the node.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        let run =
            global.client()?.retry_run(&self.contract, &self.run.to_string()).await.map_err(|error| {
                Failure::from(error).or_next(format!("countersign contract runs {}", self.contract))
            })?;
        global.output().show(&run, |run| words(&RunList { runs: vec![run.clone()], next: None }))
    }
}

/// What a run asked another contract, and the proof of the answer.
fn asked(run: &str, question: &RunQuestion) -> String {
    let said = question.request.as_ref().map_or("looks for".to_owned(), |request| format!("says {request}, waits for"));
    let answers = if question.answers.is_empty() { "its place".to_owned() } else { question.answers.join(" or ") };
    let proof = question.proof.as_ref().map_or("no proof yet".to_owned(), |proof| format!("proof {proof}"));
    format!("{run} {said} {answers} in {}: {proof}", question.contract)
}

fn words(runs: &RunList) -> String {
    let head = ["RUN", "ACTION", "STATE", "ATTEMPTS", "NEXT", "WHY"].map(str::to_owned).to_vec();
    let row = |run: &RunView| {
        let why = [run.reason.clone(), run.detail.clone()].into_iter().flatten().collect::<Vec<_>>().join(": ");
        vec![
            run.run.clone(),
            run.action.clone(),
            run.outcome.as_ref().map_or(run.state.clone(), |outcome| format!("{} ({outcome})", run.state)),
            run.attempts.to_string(),
            run.next_attempt.clone().unwrap_or_default(),
            why,
        ]
    };
    let list = table(&std::iter::once(head).chain(runs.runs.iter().map(row)).collect::<Vec<_>>());
    let asked = runs.runs.iter().filter_map(|run| Some(asked(&run.run, run.question.as_ref()?)));
    asked.fold(list, |text, line| format!("{text}{line}\n"))
}
