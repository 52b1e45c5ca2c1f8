//! Companies, persons and their keys: everything follows from their names.

use countersign_codec::Json;
use countersign_crypto::{Digest, SealingSecret, Signer, SigningKey};
use countersign_member::{
    IdentityKey, IdentityKind, Inception, KeyId, KeyPurpose, Mandate, Member, NodeRecord, SignedInception,
};
use countersign_types::{IdentityId, Signed};

/// The secret of somebody for something.
pub fn key(name: &str, use_of: &str) -> SigningKey {
    SigningKey::new(array(&format!("{name}/{use_of}")))
}

pub fn array<const N: usize>(name: &str) -> [u8; N] {
    *Digest::of(name.as_bytes()).bytes().first_chunk::<N>().unwrap()
}

fn incept(kind: IdentityKind, name: &str, purpose: KeyPurpose, use_of: &str) -> SignedInception {
    let signer = key(name, use_of);
    let keys = vec![IdentityKey::signing(purpose, signer.public_key()).unwrap()];
    SignedInception::sign(Inception { kind, keys, nonce: array(name) }, &[&signer]).unwrap()
}

/// A person with one key.
pub fn person(name: &str) -> SignedInception {
    incept(IdentityKind::Person, name, KeyPurpose::User, "user")
}

fn company(name: &str) -> SignedInception {
    incept(IdentityKind::Organisation, name, KeyPurpose::Admin, "admin")
}

pub fn party(name: &str) -> IdentityId {
    company(name).id()
}

/// A company with its node.
pub fn member(name: &str) -> Member {
    let record = NodeRecord {
        node_key: key(name, "node").public_key(),
        sealing_key: SealingSecret::new(array(&format!("{name}/sealing"))).public_key(),
        urls: vec![format!("https://{name}.example")],
        tls: Digest::of(name.as_bytes()),
        sequence: 1,
    };
    Member { inception: company(name), node: Signed::sign(record, &key(name, "node")) }
}

/// Who speaks, with which key.
#[derive(Clone, Copy, Debug)]
pub struct Voice<'a> {
    pub name: &'a str,
    pub use_of: &'a str,
    pub identity: IdentityId,
}

impl Voice<'_> {
    pub fn key(&self) -> SigningKey {
        key(self.name, self.use_of)
    }

    pub fn key_id(&self) -> KeyId {
        KeyId::of_signing(&self.key().public_key())
    }
}

/// A company by its admin key.
pub fn admin(name: &str) -> Voice<'_> {
    Voice { name, use_of: "admin", identity: party(name) }
}

/// A person.
pub fn user(name: &str) -> Voice<'_> {
    Voice { name, use_of: "user", identity: person(name).id() }
}

/// A mandate from JSON without its person.
pub fn mandate(name: &str, powers: &str) -> Mandate {
    let Json::Map(mut members) = json(powers) else { panic!("{powers}") };
    members.insert("person".into(), Json::text(person(name).id().to_string()));
    Mandate::from_json(&Json::Map(members)).unwrap()
}

pub fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), Default::default()).unwrap()
}
