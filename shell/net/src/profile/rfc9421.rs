//! Appendix B.2 of RFC 9421: our base is the one its signatures were made over.

use countersign_codec::{Json, JsonLimits};
use countersign_crypto::SigningKey;
use ring::hmac;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey};

use super::*;

const VECTORS: &[u8] = include_bytes!("../../tests/vectors/rfc9421-appendix-b.json");

/// The secret of test-key-ed25519 (B.1.4).
const ED25519: &str = "n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU=";

/// The SubjectPublicKeyInfo of test-key-ecc-p256 (B.1.3).
const P256: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\
    w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==";

/// The SubjectPublicKeyInfo of test-key-rsa-pss (B.1.2).
const RSA_PSS: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2\
    +QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+\
    oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq\
    gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W\
    Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4\
    aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI\
    2wIDAQAB";

/// Bytes of a SubjectPublicKeyInfo before the key itself.
const P256_HEADER: usize = 26;
const RSA_HEADER: usize = 24;

fn text<'a>(value: &'a Json, key: &str) -> &'a str {
    value.get(key).and_then(Json::as_text).unwrap_or_else(|| panic!("{key} is a text"))
}

fn bytes(base64: &str) -> Vec<u8> {
    let item: Item = Parser::new(&format!(":{base64}:")).parse().unwrap();
    item.bare_item.as_byte_sequence().unwrap().to_vec()
}

/// The only member of a dictionary.
fn only(field: &str) -> ListEntry {
    let members: Dictionary = Parser::new(field).parse().unwrap();
    assert_eq!(members.len(), 1);
    members.into_values().next().unwrap()
}

/// Components as the appendix's messages have them.
fn lookup(vectors: &Json, message: &str, name: &str) -> Option<String> {
    let message = vectors.get(message)?;
    match name {
        "@method" => Some(text(message, "method").to_owned()),
        "@authority" => Some("example.com".to_owned()),
        "@path" => Some("/foo".to_owned()),
        "@status" => message.get("status")?.as_int().map(|status| status.to_string()),
        field => {
            let Json::Map(headers) = message.get("headers")? else { return None };
            headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(field))?.1.as_text().map(str::to_owned)
        }
    }
}

#[test]
fn every_signature_of_appendix_b_stands_over_our_base() {
    let vectors = Json::parse(VECTORS, JsonLimits::default()).unwrap();
    let list = vectors.get("vectors").and_then(Json::as_list).unwrap();
    assert_eq!(list.len(), 5);
    for vector in list {
        let id = text(vector, "id");
        let ListEntry::InnerList(input) = only(text(vector, "signature_input")) else { panic!("{id}: a list") };
        let ListEntry::Item(signature) = only(text(vector, "signature")) else { panic!("{id}: an item") };
        let signature = signature.bare_item.as_byte_sequence().unwrap();
        let base = signature_base(&input, |name| lookup(&vectors, text(vector, "message"), name)).unwrap();
        let base = base.as_bytes();
        match text(vector, "alg") {
            "ed25519" => {
                let key = SigningKey::new(bytes(ED25519).try_into().unwrap());
                let base = HttpBase::new(base).unwrap();
                assert_eq!(key.sign_http(base).bytes().as_slice(), signature, "{id}");
                let signature = Signature::new(signature.try_into().unwrap());
                verify_http(&key.public_key(), base, &signature).unwrap();
            }
            "hmac-sha256" => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes(text(&vectors, "shared_secret_b64")));
                hmac::verify(&key, base, signature).unwrap();
            }
            "ecdsa-p256-sha256" => {
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes(P256).split_off(P256_HEADER));
                key.verify(base, signature).unwrap();
            }
            "rsa-pss-sha512" => {
                let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA512, bytes(RSA_PSS).split_off(RSA_HEADER));
                key.verify(base, signature).unwrap();
            }
            other => panic!("{id}: unknown algorithm {other}"),
        }
    }
}
