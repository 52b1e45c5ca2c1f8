//! Runs, as the API asks for them.

use countersign_api::{Answer, Kind, PageQuery, Refusal, Runs};
use countersign_api_model as model;
use countersign_executor::Unretried;
use countersign_types::RunId;

use super::view;
use crate::driver::Command;
use crate::service::{NodeService, contract_id, limit, stopping};

fn unknown() -> Refusal {
    Refusal::new(Kind::NotFound, "unknown_run", "this node knows no such run in that contract")
}

impl NodeService {
    async fn runs_inner(&self, contract: &str, page: PageQuery) -> Result<model::RunList, Refusal> {
        let most = limit(&page)?;
        self.ask_about(contract, move |active, _| {
            let mut runs = view::runs(active);
            if let Some(after) = &page.after {
                let at = runs.iter().position(|run| run.run == *after).map_or(0, |at| at.saturating_add(1));
                runs.drain(..at);
            }
            let next = runs.get(most.saturating_sub(1)).filter(|_| runs.len() > most).map(|run| run.run.clone());
            runs.truncate(most);
            Ok(model::RunList { runs, next })
        })
        .await
    }

    async fn retry_inner(&self, contract: &str, run: &str) -> Result<model::RunView, Refusal> {
        let id = contract_id(contract)?;
        let run: RunId = run.parse().map_err(|_| unknown())?;
        let found = self.ask(move |contracts| {
            let now = contracts.clock.now().steady;
            let active = contracts.get(&id).map_err(|error| crate::driver::failed(&error))?;
            let active = active.ok_or_else(Refusal::unknown_contract)?;
            let stopped = |detail: &str| Refusal::new(Kind::Conflict, "run_not_stopped", detail);
            active.runs.executor.retry(&run, now).map_err(|why| match why {
                Unretried::Unknown => unknown(),
                Unretried::NotStopped => stopped("the run goes on by itself, or is done"),
                Unretried::NotAsked => stopped("the process has left the state that asked for it"),
            })?;
            active.runs.executor.run(&run).map(|run| view::view(active, run)).ok_or_else(unknown)
        });
        let found = found.await?;
        self.commands.send(Command::Poke { contract: id }).await.map_err(|_| stopping())?;
        Ok(found)
    }
}

impl Runs for NodeService {
    fn runs(&self, contract: String, page: PageQuery) -> Answer<'_, model::RunList> {
        Box::pin(async move { self.runs_inner(&contract, page).await })
    }

    fn retry_run(&self, contract: String, run: String) -> Answer<'_, model::RunView> {
        Box::pin(async move { self.retry_inner(&contract, &run).await })
    }
}
