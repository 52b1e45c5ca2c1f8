//! The members at a place of the log: a function of the prefix, not a message of its own.

use std::collections::BTreeMap;

use countersign_codec::{Encode, Writer};
use countersign_crypto::{Digest, Hasher, PublicKey};
use countersign_types::{ContractId, EpochNumber, IdentityId, Signed};

use crate::{Member, NodeRecord};

/// Most members of a contract with commit rule `optimistic`.
pub const MEMBERS_MAX: usize = 64;

/// A set of members with its number and order seed (contract log §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    number: EpochNumber,
    members: BTreeMap<IdentityId, Signed<NodeRecord>>,
    seed: Digest,
}

impl Epoch {
    /// The founders of a contract.
    pub fn founding(contract: &ContractId, members: &[Member]) -> Self {
        let seed = Hasher::plain().with(b"order-seed").with(contract.bytes()).finish();
        let members = members.iter().map(|member| (member.party(), member.node.clone())).collect();
        Self { number: EpochNumber::ZERO, members, seed }
    }

    /// This epoch and one member more. Its seed comes from inviter and joiner together, so neither can choose it.
    #[must_use]
    pub fn joined(&self, member: &Member, joiner_nonce: &[u8; 32], inviter_nonce: &[u8; 32]) -> Self {
        let seed =
            Hasher::plain().with(b"order-seed").with(self.seed.bytes()).with(joiner_nonce).with(inviter_nonce).finish();
        let mut members = self.members.clone();
        members.insert(member.party(), member.node.clone());
        Self { number: self.number.next(), members, seed }
    }

    /// Its number.
    pub const fn number(&self) -> EpochNumber {
        self.number
    }

    /// How many members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody is a member.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The parties, ascending.
    pub fn parties(&self) -> impl Iterator<Item = IdentityId> {
        self.members.keys().copied()
    }

    /// Whether `party` is a member.
    pub fn contains(&self, party: &IdentityId) -> bool {
        self.members.contains_key(party)
    }

    /// The node of a member.
    pub fn node(&self, party: &IdentityId) -> Option<&Signed<NodeRecord>> {
        self.members.get(party)
    }

    /// The key that signs for a member.
    pub fn node_key(&self, party: &IdentityId) -> Option<&PublicKey> {
        self.members.get(party).map(|node| &node.value().node_key)
    }

    /// The index of a party by ascending id (contract log §13.12).
    pub fn rank(&self, party: &IdentityId) -> Option<usize> {
        self.members.keys().position(|member| member == party)
    }

    /// Line 5 of the fork key: SHA-256("order" ‖ seed ‖ position ‖ party), the position as u64 big-endian.
    pub fn order(&self, position: u64, party: &IdentityId) -> Digest {
        Hasher::plain()
            .with(b"order")
            .with(self.seed.bytes())
            .with(&position.to_be_bytes())
            .with(party.bytes())
            .finish()
    }
}

impl Encode for Epoch {
    fn encode(&self, out: &mut Writer) {
        self.number.encode(out);
        out.uint(self.members.len() as u64);
        for (party, node) in &self.members {
            party.encode(out);
            node.encode(out);
        }
        self.seed.encode(out);
    }
}
