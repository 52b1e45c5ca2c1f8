//! System actions that the node does.

use countersign_api_model::{RunList, RunView};

use crate::{Client, Error};

impl Client {
    /// The runs of a contract.
    pub async fn runs(&self, contract: &str) -> Result<RunList, Error> {
        let path = format!("/v1/contracts/{contract}/runs");
        let runs = self.pages(&path, |page: RunList| (page.runs, page.next)).await?;
        Ok(RunList { runs, next: None })
    }

    /// Begins a run again.
    pub async fn retry_run(&self, contract: &str, run: &str) -> Result<RunView, Error> {
        self.post(&format!("/v1/contracts/{contract}/runs/{run}/retry"), &serde_json::Map::new()).await
    }
}
