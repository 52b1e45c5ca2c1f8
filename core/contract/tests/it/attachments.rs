//! Attachments that do not travel with their entries.

use countersign_chain::LogState;
use countersign_payload::Opening;
use countersign_replica::{Level, Refusal, Want};
use countersign_types::{PayloadCommitment, StatementId};

use crate::lease::staffed;
use crate::net::Net;
use crate::people::{party, user};

const LONG: u64 = 9 << 20;

/// A file that is in no replica's memory: its commitment stands for it.
fn long() -> PayloadCommitment {
    Opening::new([8; 32], &b"a long lease"[..]).commitment()
}

/// The landlord's employee drafts the lease with a long text, which only the landlord's node holds.
fn drafts_long(net: &mut Net) -> StatementId {
    let payload = crate::log::response_of("employee", "draft", None, r#"{"rent":"900"}"#);
    net.party("landlord").holds(long(), LONG);
    net.party("landlord").names(&user("erin"), payload, "text", (long(), LONG), Vec::new()).unwrap()
}

#[test]
fn an_entry_is_received_once_its_attachment_is_held() {
    let mut net = staffed();
    let draft = drafts_long(&mut net);
    net.run(5_000);
    let want = Want { commitment: long(), bytes: LONG, party: party("landlord") };
    for name in ["tenant", "bank"] {
        assert_eq!(net.replica(name).wants().collect::<Vec<_>>(), [&want]);
        assert_eq!(net.outcome(name, &draft), "not on the log");
    }
    assert_eq!(net.level("landlord", &draft), Level::Local);

    net.party("tenant").holds(long(), LONG);
    net.run(5_000);
    assert_eq!(net.replica("tenant").wants().count(), 0);
    assert_eq!(net.level("landlord", &draft), Level::Delivered);
    // What others say meanwhile has its way; only what rests on the entry waits at the bank.
    net.party("bank").holds(long(), LONG);
    net.settle();
    net.agree();
    assert_eq!(net.process("bank"), "reviewing");
    assert_eq!(net.level("landlord", &draft), Level::Final);
    assert_eq!(net.strikes(), Vec::<String>::new());
}

#[test]
fn what_waits_for_an_attachment_survives_a_restart_and_needs_no_second_copy() {
    let mut net = staffed();
    let draft = drafts_long(&mut net);
    net.run(2_000);
    net.party("landlord").offline();
    net.party("bank").restart();
    assert_eq!(net.replica("bank").wants().count(), 1);
    net.party("bank").holds(long(), LONG);
    assert_eq!(net.outcome("bank", &draft), "applied");
    // Nothing of it is left over.
    net.party("bank").restart();
    assert_eq!(net.replica("bank").wants().count(), 0);
    assert_eq!(net.outcome("bank", &draft), "applied");
}

#[test]
fn a_length_that_is_no_such_payloads_ends_the_wait_and_is_not_taken_for_the_payload() {
    let mut net = staffed();
    let draft = drafts_long(&mut net);
    net.run(2_000);
    net.party("landlord").offline();
    net.party("tenant").measures(long(), LONG + 1);
    assert_eq!(net.replica("tenant").wants().count(), 0);
    assert_eq!(net.outcome("tenant", &draft), "not on the log");
    assert!(!net.replica("tenant").holds(&long()));
    // Nothing of it is left over.
    net.party("tenant").restart();
    assert_eq!(net.replica("tenant").wants().count(), 0);
    // The right length says nothing new.
    net.party("bank").measures(long(), LONG);
    assert_eq!(net.replica("bank").wants().count(), 1);
    assert_eq!(net.outcome("bank", &draft), "not on the log");
}

#[test]
fn an_attachment_of_another_length_is_not_taken_and_one_that_is_missing_not_appended() {
    let mut net = staffed();
    let draft = drafts_long(&mut net);
    net.run(2_000);
    net.party("tenant").holds(long(), LONG + 1);
    net.run(2_000);
    assert_eq!(net.outcome("tenant", &draft), "not on the log");

    let mut net = staffed();
    let payload = || crate::log::response_of("employee", "draft", None, r#"{"rent":"900"}"#);
    let without = net.party("landlord").names(&user("erin"), payload(), "text", (long(), LONG), Vec::new());
    assert_eq!(without, Err(Refusal::BadOpening));
    net.party("landlord").holds(long(), LONG);
    let beyond = net.party("landlord").names(&user("erin"), payload(), "text", (long(), LONG + 1), Vec::new());
    assert_eq!(beyond, Err(Refusal::BadOpening));
    let hash = net.state("landlord").hash();
    assert_eq!(net.state("tenant").hash(), hash);
}
