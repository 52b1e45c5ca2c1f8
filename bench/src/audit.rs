//! The log of a node that was stopped: how large it is, and how long it takes to check all of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use countersign_chain::{Genesis, LogState};
use countersign_codec::{Decode, Encode};
use countersign_contract::State;
use countersign_crypto::{Batch, Digest, Seed, SigningKey};
use countersign_payload::Opening;
use countersign_replica::{Item, Replica, Restored};
use countersign_store::{Options, Space, Store};
use countersign_types::{ContractId, Position, Signed};

use crate::company::Company;
use crate::limits::Limits;
use crate::table::{Goal, Table, percent, times};
use crate::{Failure, Scale, contract, fill, machine};

const CONTRACTS: usize = 1_000;
/// Entries of each contract; a trial has fewer.
const ENTRIES: usize = 1_000;
const ENTRIES_TRIAL: usize = 20;
/// Signatures of one batch: few keys sign them all, and the more there are the less each costs.
const BATCH: usize = 4_096;

/// Fills the log of a node and measures both figures.
pub fn run(table: &mut Table, scale: Scale) -> Result<(), Failure> {
    machine::pin_self("0,1");
    let folder = tempfile::tempdir()?;
    let mut company = Company::new(folder.path(), "log", false)?;
    let entries = if scale == Scale::Trial { ENTRIES_TRIAL } else { ENTRIES };
    let from = Instant::now();
    fill::fill(&company, CONTRACTS, entries)?;
    println!("   {} entries written in {} s", CONTRACTS * entries, from.elapsed().as_secs());
    let folder = company.data.join("store");
    let store = Store::open(&folder, Options::default())?;
    let before = machine::bytes_below(&folder)?;
    let from = Instant::now();
    store.compact()?;
    println!("   compacted in {} s", from.elapsed().as_secs());
    drop(store);
    let after = machine::bytes_below(&folder)?;
    let mut best = None::<(f64, Report, Limits)>;
    for _ in 0..2 {
        let limits = Limits::measure("1", folder.parent().ok_or("no folder")?)?;
        let report = in_fresh_process(&folder)?;
        // Both by one processor: the limit is measured on one, the audit uses all.
        let ratio = report.signatures / report.busy / limits.batch;
        println!(
            "   {} entries, {} signatures in {:.1} s; processor time for each signature: check {:.1} us, reading {:.1} us, \
             all {:.1} us = {}; {:.2} processors were busy",
            report.entries,
            report.signatures,
            report.seconds,
            report.checking * 1e6 / report.signatures,
            report.reading * 1e6 / report.signatures,
            report.busy * 1e6 / report.signatures,
            percent(ratio),
            report.busy / report.seconds
        );
        if best.as_ref().is_none_or(|(known, ..)| ratio > *known) {
            best = Some((ratio, report, limits));
        }
    }
    // What was measured is the log of a node: it opens it, and knows every contract.
    company.start(None)?;
    let known = crate::http::runtime()?.block_on(company.client()?.all_contracts())?.len();
    company.stop()?;
    if known != CONTRACTS {
        return Err(format!("the node knows {known} contracts").into());
    }
    let (ratio, report, limits) = best.ok_or("no audit")?;
    table.add(
        &format!("replay and audit of {} entries in a fresh process, per signature and processor", report.entries),
        &format!("batch {:.0}/s", limits.batch),
        &format!("{:.0}/s", report.signatures / report.busy),
        ratio,
        percent,
        Goal::AtLeast { must: 0.60, goal: 0.80 },
    );
    println!("   directory before compaction: {} MiB", before >> 20);
    table.add(
        &format!("closed data directory, {} entries in 1,000 contracts, after one compaction", report.entries),
        &format!("{:.0} B each", report.bytes / report.entries),
        &format!("{:.0} B each", after as f64 / report.entries),
        after as f64 / report.bytes,
        times,
        Goal::AtMost { must: 1.5, goal: 1.15 },
    );
    Ok(())
}

/// What an audit says. Times are of processors, but for `seconds`.
#[derive(Default)]
struct Report {
    entries: f64,
    signatures: f64,
    seconds: f64,
    checking: f64,
    reading: f64,
    busy: f64,
    bytes: f64,
}

fn in_fresh_process(folder: &Path) -> Result<Report, Failure> {
    let folder = folder.to_str().ok_or("the folder has no plain name")?;
    let output = machine::again(Some("0,1"), &["audit", folder])?.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the audit failed".into());
    }
    let mut report = Report::default();
    for line in String::from_utf8(output.stdout)?.lines() {
        let (name, value) = line.split_once(' ').ok_or("a line has no value")?;
        let value = value.parse()?;
        match name {
            "entries" => report.entries = value,
            "signatures" => report.signatures = value,
            "seconds" => report.seconds = value,
            "checking" => report.checking = value,
            "reading" => report.reading = value,
            "busy" => report.busy = value,
            _ => report.bytes = value,
        }
    }
    Ok(report)
}

/// What one worker found, and its signatures that wait for a full batch.
struct Auditor<'a> {
    store: &'a Store,
    batch: Batch,
    seed: Seed,
    entries: u64,
    signatures: usize,
    bytes: usize,
    checking: f64,
    reading: f64,
    busy: f64,
}

impl<'a> Auditor<'a> {
    fn new(store: &'a Store) -> Result<Self, Failure> {
        // Whoever made the log must not know how its signatures are weighed.
        let mut chance = [0; 32];
        getrandom::fill(&mut chance)?;
        let (batch, seed) = (Batch::default(), Seed::new(chance));
        Ok(Self { store, batch, seed, entries: 0, signatures: 0, bytes: 0, checking: 0.0, reading: 0.0, busy: 0.0 })
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let began = machine::own_seconds();
        self.signatures += self.batch.len();
        let verdicts = std::mem::take(&mut self.batch).verify(&mut self.seed);
        self.checking += machine::own_seconds() - began;
        if verdicts.iter().all(Result::is_ok) { Ok(()) } else { Err("a signature does not hold".into()) }
    }

    /// Checks every signature of a contract, replays its entries and compares every state that a receipt names.
    fn audit(&mut self, id: &ContractId, genesis: &Signed<Genesis>) -> Result<(), Failure> {
        let from = machine::own_seconds();
        let disk = restored(self.store, id)?;
        self.reading += machine::own_seconds() - from;
        self.bytes += disk.openings.iter().map(|opening| opening.to_bytes().len()).sum::<usize>();
        let items = disk.items.clone();
        let replica = replay(genesis, disk)?;
        let knowledge = replica.knowledge();
        let place = knowledge.place(&replica.head()).ok_or("no head")?;
        let state = replica.state().ok_or("no state")?;
        let mut here = 0;
        for item in &items {
            let node = place.next_epoch.node_key(&item.party()).ok_or("an item of no member")?;
            self.bytes += item.to_bytes().len() - 1;
            match item {
                Item::Receipt(receipt) => receipt.queue(node, &mut self.batch),
                Item::Erasure(receipt) => receipt.queue(node, &mut self.batch),
                Item::Entry(item) => {
                    here += 1;
                    // The counts of payloads and erasure receipts, which stand elsewhere.
                    self.bytes -= 2;
                    item.entry.queue(node, &mut self.batch);
                    let opening = replica.opening(&item.statement.payload).map(|opening| opening.bytes().as_ref());
                    let key = state.author_key(&item.statement, opening)?;
                    item.statement.queue(&key, &mut self.batch);
                }
            }
            if self.batch.len() >= BATCH {
                self.flush()?;
            }
        }
        if place.position != Position::new(here) || !knowledge.alarms().is_empty() || !knowledge.frauds().is_empty() {
            return Err(format!("{id}: {here} entries on disk, the head is at {}", place.position).into());
        }
        self.entries += here;
        Ok(())
    }
}

/// Audits every contract on all processors, and prints what it found.
pub fn print(folder: &Path) -> Result<(), Failure> {
    let began = Instant::now();
    let store = Store::open(folder, Options::default())?;
    let mut contracts = Vec::new();
    for line in store.scan_prefix(Space::Contract, &[]) {
        let (key, value) = line?;
        let id = ContractId::new(Digest::new(<[u8; 32]>::try_from(key).map_err(|_| "a key is of another length")?));
        // One byte says whether the party takes part; then the genesis.
        contracts.push((id, Signed::<Genesis>::from_bytes(value.get(1..).ok_or("no genesis")?)?));
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut auditor, from) = (Auditor::new(&store)?, machine::own_seconds());
        while let Some((id, genesis)) = contracts.get(next.fetch_add(1, Ordering::Relaxed)) {
            auditor.audit(id, genesis)?;
        }
        auditor.flush()?;
        auditor.busy = machine::own_seconds() - from;
        Ok::<_, Failure>(auditor)
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let found: Result<Vec<_>, Failure> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker failed")?).collect()
    });
    let found = found?;
    let seconds = |part: fn(&Auditor) -> f64| found.iter().map(part).sum::<f64>();
    println!("entries {}", found.iter().map(|one| one.entries).sum::<u64>());
    println!("signatures {}", found.iter().map(|one| one.signatures).sum::<usize>());
    println!("bytes {}", found.iter().map(|one| one.bytes).sum::<usize>());
    println!("checking {}", seconds(|one| one.checking));
    println!("reading {}", seconds(|one| one.reading));
    println!("busy {}", seconds(|one| one.busy));
    println!("seconds {}", began.elapsed().as_secs_f64());
    Ok(())
}

fn restored(store: &Store, contract: &ContractId) -> Result<Restored, Failure> {
    let mut disk = Restored::default();
    for line in store.scan_prefix(Space::Log, contract.bytes()) {
        disk.items.push(Item::from_bytes(&line?.1)?);
    }
    for line in store.scan_prefix(Space::Payload, contract.bytes()) {
        disk.openings.push(Opening::from_bytes(&line?.1)?);
    }
    Ok(disk)
}

/// The contract as its log makes it. A receipt whose state is another becomes an alarm.
fn replay(genesis: &Signed<Genesis>, disk: Restored) -> Result<Replica<State>, Failure> {
    Genesis::check(genesis)?;
    let charter = disk.openings.iter().find(|opening| opening.commitment() == genesis.payload).ok_or("no charter")?;
    let state = State::found(genesis, charter, None, |_| Err("no proofs here".to_owned()))?;
    let party = genesis.members.first().ok_or("no member")?.party();
    // Nothing is signed here.
    let mut replica = Replica::new(genesis, state, party, Arc::new(SigningKey::new([1; 32])));
    replica.restore(disk, contract::now()?);
    Ok(replica)
}
