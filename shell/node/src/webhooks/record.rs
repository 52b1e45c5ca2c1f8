//! What the disk has of webhooks.

use countersign_api_model as model;
use countersign_api_model::{DeliveryStatus, EventKind};
use countersign_store::{Batch, Space, Store};
use countersign_types::{Timestamp, from_base32, to_base32};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

const HOOK: &[u8] = b"hook";
const EVENT: &[u8] = b"event";
/// What the text of an id begins with.
const PREFIX: &str = "whk_";
/// Keys deleted by one batch.
const SWEPT_MAX: usize = 4_096;

/// Names a subscription.
pub(super) type HookId = [u8; 10];

/// The text of an id.
pub(super) fn hook_text(id: &HookId) -> String {
    format!("{PREFIX}{}", to_base32(id))
}

/// The id of a text.
pub(super) fn hook_id(text: &str) -> Option<HookId> {
    from_base32(text.strip_prefix(PREFIX)?)?.try_into().ok()
}

/// A subscription as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) url: String,
    pub(super) note: Option<String>,
    pub(super) contracts: Vec<String>,
    pub(super) events: Vec<EventKind>,
    pub(super) paused: bool,
    pub(super) attempts_max: u32,
    /// Milliseconds since 1970.
    pub(super) created: i64,
    pub(super) created_by: Option<String>,
}

impl Subscription {
    /// Whether it is to be told this.
    pub(super) fn wants(&self, contract: &str, kind: EventKind) -> bool {
        let any_kind = self.events.is_empty() || self.events.contains(&kind);
        any_kind && (self.contracts.is_empty() || self.contracts.iter().any(|wanted| wanted == contract))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// An event for one subscription, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Delivery {
    /// Milliseconds since 1970.
    pub(super) time: i64,
    pub(super) contract: Option<String>,
    pub(super) kind: EventKind,
    pub(super) data: Value,
    #[serde(default)]
    pub(super) replayed: bool,
    pub(super) status: DeliveryStatus,
    pub(super) attempts: u32,
    pub(super) last: Option<model::WebhookAttempt>,
    /// Milliseconds since 1970.
    pub(super) next_try: Option<i64>,
}

impl Delivery {
    pub(super) fn new(now: Timestamp, contract: Option<String>, kind: EventKind, data: Value) -> Self {
        Self {
            time: now.millis(),
            contract,
            kind,
            data,
            replayed: false,
            status: DeliveryStatus::Waiting,
            attempts: 0,
            last: None,
            next_try: None,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What is sent.
    pub(super) fn event(&self, hook: &HookId, sequence: u64) -> model::WebhookEvent {
        model::WebhookEvent {
            id: delivery_text(hook, sequence),
            webhook: hook_text(hook),
            time: time_text(self.time),
            contract: self.contract.clone(),
            kind: self.kind,
            data: self.data.clone(),
            replayed: self.replayed,
        }
    }

    pub(super) fn view(&self, hook: &HookId, sequence: u64) -> model::WebhookDelivery {
        model::WebhookDelivery {
            event: self.event(hook, sequence),
            status: self.status,
            attempts: self.attempts,
            last: self.last.clone(),
            next_try: self.next_try.filter(|_| self.status == DeliveryStatus::Waiting).map(time_text),
        }
    }
}

/// A delivery in its queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) sequence: u64,
    /// What keeps its order: a contract, or nothing.
    pub(super) lane: String,
}

impl Told {
    /// Whether it may be the word that events are missing: that one and tests are of no contract.
    pub(super) fn is_gap(&self) -> bool {
        self.lane.is_empty()
    }
}

pub(super) fn time_text(millis: i64) -> String {
    Timestamp::from_millis(millis).unwrap_or(Timestamp::MIN).to_string()
}

/// Names a delivery: the same for all attempts.
pub(super) fn delivery_text(hook: &HookId, sequence: u64) -> String {
    format!("{}-{sequence}", hook_text(hook))
}

pub(super) fn hook_key(id: &HookId) -> Vec<u8> {
    [HOOK, id].concat()
}

pub(super) fn delivery_key(id: &HookId, sequence: u64) -> Vec<u8> {
    [EVENT, id, &sequence.to_be_bytes()].concat()
}

/// Every subscription.
pub(super) fn subscriptions(store: &Store) -> Result<Vec<(HookId, Subscription)>, Error> {
    let corrupt = || Error::Corrupt("webhooks".to_owned());
    let mut found = Vec::new();
    for line in store.scan_prefix(Space::Outbox, HOOK) {
        let (key, value) = line?;
        let id = key.get(HOOK.len()..).and_then(|id| id.try_into().ok()).ok_or_else(corrupt)?;
        found.push((id, serde_json::from_slice(&value).map_err(|_| corrupt())?));
    }
    Ok(found)
}

/// The deliveries of a subscription, ascending.
pub(super) fn deliveries(store: &Store, id: &HookId) -> impl Iterator<Item = Result<(u64, Delivery), Error>> {
    let corrupt = || Error::Corrupt("webhooks".to_owned());
    let prefix = [EVENT, id].concat();
    store.scan_prefix(Space::Outbox, &prefix).map(move |line| {
        let (key, value) = line?;
        let sequence = key.get(prefix.len()..).and_then(|bytes| bytes.try_into().ok()).ok_or_else(corrupt)?;
        Ok((u64::from_be_bytes(sequence), serde_json::from_slice(&value).map_err(|_| corrupt())?))
    })
}

/// One delivery.
pub(super) fn delivery(store: &Store, id: &HookId, sequence: u64) -> Result<Option<Delivery>, Error> {
    let bytes = store.get(Space::Outbox, &delivery_key(id, sequence))?;
    bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(|_| Error::Corrupt("webhooks".to_owned()))).transpose()
}

/// Deletes deliveries of subscriptions that are gone.
pub(super) fn sweep(store: &Store, is_known: impl Fn(&HookId) -> bool) -> Result<(), Error> {
    let mut batch = Batch::new();
    for line in store.scan_prefix(Space::Outbox, EVENT) {
        let (key, _) = line?;
        let id = key.get(EVENT.len()..).and_then(|rest| rest.first_chunk::<10>());
        if !id.is_some_and(&is_known) {
            batch.delete(Space::Outbox, key);
        }
        if batch.len() >= SWEPT_MAX {
            store.commit_now(std::mem::take(&mut batch))?;
        }
    }
    if !batch.is_empty() {
        store.commit_now(batch)?;
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text() {
        let id = [7; 10];
        assert_eq!(hook_id(&hook_text(&id)), Some(id));
        for bad in ["", "whk_", "whk_a", "ctr_aaaaaaaaaaaaaaaa"] {
            assert_eq!(hook_id(bad), None, "{bad}");
        }
        assert_eq!(delivery_text(&id, 12), format!("{}-12", hook_text(&id)));
    }

    #[test]
    fn a_subscription_wants_what_it_names_or_all() {
        let mut subscription = Subscription {
            url: String::new(),
            note: None,
            contracts: Vec::new(),
            events: Vec::new(),
            paused: false,
            attempts_max: 1,
            created: 0,
            created_by: None,
        };
        assert!(subscription.wants("ctr_a", EventKind::Final));
        subscription.contracts = vec!["ctr_b".to_owned()];
        assert!(!subscription.wants("ctr_a", EventKind::Final) && subscription.wants("ctr_b", EventKind::Final));
        subscription.events = vec![EventKind::Extended];
        assert!(!subscription.wants("ctr_b", EventKind::Final) && subscription.wants("ctr_b", EventKind::Extended));
        let again: Subscription = serde_json::from_slice(&subscription.to_bytes()).unwrap();
        assert_eq!(again, subscription);
    }
}
