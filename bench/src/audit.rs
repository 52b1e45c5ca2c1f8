//! The log of a node that was stopped: how large it is, and how long it takes to check all of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use countersign_chain::{Genesis, LogState};
use countersign_codec::{Decode, Encode};
use countersign_contract::{Charter, State};
use countersign_crypto::{Batch, Digest, Seed, SigningKey};
use countersign_payload::Opening;
use countersign_replica::{Item, Replica, Restored};
use countersign_store::{Options, Space, Store};
use countersign_types::{ContractId, Position, Signed};

use crate::accept::Site;
use crate::limits::{BATCH, Limits};
use crate::table::{Goal, Table, percent, times};
use crate::{Failure, contract, machine};

/// Entries of the log, unless all that the issue names are asked for.
const ENTRIES: u64 = 200_000;
const ENTRIES_FULL: u64 = 1_000_000;

/// Fills the log of the site and measures both figures.
pub fn run(table: &mut Table, site: Option<Site>, full: bool) -> Result<(), Failure> {
    let mut site = site.map_or_else(Site::new, Ok)?;
    let entries = if full { ENTRIES_FULL } else { ENTRIES };
    if !full {
        println!("   scaled down to {entries} entries; --full takes {ENTRIES_FULL}");
    }
    site.fill(entries)?;
    println!(
        "   memory of the node with {} entries: {} MiB",
        site.acted(),
        machine::resident(site.company.process()) >> 20
    );
    site.company.stop()?;
    let folder = site.company.data.join("store");
    let store = Store::open(&folder, Options::default())?;
    let before = machine::bytes_below(&folder)?;
    store.compact()?;
    drop(store);
    let after = machine::bytes_below(&folder)?;
    let mut best = None::<(f64, Report, Limits)>;
    for _ in 0..if full { 1 } else { 3 } {
        let limits = Limits::measure("1", site.path())?;
        let report = in_fresh_process(&folder)?;
        let ratio = report.signatures / report.seconds / limits.batch;
        println!(
            "   {} entries, {} signatures in {:.1} s (signatures {:.1} s, reading {:.1} s, replay the rest)",
            report.entries, report.signatures, report.seconds, report.checking, report.reading
        );
        if best.as_ref().is_none_or(|(known, ..)| ratio > *known) {
            best = Some((ratio, report, limits));
        }
    }
    let (ratio, report, limits) = best.ok_or("no audit")?;
    table.add(
        &format!("replay and audit of {} entries in a fresh process, one core, per signature", report.entries),
        &format!("batch {:.0}/s", limits.batch),
        &format!("{:.0}/s", report.signatures / report.seconds),
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

/// What an audit says.
#[derive(Default)]
struct Report {
    entries: f64,
    signatures: f64,
    seconds: f64,
    checking: f64,
    reading: f64,
    bytes: f64,
}

fn in_fresh_process(folder: &Path) -> Result<Report, Failure> {
    let folder = folder.to_str().ok_or("the folder has no plain name")?;
    let output = machine::again(Some("1"), &["audit", folder])?.stderr(std::process::Stdio::inherit()).output()?;
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
            _ => report.bytes = value,
        }
    }
    Ok(report)
}

/// Signatures that wait for a full batch.
struct Checker {
    batch: Batch,
    seed: Seed,
    count: u64,
    seconds: f64,
}

impl Checker {
    fn flush(&mut self) -> Result<(), Failure> {
        let began = Instant::now();
        self.count += self.batch.len() as u64;
        let verdicts = std::mem::take(&mut self.batch).verify(&mut self.seed);
        self.seconds += began.elapsed().as_secs_f64();
        if verdicts.iter().all(Result::is_ok) { Ok(()) } else { Err("a signature does not hold".into()) }
    }

    fn room(&mut self) -> Result<(), Failure> {
        if self.batch.len() >= BATCH { self.flush() } else { Ok(()) }
    }
}

/// Checks every signature, replays every entry and compares every state that a receipt names; prints what it found.
pub fn print(folder: &Path) -> Result<(), Failure> {
    let began = Instant::now();
    let store = Store::open(folder, Options::default())?;
    let mut checker = Checker { batch: Batch::default(), seed: Seed::new([3; 32]), count: 0, seconds: 0.0 };
    let (mut entries, mut bytes, mut reading) = (0_u64, 0_usize, 0.0);
    for line in store.scan_prefix(Space::Contract, &[]) {
        let (key, value) = line?;
        let id = ContractId::new(Digest::new(<[u8; 32]>::try_from(key).map_err(|_| "a key is of another length")?));
        // One byte says whether the party takes part; then the genesis.
        let genesis: Signed<Genesis> = Signed::from_bytes(value.get(1..).ok_or("no genesis")?)?;
        let from = Instant::now();
        let disk = restored(&store, &id)?;
        reading += from.elapsed().as_secs_f64();
        bytes += disk.openings.iter().map(|opening| opening.to_bytes().len()).sum::<usize>();
        let items = disk.items.clone();
        let replica = replay(&genesis, disk)?;
        let knowledge = replica.knowledge();
        let place = knowledge.place(&replica.head()).ok_or("no head")?;
        let state = replica.state().ok_or("no state")?;
        let mut here = 0;
        for item in &items {
            let node = place.next_epoch.node_key(&item.party()).ok_or("an item of no member")?;
            match item {
                Item::Receipt(receipt) => {
                    receipt.queue(node, &mut checker.batch);
                    bytes += receipt.to_bytes().len();
                }
                Item::Entry(item) => {
                    here += 1;
                    item.entry.queue(node, &mut checker.batch);
                    let opening = replica.opening(&item.statement.payload).map(|opening| opening.bytes().as_ref());
                    let key = state.author_key(&item.statement, opening)?;
                    item.statement.queue(&key, &mut checker.batch);
                    bytes += item.entry.to_bytes().len() + item.statement.to_bytes().len();
                }
            }
            checker.room()?;
        }
        if place.position != Position::new(here) || !knowledge.alarms().is_empty() || !knowledge.frauds().is_empty() {
            return Err(format!("{id}: {here} entries on disk, the head is at {}", place.position).into());
        }
        entries += here;
    }
    checker.flush()?;
    println!(
        "entries {entries}\nsignatures {}\nchecking {}\nreading {reading}\nbytes {bytes}",
        checker.count, checker.seconds
    );
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
    let state = State::found(genesis, Charter::from_bytes(charter.bytes(), &genesis.scenario)?)?;
    let party = genesis.members.first().ok_or("no member")?.party();
    // Nothing is signed here.
    let mut replica = Replica::new(genesis, state, party, Arc::new(SigningKey::new([1; 32])));
    replica.restore(disk, contract::now()?);
    Ok(replica)
}
