//! The vectors of `docs/spec/transport.md`. `COUNTERSIGN_BLESS=1` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use countersign_codec::{Json, JsonLimits};
use countersign_crypto::{SealingSecret, Seed, Signer, SigningKey};
use countersign_net::{
    Alias, RequestHead, WINDOW_SECONDS, content_digest, open_request, seal_reply, seal_request, sign_request,
    verify_request,
};
use countersign_types::{Timestamp, to_base32};

use crate::setup::NOW;

/// The file, compared with what this implementation makes.
fn check(name: &str, made: &Json) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/transport").join(name);
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, pretty(made)).unwrap();
    }
    let found = fs::read(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    assert_eq!(&Json::parse(&found, JsonLimits::default()).unwrap(), made, "{name}");
}

/// A member per line, for people.
fn pretty(object: &Json) -> String {
    let members = object.as_map().unwrap().iter();
    let lines: Vec<_> =
        members.map(|(name, value)| format!(" {}: {}", text(&Json::text(name.as_str())), text(value))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

fn text(value: &Json) -> String {
    String::from_utf8(value.canonical()).unwrap()
}

fn hex(bytes: &[u8]) -> Json {
    Json::text(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn object(members: BTreeMap<&str, Json>) -> Json {
    Json::map(members)
}

#[test]
fn an_envelope_and_its_reply() {
    let (sender, receiver) = (SigningKey::new([1; 32]).public_key(), SigningKey::new([2; 32]).public_key());
    let secret = SealingSecret::new([102; 32]);
    let alias = Alias([7; 16]);
    let seed = &mut Seed::new([3; 32]);
    let (envelope, opener) = seal_request(sender, receiver, &secret.public_key(), alias, b"offer", seed).unwrap();
    let opened = open_request(&secret, &receiver, &sender, &envelope).unwrap();
    let reply = seal_reply(&opened, b"accepted", &mut Seed::new([4; 32])).unwrap();
    assert_eq!((opened.body.as_slice(), opened.alias), (b"offer".as_slice(), alias));
    assert_eq!(opener.open(&reply).as_deref(), Ok(b"accepted".as_slice()));

    // The first 32 bytes of the seed's stream are the secret of the reply key, the next those of the sealing.
    let reply_secret: [u8; 32] = Seed::new([3; 32]).array();
    check(
        "envelope.json",
        &object(BTreeMap::from([
            ("alias", hex(&alias.0)),
            ("body", hex(b"offer")),
            ("envelope", hex(&envelope)),
            ("receiver_node_key", hex(&receiver.bytes())),
            ("receiver_sealing_key", hex(secret.public_key().bytes())),
            ("receiver_sealing_secret", hex(&[102; 32])),
            ("reply", hex(&reply)),
            ("reply_body", hex(b"accepted")),
            ("reply_key", hex(SealingSecret::new(reply_secret).public_key().bytes())),
            ("reply_secret", hex(&reply_secret)),
            ("reply_seed", hex(&[4; 32])),
            ("seed", hex(&[3; 32])),
            ("sender_node_key", hex(&sender.bytes())),
        ])),
    );
}

#[test]
fn a_signed_request() {
    let signer = SigningKey::new([1; 32]);
    let body = b"an envelope";
    let head = RequestHead {
        method: "POST",
        authority: "node.example:8443",
        path: "/net/v1/exchange",
        content_type: "application/vnd.countersign.envelope",
    };
    let now = Timestamp::from_millis(NOW * 1_000 + 999).unwrap();
    let fields = sign_request(&signer, &head, content_digest(body), now, [5; 16]).unwrap();
    let claim = verify_request(&head, &fields, now, WINDOW_SECONDS).unwrap();
    assert_eq!((claim.key, claim.created), (signer.public_key(), NOW));
    let list = fields.signature_input.strip_prefix("countersign=").unwrap();
    let base = [
        format!("\"@method\": {}", head.method),
        format!("\"@authority\": {}", head.authority),
        format!("\"@path\": {}", head.path),
        format!("\"content-digest\": {}", fields.content_digest),
        format!("\"content-type\": {}", head.content_type),
        format!("\"@signature-params\": {list}"),
    ]
    .join("\n");
    check(
        "request.json",
        &object(BTreeMap::from([
            ("authority", Json::text(head.authority)),
            ("body", hex(body)),
            ("content_digest", Json::text(fields.content_digest)),
            ("content_type", Json::text(head.content_type)),
            ("created", Json::Int(NOW)),
            ("keyid", Json::text(to_base32(&signer.public_key().bytes()))),
            ("method", Json::text(head.method)),
            ("node_key", hex(&signer.public_key().bytes())),
            ("node_secret", hex(&[1; 32])),
            ("nonce", Json::text(to_base32(&[5; 16]))),
            ("path", Json::text(head.path)),
            ("signature", Json::text(fields.signature)),
            ("signature_base", Json::text(base)),
            ("signature_input", Json::text(fields.signature_input)),
        ])),
    );
}
