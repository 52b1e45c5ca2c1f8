//! How a process begins, and how its roles find their parties (language §4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_codec::Json;
use countersign_rules::{Schema, Text, Timestamp, Value};

use crate::branch::{Branch, Role};
use crate::guests::Guests;
use crate::process::{Binding, Process, ROOT_PROCESS};
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Actor, Body, Joins, MEMBERS_MAX, Scenario};
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
        Self::begin(scenario, Guests::default(), bindings, inputs, time)
    }

    /// The same in a contract of these members: an effect that invites a party binds it at once if it is one of them.
    ///
    /// # Errors
    /// As [`Process::start`].
    pub fn start_among(
        members: impl IntoIterator<Item = String>,
        scenario: &Scenario,
        bindings: &BTreeMap<String, Binding>,
        inputs: &Json,
        time: Timestamp,
    ) -> Result<Self, Rejection> {
        Self::begin(scenario, Guests::among(members), bindings, inputs, time)
    }

    fn begin(
        scenario: &Scenario,
        guests: Guests,
        bindings: &BTreeMap<String, Binding>,
        inputs: &Json,
        time: Timestamp,
    ) -> Result<Self, Rejection> {
        let body = &scenario.0.root;
        let none = Json::Map(BTreeMap::new());
        let inputs = if *inputs == Json::Null { &none } else { inputs };
        let inputs = given_at_once(&body.inputs, inputs, "/inputs")?;
        let mut main = Branch::beginning(body, ROOT_PROCESS.to_owned(), time);
        main.roles = Arc::new(roles(body, bindings)?);
        main.inputs = map_or_empty(inputs);
        let mut process = Self {
            scenario: scenario.clone(),
            time,
            main: Arc::new(main),
            history: Trail::default(),
            markers: Trail::default(),
            changes: None,
            begun: 1,
            guests,
        };
        let mut step = Step::new(&mut process);
        step.enter(&[], body.initial)?;
        step.finish()?;
        Ok(process)
    }

    /// Binds a role with `joins: invitation` to its party; a group with that gets one more member, the last by number.
    ///
    /// # Errors
    /// `process_over`; `not_an_actor` if there is no such role, it is bound, or it waits for another party; `limit`, also of a
    /// group that is full; `invalid_data` with a pointer below `/actors`; whatever rejects the automatic steps that follow.
    pub fn join(&mut self, actor: &str, binding: &Binding, time: Timestamp) -> Result<(), Rejection> {
        self.timers_first(time)?;
        if self.outcome().is_some() {
            return Err(Rejection::new(Rule::ProcessOver, format!("the process is over in {}", self.state())));
        }
        let body = Arc::clone(&self.main.body);
        let found = body.actor(actor).filter(|(_, actor)| actor.joins == Joins::Invitation);
        let expected = self.expects(actor, binding.party.as_deref());
        let free = |position: usize| self.main.members(position).first().is_some_and(|role| !role.bound) && expected;
        let Some((position, declared)) = found.filter(|(at, declared)| declared.many.is_some() || free(*at)) else {
            return Err(Rejection::new(Rule::NotAnActor, format!("nobody is invited as {actor}")));
        };
        let index = declared.many.map_or(0, |_| self.main.members(position).len());
        if declared.many.is_some_and(|many| index >= many.max) {
            return Err(Rejection::new(Rule::Limit, format!("{actor} has {index} members already")));
        }
        let invited = self.opens(actor);
        let mut next = self.clone();
        let main = Arc::make_mut(&mut next.main);
        let mut joined = bound_role(declared, index, binding)?;
        if let Some(roles) = Arc::make_mut(&mut main.roles).get_mut(position) {
            if let Some(held) = roles.first().filter(|_| invited) {
                joined = held.with_newcomer(&joined, binding);
            }
            roles.truncate(index);
            roles.push(joined);
        }
        same_party(&body, &main.roles)?;
        main.hand_down();
        next.came(actor);
        let mut step = Step::new(&mut next);
        step.finish()?;
        *self = next;
        Ok(())
    }
}

impl Role {
    /// The role with a newcomer: what effects wrote before it came stays, unless it says otherwise.
    fn with_newcomer(&self, newcomer: &Self, binding: &Binding) -> Self {
        let mut role = self.clone();
        role.bind(newcomer);
        for (name, _) in binding.data.iter().filter(|(_, given)| **given != Json::Null) {
            put(&mut role.value, name, newcomer.value.get(name).clone());
        }
        role
    }
}

/// The roles at the start.
fn roles(body: &Body, bindings: &BTreeMap<String, Binding>) -> Result<Vec<Vec<Role>>, Rejection> {
    let counts: Vec<usize> = body.actors.iter().map(|actor| members_bound(actor, bindings)).collect();
    let known = |name: &str| {
        let member = body.member(name)?;
        counts.get(member.actor).filter(|count| member.index < **count)
    };
    if let Some(name) = bindings.keys().find(|name| known(name).is_none()) {
        let rejection = Rejection::new(Rule::NotAnActor, format!("no actor is called {name}"));
        return Err(rejection.pointing(format!("/actors/{name}")));
    }
    let inherited = |position: usize| {
        let principal = body.actors.get(body.principal(position)).filter(|_| body.principal(position) != position)?;
        let binding = bindings.get(&*principal.name)?;
        Some(Binding { party: binding.party.clone(), data: BTreeMap::new() })
    };
    let mut roles = Vec::with_capacity(body.actors.len());
    for ((position, actor), count) in body.actors.iter().enumerate().zip(counts) {
        if let Some(many) = actor.many {
            // Who joins by invitation comes later: the group may begin with nobody.
            if actor.joins == Joins::Start && count < many.min {
                let message = format!("{} has {count} members, at least {}", actor.name, many.min);
                return Err(Rejection::new(Rule::NotAnActor, message).pointing(format!("/actors/{}", actor.name)));
            }
            if count > many.max {
                let message = format!("{} has {count} members, at most {}", actor.name, many.max);
                return Err(Rejection::new(Rule::Limit, message));
            }
            let bound = (0..count).filter_map(|index| Some((index, bindings.get(&*actor.key(index))?)));
            roles.push(bound.map(|(index, binding)| bound_role(actor, index, binding)).collect::<Result<_, _>>()?);
            continue;
        }
        let binding = bindings.get(&*actor.name).cloned().or_else(|| inherited(position));
        roles.push(vec![match (binding, actor.joins) {
            (Some(binding), _) if actor.joins == Joins::Start || bindings.contains_key(&*actor.name) => {
                bound_role(actor, 0, &binding)?
            }
            (_, Joins::Invitation) => Role { bound: false, party: None, value: role_value(actor, 0, None) },
            _ => {
                let rejection = Rejection::new(Rule::NotAnActor, format!("nobody is bound to {}", actor.name));
                return Err(rejection.pointing(format!("/actors/{}", actor.name)));
            }
        }]);
    }
    same_party(body, &roles)?;
    Ok(roles)
}

/// How many members of an actor are bound at the start: of a group as many as stand there without a gap.
fn members_bound(actor: &Actor, bindings: &BTreeMap<String, Binding>) -> usize {
    match actor.many {
        None => 1,
        Some(_) => (0..MEMBERS_MAX).take_while(|index| bindings.contains_key(&*actor.key(*index))).count(),
    }
}

/// Actors that act for another belong to the same party, and parties are not too many.
pub(crate) fn same_party(body: &Body, roles: &[Vec<Role>]) -> Result<(), Rejection> {
    for (position, role) in roles.iter().enumerate().filter_map(|(at, of)| Some((at, of.first()?))) {
        let principal = roles.get(body.principal(position)).and_then(|of| of.first());
        if role.bound && principal.is_some_and(|principal| principal.bound && principal.party != role.party) {
            let name = body.actors.get(position).map(|actor| &*actor.name).unwrap_or_default();
            let rejection = Rejection::new(Rule::NotAnActor, format!("{name} acts for another party"));
            return Err(rejection.pointing(format!("/actors/{name}")));
        }
    }
    let parties: BTreeSet<_> = roles.iter().flatten().filter_map(|role| role.party.as_ref()).collect();
    if parties.len() > PARTIES_MAX {
        return Err(Rejection::new(Rule::Limit, format!("{} parties, at most {PARTIES_MAX}", parties.len())));
    }
    Ok(())
}

/// What expressions see of a member before anybody gives data of its own.
pub(crate) fn role_value(actor: &Actor, index: usize, party: Option<&str>) -> Value {
    let mut value = map_or_empty(actor.data.initial());
    put(&mut value, "key", Value::Text(actor.key(index)));
    if actor.many.is_some() {
        put(&mut value, "index", Value::Int(i64::try_from(index).unwrap_or(i64::MAX)));
    }
    if let Some(party) = party {
        put(&mut value, "identity", Value::Party(party.into()));
    }
    value
}

/// A role bound to a party. Its data may still be incomplete: members are checked one by one.
fn bound_role(actor: &Actor, index: usize, binding: &Binding) -> Result<Role, Rejection> {
    let mut value = role_value(actor, index, binding.party.as_deref());
    let key = actor.key(index);
    for (name, given) in &binding.data {
        let pointer = format!("/actors/{key}/{name}");
        let Some(schema) = actor.data.member(name) else {
            return Err(Rejection::new(Rule::InvalidData, format!("{key} has no {name}")).pointing(pointer));
        };
        if *given == Json::Null {
            continue;
        }
        let given = given_at_once(schema, given, &pointer)?;
        put(&mut value, name, given);
    }
    Ok(Role { bound: true, party: binding.party.as_deref().map(Text::from), value })
}

/// Data that come with a charter or a `join`, which carry no envelopes: personal data come with a response.
fn given_at_once(schema: &Schema, given: &Json, pointer: &str) -> Result<Value, Rejection> {
    let invalid =
        |message: String, below: &str| Rejection::new(Rule::InvalidData, message).pointing(format!("{pointer}{below}"));
    let value = schema.validate(given).map_err(|found| invalid(found.message, &found.pointer))?;
    match schema.sealed(given).first() {
        None => Ok(value),
        Some(place) => Err(invalid("personal data come with a response".to_owned(), &place.pointer)),
    }
}

pub(crate) fn map_or_empty(value: Value) -> Value {
    if value.is_unassigned() { Value::map(std::iter::empty::<(Text, Value)>()) } else { value }
}
