//! What founding on a scenario needs.

use serde_json::{Value, json};

use crate::http::send;
use crate::known::served;

async fn asked(document: &str, language: Option<&str>) -> (u16, Value) {
    let (server, _) = served().await;
    let body = json!({"document": document, "language": language}).to_string();
    let head = "POST /v1/scenario/foundation HTTP/1.1\nHost: 127.0.0.1\nAuthorization: Bearer $TOKEN\nContent-Type: application/json";
    let reply = send(server.address(), &format!("{head}\n\n{body}")).await;
    (reply.status, reply.json())
}

const NOTE: &str = "{scenario: countersign/scenario/v1, name: note, title: {en: Note, nl: Briefje}, language: en, \
    inputs: {sum: int}, actors: {clerk: {title: Clerk, acts_for: owner}, guest: {title: Guest, joins: invitation}, \
    owner: {title: {en: Owner, nl: Eigenaar}, data: {seat: text}}, witnesses: {title: Witness, many: {min: 2, max: 4}}}, \
    actions: {ask: {title: Ask, kind: performative, by: [owner, guest, clerk, witnesses]}}, \
initial: open, states: {open: {title: Open, transitions: [{on: ask, goto: done}]}, done: {title: Done, final: success}}}";

#[tokio::test]
async fn a_scenario_says_what_founding_on_it_needs() {
    let (status, found) = asked(NOTE, Some("nl")).await;
    assert_eq!(status, 200, "{found}");
    assert_eq!(found["title"], "Briefje");
    let actors: Vec<_> = found["actors"].as_array().unwrap().iter().collect();
    let names: Vec<_> = actors.iter().map(|actor| actor["actor"].as_str().unwrap()).collect();
    assert_eq!(names, ["clerk", "guest", "owner", "witnesses"]);
    assert_eq!((&actors[2]["many"], &actors[3]["many"]), (&Value::Null, &json!({"min": 2, "max": 4})));
    assert_eq!((&actors[0]["acts_for"], &actors[2]["acts_for"]), (&json!("owner"), &Value::Null));
    assert_eq!((&actors[1]["joins"], &actors[2]["joins"]), (&json!("invitation"), &json!("start")));
    assert_eq!((&actors[0]["title"], &actors[2]["title"]), (&json!("Clerk"), &json!("Eigenaar")));
    assert!(actors[2]["schema"]["properties"]["seat"].is_object(), "{found}");
    assert!(found["inputs_schema"]["properties"]["sum"].is_object(), "{found}");
    // The canonical form is a document again, of the same id.
    let (_, again) = asked(&found["document"].to_string(), None).await;
    assert_eq!((&again["scenario"], &again["document"]), (&found["scenario"], &found["document"]));
}

#[tokio::test]
async fn what_is_no_scenario_is_refused_at_its_line() {
    let (status, refused) = asked("scenario: countersign/scenario/v1\nname: note\ncolour: red\n", None).await;
    assert_eq!((status, &refused["code"]), (422, &json!("invalid_scenario")), "{refused}");
    assert!(refused["detail"].as_str().unwrap().starts_with("line "), "{refused}");
}
