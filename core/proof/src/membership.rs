//! Who belongs, with which keys, and who may act for whom: the part of the state that a bundle always shows.
//!
//! It follows the statements that took effect, and nothing else: whether they did is attested by the outcomes that all
//! members signed for. Its parts hash to the parts of the state of the same name, so a record that was left out,
//! added or moved is seen.

use std::collections::BTreeMap;

use countersign_chain::Genesis;
use countersign_codec::{Encode, Json, Writer};
use countersign_contract::{Confirm, Join, KeyRotate, MandateRecord, Payload};
use countersign_crypto::{Digest, PublicKey};
use countersign_member::{
    Epoch, Invitation, InvitationProof, Joining, KeyPurpose, KeyRing, Mandate, Request, Retirement, SignedInception,
    nonce_commitment,
};
use countersign_types::{ContractId, IdentityId, Position, Signed, StatementId};

use crate::Record;

/// How somebody became a member after the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    pub(crate) position: Position,
    pub(crate) inviter: IdentityId,
}

/// The members, identities, mandates and invitations after some entry.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    contract: ContractId,
    key_overlap: u64,
    epoch: Epoch,
    rings: BTreeMap<IdentityId, KeyRing>,
    mandates: BTreeMap<StatementId, MandateRecord>,
    invitations: BTreeMap<StatementId, Invitation>,
    /// Parties of actors who were bound by invitation; of a group one after the other.
    pub(crate) actors: BTreeMap<String, Vec<IdentityId>>,
    pub(crate) admissions: BTreeMap<IdentityId, Admission>,
    /// Whether the payload of every mandate and revocation is shown.
    pub(crate) mandates_known: bool,
}

/// What a statement that took effect says does not fit the statements before it.
pub(crate) struct Unfit(pub(crate) &'static str);

impl Membership {
    /// At genesis.
    pub(crate) fn found(genesis: &Signed<Genesis>) -> Self {
        let rings = genesis.members.iter().map(|member| {
            let party = member.party();
            (party, KeyRing::new(&member.inception, party))
        });
        Self {
            contract: Genesis::contract(genesis),
            key_overlap: genesis.settings.key_overlap,
            epoch: Genesis::epoch(genesis),
            rings: rings.collect(),
            mandates: BTreeMap::new(),
            invitations: BTreeMap::new(),
            actors: BTreeMap::new(),
            admissions: BTreeMap::new(),
            mandates_known: true,
        }
    }

    pub(crate) const fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    pub(crate) fn ring(&self, identity: &IdentityId) -> Option<&KeyRing> {
        self.rings.get(identity)
    }

    /// The key that must have signed a statement at the next position; none if it is not known. A newcomer's `join`
    /// brings its own.
    pub(crate) fn author_key(&self, record: &Record, payload: Option<&Payload>) -> Option<PublicKey> {
        let author = &record.statement.author;
        if let Some(ring) = self.rings.get(&author.identity) {
            return ring.key(&author.key).and_then(|key| key.verifier()).copied();
        }
        match payload {
            Some(Payload::Join(join)) if join.member.party() == author.identity => {
                let keys = &join.member.inception.inception().keys;
                keys.iter().find(|key| key.id() == author.key).and_then(|key| key.verifier()).copied()
            }
            _ => None,
        }
    }

    /// Whether the author's key is current at its place, or within its overlap.
    pub(crate) fn may_sign(&self, record: &Record) -> bool {
        let author = &record.statement.author;
        let ring = self.rings.get(&author.identity);
        ring.is_some_and(|ring| ring.may_sign(&author.key, record.position(), record.statement.basis.position))
    }

    /// The mandates that cover a request, with the parties that gave them.
    pub(crate) fn covering(&self, request: &Request<'_>) -> Vec<(StatementId, IdentityId)> {
        let covers = |record: &&MandateRecord| record.mandate.covers(request).is_ok();
        self.mandates.iter().filter(|(_, record)| covers(record)).map(|(id, record)| (*id, record.party)).collect()
    }

    /// Whether the author signed with an admin key of the organisation itself.
    pub(crate) fn decides(&self, record: &Record) -> bool {
        let author = &record.statement.author;
        let ring = self.rings.get(&author.identity);
        ring.is_some_and(|ring| {
            ring.party() == author.identity
                && ring.key(&author.key).is_some_and(|key| key.purpose() == KeyPurpose::Admin)
        })
    }

    /// Follows a statement that took effect. `payload` is none where a mandate is not shown.
    pub(crate) fn follow(&mut self, record: &Record, payload: Option<&Payload>) -> Result<(), Unfit> {
        let author = record.statement.author.identity;
        let statement = record.entry.statement;
        match payload {
            Some(Payload::Join(join)) => self.join(author, join),
            Some(Payload::Identity(inception)) => self.introduce(author, inception),
            Some(Payload::Mandate(mandate)) => self.mandate(author, statement, mandate),
            Some(Payload::MandateRevoke(mandate)) => {
                let known = self.mandates.remove(mandate).is_some() || !self.mandates_known;
                if known { Ok(()) } else { Err(Unfit("it revokes a mandate that is not here")) }
            }
            Some(Payload::KeyRotate(rotate)) => self.rotate(record.position(), rotate),
            Some(Payload::Invite(invite)) => {
                let invitation = Invitation {
                    inviter: self.party_of(author)?,
                    actors: invite.actors.clone(),
                    key: invite.key,
                    nonce_commitment: invite.nonce_commitment,
                    expires: invite.expires,
                    joining: None,
                };
                self.invitations.insert(statement, invitation);
                Ok(())
            }
            Some(Payload::Confirm(confirm)) => self.confirm(record.position(), confirm),
            Some(
                Payload::Response(_)
                | Payload::Comment(_)
                | Payload::Tick(_)
                | Payload::Erase(_)
                | Payload::Propose(_)
                | Payload::Vote(_),
            )
            | None => {
                self.mandates_known = false;
                Ok(())
            }
        }
    }

    fn party_of(&self, author: IdentityId) -> Result<IdentityId, Unfit> {
        self.rings.get(&author).map(KeyRing::party).ok_or(Unfit("its author is not known here"))
    }

    fn introduce(&mut self, author: IdentityId, inception: &SignedInception) -> Result<(), Unfit> {
        let party = self.party_of(author)?;
        if inception.check().is_err() || self.rings.contains_key(&inception.id()) {
            return Err(Unfit("its inception record does not hold"));
        }
        self.rings.insert(inception.id(), KeyRing::new(inception, party));
        Ok(())
    }

    fn mandate(&mut self, author: IdentityId, statement: StatementId, mandate: &Mandate) -> Result<(), Unfit> {
        if !self.rings.contains_key(&mandate.person) {
            return Err(Unfit("it names a person who is not here"));
        }
        let party = self.party_of(author)?;
        self.mandates.insert(statement, MandateRecord { party, mandate: mandate.clone() });
        Ok(())
    }

    fn rotate(&mut self, at: Position, rotate: &KeyRotate) -> Result<(), Unfit> {
        let overlap = rotate.overlap.unwrap_or(self.key_overlap).min(self.key_overlap);
        let ring = self.rings.get_mut(&rotate.identity).ok_or(Unfit("it rotates keys of nobody who is here"))?;
        let added = rotate.add.iter().all(|new| ring.add(new.key));
        let retired = rotate.retire.iter().all(|key| ring.retire(key, Retirement { at, overlap }));
        if added && retired { Ok(()) } else { Err(Unfit("the keys that it rotates are not here")) }
    }

    fn join(&mut self, author: IdentityId, join: &Join) -> Result<(), Unfit> {
        let contract = self.contract;
        let invitation = self.invitations.get_mut(&join.invitation).ok_or(Unfit("its invitation is not here"))?;
        let proof = InvitationProof {
            contract,
            invitation: join.invitation,
            member: Digest::of(&join.member.to_bytes()),
            nonce: join.nonce,
        };
        let vouched = Signed::unverified(proof, join.proof).verify(&invitation.key).is_ok();
        if !vouched || !join.member.is_sound() || join.member.party() != author || invitation.joining.is_some() {
            return Err(Unfit("the one-time key of the invitation does not vouch for it"));
        }
        let data = join.data.iter().map(|(actor, data)| (actor.clone(), Json::Map(data.clone())));
        invitation.joining =
            Some(Joining { member: join.member.clone(), nonce: join.nonce, data: Json::map(data).canonical() });
        // A newcomer that waits already keeps the keys that it has.
        self.rings.entry(author).or_insert_with(|| KeyRing::new(&join.member.inception, author));
        Ok(())
    }

    fn confirm(&mut self, position: Position, confirm: &Confirm) -> Result<(), Unfit> {
        let invitation = self.invitations.remove(&confirm.invitation).ok_or(Unfit("its invitation is not here"))?;
        let joining = invitation.joining.as_ref().ok_or(Unfit("nobody joined before it"))?;
        if nonce_commitment(&confirm.nonce) != invitation.nonce_commitment {
            return Err(Unfit("it opens another nonce"));
        }
        let party = joining.member.party();
        self.epoch = self.epoch.joined(&joining.member, &joining.nonce, &confirm.nonce);
        self.admissions.insert(party, Admission { position, inviter: invitation.inviter });
        for actor in &invitation.actors {
            self.actors.entry(actor.clone()).or_default().push(party);
        }
        Ok(())
    }

    /// The parts of the state hash that this is (contract log §13.8), as far as they are known.
    pub(crate) fn parts(&self) -> Vec<(&'static str, Digest)> {
        let mut parts = vec![
            ("epoch", Digest::of(&self.epoch.to_bytes())),
            ("identities", hash_map(&self.rings)),
            ("invitations", hash_map(&self.invitations)),
        ];
        if self.mandates_known {
            parts.push(("mandates", hash_map(&self.mandates)));
        }
        parts
    }
}

/// The count, then each key and value, ascending by key.
fn hash_map<K: Encode, V: Encode>(map: &BTreeMap<K, V>) -> Digest {
    let mut out = Writer::default();
    out.uint(map.len() as u64);
    for (key, value) in map {
        key.encode(&mut out);
        value.encode(&mut out);
    }
    Digest::of(&out.into_bytes())
}
