//! `POST /v1/scenario/prose`, and the words of a contract.

use std::collections::BTreeMap;

use countersign_api_model as model;
use countersign_prose::{Given, prose};
use countersign_workflow::{Process, Scenario};

use crate::Fault;
use crate::fault::scenario;
use crate::json::body;

/// A scenario as the clauses of a contract, with blanks.
///
/// # Errors
/// [`Fault::Limit`], [`Fault::Scenario`]: the document is too large, or cannot be run.
pub fn write(request: &model::ProseRequest) -> Result<model::Prose, Fault> {
    let scenario = scenario(&request.document)?;
    written(&scenario, None, BTreeMap::new(), request.language.as_deref())
}

/// A scenario with the data of its process, and actor → the name of its party.
///
/// # Errors
/// [`Fault::Form`].
pub fn written(
    scenario: &Scenario,
    process: Option<&Process>,
    parties: BTreeMap<String, String>,
    language: Option<&str>,
) -> Result<model::Prose, Fault> {
    let language = language.unwrap_or(scenario.language());
    body(&prose(scenario, &Given { process, parties }, language).to_json())
}
