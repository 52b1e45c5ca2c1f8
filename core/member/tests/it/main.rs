//! `docs/spec/vectors/session.json`: other implementations pass them too. `COUNTERSIGN_BLESS=1` writes them anew.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

use countersign_codec::Encode;
use countersign_crypto::{Seed, Signer, SigningKey};
use countersign_member::{IdentityKey, IdentityKind, Inception, KeyId, KeyPurpose, SessionClaim, SignedInception};
use countersign_types::{Signed, to_base32};
use serde_json::{Value, json};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/session.json");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn case(number: u8) -> Value {
    let mut seed = Seed::new([number; 32]);
    let secret: [u8; 32] = seed.array();
    let key = SigningKey::new(secret);
    let node = SigningKey::generate(&mut seed).public_key();
    let own = IdentityKey::signing(KeyPurpose::User, key.public_key()).unwrap();
    let inception = Inception { kind: IdentityKind::Person, keys: vec![own], nonce: seed.array() };
    let card = SignedInception::sign(inception, &[&key]).unwrap();
    let claim =
        SessionClaim { node, nonce: seed.array(), identity: card.id(), key: KeyId::of_signing(&key.public_key()) };
    let (bytes, nonce) = (claim.to_bytes(), claim.nonce);
    assert_eq!(bytes.len(), 104);
    let signed = Signed::sign(claim, &key);
    assert!(signed.verify(&key.public_key()).is_ok());
    json!({
        "secret_key": hex(&secret),
        "node_key": to_base32(&node.bytes()),
        "nonce": to_base32(&nonce),
        "identity": card.id().to_string(),
        "key": KeyId::of_signing(&key.public_key()).to_string(),
        "card": to_base32(&card.to_bytes()),
        "claim": hex(&bytes),
        "signature": to_base32(signed.signature().bytes()),
    })
}

#[test]
fn the_vectors_are_what_the_code_computes() {
    let generated = format!("{:#}\n", json!({"cases": [case(1), case(2), case(3)]}));
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(PATH, &generated).unwrap();
    }
    let held = std::fs::read_to_string(PATH).unwrap();
    assert!(held == generated, "docs/spec/vectors/session.json differs; COUNTERSIGN_BLESS=1 writes it anew");
}
