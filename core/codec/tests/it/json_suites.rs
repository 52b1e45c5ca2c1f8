//! JSONTestSuite and the tests of RFC 8785's author: every verdict that differs from theirs is in a list here and in
//! the table of `docs/spec/json.md`.
use std::collections::BTreeMap;

use countersign_codec::{Json, JsonFault, JsonLimits};
use serde_json::Value;

const PARSING: &str = include_str!("../testdata/json-test-suite/cases.json");
const JCS: &str = include_str!("../testdata/jcs/cases.json");
const PAGE: &str = include_str!("../../../../docs/spec/json.md");

/// Texts that RFC 8259 allows (`y_`) and the restricted form refuses.
const REFUSED: [(Fault, &[&str]); 2] = [
    (
        Fault::NotInteger,
        &[
            "y_number",
            "y_number_0e+1",
            "y_number_0e1",
            "y_number_double_close_to_zero",
            "y_number_int_with_exp",
            "y_number_minus_zero",
            "y_number_negative_zero",
            "y_number_real_capital_e",
            "y_number_real_capital_e_neg_exp",
            "y_number_real_capital_e_pos_exp",
            "y_number_real_exponent",
            "y_number_real_fraction_exponent",
            "y_number_real_neg_exp",
            "y_number_real_pos_exponent",
            "y_number_simple_real",
            "y_object_extreme_numbers",
            "y_structure_lonely_negative_real",
        ],
    ),
    (Fault::DuplicateKey, &["y_object_duplicated_key", "y_object_duplicated_key_and_value"]),
];

/// Texts on which RFC 8259 leaves the verdict open (`i_`): the restricted form refuses each of them.
const OPEN: [(Fault, &[&str]); 5] = [
    (
        Fault::NotInteger,
        &[
            "i_number_double_huge_neg_exp",
            "i_number_huge_exp",
            "i_number_neg_int_huge_exp",
            "i_number_pos_double_huge_exp",
            "i_number_real_neg_overflow",
            "i_number_real_pos_overflow",
            "i_number_real_underflow",
        ],
    ),
    (Fault::OutOfRange, &["i_number_too_big_neg_int", "i_number_too_big_pos_int", "i_number_very_big_negative_int"]),
    (
        Fault::NotUnicode,
        &[
            "i_object_key_lone_2nd_surrogate",
            "i_string_1st_surrogate_but_2nd_missing",
            "i_string_1st_valid_surrogate_2nd_invalid",
            "i_string_UTF-8_invalid_sequence",
            "i_string_UTF8_surrogate_U+D800",
            "i_string_incomplete_surrogate_and_escape_valid",
            "i_string_incomplete_surrogate_pair",
            "i_string_incomplete_surrogates_escape_valid",
            "i_string_invalid_lonely_surrogate",
            "i_string_invalid_surrogate",
            "i_string_invalid_utf-8",
            "i_string_inverted_surrogates_U+1D11E",
            "i_string_iso_latin_1",
            "i_string_lone_second_surrogate",
            "i_string_lone_utf8_continuation_byte",
            "i_string_not_in_unicode_range",
            "i_string_overlong_sequence_2_bytes",
            "i_string_overlong_sequence_6_bytes",
            "i_string_overlong_sequence_6_bytes_null",
            "i_string_truncated-utf-8",
        ],
    ),
    (
        Fault::Syntax,
        &[
            "i_string_UTF-16LE_with_BOM",
            "i_string_utf16BE_no_BOM",
            "i_string_utf16LE_no_BOM",
            "i_structure_UTF-8_BOM_empty_object",
        ],
    ),
    (Fault::TooDeep, &["i_structure_500_nested_arrays"]),
];

/// `test_transform`: what becomes of texts that parsers change in different ways.
const TRANSFORMED: [(&str, Result<&str, Fault>); 22] = [
    ("number_-9223372036854775808", Err(Fault::OutOfRange)),
    ("number_-9223372036854775809", Err(Fault::OutOfRange)),
    ("number_1.0", Err(Fault::NotInteger)),
    ("number_1.000000000000000005", Err(Fault::NotInteger)),
    ("number_1000000000000000", Ok("[1000000000000000]")),
    ("number_10000000000000000999", Err(Fault::OutOfRange)),
    ("number_1e-999", Err(Fault::NotInteger)),
    ("number_1e6", Err(Fault::NotInteger)),
    ("number_9223372036854775807", Err(Fault::OutOfRange)),
    ("number_9223372036854775808", Err(Fault::OutOfRange)),
    ("object_key_nfc_nfd", Ok("{\"e\u{301}\":\"NFD\",\"\u{e9}\":\"NFC\"}")),
    ("object_key_nfd_nfc", Ok("{\"e\u{301}\":\"NFD\",\"\u{e9}\":\"NFC\"}")),
    ("object_same_key_different_values", Err(Fault::DuplicateKey)),
    ("object_same_key_same_value", Err(Fault::DuplicateKey)),
    ("object_same_key_unclear_values", Err(Fault::NotInteger)),
    ("string_1_escaped_invalid_codepoint", Err(Fault::NotUnicode)),
    ("string_1_invalid_codepoint", Err(Fault::NotUnicode)),
    ("string_2_escaped_invalid_codepoints", Err(Fault::NotUnicode)),
    ("string_2_invalid_codepoints", Err(Fault::NotUnicode)),
    ("string_3_escaped_invalid_codepoints", Err(Fault::NotUnicode)),
    ("string_3_invalid_codepoints", Err(Fault::NotUnicode)),
    ("string_with_escaped_NULL", Ok("[\"A\\u0000B\"]")),
];

/// Cases of the author of RFC 8785 that hold numbers which are not written as integers.
const JCS_REFUSED: [&str; 2] = ["structures", "values"];

/// [`JsonFault`] without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Syntax,
    TooDeep,
    NotInteger,
    OutOfRange,
    DuplicateKey,
    NotUnicode,
    Other,
}

fn parse(bytes: &[u8]) -> Result<Json, Fault> {
    Json::parse(bytes, JsonLimits::default()).map_err(|error| match error.fault {
        JsonFault::Syntax => Fault::Syntax,
        JsonFault::TooDeep => Fault::TooDeep,
        JsonFault::NotInteger => Fault::NotInteger,
        JsonFault::OutOfRange => Fault::OutOfRange,
        JsonFault::DuplicateKey(_) => Fault::DuplicateKey,
        JsonFault::NotUnicode => Fault::NotUnicode,
        _ => Fault::Other,
    })
}

/// The cases of one folder of JSONTestSuite by name.
fn cases(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let suite: Value = serde_json::from_str(PARSING).unwrap();
    let bytes = |case: &Value| match (case["text"].as_str(), case["hex"].as_str()) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (_, Some(hex)) => {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        }
        _ => {
            let repeated = case["repeat"].as_str().unwrap().repeat(case["times"].as_u64().unwrap() as usize);
            (repeated + case["then"].as_str().unwrap()).into_bytes()
        }
    };
    let cases = suite[folder].as_array().unwrap().iter();
    cases.map(|case| (case["name"].as_str().unwrap().to_owned(), bytes(case))).collect()
}

fn listed<'a>(lists: &[(Fault, &[&'a str])]) -> BTreeMap<&'a str, Fault> {
    lists.iter().flat_map(|(fault, names)| names.iter().map(|name| (*name, *fault))).collect()
}

#[test]
fn json_test_suite() {
    let (refused, open) = (listed(&REFUSED), listed(&OPEN));
    let cases = cases("parsing");
    assert_eq!(cases.len(), 318);
    for (name, bytes) in &cases {
        let found = parse(bytes);
        let expect = refused.get(name.as_str()).or_else(|| open.get(name.as_str()));
        match (&name[..2], expect) {
            (_, Some(fault)) => assert_eq!(found, Err(*fault), "{name}"),
            ("y_", None) => {
                let canonical = found.unwrap().canonical();
                assert!(Json::parse_canonical(&canonical, JsonLimits::default()).is_ok(), "{name}");
            }
            ("n_", None) => assert!(found.is_err(), "{name}"),
            _ => panic!("{name} is in no list"),
        }
    }
    let unknown: Vec<_> = refused.keys().chain(open.keys()).filter(|name| !cases.contains_key(**name)).collect();
    assert!(unknown.is_empty(), "listed, but not in the suite: {unknown:?}");
}

#[test]
fn json_test_suite_transform() {
    let cases = cases("transform");
    let found: Vec<_> =
        cases.iter().map(|(name, bytes)| (name.as_str(), parse(bytes).map(|v| v.to_string()))).collect();
    let expect = TRANSFORMED.map(|(name, verdict)| (name, verdict.map(str::to_owned)));
    assert_eq!(found, expect);
}

#[test]
fn rfc_8785() {
    let suite: Value = serde_json::from_str(JCS).unwrap();
    for case in suite.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let found = parse(case["input"].as_str().unwrap().as_bytes()).map(|value| value.to_string());
        let expect = case["output"].as_str().unwrap().to_owned();
        assert_eq!(found, if JCS_REFUSED.contains(&name) { Err(Fault::NotInteger) } else { Ok(expect) }, "{name}");
    }
}

#[test]
fn the_page_names_every_difference() {
    let names = listed(&REFUSED).into_keys().chain(listed(&OPEN).into_keys()).chain(TRANSFORMED.map(|(name, _)| name));
    let missing: Vec<_> = names.filter(|name| !PAGE.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/spec/json.md does not name {missing:?}");
    assert!(JCS_REFUSED.iter().all(|name| PAGE.contains(&format!("`{name}.json`"))));
}
