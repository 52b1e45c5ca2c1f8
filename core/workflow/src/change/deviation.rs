//! A deviation, checked against the scenario that it deviates from.

use std::sync::Arc;

use countersign_codec::Json;
use countersign_crypto::Digest;

use crate::build;
use crate::finding::Finding;
use crate::scenario::Scenario;

/// A checked deviation; a clone shares everything.
#[derive(Clone, Debug)]
pub struct Deviation(Arc<(Json, [u8; 32])>);

impl Deviation {
    /// Reads a deviation `countersign/deviation/v1` from YAML or JSON, at most 1 MiB, and checks it together with the
    /// scenario that the parties agreed on.
    ///
    /// # Errors
    /// All findings, warnings too, if one of them is an error: those of the merged scenario that stand in the deviation;
    /// E201 (`of` is another), E202 (a name that is taken), E302 (no way back).
    pub fn load(bytes: &[u8], of: &Scenario) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        let (canonical, findings) = build::check_deviation(bytes, of)?;
        let digest = *Digest::of(&canonical.canonical()).bytes();
        Ok((Self(Arc::new((canonical, digest))), findings))
    }

    /// The canonical form: as that of the merged scenario, only what the deviation adds.
    pub fn canonical(&self) -> &Json {
        &self.0.0
    }

    /// SHA-256 of the canonical form.
    pub fn digest(&self) -> [u8; 32] {
        self.0.1
    }

    /// Its `name`.
    pub fn name(&self) -> &str {
        self.canonical().get("name").and_then(Json::as_text).unwrap_or_default()
    }

    /// The names that it adds in a section (`actions`, `states`, `clauses`, `vars`).
    pub(super) fn names(&self, section: &str) -> impl Iterator<Item = &str> {
        let added = self.canonical().get(section);
        let added = if section == "vars" { added.and_then(|vars| vars.get("properties")) } else { added };
        added.and_then(Json::as_map).into_iter().flat_map(|members| members.keys().map(String::as_str))
    }

    /// The states that it leaves, and by how many transitions.
    pub(super) fn leaves(&self) -> impl Iterator<Item = (&str, usize)> {
        let leaves = self.canonical().get("leaves").and_then(Json::as_map);
        let count = |transitions: &Json| transitions.as_list().map_or(0, <[Json]>::len);
        leaves.into_iter().flatten().map(move |(state, transitions)| (state.as_str(), count(transitions)))
    }
}
