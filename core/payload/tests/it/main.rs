//! `docs/spec/vectors/payload.json`: other implementations pass them too. `COUNTERSIGN_BLESS=1` writes them anew.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

use countersign_codec::{Decode, Encode};
use countersign_crypto::Digest;
use countersign_payload::{CHUNK_BYTES, Chunk, ChunkError, Opening, Outline, Outliner};
use countersign_types::PayloadCommitment;
use serde_json::{Value, json};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/payload.json");
const SALT: [u8; 32] = [7; 32];

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Byte i is the low byte of i + i / 251.
fn payload(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|index| (index + index / 251) as u8).collect()
}

fn outline(payload: &[u8]) -> Outline {
    let mut outliner = Outliner::default();
    payload.chunks(CHUNK_BYTES).for_each(|chunk| outliner.add(chunk).unwrap());
    outliner.finish(SALT)
}

fn chunk(payload: &[u8], outline: &Outline, index: usize) -> Chunk {
    let bytes = payload.chunks(CHUNK_BYTES).nth(index).unwrap_or_default().to_vec();
    Chunk { heading: outline.heading.clone(), index: index as u64, bytes, path: outline.path(index as u64).unwrap() }
}

fn case(bytes: usize) -> Value {
    let payload = payload(bytes);
    let outline = outline(&payload);
    let chunks = (0..outline.heading.chunks() as usize).map(|index| {
        let chunk = chunk(&payload, &outline, index);
        let path: Vec<String> = chunk.path.hashes().iter().map(Digest::to_string).collect();
        json!({"sha256": Digest::of(&chunk.to_bytes()).to_string(), "bytes": chunk.bytes.len(), "path": path})
    });
    json!({
        "length": bytes,
        "content": outline.heading.content.to_string(),
        "commitment": text(outline.heading.commitment().bytes()),
        "chunks": chunks.collect::<Vec<_>>(),
    })
}

fn generated() -> Value {
    let short = payload(5);
    let lengths = [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 4 * CHUNK_BYTES + 5];
    json!({
        "salt": text(&SALT),
        "payload": "byte i is the low byte of i + i / 251; sha256 is that of the whole chunk as it travels",
        "cases": lengths.map(case),
        "encoded": text(&chunk(&short, &outline(&short), 0).to_bytes()),
    })
}

#[test]
fn the_vectors_are_what_the_code_computes() {
    let generated = format!("{:#}\n", generated());
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(PATH, &generated).unwrap();
    }
    let held = std::fs::read_to_string(PATH).unwrap();
    assert!(held == generated, "docs/spec/vectors/payload.json differs; COUNTERSIGN_BLESS=1 writes it anew");
}

#[test]
fn chunks_of_one_payload_do_not_pass_for_those_of_another() {
    let (one, other) = (payload(2 * CHUNK_BYTES), vec![1; 2 * CHUNK_BYTES]);
    let commitment = |bytes: &[u8]| Opening::new(SALT, bytes).commitment();
    let first = chunk(&one, &outline(&one), 0);
    assert_eq!(first.check(&commitment(&one)), Ok(()));
    assert_eq!(first.check(&commitment(&other)), Err(ChunkError::Heading));
    assert_eq!(first.check(&PayloadCommitment::new(Digest::ZERO)), Err(ChunkError::Heading));
    // Every byte cut off the end is missed.
    let bytes = chunk(&one[..9], &outline(&one[..9]), 0).to_bytes();
    assert!((0..bytes.len()).all(|end| Chunk::from_bytes(&bytes[..end]).is_err()));
}
