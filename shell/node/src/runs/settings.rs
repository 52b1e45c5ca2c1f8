//! `[actions]` of node.toml.

use std::collections::BTreeMap;

use countersign_actions::{Program, Secret, Settings};

use crate::{Actions, Home};

/// What system actions may use, with files below the data directory, and what of it cannot be.
pub(crate) fn settings(home: &Home, actions: &Actions) -> (Settings, Vec<String>) {
    let mut faults = Vec::new();
    let mut secrets = BTreeMap::new();
    for (name, secret) in &actions.secrets {
        let file = home.path().join(&secret.file);
        if !file.is_file() {
            faults.push(format!("actions.secrets.{name}: there is no file {}", file.display()));
        }
        if secret.hosts.is_empty() {
            faults.push(format!("actions.secrets.{name}: hosts is empty, so it goes nowhere"));
        }
        let hosts = secret.hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        secrets.insert(name.clone(), Secret { file, hosts });
    }
    let mut programs = BTreeMap::new();
    for (name, program) in &actions.programs {
        let path = program.path.clone();
        if !path.is_absolute() {
            faults.push(format!("actions.programs.{name}: path has to be absolute"));
        } else if !path.is_file() {
            faults.push(format!("actions.programs.{name}: there is no file {}", path.display()));
        }
        programs.insert(name.clone(), Program { path, arguments: program.arguments.clone() });
    }
    for scenario in actions.scenarios.iter().flatten() {
        if scenario.parse::<countersign_types::ScenarioId>().is_err() {
            faults.push(format!("actions.scenarios: {scenario} is no id of a scenario"));
        }
    }
    for (contract, asked) in &actions.contracts {
        if contract.parse::<countersign_types::ContractId>().is_err() {
            faults.push(format!("actions.contracts: {contract} is no id of a contract"));
        }
        let is_id = |id: &&String| {
            id.parse::<countersign_types::ScenarioId>().is_ok() || id.parse::<countersign_types::ContractId>().is_ok()
        };
        if let Some(other) = asked.asked_by.iter().find(|id| !is_id(id)) {
            faults.push(format!("actions.contracts.{contract}: {other} is no id of a scenario or contract"));
        }
    }
    (Settings { secrets, programs }, faults)
}
