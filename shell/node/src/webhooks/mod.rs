//! Outgoing webhooks: what happens is noted in the same commit as the log, and sent from there.
//!
//! | space | key | value |
//! |---|---|---|
//! | Outbox | `hook` ‖ id | [`record::Subscription`] |
//! | Outbox | `event` ‖ id ‖ sequence (u64 big-endian) | [`record::Delivery`] |
//!
//! A delivery is on disk before it is sent and until it has aged out: so nothing is lost, and something may be sent
//! twice, under the same id. No id is given twice: the one with the highest number does not age out, so a start goes on
//! behind it. Each subscription has a worker and a bounded queue of its own; nobody waits for another.

mod queue;
mod record;
mod service;
mod worker;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use countersign_api::News;
use countersign_api_model::EventKind;
use countersign_net::Clock;
use countersign_outgoing::Client;
use countersign_store::{Batch, Space, Store};
use countersign_types::Timestamp;
use serde_json::json;
use tokio::sync::{Notify, watch};

use crate::Error;
use queue::Queue;
use record::{Delivery, HookId, Subscription, Told, delivery_key};

/// Most subscriptions.
const HOOKS_MAX: usize = 32;

/// A subscription, and what waits for it.
pub(crate) struct Hook {
    id: HookId,
    subscription: Mutex<Subscription>,
    queue: Mutex<Queue>,
    wake: Notify,
    /// True once it is taken away.
    removed: watch::Sender<bool>,
}

impl Hook {
    fn new(id: HookId, subscription: Subscription, queue: Queue) -> Arc<Self> {
        Arc::new(Self {
            id,
            subscription: Mutex::new(subscription),
            queue: Mutex::new(queue),
            wake: Notify::new(),
            removed: watch::Sender::new(false),
        })
    }

    fn subscription(&self) -> MutexGuard<'_, Subscription> {
        self.subscription.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Deliveries written in a batch that is not durable yet: to be queued, or forgotten.
#[derive(Default)]
pub(crate) struct Staged(Vec<(Arc<Hook>, Told)>);

impl Staged {
    /// The batch is durable.
    pub(crate) fn queue(&mut self) {
        for (hook, told) in self.0.drain(..) {
            hook.queue().put_staged(told);
            hook.wake.notify_one();
        }
    }

    /// The batch is not.
    pub(crate) fn forget(&mut self) {
        for (hook, told) in self.0.drain(..) {
            hook.queue().forget_staged(&told);
        }
    }
}

/// All webhooks of a node.
pub(crate) struct Webhooks {
    store: Arc<Store>,
    client: Arc<Client>,
    clock: Arc<dyn Clock>,
    hooks: RwLock<BTreeMap<HookId, Arc<Hook>>>,
    /// Of the next delivery of any subscription.
    sequence: AtomicU64,
    closing: watch::Receiver<bool>,
}

impl Webhooks {
    /// What the disk has. Nothing is sent before [`Webhooks::start`].
    pub(crate) fn open(
        store: Arc<Store>,
        client: Arc<Client>,
        clock: Arc<dyn Clock>,
        closing: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, Error> {
        let mut hooks = BTreeMap::new();
        let mut last = 0;
        for (id, subscription) in record::subscriptions(&store)? {
            let mut queue = Queue::default();
            for line in record::deliveries(&store, &id) {
                let (sequence, delivery) = line?;
                last = last.max(sequence);
                queue.load(sequence, &delivery);
            }
            hooks.insert(id, Hook::new(id, subscription, queue));
        }
        record::sweep(&store, |id| hooks.contains_key(id))?;
        let (hooks, sequence) = (RwLock::new(hooks), AtomicU64::new(last.saturating_add(1)));
        Ok(Arc::new(Self { store, client, clock, hooks, sequence, closing }))
    }

    /// Begins to send.
    pub(crate) fn start(self: &Arc<Self>) {
        self.all().into_iter().for_each(|hook| worker::spawn(self, hook));
    }

    fn all(&self) -> Vec<Arc<Hook>> {
        self.hooks.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn next_sequence(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether anybody is told anything: what is told need not be put in words otherwise.
    pub(crate) fn is_used(&self) -> bool {
        !self.hooks.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Writes deliveries of this news to those who want them. Never waits for a receiver.
    pub(crate) fn note(&self, batch: &mut Batch, staged: &mut Staged, now: Timestamp, news: &[News]) {
        for hook in self.all() {
            for piece in news {
                if hook.subscription().wants(&piece.contract, piece.kind) {
                    self.stage(&hook, batch, staged, now, piece);
                }
            }
        }
    }

    fn stage(&self, hook: &Arc<Hook>, batch: &mut Batch, staged: &mut Staged, now: Timestamp, news: &News) {
        let (contract, kind, data) = match hook.queue().stage() {
            queue::Room::Yes => (Some(news.contract.clone()), news.kind, news.data.clone()),
            queue::Room::Last => (None, EventKind::Gap, json!({})),
            queue::Room::No => return,
        };
        let told = Told { sequence: self.next_sequence(), lane: contract.clone().unwrap_or_default() };
        let delivery = Delivery::new(now, contract, kind, data);
        batch.put(Space::Outbox, delivery_key(&hook.id, told.sequence), delivery.to_bytes());
        staged.0.push((Arc::clone(hook), told));
    }
}
