//! Identities, mandates, keys, and newcomers (contract log §6).

use std::sync::Arc;

use countersign_chain::Author;
use countersign_codec::{Encode, Json, Writer};
use countersign_crypto::{Digest, Namespace, verify};
use countersign_member::{
    IdentityKey, IdentityKind, Invitation, InvitationProof, Joining, KeyPurpose, KeyRing, MEMBERS_MAX, Mandate, Member,
    Request, Retirement, SignedInception, nonce_commitment,
};
use countersign_types::{ContractId, IdentityId, Position, Signed, StatementId, Timestamp};
use countersign_workflow::{Binding, Joins};

use crate::apply::{Broken, Said};
use crate::charter::{next_member, stands_alone};
use crate::{Confirm, Invite, Join, KeyRotate, MandateRecord, NewKey, State};

/// Most identities, mandates or open invitations of one party: no party takes the room of another.
const RECORDS_MAX: usize = 1_000;

impl NewKey {
    /// What a new key signs to show that it agrees.
    pub fn proof_bytes(contract: &ContractId, identity: &IdentityId, key: &impl Encode) -> Vec<u8> {
        let mut out = Writer::default();
        contract.encode(&mut out);
        identity.encode(&mut out);
        key.encode(&mut out);
        out.into_bytes()
    }
}

impl State {
    /// Whether the author decides for a member: by an admin key of the organisation itself.
    pub(crate) fn may_decide(&self, said: &Said<'_>) -> Result<(), Broken> {
        let decides = said.statement.author.identity == said.party
            && said.purpose == KeyPurpose::Admin
            && self.epoch.contains(&said.party);
        if decides { Ok(()) } else { Err("not_entitled".into()) }
    }

    /// The same, or a mandate that names this act like an action. As for a step, the time is not before that of the
    /// last one, whatever the author declares.
    pub(crate) fn may_act(&self, said: &Said<'_>, act: &str) -> Result<(), Broken> {
        let author = &said.statement.author;
        let stepped = self.process.as_ref().and_then(|process| Timestamp::from_millis(process.time().ms()));
        let request = Request {
            person: &author.identity,
            key: &author.key,
            actor: None,
            action: act,
            data: None,
            time: said.statement.time.max(stepped.unwrap_or(self.founded)),
        };
        let mandated = self.epoch.contains(&said.party)
            && self
                .mandates
                .values()
                .any(|record| record.party == said.party && record.mandate.covers(&request).is_ok());
        if mandated { Ok(()) } else { self.may_decide(said) }
    }

    pub(crate) fn introduce(&mut self, said: &Said<'_>, inception: &SignedInception) -> Result<(), Broken> {
        self.may_decide(said)?;
        inception.check().map_err(|_| Broken::by("invalid_data", "/inception"))?;
        let id = inception.id();
        if inception.inception().kind == IdentityKind::Organisation || self.rings.contains_key(&id) {
            return Err(Broken::by("invalid_data", id.to_string()));
        }
        if self.rings.values().filter(|ring| ring.party() == said.party).count() >= RECORDS_MAX {
            return Err("limit".into());
        }
        Arc::make_mut(&mut self.rings).insert(id, KeyRing::new(inception, said.party));
        Ok(())
    }

    pub(crate) fn mandate(&mut self, said: &Said<'_>, mandate: Mandate) -> Result<(), Broken> {
        self.may_decide(said)?;
        if !self.rings.contains_key(&mandate.person) {
            return Err(Broken::by("unknown_identity", mandate.person.to_string()));
        }
        if self.mandates.values().filter(|record| record.party == said.party).count() >= RECORDS_MAX {
            return Err("limit".into());
        }
        Arc::make_mut(&mut self.mandates).insert(said.id, MandateRecord { party: said.party, mandate });
        Ok(())
    }

    pub(crate) fn revoke(&mut self, said: &Said<'_>, mandate: &StatementId) -> Result<(), Broken> {
        self.may_decide(said)?;
        if self.mandates.get(mandate).is_none_or(|record| record.party != said.party) {
            return Err(Broken::by("unknown_mandate", mandate.to_string()));
        }
        Arc::make_mut(&mut self.mandates).remove(mandate);
        Ok(())
    }

    /// An identity rotates its own keys; a party also those of its people.
    pub(crate) fn rotate(&mut self, said: &Said<'_>, rotate: &KeyRotate) -> Result<(), Broken> {
        let author = &said.statement.author;
        let ring = self.rings.get(&rotate.identity).ok_or("unknown_identity")?;
        let own_key = author.identity == rotate.identity && author.identity != said.party && said.purpose.is_personal();
        if !own_key {
            if ring.party() != said.party {
                return Err("not_entitled".into());
            }
            self.may_decide(said)?;
        }
        let mut ring = ring.clone();
        for new in &rotate.add {
            if !self.agrees(rotate, new) || !ring.add(new.key) {
                return Err(Broken::by("invalid_data", "/add"));
            }
        }
        let overlap = rotate.overlap.unwrap_or(self.settings.key_overlap).min(self.settings.key_overlap);
        let retirement = Retirement { at: said.position, overlap };
        if !rotate.retire.iter().all(|key| ring.retire(key, retirement)) {
            return Err(Broken::by("invalid_data", "/retire"));
        }
        // Counted last: a full ring can still replace a key.
        if !ring.has_room() {
            return Err(Broken::by("invalid_data", "/add"));
        }
        Arc::make_mut(&mut self.rings).insert(rotate.identity, ring);
        Ok(())
    }

    fn agrees(&self, rotate: &KeyRotate, new: &NewKey) -> bool {
        match (new.key.verifier(), &new.proof) {
            (None, None) => true,
            (Some(key), Some(proof)) => {
                let bytes = NewKey::proof_bytes(&self.contract, &rotate.identity, &new.key);
                verify(key, Namespace::NewKey, &bytes, proof).is_ok()
            }
            _ => false,
        }
    }

    pub(crate) fn invite(&mut self, said: &Said<'_>, invite: Invite) -> Result<(), Broken> {
        self.may_act(said, "invite")?;
        let scenario = self.scenario();
        for actor in &invite.actors {
            let named = |open: &&Invitation| {
                let party = open.joining.as_ref().map(|joining| joining.member.party());
                open.actors.contains(actor) && party.is_some_and(|party| self.expects(actor, &party))
            };
            let joining = self.invitations.values().filter(named).count();
            let free = match scenario.group(actor) {
                Some(many) => self.next_of(actor).0.saturating_add(joining) < many.max && self.takes_members(actor),
                None => {
                    let known = scenario.role(actor) == Some(actor) && stands_alone(scenario, actor);
                    known && self.is_open(actor) && joining == 0
                }
            };
            if !free {
                return Err(Broken::by("invalid_data", actor));
            }
        }
        if self.invitations.values().filter(|open| open.inviter == said.party).count() >= RECORDS_MAX {
            return Err("limit".into());
        }
        let invitation = Invitation {
            inviter: said.party,
            actors: invite.actors,
            key: invite.key,
            nonce_commitment: invite.nonce_commitment,
            expires: invite.expires,
            joining: None,
        };
        Arc::make_mut(&mut self.invitations).insert(said.id, invitation);
        Ok(())
    }

    /// Whether the one-time key of an open invitation vouches for a newcomer.
    pub(crate) fn check_invitation(&self, join: &Join) -> Result<&Invitation, &'static str> {
        let invitation = self.invitations.get(&join.invitation).ok_or("unknown_invitation")?;
        if invitation.joining.is_some() {
            return Err("invitation_used");
        }
        let proof = InvitationProof {
            contract: self.contract,
            invitation: join.invitation,
            member: Digest::of(&join.member.to_bytes()),
            nonce: join.nonce,
        };
        let vouched = Signed::unverified(proof, join.proof).verify(&invitation.key).is_ok();
        if vouched && join.member.is_sound() { Ok(invitation) } else { Err("bad_signature") }
    }

    pub(crate) fn join(&mut self, position: Position, author: &Author, join: Join) -> Result<(), Broken> {
        let invitation = self.check_invitation(&join)?;
        if position > invitation.expires {
            return Err("invitation_expired".into());
        }
        let member = &join.member;
        let party = member.party();
        let organisation = member.inception.inception().kind == IdentityKind::Organisation;
        if !organisation || author.identity != party || self.is_taken(member) {
            return Err(Broken::by("invalid_data", "/member"));
        }
        // A newcomer that waits already keeps the keys that it has.
        let known = self.rings.get(&party).and_then(|ring| ring.key(&author.key));
        let brought = || member.inception.inception().keys.iter().find(|key| key.id() == author.key);
        if known.or_else(brought).map(IdentityKey::purpose) != Some(KeyPurpose::Admin) {
            return Err(Broken::by("not_entitled", author.key.to_string()));
        }
        if join.data.keys().any(|actor| !invitation.actors.contains(actor)) {
            return Err(Broken::by("invalid_data", "/data"));
        }
        if let Some(actor) = invitation.actors.iter().find(|actor| !self.expects(actor, &party)) {
            return Err(Broken::by("not_an_actor", actor));
        }
        let data = Json::map(join.data.into_iter().map(|(actor, data)| (actor, Json::Map(data)))).canonical();
        let joining = Joining { member: join.member, nonce: join.nonce, data };
        // The newcomer may speak from here on; it counts as a member only after the `confirm`.
        let ring = KeyRing::new(&joining.member.inception, party);
        Arc::make_mut(&mut self.rings).entry(party).or_insert(ring);
        if let Some(invitation) = Arc::make_mut(&mut self.invitations).get_mut(&join.invitation) {
            invitation.joining = Some(joining);
        }
        Ok(())
    }

    /// Whether a party is a member already, or its node that of another member.
    fn is_taken(&self, member: &Member) -> bool {
        let same_node = |other: IdentityId| self.epoch.node_key(&other) == Some(&member.node.node_key);
        self.epoch.contains(&member.party()) || self.epoch.parties().any(same_node)
    }

    pub(crate) fn confirm(&mut self, said: &Said<'_>, confirm: &Confirm) -> Result<(), Broken> {
        self.may_act(said, "confirm")?;
        let invitation = self.invitations.get(&confirm.invitation).ok_or("unknown_invitation")?;
        if invitation.inviter != said.party {
            return Err("not_entitled".into());
        }
        let joining = invitation.joining.as_ref().ok_or("not_joined")?;
        if nonce_commitment(&confirm.nonce) != invitation.nonce_commitment {
            return Err(Broken::by("invalid_data", "/nonce"));
        }
        // Others may have been confirmed since the `join`.
        if self.is_taken(&joining.member) {
            return Err(Broken::by("invalid_data", "/member"));
        }
        if self.epoch.len() >= MEMBERS_MAX {
            return Err("limit".into());
        }
        let mut next = self.clone();
        next.epoch = Arc::new(self.epoch.joined(&joining.member, &joining.nonce, &confirm.nonce));
        next.tell_members();
        next.bind(&invitation.actors, joining, said)?;
        Arc::make_mut(&mut next.invitations).remove(&confirm.invitation);
        *self = next;
        Ok(())
    }

    /// The number and the name of the next member of a group.
    fn next_of(&self, group: &str) -> (usize, String) {
        let known = next_member(group, &self.bindings);
        let running = self.process.as_ref().map_or(0, |process| process.members_of(group));
        let number = known.max(running);
        (number, format!("{group}.{number}"))
    }

    /// Whether a group can still get members: one that joins at the start until the process has started.
    fn takes_members(&self, group: &str) -> bool {
        self.process.is_none() || self.scenario().joins(group) == Some(Joins::Invitation)
    }

    /// Binds the actors of a newcomer; of a group as its next member.
    fn bind(&mut self, actors: &[String], joining: &Joining, said: &Said<'_>) -> Result<(), Broken> {
        let data =
            Json::parse_canonical(&joining.data, countersign_codec::JsonLimits::default()).map_err(|_| "malformed")?;
        let party = joining.member.party().to_string();
        let time = countersign_rules::Timestamp::from_ms(said.statement.time.millis()).ok_or("limit")?;
        for actor in actors {
            let name = match self.scenario().group(actor) {
                Some(many) => {
                    let (number, name) = self.next_of(actor);
                    // The group may have been filled since the invitation.
                    if number >= many.max {
                        return Err("limit".into());
                    }
                    name
                }
                None => actor.clone(),
            };
            let is_group = self.scenario().group(actor).is_some();
            if (is_group && self.bindings.contains_key(&name)) || (!is_group && !self.is_open(actor)) {
                return Err(Broken::by("invalid_data", actor));
            }
            let own = data.get(actor).and_then(Json::as_map).cloned().unwrap_or_default();
            let binding = Binding { party: Some(party.clone()), data: own };
            if let Some(process) = &mut self.process {
                process.join(actor, &binding, time).map_err(|rejection| Broken::from(rejection.rule.as_str()))?;
            }
            Arc::make_mut(&mut self.bindings).insert(name, binding);
        }
        if let Some(process) = &mut self.process {
            process.welcome(&party, time).map_err(|rejection| Broken::from(rejection.rule.as_str()))?;
        }
        self.start(said.statement.time).map_err(Broken::from)
    }

    /// Whether somebody who joins may be bound to an actor: nobody plays it, and if the scenario says when it is opened, an
    /// effect has done so (decision 0020); or it is a group that still gets members.
    pub fn is_open(&self, actor: &str) -> bool {
        if let Some(many) = self.scenario().group(actor) {
            return self.next_of(actor).0 < many.max && self.takes_members(actor);
        }
        match self.process.as_ref().filter(|process| process.actor(actor).is_some()) {
            Some(process) => process.may_join(actor),
            None => !self.bindings.contains_key(actor) && !self.charter.scenario.invites(actor),
        }
    }

    /// Whether an actor does not wait for another party than this one.
    fn expects(&self, actor: &str, party: &IdentityId) -> bool {
        let waits = self.process.as_ref().filter(|process| process.invited().any(|(waiting, _)| waiting == actor));
        waits.is_none_or(|process| process.expects(actor, Some(&party.to_string())))
    }

    /// Tells the process who the members are: effects bind them at once.
    fn tell_members(&mut self) {
        let members: Vec<String> = self.epoch.parties().map(|party| party.to_string()).collect();
        if let Some(process) = &mut self.process {
            process.know_members(members);
        }
    }
}
