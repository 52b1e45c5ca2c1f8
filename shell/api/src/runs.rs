//! System actions that the node does: what the API asks of a node, and the paths.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use countersign_api_model::{RunList, RunView};

use crate::handlers::{Api, Asked, Reply, asked};
use crate::{Answer, PageQuery};

/// Runs, as the API needs them.
pub trait Runs: Send + Sync + 'static {
    /// The runs of a contract.
    fn runs(&self, contract: String, page: PageQuery) -> Answer<'_, RunList>;
    /// Begins a run again.
    fn retry_run(&self, contract: String, run: String) -> Answer<'_, RunView>;
}

/// The paths.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/contracts/{contract}/runs", get(runs))
        .route("/v1/contracts/{contract}/runs/{run}/retry", post(retry))
}

async fn runs(State(api): State<Api>, Path(contract): Path<String>, page: Asked<PageQuery>) -> Reply<RunList> {
    api.service.runs(contract, asked(page)?).await.map(Json)
}

async fn retry(State(api): State<Api>, Path((contract, run)): Path<(String, String)>) -> Reply<RunView> {
    api.service.retry_run(contract, run).await.map(Json)
}
