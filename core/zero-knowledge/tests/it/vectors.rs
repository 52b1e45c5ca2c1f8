//! `docs/spec/vectors/zero-knowledge.json`: other implementations pass them too. `COUNTERSIGN_BLESS=1` writes them anew.
//!
//! `foreign` was proved by the second implementation (`sdk/js`); it is kept as it is.

use countersign_crypto::{Seed, SigningKey};
use countersign_zero_knowledge::{Challenge, Claim, Commitment, Occasion, Opening, Proof, prove, verify};
use serde_json::{Value, json};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/zero-knowledge.json");

/// Number and bounds.
const CASES: [(i64, Option<i64>, Option<i64>); 7] = [
    (3_500, None, None),
    (-3_500, None, None),
    (3_500, Some(2_850), None),
    (3_500, None, Some(3_500)),
    (3_500, Some(2_850), Some(10_000)),
    (-1, Some(-5), Some(5)),
    (i64::MAX, Some(i64::MIN), Some(i64::MAX)),
];

fn case(number: u8, (value, min, max): (i64, Option<i64>, Option<i64>)) -> Value {
    let secret = [number; 32];
    let opening = Opening::derive(&SigningKey::new(secret), "ctr_lease", value, [number; 16]);
    let challenge = Challenge::new([number; 32]);
    let occasion = Occasion {
        contract: "ctr_lease",
        process: "main",
        action: "show",
        response: "ok",
        party: "idn_ana",
        challenge,
    };
    let made = prove(&occasion, Claim::new(min, max), &opening, Seed::new([number; 32])).unwrap();
    json!({
        "secret_key": hex(&secret),
        "salt": hex(&[number; 16]),
        "value": value.to_string(),
        "commitment": opening.commitment().to_string(),
        "occasion": {
            "contract": "ctr_lease", "process": "main", "action": "show", "response": "ok", "party": "idn_ana",
            "challenge": challenge.to_string(),
        },
        "min": min.map(|min| min.to_string()),
        "max": max.map(|max| max.to_string()),
        "proof": made.to_string(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn holds(case: &Value) -> bool {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let bound = |name: &str| case[name].as_str().map(|bound| bound.parse().unwrap());
    let parts = ["contract", "process", "action", "response", "party"].map(|part| text(&case["occasion"][part]));
    let [contract, process, action, response, party] = &parts;
    let challenge = Challenge::parse(&text(&case["occasion"]["challenge"])).unwrap();
    let occasion = Occasion { contract, process, action, response, party, challenge };
    let (Some(commitment), Some(proof)) =
        (Commitment::parse(&text(&case["commitment"])), Proof::parse(&text(&case["proof"])))
    else {
        return false;
    };
    verify(&occasion, Claim::new(bound("min"), bound("max")), &commitment, &proof).is_ok()
}

/// Each differs from a case that holds in one thing.
fn refused(cases: &[Value]) -> Vec<Value> {
    let mut refused = Vec::new();
    let mut add = |case: &Value, why: &str, change: &dyn Fn(&mut Value)| {
        let mut changed = case.clone();
        changed["why"] = json!(why);
        change(&mut changed);
        refused.push(changed);
    };
    let flip = |text: &str, at: usize| {
        let digit = if &text[at..=at] == "0" { "1" } else { "0" };
        format!("{}{digit}{}", &text[..at], &text[at + 1..])
    };
    for case in [&cases[0], &cases[2], &cases[4]] {
        for part in ["contract", "process", "action", "response", "party"] {
            add(case, &format!("another {part}"), &|case| case["occasion"][part] = json!("other"));
        }
        let other = Challenge::new([0xAA; 32]).to_string();
        add(case, "another challenge", &|case| case["occasion"]["challenge"] = json!(other));
        add(case, "another commitment", &|case| case["commitment"] = cases[1]["commitment"].clone());
        let proof = case["proof"].as_str().unwrap();
        for at in [7, 40, 100, proof.len() - 1] {
            add(case, &format!("digit {at} of the proof changed"), &|case| case["proof"] = json!(flip(proof, at)));
        }
        add(case, "a byte of the proof left out", &|case| case["proof"] = json!(proof[..proof.len() - 2]));
        add(case, "bounds that nothing meets", &|case| (case["min"], case["max"]) = (json!("5"), json!("-5")));
    }
    add(&cases[2], "a higher bound", &|case| case["min"] = json!("2851"));
    add(&cases[4], "one bound of two", &|case| case["max"] = json!(null));
    refused
}

#[test]
fn the_vectors_are_what_the_code_computes() {
    let held = std::fs::read_to_string(PATH).unwrap_or_default();
    let before: Value = serde_json::from_str(&held).unwrap_or_default();
    let cases: Vec<Value> = (1..).zip(CASES).map(|(number, case_of)| case(number, case_of)).collect();
    let refused = refused(&cases);
    let foreign = before["foreign"].as_array().cloned().unwrap_or_default();
    assert!(cases.iter().chain(&foreign).all(holds));
    assert!(refused.iter().all(|case| !holds(case)));
    let generated = format!("{:#}\n", json!({"cases": cases, "refused": refused, "foreign": foreign}));
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(PATH, &generated).unwrap();
        return;
    }
    assert!(held == generated, "docs/spec/vectors/zero-knowledge.json differs; COUNTERSIGN_BLESS=1 writes it anew");
}
