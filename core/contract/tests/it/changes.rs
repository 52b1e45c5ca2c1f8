//! "The carrier asks for a surcharge in the peak season": proposals, votes, and what they do to a contract that runs.

use countersign_ballot::{Choice, Standing};
use countersign_chain::LogState;
use countersign_codec::Json;
use countersign_contract::{BALLOTS_MAX, Comment, Payload, Propose, Vote};
use countersign_crypto::Digest;
use countersign_types::StatementId;
use countersign_workflow::{ChangeKind, Deviation, Scenario, Update};

use crate::joining::invite;
use crate::log::{Log, response_of};
use crate::people::{Voice, admin, json, mandate, person, system, user};
use crate::scenarios::{Founding, at};

const CARD: &str = include_str!("../../../../docs/spec/vectors/scenario/examples/rate_card.yaml");
const SURCHARGE: &str = include_str!("../../../../docs/spec/vectors/scenario/examples/peak_surcharge.yaml");
const DAY: i64 = 86_400_000;

fn card() -> Log {
    let parties = ["carrier", "shipper"];
    Log::new(&Founding::new(CARD, &parties, &[("carrier", "carrier"), ("shipper", "shipper")]))
}

/// Rates are agreed on: 0.85 to Madrid.
fn trading(text: &str) -> Log {
    let parties = ["carrier", "shipper"];
    let mut log = Log::new(&Founding::new(text, &parties, &[("carrier", "carrier"), ("shipper", "shipper")]));
    let offer = response_of("carrier", "offer", None, r#"{"per_kg":{"ams_mad":"0.85"}}"#);
    assert_eq!(log.say(&admin("carrier"), offer), "applied");
    assert_eq!(log.say(&admin("shipper"), response_of("shipper", "agree", None, "null")), "applied");
    log
}

fn agreed(log: &Log) -> Scenario {
    log.state.process().unwrap().agreed().clone()
}

fn surcharge(log: &Log) -> Deviation {
    Deviation::load(SURCHARGE.as_bytes(), &agreed(log)).unwrap().0
}

fn proposed(log: &Log, deviation: &Deviation) -> Propose {
    Propose {
        change: ChangeKind::Deviation,
        of: Digest::new(agreed(log).digest()),
        document: deviation.canonical().clone(),
        to: None,
        entry: None,
    }
}

/// An update of what runs to another scenario.
fn update(log: &Log, to: &str, states: &str, effects: &str) -> (Scenario, Update) {
    let agreed = agreed(log);
    let (scenario, _) = Scenario::load(to.as_bytes()).unwrap();
    let (name, hash) = (agreed.name(), countersign_rules::Hash::new(scenario.digest()));
    let text = format!(
        "scenario: countersign/update/v1\nname: second_year\nof: {name}\ntitle: Second year\nlanguage: en\nto: {hash}\n\
         states: {states}\ndo: {effects}\n"
    );
    let (update, _) = Update::load(text.as_bytes(), &agreed, &scenario).unwrap();
    (scenario, update)
}

fn updating(log: &Log, scenario: &Scenario, update: &Update) -> Propose {
    Propose {
        change: ChangeKind::Update,
        of: Digest::new(agreed(log).digest()),
        document: update.canonical().clone(),
        to: Some(scenario.canonical().clone()),
        entry: None,
    }
}

fn propose(propose: Propose) -> Payload {
    Payload::Propose(Box::new(propose))
}

fn vote(log: &mut Log, voice: &Voice, proposal: StatementId, document: [u8; 32], choice: Choice) -> String {
    log.say(voice, Payload::Vote(Vote { proposal, document: Digest::new(document), choice }))
}

fn book(log: &mut Log) -> String {
    log.say(&admin("shipper"), response_of("shipper", "book", None, r#"{"kg":1200,"lane":"ams_mad"}"#))
}

fn parts(log: &Log) -> Vec<String> {
    log.state.sub_hashes().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn the_carrier_asks_for_a_surcharge_in_the_peak_season() {
    let mut log = trading(CARD);
    assert!(!parts(&log).contains(&"changes".to_owned()));
    let deviation = surcharge(&log);
    let proposal = proposed(&log, &deviation);
    assert_eq!(log.say(&admin("carrier"), propose(proposal)), "applied");
    let proposal = log.last;
    assert_eq!(parts(&log)[0], "changes");
    // While the ballot is open the process goes on as usual.
    assert_eq!(book(&mut log), "applied");
    assert_eq!(vote(&mut log, &admin("carrier"), proposal, deviation.digest(), Choice::Yes), "applied");
    assert_eq!(vote(&mut log, &admin("carrier"), proposal, deviation.digest(), Choice::No), "already_voted");
    assert_eq!(
        log.say(&admin("carrier"), response_of("carrier", "ask", None, r#"{"percent":"12.5"}"#)),
        "unknown_action"
    );
    assert_eq!(vote(&mut log, &admin("shipper"), proposal, deviation.digest(), Choice::Yes), "applied");
    assert!(log.state.ballots().is_empty());
    assert_eq!(log.state.closed_ballots()[0].2, Standing::Accepted);
    assert_eq!(log.say(&admin("carrier"), response_of("carrier", "ask", None, r#"{"percent":"12.5"}"#)), "applied");
    assert_eq!(log.say(&admin("shipper"), response_of("shipper", "answer", Some("accept"), "null")), "applied");
    let again = log.say(&admin("carrier"), response_of("carrier", "ask", None, r#"{"percent":"25"}"#));
    assert_eq!(again, "deviation_spent");
    assert_eq!(book(&mut log), "applied");
    assert_eq!(log.say(&admin("carrier"), response_of("carrier", "close", None, "null")), "applied");
    let process = log.state.process().unwrap();
    assert_eq!(process.result().to_plain(), json(r#"{"total":"2167.5"}"#));
    // That there was a deviation stays in the state: its actions are spent, not unknown.
    assert_eq!(parts(&log)[0], "changes");
    assert_eq!(
        vote(&mut log, &admin("shipper"), proposal, deviation.digest(), Choice::Yes).split('(').next(),
        Some("ballot_closed")
    );
}

#[test]
fn who_proposes_and_who_votes() {
    let mut log = trading(CARD);
    let deviation = surcharge(&log);
    let proposal = || proposed(&trading(CARD), &surcharge(&trading(CARD)));
    // Not a machine, not a stranger's employee, not without a mandate.
    assert_eq!(log.say(&system("carrier"), propose(proposal())), "not_entitled");
    assert_eq!(log.say(&admin("carrier"), Payload::Identity(person("erin"))), "applied");
    assert_eq!(log.say(&user("erin"), propose(proposal())), "not_entitled");
    let may = mandate(person("erin").id(), r#"{"actors":["carrier"],"actions":["propose"]}"#);
    assert_eq!(log.say(&admin("carrier"), Payload::Mandate(may)), "applied");
    assert_eq!(log.say(&user("erin"), propose(proposal())), "applied");
    let opened = log.last;
    assert_eq!(vote(&mut log, &user("erin"), opened, deviation.digest(), Choice::Yes), "not_entitled");
    assert_eq!(vote(&mut log, &admin("carrier"), opened, [7; 32], Choice::Yes), "not_in_state(/document)");
    assert_eq!(vote(&mut log, &admin("shipper"), opened, deviation.digest(), Choice::No), "applied");
    // One no of two: all can say yes no more.
    assert_eq!(log.state.closed_ballots()[0].2, Standing::Rejected);
    let late = vote(&mut log, &admin("carrier"), opened, deviation.digest(), Choice::Yes);
    assert_eq!(late, format!("ballot_closed({opened})"));
    assert!(!parts(&log).contains(&"changes".to_owned()));
}

#[test]
fn only_the_parties_of_the_ballot_vote() {
    let text = CARD.replace("who: [shipper, carrier]", "who: [shipper]");
    assert_ne!(text, CARD);
    let mut log = trading(&text);
    let deviation = surcharge(&log);
    let proposal = proposed(&log, &deviation);
    assert_eq!(log.say(&admin("carrier"), propose(proposal.clone())), "not_entitled");
    assert_eq!(log.say(&admin("shipper"), propose(proposal)), "applied");
    let opened = log.last;
    assert_eq!(vote(&mut log, &admin("carrier"), opened, deviation.digest(), Choice::Yes), "not_entitled");
    assert_eq!(vote(&mut log, &admin("shipper"), opened, deviation.digest(), Choice::Yes), "applied");
    assert_eq!(log.state.process().unwrap().deviations().len(), 1);
}

#[test]
fn a_ballot_ends_at_its_deadline_whether_or_not_anybody_says_so() {
    let mut log = trading(CARD);
    let deviation = surcharge(&log);
    let proposal = proposed(&log, &deviation);
    assert_eq!(log.say(&admin("carrier"), propose(proposal)), "applied");
    let opened = log.last;
    let deadline = log.state.ballots()[&opened].ballot.terms().deadline;
    assert_eq!(deadline, at(log.now.millis() - at(0).millis() + 7 * DAY));
    let mut in_time = log.clone();
    assert_eq!(vote(&mut log, &admin("carrier"), opened, deviation.digest(), Choice::Yes), "applied");
    log.now = deadline;
    let late = vote(&mut log, &admin("shipper"), opened, deviation.digest(), Choice::Yes);
    assert_eq!(late, format!("ballot_closed({opened})"));
    // A step of anybody ends it too, and a vote that says it is earlier comes too late after it.
    in_time.now = deadline;
    assert_eq!(book(&mut in_time), "applied");
    assert_eq!(in_time.state.closed_ballots()[0].2, Standing::Lapsed);
    in_time.now = at(1);
    let late = vote(&mut in_time, &admin("carrier"), opened, deviation.digest(), Choice::Yes);
    assert_eq!(late, format!("ballot_closed({opened})"));
}

#[test]
fn a_proposal_is_about_the_scenario_that_runs_and_sound() {
    let mut log = trading(CARD);
    let deviation = surcharge(&log);
    let good = proposed(&log, &deviation);
    let mut say = |change: &dyn Fn(&mut Propose)| {
        let mut one = good.clone();
        change(&mut one);
        log.say(&admin("carrier"), propose(one))
    };
    assert_eq!(say(&|one| one.of = Digest::of(b"another")), "not_in_state(/of)");
    assert_eq!(
        say(&|one| one.document = json(r#"{"scenario":"countersign/deviation/v1"}"#)),
        "invalid_data(/document)"
    );
    // The same deviation in words for people is not the canonical one.
    assert_eq!(
        say(&|one| {
            if let Json::Map(members) = &mut one.document {
                members.insert("title".into(), Json::text("Fuel surcharge for the peak season"));
            }
        }),
        "invalid_data(/document)"
    );
    // Updates are not agreed on in this contract.
    let empty = json(r#"{"a":1}"#);
    assert_eq!(say(&|one| (one.change, one.to) = (ChangeKind::Update, Some(empty.clone()))), "not_entitled");
    assert_eq!(say(&|one| one.change = ChangeKind::Dispute), "malformed(entry)");
    assert_eq!(say(&|one| one.to = Some(empty.clone())), "malformed(to)");
    let unknown = StatementId::new(Digest::of(b"nothing"));
    let disputes = say(&|one| (one.change, one.entry) = (ChangeKind::Dispute, Some(unknown)));
    assert_eq!(disputes, format!("unknown_statement({unknown})"));
    for _ in 0..BALLOTS_MAX {
        assert_eq!(say(&|_| {}), "applied");
    }
    assert_eq!(say(&|_| {}), "limit");
    // 1 MiB is more than a payload may be.
    let long = Json::text("x".repeat(1 << 20));
    assert_eq!(say(&|one| one.document = Json::map([("title", long.clone())])), "malformed(json)");
    assert_eq!(card().say(&admin("carrier"), propose(good.clone())), "applied");
}

#[test]
fn two_proposals_of_one_name_and_the_second_waits() {
    let mut log = trading(CARD);
    let deviation = surcharge(&log);
    let mut opened = Vec::new();
    for voice in [admin("carrier"), admin("shipper")] {
        let proposal = proposed(&log, &deviation);
        assert_eq!(log.say(&voice, propose(proposal)), "applied");
        opened.push(log.last);
    }
    for proposal in &opened {
        assert_eq!(vote(&mut log, &admin("carrier"), *proposal, deviation.digest(), Choice::Yes), "applied");
    }
    assert_eq!(vote(&mut log, &admin("shipper"), opened[0], deviation.digest(), Choice::Yes), "applied");
    // The vote that decides is rejected where the change does not fit, and the ballot stays open.
    assert_eq!(vote(&mut log, &admin("shipper"), opened[1], deviation.digest(), Choice::Yes), "not_in_state");
    assert_eq!(log.say(&admin("carrier"), response_of("carrier", "ask", None, r#"{"percent":"1"}"#)), "applied");
    assert_eq!(log.say(&admin("shipper"), response_of("shipper", "answer", Some("accept"), "null")), "applied");
    assert_eq!(vote(&mut log, &admin("shipper"), opened[1], deviation.digest(), Choice::Yes), "applied");
    assert_eq!(log.say(&admin("carrier"), response_of("carrier", "ask", None, r#"{"percent":"2"}"#)), "applied");
}

#[test]
fn an_update_moves_the_contract_and_ends_what_was_proposed_for_the_old_scenario() {
    let mut log = trading(&CARD.replace("update: none", "update: {who: everyone, need: majority, within: P1D}"));
    assert_eq!(book(&mut log), "applied");
    let deviation = surcharge(&log);
    let first = proposed(&log, &deviation);
    assert_eq!(log.say(&admin("carrier"), propose(first)), "applied");
    let old_ballot = log.last;
    let second = CARD
        .replace("name: rate_card", "name: rate_card_two")
        .replace("    title: Carrier\n", "    title: Carrier\n  auditor:\n    title: Auditor\n    joins: invitation\n")
        .replace("\nactions:\n", "\ncomments: none\nactions:\n");
    let states = "{offering: offering, agreeing: agreeing, trading: offering}";
    let (scenario, update) = update(&log, &second, states, "[{set: vars.bookings, to: \"[]\"}]");
    let proposal = updating(&log, &scenario, &update);
    assert_eq!(log.say(&admin("shipper"), propose(proposal)), "applied");
    let opened = log.last;
    assert_eq!(vote(&mut log, &admin("shipper"), opened, update.digest(), Choice::Yes), "applied");
    assert_eq!(vote(&mut log, &admin("carrier"), opened, update.digest(), Choice::Yes), "applied");
    let process = log.state.process().unwrap();
    assert_eq!((process.state(), process.scenario().name()), ("offering", "rate_card_two"));
    assert_eq!(process.vars().to_plain(), json(r#"{"bookings":[]}"#));
    assert_eq!(log.state.entered_by("main"), Some(log.last));
    let late = vote(&mut log, &admin("carrier"), old_ballot, deviation.digest(), Choice::Yes);
    assert_eq!(late, format!("ballot_closed({old_ballot})"));
    assert_eq!(parts(&log)[0], "changes");
    // What the new scenario says of actors and comments holds, not what the first one said.
    assert_eq!(log.say(&admin("carrier"), invite("auditor", 99)), "applied");
    let comment = Comment { text: "hm".into(), media: "text/plain".into(), attachments: Vec::new() };
    assert_eq!(log.say(&admin("carrier"), Payload::Comment(comment)), "comments_closed");
}

#[test]
fn an_update_before_the_first_step_begins_the_children_anew() {
    const CHILDREN: &str = "
scenario: countersign/scenario/v1
name: errands
title: Errands
language: en
actors: {owner: {title: Owner}, friend: {title: Friend}}
actions: {stop: {title: Stop, kind: informative, by: owner}}
scenarios:
  errand: {title: An errand, actors: {friend: {title: Friend}}, initial: under_way,
    actions: {done: {title: Done, kind: informative, by: friend}},
    states: {under_way: {title: Under way, transitions: [{on: done, goto: over}]}, over: {title: Over, final: success}}}
initial: open
states:
  open: {title: Open, start: [{child: shop, scenario: errand}], transitions: [{on: stop, goto: closed}]}
  closed: {title: Closed, final: success}
";
    let mut log = Log::new(&Founding::new(CHILDREN, &["owner", "friend"], &[("owner", "owner"), ("friend", "friend")]));
    let before = log.state.process().unwrap().entries()["main/shop"];
    let (scenario, update) =
        update(&log, &CHILDREN.replace("title: Errands", "title: More errands"), "{open: open}", "[]");
    let proposal = updating(&log, &scenario, &update);
    assert_eq!(log.say(&admin("owner"), propose(proposal)), "applied");
    let opened = log.last;
    assert_eq!(vote(&mut log, &admin("owner"), opened, update.digest(), Choice::Yes), "applied");
    assert_eq!(vote(&mut log, &admin("friend"), opened, update.digest(), Choice::Yes), "applied");
    // Another errand of the same name, though no step lies between the two.
    assert_ne!(log.state.process().unwrap().entries()["main/shop"], before);
    assert_eq!(log.state.entered_by("main/shop"), Some(log.last));
}

#[test]
fn a_dispute_names_an_earlier_statement_and_history_stays() {
    let mut log = trading(CARD);
    assert_eq!(book(&mut log), "applied");
    let booked = log.last;
    let deviation = surcharge(&log);
    let proposal = Propose { change: ChangeKind::Dispute, entry: Some(booked), ..proposed(&log, &deviation) };
    assert_eq!(log.say(&admin("shipper"), propose(proposal)), "applied");
    let opened = log.last;
    assert_eq!(log.state.ballots()[&opened].entry, Some(booked));
    for name in ["shipper", "carrier"] {
        assert_eq!(vote(&mut log, &admin(name), opened, deviation.digest(), Choice::Yes), "applied");
    }
    let process = log.state.process().unwrap();
    assert_eq!((process.history().len(), process.deviations().len()), (3, 1));
}

#[test]
fn a_rejected_vote_changes_nothing_but_the_time() {
    let mut log = trading(CARD);
    let deviation = surcharge(&log);
    let proposal = proposed(&log, &deviation);
    assert_eq!(log.say(&admin("carrier"), propose(proposal)), "applied");
    let opened = log.last;
    let hash = |log: &Log| {
        let parts = log.state.sub_hashes();
        parts.into_iter().filter(|(name, _)| ["changes", "process:main"].contains(&name.as_str())).collect::<Vec<_>>()
    };
    let before = hash(&log);
    assert_eq!(vote(&mut log, &admin("carrier"), opened, [0; 32], Choice::Yes), "not_in_state(/document)");
    assert_eq!(hash(&log), before);
    let whole = log.state.hash();
    assert_eq!(vote(&mut log, &admin("carrier"), opened, deviation.digest(), Choice::Yes), "applied");
    assert_ne!(hash(&log), before);
    assert_ne!(log.state.hash(), whole);
}
