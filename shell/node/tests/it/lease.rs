//! The lease, straight through three nodes.

use countersign_codec::Json;
use countersign_contract::{AttachmentRef, Response};
use countersign_payload::Opening;

use crate::party::{Party, eventually};

pub const LEASE: &str = include_str!("../../../../examples/lease.yaml");

pub fn response(actor: &str, action: &str, response: Option<&str>, data: Json) -> Response {
    Response {
        process: "main".to_owned(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        response: response.map(str::to_owned),
        data,
        attachments: Default::default(),
    }
}

pub fn nothing() -> Json {
    Json::Map(Default::default())
}

pub fn draft(rent: &str) -> (Response, Opening) {
    let text = Opening::new([9; 32], b"%PDF-1.4 lease".as_slice());
    let mut draft = response("employee", "draft", None, Json::map([("rent", Json::text(rent))]));
    let reference = AttachmentRef {
        commitment: text.commitment(),
        name: "lease.pdf".to_owned(),
        media: "application/pdf".to_owned(),
        bytes: text.bytes().len() as u64,
    };
    draft.attachments.insert("text".to_owned(), vec![reference]);
    (draft, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_becomes_final_on_three_nodes() {
    let landlord = Party::start("landlord", 1, true).await;
    let mut tenant = Party::start("tenant", 2, true).await;
    let bank = Party::start("bank", 3, true).await;
    let actors = [("landlord", &landlord), ("tenant", &tenant), ("bank", &bank)];
    let lease = landlord.found(LEASE, &[&tenant, &bank], &actors).await;
    tenant.accept(&lease).await;
    bank.accept(&lease).await;

    landlord.mandate(&lease, &["employee", "landlord"]).await;
    tenant.mandate(&lease, &["tenant"]).await;
    bank.mandate(&lease, &["bank"]).await;
    let (drafted, text) = draft("950.00");
    landlord.act(&lease, drafted, &[text]).await.unwrap();
    let comment = Json::map([("comment", Json::text("Add the garden."))]);
    landlord.act(&lease, response("landlord", "review", Some("reject"), comment), &[]).await.unwrap();
    let (drafted, text) = draft("975.50");
    landlord.act(&lease, drafted, std::slice::from_ref(&text)).await.unwrap();
    landlord.act(&lease, response("landlord", "review", Some("approve"), nothing()), &[]).await.unwrap();

    eventually("the tenant sees the draft", async || tenant.state(&lease).await == "signing").await;
    tenant.act(&lease, response("tenant", "sign", None, nothing()), &[]).await.unwrap();
    let again = tenant.act(&lease, response("tenant", "sign", None, nothing()), &[]).await.unwrap_err();
    assert!(again.contains("condition_not_met"), "{again}");
    tenant.restart().await;
    eventually("the landlord sees the signature", async || {
        landlord.view(&lease).await.process.unwrap().previous.len() == 5
    })
    .await;
    landlord.act(&lease, response("landlord", "sign", None, nothing()), &[]).await.unwrap();
    eventually("the bank sees both", async || bank.state(&lease).await == "guaranteeing").await;
    bank.act(&lease, response("bank", "guarantee", None, nothing()), &[]).await.unwrap();

    for party in [&landlord, &tenant, &bank] {
        eventually("everything is final", async || {
            let view = party.view(&lease).await;
            view.final_position == view.position && view.process.is_some_and(|process| process.state == "in_force")
        })
        .await;
    }
    let hashes = [
        landlord.view(&lease).await.state_hash,
        tenant.view(&lease).await.state_hash,
        bank.view(&lease).await.state_hash,
    ];
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
    let payload = bank.client().payload(&lease, &text.commitment().to_string()).await.unwrap();
    assert_eq!(payload, text.bytes().as_ref());
}
