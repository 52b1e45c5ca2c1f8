//! Sends what waits for one subscription, one after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_api_model::{DeliveryStatus, WebhookAttempt};
use countersign_outgoing::{Answer, AnswerBody, Method, OutgoingError, Request};
use countersign_store::{Batch, Space};
use countersign_types::Interval;

use super::queue::{Next, Queue};
use super::record::{self, Delivery, Told, delivery_key, delivery_text};
use super::{Hook, Webhooks};
use crate::home::random;

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long to wait when the disk refuses.
const DISK_PAUSE: Duration = Duration::from_secs(5);
/// The media type of a body.
const MEDIA: &str = "application/json";

/// Sends until the subscription is taken away or the node stops.
pub(super) fn spawn(webhooks: &Arc<Webhooks>, hook: Arc<Hook>) {
    let webhooks = Arc::clone(webhooks);
    tokio::spawn(async move {
        let (mut closing, mut removed) = (webhooks.closing.clone(), hook.removed.subscribe());
        tokio::select! {
            () = run(&webhooks, &hook) => {}
            _ = closing.wait_for(|closing| *closing) => {}
            _ = removed.wait_for(|removed| *removed) => {}
        }
    });
}

async fn run(webhooks: &Webhooks, hook: &Hook) {
    loop {
        let paused = hook.subscription().paused;
        let next = if paused { Next::Nothing } else { hook.queue().next(tokio::time::Instant::now()) };
        match next {
            Next::Send(told) => webhooks.deliver(hook, &told).await,
            Next::At(at) => {
                let _ = tokio::time::timeout_at(at, hook.wake.notified()).await;
            }
            Next::Nothing => hook.wake.notified().await,
        }
    }
}

impl Webhooks {
    /// One attempt at a delivery, and what becomes of it: on disk, then in the queue.
    async fn deliver(&self, hook: &Hook, told: &Told) {
        let mut delivery = match record::delivery(&self.store, &hook.id, told.sequence) {
            Ok(Some(delivery)) => delivery,
            Ok(None) => {
                hook.queue().done(told, false);
                return;
            }
            Err(error) => {
                tracing::error!(%error, "cannot read a delivery");
                return tokio::time::sleep(DISK_PAUSE).await;
            }
        };
        let asked = self.attempt(hook, told.sequence, &mut delivery).await;
        let jitter = random().map_or(0, |bytes| u64::from_be_bytes(bytes[..8].try_into().unwrap_or_default()));
        let most = hook.subscription().attempts_max;
        let delay = match delivery.status {
            DeliveryStatus::Waiting if delivery.attempts >= most => {
                delivery.status = DeliveryStatus::Dead;
                None
            }
            DeliveryStatus::Waiting => Some(Queue::delay(delivery.attempts, asked, jitter)),
            _ => None,
        };
        let millis = |delay: Duration| Interval::from_millis(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        delivery.next_try = delay.map(|delay| self.clock.now().after(millis(delay)).millis());
        let mut batch = Batch::new();
        batch.put(Space::Outbox, delivery_key(&hook.id, told.sequence), delivery.to_bytes());
        if let Err(error) = self.store.commit(batch).await {
            // It is sent again under the same id: better twice than lost.
            tracing::error!(%error, "what became of a delivery is not kept");
            return tokio::time::sleep(DISK_PAUSE).await;
        }
        let aged = {
            let mut queue = hook.queue();
            if delivery.status != DeliveryStatus::Delivered {
                queue.failed(told, tokio::time::Instant::now(), delay, asked, jitter);
            }
            match delivery.status {
                DeliveryStatus::Waiting => None,
                status => queue.done(told, status == DeliveryStatus::Delivered),
            }
        };
        if let Some(aged) = aged {
            self.forget(hook, aged).await;
        }
    }

    /// Deletes a delivery that is old. If the disk refuses, it goes when the node starts next.
    pub(super) async fn forget(&self, hook: &Hook, sequence: u64) {
        let mut batch = Batch::new();
        batch.delete(Space::Outbox, delivery_key(&hook.id, sequence));
        let _ = self.store.commit(batch).await;
    }

    /// Sends it once, and notes what came of it. How long the receiver asks to wait, if it does.
    pub(super) async fn attempt(&self, hook: &Hook, sequence: u64, delivery: &mut Delivery) -> Option<Duration> {
        let (time, began) = (self.clock.now().to_string(), Instant::now());
        let result = self.send(hook, sequence, delivery).await;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        delivery.attempts = delivery.attempts.saturating_add(1);
        let (answer, error) = match &result {
            Ok(answer) => (Some(answer.status), None),
            Err(error) => (None, Some(error)),
        };
        delivery.last = Some(WebhookAttempt {
            time,
            took_ms,
            answer,
            error: error.map(|error| error.code().to_string()),
            detail: error.map(ToString::to_string),
        });
        match result {
            Ok(answer) if answer.is_success() => {
                delivery.status = DeliveryStatus::Delivered;
                None
            }
            Ok(answer) => answer.retry_after,
            Err(_) => None,
        }
    }

    async fn send(&self, hook: &Hook, sequence: u64, delivery: &Delivery) -> Result<Answer, OutgoingError> {
        let url = hook.subscription().url.parse();
        let body = serde_json::to_vec(&delivery.event(&hook.id, sequence)).unwrap_or_default();
        let request = Request {
            method: Method::Post,
            url: url.map_err(|_| OutgoingError::BadRequest { what: "its address" })?,
            headers: Vec::new(),
            body: Some((MEDIA.to_owned(), body)),
            idempotency_key: delivery_text(&hook.id, sequence),
            timeout: TIMEOUT,
            answer: AnswerBody::Drop,
        };
        self.client.send(request).await
    }
}
