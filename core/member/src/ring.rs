//! The keys of an identity along the log: which one may sign, from which place on, until when.

use std::collections::BTreeMap;

use countersign_codec::{Encode, Writer};
use countersign_types::{IdentityId, Position};

use crate::{IdentityKey, IdentityKind, KEYS_MAX, KeyId, KeyPurpose, SignedInception};

/// Most keys that an identity ever has in one contract, those replaced included.
pub const KEYS_EVER_MAX: usize = 1_024;

/// Where a key was replaced, and how long statements made before may still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// Position of the rotation.
    pub at: Position,
    /// So many positions after it, statements whose basis is before it are accepted. 0 if the key is compromised.
    pub overlap: u64,
}

/// The keys of one identity in the state of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRing {
    kind: IdentityKind,
    party: IdentityId,
    keys: BTreeMap<KeyId, (IdentityKey, Option<Retirement>)>,
}

impl KeyRing {
    /// The ring of an identity that begins here and belongs to `party` (an organisation belongs to itself).
    pub fn new(inception: &SignedInception, party: IdentityId) -> Self {
        let record = inception.inception();
        let keys = record.keys.iter().map(|key| (key.id(), (*key, None))).collect();
        Self { kind: record.kind, party, keys }
    }

    /// What the identity stands for.
    pub const fn kind(&self) -> IdentityKind {
        self.kind
    }

    /// The party it belongs to.
    pub const fn party(&self) -> IdentityId {
        self.party
    }

    /// A key, current or retired.
    pub fn key(&self, id: &KeyId) -> Option<&IdentityKey> {
        self.keys.get(id).map(|(key, _)| key)
    }

    /// The keys with their retirement, ascending by id.
    pub fn keys(&self) -> impl Iterator<Item = (&IdentityKey, Option<Retirement>)> {
        self.keys.values().map(|(key, retirement)| (key, *retirement))
    }

    /// Whether a key may sign a statement at `place` whose basis is at `basis` (contract log §6, key rotation).
    pub fn may_sign(&self, id: &KeyId, place: Position, basis: Position) -> bool {
        match self.keys.get(id) {
            None => false,
            Some((_, None)) => true,
            Some((_, Some(retirement))) => {
                let last = retirement.at.get().saturating_add(retirement.overlap);
                basis < retirement.at && place.get() <= last
            }
        }
    }

    /// Whether a current key with purpose `admin` has this id.
    pub fn is_admin(&self, id: &KeyId) -> bool {
        matches!(self.keys.get(id), Some((key, _)) if key.purpose() == KeyPurpose::Admin)
    }

    /// Adds a key. False if it is or was there already, or is not for this kind of identity.
    pub fn add(&mut self, key: IdentityKey) -> bool {
        let fits = self.kind.may_hold(key.purpose()) && !self.keys.contains_key(&key.id());
        if fits {
            self.keys.insert(key.id(), (key, None));
        }
        fits
    }

    /// Whether there are not more current keys than [`KEYS_MAX`], nor more keys in all than [`KEYS_EVER_MAX`].
    pub fn has_room(&self) -> bool {
        let current = self.keys.values().filter(|(_, retirement)| retirement.is_none()).count();
        current <= KEYS_MAX && self.keys.len() <= KEYS_EVER_MAX
    }

    /// Retires a key. False if it is unknown or retired already, or no key that could decide would be left.
    pub fn retire(&mut self, id: &KeyId, retirement: Retirement) -> bool {
        let decides = |key: &IdentityKey| match self.kind {
            IdentityKind::Organisation => key.purpose() == KeyPurpose::Admin,
            IdentityKind::Person | IdentityKind::System => key.verifier().is_some(),
        };
        let another = |(other, (key, gone)): (&KeyId, &(IdentityKey, Option<Retirement>))| {
            other != id && gone.is_none() && decides(key)
        };
        if !self.keys.iter().any(another) {
            return false;
        }
        match self.keys.get_mut(id) {
            Some((_, gone @ None)) => {
                *gone = Some(retirement);
                true
            }
            _ => false,
        }
    }
}

impl Encode for KeyRing {
    fn encode(&self, out: &mut Writer) {
        self.kind.encode(out);
        self.party.encode(out);
        out.uint(self.keys.len() as u64);
        for (key, retirement) in self.keys.values() {
            key.encode(out);
            retirement.is_some().encode(out);
            if let Some(retirement) = retirement {
                retirement.at.encode(out);
                out.uint(retirement.overlap);
            }
        }
    }
}
