//! Parties of a simulation: their keys and the epoch they found.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_crypto::{Digest, PublicKey, SealingSecret, Seed, Signer, SigningKey};
use countersign_member::{
    Epoch, IdentityKey, IdentityKind, Inception, KeyPurpose, Member, NodeRecord, SignedInception,
};
use countersign_types::{ContractId, EntryId, IdentityId, Signed};

use crate::Tally;

/// The keys of one party: its organisation, its one person, its node.
pub struct Keys {
    member: Member,
    person: SigningKey,
    node: Arc<SigningKey>,
}

impl Keys {
    /// The keys of party `index` under a seed.
    pub fn new(seed: u64, index: usize) -> Self {
        let mut chance = Seed::new(*Digest::of(format!("{seed} {index}").as_bytes()).bytes());
        let (person, node) = (SigningKey::generate(&mut chance), SigningKey::generate(&mut chance));
        let sealing_key = SealingSecret::new(chance.array()).public_key();
        let keys = IdentityKey::signing(KeyPurpose::Admin, person.public_key()).into_iter().collect();
        let inception = Inception { kind: IdentityKind::Organisation, keys, nonce: chance.array() };
        let inception = SignedInception::sign(inception, &[&person]).expect("an organisation with one admin key");
        let record =
            NodeRecord { node_key: node.public_key(), sealing_key, urls: Vec::new(), tls: Digest::ZERO, sequence: 1 };
        let member = Member { inception, node: Signed::sign(record, &node) };
        Self { member, person, node: Arc::new(node) }
    }

    /// The party.
    pub const fn party(&self) -> IdentityId {
        self.member.party()
    }

    /// The person's key.
    pub const fn person(&self) -> &SigningKey {
        &self.person
    }

    /// The public half of the person's key.
    pub fn person_key(&self) -> PublicKey {
        self.person.public_key()
    }

    /// The node's key.
    pub const fn node(&self) -> &Arc<SigningKey> {
        &self.node
    }
}

/// A contract among some parties, ascending by id.
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// The hash of its position 0.
    pub genesis: EntryId,
    /// Its parties, ascending by id: the index of a party is its rank.
    pub keys: Vec<Arc<Keys>>,
    state: Tally,
}

impl Contract {
    /// A contract among `parties` parties under a seed.
    pub fn new(seed: u64, parties: usize) -> Self {
        let mut keys: Vec<_> = (0..parties).map(|index| Arc::new(Keys::new(seed, index))).collect();
        keys.sort_by_key(|keys| keys.party());
        let digest = Digest::of(format!("contract {seed}").as_bytes());
        let id = ContractId::new(digest);
        let members: Vec<_> = keys.iter().map(|keys| keys.member.clone()).collect();
        let epoch = Arc::new(Epoch::founding(&id, &members));
        let authors: BTreeMap<_, _> = keys.iter().map(|keys| (keys.party(), keys.person_key())).collect();
        Self { id, genesis: EntryId::new(digest), keys, state: Tally::new(epoch, Arc::new(authors)) }
    }

    /// The state at genesis.
    pub fn state(&self) -> Tally {
        self.state.clone()
    }

    /// The index of a party.
    pub fn index(&self, party: &IdentityId) -> Option<usize> {
        self.keys.iter().position(|keys| keys.party() == *party)
    }
}
