//! `docs/spec/vectors/contract.json`: other implementations pass them too. `COUNTERSIGN_BLESS=1` writes them anew.

use countersign_chain::{Genesis, LogState, Statement};
use countersign_codec::Encode;
use countersign_contract::{Confirm, Payload};
use countersign_member::fingerprint;
use countersign_merkle::Frontier;
use countersign_payload::Opening;
use serde_json::{Value, json};

use crate::joining::{INVITER_NONCE, invite, join};
use crate::log::{Log, response_of};
use crate::people::{Voice, admin, mandate, member, person, system, user};
use crate::scenarios::{DAY, appraisal};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/contract.json");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn state(log: &Log) -> Value {
    let parts = log.state.sub_hashes();
    let parts: serde_json::Map<String, Value> =
        parts.iter().map(|(name, hash)| ((*name).to_owned(), json!(hex(hash.bytes())))).collect();
    json!({"hash": hex(log.state.hash().bytes()), "parts": parts})
}

/// Each kind with a fixed salt.
fn payloads() -> Vec<Value> {
    let salt = [0x5A; 32];
    let one = |payload: Payload| {
        let opening = Opening::new(salt, payload.to_bytes());
        json!({
            "kind": payload.kind().as_str(),
            "payload": String::from_utf8(payload.to_bytes()).unwrap(),
            "salt": hex(&salt),
            "commitment": countersign_contract::commitment_text(&opening.commitment()),
        })
    };
    crate::properties::examples().into_iter().map(one).collect()
}

/// A short log with a newcomer, a mandate, a timer and two rejections.
fn story() -> (Log, Vec<Value>) {
    let mut log = Log::new(&appraisal());
    let mut tree = Frontier::new();
    tree.append(log.head.bytes());
    let mut steps = Vec::new();
    let mut say = |log: &mut Log, voice: &Voice, payload: Payload| {
        log.say(voice, payload);
        let (entry, statement, payload) = log.said.last().unwrap();
        tree.append(log.head.bytes());
        let place = log.position;
        steps.push(json!({
            "position": place.get(),
            "statement": {"id": Statement::id(statement).to_string(), "bytes": hex(&statement.to_bytes())},
            "payload": String::from_utf8(payload.clone().unwrap()).unwrap(),
            "entry": {"id": log.head.to_string(), "bytes": hex(&entry.to_bytes())},
            "outcome": log.outcome.as_ref().map(|outcome| hex(&outcome.to_bytes())),
            "log_root": hex(tree.root().bytes()),
            "state": state(log),
        }));
        log.last
    };
    let owner = admin("owner");
    say(&mut log, &owner, Payload::Identity(person("erin")));
    let powers = mandate(person("erin").id(), r#"{"actors":["owner"],"actions":["ask","invite"]}"#);
    say(&mut log, &owner, Payload::Mandate(powers));
    say(&mut log, &user("erin"), response_of("owner", "ask", None, "null"));
    let invitation = say(&mut log, &user("erin"), invite("assessor", 20));
    let contract = log.state.contract();
    say(&mut log, &admin("smith"), join(contract, invitation, "smith", r#"{"assessor":{"licence":"A1"}}"#));
    say(&mut log, &user("erin"), Payload::Confirm(Confirm { invitation, nonce: INVITER_NONCE }));
    say(&mut log, &owner, Payload::Confirm(Confirm { invitation, nonce: INVITER_NONCE }));
    log.wait(11 * DAY);
    say(&mut log, &system("smith"), Payload::Tick("main".into()));
    say(&mut log, &admin("smith"), response_of("assessor", "report", None, r#"{"value":1}"#));
    say(&mut log, &admin("smith"), response_of("assessor", "report", None, r#"{"value":"250000.00"}"#));
    (log, steps)
}

#[test]
fn the_vectors_of_a_contract() {
    let founding = appraisal();
    let (log, steps) = story();
    let words = fingerprint(&log.state.contract(), &member("owner"), &member("smith"), &INVITER_NONCE, &[22; 32]);
    let generated = json!({
        "genesis": {
            "contract": Genesis::contract(&founding.genesis).to_string(),
            "entry": Genesis::entry(&founding.genesis).to_string(),
            "bytes": hex(&founding.genesis.to_bytes()),
            "charter": hex(&founding.opening.to_bytes()),
            "state": state(&Log::new(&founding)),
        },
        "payloads": payloads(),
        "log": steps,
        "words": words,
    });
    let text = format!("{generated:#}\n");
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(PATH, &text).unwrap();
    }
    let held = std::fs::read_to_string(PATH).unwrap();
    assert!(held == text, "docs/spec/vectors/contract.json differs; COUNTERSIGN_BLESS=1 writes it anew");
    assert_eq!(log.process(), "done");
}
