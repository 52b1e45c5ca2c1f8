//! Once a day the node looks which personal data were kept as long as their class says, and reminds: nothing deletes itself
//! (decision 0018).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_crypto::Digest;
use countersign_store::{Space, Store};
use countersign_types::ContractId;
use tokio::sync::{mpsc, oneshot, watch};

use crate::contracts::Contracts;
use crate::driver::Command;
use crate::events::Reports;
use crate::show::personal;

/// Between two looks.
const LOOK_PAUSE: Duration = Duration::from_secs(86_400);

/// What is due, as of the last look.
#[derive(Debug, Default)]
pub(crate) struct Reminders(Mutex<BTreeMap<ContractId, u64>>);

impl Reminders {
    /// Personal values and files that are due, in all contracts.
    pub(crate) fn due(&self) -> u64 {
        let due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        due.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Notes what is due in a contract. True if there is more than before.
    fn note(&self, contract: ContractId, count: u64) -> bool {
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match count {
            0 => due.remove(&contract),
            _ => due.insert(contract, count),
        };
        count > before.unwrap_or_default()
    }
}

/// Looks until the node stops.
pub(crate) async fn watch(
    store: Arc<Store>,
    commands: mpsc::Sender<Command>,
    reports: Arc<Reports>,
    mut closing: watch::Receiver<bool>,
) {
    let looks = async {
        loop {
            look(&store, &commands, &reports).await;
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    };
    tokio::select! {
        () = looks => {}
        _ = closing.wait_for(|closing| *closing) => {}
    }
}

/// Asks about one contract after the other, so that no statement waits for all of them.
async fn look(store: &Arc<Store>, commands: &mpsc::Sender<Command>, reports: &Arc<Reports>) {
    let store = Arc::clone(store);
    let contracts = move || -> Vec<ContractId> {
        let lines = store.scan_prefix(Space::Contract, &[]).filter_map(Result::ok);
        lines.filter_map(|(key, _)| Some(ContractId::new(Digest::new(key.try_into().ok()?)))).collect()
    };
    let Ok(contracts) = tokio::task::spawn_blocking(contracts).await else { return };
    for contract in contracts {
        let (reply, answer) = oneshot::channel();
        let query = Box::new(move |contracts: &mut Contracts| {
            let now = contracts.now();
            let active = contracts.get(&contract).ok().flatten();
            let items = active.map(|active| personal::items(active, now)).unwrap_or_default();
            let _ = reply.send(items.iter().filter(|item| item.due && !item.erased).count() as u64);
        });
        if commands.send(Command::Query(query)).await.is_err() {
            return;
        }
        let Ok(count) = answer.await else { return };
        if reports.reminders.note(contract, count) {
            reports.remind(&contract, count);
        }
    }
}
