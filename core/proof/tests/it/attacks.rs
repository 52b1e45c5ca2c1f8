//! Liars with the keys of all members but one, who write the file as they like, checksum included.

use std::collections::BTreeSet;

use countersign_chain::{Receipt, Statement};
use countersign_codec::Encode;
use countersign_crypto::Digest;
use countersign_merkle::{Proof, Tree};
use countersign_payload::Opening;
use countersign_proof::{Bundle, Disclosure, Fault, Selection, Target, verify};
use countersign_types::{Code, EpochNumber, Outcome, Signed};

use crate::people::{admin, key, mandate, party};
use crate::story::{Story, appraisal, codes, lease, lease_after_dismissal, response};

fn refused(bundle: &Bundle) -> (String, Fault) {
    let verdict = verify(&bundle.to_bytes(), None);
    assert!(verdict.proven.is_empty());
    let finding = verdict.finding.expect("it must not hold");
    (finding.object, finding.fault)
}

fn refuses(bundle: &Bundle, change: impl FnOnce(&mut Bundle), object: &str, fault: Fault) {
    let mut changed = bundle.clone();
    change(&mut changed);
    assert_eq!(refused(&changed), (object.to_owned(), fault));
}

/// The receipt of a liar, signed again with its own key.
fn sign_again(bundle: &mut Bundle, liars: &[&str], change: impl Fn(&mut Receipt)) {
    for receipt in &mut bundle.finality.certificate.receipts {
        if let Some(liar) = liars.iter().find(|liar| party(liar) == receipt.party) {
            let mut value = receipt.value().clone();
            change(&mut value);
            *receipt = Signed::sign(value, &key(liar, "node"));
        }
    }
}

#[test]
fn what_is_left_out_of_the_members_records_is_missed() {
    let story = lease_after_dismissal();
    let bundle = story.bundle("bank", &Selection::only([])).unwrap();
    assert!(verify(&bundle.to_bytes(), None).is_proven());
    let kinds: Vec<_> = bundle.members.iter().map(|record| record.statement.kind.as_str()).collect();
    assert_eq!(kinds, ["identity", "mandate", "mandate_revoke", "key_rotate"]);
    // The mandate alone: its revocation then revokes nothing.
    refuses(&bundle, |it| drop(it.members.remove(1)), "members[1]", Fault::MembersIncomplete);
    // Whoever looks for a mandate in force must not be shown one that was taken back.
    refuses(&bundle, |it| drop(it.members.remove(2)), "members", Fault::MembersIncomplete);
    refuses(&bundle, |it| drop(it.members.remove(3)), "members", Fault::MembersIncomplete);
    refuses(&bundle, |it| drop(it.members.drain(..)), "members", Fault::MembersIncomplete);
    refuses(&bundle, |it| it.claims.push(it.members.remove(1)), "claims[0]", Fault::Mismatch);
    refuses(&bundle, |it| it.members.swap(1, 2), "members[2].entry", Fault::BadOrder);
    refuses(&bundle, |it| it.members[0].payload = Disclosure::Redacted, "members[0].payload", Fault::MembersIncomplete);
}

/// Whoever hides one record of mandates could drop another unseen: then no mandate is said to have been in force.
#[test]
fn hidden_mandates_make_none_look_in_force() {
    let story = lease_after_dismissal();
    let mut bundle = story.bundle("bank", &Selection::all()).unwrap();
    let mandated = |bundle: &Bundle| {
        let verdict = verify(&bundle.to_bytes(), None);
        assert!(verdict.is_proven(), "{:?}", verdict.finding);
        let complete = !codes(&verdict.not_proven).contains(&"mandates_not_complete");
        (complete, verdict.proven.iter().any(|sentence| sentence.facts.get("mandates").is_some()))
    };
    assert_eq!(mandated(&bundle), (true, true));
    let revocation = bundle.members[2].entry.statement;
    bundle.redact(&[Target::Statement(revocation)]).unwrap();
    assert_eq!(mandated(&bundle), (false, false));
    let verdict = verify(&bundle.to_bytes(), None);
    assert!(verdict.proven.iter().any(|sentence| sentence.text.contains("took a mandate back; which one is left out")));

    let mut bundle = story.bundle("bank", &Selection::all()).unwrap();
    bundle.redact(&[Target::Statement(bundle.members[1].entry.statement)]).unwrap();
    bundle.members.remove(2);
    assert_eq!(mandated(&bundle), (false, false));
}

#[test]
fn a_certificate_needs_every_member_and_every_seal() {
    let lease = lease();
    let bundle = lease.story.bundle("landlord", &Selection::all()).unwrap();
    let drop_one = |it: &mut Bundle| {
        it.finality.certificate.receipts.remove(1);
        it.finality.seals.remove(1);
    };
    refuses(&bundle, drop_one, "certificate.receipts", Fault::NotFinal);
    refuses(
        &bundle,
        |it| it.finality.certificate.receipts[1] = it.finality.certificate.receipts[0].clone(),
        "certificate.receipts",
        Fault::NotFinal,
    );
    for liar in ["landlord", "tenant", "bank"] {
        let index = bundle.finality.certificate.receipts.iter().position(|receipt| receipt.party == party(liar));
        let object = format!("certificate.receipts[{}]", index.unwrap());
        let unsealed = |it: &mut Bundle| sign_again(it, &[liar], |receipt| receipt.sealed = None);
        refuses(&bundle, unsealed, &object, Fault::NotFinal);
        let early = |it: &mut Bundle| {
            sign_again(it, &[liar], |receipt| {
                let seal = receipt.sealed.as_mut().unwrap();
                seal.position = seal.position.previous().unwrap();
            });
        };
        refuses(&bundle, early, &object, Fault::NotFinal);
        let other_view = |it: &mut Bundle| {
            let opens = Receipt::id(&it.finality.certificate.receipts[0]);
            sign_again(it, &[liar], |receipt| (receipt.view, receipt.opens) = (receipt.view.next(), Some(opens)));
        };
        refuses(&bundle, other_view, &object, Fault::Mismatch);
        let elsewhere = |it: &mut Bundle| {
            sign_again(it, &[liar], |receipt| receipt.contract = countersign_types::ContractId::new(Digest::of(b"x")));
        };
        refuses(&bundle, elsewhere, &object, Fault::Mismatch);
        let other_epoch = |it: &mut Bundle| sign_again(it, &[liar], |receipt| receipt.epoch = EpochNumber::new(1));
        refuses(&bundle, other_epoch, &object, Fault::MembersIncomplete);
        let off_path = |it: &mut Bundle| {
            sign_again(it, &[liar], |receipt| {
                receipt.sealed.as_mut().unwrap().entry = countersign_types::EntryId::new(Digest::of(b"x"));
            });
        };
        refuses(&bundle, off_path, &object.replace("receipts", "seals"), Fault::BadPath);
    }
    // A key that is no member's.
    let forged = |it: &mut Bundle| {
        let receipt = &mut it.finality.certificate.receipts[0];
        *receipt = Signed::sign(receipt.value().clone(), &key("stranger", "node"));
    };
    refuses(&bundle, forged, "certificate.receipts[0]", Fault::BadSignature);
}

/// Changes the outcome of the last entry, and every root and path that follows from it; the liars sign.
fn with_false_outcome(bundle: &Bundle, liars: &[&str]) -> Bundle {
    let mut it = bundle.clone();
    let outcome = Outcome::rejected(Code::known("not_offered"), "");
    it.claims.last_mut().unwrap().outcome = outcome;
    let mut tree = Tree::new();
    let mut records: Vec<_> = it.members.iter_mut().chain(&mut it.claims).collect();
    records.sort_by_key(|record| record.position());
    records.iter().for_each(|record| tree.append(&record.outcome_line().to_bytes()));
    for record in records {
        record.outcome_path = tree.inclusion_proof(record.position().get() - 1, tree.len()).unwrap();
    }
    it.checkpoint.outcomes_root = tree.root();
    let mut anchor = it.finality.anchors[0].clone();
    anchor.parts.iter_mut().find(|(name, _)| name == "outcomes").unwrap().1 = tree.root();
    let hash = anchor.state_hash();
    sign_again(&mut it, liars, |receipt| receipt.state_hash = hash);
    let receipts = &it.finality.certificate.receipts;
    let old_hash = it.finality.anchors[0].state_hash();
    if receipts.iter().all(|receipt| receipt.state_hash != old_hash) {
        it.finality.anchors.clear();
    }
    it.finality.anchors.push(anchor);
    it
}

#[test]
fn all_but_one_cannot_prove_an_outcome_that_the_last_one_did_not_compute() {
    let lease = lease();
    let bundle = lease.story.bundle("landlord", &Selection::all()).unwrap();
    for honest in ["landlord", "tenant", "bank"] {
        let liars: Vec<_> = ["landlord", "tenant", "bank"].into_iter().filter(|name| *name != honest).collect();
        let mut it = with_false_outcome(&bundle, &liars);
        // Two states at one place are not even a bundle.
        assert_eq!(refused(&it), ("certificate".into(), Fault::Malformed));
        it.finality.anchors.remove(0);
        let index = it.finality.certificate.receipts.iter().position(|receipt| receipt.party == party(honest));
        assert_eq!(refused(&it), (format!("certificate.receipts[{}]", index.unwrap()), Fault::Mismatch));
        // Nor does it help to say that the honest one signed for something later.
        let mut it = with_false_outcome(&bundle, &liars);
        it.finality.anchors.pop();
        assert_eq!(refused(&it).1, Fault::Mismatch);
    }
}

/// If everybody lies, signatures cannot tell; computing again can.
#[test]
fn a_whole_log_is_computed_again_even_if_all_members_lie() {
    let lease = lease();
    let bundle = lease.story.bundle("landlord", &Selection::all()).unwrap();
    let lie = with_false_outcome(&bundle, &["landlord", "tenant", "bank"]);
    let last = format!("claims[{}].outcome", lie.claims.len() - 1);
    assert_eq!(refused(&lie), (last, Fault::StateDiffers));
    let mut partial = lie;
    partial.claims.drain(..1);
    let verdict = verify(&partial.to_bytes(), None);
    assert!(verdict.is_proven());
    assert_eq!(codes(&verdict.not_proven).last(), Some(&"state_not_recomputed"));

    let mut lie = bundle;
    let process = lie.finality.anchors[0].parts.iter_mut().find(|(name, _)| name == "process:main").unwrap();
    process.1 = Digest::of(b"another state");
    let hash = lie.finality.anchors[0].state_hash();
    sign_again(&mut lie, &["landlord", "tenant", "bank"], |receipt| receipt.state_hash = hash);
    assert_eq!(refused(&lie), ("checkpoint".into(), Fault::StateDiffers));
}

#[test]
fn a_claim_is_what_its_author_signed_at_its_place() {
    let lease = lease();
    let bundle = lease.story.bundle("landlord", &Selection::all()).unwrap();
    let landlord = key("landlord", "admin");
    // The landlord says in the tenant's name.
    let forged = |it: &mut Bundle| {
        let mut statement = it.claims[2].statement.value().clone();
        statement.time = it.genesis.time;
        it.claims[2].statement = Signed::sign(statement, &landlord);
    };
    refuses(&bundle, forged, "claims[2].entry", Fault::Mismatch);
    let forged_entry = |it: &mut Bundle| {
        forged(it);
        let mut entry = it.claims[2].entry.value().clone();
        entry.statement = Statement::id(&it.claims[2].statement);
        entry.party = party("landlord");
        it.claims[2].entry = Signed::sign(entry, &key("landlord", "node"));
    };
    refuses(&bundle, forged_entry, "claims[2].log_path", Fault::BadPath);
    let by_a_stranger = |it: &mut Bundle| {
        let mut entry = it.claims[2].entry.value().clone();
        entry.party = party("stranger");
        it.claims[2].entry = Signed::sign(entry, &key("stranger", "node"));
    };
    refuses(&bundle, by_a_stranger, "claims[2].entry", Fault::NotEntitled);
    let other_signature = |it: &mut Bundle| {
        let record = &mut it.claims[2];
        record.statement = Signed::sign(record.statement.value().clone(), &landlord);
    };
    refuses(&bundle, other_signature, "claims[2].statement", Fault::BadSignature);
    let other_data = |it: &mut Bundle| {
        let opening = Opening::new([1; 32], response("employee", "draft", None, r#"{"rent":"95.00"}"#).to_bytes());
        it.claims[0].payload = Disclosure::Open(opening);
    };
    refuses(&bundle, other_data, "claims[0].payload", Fault::BadOpening);
    let other_text = |it: &mut Bundle| {
        it.claims[0].attachments[0] = Disclosure::Open(Opening::new([1; 32], b"%PDF another lease".to_vec()));
    };
    refuses(&bundle, other_text, "claims[0].attachments[0]", Fault::BadOpening);
    refuses(&bundle, |it| it.claims[0].attachments.clear(), "claims[0].attachments", Fault::Mismatch);
    refuses(&bundle, |it| it.claims[1].payload = Disclosure::Absent, "claims[1].payload", Fault::BadOpening);
    refuses(
        &bundle,
        |it| it.claims[1].outcome = Outcome::rejected(Code::known("void"), ""),
        "claims[1].outcome",
        Fault::BadPath,
    );
    refuses(&bundle, |it| it.claims.push(it.claims[4].clone()), "claims[5].entry", Fault::BadOrder);
    refuses(&bundle, |it| it.claims[1].log_path = Proof::default(), "claims[1].log_path", Fault::BadPath);
    let other_charter = |it: &mut Bundle| it.charter = Disclosure::Open(Opening::new([1; 32], b"{}".to_vec()));
    refuses(&bundle, other_charter, "genesis.charter", Fault::BadOpening);
}

#[test]
fn a_newcomer_who_is_hidden_is_missed_by_whoever_is_honest() {
    let story = appraisal();
    let bundle = story.bundle("owner", &Selection::only([])).unwrap();
    assert!(verify(&bundle.to_bytes(), None).is_proven());
    let hide = |it: &mut Bundle| {
        let smith = it.finality.certificate.receipts.iter().position(|receipt| receipt.party == party("smith"));
        it.finality.certificate.receipts.remove(smith.unwrap());
        it.finality.seals.remove(smith.unwrap());
        it.members.clear();
    };
    refuses(&bundle, hide, "members", Fault::MembersIncomplete);
    // The owner signs that there was no newcomer; the friend, who is honest, signed that there was.
    let with_owner = |it: &mut Bundle| {
        hide(it);
        sign_again(it, &["owner"], |receipt| receipt.epoch = EpochNumber::ZERO);
    };
    refuses(&bundle, with_owner, "members", Fault::MembersIncomplete);
    let confirm_only = |it: &mut Bundle| drop(it.members.drain(..2));
    refuses(&bundle, confirm_only, "members[0]", Fault::MembersIncomplete);
}

#[test]
fn records_after_the_checkpoint_are_missed_and_checked_too() {
    let mut story: Story = lease().story;
    story.offline.insert(party("bank"));
    let powers = mandate("erin", r#"{"actors":"all","actions":"all"}"#);
    story.says("landlord", admin("landlord"), countersign_contract::Payload::Mandate(powers));
    let bundle = story.bundle("tenant", &Selection::only([])).unwrap();
    let positions: BTreeSet<_> = bundle.finality.anchors.iter().map(|anchor| anchor.position).collect();
    assert_eq!((positions.len(), bundle.finality.anchors[1].later.len()), (2, 1));
    assert!(verify(&bundle.to_bytes(), None).is_proven());
    refuses(&bundle, |it| it.finality.anchors[1].later.clear(), "members", Fault::MembersIncomplete);
    let twice = |it: &mut Bundle| {
        let record = it.finality.anchors[1].later[0].clone();
        it.finality.anchors[1].later.push(record);
    };
    refuses(&bundle, twice, "certificate.anchors[1].later[1].entry", Fault::BadOrder);
    let moved = |it: &mut Bundle| {
        let later = it.finality.anchors[1].later.remove(0);
        it.members.push(later);
    };
    refuses(&bundle, moved, "members[2].entry", Fault::BadOrder);
    let unsigned = |it: &mut Bundle| {
        let record = &mut it.finality.anchors[1].later[0];
        record.entry = Signed::sign(record.entry.value().clone(), &key("tenant", "node"));
    };
    refuses(&bundle, unsigned, "certificate.anchors[1].later[0].entry", Fault::BadSignature);
    let path = |it: &mut Bundle| it.finality.anchors[1].log_path = Proof::default();
    refuses(&bundle, path, "certificate.anchors[1].log_path", Fault::BadPath);
    let path = |it: &mut Bundle| it.finality.anchors[1].outcomes_path = Proof::default();
    refuses(&bundle, path, "certificate.anchors[1].outcomes_path", Fault::BadPath);
    let unused = |it: &mut Bundle| {
        let mut anchor = it.finality.anchors[1].clone();
        anchor.position = anchor.position.next();
        it.finality.anchors.push(anchor);
    };
    refuses(&bundle, unused, "certificate.anchors[2].state", Fault::Mismatch);
}
