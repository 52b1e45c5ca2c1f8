//! Attachments go, the log stays.

use countersign_chain::{LogState, StatementKind};
use countersign_contract::{Erase, Payload};
use countersign_crypto::Digest;
use countersign_payload::Opening;
use countersign_replica::{Notice, Refusal};
use countersign_types::{PayloadCommitment, StatementId};

use crate::joining::{confirm, invite, joins};
use crate::lease::{FOUNDERS, reviewed, staffed};
use crate::log::response_of;
use crate::net::Net;
use crate::people::{admin, array, party};
use crate::scenarios::appraisal;

/// What `drafts_lease` attaches for a rent.
fn text(rent: &str) -> Opening {
    Opening::new(array(&format!("text salt {rent}")), format!("%PDF rent {rent}").into_bytes())
}

fn erase(commitments: impl IntoIterator<Item = PayloadCommitment>) -> Payload {
    let mut commitments: Vec<_> = commitments.into_iter().collect();
    commitments.sort_unstable();
    Payload::Erase(Erase { commitments, reason: "GDPR 17(1)(b)".into() })
}

fn rule(result: Result<StatementId, Refusal>) -> String {
    match result {
        Err(Refusal::Rejected { rule, .. }) => rule.to_string(),
        other => format!("{other:?}"),
    }
}

fn signed(net: &Net, at: &str, statement: &StatementId) -> usize {
    net.replica(at).erased_by(statement).len()
}

#[test]
fn every_member_erases_and_signs() {
    let mut net = staffed();
    reviewed(&mut net);
    let text = text("975.50");
    let commitment = text.commitment();
    assert!(FOUNDERS.iter().all(|name| net.has_bytes(name, text.bytes())));
    let before = net.process("bank");
    let asked = net.party("landlord").says(&admin("landlord"), erase([commitment])).unwrap();
    net.settle();
    net.agree();
    for name in FOUNDERS {
        let salt = array::<32>("text salt 975.50");
        assert!(!net.has_bytes(name, text.bytes()) && !net.has_bytes(name, &salt), "{name} has it still");
        assert!(net.replica(name).opening(&commitment).is_none());
        assert_eq!(signed(&net, name, &asked), 3, "{name} does not know who erased");
        let told = net.notices[&party(name)].iter().filter(|notice| matches!(notice, Notice::Erased { .. })).count();
        assert_eq!(told, 3);
    }
    assert_eq!(net.process("bank"), before, "state reads no attachment");
    // Whoever restarts knows the same, and asks its disk for nothing again.
    net.party("tenant").restart();
    net.settle();
    assert_eq!(signed(&net, "tenant", &asked), 3);
    assert!(net.replica("tenant").is_forgotten(&commitment) && !net.replica("tenant").is_erasing());
    net.party("tenant").acts("tenant", "sign").unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.strikes(), Vec::<String>::new());
}

#[test]
fn only_attachments_of_the_own_people_are_erasable() {
    let mut net = staffed();
    reviewed(&mut net);
    let commitment = text("975.50").commitment();
    let draft = net.replica("tenant").knowledge().settled().iter().find_map(|entry| {
        let (_, statement) = net.replica("tenant").knowledge().place(entry)?.content.as_ref()?;
        (statement.kind == StatementKind::Response).then_some(statement.payload)
    });
    let genesis = net.founding.genesis.payload;
    assert_eq!(rule(net.party("tenant").says(&admin("tenant"), erase([commitment]))), "not_yours");
    assert_eq!(rule(net.party("landlord").says(&admin("landlord"), erase(draft))), "not_erasable");
    assert_eq!(rule(net.party("landlord").says(&admin("landlord"), erase([genesis]))), "unknown_payload");
    let unknown = PayloadCommitment::new(Digest::of(b"unknown"));
    assert_eq!(rule(net.party("landlord").says(&admin("landlord"), erase([commitment, unknown]))), "unknown_payload");
    net.settle();
    assert!(net.has_bytes("bank", text("975.50").bytes()));
}

#[test]
fn who_was_away_erases_when_it_is_back() {
    let mut net = staffed();
    reviewed(&mut net);
    let text = text("975.50");
    net.party("bank").offline();
    let asked = net.party("landlord").says(&admin("landlord"), erase([text.commitment()])).unwrap();
    net.settle();
    // Not final without the bank: nobody deletes.
    assert!(net.has_bytes("landlord", text.bytes()) && signed(&net, "landlord", &asked) == 0);
    net.party("bank").back();
    net.run(3_600_000);
    net.agree();
    for name in FOUNDERS {
        assert!(!net.has_bytes(name, text.bytes()) && signed(&net, name, &asked) == 3);
    }
}

#[test]
fn a_node_that_lost_power_while_erasing_finishes() {
    let mut net = staffed();
    reviewed(&mut net);
    let text = text("975.50");
    net.jammed.insert(party("bank"));
    let asked = net.party("landlord").says(&admin("landlord"), erase([text.commitment()])).unwrap();
    net.settle();
    assert!(net.has_bytes("bank", text.bytes()) && net.replica("bank").is_erasing());
    assert!(net.replica("bank").opening(&text.commitment()).is_none(), "memory lets go at once");
    assert_eq!(signed(&net, "tenant", &asked), 2);
    net.jammed.clear();
    net.party("bank").restart();
    net.settle();
    net.agree();
    assert!(!net.has_bytes("bank", text.bytes()));
    assert_eq!(signed(&net, "tenant", &asked), 3);
}

#[test]
fn a_newcomer_gets_the_word_of_those_who_erased() {
    let mut net = Net::new(appraisal(), &["owner"]);
    let file = Opening::new([5; 32], b"%PDF of the house".to_vec());
    let ask = response_of("owner", "ask", None, "{}");
    net.party("owner").attaches(&admin("owner"), ask, "photo", file.clone(), file.bytes().len() as u64).unwrap();
    net.settle();
    let asked = net.party("owner").says(&admin("owner"), erase([file.commitment()])).unwrap();
    net.settle();
    assert!(!net.has_bytes("owner", file.bytes()));
    let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
    joins(&mut net, "owner", invitation, "smith", r#"{"assessor":{"licence":"A1"}}"#).unwrap();
    net.settle();
    assert_eq!(net.state("smith").hash(), net.state("owner").hash(), "it replayed everything");
    net.party("owner").says(&admin("owner"), confirm(invitation)).unwrap();
    net.settle();
    net.agree();
    // A member now, it signs that it holds none either.
    assert_eq!((signed(&net, "smith", &asked), signed(&net, "owner", &asked)), (2, 2));
    assert_eq!(net.strikes(), Vec::<String>::new());
}

#[test]
fn who_waits_for_an_attachment_waits_no_more_once_somebody_says_that_it_is_erased() {
    let mut net = Net::new(appraisal(), &["owner"]);
    let file = Opening::new([5; 32], b"%PDF of the house".to_vec());
    let outside = (file.commitment(), file.bytes().len() as u64);
    net.party("owner").holds(outside.0, outside.1);
    let ask = response_of("owner", "ask", None, "{}");
    net.party("owner").names(&admin("owner"), ask, "photo", outside, Vec::new()).unwrap();
    let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
    net.settle();
    joins(&mut net, "owner", invitation, "smith", r#"{"assessor":{"licence":"A1"}}"#).unwrap();
    net.settle();
    // The newcomer has the entry, and nobody brings the file before it is gone.
    assert_eq!(net.replica("smith").wants().count(), 1);
    net.party("owner").says(&admin("owner"), erase([file.commitment()])).unwrap();
    net.run(3_600_000);
    assert!(!net.replica("owner").holds(&file.commitment()));
    assert_eq!(net.replica("smith").wants().count(), 0);
    assert_eq!(net.state("smith").hash(), net.state("owner").hash());
    assert_eq!(net.strikes(), Vec::<String>::new());
}
