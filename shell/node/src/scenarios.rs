//! Scenarios in memory, each once: many contracts follow the same one, and to read it takes longer than to act in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use countersign_contract::{Charter, CharterError};
use countersign_types::ScenarioId;
use countersign_workflow::Scenario;

/// Most scenarios that are remembered; one of them gives way to the next.
const SCENARIOS_MAX: usize = 64;

/// The scenarios read last.
#[derive(Debug, Default)]
pub(crate) struct Scenarios(Mutex<BTreeMap<ScenarioId, Scenario>>);

impl Scenarios {
    /// The charter of a genesis that names `scenario`.
    pub(crate) fn charter(&self, bytes: &[u8], scenario: &ScenarioId) -> Result<Charter, CharterError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(scenario).cloned();
        let charter = Charter::from_bytes_knowing(bytes, scenario, known.as_ref())?;
        if known.is_none() {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= SCENARIOS_MAX {
                all.pop_first();
            }
            all.insert(*scenario, charter.scenario.clone());
        }
        Ok(charter)
    }
}
