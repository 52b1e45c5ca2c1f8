//! What one contract proves to another, and what a stranger to it makes of that.

use std::collections::BTreeSet;

use countersign_crypto::Digest;
use countersign_proof::{Bundle, Selection, read, verify};
use countersign_replica::Refusal;
use countersign_types::{from_base32, to_base32};

use crate::people::{admin, mandate};
use crate::story::{Lease, Story, codes, lease, response};

/// Goes on only if the landlord approved in the lease; the tailor is no member there.
const CURTAINS: &str = r#"
scenario: countersign/scenario/v1
name: curtains
title: Curtains for a house
language: en
comments: none
actors: {landlord: {title: Landlord}, tailor: {title: Tailor}}
actions:
  begin: {title: Begin, kind: performative, by: tailor}
  ask:
    title: Ask whether the lease is approved
    kind: informative
    by: landlord
    run: {contract: {of: '"LEASE"', answer: review.approve}, timeout: PT1M}
    responses:
      ok: {title: Approved, data: {party: text, proof: {type: text, max: 65536}}}
      error: {title: Not known}
initial: beginning
states:
  beginning: {title: Beginning, transitions: [{on: begin, goto: asking}]}
  asking: {title: Asking, transitions: [{on: ask.ok, goto: sewing}, {on: ask.error, goto: beginning}]}
  sewing: {title: Sewing, final: success}
"#;

fn proof(lease: &Lease) -> Bundle {
    let selection = Selection { statements: Some(BTreeSet::from([lease.review])), attachments: false };
    lease.story.bundle("landlord", &selection).unwrap()
}

fn curtains(lease: &str) -> Story {
    let names = ["landlord", "tailor"];
    let mut story = Story::found(&CURTAINS.replace("LEASE", lease), &names, &names.map(|name| (name, name)));
    story.acts("tailor", "begin");
    story
}

/// The landlord answers through the node of the tailor, who has nothing of the lease.
fn answers(story: &mut Story, proof: &str, party: &str) -> Result<(), String> {
    let data = format!(r#"{{"party":"{party}","proof":"{proof}"}}"#);
    let said = story.tries("tailor", admin("landlord"), response("landlord", "ask", Some("ok"), &data), Vec::new());
    story.run(120_000);
    said.map(|_| ()).map_err(|refusal| match refusal {
        Refusal::Rejected { rule, by } => format!("{rule} {by}"),
        other => other.to_string(),
    })
}

/// The curtains, after the answer of the lease.
pub fn answered() -> Story {
    let lease = lease();
    let bundle = proof(&lease);
    let mut story = curtains(&bundle.contract().to_string());
    let landlord = admin("landlord").identity.to_string();
    answers(&mut story, &bundle.for_another().unwrap(), &landlord).unwrap();
    story
}

#[test]
fn a_stranger_checks_what_another_contract_said() {
    let lease = lease();
    let bundle = proof(&lease);
    let (contract, landlord) = (bundle.contract().to_string(), admin("landlord").identity.to_string());
    let text = bundle.for_another().unwrap();
    let shown = read(&text).unwrap();
    assert_eq!(shown.contract, contract);
    let said: Vec<_> = shown.said.iter().map(|said| (said.action.as_str(), said.response.as_deref())).collect();
    assert_eq!(said, [("review", Some("approve"))]);
    assert_eq!(shown.said[0].party.as_deref(), Some(landlord.as_str()));
    // The scenario, its values and the mandate stay where they are.
    let bytes = from_base32(&text).unwrap();
    let within = |part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
    assert!(!within("countersign/scenario/v1") && !within("950.00") && !within("limits"));
    assert!(text.len() < 20_000, "{} characters", text.len());

    let mut story = curtains(&contract);
    assert_eq!(answers(&mut story, &text, "idn_other"), Err("invalid_proof /proof".to_owned()));
    assert_eq!(answers(&mut story, &text, &landlord), Ok(()));
    let whole = verify(&story.bundle("tailor", &Selection::all()).unwrap().to_bytes(), None);
    assert!(codes(&whole.proven).contains(&"recomputed"), "{whole:?}");
    // The same proof in a contract that asks another one.
    let other = story.bundle("tailor", &Selection::only([])).unwrap().contract().to_string();
    assert_eq!(answers(&mut curtains(&other), &text, &landlord), Err("invalid_proof /proof".to_owned()));
}

#[test]
fn a_forged_answer_is_rejected() {
    let lease = lease();
    let bundle = proof(&lease);
    let (contract, landlord) = (bundle.contract().to_string(), admin("landlord").identity.to_string());
    let charter = to_base32(&bundle.to_bytes());
    assert!(read(&charter).unwrap_err().contains("charter"));
    let good = bundle.for_another().unwrap();
    let shown = read(&good).unwrap();
    let body = from_base32(&good).unwrap();
    let sum = body.len() - 32;
    for at in (0..sum).step_by(7) {
        let mut forged = body.clone();
        forged[at] ^= 1;
        let checksum = Digest::of(&forged[..sum]);
        forged[sum..].copy_from_slice(checksum.bytes());
        if let Ok(other) = read(&to_base32(&forged)) {
            assert_ne!(other.contract, contract, "byte {at}");
        }
    }
    let mut story = curtains(&contract);
    let mut forged = body;
    forged[sum - 40] ^= 1;
    let checksum = Digest::of(&forged[..sum]);
    forged[sum..].copy_from_slice(checksum.bytes());
    assert_eq!(answers(&mut story, &to_base32(&forged), &landlord), Err("invalid_proof /proof".to_owned()));
    assert_eq!(answers(&mut story, "", &landlord), Err("invalid_proof /proof".to_owned()));
    // Nothing was changed by all that.
    assert_eq!(answers(&mut story, &good, &landlord), Ok(()));
    assert_eq!(shown.said.len(), 1);
}

#[test]
fn what_is_long_is_refused() {
    let Lease { mut story, review, .. } = lease();
    for number in 0..300 {
        let powers = format!(r#"{{"actors":"all","actions":["a{number}"]}}"#);
        story.says("landlord", admin("landlord"), countersign_contract::Payload::Mandate(mandate("erin", &powers)));
    }
    let selection = Selection { statements: Some(BTreeSet::from([review])), attachments: false };
    let bundle = story.bundle("landlord", &selection).unwrap();
    assert!(bundle.members.len() > 256);
    assert_eq!(bundle.for_another(), None);
    assert!(read(&"a".repeat(65_537)).unwrap_err().contains("at most"));
}
