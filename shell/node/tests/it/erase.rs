//! What is erased is in no file of any node, and every member has signed that.

use std::path::Path;
use std::time::Duration;

use countersign_client::Upload;
use countersign_codec::{Encode, Json};
use countersign_contract::{AttachmentRef, Comment, Erase, Payload};
use countersign_crypto::Seed;
use countersign_payload::Opening;
use countersign_proof::verify;
use countersign_types::{PayloadCommitment, to_base32};

use crate::kill;
use crate::lease::{LEASE, nothing, response};
use crate::party::{Party, agree, eventually};

/// A file that stands nowhere else and that no compression shortens.
fn file(number: u8) -> Opening {
    let mut seed = Seed::new([number; 32]);
    let bytes: Vec<u8> =
        (0..if number.is_multiple_of(2) { 6_000 } else { 3 }).flat_map(|_| seed.array::<32>()).collect();
    Opening::new(seed.array(), bytes)
}

fn draft(text: &Opening) -> countersign_contract::Response {
    let mut draft = response("employee", "draft", None, Json::map([("rent", Json::text("950.00"))]));
    let reference = AttachmentRef {
        commitment: text.commitment(),
        name: "lease.pdf".to_owned(),
        media: "application/pdf".to_owned(),
        bytes: text.bytes().len() as u64,
    };
    draft.attachments.insert("text".to_owned(), vec![reference]);
    draft
}

pub fn erase(commitment: PayloadCommitment) -> Payload {
    Payload::Erase(Erase { commitments: vec![commitment], reason: "GDPR 17(1)(b)".to_owned() })
}

/// Whether any file below a folder has a part of the payload, or its salt.
pub fn is_in_a_file(folder: &Path, opening: &Opening) -> bool {
    let salt = opening.to_bytes()[..32].to_vec();
    let bytes = opening.bytes();
    let part = bytes.len().min(48);
    let parts = [salt, bytes[..part].to_vec(), bytes[bytes.len() - part..].to_vec()];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            // Files vanish while the engine works.
            let content = std::fs::read(entry.path()).unwrap_or_default();
            if parts.iter().any(|part| contains(&content, part)) {
                return true;
            }
        }
    }
    false
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window[0] == part[0] && window == part)
}

async fn lease() -> ([Party; 3], String) {
    let landlord = Party::start("landlord", 61, true).await;
    let tenant = Party::start("tenant", 62, true).await;
    let bank = Party::start("bank", 63, true).await;
    let actors = [("landlord", &landlord), ("tenant", &tenant), ("bank", &bank)];
    let lease = landlord.found(LEASE, &[&tenant, &bank], &actors).await;
    tenant.accept(&lease).await;
    bank.accept(&lease).await;
    landlord.mandate(&lease, &["employee", "landlord"]).await;
    ([landlord, tenant, bank], lease)
}

/// Whether a party has the word of each of so many parties for each of so many erasures.
async fn signed_by_all(party: &Party, contract: &str, count: usize, parties: usize) -> bool {
    let view = party.client().contract(contract).await;
    view.is_ok_and(|view| {
        view.erasures.len() == count
            && view.erasures.iter().all(|one| one.erased_by.len() == parties && one.waiting_for.is_empty())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_of_any_node_holds_what_was_erased() {
    let ([mut landlord, mut tenant, bank], lease) = lease().await;
    let (text, kept) = (file(1), file(2));
    landlord.act(&lease, draft(&text), std::slice::from_ref(&text)).await.unwrap();
    let reject = Json::map([("comment", Json::text("Add the garden."))]);
    landlord.act(&lease, response("landlord", "review", Some("reject"), reject), &[]).await.unwrap();
    landlord.act(&lease, draft(&kept), std::slice::from_ref(&kept)).await.unwrap();
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    for party in [&landlord, &tenant, &bank] {
        assert!(is_in_a_file(&party.data(), &text), "the scan does not find what is there");
    }

    // The tenant is away while it is asked.
    tenant.stop().await;
    let refused = bank.say(&lease, bank.id(), &bank.admin, &erase(text.commitment()), &[]).await.unwrap_err();
    assert!(refused.starts_with("not_yours"), "{refused}");
    landlord.say(&lease, landlord.id(), &landlord.admin, &erase(text.commitment()), &[]).await.unwrap();
    let before = landlord.view(&lease).await.erasures.remove(0);
    assert_eq!(
        (before.erased_by.len(), before.payloads[0].held, before.payloads[0].name.as_str()),
        (0, true, "lease.pdf")
    );
    tenant.restart().await;

    for party in [&landlord, &tenant, &bank] {
        eventually("all have signed", async || signed_by_all(party, &lease, 1, 3).await).await;
        assert!(!is_in_a_file(&party.data(), &text), "a byte of it is still there");
        assert!(is_in_a_file(&party.data(), &kept));
        let gone = party.client().payload(&lease, &text.commitment().to_string()).await.unwrap_err();
        assert!(crate::party::told(gone).starts_with("erased"));
        let documents = party.client().documents(&lease).await.unwrap().documents;
        let marks: Vec<_> = documents.iter().map(|file| (file.held, file.erased, file.hash.is_some())).collect();
        assert_eq!(marks, [(true, false, true), (false, true, false)]);
        assert_eq!(
            party.client().payload(&lease, &kept.commitment().to_string()).await.unwrap(),
            kept.bytes().to_vec()
        );
    }
    agree(&lease, &[&landlord, &tenant, &bank]).await;

    // A restart replays the log without it, the story goes on, and a bundle says who erased.
    landlord.restart().await;
    landlord.act(&lease, response("landlord", "review", Some("approve"), nothing()), &[]).await.unwrap();
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    let bundle = bank.client().proof(&lease).await.unwrap();
    let verdict = verify(&bundle, Some(lease.parse().unwrap()));
    assert_eq!(verdict.finding, None);
    let said = verdict.proven.iter().find(|sentence| sentence.code == "erased").unwrap();
    assert!(said.text.contains("that is every member"), "{}", said.text);
    assert!(verdict.proven.iter().any(|sentence| sentence.code == "recomputed"), "state reads no attachment");
    for mut party in [landlord, tenant, bank] {
        party.stop().await;
        assert!(!is_in_a_file(&party.data(), &text), "closing wrote it again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_while_it_erases_finishes() {
    let ([landlord, tenant, mut bank], lease) = lease().await;
    bank.stop().await;
    let mut process = Some(kill::start(&bank).await);
    let mut files = Vec::new();
    for round in 0..5_u8 {
        let text = file(10 + round);
        landlord.act(&lease, draft(&text), std::slice::from_ref(&text)).await.unwrap();
        let reject = Json::map([("comment", Json::text("Once more."))]);
        landlord.act(&lease, response("landlord", "review", Some("reject"), reject), &[]).await.unwrap();
        agree(&lease, &[&landlord, &tenant, &bank]).await;
        landlord.say(&lease, landlord.id(), &landlord.admin, &erase(text.commitment()), &[]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 35)).await;
        drop(process.take());
        process = Some(kill::start(&bank).await);
        files.push(text);
        for party in [&landlord, &tenant, &bank] {
            eventually("all have signed", async || signed_by_all(party, &lease, files.len(), 3).await).await;
        }
        assert!(!files.iter().any(|file| is_in_a_file(&bank.data(), file)), "round {round}");
    }
    drop(process);
    agree(&lease, &[&landlord, &tenant]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_chunk_of_what_was_erased_stays_or_comes_back() {
    let ([mut landlord, tenant, bank], lease) = lease().await;
    let mut seed = Seed::new([71; 32]);
    let bytes: Vec<u8> = (0..20_000).flat_map(|_| seed.array::<32>()).collect();
    let text = Opening::new(seed.array(), bytes.clone());
    let (commitment, salt) = (text.commitment().to_string(), to_base32(text.salt()));
    let offer = Upload { commitment: &commitment, salt: &salt, bytes: bytes.len() as u64 };
    let upload = async |party: &Party| {
        let from = Box::new(std::io::Cursor::new(bytes.clone()));
        party.client().upload(&lease, offer, from, |_| ()).await.map_err(crate::party::told)
    };
    upload(&landlord).await.unwrap();
    landlord.act(&lease, draft(&text), &[]).await.unwrap();
    let reject = Json::map([("comment", Json::text("Add the garden."))]);
    landlord.act(&lease, response("landlord", "review", Some("reject"), reject), &[]).await.unwrap();
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    for party in [&landlord, &tenant, &bank] {
        assert!(is_in_a_file(&party.data(), &text), "the scan does not find what is there");
        assert_eq!(party.client().payload(&lease, &commitment).await.unwrap(), bytes);
    }
    landlord.say(&lease, landlord.id(), &landlord.admin, &erase(text.commitment()), &[]).await.unwrap();
    for party in [&landlord, &tenant, &bank] {
        eventually("all have signed", async || signed_by_all(party, &lease, 1, 3).await).await;
        assert!(!is_in_a_file(&party.data(), &text), "a byte of it is still there");
        let gone = party.client().payload(&lease, &commitment).await.unwrap_err();
        assert!(crate::party::told(gone).starts_with("erased"));
        assert!(upload(party).await.unwrap_err().starts_with("erased"));
    }
    landlord.restart().await;
    assert!(upload(&landlord).await.unwrap_err().starts_with("erased"));
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    for mut party in [landlord, tenant, bank] {
        party.stop().await;
        assert!(!is_in_a_file(&party.data(), &text), "it came back");
    }
}

/// Two parties who may show each other photos beside the process.
const GARAGE: &str = r#"
scenario: countersign/scenario/v1
name: garage
title: Sale of a garage
language: en
comments: {by: [seller, buyer], media: [text/plain, image/jpeg], max_bytes: 1000000}
actors: {seller: {title: Seller}, buyer: {title: Buyer}}
actions: {buy: {title: Buy, kind: performative, by: buyer}}
initial: open
states:
  open: {title: For sale, transitions: [{on: buy, goto: sold}]}
  sold: {title: Sold, final: success}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_photo_of_a_comment_travels_is_listed_and_can_be_erased() {
    let seller = Party::start("seller", 121, true).await;
    let buyer = Party::start("buyer", 122, true).await;
    let garage = seller.found(GARAGE, &[&buyer], &[("seller", &seller), ("buyer", &buyer)]).await;
    buyer.accept(&garage).await;
    let photo = file(1);
    let comment = |media: &str| {
        let (commitment, bytes) = (photo.commitment(), photo.bytes().len() as u64);
        let photo = AttachmentRef { commitment, name: "roof.jpg".to_owned(), media: media.to_owned(), bytes };
        let (text, media) = ("The roof leaks.".to_owned(), "text/plain".to_owned());
        Payload::Comment(Comment { text, media, attachments: vec![photo] })
    };
    let say = async |payload: Payload, files: &[Opening]| {
        seller.say(&garage, seller.id(), &seller.admin, &payload, files).await
    };
    let refused = say(comment("image/gif"), std::slice::from_ref(&photo)).await.unwrap_err();
    assert!(refused.starts_with("invalid_attachment"), "{refused}");
    say(comment("image/jpeg"), std::slice::from_ref(&photo)).await.unwrap();
    agree(&garage, &[&seller, &buyer]).await;
    assert_eq!(buyer.state(&garage).await, "open");
    let held = buyer.client().payload(&garage, &photo.commitment().to_string()).await.unwrap();
    assert_eq!(held, photo.bytes().to_vec());
    let listed = buyer.client().documents(&garage).await.unwrap().documents.remove(0);
    assert_eq!((listed.slot.as_str(), listed.name.as_str(), listed.held), ("comment", "roof.jpg", true));
    let said = buyer.client().whole_log(&garage, None).await.unwrap().pop().unwrap();
    assert_eq!((said.kind.as_str(), said.attachments.len()), ("comment", 1));

    say(erase(photo.commitment()), &[]).await.unwrap();
    for party in [&seller, &buyer] {
        eventually("both have signed", async || signed_by_all(party, &garage, 1, 2).await).await;
        assert!(!is_in_a_file(&party.data(), &photo), "a byte of it is still there");
        assert_eq!(party.view(&garage).await.erasures[0].payloads[0].name, "roof.jpg");
    }
    agree(&garage, &[&seller, &buyer]).await;
}
