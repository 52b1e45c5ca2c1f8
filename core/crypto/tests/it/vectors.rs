//! `docs/spec/vectors/crypto.json`: other implementations pass them too. `COUNTERSIGN_BLESS=1` writes them anew.
use countersign_crypto::{
    Digest, HttpBase, Namespace, PublicKey, SealingSecret, Seed, Signature, Signer, SigningKey, open, seal, verify,
    verify_http,
};
use ed25519_zebra as zebra;
use serde_json::{Value, json};

use crate::hex;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/crypto.json");

const SECRETS: [[u8; 32]; 2] = [[1; 32], [0xA7; 32]];
const MESSAGES: [&[u8]; 3] = [b"", b"countersign", &[0, 1, 2, 0xFE, 0xFF]];
const BASE: &[u8] = b"\"@method\": POST\n\"@signature-params\": (\"@method\");created=1700000000";

fn generated() -> Value {
    let names = Namespace::ALL.map(Namespace::name);
    let mut hashes = Vec::new();
    let mut signatures = Vec::new();
    for (index, namespace) in Namespace::ALL.into_iter().enumerate() {
        let bytes = MESSAGES[index % MESSAGES.len()];
        let key = SigningKey::new(SECRETS[index % SECRETS.len()]);
        let head = json!({"namespace": namespace.name(), "bytes": hex::text(bytes)});
        let mut hash = head.clone();
        hash["id"] = json!(Digest::named(namespace, bytes).to_string());
        hashes.push(hash);
        let mut signature = head;
        signature["secret"] = json!(hex::text(&SECRETS[index % SECRETS.len()]));
        signature["public"] = json!(hex::text(&key.public_key().bytes()));
        signature["signature"] = json!(hex::text(key.sign(namespace, bytes).bytes()));
        signatures.push(signature);
    }
    let key = SigningKey::new(SECRETS[0]);
    let http = json!({
        "base": std::str::from_utf8(BASE).unwrap(),
        "public": hex::text(&key.public_key().bytes()),
        "signature": hex::text(key.sign_http(HttpBase::new(BASE).unwrap()).bytes()),
    });
    let seed: [u8; 80] = Seed::new([9; 32]).array();
    let receiver = SealingSecret::new(SECRETS[1]);
    let sealed: Vec<_> = MESSAGES
        .iter()
        .map(|plain| {
            let bytes = seal(&receiver.public_key(), Namespace::Envelope, b"a to b", plain, &mut Seed::new([9; 32]));
            json!({
                "secret": hex::text(&SECRETS[1]),
                "public": hex::text(receiver.public_key().bytes()),
                "namespace": Namespace::Envelope.name(),
                "context": hex::text(b"a to b"),
                "plain": hex::text(plain),
                "sealed": hex::text(&bytes.unwrap()),
            })
        })
        .collect();
    json!({
        "namespaces": names,
        "ids": hashes,
        "signatures": signatures,
        "http": http,
        "seed": {"key": hex::text(&[9; 32]), "stream": hex::text(&seed)},
        "sealed": sealed,
    })
}

fn held() -> Value {
    serde_json::from_str(&std::fs::read_to_string(PATH).unwrap()).unwrap()
}

fn bytes(case: &Value, name: &str) -> Vec<u8> {
    hex::bytes(case[name].as_str().unwrap())
}

fn array<const N: usize>(case: &Value, name: &str) -> [u8; N] {
    hex::array(case[name].as_str().unwrap()).unwrap()
}

/// u8 length ‖ text.
fn prefixed(text: &str) -> Vec<u8> {
    [&[text.len() as u8], text.as_bytes()].concat()
}

#[test]
fn the_vectors_are_what_the_code_computes() {
    let generated = format!("{:#}\n", generated());
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(PATH, &generated).unwrap();
    }
    let held = std::fs::read_to_string(PATH).unwrap();
    assert!(held == generated, "docs/spec/vectors/crypto.json differs; COUNTERSIGN_BLESS=1 writes it anew");
}

/// The formulas of `docs/spec/crypto.md`, put together here from the hash and the signature of the libraries alone.
#[test]
fn the_vectors_follow_from_the_formulas_of_the_page() {
    let held = held();
    for case in held["ids"].as_array().unwrap() {
        let message = [prefixed(case["namespace"].as_str().unwrap()), bytes(case, "bytes")].concat();
        assert_eq!(Digest::of(&message).to_string(), case["id"].as_str().unwrap());
    }
    for case in held["signatures"].as_array().unwrap() {
        let purpose = format!("{}/sig", case["namespace"].as_str().unwrap());
        let message = [prefixed(&purpose), bytes(case, "bytes")].concat();
        let key = zebra::SigningKey::from(array::<32>(case, "secret"));
        assert_eq!(<[u8; 32]>::from(key.verification_key()), array(case, "public"));
        assert_eq!(key.sign(&message).to_bytes(), array(case, "signature"));
    }
    let stream: Vec<u8> = (0..3_u64)
        .flat_map(|counter| {
            *Digest::of(&[bytes(&held["seed"], "key"), counter.to_be_bytes().to_vec()].concat()).bytes()
        })
        .collect();
    assert_eq!(stream[..80], bytes(&held["seed"], "stream"));
}

#[test]
fn the_vectors_verify() {
    let held = held();
    for (namespace, case) in Namespace::ALL.into_iter().zip(held["signatures"].as_array().unwrap()) {
        let (key, signature) =
            (PublicKey::new(array(case, "public")).unwrap(), Signature::new(array(case, "signature")));
        for other in Namespace::ALL {
            let verdict = verify(&key, other, &bytes(case, "bytes"), &signature);
            assert_eq!(verdict.is_ok(), other == namespace, "{case}");
        }
    }
    let http = &held["http"];
    let base = HttpBase::new(http["base"].as_str().unwrap().as_bytes()).unwrap();
    let key = PublicKey::new(array(http, "public")).unwrap();
    assert_eq!(verify_http(&key, base, &Signature::new(array(http, "signature"))), Ok(()));
}

#[test]
fn sealed_vectors_open_and_no_changed_byte_does() {
    for case in held()["sealed"].as_array().unwrap() {
        let (secret, context) = (SealingSecret::new(array(case, "secret")), bytes(case, "context"));
        let (sealed, plain) = (bytes(case, "sealed"), bytes(case, "plain"));
        assert_eq!(open(&secret, Namespace::Envelope, &context, &sealed), Ok(plain.clone()));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&secret, Namespace::Envelope, &context, &changed).is_err(), "byte {at}");
        }
        assert_eq!(sealed.len(), 32 + plain.len() + 16);
    }
}

#[test]
fn the_page_names_every_namespace_and_no_other() {
    let page = include_str!("../../../../docs/spec/crypto.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `countersign/")?.split_once('`'));
    let named: Vec<_> = rows.map(|(rest, _)| format!("countersign/{rest}")).collect();
    assert_eq!(named, Namespace::ALL.map(Namespace::name));
}
