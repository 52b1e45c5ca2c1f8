//! Hexadecimal text of test data.
use countersign_crypto::Digest;

pub fn bytes(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "{text}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// `None` if it is not 32 bytes.
pub fn digest(text: &str) -> Option<Digest> {
    Some(Digest::new(bytes(text).try_into().ok()?))
}
