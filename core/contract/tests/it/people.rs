//! The cast: companies, persons and machines with keys that follow from their names.

use countersign_codec::Json;
use countersign_crypto::{Digest, PublicKey, SealingSecret, Signer, SigningKey};
use countersign_member::{
    IdentityKey, IdentityKind, Inception, KeyId, KeyPurpose, Mandate, Member, NodeRecord, SignedInception,
};
use countersign_types::{IdentityId, Signed};

/// The secret of somebody for something.
pub fn key(name: &str, use_of: &str) -> SigningKey {
    SigningKey::new(*Digest::of(format!("{name}/{use_of}").as_bytes()).bytes())
}

pub fn public(name: &str, use_of: &str) -> PublicKey {
    key(name, use_of).public_key()
}

pub fn array<const N: usize>(name: &str) -> [u8; N] {
    *Digest::of(name.as_bytes()).bytes().first_chunk::<N>().unwrap()
}

pub fn signing(purpose: KeyPurpose, name: &str, use_of: &str) -> IdentityKey {
    IdentityKey::signing(purpose, public(name, use_of)).unwrap()
}

fn incept(kind: IdentityKind, name: &str, keys: &[(KeyPurpose, &str)]) -> SignedInception {
    let signers: Vec<SigningKey> = keys.iter().map(|(_, use_of)| key(name, use_of)).collect();
    let signers: Vec<&dyn Signer> = signers.iter().map(|signer| signer as &dyn Signer).collect();
    let keys = keys.iter().map(|(purpose, use_of)| signing(*purpose, name, use_of)).collect();
    SignedInception::sign(Inception { kind, keys, nonce: array(name) }, &signers).unwrap()
}

/// A company: an admin key, and a system key that its node holds.
pub fn company(name: &str) -> SignedInception {
    incept(
        IdentityKind::Organisation,
        name,
        &[(KeyPurpose::Admin, "admin"), (KeyPurpose::System, "system"), (KeyPurpose::User, "user")],
    )
}

/// A person with one key.
pub fn person(name: &str) -> SignedInception {
    incept(IdentityKind::Person, name, &[(KeyPurpose::User, "user")])
}

/// A machine with one key.
pub fn machine(name: &str) -> SignedInception {
    incept(IdentityKind::System, name, &[(KeyPurpose::System, "system")])
}

pub fn party(name: &str) -> IdentityId {
    company(name).id()
}

pub fn node(name: &str) -> Signed<NodeRecord> {
    let sealing_key = SealingSecret::new(*Digest::of(format!("{name}/sealing").as_bytes()).bytes()).public_key();
    let record = NodeRecord {
        node_key: public(name, "node"),
        sealing_key,
        urls: vec![format!("https://{name}.example")],
        tls: Digest::of(name.as_bytes()),
        sequence: 1,
    };
    Signed::sign(record, &key(name, "node"))
}

pub fn member(name: &str) -> Member {
    Member { inception: company(name), node: node(name) }
}

/// Who speaks with which key: `landlord/admin`, `erin/user`.
#[derive(Clone, Debug)]
pub struct Voice {
    pub identity: IdentityId,
    pub name: String,
    pub use_of: String,
}

impl Voice {
    pub fn key_id(&self) -> KeyId {
        KeyId::of_signing(&public(&self.name, &self.use_of))
    }
}

/// The voice of a company by its admin key.
pub fn admin(name: &str) -> Voice {
    Voice { identity: party(name), name: name.into(), use_of: "admin".into() }
}

/// The voice of a company's machine.
pub fn system(name: &str) -> Voice {
    Voice { identity: party(name), name: name.into(), use_of: "system".into() }
}

/// The voice of a person.
pub fn user(name: &str) -> Voice {
    Voice { identity: person(name).id(), name: name.into(), use_of: "user".into() }
}

/// A mandate from JSON without its person.
pub fn mandate(person: IdentityId, json: &str) -> Mandate {
    let Json::Map(mut members) = Json::parse(json.as_bytes(), Default::default()).unwrap() else { panic!("{json}") };
    members.insert("person".into(), Json::text(person.to_string()));
    Mandate::from_json(&Json::Map(members)).unwrap()
}

pub fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), Default::default()).unwrap()
}
