//! Attachments that do not travel with their entries, between real nodes.

use std::sync::atomic::Ordering;

use countersign_client::{Client, Upload};
use countersign_codec::Json;
use countersign_contract::{AttachmentRef, Response, commitment_text};
use countersign_payload::{CHUNK_BYTES, Outline, Outliner};
use countersign_types::to_base32;

use crate::lease::{LEASE, response};
use crate::party::{Party, agree, eventually, told};
use crate::ports::know;

/// Most bytes by which the memory of this process, with three nodes in it, may grow while a file of 20 MiB goes round.
/// Measured: 117 MiB, most of it what the three stores keep before they write tables.
const GROWTH_BYTES_MAX: u64 = 160 << 20;

/// A file of this length that is never in memory as a whole.
struct File {
    bytes: u64,
    at: u64,
}

impl std::io::Read for File {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.bytes - self.at).unwrap().min(into.len());
        for (place, byte) in (self.at..).zip(&mut into[..left]) {
            // Chunks differ, and what is in them does not repeat with their length.
            *byte = (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
        }
        self.at += left as u64;
        Ok(left)
    }
}

fn file(bytes: u64) -> File {
    File { bytes, at: 0 }
}

pub fn outline(bytes: u64) -> Outline {
    use std::io::Read;
    let mut outliner = Outliner::default();
    let mut file = file(bytes);
    loop {
        let mut chunk = Vec::new();
        file.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk).unwrap();
        if chunk.is_empty() {
            return outliner.finish([9; 32]);
        }
        outliner.add(&chunk).unwrap();
    }
}

async fn upload(client: &Client, contract: &str, outline: &Outline, bytes: u64) -> Result<(), String> {
    let commitment = commitment_text(&outline.heading.commitment());
    let salt = to_base32(&outline.heading.salt);
    let upload = Upload { commitment: &commitment, salt: &salt, bytes };
    client.upload(contract, upload, Box::new(file(bytes)), |_| ()).await.map(|_| ()).map_err(told)
}

fn draft(outline: &Outline) -> Response {
    let mut draft = response("employee", "draft", None, Json::map([("rent", Json::text("950.00"))]));
    let reference = AttachmentRef {
        commitment: outline.heading.commitment(),
        name: "lease.pdf".to_owned(),
        media: "application/pdf".to_owned(),
        bytes: outline.heading.bytes,
    };
    draft.attachments.insert("text".to_owned(), vec![reference]);
    draft
}

/// The lease, with a text of up to 64 MiB.
fn scenario() -> String {
    let media = "        media: [application/pdf]\n";
    let text = LEASE.replacen(media, &format!("{media}        max_bytes: 67108864\n"), 1);
    assert_ne!(text, LEASE, "the example says which media a text has");
    text
}

async fn founded(landlord: &Party, tenant: &Party, bank: &Party) -> String {
    let actors = [("landlord", landlord), ("tenant", tenant), ("bank", bank)];
    let lease = landlord.found(&scenario(), &[tenant, bank], &actors).await;
    tenant.accept(&lease).await;
    bank.accept(&lease).await;
    landlord.mandate(&lease, &["employee", "landlord"]).await;
    agree(&lease, &[landlord, tenant, bank]).await;
    lease
}

/// A value of this process in bytes: `VmRSS`, `VmHWM`.
fn memory(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
}

/// A writer that compares what comes with the file.
struct Compare(File);

impl std::io::Write for Compare {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut expected = vec![0; bytes.len()];
        std::io::Read::read_exact(&mut self.0, &mut expected)?;
        assert!(expected == bytes, "another content before byte {}", self.0.at);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn holds(party: &Party, contract: &str, outline: &Outline) {
    let commitment = commitment_text(&outline.heading.commitment());
    let mut into = Compare(file(outline.heading.bytes));
    let came = party.client().download(contract, &commitment, &mut into, |_, _| ()).await.map_err(told);
    assert_eq!(came, Ok(outline.heading.bytes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_mebibytes_reach_three_nodes_in_bounded_memory() {
    let landlord = Party::start("landlord", 1, true).await;
    let tenant = Party::start("tenant", 2, true).await;
    // The bank has no open port: it asks by its own requests, and nobody can ask it but by its polls.
    let bank = Party::start("bank", 3, false).await;
    know(&bank, &landlord).await;
    let lease = founded(&landlord, &tenant, &bank).await;
    let before = memory("VmRSS");
    let bytes = 20 << 20;
    let long = outline(bytes);
    upload(&landlord.client(), &lease, &long, bytes).await.unwrap();
    // The same again is the same.
    upload(&landlord.client(), &lease, &long, bytes).await.unwrap();
    landlord.act(&lease, draft(&long), &[]).await.unwrap();
    for party in [&tenant, &bank] {
        eventually("the draft arrives with its text", async || party.state(&lease).await == "reviewing").await;
        holds(party, &lease, &long).await;
    }
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    let Some((before, most)) = before.zip(memory("VmHWM")) else {
        eprintln!("skipped: this system does not say how much memory a process has");
        return;
    };
    let growth = most.saturating_sub(before);
    assert!(growth <= GROWTH_BYTES_MAX, "memory grew by {} MiB", growth >> 20);

    let client = tenant.client();
    let bundle = client.proof(&lease).await.unwrap();
    let verdict = countersign_proof::verify(&bundle, None);
    assert!(verdict.is_proven() && bundle.len() < 1 << 20);
    let apart = |verdict: &countersign_proof::Verdict| {
        let mut texts = verdict.not_proven.iter().filter(|sentence| sentence.code == "payload_not_shown");
        texts.any(|sentence| sentence.text.contains("its 20971520 bytes are left out"))
    };
    assert!(apart(&verdict));
    let whole = client.proof_with_attachments(&lease).await.unwrap();
    let verdict = countersign_proof::verify(&whole, None);
    assert!(verdict.is_proven() && !apart(&verdict) && whole.len() > 20 << 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_member_serves_the_rest_and_a_restart_fetches_what_is_missing() {
    let mut landlord = Party::start("landlord", 1, true).await;
    let tenant = Party::start("tenant", 2, true).await;
    let mut bank = Party::start("bank", 3, true).await;
    let lease = founded(&landlord, &tenant, &bank).await;
    bank.stop().await;
    let bytes = (8 << 20) + 7;
    let long = outline(bytes);
    upload(&landlord.client(), &lease, &long, bytes).await.unwrap();
    landlord.act(&lease, draft(&long), &[]).await.unwrap();
    eventually("the tenant has it", async || tenant.state(&lease).await == "reviewing").await;

    // The bank begins, stops in the middle, and begins again; meanwhile the landlord is gone.
    bank.restart().await;
    let node = bank.node.as_ref().unwrap();
    while node.fetched().load(Ordering::Relaxed) < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    let watch = node.fetched();
    bank.stop().await;
    let first = watch.load(Ordering::Relaxed);
    landlord.stop().await;
    bank.restart().await;
    eventually("the bank has it", async || bank.state(&lease).await == "reviewing").await;
    let second = bank.node.as_ref().unwrap().fetched().load(Ordering::Relaxed);
    let all = long.heading.chunks();
    assert!(first < all, "the bank was stopped in the middle: {first} of {all}");
    // One that was asked for when it stopped may have come, or the last once more.
    assert!((all..=all + 1).contains(&(first + second)), "{first} and {second} of {all}");
    holds(&bank, &lease, &long).await;
    landlord.restart().await;
    agree(&lease, &[&landlord, &tenant, &bank]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_an_open_port_is_the_only_one_that_has_it() {
    let landlord = Party::start("landlord", 1, false).await;
    let tenant = Party::start("tenant", 2, true).await;
    let bank = Party::start("bank", 3, true).await;
    let lease = founded(&landlord, &tenant, &bank).await;
    let long = outline(3 * CHUNK_BYTES as u64 + 5);
    upload(&landlord.client(), &lease, &long, long.heading.bytes).await.unwrap();
    landlord.act(&lease, draft(&long), &[]).await.unwrap();
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    for party in [&tenant, &bank] {
        holds(party, &lease, &long).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_such_payload_is_refused_and_leaves_nothing() {
    let party = Party::start("landlord", 1, true).await;
    let actors = [("landlord", &party), ("tenant", &party), ("bank", &party)];
    let lease = party.found(&scenario(), &[], &actors).await;
    let client = party.client();
    for bytes in [0, 1, CHUNK_BYTES as u64, CHUNK_BYTES as u64 + 1, 3 * CHUNK_BYTES as u64] {
        let outline = outline(bytes);
        upload(&client, &lease, &outline, bytes).await.unwrap();
        holds(&party, &lease, &outline).await;
    }
    // Another length than the one committed to.
    let outline = outline(10);
    let wrong = upload(&client, &lease, &outline, 11).await.unwrap_err();
    assert!(wrong.starts_with("bad_opening"), "{wrong}");
    let commitment = commitment_text(&outline.heading.commitment());
    let gone = client.payload(&lease, &commitment).await.map_err(told).unwrap_err();
    assert!(gone.starts_with("unknown_payload"), "{gone}");
    upload(&client, &lease, &outline, 10).await.unwrap();
    // Beyond the limit nothing is read.
    let beyond = upload(&client, &lease, &outline, (64 << 20) + 1).await;
    assert!(beyond.as_ref().is_err_and(|told| told.starts_with("too_large")), "{beyond:?}");
    let unknown = upload(&client, "ctr_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &outline, 10).await;
    assert!(unknown.is_err_and(|told| told.starts_with("unknown_contract")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bundles_with_attachments_in_them_take_turns() {
    let landlord = Party::start("landlord", 86, true).await;
    let (tenant, bank) = (Party::start("tenant", 87, true).await, Party::start("bank", 88, true).await);
    let lease = founded(&landlord, &tenant, &bank).await;
    // More than what sockets take that nobody reads from.
    let bytes = 24 << 20;
    let outline = outline(bytes);
    upload(&landlord.client(), &lease, &outline, bytes).await.unwrap();
    landlord.act(&lease, draft(&outline), &[]).await.unwrap();
    agree(&lease, &[&landlord, &tenant, &bank]).await;
    let line = format!("GET /v1/contracts/{lease}/proof?attachments=include");
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = crate::api::connect(&landlord, &line, "", "").await;
        let mut head = [0; 15];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK");
        open.push(stream);
    }
    let (head, body) = crate::api::ask(&landlord, &line, "", "").await;
    assert!(head.starts_with("HTTP/1.1 503") && head.contains("retry-after: 1"), "{head}");
    assert!(body.contains("\"busy\""), "{body}");
    // Without attachments nobody waits, and who goes away leaves its place.
    let apart = landlord.client().proof(&lease).await.unwrap();
    assert!(apart.len() < 1 << 20);
    open.pop();
    eventually("there is a place again", async || {
        let mut stream = crate::api::connect(&landlord, &line, "", "").await;
        let mut head = [0; 12];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut head).await.is_ok() && &head == b"HTTP/1.1 200"
    })
    .await;
}
