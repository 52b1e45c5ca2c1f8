//! Scenarios in memory, each once: many contracts follow the same one, and to read it takes longer than to act in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use countersign_chain::Genesis;
use countersign_contract::{FoundError, State};
use countersign_payload::Opening;
use countersign_types::{ScenarioId, Signed};
use countersign_workflow::Scenario;

/// Most scenarios that are remembered; one of them gives way to the next.
const SCENARIOS_MAX: usize = 64;

/// The scenarios read last.
#[derive(Debug, Default)]
pub(crate) struct Scenarios(Mutex<BTreeMap<ScenarioId, Scenario>>);

impl Scenarios {
    /// The state at genesis, by a scenario that may be known.
    pub(crate) fn found(&self, genesis: &Signed<Genesis>, charter: &Opening) -> Result<State, FoundError> {
        let scenario = &genesis.scenario;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(scenario).cloned();
        let state = State::found(genesis, charter, known.as_ref(), countersign_proof::read)?;
        if known.is_none() {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= SCENARIOS_MAX {
                all.pop_first();
            }
            all.insert(*scenario, state.charter().scenario.clone());
        }
        Ok(state)
    }
}
