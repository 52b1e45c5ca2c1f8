//! The numbers of a node. No ids, no names.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use countersign_api::{Family, FamilyKind, Kind, Refusal};
use countersign_api_model as model;
use countersign_store::{Space, Stats as StoreStats};

use crate::driver::failed;
use crate::service::{NodeService, stopping};
use crate::{records, view};

/// A driver that does not answer within this time leaves its numbers out; how deep its queue is says why.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn measure(service: &NodeService) -> Result<Vec<Family>, Refusal> {
    let reports = &service.reports;
    let queued = service.commands.max_capacity().saturating_sub(service.commands.capacity());
    let counter = FamilyKind::Counter;
    let mut families = vec![
        Family::labelled(
            "countersign_entries_total",
            "Entries that joined a held branch, by outcome.",
            counter,
            "outcome",
            reports.entries.all(),
        ),
        Family::labelled(
            "countersign_notices_total",
            "What happened, by kind.",
            counter,
            "kind",
            reports.notices.all(),
        ),
        Family::labelled(
            "countersign_statements_refused_total",
            "Statements submitted here and refused, by code.",
            counter,
            "code",
            reports.refused.all(),
        ),
        Family::labelled(
            "countersign_runs_total",
            "System actions of this node, by the state that they came to.",
            counter,
            "state",
            reports.runs.all(),
        ),
        Family::labelled(
            "countersign_peer_errors_total",
            "Messages that did not reach another node, by code.",
            counter,
            "code",
            reports.peer_errors.all(),
        ),
        Family::counter(
            "countersign_driver_commits_total",
            "Commits of the driver.",
            reports.commits.load(Ordering::Relaxed),
        ),
        Family::counter(
            "countersign_driver_writes_total",
            "Keys written by these commits.",
            reports.writes.load(Ordering::Relaxed),
        ),
        Family::gauge(
            "countersign_personal_due",
            "Personal values and files that were kept as long as their class says, as of the last daily look.",
            reports.reminders.due(),
        ),
        Family::gauge("countersign_driver_queue", "Commands that wait for the driver.", queued as u64),
    ];
    families.extend(of_driver(service).await);
    families.extend(of_disk(service).await);
    families
        .extend(resident_bytes().map(|bytes| Family::gauge("process_resident_memory_bytes", "Memory in use.", bytes)));
    Ok(families)
}

/// What the driver has: contracts, and what is not delivered.
struct Held {
    loaded: u64,
    busy: u64,
    outbox: model::OutboxNumbers,
}

async fn held(service: &NodeService) -> Result<Held, Refusal> {
    let asked = service.ask(|contracts| {
        let outbox = view::outbox(contracts).outbox;
        let dead = outbox.iter().filter(|line| line.delivery == "dead").count() as u64;
        Ok(Held {
            loaded: contracts.iter().count() as u64,
            busy: contracts.iter().filter(|active| active.is_busy()).count() as u64,
            outbox: model::OutboxNumbers { waiting: (outbox.len() as u64).saturating_sub(dead), dead },
        })
    });
    let late = || Refusal::new(Kind::Busy, "timeout", "the node did not answer in time");
    tokio::time::timeout(PATIENCE, asked).await.map_err(|_| late())?
}

/// How many contracts are on disk, in how many of them nothing is signed, and how much the store is.
async fn on_disk(service: &NodeService) -> Result<(u64, u64, StoreStats), Refusal> {
    let store = Arc::clone(&service.store);
    let read = tokio::task::spawn_blocking(move || {
        let contracts = store.scan_prefix(Space::Contract, &[]).count() as u64;
        store.stats().map(|stats| (contracts, records::stopped(&store), stats))
    });
    read.await.map_err(|_| stopping())?.map_err(|error| failed(&error.into()))
}

/// What the node did within the last hour, and how it does.
pub(crate) async fn stats(service: &NodeService) -> Result<model::NodeStats, Refusal> {
    let held = held(service).await?;
    let (total, _, store) = on_disk(service).await?;
    let hour = service.reports.activity.last_hour();
    Ok(model::NodeStats {
        time: service.clock.now().to_string(),
        step_seconds: hour.step_seconds,
        series: hour.series,
        request_times: hour.request_times,
        final_times: hour.final_times,
        contracts: model::ContractNumbers { total, loaded: held.loaded, busy: held.busy },
        outbox: held.outbox,
        storage_bytes: store.bytes_on_disk,
        memory_bytes: resident_bytes(),
    })
}

async fn of_driver(service: &NodeService) -> Vec<Family> {
    let Ok(held) = held(service).await else { return Vec::new() };
    let lines = [("waiting".to_owned(), held.outbox.waiting), ("dead".to_owned(), held.outbox.dead)];
    vec![
        Family::gauge("countersign_contracts_loaded", "Contracts in memory.", held.loaded),
        Family::gauge("countersign_contracts_busy", "Contracts in which something is open.", held.busy),
        Family::labelled(
            "countersign_outbox",
            "Members of contracts that something is not delivered to.",
            FamilyKind::Gauge,
            "delivery",
            lines,
        ),
    ]
}

async fn of_disk(service: &NodeService) -> Vec<Family> {
    let Ok((contracts, stopped, stats)) = on_disk(service).await else { return Vec::new() };
    vec![
        Family::gauge("countersign_contracts", "Contracts on disk, offered ones included.", contracts),
        Family::gauge("countersign_store_bytes", "Bytes of the store on disk.", stats.bytes_on_disk),
        Family::gauge(
            "countersign_contracts_stopped",
            "Contracts in which this node signs nothing: it was set back to an old copy of its data.",
            stopped,
        ),
        Family::counter("countersign_store_batches_total", "Batches made durable.", stats.batches),
        Family::counter("countersign_store_syncs_total", "Times that the disk was waited for.", stats.syncs),
    ]
}

/// Memory of this process; only Linux says it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024)
}
