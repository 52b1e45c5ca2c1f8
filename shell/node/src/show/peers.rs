//! The nodes that this one knows: whose they are, when they were seen, how the way to them was.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign_api_model as model;
use countersign_chain::LogState;
use countersign_member::NodeRecord;
use countersign_types::{IdentityId, Timestamp, to_base32};

use super::names::Names;
use crate::contracts::Contracts;
use crate::mailbox::Mailboxes;

/// Most nodes of which the last check is remembered; the oldest check gives way.
const CHECKS_MAX: usize = 1_000;

/// The last check of the way to each node, in memory.
#[derive(Default)]
pub(crate) struct Checks(Mutex<BTreeMap<[u8; 32], (Timestamp, model::CheckReport)>>);

impl Checks {
    fn all(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], (Timestamp, model::CheckReport)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keep(&self, node_key: [u8; 32], now: Timestamp, report: model::CheckReport) {
        let mut all = self.all();
        if all.len() >= CHECKS_MAX
            && !all.contains_key(&node_key)
            && let Some(oldest) = all.iter().min_by_key(|(_, (time, _))| *time).map(|(key, _)| *key)
        {
            all.remove(&oldest);
        }
        all.insert(node_key, (now, report));
    }

    fn last(&self, node_key: &[u8; 32]) -> Option<model::LastCheck> {
        let all = self.all();
        let (time, report) = all.get(node_key)?;
        Some(model::LastCheck { time: time.to_string(), report: report.clone() })
    }
}

/// Of each node key the parties that act through it, with their names.
pub(crate) type Acting = BTreeMap<[u8; 32], BTreeMap<IdentityId, Option<String>>>;

/// The parties of the contracts in memory, by their nodes.
pub(crate) fn acting(contracts: &Contracts, names: &Names) -> Acting {
    let mut acting = Acting::new();
    for active in contracts.iter() {
        let Some(state) = active.replica.state() else { continue };
        for party in state.epoch().parties() {
            if let Some(node) = active.node_of(&party) {
                let name = acting.entry(node.node_key.bytes()).or_default().entry(party).or_default();
                *name = name.take().or_else(|| names.of_party(&state, &party));
            }
        }
    }
    acting
}

pub(crate) fn peer(record: NodeRecord, acting: &Acting, mailboxes: &Mailboxes, checks: &Checks) -> model::PeerView {
    let key = record.node_key.bytes();
    let parties = acting.get(&key);
    let seen = mailboxes.get(&key).and_then(|mailbox| mailbox.seen());
    model::PeerView {
        node_key: to_base32(&key),
        urls: record.urls,
        parties: parties.into_iter().flat_map(BTreeMap::keys).map(ToString::to_string).collect(),
        name: parties.and_then(|parties| parties.values().flatten().next().cloned()),
        last_seen: seen.map(|time| time.to_string()),
        check: checks.last(&key),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_check_gives_way() {
        let checks = Checks::default();
        let key = |number: u32| {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&number.to_be_bytes());
            key
        };
        let keep = |number: u32, time: i64| {
            let report = model::CheckReport { good: true, findings: Vec::new() };
            checks.keep(key(number), Timestamp::from_millis(time).unwrap(), report);
        };
        (0..1_000).for_each(|number| keep(number, i64::from(number)));
        keep(0, 5_000);
        assert_eq!(checks.all().len(), CHECKS_MAX);
        keep(1_000, 6_000);
        assert_eq!(checks.all().len(), CHECKS_MAX);
        assert!(checks.last(&key(1)).is_none() && checks.last(&key(1_000)).is_some());
        assert_eq!(checks.last(&key(0)).unwrap().time, "1970-01-01T00:00:05.000Z");
    }
}
