//! The numbers of a node. No ids, no names.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use countersign_api::{Family, FamilyKind, Refusal};
use countersign_store::Space;

use crate::service::NodeService;
use crate::view;

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
        Family::gauge("countersign_driver_queue", "Commands that wait for the driver.", queued as u64),
    ];
    families.extend(of_driver(service).await);
    families.extend(of_disk(service).await);
    families
        .extend(resident_bytes().map(|bytes| Family::gauge("process_resident_memory_bytes", "Memory in use.", bytes)));
    Ok(families)
}

async fn of_driver(service: &NodeService) -> Vec<Family> {
    let asked = service.ask(|contracts| {
        let loaded = contracts.iter().count() as u64;
        let busy = contracts.iter().filter(|active| active.is_busy()).count() as u64;
        let outbox = view::outbox(contracts).outbox;
        let dead = outbox.iter().filter(|line| line.delivery == "dead").count() as u64;
        Ok((loaded, busy, (outbox.len() as u64).saturating_sub(dead), dead))
    });
    let Ok(Ok((loaded, busy, waiting, dead))) = tokio::time::timeout(PATIENCE, asked).await else { return Vec::new() };
    let lines = [("waiting".to_owned(), waiting), ("dead".to_owned(), dead)];
    vec![
        Family::gauge("countersign_contracts_loaded", "Contracts in memory.", loaded),
        Family::gauge("countersign_contracts_busy", "Contracts in which something is open.", busy),
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
    let store = Arc::clone(&service.store);
    let read =
        tokio::task::spawn_blocking(move || (store.stats(), store.scan_prefix(Space::Contract, &[]).count() as u64));
    let Ok((Ok(stats), contracts)) = read.await else { return Vec::new() };
    vec![
        Family::gauge("countersign_contracts", "Contracts on disk, offered ones included.", contracts),
        Family::gauge("countersign_store_bytes", "Bytes of the store on disk.", stats.bytes_on_disk),
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
