//! What bundles prove, and what they say that they do not.

use std::collections::{BTreeMap, BTreeSet};

use countersign_chain::Genesis;
use countersign_codec::Json;
use countersign_contract::{Erase, Payload, commitment_text};
use countersign_payload::{ErasureReceipt, Heading, content_hash};
use countersign_proof::{BuildError, Bundle, Disclosure, Fault, RedactError, Section, Selection, Target, verify};
use countersign_types::{ContractId, Count, Signed, StatementId};

use crate::people::{admin, key, mandate, party, person};
use crate::story::{Story, appraisal, codes, damage, fact, lease, loan, response};

fn proven(bundle: &Bundle) -> countersign_proof::Verdict {
    let verdict = verify(&bundle.to_bytes(), Some(bundle.contract()));
    assert_eq!(verdict.finding, None);
    verdict
}

#[test]
fn the_whole_lease_is_proven_and_computed_again() {
    let lease = lease();
    let bundle = lease.story.bundle("tenant", &Selection::all()).unwrap();
    let verdict = proven(&bundle);
    let expected = [
        "contract",
        "final",
        "member_record",
        "member_record",
        "statement",
        "statement",
        "statement",
        "statement",
        "statement",
        "recomputed",
    ];
    assert_eq!(codes(&verdict.proven), expected);
    assert_eq!(codes(&verdict.not_proven), ["persons_unknown", "time_declared", "newer_unknown"]);
    let draft = &verdict.proven[4];
    assert_eq!(fact(draft, "statement").as_text(), Some(lease.draft.to_string().as_str()));
    assert_eq!(fact(draft, "acting_for").as_list().unwrap(), [Json::text(party("landlord").to_string())]);
    assert_eq!(fact(draft, "mandates").as_list().unwrap(), [Json::text(lease.mandate.to_string())]);
    assert_eq!(fact(draft, "data").get("rent").and_then(Json::as_text), Some("950.00"));
    assert!(draft.text.contains("took the action `draft` “Draft the lease” as `employee`"), "{}", draft.text);
    assert_eq!(fact(&verdict.proven[9], "what").as_text(), Some("state"));
    assert_eq!(Bundle::from_bytes(&bundle.to_bytes()), Ok(bundle));
}

#[test]
fn members_of_a_group_are_proven_by_number_with_the_mandate_for_the_group() {
    let bundle = loan().bundle("owner", &Selection::all()).unwrap();
    let verdict = proven(&bundle);
    let said: Vec<_> = verdict.proven.iter().filter(|sentence| sentence.code == "statement").collect();
    let pledged: Vec<_> = said.iter().filter(|sentence| sentence.text.contains("`pledge`")).collect();
    assert_eq!(pledged.len(), 2);
    assert!(pledged[0].text.contains("as `sureties.1`"), "{}", pledged[0].text);
    assert_eq!(fact(pledged[0], "acting_for").as_list().unwrap(), [Json::text(party("smith").to_string())]);
    assert_eq!(fact(pledged[0], "mandates").as_list().unwrap().len(), 1);
    assert_eq!(fact(pledged[1], "attachments").as_list().unwrap().len(), 2, "{:?}", pledged[1]);
    assert!(said.iter().any(|sentence| sentence.text.contains("as `all.1`")), "{said:?}");
    assert!(codes(&verdict.proven).contains(&"recomputed"), "{:?}", codes(&verdict.proven));
}

#[test]
fn one_statement_is_proven_without_the_others() {
    let lease = lease();
    let bundle = lease.story.bundle("bank", &Selection::only([lease.guarantee])).unwrap();
    assert_eq!(bundle.claims.len(), 1);
    let verdict = proven(&bundle);
    assert_eq!(codes(&verdict.proven), ["contract", "final", "member_record", "member_record", "statement"]);
    let missing = ["persons_unknown", "time_declared", "newer_unknown", "entries_not_shown", "state_not_recomputed"];
    assert_eq!(codes(&verdict.not_proven), missing);
    assert_eq!(fact(&verdict.not_proven[3], "entries"), &Json::Int(4));
}

#[test]
fn without_the_id_of_the_contract_the_keys_say_so() {
    let lease = lease();
    let bytes = lease.story.bundle("bank", &Selection::all()).unwrap().to_bytes();
    let verdict = verify(&bytes, None);
    assert!(verdict.is_proven());
    assert_eq!(verdict.not_proven[0].code, "contract_not_compared");
    assert!(verdict.not_proven[0].text.contains("these keys say so"));
    let other = ContractId::new(countersign_crypto::Digest::of(b"other"));
    let finding = verify(&bytes, Some(other)).finding.unwrap();
    assert_eq!((finding.section, finding.fault), (Section::Genesis, Fault::OtherContract));
}

#[test]
fn redacted_bundles_verify() {
    let lease = lease();
    let mut bundle = lease.story.bundle("bank", &Selection::all()).unwrap();
    let whole = bundle.clone();
    bundle.redact(&[Target::Payload(lease.text)]).unwrap();
    let verdict = proven(&bundle);
    // An attachment is never read by the state.
    assert_eq!(codes(&verdict.proven).last(), Some(&"recomputed"));
    assert_eq!(codes(&verdict.not_proven).last(), Some(&"payload_not_shown"));

    let genesis = bundle.genesis.payload;
    bundle
        .redact(&[Target::Statement(lease.draft), Target::Payload(genesis), Target::Statement(lease.mandate)])
        .unwrap();
    let verdict = proven(&bundle);
    assert!(!codes(&verdict.proven).contains(&"recomputed"));
    assert_eq!(codes(&verdict.not_proven).iter().filter(|code| **code == "payload_not_shown").count(), 3);
    let bytes = bundle.to_bytes();
    for secret in [&b"950.00"[..], b"%PDF", b"Lease of a dwelling", b"\"limits\""] {
        let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
        assert!(holds(&whole.to_bytes()) && !holds(&bytes), "{}", String::from_utf8_lossy(secret));
    }

    let stranger = StatementId::new(countersign_crypto::Digest::of(b"stranger"));
    let before = bundle.clone();
    assert_eq!(bundle.redact(&[Target::Statement(stranger)]), Err(RedactError::NotHere));
    let identity = bundle.members[0].entry.statement;
    let both = [Target::Statement(lease.review), Target::Statement(identity)];
    assert_eq!(bundle.redact(&both), Err(RedactError::Needed));
    assert_eq!(bundle, before, "on an error nothing is changed");
}

#[test]
fn a_long_attachment_stands_apart_and_can_be_put_in() {
    let lease = lease();
    let whole = lease.story.bundle("bank", &Selection::all()).unwrap();
    let draft = whole.claims.iter().position(|record| record.entry.statement == lease.draft).unwrap();
    let Disclosure::Open(text) = whole.claims[draft].attachments[0].clone() else { panic!() };
    let heading = Heading { salt: *text.salt(), bytes: text.bytes().len() as u64, content: content_hash(text.bytes()) };
    let mut bundle = whole.clone();
    bundle.claims[draft].attachments[0] = Disclosure::Apart(heading.clone());
    assert_eq!(bundle.apart(), std::slice::from_ref(&heading));
    let verdict = proven(&bundle);
    let sentence = verdict.not_proven.last().unwrap();
    assert_eq!((sentence.code, fact(sentence, "why").as_text()), ("payload_not_shown", Some("apart")));
    assert!(sentence.text.contains("its content hash is"), "{}", sentence.text);
    assert_eq!(codes(&verdict.proven).last(), Some(&"recomputed"));

    let mut verdict = proven(&bundle);
    assert!(bundle.recognise(&mut verdict, "lease.pdf", heading.bytes, &heading.content));
    assert_eq!(fact(verdict.proven.last().unwrap(), "statement").as_text(), Some(lease.draft.to_string().as_str()));
    assert!(!bundle.recognise(&mut verdict, "lease.pdf", heading.bytes + 1, &heading.content));

    let other = countersign_payload::Opening::new([1; 32], &b"another file"[..]);
    assert!(!bundle.clone().include(&other));
    let mut forged = bundle.clone();
    forged.claims[draft].attachments[0] = Disclosure::Apart(Heading { bytes: heading.bytes + 1, ..heading });
    let finding = verify(&forged.to_bytes(), None).finding.unwrap();
    assert_eq!((finding.fault, finding.object), (Fault::BadOpening, format!("claims[{draft}].attachments[0]")));
    assert!(bundle.include(&text));
    assert_eq!((bundle.apart(), &bundle), (Vec::new(), &whole));
}

#[test]
fn erased_attachments_leave_a_proof_with_the_words_of_those_who_erased() {
    let mut lease = lease();
    let commitment = lease.text;
    let erase = Erase { commitments: vec![commitment], reason: "GDPR 17".into() };
    let asked = lease.story.says("landlord", admin("landlord"), Payload::Erase(erase));
    lease.story.erase(&["tenant", "bank"], asked, commitment);
    let bundle = lease.story.bundle("bank", &Selection::all()).unwrap();
    let verdict = proven(&bundle);
    let erased = verdict.proven.iter().find(|sentence| sentence.code == "erased").unwrap();
    assert_eq!(fact(erased, "missing").as_list().unwrap(), [Json::text(party("landlord").to_string())]);
    assert_eq!(fact(erased, "payload").as_text().unwrap(), commitment_text(&commitment));
    // State reads no attachment.
    assert!(verdict.proven.iter().any(|sentence| sentence.code == "recomputed"));

    // The words of a stranger are none.
    lease.story.erase(&["stranger"], asked, commitment);
    let mut bundle = lease.story.bundle("bank", &Selection::all()).unwrap();
    let draft = bundle.claims.iter().position(|record| record.entry.statement == lease.draft).unwrap();
    assert_eq!(bundle.claims[draft].attachments[0], Disclosure::Redacted);
    bundle.claims[draft].attachments[0] = Disclosure::Erased(lease.story.erased[&commitment].clone());
    let refused = |bundle: &Bundle| {
        let finding = verify(&bundle.to_bytes(), None).finding.unwrap();
        assert_eq!(finding.object, "claims[0].attachments[0]");
        finding.fault
    };
    assert_eq!(refused(&bundle), Fault::BadSignature);
    // Nor are words about another payload, or in another contract.
    let word = |commitment, contract| {
        let (party, time) = (party("bank"), bundle.genesis.time);
        let (count, commitments) = (Count::new(99), vec![commitment]);
        let receipt = ErasureReceipt { contract, statement: asked, party, count, commitments, time };
        Disclosure::Erased(vec![Signed::sign(receipt, &key("bank", "node"))])
    };
    let words = [
        (word(lease.story.commitment("bank", &lease.draft), bundle.contract()), Fault::BadOpening),
        (word(commitment, ContractId::new(countersign_crypto::Digest::of(b"other"))), Fault::BadSignature),
    ];
    for (word, fault) in words {
        bundle.claims[draft].attachments[0] = word;
        assert_eq!(refused(&bundle), fault);
    }
}

#[test]
fn a_newcomer_signs_for_what_came_after_it() {
    let story = appraisal();
    let bundle = story.bundle("smith", &Selection::all()).unwrap();
    let verdict = proven(&bundle);
    assert_eq!(fact(&verdict.proven[1], "members").as_list().unwrap().len(), 3);
    let confirm = verdict.proven.iter().find(|sentence| sentence.facts.get("member").is_some()).unwrap();
    assert_eq!(fact(confirm, "member").as_text(), Some(party("smith").to_string().as_str()));
    assert_eq!(fact(confirm, "inviter").as_text(), Some(party("owner").to_string().as_str()));
    assert_eq!(verdict.proven.last().unwrap().code, "recomputed");
    assert_eq!(story.bundle("owner", &Selection::all()).unwrap().checkpoint, bundle.checkpoint);
}

/// A role that an effect opened waits for its party, and that is a part of the state that all signed for.
#[test]
fn a_role_that_waits_and_whoever_came_are_computed_again() {
    for come in [false, true] {
        let bundle = damage(come).bundle("owner", &Selection::all()).unwrap();
        let verdict = proven(&bundle);
        assert_eq!(verdict.proven.last().unwrap().code, "recomputed");
        let names: Vec<&str> = bundle.finality.anchors[0].parts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.contains(&"invited"), !come, "{names:?}");
    }
}

/// The bank is away; landlord and tenant go on, with new mandates: their last receipts are for more than is final.
fn ahead() -> (Story, u64) {
    let mut story = lease().story;
    let landlord = admin("landlord");
    let checkpoint = story.bundle("tenant", &Selection::all()).unwrap().checkpoint.position.get();
    story.offline.insert(party("bank"));
    story.says("landlord", landlord, Payload::Mandate(mandate("erin", r#"{"actors":"all","actions":"all"}"#)));
    story.says("tenant", admin("tenant"), Payload::Tick("main".into()));
    (story, checkpoint)
}

#[test]
fn members_who_signed_for_more_prove_the_beginning_of_it() {
    let (story, checkpoint) = ahead();
    let bundle = story.bundle("tenant", &Selection::all()).unwrap();
    assert_eq!(bundle.checkpoint.position.get(), checkpoint);
    let positions: Vec<u64> = bundle.finality.anchors.iter().map(|anchor| anchor.position.get()).collect();
    assert_eq!(positions, [checkpoint, checkpoint + 2]);
    assert_eq!(bundle.finality.anchors[1].later.len(), 1);
    let verdict = proven(&bundle);
    assert_eq!(verdict.proven.last().unwrap().code, "recomputed");
}

/// All speak at once, messages overtake each other, branches lose: at every moment, whatever a node holds as final it
/// can prove, and nobody proves anything else for the same place.
#[test]
fn what_is_final_can_be_proven_at_every_moment() {
    let names = ["landlord", "tenant", "bank"];
    let mut seen = (BTreeSet::new(), BTreeSet::new(), 0);
    for seed in 0..3_u64 {
        let mut chance = seed;
        let mut below = |max: usize| {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((chance >> 33) as usize) % max
        };
        let mut story = Story::found(crate::story::LEASE, &names, &names.map(|name| (name, name)));
        let mut proved = BTreeMap::new();
        for round in 0..4 {
            for name in names {
                let said = match (name, round) {
                    ("landlord", 0) => Payload::Identity(person("erin")),
                    ("landlord", _) => Payload::Mandate(mandate("erin", r#"{"actors":"all","actions":"all"}"#)),
                    _ => Payload::Tick("main".into()),
                };
                story.submits(name, admin(name), said, Vec::new());
            }
            // Some is said before all was heard.
            for _ in 0..40 {
                match story.on_their_way() {
                    0 => story.run(20),
                    count => story.deliver(below(count)),
                }
                let name = names[below(3)];
                let Ok(bundle) = story.bundle(name, &Selection::all()) else { continue };
                proven(&bundle);
                let checkpoint = &bundle.checkpoint;
                let known = proved.entry(checkpoint.position).or_insert_with(|| checkpoint.clone());
                assert_eq!(known, checkpoint);
                seen.0.insert(bundle.finality.certificate.view);
                seen.1.insert(bundle.finality.anchors.len());
                seen.2 += bundle.finality.anchors.iter().map(|anchor| anchor.later.len()).sum::<usize>();
            }
        }
        story.run(3_600_000);
        proven(&story.bundle("bank", &Selection::all()).unwrap());
    }
    let (views, anchors, later) = seen;
    assert!(views.len() > 1 && anchors.len() > 1 && later > 0, "too quiet: {views:?} {anchors:?} {later}");
}

#[test]
fn a_bundle_begins_with_something_final() {
    let mut story = Story::found(crate::story::NOTE, &["writer", "reader"], &[("writer", "writer")]);
    assert_eq!(story.bundle("writer", &Selection::all()), Err(BuildError::NothingFinal));
    story.offline.insert(party("reader"));
    let written = story.says("writer", admin("writer"), response("writer", "write", None, "{}"));
    assert_eq!(story.bundle("writer", &Selection::all()), Err(BuildError::NothingFinal));
    story.offline.clear();
    story.run(3_600_000);
    assert!(story.bundle("writer", &Selection::only([written])).is_ok());
    let genesis = StatementId::new(*Genesis::contract(&story.genesis).digest());
    assert_eq!(story.bundle("writer", &Selection::only([genesis])), Err(BuildError::NotFinal(genesis)));
}

#[test]
fn a_key_that_is_not_held_any_more_is_missed() {
    let mut lease = lease();
    let identity = lease.story.bundle("bank", &Selection::all()).unwrap().members[0].entry.statement;
    let commitment = lease.story.commitment("bank", &identity);
    lease.story.erase(&["bank"], identity, commitment);
    assert_eq!(lease.story.bundle("bank", &Selection::all()), Err(BuildError::Missing(identity)));
}
