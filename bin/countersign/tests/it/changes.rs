//! The carrier asks for a surcharge in the peak season, by the commands of the guide: proposed, seen, voted, used.

use std::fs;

use countersign_api_model::{ChangeList, ContractView, DryRun, ProposalView, Submitted};
use serde_json::Value;

use crate::guide::{blocks, words};
use crate::lease::{join, party, refused};
use crate::place::Place;

const PAGE: &str = "docs/guide/src/changes.md";

/// Does what a block of the page says, line by line.
fn does(place: &Place, home: &str, lines: &str, contract: &str, proposal: &str) {
    for line in lines.lines() {
        let line = line.strip_prefix("$ countersign ").unwrap();
        let line = line.replace("CONTRACT", contract).replace("PROPOSAL", proposal);
        let run = place.run_as(home, &words(&line).iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(run.code(), 0, "{}", run.told());
    }
}

/// The changes of a contract at a node, once they are as they must become.
fn changes(place: &Place, home: &str, contract: &str, as_wanted: impl Fn(&ChangeList) -> bool) -> ChangeList {
    for _ in 0..200 {
        let changes: ChangeList = place.json(home, &["change", "list", contract]);
        if as_wanted(&changes) {
            return changes;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the changes of {home} did not become as wanted");
}

#[test]
fn a_surcharge_is_proposed_seen_agreed_and_paid_by_commands_alone() {
    let place = Place::new();
    let page = fs::read_to_string(Place::repository(PAGE)).unwrap();
    let block = |kind: &str| blocks(&page, kind).remove(0).1;
    fs::write(place.path("card.yaml"), block("yaml scenario")).unwrap();
    let surcharge = block("yaml deviation");
    fs::write(place.path("surcharge.yaml"), &surcharge).unwrap();
    fs::write(place.path("faulty.yaml"), surcharge.replace("asked:", "trading:")).unwrap();
    let console: Vec<String> = blocks(&page, "console").into_iter().map(|(_, lines)| lines).collect();
    let [proposes, looks, votes] = console.as_slice() else { panic!("the page has three blocks of commands") };

    let _nodes = [party(&place, "carrier"), party(&place, "shipper")];
    let found = ["contract", "new", "--scenario", "card.yaml", "--member", "carrier=self"];
    let founded: ContractView =
        place.json("carrier", &[&found as &[&str], &["--member", "shipper=@shipper.card"]].concat());
    let contract = founded.contract.as_str();
    join(&place, "shipper", contract);
    let act = |home: &'static str, action: &'static str, data: &[&str]| -> Submitted {
        let words = ["action", "do", contract, action, "--by", home, "--wait", "countersigned"];
        place.json(home, &[&words as &[&str], data].concat())
    };
    act("carrier", "offer", &["--data", "per_kg=0.85"]);
    act("shipper", "book", &["--data", "kg:=1200"]);

    refused(
        &place,
        "carrier",
        &["change", "propose", contract, "faulty.yaml", "--by", "carrier"],
        "scenario_faulty",
        "",
    );
    let tried: DryRun = place.json("carrier", &["change", "dry-run", contract, "surcharge.yaml"]);
    assert_eq!(tried.preview.as_ref().unwrap().states_added, ["asked"]);
    does(&place, "carrier", proposes, contract, "");
    let seen = changes(&place, "shipper", contract, |changes| !changes.proposals.is_empty());
    let proposal = seen.proposals[0].proposal.as_str();
    let shown: ProposalView = place.json("shipper", &["change", "show", contract, proposal]);
    assert_eq!((shown.hash.as_str(), shown.preview), (tried.hash.as_str(), tried.preview));
    let asked = place.run_as("shipper", &["change", "vote", contract, proposal, "yes", "--by", "shipper"]);
    assert!(asked.code() == 2 && asked.error().contains("ask, close"), "{}", asked.told());

    does(&place, "shipper", looks, contract, proposal);
    refused(
        &place,
        "shipper",
        &["change", "vote", contract, proposal, "no", "--by", "shipper", "--yes"],
        "already_voted",
        "",
    );
    changes(&place, "carrier", contract, |changes| changes.proposals[0].votes.iter().any(|vote| vote.choice.is_some()));
    does(&place, "carrier", votes, contract, proposal);
    let agreed = changes(&place, "shipper", contract, |changes| changes.proposals[0].standing == "accepted");
    assert_eq!((agreed.deviations[0].name.as_str(), agreed.deviations[0].spent), ("peak_surcharge", false));
    refused(
        &place,
        "carrier",
        &["change", "vote", contract, proposal, "no", "--by", "carrier", "--yes"],
        "ballot_closed",
        "",
    );

    act("carrier", "ask", &["--data", "percent=12.5"]);
    act("shipper", "answer", &["--response", "accept"]);
    act("shipper", "book", &["--data", "kg:=1200"]);
    let view: Value = place.json("carrier", &["contract", "show", contract]);
    assert_eq!(view["process"]["vars"]["owed"], "2167.5", "{view}");
    refused(
        &place,
        "carrier",
        &["action", "do", contract, "ask", "--by", "carrier", "--data", "percent=25"],
        "not_open",
        "",
    );
}
