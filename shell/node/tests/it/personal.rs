//! Personal data: in envelopes of their own, on the nodes of their holders alone, opened for those, erased everywhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::Json;
use countersign_contract::{AttachmentRef, Comment, Payload, Response, commitment_text};
use countersign_crypto::Seed;
use countersign_node::StartOptions;
use countersign_payload::Opening;
use countersign_proof::verify;
use countersign_rules::Hash;
use countersign_types::Timestamp;
use countersign_workflow::{ENVELOPE_MEDIA, ENVELOPE_NAME, Scenario};

use crate::erase::is_in_a_file;
use crate::lease::{nothing, response};
use crate::party::{Party, agree, eventually, now};

const APPLICATION: &str = include_str!("../../../../examples/application.yaml");

/// A response with its personal data in envelopes.
fn sealed(action: &str, data: &[(&str, &str)], seed: &mut Seed) -> (Response, Vec<Opening>) {
    let (scenario, _) = Scenario::load(APPLICATION.as_bytes()).unwrap();
    let data = Json::map(data.iter().map(|(name, value)| (*name, Json::text(*value))));
    let mut openings = Vec::new();
    let mut refs = BTreeMap::new();
    let mut commit = |pointer: &str, _: &str, value: &Json| {
        let opening = Opening::new(seed.array(), value.canonical());
        let reference = AttachmentRef {
            commitment: opening.commitment(),
            name: ENVELOPE_NAME.to_owned(),
            media: ENVELOPE_MEDIA.to_owned(),
            bytes: opening.bytes().len() as u64,
        };
        refs.insert(pointer.to_owned(), vec![reference]);
        openings.push(opening);
        Hash::parse(&commitment_text(&openings[openings.len() - 1].commitment())).unwrap()
    };
    let data = scenario.seal(action, None, &data, &mut commit).unwrap();
    let mut said = response("applicant", action, None, data);
    said.attachments = refs;
    (said, openings)
}

async fn application() -> ([Party; 3], String) {
    let applicant = Party::start("applicant", 81, true).await;
    let landlord = Party::start("landlord", 82, true).await;
    let broker = Party::start("broker", 83, true).await;
    let actors = [("applicant", &applicant), ("landlord", &landlord), ("broker", &broker)];
    let contract = landlord.found(APPLICATION, &[&applicant, &broker], &actors).await;
    applicant.accept(&contract).await;
    broker.accept(&contract).await;
    applicant.mandate(&contract, &["applicant"]).await;
    landlord.mandate(&contract, &["landlord"]).await;
    agree(&contract, &[&applicant, &landlord, &broker]).await;
    ([applicant, landlord, broker], contract)
}

/// A value that stands nowhere else.
fn iban(seed: &mut Seed) -> String {
    let digits: String = seed.array::<15>().iter().map(|byte| format!("{byte:02X}")).collect();
    format!("NL00{digits}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_says_of_themselves_is_with_its_holders_and_goes_when_they_ask() {
    let ([mut applicant, mut landlord, mut broker], contract) = application().await;
    let mut seed = Seed::new([84; 32]);
    let (first, second) = (iban(&mut seed), iban(&mut seed));

    // The applicant applies. What they say of themselves never stands in the log, and never comes to the broker.
    let data = [("dwelling", "Canal 1"), ("iban", first.as_str()), ("income", "3100")];
    let (said, openings) = sealed("apply", &data, &mut seed);
    let done = applicant.act(&contract, said, &openings).await.unwrap();
    agree(&contract, &[&applicant, &landlord, &broker]).await;
    let account = &openings[0];
    for party in [&applicant, &landlord] {
        let items = party.client().personal_of(&contract).await.unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].value, Some(serde_json::Value::String(first.clone())), "opened for its holders");
        assert_eq!(items[0].places, ["/assets/application/iban"]);
        assert_eq!(
            (items[0].subject.as_str(), items[0].subject_party.clone()),
            ("applicant", Some(applicant.id().to_string()))
        );
        assert_eq!((items[0].kept_until.as_deref(), items[0].due), (None, false), "the end is not there yet");
        assert!(is_in_a_file(&party.data(), account), "the scan does not find what is there");
    }
    let view = broker.client().contract(&contract).await.unwrap();
    assert!(!serde_json::to_string(&view).unwrap().contains(&first));
    let items = broker.client().personal_of(&contract).await.unwrap();
    assert!(items.iter().all(|item| item.value.is_none() && !item.held), "{items:?}");
    let refused = broker.client().payload(&contract, &items[0].commitment).await.unwrap_err();
    assert!(crate::party::told(refused).starts_with("unknown_payload"));
    assert!(!is_in_a_file(&broker.data(), account), "the broker has it");

    // The account was wrong. The old value stays in the history of the holders until it is erased.
    let (said, corrected) = sealed("rectify", &[("iban", &second)], &mut seed);
    applicant.act(&contract, said, &corrected).await.unwrap();
    agree(&contract, &[&applicant, &landlord, &broker]).await;
    landlord.act(&contract, response("landlord", "decide", None, nothing()), &[]).await.unwrap();
    agree(&contract, &[&applicant, &landlord, &broker]).await;
    landlord.restart().await;
    broker.restart().await;
    let items = landlord.client().personal(Some(&applicant.id().to_string()), false).await.unwrap();
    let stand: Vec<_> = items.iter().map(|item| (item.position, item.name.as_str(), item.places.len())).collect();
    assert_eq!(stand, [(done.position, "/iban", 0), (done.position, "/income", 1), (done.position + 1, "/iban", 1)]);
    assert!(items.iter().all(|item| item.kept_until.is_some() && !item.due), "a year from the end");
    assert_eq!(landlord.client().personal(Some(&applicant.id().to_string()), true).await.unwrap(), []);
    assert_eq!(landlord.client().personal(Some(&broker.id().to_string()), false).await.unwrap(), []);

    // The applicant asks that everything about them goes: every node signs, and no file of any node has it.
    let mut commitments: Vec<_> = openings.iter().chain(&corrected).map(Opening::commitment).collect();
    commitments.sort();
    let wish = Payload::Erase(countersign_contract::Erase { commitments, reason: "GDPR 17(1)(a)".to_owned() });
    let refused = landlord.say(&contract, landlord.id(), &landlord.admin, &wish, &[]).await.unwrap_err();
    assert!(refused.starts_with("not_yours"), "{refused}");
    applicant.say(&contract, applicant.id(), &applicant.admin, &wish, &[]).await.unwrap();
    for party in [&applicant, &landlord, &broker] {
        let signed = async || {
            let items = party.client().personal_of(&contract).await.unwrap();
            items.len() == 3
                && items.iter().all(|item| item.erased && item.value.is_none() && item.erased_by.len() == 3)
        };
        eventually("all have signed", signed).await;
    }
    agree(&contract, &[&applicant, &landlord, &broker]).await;
    let bundle = broker.client().proof(&contract).await.unwrap();
    let verdict = verify(&bundle, Some(contract.parse().unwrap()));
    assert_eq!(verdict.finding, None);
    assert!(verdict.proven.iter().any(|sentence| sentence.code == "recomputed"), "replay reads commitments alone");
    for party in [&mut applicant, &mut landlord, &mut broker] {
        party.stop().await;
        for opening in openings.iter().chain(&corrected) {
            assert!(!is_in_a_file(&party.data(), opening), "a byte of it is still there");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_frees_what_another_confined() {
    let ([applicant, landlord, broker], contract) = application().await;
    let mut seed = Seed::new([85; 32]);
    let account = iban(&mut seed);
    let data = [("dwelling", "Canal 1"), ("iban", account.as_str()), ("income", "3100")];
    let (said, openings) = sealed("apply", &data, &mut seed);
    applicant.act(&contract, said, &openings).await.unwrap();
    agree(&contract, &[&applicant, &landlord, &broker]).await;
    // Plain personal data, and data without their envelope, never get a place.
    let plain = response("applicant", "rectify", None, Json::map([("iban", Json::text(&account))]));
    assert!(applicant.act(&contract, plain, &[]).await.unwrap_err().starts_with("invalid_data"));
    let (mut said, _) = sealed("rectify", &[("iban", &account)], &mut seed);
    said.attachments.clear();
    assert!(applicant.act(&contract, said, &[]).await.unwrap_err().starts_with("invalid_attachment"));
    // The landlord is away and comes back with the log of others: the envelope comes too, in its own way.
    let items = landlord.client().personal_of(&contract).await.unwrap();
    assert!(items.iter().all(|item| item.held));
    // Who names the envelope again does not free it: not its holder, who has it, nor who would like to have it.
    let file = AttachmentRef {
        commitment: openings[0].commitment(),
        name: "again.txt".to_owned(),
        media: "text/plain".to_owned(),
        bytes: openings[0].bytes().len() as u64,
    };
    let (text, media) = ("See the file.".to_owned(), "text/plain".to_owned());
    let comment = Payload::Comment(Comment { text, media, attachments: vec![file] });
    landlord.say(&contract, landlord.id(), &landlord.admin, &comment, &openings[..1]).await.unwrap();
    agree(&contract, &[&applicant, &landlord, &broker]).await;
    broker.say(&contract, broker.id(), &broker.admin, &comment, &[]).await.unwrap();
    agree(&contract, &[&applicant, &landlord, &broker]).await;
    let refused = broker.client().payload(&contract, &openings[0].commitment().to_string()).await.unwrap_err();
    assert!(crate::party::told(refused).starts_with("unknown_payload"));
    assert!(is_in_a_file(&landlord.data(), &openings[0]) && !is_in_a_file(&broker.data(), &openings[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_reminds_of_what_was_kept_long_enough() {
    let mut landlord = Party::start("landlord", 86, true).await;
    let roles = ["applicant", "landlord", "broker"];
    let actors = roles.map(|role| (role, &landlord));
    let contract = landlord.found(APPLICATION, &[], &actors).await;
    landlord.mandate(&contract, &roles).await;
    let (said, openings) =
        sealed("apply", &[("dwelling", "Canal 1"), ("iban", "NL00BANK"), ("income", "1")], &mut Seed::new([87; 32]));
    landlord.act(&contract, said, &openings).await.unwrap();
    landlord.act(&contract, response("landlord", "decide", None, nothing()), &[]).await.unwrap();
    agree(&contract, &[&landlord]).await;
    let measured = async |party: &Party| crate::api::ask(party, "GET /metrics", "", "").await.1;
    landlord.restart().await;
    assert!(measured(&landlord).await.contains("countersign_personal_due 0\n"));

    // Kept for a year from the end: after two it is due, and nothing went by itself.
    let later = || Timestamp::from_millis(now().millis() + 2 * 365 * 86_400_000).unwrap();
    landlord.restart_with(StartOptions { clock: Arc::new(later), ..StartOptions::default() }).await;
    eventually("it reminds", async || {
        let text = measured(&landlord).await;
        text.contains("countersign_personal_due 2\n") && text.contains("countersign_notices_total{kind=\"due\"} 1\n")
    })
    .await;
    let due = landlord.client().personal(None, false).await.unwrap();
    assert!(due.len() == 2 && due.iter().all(|item| item.due && item.held), "{due:?}");
}
