//! Personal data by commands alone: said, shown, corrected, erased for a person in all contracts and for a contract as a
//! whole. What was erased is in no file of any party.

use std::path::Path;
use std::time::Duration;

use countersign_api_model::{ContractView, PersonalItem, PersonalList, Submitted};
use serde_json::Value;

use crate::lease::{party, refused};
use crate::place::Place;

const SCENARIO: &str = r#"
scenario: countersign/scenario/v1
name: viewing
title: Viewing a dwelling
language: en
actors: {visitor: {title: Visitor}, landlord: {title: Landlord}}
data_classes:
  contact: {title: Contact, subject: visitor, purpose: Calling back, keep: P3M, from: end}
  note: {title: Note about the visitor, subject: visitor, purpose: Choosing, keep: PT1S, from: entry, holders: landlord}
vars: {phone: {type: text, max: 40, personal: contact}, note: {type: text, max: 80, personal: note}}
actions:
  ask:
    title: Ask
    kind: informative
    by: visitor
    data: {phone: {type: text, max: 40, personal: contact}}
    attachments: {pass: {title: Pass, optional: true, personal: contact}}
    do: [{set: vars.phone, to: data.phone}]
  correct:
    title: Correct the number
    kind: informative
    by: visitor
    seen: [vars.phone]
    data: {phone: {type: text, max: 40, personal: contact}}
    do: [{set: vars.phone, to: data.phone}]
  remark:
    title: Make a note
    kind: informative
    by: landlord
    data: {note: {type: text, max: 80, personal: note}}
    attachments: {plan: {title: Plan of the dwelling, optional: true}}
    do: [{set: vars.note, to: data.note}]
initial: asking
states:
  asking: {title: The visitor asks, transitions: [{on: ask, goto: asked}, {after: P30D, goto: over}]}
  asked: {title: Asked, transitions: [{on: [correct, remark], goto: stay}, {after: P30D, goto: over}]}
  over: {title: Over, final: cancelled}
"#;

/// Whether any file below a folder has these bytes.
fn is_in_a_file(folder: &Path, part: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| match entry.file_type().unwrap().is_dir() {
        true => is_in_a_file(&entry.path(), part),
        // Files vanish while the engine works.
        false => std::fs::read(entry.path()).unwrap_or_default().windows(part.len()).any(|window| window == part),
    })
}

fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    for _ in 0..300 {
        if let Some(found) = found() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{what}: not within 30 s");
}

fn found_by_the_landlord(place: &Place) -> String {
    let new = [
        "contract",
        "new",
        "--scenario",
        "viewing.yaml",
        "--member",
        "landlord=self",
        "--member",
        "visitor=@visitor.card",
    ];
    let founded: ContractView = place.json("landlord", &new);
    let join = ["contract", "join", &founded.contract, "--yes"];
    eventually("the offer arrives", || (place.run_as("visitor", &join).code() == 0).then_some(()));
    founded.contract
}

fn items(place: &Place, home: &str, arguments: &[&str]) -> Vec<PersonalItem> {
    place.json::<PersonalList>(home, &[&["personal", "list"], arguments].concat()).items
}

/// Says something, until everybody has signed for it.
fn says(place: &Place, home: &str, contract: &str, arguments: &[&str]) {
    let line = [&["action", "do", contract], arguments, &["--by", home, "--wait", "final"]].concat();
    place.json::<Submitted>(home, &line);
}

#[test]
fn what_was_said_of_a_person_is_corrected_shown_and_erased_everywhere() {
    let place = Place::new();
    std::fs::write(place.path("viewing.yaml"), SCENARIO).unwrap();
    let _nodes = [party(&place, "visitor"), party(&place, "landlord")];
    let contracts = [found_by_the_landlord(&place), found_by_the_landlord(&place)];
    let visitor = place.json::<Value>("visitor", &["node", "status"])["party"].as_str().unwrap().to_owned();
    // All of it looks like chance, so that no compression of the store shortens it and the scan finds what is there.
    let numbers = ["7tQz0VbK3xWm9RpL", "hE5cYn8GsJ1uDk4F", "oA6wXi2TvMq7ZrBe"];
    let pass: Vec<u8> =
        (0..40_u64).flat_map(|index| (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 77).to_le_bytes()).collect();
    std::fs::write(place.path("my pass.bin"), &pass).unwrap();
    let data: Vec<String> = numbers.iter().map(|number| format!("phone={number}")).collect();
    says(&place, "visitor", &contracts[0], &["ask", "--data", &data[0], "--attach", "pass=my pass.bin"]);
    says(&place, "visitor", &contracts[1], &["ask", "--data", &data[1]]);

    // The number was wrong: the later value stands, the earlier one is history, and can be erased by itself.
    says(&place, "visitor", &contracts[0], &["correct", "--data", &data[2]]);
    let held = items(&place, "landlord", &["--of", &visitor, "--contract", &contracts[0]]);
    let stand: Vec<_> = held.iter().map(|item| (item.name.as_str(), item.value.clone(), item.places.len())).collect();
    let value = |at: usize| Some(Value::from(numbers[at]));
    assert_eq!(stand, [("/phone", value(0), 0), ("pass", None, 0), ("/phone", value(2), 1)]);
    let earlier = ["contract", "erase", &contracts[0], "--payload", &held[0].commitment, "--reason", "GDPR 16"];
    refused(&place, "landlord", &earlier, "not_yours", "countersign");
    place.json::<Value>("visitor", &earlier);
    gone(&place, &[numbers[0].as_bytes()], 1);
    let homes = ["visitor", "landlord"];
    assert!(homes.iter().all(|home| is_in_a_file(&place.path(home), numbers[2].as_bytes())), "the scan finds nothing");

    // The person: in every contract, what their own people brought.
    let (note, plan) = ("Nf9LpSy3HdCg6UjO", "kV1bXe8QaWt5ZmRi0TnGs7Yc");
    std::fs::write(place.path("plan.txt"), plan).unwrap();
    let said = format!("note={note}");
    says(&place, "landlord", &contracts[0], &["remark", "--data", &said, "--attach", "plan=plan.txt"]);
    let asked: Value = place.json("visitor", &["personal", "erase", "--of", &visitor, "--reason", "GDPR 17(1)(a)"]);
    assert_eq!(asked["asked"].as_array().map(Vec::len), Some(2), "{asked}");
    assert_eq!(asked["left"][0]["class"], "note", "what the landlord brought only the landlord can take back: {asked}");
    gone(&place, &[numbers[1].as_bytes(), numbers[2].as_bytes(), &pass], 4);
    assert!(is_in_a_file(&place.path("landlord"), note.as_bytes()));
    assert!(!is_in_a_file(&place.path("visitor"), note.as_bytes()), "it is with its holders alone");

    // What was kept long enough, and the whole contract.
    let due = eventually("a second has passed", || items(&place, "landlord", &["--due"]).pop());
    assert_eq!((due.class.as_str(), due.kept_until.is_some()), ("note", true));
    let all = ["contract", "erase", &contracts[0], "--all", "--reason", "the contract is over"];
    let nothing = place.run_as("visitor", &all);
    assert!(nothing.code() == 1 && nothing.error().contains("nothing that is still there"), "{}", nothing.told());
    place.json::<Value>("landlord", &all);
    gone(&place, &[note.as_bytes(), plan.as_bytes()], 5);
    assert_eq!(items(&place, "landlord", &["--due"]).iter().filter(|item| !item.erased).count(), 0);
    for home in homes {
        let bundle = format!("{home}.bundle");
        place.run_as(home, &["contract", "export", &contracts[0], "--out", &bundle]);
        let proven = place.run_as("visitor", &["verify", &bundle, "--trust", &contracts[0]]);
        assert!(proven.code() == 0 && proven.out().contains("was erased, by the signed word of"), "{}", proven.told());
    }
}

/// Both have signed that so many values are gone, and no file of either has a byte of these parts.
fn gone(place: &Place, parts: &[&[u8]], count: usize) {
    for home in ["visitor", "landlord"] {
        let signed = || {
            let items = items(place, home, &[]);
            (items.iter().filter(|item| item.erased && item.erased_by.len() == 2).count() == count).then_some(())
        };
        eventually("both have signed", signed);
        let found = parts.iter().filter(|part| is_in_a_file(&place.path(home), part)).count();
        assert_eq!(found, 0, "{home} still has what was erased");
    }
}
