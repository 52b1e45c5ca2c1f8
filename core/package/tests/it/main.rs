//! Tests of the crate as its users see it.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and a panic is their finding")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use countersign_codec::{Json, JsonLimits};
use countersign_crypto::{Signer, SigningKey};
use countersign_member::{IdentityKey, IdentityKind, Inception, KeyPurpose, SignedInception};
use countersign_package::{Contents, Package, PackageError, is_package};

const LEASE: &str = include_str!("../../../../examples/lease.yaml");

fn author(byte: u8) -> (SignedInception, SigningKey) {
    let signer = SigningKey::new([byte; 32]);
    let key = IdentityKey::signing(KeyPurpose::User, signer.public_key()).unwrap();
    let inception = Inception { kind: IdentityKind::Person, keys: vec![key], nonce: [0; 16] };
    (SignedInception::sign(inception, &[&signer]).unwrap(), signer)
}

fn files() -> BTreeMap<String, String> {
    let story = r#"{"format":"scenario story, 1","file":"lease.yaml","name":"starts","steps":[]}"#;
    BTreeMap::from([("lease.yaml".to_owned(), LEASE.to_owned()), ("stories/starts.json".to_owned(), story.to_owned())])
}

fn package() -> Package {
    let (author, signer) = author(7);
    let key = author.inception().keys[0].id();
    Package::sign(Contents::new("lease.yaml", files()).unwrap(), author, key, &signer).unwrap()
}

#[test]
fn what_was_packed_comes_out_again() {
    let package = package();
    let bytes = package.to_bytes();
    assert!(is_package(&bytes) && !is_package(LEASE.as_bytes()));
    let read = Package::read(&bytes).unwrap();
    assert_eq!(read, package);
    assert_eq!(read.contents().document(), LEASE);
    assert_eq!(read.contents().files().len(), 2);
    assert_eq!(read.to_bytes(), bytes, "one package has one file");
}

#[test]
fn whoever_signs_the_address_stays() {
    let (other, signer) = author(8);
    let key = other.inception().keys[0].id();
    let again = Package::sign(Contents::new("lease.yaml", files()).unwrap(), other, key, &signer).unwrap();
    assert_eq!(again.hash(), package().hash());
    assert_ne!(again.to_bytes(), package().to_bytes());
}

#[test]
fn a_changed_byte_is_told_by_what_it_changed() {
    let text = String::from_utf8(package().to_bytes()).unwrap();
    let code = |text: &str| Package::read(text.as_bytes()).unwrap_err().code();
    assert_eq!(code(&text.replace("The lease is in force", "The lease is by force")), "bad_package_hash");
    assert_eq!(code(&text.replace("stories/starts.json", "stories/begins.json")), "bad_package_hash");
    assert_eq!(code(&text[..text.len() - 1]), "malformed");
    assert_eq!(code("{}"), "malformed");
    assert_eq!(code(&format!("{text}\n")), "malformed", "the same contents in other bytes");
    // The hash is made to fit, but nobody signed it.
    let json = Json::parse(text.as_bytes(), JsonLimits { bytes_max: 1 << 22, depth_max: 8 }).unwrap();
    let mut members = json.as_map().unwrap().clone();
    let contents = Contents::new("lease.yaml", BTreeMap::from([("lease.yaml".to_owned(), LEASE.to_owned())])).unwrap();
    members.insert("hash".to_owned(), Json::text(format!("sha256:{}", contents.digest())));
    let written = members["contents"].as_map().unwrap().clone();
    let mut written = written.clone();
    written.insert("files".to_owned(), Json::map([("lease.yaml", Json::text(LEASE))]));
    members.insert("contents".to_owned(), Json::Map(written));
    assert_eq!(code(&Json::Map(members.clone()).to_string()), "bad_signature");
    // The author of another package does not help.
    let (other, _) = author(9);
    let whole = text.replace(
        &countersign_types::to_base32(&countersign_codec::Encode::to_bytes(package().author())),
        &countersign_types::to_base32(&countersign_codec::Encode::to_bytes(&other)),
    );
    assert_eq!(code(&whole), "bad_signature");
}

#[test]
fn paths_stay_where_they_belong() {
    for path in ["../lease.yaml", "/lease.yaml", "a//b", "a/./b", ".hidden", "C:\\lease", "a b", "con.", ""] {
        let files = BTreeMap::from([("lease.yaml".to_owned(), LEASE.to_owned()), (path.to_owned(), String::new())]);
        assert!(matches!(Contents::new("lease.yaml", files), Err(PackageError::Malformed(_))), "{path}");
    }
    // What some systems cannot tell apart, or cannot hold beside each other.
    for other in ["Lease.yaml", "lease.yaml/story.json", "LEASE.YAML/story.json"] {
        let files = BTreeMap::from([("lease.yaml".to_owned(), LEASE.to_owned()), (other.to_owned(), String::new())]);
        assert!(matches!(Contents::new("lease.yaml", files), Err(PackageError::Malformed(_))), "{other}");
    }
    let broken = BTreeMap::from([("lease.yaml".to_owned(), LEASE.replace("goto: signing", "goto: singing"))]);
    assert!(
        matches!(Contents::new("lease.yaml", broken), Err(PackageError::Scenario(found)) if found.contains("singing"))
    );
    assert!(matches!(Contents::new("other.yaml", files()), Err(PackageError::Malformed(_))));
}

#[test]
fn the_vector_is_the_package() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/package.json");
    let found = package().to_bytes();
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        fs::write(&path, &found).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), found, "COUNTERSIGN_BLESS=1 writes the vector anew");
}
