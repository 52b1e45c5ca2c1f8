//! The JSON form against serde_json, a second reader and writer.
use countersign_codec::{INTEGER_MAX, Json, JsonLimits};
use proptest::prelude::*;
use serde_json::Value;

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        (-INTEGER_MAX..=INTEGER_MAX).prop_map(Json::Int),
        any::<String>().prop_map(Json::Text),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(Json::Map),
        ]
    })
}

fn foreign(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::from(*value),
        Json::Int(value) => Value::from(*value),
        Json::Text(value) => Value::from(value.as_str()),
        Json::List(items) => items.iter().map(foreign).collect(),
        Json::Map(members) => members.iter().map(|(key, value)| (key.clone(), foreign(value))).collect(),
    }
}

/// Texts close to JSON: pieces of it in any order.
fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"b\":",
        "null",
        "true",
        "0",
        "-",
        "1",
        "12",
        ".5",
        "e3",
        " ",
        "\\u00e9",
        "\\ud83d",
        "\\ude00",
        "\\n",
        "\t",
        "é",
        "[1,",
        "{\"a\":",
        "9007199254740991",
        "9007199254740992",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_value_returns_from_its_canonical_form_and_serde_reads_the_same(value in values()) {
        let bytes = value.canonical();
        prop_assert_eq!(&Json::parse_canonical(&bytes, JsonLimits::default()).unwrap(), &value);
        prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), foreign(&value));
    }

    #[test]
    fn white_space_and_escapes_change_nothing(value in values()) {
        let pretty = serde_json::to_string_pretty(&foreign(&value)).unwrap();
        prop_assert_eq!(Json::parse(pretty.as_bytes(), JsonLimits::default()).unwrap(), value);
    }

    #[test]
    fn what_is_accepted_is_json_and_means_the_same(text in nearly_json()) {
        if let Ok(value) = Json::parse(text.as_bytes(), JsonLimits::default()) {
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), foreign(&value));
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes: Vec<u8>) {
        let _ = Json::parse(&bytes, JsonLimits::default());
    }
}

#[test]
fn limits_hold_at_their_edge() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let limits = JsonLimits { bytes_max: 8, depth_max: 3 };
    assert!(Json::parse(nested(3).as_bytes(), limits).is_ok());
    assert!(Json::parse(nested(4).as_bytes(), limits).is_err());
    assert!(Json::parse(b"       1", limits).is_ok());
    assert!(Json::parse(b"        1", limits).is_err());
    assert!(Json::parse(nested(64).as_bytes(), JsonLimits::default()).is_ok());
    assert!(Json::parse(nested(65).as_bytes(), JsonLimits::default()).is_err());
}
