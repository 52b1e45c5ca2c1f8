//! `docs/spec/vectors/contract.json`: other implementations pass them too. `COUNTERSIGN_BLESS=1` writes them anew.

use countersign_ballot::Choice;
use countersign_chain::{Genesis, LogState, Statement};
use countersign_codec::Encode;
use countersign_contract::{Confirm, Payload, Propose, Vote};
use countersign_crypto::Digest;
use countersign_member::fingerprint;
use countersign_merkle::Frontier;
use countersign_payload::Opening;
use countersign_types::StatementId;
use countersign_workflow::{ChangeKind, Deviation};
use serde_json::{Value, json};

use crate::joining::{INVITER_NONCE, invite, join};
use crate::log::{Log, response_of};
use crate::people::{Voice, admin, mandate, member, person, system, user};
use crate::scenarios::{DAY, Founding, appraisal};

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
    let mut teller = Teller::new(&log);
    let mut say = |log: &mut Log, voice: &Voice, payload: Payload| teller.say(log, voice, payload);
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
    (log, teller.steps)
}

/// Two parties agree on a deviation, use it once, and propose another that nobody decides.
fn story_of_changes(founding: &Founding) -> Vec<Value> {
    let mut log = Log::new(founding);
    let mut teller = Teller::new(&log);
    let scenario = log.state.charter().scenario.clone();
    let (deviation, _) = Deviation::load(SURCHARGE.as_bytes(), &scenario).unwrap();
    let propose = || {
        Payload::Propose(Box::new(Propose {
            change: ChangeKind::Deviation,
            of: Digest::new(scenario.digest()),
            document: deviation.canonical().clone(),
            to: None,
            entry: None,
        }))
    };
    let vote =
        |proposal| Payload::Vote(Vote { proposal, document: Digest::new(deviation.digest()), choice: Choice::Yes });
    let (carrier, shipper) = (admin("carrier"), admin("shipper"));
    teller.say(&mut log, &carrier, response_of("carrier", "offer", None, r#"{"per_kg":{"ams_mad":"0.85"}}"#));
    teller.say(&mut log, &shipper, response_of("shipper", "agree", None, "null"));
    let proposal = teller.say(&mut log, &carrier, propose());
    teller.say(&mut log, &carrier, vote(proposal));
    teller.say(&mut log, &carrier, vote(proposal));
    teller.say(&mut log, &shipper, vote(proposal));
    teller.say(&mut log, &carrier, response_of("carrier", "ask", None, r#"{"percent":"12.5"}"#));
    teller.say(&mut log, &shipper, response_of("shipper", "answer", Some("accept"), "null"));
    teller.say(&mut log, &carrier, response_of("carrier", "ask", None, r#"{"percent":"25"}"#));
    let proposal = teller.say(&mut log, &shipper, propose());
    log.wait(7 * DAY);
    teller.say(&mut log, &shipper, vote(proposal));
    teller.steps
}

/// Writes down what is said.
struct Teller {
    tree: Frontier,
    steps: Vec<Value>,
}

impl Teller {
    fn new(log: &Log) -> Self {
        let mut tree = Frontier::new();
        tree.append(log.head.bytes());
        Self { tree, steps: Vec::new() }
    }

    fn say(&mut self, log: &mut Log, voice: &Voice, payload: Payload) -> StatementId {
        log.say(voice, payload);
        let (entry, statement, payload) = log.said.last().unwrap();
        self.tree.append(log.head.bytes());
        let place = log.position;
        self.steps.push(json!({
            "position": place.get(),
            "statement": {"id": Statement::id(statement).to_string(), "bytes": hex(&statement.to_bytes())},
            "payload": String::from_utf8(payload.clone().unwrap()).unwrap(),
            "entry": {"id": log.head.to_string(), "bytes": hex(&entry.to_bytes())},
            "outcome": log.outcome.as_ref().map(|outcome| hex(&outcome.to_bytes())),
            "log_root": hex(self.tree.root().bytes()),
            "state": state(log),
        }));
        log.last
    }
}

const CARD: &str = include_str!("../../../../docs/spec/vectors/scenario/examples/rate_card.yaml");
const SURCHARGE: &str = include_str!("../../../../docs/spec/vectors/scenario/examples/peak_surcharge.yaml");

#[test]
fn the_vectors_of_a_contract() {
    let founding = appraisal();
    let (log, steps) = story();
    let changed = Founding::new(CARD, &["carrier", "shipper"], &[("carrier", "carrier"), ("shipper", "shipper")]);
    let words = fingerprint(&log.state.contract(), &member("owner"), &member("smith"), &INVITER_NONCE, &[22; 32]);
    let generated = json!({
        "genesis": {
            "contract": Genesis::contract(&founding.genesis).to_string(),
            "entry": Genesis::entry(&founding.genesis).to_string(),
            "bytes": hex(&founding.genesis.to_bytes()),
            "charter": hex(&founding.opening.to_bytes()),
            "state": state(&Log::new(&founding)),
        },
        "changes": {
            "genesis": hex(&changed.genesis.to_bytes()),
            "charter": hex(&changed.opening.to_bytes()),
            "log": story_of_changes(&changed),
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
