//! An update: a running process moves to another scenario.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_rules::{Text, Timestamp, Value};

use super::Changes;
use super::adopt::kept_json;
use crate::branch::{Branch, Role};
use crate::build;
use crate::finding::Finding;
use crate::process::Process;
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Actor, Body, Effect, Joins, MEMBERS_MAX, Many, Scenario, Section};
use crate::start::{map_or_empty, role_value, same_party};
use crate::step::{Step, put};
use crate::view::{Locals, View};

/// A checked update; a clone shares everything.
#[derive(Clone, Debug)]
pub struct Update(Arc<Checked>);

#[derive(Debug)]
struct Checked {
    canonical: Json,
    digest: [u8; 32],
    to: Scenario,
    effects: Vec<Effect>,
}

impl Update {
    /// Reads an update `countersign/update/v1` from YAML or JSON and checks it together with both scenarios.
    ///
    /// # Errors
    /// All findings, warnings too, if one of them is an error: E204 (`to` is another), E105 (a state is not mapped),
    /// E201, E106, and those of the effects.
    pub fn load(bytes: &[u8], of: &Scenario, to: &Scenario) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        let (canonical, effects, findings) = build::check_update(bytes, of, to)?;
        let digest = *Digest::of(&canonical.canonical()).bytes();
        Ok((Self(Arc::new(Checked { canonical, digest, to: to.clone(), effects })), findings))
    }

    /// The canonical form.
    pub fn canonical(&self) -> &Json {
        &self.0.canonical
    }

    /// SHA-256 of the canonical form.
    pub fn digest(&self) -> [u8; 32] {
        self.0.digest
    }

    /// The new scenario.
    pub fn to(&self) -> &Scenario {
        &self.0.to
    }

    /// Its `name`.
    pub fn name(&self) -> &str {
        self.0.canonical.get("name").and_then(Json::as_text).unwrap_or_default()
    }

    /// The state of the new scenario in place of one of the old.
    fn target(&self, state: &str) -> Option<usize> {
        let name = self.0.canonical.get("states")?.get(state)?.as_text()?;
        self.0.to.0.root.states.iter().position(|state| *state.name == *name)
    }
}

impl Process {
    /// Moves to the scenario of an update: data whose names stay are kept, its effects are done, and the new state is
    /// entered. Live deviations end.
    ///
    /// # Errors
    /// `process_over`; `not_in_state` if the process is in a state of a deviation; `not_an_actor` if nobody is bound to a
    /// new actor; `invalid_result` if data do not fit; whatever rejects entering the state.
    pub fn update(&mut self, update: &Update, time: Timestamp) -> Result<(), Rejection> {
        self.timers_first(time)?;
        self.goes_on()?;
        let Some(target) = update.target(self.state()) else {
            let message = format!("{} is a state that the update does not know", self.state());
            return Err(Rejection::new(Rule::NotInState, message));
        };
        let body = &update.0.to.0.root;
        let locals = Locals::at(self.time);
        let old = View::new(&self.main, &locals).at_root(&[]);
        let main = Branch {
            body: Arc::clone(body),
            roles: Arc::new(self.roles_in(body)?),
            assets: self.assets_in(body),
            vars: self.vars_in(body),
            inputs: self.inputs_in(body)?,
            did: Arc::default(),
            timers: Arc::default(),
            // Processes that the old scenario started follow nothing any more.
            children: Vec::new(),
            held: Vec::new(),
            announced: Vec::new(),
            ..(*self.main).clone()
        };
        let mut next = Self {
            scenario: update.0.to.clone(),
            main: Arc::new(main),
            changes: Some(Arc::new(Changes::new(update.0.to.clone()))),
            ..self.clone()
        };
        next.keep_invited();
        let mut locals = Locals::at(next.time);
        locals.old = old;
        let mut step = Step::new(&mut next);
        step.must_fit_all()?;
        step.effects(&[], &update.0.effects, &locals)?;
        step.enter(&[], target)?;
        step.finish()?;
        *self = next;
        Ok(())
    }

    fn assets_in(&self, body: &Body) -> Value {
        let held = |name: &str| Some(self.main.assets.get(name)).filter(|value| !value.is_unassigned()).cloned();
        let assets =
            body.assets.iter().map(|(name, _, schema)| (name.clone(), held(name).unwrap_or_else(|| schema.initial())));
        Value::map(assets.filter(|(_, value)| !value.is_unassigned()))
    }

    fn vars_in(&self, body: &Body) -> Value {
        let mut vars = map_or_empty(body.vars.initial());
        for (name, value) in self.main.vars.as_map().into_iter().flat_map(|members| members.iter()) {
            if body.vars.member(name).is_some() {
                put(&mut vars, name, value.clone());
            }
        }
        vars
    }

    fn inputs_in(&self, body: &Body) -> Result<Value, Rejection> {
        let inputs = kept_json(&self.main.inputs.to_plain(), |name| body.inputs.member(name).is_some());
        let inputs = body.inputs.validate(&inputs).map_err(|invalid| {
            Rejection::new(Rule::InvalidResult, invalid.message).pointing(format!("/inputs{}", invalid.pointer))
        })?;
        Ok(map_or_empty(inputs))
    }

    /// The roles of another scenario: parties stay with the names of their actors.
    fn roles_in(&self, body: &Body) -> Result<Vec<Vec<Role>>, Rejection> {
        let known: BTreeMap<&str, &[Role]> =
            self.main.all_actors().map(|(actor, roles)| (&*actor.name, roles)).collect();
        let mut roles = Vec::with_capacity(body.actors.len());
        for (position, actor) in body.actors.iter().enumerate() {
            if actor.many.is_some() {
                roles.push(group_in(actor, known.get(&*actor.name).copied().unwrap_or_default())?);
                continue;
            }
            let known_role = |name: &str| known.get(name).and_then(|roles| roles.first());
            let principal = body.actors.get(body.principal(position)).filter(|_| body.principal(position) != position);
            let inherited = principal.and_then(|principal| known_role(&principal.name)).filter(|role| role.bound);
            let (bound, party) = match (known_role(&actor.name), inherited) {
                (Some(role), _) => (role.bound, role.party.clone()),
                (None, _) if actor.joins == Joins::Invitation => (false, None),
                (None, Some(principal)) => (true, principal.party.clone()),
                (None, None) => {
                    let rejection = Rejection::new(Rule::NotAnActor, format!("nobody is bound to {}", actor.name));
                    return Err(rejection.pointing(format!("/actors/{}", actor.name)));
                }
            };
            let value = value_in(actor, 0, party.as_deref(), known_role(&actor.name));
            roles.push(vec![Role { bound, party, value }]);
        }
        same_party(body, &roles)?;
        Ok(roles)
    }
}

/// The members of a group of another scenario: those that it has.
fn group_in(actor: &Actor, known: &[Role]) -> Result<Vec<Role>, Rejection> {
    let many = actor.many.unwrap_or(Many { min: 0, max: MEMBERS_MAX });
    let pointer = || format!("/actors/{}", actor.name);
    if actor.joins == Joins::Start && known.len() < many.min {
        let message = format!("{} has {} members, at least {}", actor.name, known.len(), many.min);
        return Err(Rejection::new(Rule::NotAnActor, message).pointing(pointer()));
    }
    if known.len() > many.max {
        let message = format!("{} has {} members, at most {}", actor.name, known.len(), many.max);
        return Err(Rejection::new(Rule::Limit, message).pointing(pointer()));
    }
    let one = |(index, role): (usize, &Role)| {
        let value = value_in(actor, index, role.party.as_deref(), Some(role));
        Role { bound: role.bound, party: role.party.clone(), value }
    };
    Ok(known.iter().enumerate().map(one).collect())
}

/// What expressions see of a role of another scenario: of its data those that this one has, too.
fn value_in(actor: &Actor, index: usize, party: Option<&str>, known: Option<&Role>) -> Value {
    let mut value = role_value(actor, index, party);
    let own = known.and_then(|role| role.value.as_map());
    for (name, held) in own.into_iter().flat_map(|members| members.iter()) {
        if actor.data.member(name).is_some() {
            put(&mut value, name, held.clone());
        }
    }
    value
}

impl Step<'_> {
    /// Everything that was carried over must fit its new schema when the step ends.
    fn must_fit_all(&mut self) -> Result<(), Rejection> {
        let names = |value: &Value| -> Vec<Text> {
            value.as_map().into_iter().flat_map(|members| members.iter()).map(|(name, _)| name.clone()).collect()
        };
        let branch = self.branch(&[]);
        let mut written: Vec<(Section, Text)> = Vec::new();
        written.extend(names(&branch.assets).into_iter().map(|name| (Section::Assets, name)));
        written.extend(names(&branch.vars).into_iter().map(|name| (Section::Vars, name)));
        for (member, _, role) in branch.all_roles() {
            written.extend(names(&role.value).into_iter().map(|name| (Section::Actor(member), name)));
        }
        self.branch_mut(&[])?.written.extend(written);
        Ok(())
    }
}
