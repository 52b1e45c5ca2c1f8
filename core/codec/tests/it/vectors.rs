//! `docs/spec/vectors/codec.json` and `json.json`: other implementations pass them too. `COUNTERSIGN_BLESS=1` writes
//! them anew.
use countersign_codec::{Decode, DecodeError, Encode, Json, JsonFault, JsonLimits, Reader, Writer};
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn written(write: impl FnOnce(&mut Writer)) -> String {
    let mut out = Writer::default();
    write(&mut out);
    hex(&out.into_bytes())
}

/// Compares with the file, or writes it.
fn check(name: &str, generated: &Value) -> Value {
    let (path, text) = (format!("{FOLDER}{name}"), format!("{generated:#}\n"));
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let held = std::fs::read_to_string(&path).unwrap();
    assert!(held == text, "docs/spec/vectors/{name} differs; COUNTERSIGN_BLESS=1 writes it anew");
    serde_json::from_str(&held).unwrap()
}

/// Reads a value of the type that a vector names, and gives it back in the form of the vectors.
fn read(kind: &str, bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut from = Reader::new(bytes);
    let value = match kind {
        "uint" => json!(from.uint()?.to_string()),
        "int" => json!(from.int()?.to_string()),
        "bool" => json!(bool::decode(&mut from)?),
        "tag" => json!(from.tag("vector")?),
        "bytes up to 4" => json!(hex(from.bytes("vector", 4)?)),
        "text up to 8" => json!(from.text("vector", 8)?),
        "array of 4" => json!(hex(&from.array::<4>()?)),
        "optional uint" => Option::<u64>::decode(&mut from)?.map_or(Value::Null, |value| json!(value.to_string())),
        "list of uint up to 3" => {
            json!(from.list::<u64>("vector", 3)?.iter().map(u64::to_string).collect::<Vec<_>>())
        }
        _ => panic!("{kind}"),
    };
    from.finish()?;
    Ok(value)
}

fn fault(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::Short => "short",
        DecodeError::Trailing(_) => "trailing",
        DecodeError::Integer => "integer",
        DecodeError::Limit { .. } => "limit",
        DecodeError::Tag { .. } => "tag",
        DecodeError::Text => "text",
        _ => "other",
    }
}

fn accepted() -> Vec<Value> {
    let mut cases = Vec::new();
    let mut add = |kind: &str, value: Value, bytes: String| {
        cases.push(json!({"type": kind, "value": value, "bytes": bytes}));
    };
    for value in [0, 1, 127, 128, 300, 16_383, 16_384, u64::from(u32::MAX), 1 << 53, u64::MAX] {
        add("uint", json!(value.to_string()), written(|out| out.uint(value)));
    }
    for value in [0, -1, 1, -64, 64, 1_000_000, i64::MIN, i64::MAX] {
        add("int", json!(value.to_string()), written(|out| out.int(value)));
    }
    for value in [false, true] {
        add("bool", json!(value), hex(&value.to_bytes()));
    }
    for value in [0_u8, 255] {
        add("tag", json!(value), written(|out| out.uint(value.into())));
    }
    for value in [&[][..], &[0], &[1, 2, 3, 4]] {
        add("bytes up to 4", json!(hex(value)), written(|out| out.bytes(value)));
    }
    for value in ["", "lease", "é😀", "\0"] {
        add("text up to 8", json!(value), written(|out| out.text(value)));
    }
    add("array of 4", json!("01020304"), hex(&[1_u8, 2, 3, 4].to_bytes()));
    add("optional uint", Value::Null, hex(&None::<u64>.to_bytes()));
    add("optional uint", json!("0"), hex(&Some(0_u64).to_bytes()));
    add("list of uint up to 3", json!([]), written(|out| out.list([].iter() as std::slice::Iter<'_, u64>)));
    add("list of uint up to 3", json!(["0", "300", "1"]), written(|out| out.list([0_u64, 300, 1].iter())));
    cases
}

const REFUSED: [(&str, &str); 25] = [
    ("uint", ""),
    ("uint", "80"),
    ("uint", "8000"),
    ("uint", "808000"),
    ("uint", "ff00"),
    ("uint", "ffffffffffffffffff02"),
    ("uint", "ffffffffffffffffff81"),
    ("uint", "80808080808080808080"),
    ("uint", "0100"),
    ("int", "8100"),
    ("bool", "02"),
    ("bool", "8100"),
    ("tag", "8002"),
    ("bytes up to 4", "050000000000"),
    ("bytes up to 4", "0400"),
    ("bytes up to 4", "ffffffffffffffffff01"),
    ("bytes up to 4", "8000"),
    ("text up to 8", "02c328"),
    ("text up to 8", "03eda080"),
    ("text up to 8", "02c080"),
    ("array of 4", "010203"),
    ("array of 4", "0102030405"),
    ("optional uint", "0000"),
    ("optional uint", "0200"),
    ("list of uint up to 3", "0400000000"),
];

#[test]
fn codec() {
    let refused = REFUSED.map(
        |(kind, bytes)| json!({"type": kind, "bytes": bytes, "fault": fault(&read(kind, &unhex(bytes)).unwrap_err())}),
    );
    let held = check("codec.json", &json!({"accepted": accepted(), "refused": refused}));
    for case in held["accepted"].as_array().unwrap() {
        let found = read(case["type"].as_str().unwrap(), &unhex(case["bytes"].as_str().unwrap()));
        assert_eq!(found.as_ref(), Ok(&case["value"]), "{case}");
    }
}

const CANONICAL: [&str; 12] = [
    "null",
    " [ true , false ] ",
    "-9007199254740991",
    "9007199254740991",
    "0",
    r#""\u0000\b\t\n\f\r\u001f\u007f""#,
    r#""\/\\\"é\u00e9\ud83d\ude00""#,
    r#"{"b":1,"a":2,"":3,"A":4,"aa":5}"#,
    r#"{"\ufb33":1,"\ud83d\ude00":2,"\u20ac":3,"1":4}"#,
    r#"{"e\u0301":1,"é":2}"#,
    "{\"outer\":\r\n\t{\"z\":[],\"y\":{}}}",
    r#"{"amount":"1250.00","currency":"EUR"}"#,
];

const NOT_JSON: [(&str, &str); 21] = [
    ("", "syntax"),
    ("[1,]", "syntax"),
    ("{\"a\":1,}", "syntax"),
    ("01", "syntax"),
    ("+1", "syntax"),
    (".5", "syntax"),
    ("NaN", "syntax"),
    ("\u{feff}{}", "syntax"),
    ("{}{}", "syntax"),
    ("\"\t\"", "syntax"),
    ("\"\\x\"", "syntax"),
    ("1.0", "not an integer"),
    ("1e3", "not an integer"),
    ("-0", "not an integer"),
    ("-0.0", "not an integer"),
    ("9007199254740992", "out of range"),
    ("-9007199254740992", "out of range"),
    ("{\"a\":1,\"\\u0061\":1}", "duplicate key"),
    ("\"\\ud800\"", "not Unicode"),
    ("\"\\udc00\\ud800\"", "not Unicode"),
    ("\"\\ud800\\u0041\"", "not Unicode"),
];

#[test]
fn json() {
    let limits = JsonLimits::default();
    let name = |fault: JsonFault| match fault {
        JsonFault::Syntax => "syntax",
        JsonFault::NotInteger => "not an integer",
        JsonFault::OutOfRange => "out of range",
        JsonFault::DuplicateKey(_) => "duplicate key",
        JsonFault::NotUnicode => "not Unicode",
        _ => "other",
    };
    for (text, fault) in NOT_JSON {
        assert_eq!(Json::parse(text.as_bytes(), limits).map_err(|error| name(error.fault)), Err(fault), "{text}");
    }
    let canonical = |text: &str| Json::parse(text.as_bytes(), limits).unwrap().to_string();
    let accepted = CANONICAL.map(|text| json!({"text": text, "canonical": canonical(text)}));
    let refused = NOT_JSON.map(|(text, fault)| json!({"text": text, "fault": fault}));
    let held = check("json.json", &json!({"accepted": accepted, "refused": refused}));
    for case in held["accepted"].as_array().unwrap() {
        let bytes = case["canonical"].as_str().unwrap().as_bytes();
        assert_eq!(Json::parse_canonical(bytes, limits).map(|value| value.canonical()), Ok(bytes.to_vec()), "{case}");
    }
}
