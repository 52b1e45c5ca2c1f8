//! Roles that wait for their party, and which parties are there to play them (decision 0020).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_codec::Writer;
use countersign_rules::{Text, Timestamp, Value};

use crate::branch::Role;
use crate::process::Process;
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Action, Actors, Body, Effect, EffectKind, Member, Scenario, Start, State};
use crate::start::{role_value, same_party};
use crate::step::Step;

/// Who may be bound by an effect, and who is waited for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guests {
    /// The members of the contract; none in a play, where everybody is there.
    members: Option<Arc<BTreeSet<Text>>>,
    /// By role of `main`: the party that is to play it, or none if anybody may.
    invited: Arc<BTreeMap<Text, Option<Text>>>,
}

impl Guests {
    /// In a contract of these members.
    pub fn among(members: impl IntoIterator<Item = String>) -> Self {
        Self { members: Some(Arc::new(members.into_iter().map(Text::from).collect())), invited: Arc::default() }
    }

    /// Whether a party can be bound at once.
    fn has(&self, party: Option<&Text>) -> bool {
        self.members.as_ref().is_none_or(|members| party.is_some_and(|party| members.contains(party)))
    }
}

/// The roles that effects of a body invite, or of a body that it starts.
pub(crate) fn invites(actions: &[Action], states: &[State]) -> Actors {
    let answers = actions.iter().flat_map(|action| &action.responses).flat_map(|response| &response.effects);
    let entries = states.iter().flat_map(|state| &state.effects);
    let ways = states.iter().flat_map(|state| &state.transitions).flat_map(|transition| &transition.effects);
    let mut found = Actors::default();
    let below = |start: &Start, found: &mut Actors| {
        start.body.invites.iter().filter_map(|actor| start.roles.get(actor)).for_each(|actor| found.add(*actor));
    };
    for effect in answers.chain(entries).chain(ways) {
        match &effect.kind {
            EffectKind::Invite { actor, .. } => found.add(*actor),
            EffectKind::Start(start) => below(start, &mut found),
            _ => {}
        }
    }
    states.iter().flat_map(|state| &state.start).for_each(|start| below(start, &mut found));
    found
}

impl Scenario {
    /// Whether an effect of the scenario invites a role: then nobody else does.
    pub fn invites(&self, actor: &str) -> bool {
        self.0.root.actor(actor).is_some_and(|(position, _)| self.0.root.invites.has(position))
    }
}

impl Process {
    /// The roles of `main` that an effect has opened and that nobody plays yet, ascending: each with the party that it
    /// waits for, or none if anybody may come.
    pub fn invited(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.guests.invited.iter().map(|(actor, party)| (&**actor, party.as_deref()))
    }

    /// What a state hash must say of roles that wait: none unless there are some.
    pub fn invited_bytes(&self) -> Option<Vec<u8>> {
        let invited = Some(&self.guests.invited).filter(|invited| !invited.is_empty())?;
        let mut out = Writer::default();
        out.uint(invited.len() as u64);
        for (actor, party) in invited.iter() {
            out.text(actor);
            out.text(party.as_deref().unwrap_or_default());
        }
        Some(out.into_bytes())
    }

    /// Whether a newcomer may be invited to play a role: nobody plays it, and if the scenario says when somebody is
    /// invited, an effect has opened it.
    pub fn may_join(&self, actor: &str) -> bool {
        let free = self.main.named(actor).is_some_and(|(_, role)| !role.bound);
        free && (self.guests.invited.contains_key(actor) || !self.opens(actor))
    }

    /// Whether a role is opened by effects alone.
    pub(crate) fn opens(&self, actor: &str) -> bool {
        self.main.body.actor(actor).is_some_and(|(position, _)| self.main.body.invites.has(position))
    }

    /// Whether a party is the one that a role waits for, or may come without being named.
    pub fn expects(&self, actor: &str, party: Option<&str>) -> bool {
        match self.guests.invited.get(actor) {
            Some(Some(named)) => party == Some(&**named),
            Some(None) => true,
            None => !self.opens(actor),
        }
    }

    /// A role does not wait any more.
    pub(crate) fn came(&mut self, actor: &str) {
        if self.guests.invited.contains_key(actor) {
            Arc::make_mut(&mut self.guests.invited).remove(actor);
        }
    }

    /// Says who the members of the contract are from now on: an effect binds them at once.
    pub fn know_members(&mut self, members: impl IntoIterator<Item = String>) {
        self.guests.members = Guests::among(members).members;
    }

    /// Binds the roles that wait for a party which is a member now.
    ///
    /// # Errors
    /// `not_an_actor` if one of them acts for another party; `limit`; whatever rejects the automatic steps that follow.
    pub fn welcome(&mut self, party: &str, time: Timestamp) -> Result<(), Rejection> {
        let waits = |process: &Self| -> Vec<Text> {
            let named = process.guests.invited.iter().filter(|(_, named)| named.as_deref() == Some(party));
            named.map(|(actor, _)| actor.clone()).collect()
        };
        if waits(self).is_empty() {
            return Ok(());
        }
        self.timers_first(time)?;
        if self.outcome().is_some() {
            return Ok(());
        }
        let mut next = self.clone();
        let mut step = Step::new(&mut next);
        for actor in waits(self) {
            step.bind_role(&actor, Some(party.into()))?;
        }
        step.finish()?;
        *self = next;
        Ok(())
    }

    /// Forgets roles that another scenario does not open.
    pub(crate) fn keep_invited(&mut self) {
        let kept = self.guests.invited.iter().filter(|(actor, _)| self.opens(actor));
        self.guests.invited = Arc::new(kept.map(|(actor, party)| (actor.clone(), party.clone())).collect());
    }
}

impl Body {
    /// An actor, and those who act for it.
    fn with_followers(&self, actor: usize) -> Actors {
        let mut found = Actors::default();
        let follows = |position: &usize| *position == actor || self.principal(*position) == actor;
        (0..self.actors.len()).filter(follows).for_each(|position| found.add(position));
        found
    }
}

impl Step<'_> {
    /// The effect `invite`: whoever plays the role plays it no longer. A party that is there is bound at once, another is
    /// waited for.
    pub(crate) fn invite(
        &mut self,
        at: &[usize],
        effect: &Effect,
        actor: usize,
        party: Option<Value>,
    ) -> Result<(), Rejection> {
        let party = match party {
            Some(Value::Party(party)) => Some(party),
            _ => None,
        };
        let (actor, name) = self.role_of_main(at, actor).map_err(|rejection| rejection.at(effect.place))?;
        let played = self.branch(&[]).roles.get(actor).and_then(|of| of.first());
        if played.is_some_and(|role| role.bound && role.party == party) {
            return Ok(());
        }
        self.unbind(actor)?;
        if self.process.guests.has(party.as_ref()) {
            return self.bind_role(&name, party).map_err(|rejection| rejection.at(effect.place));
        }
        Arc::make_mut(&mut self.process.guests.invited).insert(name, party);
        Ok(())
    }

    /// The effect `remove`: nobody plays the role any more, nor is anybody waited for.
    pub(crate) fn remove(&mut self, at: &[usize], effect: &Effect, actor: usize) -> Result<(), Rejection> {
        let (actor, _) = self.role_of_main(at, actor).map_err(|rejection| rejection.at(effect.place))?;
        self.unbind(actor)
    }

    /// The role of `main` that plays a role of a process.
    fn role_of_main(&self, at: &[usize], actor: usize) -> Result<(usize, Text), Rejection> {
        let member = self.process.in_main(at, Member { actor, index: 0 });
        let found = member.and_then(|member| Some((member.actor, self.process.main.body.actors.get(member.actor)?)));
        let (actor, declared) = found.ok_or_else(|| Rejection::new(Rule::NotAnActor, "there is no such role"))?;
        Ok((actor, declared.name.clone()))
    }

    /// Binds a role, and those who act for it, in every process.
    pub(crate) fn bind_role(&mut self, name: &str, party: Option<Text>) -> Result<(), Rejection> {
        self.process.came(name);
        let main = self.branch_mut(&[])?;
        let body = Arc::clone(&main.body);
        let Some((actor, _)) = body.actor(name) else { return Ok(()) };
        let bound = body.with_followers(actor);
        let newcomer = Role { bound: true, party, value: Value::Unassigned };
        for (_, roles) in Arc::make_mut(&mut main.roles).iter_mut().enumerate().filter(|(at, _)| bound.has(*at)) {
            roles.iter_mut().for_each(|role| role.bind(&newcomer));
        }
        same_party(&body, &main.roles)?;
        main.hand_down();
        Ok(())
    }

    /// Nobody plays a role any more, nor those who act for it, in any process; what was done as it counts no longer.
    fn unbind(&mut self, actor: usize) -> Result<(), Rejection> {
        let left = self.branch(&[]).body.with_followers(actor);
        for actor in left.iter() {
            let name = self.branch(&[]).body.actors.get(actor).map(|actor| actor.name.clone());
            name.iter().for_each(|name| self.process.came(name));
        }
        let mut roles = Vec::new();
        for (at, branch) in self.process.all() {
            let theirs = branch.all_roles().map(|(member, ..)| member);
            let ours = |member: &Member| {
                let is_left = self.process.in_main(&at, *member).is_some_and(|member| left.has(member.actor));
                is_left && branch.role(*member).is_some_and(|role| role.bound)
            };
            let theirs: Vec<Member> = theirs.filter(ours).collect();
            roles.push((at, theirs));
        }
        for (at, members) in roles {
            let branch = self.branch_mut(&at)?;
            let body = Arc::clone(&branch.body);
            for member in &members {
                let value = body.actors.get(member.actor).map(|actor| role_value(actor, member.index, None));
                if let (Some(role), Some(value)) = (branch.role_mut(*member), value) {
                    *role = Role { bound: false, party: None, value };
                }
            }
            Arc::make_mut(&mut branch.did).retain(|(who, ..)| !members.contains(who));
        }
        Ok(())
    }
}
