//! The payload of a genesis: the scenario, the inputs, and who plays whom.

use std::collections::BTreeMap;

use countersign_codec::{Json, JsonError, JsonLimits};
use countersign_crypto::Digest;
use countersign_types::{IdentityId, ScenarioId};
use countersign_workflow::{Binding, Joins, MEMBERS_MAX, Scenario};
use thiserror::Error;

/// Most bytes of a charter.
pub const CHARTER_BYTES_MAX: usize = 4 << 20;
/// A tree of an expression nests two levels per operator: a scenario may be 1,200 deep, and stands in the charter.
const DEPTH_MAX: usize = 1_210;

/// What the founders agreed on, as their first receipts consent to it.
#[derive(Clone, Debug)]
pub struct Charter {
    /// The scenario of the process `main`.
    pub scenario: Scenario,
    /// The process's inputs.
    pub inputs: Json,
    /// Actor, or member of a group (`sureties.0`) → party and the actor's own data. Actors that `acts_for` another follow
    /// that one.
    pub actors: BTreeMap<String, (IdentityId, BTreeMap<String, Json>)>,
}

/// Why bytes are not the charter of a genesis.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CharterError {
    /// Not canonical JSON.
    #[error("not canonical JSON: {0}")]
    Json(#[from] JsonError),
    /// A member is missing, unknown or not of its form.
    #[error("member `{0}` is missing or not of its form")]
    Form(&'static str),
    /// The scenario has errors.
    #[error("the scenario has errors: {0}")]
    Scenario(String),
    /// The scenario is not the one that the genesis names.
    #[error("the scenario is not the one that the genesis names")]
    OtherScenario,
    /// An actor is unknown, or follows another and cannot be bound itself.
    #[error("actor `{0}` is unknown, or follows another")]
    Actor(String),
}

/// Why a genesis and a payload found no contract.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FoundError {
    /// The genesis commits to another payload.
    #[error("the charter is not what the genesis commits to")]
    OtherPayload,
    /// The payload is no charter of this genesis.
    #[error(transparent)]
    Charter(#[from] CharterError),
    /// The process cannot start with these actors and inputs.
    #[error("the process cannot start with these actors and inputs: {0}")]
    Rule(&'static str),
}

impl FoundError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherPayload => "bad_opening",
            Self::Charter(_) => "invalid_charter",
            Self::Rule(rule) => rule,
        }
    }
}

impl Charter {
    /// The canonical JSON.
    pub fn to_json(&self) -> Json {
        let actors = self.actors.iter().map(|(actor, (party, data))| {
            let data = Json::Map(data.clone());
            (actor.clone(), Json::map([("data", data), ("party", Json::text(party.to_string()))]))
        });
        Json::map([
            ("actors", Json::map(actors)),
            ("inputs", self.inputs.clone()),
            ("scenario", self.scenario.canonical().clone()),
        ])
    }

    /// The id of the scenario.
    pub fn scenario_id(&self) -> ScenarioId {
        ScenarioId::new(Digest::new(self.scenario.digest()))
    }

    /// Reads the payload of a genesis that names `scenario`.
    pub fn from_bytes(bytes: &[u8], scenario: &ScenarioId) -> Result<Self, CharterError> {
        Self::from_bytes_knowing(bytes, scenario, None)
    }

    /// [`Charter::from_bytes`]. If it carries the text of `known`, that is shared and not read again.
    pub fn from_bytes_knowing(
        bytes: &[u8],
        scenario: &ScenarioId,
        known: Option<&Scenario>,
    ) -> Result<Self, CharterError> {
        let limits = JsonLimits { bytes_max: CHARTER_BYTES_MAX, depth_max: DEPTH_MAX };
        let json = Json::parse_canonical(bytes, limits)?;
        let members = json.as_map().filter(|members| members.len() == 3).ok_or(CharterError::Form("charter"))?;
        let text = members.get("scenario").ok_or(CharterError::Form("scenario"))?.canonical();
        let loaded = match known.filter(|known| Digest::new(known.digest()) == Digest::of(&text)) {
            Some(known) => known.clone(),
            None => load(&text)?,
        };
        // The text must be the canonical one: equal scenarios have one id.
        if Digest::new(loaded.digest()) != *scenario.digest() || Digest::of(&text) != *scenario.digest() {
            return Err(CharterError::OtherScenario);
        }
        let inputs = members.get("inputs").filter(|inputs| inputs.as_map().is_some());
        let mut actors = BTreeMap::new();
        let bound = members.get("actors").and_then(Json::as_map).ok_or(CharterError::Form("actors"))?;
        for (actor, binding) in bound {
            let binding = Some(binding).filter(|binding| binding.as_map().is_some_and(|members| members.len() == 2));
            let party = binding
                .and_then(|binding| binding.get("party"))
                .and_then(Json::as_text)
                .and_then(|text| text.parse().ok());
            let data = binding.and_then(|binding| binding.get("data")).and_then(Json::as_map).cloned();
            let (Some(party), Some(data)) = (party, data) else {
                return Err(CharterError::Actor(actor.clone()));
            };
            actors.insert(actor.clone(), (party, data));
        }
        let charter = Self { scenario: loaded, inputs: inputs.cloned().ok_or(CharterError::Form("inputs"))?, actors };
        charter.check()?;
        Ok(charter)
    }

    /// Whether every bound actor exists and stands for itself.
    pub fn check(&self) -> Result<(), CharterError> {
        let stray = self.actors.keys().find(|actor| !self.is_played(actor) || !stands_alone(&self.scenario, actor));
        match stray {
            Some(actor) => Err(CharterError::Actor(actor.clone())),
            None => Ok(()),
        }
    }

    /// Whether somebody can be bound to a name: an actor that is no group, or a member of one.
    fn is_played(&self, name: &str) -> bool {
        self.scenario.role(name).is_some() && self.scenario.group(name).is_none()
    }

    /// Whether the process waits for somebody: an actor who joins at the start and stands for itself, or a member of a
    /// group that must have more.
    pub(crate) fn waits(&self, bindings: &BTreeMap<String, Binding>) -> bool {
        let founders = self
            .scenario
            .actors()
            .filter(|actor| stands_alone(&self.scenario, actor) && self.scenario.joins(actor) == Some(Joins::Start));
        let mut founders = founders.map(|actor| (actor, self.scenario.group(actor)));
        founders.any(|(actor, group)| match group {
            None => !bindings.contains_key(actor),
            Some(many) => next_member(actor, bindings) < many.min,
        })
    }
}

/// Whether an actor has a party of its own, and not that of whom it acts for.
pub(crate) fn stands_alone(scenario: &Scenario, actor: &str) -> bool {
    scenario.acts_for(actor).is_none_or(|other| other == actor)
}

/// The number that the next member of a group gets.
pub(crate) fn next_member(actor: &str, bindings: &BTreeMap<String, Binding>) -> usize {
    (0..MEMBERS_MAX).take_while(|index| bindings.contains_key(&format!("{actor}.{index}"))).count()
}

fn load(text: &[u8]) -> Result<Scenario, CharterError> {
    let loaded = Scenario::load(text).map(|(scenario, _)| scenario);
    loaded.map_err(|findings| CharterError::Scenario(findings.first().map(ToString::to_string).unwrap_or_default()))
}
