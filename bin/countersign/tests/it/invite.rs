//! A newcomer joins a contract that is under way, by commands alone: link, words, confirmation.

use std::time::Duration;

use countersign_api_model::{
    ContractList, ContractStatus, ContractView, InvitationList, InvitationState, InvitationView, Level, PeerList,
    PeerView, Submitted,
};
use serde_json::Value;

use crate::lease::{party, refused};
use crate::place::Place;

const SCENARIO: &str = r#"
scenario: countersign/scenario/v1
name: bailed
title: A lease with a bank that comes later
language: en
actors:
  landlord: {title: Landlord}
  tenant: {title: Tenant}
  bank: {title: Bank, joins: invitation, data: {branch: {type: text, max: 20}}}
vars: {deposit: decimal}
actions:
  draft: {title: Draft, kind: performative, by: landlord}
  guarantee:
    title: Guarantee
    kind: performative
    by: bank
    data: {amount: decimal}
    do: [{set: vars.deposit, to: data.amount}]
initial: drafting
states:
  drafting: {title: The landlord drafts, transitions: [{on: draft, goto: guaranteeing}]}
  guaranteeing: {title: A bank guarantees, transitions: [{on: guarantee, goto: agreed}, {after: P30D, goto: lapsed}]}
  agreed: {title: Agreed, final: success}
  lapsed: {title: Lapsed, final: failure}
"#;

/// Asks until the answer is as it should be.
fn until<T>(what: &str, ask: impl Fn() -> T, good: impl Fn(&T) -> bool) -> T {
    for _ in 0..200 {
        let answer = ask();
        if good(&answer) {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("not within 200 looks: {what}");
}

/// The landlord and the tenant have a contract in which a bank has a place.
fn founded(place: &Place) -> String {
    std::fs::write(place.path("bailed.yaml"), SCENARIO).unwrap();
    let new = ["contract", "new", "--scenario", "bailed.yaml", "--member", "landlord=self", "--member"];
    let view: ContractView = place.json("landlord", &[&new as &[&str], &["tenant=@tenant.card"]].concat());
    let offered = |list: &ContractList| list.contracts.iter().any(|one| one.contract == view.contract);
    until("the tenant has the offer", || place.json::<ContractList>("tenant", &["contract", "list"]), offered);
    let joined: ContractView = place.json("tenant", &["contract", "join", &view.contract, "--yes"]);
    assert_eq!(joined.status, ContractStatus::Active);
    view.contract
}

#[test]
fn a_newcomer_joins_by_commands_alone() {
    let place = Place::new();
    let _nodes = ["landlord", "tenant", "bank"].map(|home| party(&place, home));
    peers(&place);
    let contract = &founded(&place);
    place.json::<Submitted>("landlord", &["action", "do", contract, "draft", "--by", "landlord"]);

    let invite = ["contract", "invite", contract, "--actor", "bank", "--hint", "North Bank", "--days", "2"];
    refused(&place, "landlord", &[&invite as &[&str], &["--actor", "tenant"]].concat(), "invalid_data", "countersign");
    let person = "landlord's person";
    let invite = [&invite as &[&str], &["--by", person]].concat();
    refused(&place, "landlord", &invite, "not_entitled", &format!("countersign mandate list {contract}"));
    let card = place.run_as("landlord", &["key", "list", "--card", "--name", person]).out();
    std::fs::write(place.path("person.card"), card).unwrap();
    let grant =
        ["mandate", "grant", contract, "--person", "person.card", "--actors", "landlord", "--actions", "invite"];
    place.json::<Submitted>("landlord", &grant);
    // A link alone on standard output can be piped.
    let invited = place.run_as("landlord", &invite);
    assert_eq!(invited.code(), 0, "{}", invited.told());
    let link = invited.out().trim().to_owned();
    assert!(link.starts_with("https://127.0.0.1:") && link.contains("/join#") && !link.contains('\n'), "{link}");
    assert!(invited.error().contains("safe channel") && !invited.error().contains("join#"), "{}", invited.told());
    let open = only(&place, "landlord", contract);
    assert_eq!((open.state, open.own, open.words), (InvitationState::Open, true, None));
    let confirm = ["contract", "confirm", contract, &open.invitation];
    let words = |words: &'static str| [&confirm as &[&str], &["--words", words]].concat();
    refused(&place, "landlord", &words("a b c d"), "not_joined", "countersign contract invitations");

    let joined = join(&place, contract, &link);
    let read = joined.words.clone().unwrap().join(" ");
    let here = until("the join is here", || only(&place, "landlord", contract), |view| view.words.is_some());
    assert_eq!((here.words.as_ref(), here.joiner.as_ref()), (joined.words.as_ref(), joined.joiner.as_ref()));
    assert_eq!(only(&place, "tenant", contract).words, None, "the words are for the two");

    refused(&place, "landlord", &words("a b c d"), "words_differ", "countersign contract invitations");
    let unasked = place.run_as("landlord", &[&confirm as &[&str], &["--yes"]].concat());
    assert!(unasked.code() == 2 && unasked.error().contains("--words"), "{}", unasked.told());
    let told = [&confirm as &[&str], &["--words", &read]].concat();
    refused(&place, "tenant", &told, "not_entitled", "countersign");
    refused(&place, "landlord", &[&told as &[&str], &["--by", person]].concat(), "not_entitled", "countersign");
    assert_eq!(status(&place, contract), ContractStatus::Invited, "nothing of this let the bank in");
    // As people type what they hear.
    let typed = format!("  {}  ", read.to_uppercase());
    place.json::<Submitted>("landlord", &[&confirm as &[&str], &["--words", &typed]].concat());
    until("the bank is a member", || status(&place, contract), |status| *status == ContractStatus::Active);

    let guarantee = ["action", "do", contract, "guarantee", "--by", "bank", "--data", "amount=2850", "--wait", "final"];
    let guaranteed: Submitted = place.json("bank", &guarantee);
    assert_eq!(guaranteed.standing.level, Level::Final);
    let wait = ["contract", "wait", contract, "--state", "agreed", "--level", "final", "--timeout", "30"];
    let views = ["landlord", "tenant", "bank"].map(|home| place.json::<ContractView>(home, &wait));
    assert!(views.iter().all(|view| view.state_hash == views[0].state_hash && view.members.len() == 3));
    assert_eq!(views[0].process.as_ref().unwrap().vars["deposit"], "2850");
    let list: InvitationList = place.json("landlord", &["contract", "invitations", contract]);
    assert_eq!(list.invitations, Vec::new());
}

/// The bank reads the contract, and joins only if it is asked to; after that it is shown the words again.
fn join(place: &Place, contract: &str, link: &str) -> InvitationView {
    std::fs::write(place.path("link.txt"), format!("{link}\n")).unwrap();
    let broken = format!("{}a", link.split_at(link.len() - 20).0);
    refused(place, "bank", &["contract", "join", &broken], "invalid_link", "copy the whole link");
    let follow = ["contract", "join", "@link.txt", "--actor-data", r#"bank={"branch":"North"}"#];
    let asked = place.run_as("bank", &follow);
    let told = asked.error();
    assert!(asked.code() == 2 && told.contains("--yes"), "{}", asked.told());
    assert!(told.contains("A lease with a bank that comes later") && told.contains("as bank"), "{}", asked.told());
    assert!(told.contains("invited by: landlord"), "{}", asked.told());
    assert_eq!(status(place, contract), ContractStatus::Invited);
    let follow = [&follow as &[&str], &["--yes"]].concat();
    let joined: InvitationView = place.json("bank", &follow);
    assert_eq!((joined.state, joined.words.as_ref().map(Vec::len)), (InvitationState::Joining, Some(4)));
    let used = place.run_as("bank", &follow);
    assert!(used.code() == 1 && used.error().contains("[invitation_used]"), "{}", used.told());
    let again = place.run_as("bank", &["contract", "join", contract]);
    let words = joined.words.as_ref().unwrap().join("   ");
    assert!(again.code() == 0 && again.out().contains(&words), "{}", again.told());
    joined
}

fn status(place: &Place, contract: &str) -> ContractStatus {
    place.json::<ContractView>("bank", &["contract", "show", contract]).status
}

fn only(place: &Place, home: &str, contract: &str) -> InvitationView {
    let mut list: InvitationList = place.json(home, &["contract", "invitations", contract]);
    assert_eq!(list.invitations.len(), 1, "{list:?}");
    list.invitations.remove(0)
}

/// Two nodes get to know each other without a contract.
fn peers(place: &Place) {
    let met: PeerView = place.json("tenant", &["node", "peer", "@bank.card"]);
    let known: PeerList = place.json("tenant", &["node", "peers"]);
    assert_eq!(known.peers, [met]);
    let own: Value = place.json("tenant", &["node", "status"]);
    refused(place, "tenant", &["node", "peer", own["card"].as_str().unwrap()], "own_card", "countersign");
}
