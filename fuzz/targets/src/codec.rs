//! The two canonical forms: bytes that are read are the bytes that would be written.

use countersign_codec::{Decode, Encode, Json, JsonLimits, Reader};
use countersign_crypto::{Digest, PublicKey, SealingKey};
use countersign_merkle::{Frontier, Proof};
use countersign_rules::{Decimal, Value};
use countersign_types::{
    Code, Count, EntryId, IdentityId, Interval, Outcome, Position, StatementId, Timestamp, from_base32, to_base32,
};

use crate::seeds;

/// Words of JSON, and numbers at its edges.
pub const WORDS: &[&str] = &[
    "null",
    "true",
    "{\"\":",
    "[[",
    "9007199254740991",
    "-0",
    "1e5",
    "\\u0000",
    "\\ud800",
    "\\ud83d\\ude00",
    "\u{feff}",
];

/// If the bytes are the encoding of a `T`, they are the only one.
pub fn one_spelling<T: Decode + Encode>(bytes: &[u8]) -> Option<T> {
    let value = T::from_bytes(bytes).ok()?;
    assert_eq!(value.to_bytes(), bytes, "{} has two encodings", std::any::type_name::<T>());
    Some(value)
}

/// Reads the bytes as each type of `codec`, `types`, `crypto`, `merkle` and `rules`, as JSON and as base32.
pub fn run(bytes: &[u8]) {
    one_spelling::<u64>(bytes);
    one_spelling::<bool>(bytes);
    one_spelling::<Option<[u8; 4]>>(bytes);
    one_spelling::<Digest>(bytes);
    one_spelling::<PublicKey>(bytes);
    one_spelling::<SealingKey>(bytes);
    one_spelling::<Count>(bytes);
    one_spelling::<Position>(bytes);
    one_spelling::<Timestamp>(bytes);
    one_spelling::<Interval>(bytes);
    one_spelling::<Code>(bytes);
    one_spelling::<Outcome>(bytes);
    one_spelling::<Proof>(bytes);
    one_spelling::<Frontier>(bytes);
    one_spelling::<Decimal>(bytes);
    one_spelling::<Value>(bytes);
    reader(bytes);
    json(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        ids(text);
    }
}

/// No length that the bytes claim makes the reader take more than there is.
fn reader(bytes: &[u8]) {
    let mut from = Reader::new(bytes);
    while !from.rest().is_empty() {
        let before = from.rest().len();
        let read = match before % 4 {
            0 => from.bytes("bytes", 1 << 20).map(|_| ()),
            1 => from.text("text", 1 << 20).map(|_| ()),
            2 => from.list::<u64>("list", 1 << 20).map(|_| ()),
            _ => from.int().map(|_| ()),
        };
        if read.is_err() {
            break;
        }
        assert!(from.rest().len() < before, "something was read out of nothing");
    }
}

fn json(bytes: &[u8]) {
    let limits = JsonLimits::default();
    let Ok(value) = Json::parse(bytes, limits) else {
        assert!(Json::parse_canonical(bytes, limits).is_err(), "canonical, and no JSON");
        return;
    };
    let canonical = value.canonical();
    assert_eq!(Json::parse_canonical(bytes, limits).is_ok(), canonical == bytes, "canonical is what is written");
    assert_eq!(Json::parse(&canonical, JsonLimits { bytes_max: canonical.len(), ..limits }), Ok(value));
    let other: serde_json::Value = serde_json::from_slice(bytes).expect("JSON to us is JSON to others");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&canonical).ok(), Some(other));
}

fn ids(text: &str) {
    if let Some(bytes) = from_base32(text) {
        assert_eq!(to_base32(&bytes), text, "base32 has two spellings");
    }
    if let Ok(id) = text.parse::<StatementId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(id) = text.parse::<EntryId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(id) = text.parse::<IdentityId>() {
        assert_eq!(id.to_string(), text);
    }
}

/// The vectors of codec, JSON, crypto and Merkle tree.
pub fn seeds() -> Vec<Vec<u8>> {
    let (codec, json) = (seeds::json("codec.json"), seeds::json("json.json"));
    let mut all = seeds::hex_in(&codec);
    all.extend(seeds::hex_in(&seeds::json("merkle.json")));
    all.extend(seeds::texts(&json).into_iter().map(String::into_bytes));
    all.extend(seeds::texts(&seeds::json("crypto.json")["ids"]).into_iter().map(String::into_bytes));
    all
}
