//! Seeds out of the vectors of this repository.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of vectors.
pub fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors")
}

/// A JSON file among the vectors; `null` if it cannot be read.
pub fn json(name: &str) -> Value {
    let bytes = fs::read(vectors().join(name)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The files of a folder among the vectors with one of these endings, in the order of their names.
pub fn files(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(vectors().join(folder)).into_iter().flatten().flatten();
    let wanted = |path: &PathBuf| path.extension().is_some_and(|ending| endings.iter().any(|one| *one == ending));
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(wanted).collect();
    paths.sort();
    paths.iter().filter_map(|path| fs::read(path).ok()).collect()
}

/// Every text in a JSON value.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Bytes from an even number of hexadecimal digits.
pub fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits.filter(|digits| digits.len() >= 2 && digits.len() % 2 == 0)?;
    pairs.chunks(2).map(|pair| u8::try_from(pair.iter().fold(0, |high, low| high << 4 | low)).ok()).collect()
}

/// The bytes that stand in hexadecimal in a JSON value.
pub fn hex_in(value: &Value) -> Vec<Vec<u8>> {
    texts(value).iter().filter_map(|text| hex(text)).collect()
}
