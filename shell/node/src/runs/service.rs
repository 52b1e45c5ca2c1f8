//! Runs, as the API asks for them.

use countersign_api::{Answer, Kind, PageQuery, Refusal, Runs};
use countersign_api_model as model;
use countersign_executor::Unretried;
use countersign_types::{RunId, Timestamp};
use tokio::sync::oneshot;

use super::view;
use crate::active::Active;
use crate::driver::Command;
use crate::service::{NodeService, contract_id, page_of, stopping};

fn unknown() -> Refusal {
    Refusal::new(Kind::NotFound, "unknown_run", "this node knows no such run in that contract")
}

impl NodeService {
    async fn runs_inner(&self, contract: &str, page: PageQuery) -> Result<model::RunList, Refusal> {
        let runs = self.ask_about(contract, |active, _| Ok(view::runs(active))).await?;
        let (runs, next) = page_of(runs, &page, |(name, _)| name.clone())?;
        Ok(model::RunList { runs: runs.into_iter().map(|(_, run)| run).collect(), next })
    }

    async fn retry_inner(&self, contract: &str, run: &str) -> Result<model::RunView, Refusal> {
        let id = contract_id(contract)?;
        let run = run.parse().map_err(|_| unknown())?;
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Retry { contract: id, run, reply }).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

/// Begins a run anew, in the memory of the turn that makes it durable. It is shown as the turn finds it.
pub(crate) fn retry(active: &mut Active, run: &RunId, now: Timestamp) -> Result<model::RunView, Refusal> {
    let stopped = |detail: &str| Refusal::new(Kind::Conflict, "run_not_stopped", detail);
    active.runs.executor.retry(run, now).map_err(|why| match why {
        Unretried::Unknown => unknown(),
        Unretried::NotStopped => stopped("the run goes on by itself, or is done"),
        Unretried::NotAsked => stopped("the process has left the state that asked for it"),
    })?;
    active.runs.executor.run(run).map(|run| view::view(active, run)).ok_or_else(unknown)
}

impl Runs for NodeService {
    fn runs(&self, contract: String, page: PageQuery) -> Answer<'_, model::RunList> {
        Box::pin(async move { self.runs_inner(&contract, page).await })
    }

    fn retry_run(&self, contract: String, run: String) -> Answer<'_, model::RunView> {
        Box::pin(async move { self.retry_inner(&contract, &run).await })
    }
}
