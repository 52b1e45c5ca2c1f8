//! How a process begins, and how its roles find their parties (language §4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_codec::Json;
use countersign_rules::{Schema, Text, Timestamp, Value};

use crate::process::{Binding, Process, Role};
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Actor, Joins, Parts, Scenario};
use crate::step::{Step, put};
use crate::trail::Trail;

/// Most parties bound to the actors of a process.
pub const PARTIES_MAX: usize = 64;

impl Process {
    /// Starts a process: binds roles, checks inputs, enters the initial state and settles.
    ///
    /// A role that acts for another and is not bound itself belongs to the other's party.
    ///
    /// # Errors
    /// `not_an_actor` if a role is unknown, not bound or bound to another party than the role it acts for; `limit`;
    /// `invalid_data` with a pointer below `/actors` or `/inputs`; whatever rejects the first step.
    pub fn start(
        scenario: &Scenario,
        bindings: &BTreeMap<String, Binding>,
        inputs: &Json,
        time: Timestamp,
    ) -> Result<Self, Rejection> {
        let parts = &scenario.0;
        let none = Json::Map(BTreeMap::new());
        let inputs = if *inputs == Json::Null { &none } else { inputs };
        let inputs = parts.inputs.validate(inputs).map_err(|invalid| {
            Rejection::new(Rule::InvalidData, invalid.message).pointing(format!("/inputs{}", invalid.pointer))
        })?;
        let initial = |(name, _, schema): &(Text, _, Schema)| (name.clone(), schema.initial());
        let mut process = Self {
            scenario: scenario.clone(),
            state: parts.initial,
            started: time,
            entered: time,
            time,
            actors: Arc::new(roles(parts, bindings)?),
            assets: Value::map(parts.assets.iter().map(initial).filter(|(_, value)| !is_empty(value))),
            vars: map_or_empty(parts.vars.initial()),
            inputs: map_or_empty(inputs),
            did: Arc::default(),
            timers: Arc::default(),
            result: Value::Unassigned,
            history: Trail::default(),
            passed: Trail::default(),
            markers: Trail::default(),
        };
        let mut step = Step::new(&mut process);
        step.enter(parts.initial)?;
        step.finish()?;
        Ok(process)
    }

    /// Binds a role with `joins: invitation` to its party.
    ///
    /// # Errors
    /// `process_over`; `not_an_actor` if there is no such role or it is bound; `limit`; `invalid_data` with a pointer
    /// below `/actors`; whatever rejects the automatic steps that follow.
    pub fn join(&mut self, actor: &str, binding: &Binding, time: Timestamp) -> Result<(), Rejection> {
        self.timers_first(time)?;
        if self.outcome().is_some() {
            return Err(Rejection::new(Rule::ProcessOver, format!("the process is over in {}", self.state())));
        }
        let parts = self.scenario.clone();
        let found = parts.0.actor(actor).filter(|(_, actor)| actor.joins == Joins::Invitation);
        let Some((position, declared)) = found.filter(|(position, _)| !self.is_bound_at(*position)) else {
            return Err(Rejection::new(Rule::NotAnActor, format!("nobody is invited as {actor}")));
        };
        let mut next = self.clone();
        if let Some(role) = Arc::make_mut(&mut next.actors).get_mut(position) {
            *role = bound_role(declared, binding)?;
        }
        same_party(&parts.0, &next.actors)?;
        let mut step = Step::new(&mut next);
        step.finish()?;
        *self = next;
        Ok(())
    }

    fn is_bound_at(&self, position: usize) -> bool {
        self.actors.get(position).is_some_and(|role| role.bound)
    }
}

/// The roles at the start.
fn roles(parts: &Parts, bindings: &BTreeMap<String, Binding>) -> Result<Vec<Role>, Rejection> {
    if let Some(name) = bindings.keys().find(|name| parts.actor(name).is_none()) {
        let rejection = Rejection::new(Rule::NotAnActor, format!("no actor is called {name}"));
        return Err(rejection.pointing(format!("/actors/{name}")));
    }
    let inherited = |position: usize| {
        let principal =
            parts.actors.get(parts.principal(position)).filter(|_| parts.principal(position) != position)?;
        let binding = bindings.get(&*principal.name)?;
        Some(Binding { party: binding.party.clone(), data: BTreeMap::new() })
    };
    let mut roles = Vec::with_capacity(parts.actors.len());
    for (position, actor) in parts.actors.iter().enumerate() {
        let binding = bindings.get(&*actor.name).cloned().or_else(|| inherited(position));
        roles.push(match (binding, actor.joins) {
            (Some(binding), _) if actor.joins == Joins::Start || bindings.contains_key(&*actor.name) => {
                bound_role(actor, &binding)?
            }
            (_, Joins::Invitation) => Role { bound: false, party: None, value: role_value(actor, None) },
            _ => {
                let rejection = Rejection::new(Rule::NotAnActor, format!("nobody is bound to {}", actor.name));
                return Err(rejection.pointing(format!("/actors/{}", actor.name)));
            }
        });
    }
    same_party(parts, &roles)?;
    Ok(roles)
}

/// Actors that act for another belong to the same party, and parties are not too many.
fn same_party(parts: &Parts, roles: &[Role]) -> Result<(), Rejection> {
    for (position, role) in roles.iter().enumerate().filter(|(_, role)| role.bound) {
        let principal = roles.get(parts.principal(position)).filter(|principal| principal.bound);
        if principal.is_some_and(|principal| principal.party != role.party) {
            let name = parts.actors.get(position).map(|actor| &*actor.name).unwrap_or_default();
            let rejection = Rejection::new(Rule::NotAnActor, format!("{name} acts for another party"));
            return Err(rejection.pointing(format!("/actors/{name}")));
        }
    }
    let parties: BTreeSet<_> = roles.iter().filter_map(|role| role.party.as_ref()).collect();
    if parties.len() > PARTIES_MAX {
        return Err(Rejection::new(Rule::Limit, format!("{} parties, at most {PARTIES_MAX}", parties.len())));
    }
    Ok(())
}

fn role_value(actor: &Actor, party: Option<&str>) -> Value {
    let mut value = map_or_empty(actor.data.initial());
    put(&mut value, "key", Value::Text(actor.name.clone()));
    if let Some(party) = party {
        put(&mut value, "identity", Value::Party(party.into()));
    }
    value
}

/// A role bound to a party. Its data may still be incomplete: members are checked one by one.
fn bound_role(actor: &Actor, binding: &Binding) -> Result<Role, Rejection> {
    let mut value = role_value(actor, binding.party.as_deref());
    for (name, given) in &binding.data {
        let pointer = format!("/actors/{}/{name}", actor.name);
        let Some(schema) = actor.data.member(name) else {
            return Err(Rejection::new(Rule::InvalidData, format!("{} has no {name}", actor.name)).pointing(pointer));
        };
        if *given == Json::Null {
            continue;
        }
        let given = schema.validate(given).map_err(|invalid| {
            Rejection::new(Rule::InvalidData, invalid.message).pointing(format!("{pointer}{}", invalid.pointer))
        })?;
        put(&mut value, name, given);
    }
    Ok(Role { bound: true, party: binding.party.as_deref().map(Text::from), value })
}

fn map_or_empty(value: Value) -> Value {
    if value.is_unassigned() { Value::map(std::iter::empty::<(Text, Value)>()) } else { value }
}

fn is_empty(value: &Value) -> bool {
    value.is_unassigned() || value.as_map().is_some_and(|members| members.is_empty())
}
