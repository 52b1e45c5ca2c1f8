//! Webhooks, as the API asks for them.

use std::sync::{Arc, PoisonError};

use countersign_api::{Answer, Caller, DeliveryQuery, Kind, News, PageQuery, Refusal, Webhooks as Api};
use countersign_api_model as model;
use countersign_api_model::{DeliveryStatus, EventKind};
use countersign_outgoing::Url;
use countersign_store::{Batch, Space};
use countersign_types::ContractId;
use serde_json::json;

use super::queue::Queue;
use super::record::{
    self, Delivery, HookId, Subscription, Told, delivery_key, delivery_text, hook_id, hook_key, hook_text, time_text,
};
use super::{HOOKS_MAX, Hook, Webhooks, worker};
use crate::Error;
use crate::driver::failed;
use crate::events::{From, from_log};
use crate::home::random;
use crate::people::checked_name;
use crate::service::{NodeService, contract_id, limit};

/// Most contracts that one subscription names.
const CONTRACTS_MAX: usize = 100;
/// How often one delivery may be tried at most.
const ATTEMPTS_MAX: u32 = 30;
/// How often it is tried unless set otherwise: about a day.
const ATTEMPTS_DEFAULT: u32 = 18;
/// Deliveries written by one batch.
const WRITTEN_MAX: usize = 1_000;
/// Bytes of an id.
const ID_BYTES: usize = size_of::<HookId>();

fn unknown() -> Refusal {
    Refusal::new(Kind::NotFound, "unknown_webhook", "no such webhook here")
}

fn unknown_delivery() -> Refusal {
    Refusal::new(Kind::NotFound, "unknown_delivery", "no such delivery of this webhook, or it has aged out")
}

fn invalid(detail: &str, by: &str) -> Refusal {
    Refusal::new(Kind::Invalid, "invalid_data", detail).by(by)
}

fn refused(error: &countersign_store::Error) -> Refusal {
    tracing::error!(%error, "webhooks are not kept");
    Refusal::new(Kind::Busy, error.code(), "the disk of this node refuses to write")
        .suggest("make room on the disk of the node, then try again")
}

fn checked_contracts(contracts: &[String]) -> Result<Vec<String>, Refusal> {
    if contracts.len() > CONTRACTS_MAX {
        return Err(invalid("a webhook names at most 100 contracts", "/contracts"));
    }
    let checked = |contract: &String| match contract.parse::<ContractId>() {
        Ok(id) => Ok(id.to_string()),
        Err(_) => Err(invalid("this is no contract", "/contracts")),
    };
    contracts.iter().map(checked).collect()
}

fn checked_events(events: &[EventKind]) -> Result<Vec<EventKind>, Refusal> {
    let mut checked = Vec::new();
    for kind in events {
        if !EventKind::ALL.contains(kind) {
            return Err(invalid("nobody is told this kind by itself", "/events"));
        }
        if !checked.contains(kind) {
            checked.push(*kind);
        }
    }
    Ok(checked)
}

fn checked_attempts(attempts: u32) -> Result<u32, Refusal> {
    if (1..=ATTEMPTS_MAX).contains(&attempts) {
        Ok(attempts)
    } else {
        Err(invalid("between 1 and 30 attempts", "/attempts_max"))
    }
}

/// The beginning of a time in UTC, as times are written.
fn checked_time(text: &str) -> Result<String, Refusal> {
    const FORM: &[u8] = b"dddd-dd-ddTdd:dd:dd.ddd";
    let time = text.strip_suffix('Z').unwrap_or(text);
    let fits = |(form, byte): (&u8, &u8)| if *form == b'd' { byte.is_ascii_digit() } else { form == byte };
    let whole = matches!(time.len(), 10 | 16 | 19 | 23) && FORM.iter().zip(time.as_bytes()).all(fits);
    if whole { Ok(time.to_owned()) } else { Err(invalid("not of the form 2026-01-31T12:00:00Z", "/since")) }
}

impl Webhooks {
    fn get(&self, text: &str) -> Result<Arc<Hook>, Refusal> {
        let id = hook_id(text).ok_or_else(unknown)?;
        self.hooks.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned().ok_or_else(unknown)
    }

    fn view(hook: &Hook) -> model::Webhook {
        let subscription = hook.subscription().clone();
        let queue = hook.queue();
        model::Webhook {
            id: hook_text(&hook.id),
            url: subscription.url,
            note: subscription.note,
            contracts: subscription.contracts,
            events: subscription.events,
            paused: subscription.paused,
            attempts_max: subscription.attempts_max,
            created: time_text(subscription.created),
            created_by: subscription.created_by,
            waiting: queue.waiting() as u64,
            failures: queue.failures(),
        }
    }

    fn list(&self) -> model::WebhookList {
        let mut hooks = self.all();
        hooks.sort_by_key(|hook| (hook.subscription().created, hook.id));
        model::WebhookList { webhooks: hooks.iter().map(|hook| Self::view(hook)).collect() }
    }

    fn checked_url(&self, text: &str) -> Result<String, Refusal> {
        let url: Url = text.parse().map_err(|_| invalid("not of the form https://host/path", "/url"))?;
        self.client.check(&url).map_err(|error| {
            Refusal::new(Kind::Invalid, error.code().to_string(), error.to_string())
                .by("/url")
                .suggest("add the host to [outgoing] in node.toml, and start the node again")
        })?;
        Ok(url.text())
    }

    async fn put(&self, id: &HookId, subscription: &Subscription) -> Result<(), Refusal> {
        let mut batch = Batch::new();
        batch.put(Space::Outbox, hook_key(id), subscription.to_bytes());
        self.store.commit(batch).await.map_err(|error| refused(&error))
    }

    async fn add(
        self: &Arc<Self>,
        created_by: Option<String>,
        request: model::AddWebhookRequest,
    ) -> Result<model::Webhook, Refusal> {
        let subscription = Subscription {
            url: self.checked_url(&request.url)?,
            note: Some(checked_name(request.note)?).filter(|note| !note.is_empty()),
            contracts: checked_contracts(&request.contracts)?,
            events: checked_events(&request.events)?,
            paused: false,
            attempts_max: checked_attempts(request.attempts_max.unwrap_or(ATTEMPTS_DEFAULT))?,
            created: self.clock.now().millis(),
            created_by,
        };
        let chance = random().map_err(|error| failed(&error))?;
        let id: HookId = *chance.first_chunk::<ID_BYTES>().unwrap_or(&[0; ID_BYTES]);
        if self.all().len() >= HOOKS_MAX {
            return Err(Refusal::new(Kind::Conflict, "limit", "this node has as many webhooks as it can: 32"));
        }
        self.put(&id, &subscription).await?;
        let hook = Hook::new(id, subscription, Queue::default());
        self.hooks.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&hook));
        worker::spawn(self, Arc::clone(&hook));
        Ok(Self::view(&hook))
    }

    async fn change(&self, hook: &Hook, request: model::ChangeWebhookRequest) -> Result<model::Webhook, Refusal> {
        let mut changed = hook.subscription().clone();
        if let Some(url) = request.url {
            changed.url = self.checked_url(&url)?;
        }
        if let Some(note) = request.note {
            changed.note = Some(checked_name(Some(note))?).filter(|note| !note.is_empty());
        }
        if let Some(contracts) = request.contracts {
            changed.contracts = checked_contracts(&contracts)?;
        }
        if let Some(events) = request.events {
            changed.events = checked_events(&events)?;
        }
        if let Some(attempts) = request.attempts_max {
            changed.attempts_max = checked_attempts(attempts)?;
        }
        changed.paused = request.paused.unwrap_or(changed.paused);
        self.put(&hook.id, &changed).await?;
        *hook.subscription() = changed;
        hook.queue().hurry();
        hook.wake.notify_one();
        Ok(Self::view(hook))
    }

    /// The subscription goes first: deliveries that are still written are swept at the next start.
    async fn remove(&self, hook: &Hook) -> Result<(), Refusal> {
        let mut batch = Batch::new();
        batch.delete(Space::Outbox, hook_key(&hook.id));
        self.store.commit(batch).await.map_err(|error| refused(&error))?;
        self.hooks.write().unwrap_or_else(PoisonError::into_inner).remove(&hook.id);
        hook.removed.send_replace(true);
        let sequences: Vec<_> = record::deliveries(&self.store, &hook.id).filter_map(Result::ok).collect();
        for part in sequences.chunks(WRITTEN_MAX) {
            let mut batch = Batch::new();
            for (sequence, _) in part {
                batch.delete(Space::Outbox, delivery_key(&hook.id, *sequence));
            }
            self.store.commit(batch).await.map_err(|error| refused(&error))?;
        }
        Ok(())
    }

    /// Its number is on disk before anybody hears it. There it is dead until it is delivered: a test that the node did
    /// not live to send is not sent later.
    async fn test(&self, hook: &Hook) -> Result<model::WebhookDelivery, Refusal> {
        let sequence = self.next_sequence();
        let mut delivery = Delivery::new(self.clock.now(), None, EventKind::Test, json!({}));
        delivery.status = DeliveryStatus::Dead;
        self.write(hook, sequence, &delivery).await?;
        let aged = hook.queue().keep(sequence);
        if let Some(aged) = aged {
            self.forget(hook, aged).await;
        }
        self.attempt(hook, sequence, &mut delivery).await;
        self.write(hook, sequence, &delivery).await?;
        Ok(delivery.view(&hook.id, sequence))
    }

    async fn write(&self, hook: &Hook, sequence: u64, delivery: &Delivery) -> Result<(), Refusal> {
        let mut batch = Batch::new();
        batch.put(Space::Outbox, delivery_key(&hook.id, sequence), delivery.to_bytes());
        self.store.commit(batch).await.map_err(|error| refused(&error))
    }

    fn deliveries_of(&self, hook: &Hook, query: &DeliveryQuery) -> Result<model::WebhookDeliveryList, Refusal> {
        let limit = limit(&PageQuery { after: None, limit: query.limit })?;
        let before = query.after.as_deref().map(|after| {
            after.parse::<u64>().map_err(|_| Refusal::new(Kind::Malformed, "malformed", "after is not of its form"))
        });
        let before = before.transpose()?.unwrap_or(u64::MAX);
        let lines = record::deliveries(&self.store, &hook.id).collect::<Result<Vec<_>, Error>>();
        let mut lines = lines.map_err(|error| failed(&error))?;
        lines.retain(|(sequence, delivery)| {
            *sequence < before && query.status.is_none_or(|status| delivery.status == status)
        });
        let next = lines.len().checked_sub(limit).filter(|more| *more > 0).and_then(|at| lines.get(at));
        let next = next.map(|(sequence, _)| sequence.to_string());
        let newest = lines.iter().rev().take(limit);
        let deliveries = newest.map(|(sequence, delivery)| delivery.view(&hook.id, *sequence)).collect();
        Ok(model::WebhookDeliveryList { deliveries, next })
    }

    async fn resend(&self, hook: &Hook, name: &str) -> Result<model::WebhookDelivery, Refusal> {
        let number = name.rsplit('-').next().and_then(|number| number.parse().ok());
        let sequence: u64 = number.ok_or_else(unknown_delivery)?;
        if name != sequence.to_string() && name != delivery_text(&hook.id, sequence) {
            return Err(unknown_delivery());
        }
        let found = record::delivery(&self.store, &hook.id, sequence).map_err(|error| failed(&error))?;
        let mut delivery = found.ok_or_else(unknown_delivery)?;
        if delivery.status == DeliveryStatus::Waiting {
            hook.queue().hurry();
        } else {
            if hook.queue().room() == 0 {
                return Err(Refusal::new(Kind::Conflict, "limit", "as many deliveries wait as can"));
            }
            (delivery.status, delivery.attempts, delivery.next_try) = (DeliveryStatus::Waiting, 0, None);
            self.write(hook, sequence, &delivery).await?;
            hook.queue().put(Told { sequence, lane: delivery.contract.clone().unwrap_or_default() });
        }
        hook.wake.notify_one();
        Ok(delivery.view(&hook.id, sequence))
    }

    /// Queues what a log has, once more.
    async fn replay(&self, hook: &Hook, news: Vec<News>) -> Result<u64, Refusal> {
        let wanted = |piece: &News| hook.subscription().wants(&piece.contract, piece.kind);
        let news: Vec<_> = news.into_iter().filter(wanted).collect();
        let count = news.len();
        if count > hook.queue().room() {
            return Err(Refusal::new(Kind::Conflict, "limit", "more than can wait: 10,000 deliveries")
                .suggest("begin later, or with one contract"));
        }
        for part in news.chunks(WRITTEN_MAX) {
            let (mut batch, mut told) = (Batch::new(), Vec::new());
            for piece in part {
                let contract = Some(piece.contract.clone());
                let mut delivery = Delivery::new(self.clock.now(), contract, piece.kind, piece.data.clone());
                delivery.replayed = true;
                let sequence = self.next_sequence();
                batch.put(Space::Outbox, delivery_key(&hook.id, sequence), delivery.to_bytes());
                told.push(Told { sequence, lane: piece.contract.clone() });
            }
            self.store.commit(batch).await.map_err(|error| refused(&error))?;
            told.into_iter().for_each(|told| hook.queue().put(told));
            hook.wake.notify_one();
        }
        Ok(count as u64)
    }
}

impl NodeService {
    async fn replay_inner(&self, hook: &Hook, request: model::ReplayWebhookRequest) -> Result<u64, Refusal> {
        let from = match (request.position, request.since) {
            (Some(position), None) if request.contract.is_some() => From::Position(position),
            (None, Some(since)) => From::Time(checked_time(&since)?),
            _ => return Err(invalid("a contract and a position, or a time", "/position")),
        };
        let wanted = request.contract.as_deref().map(contract_id).transpose()?;
        let named = hook.subscription().contracts.clone();
        let news = self.ask(move |contracts| {
            contracts.load_all().map_err(|error| failed(&error))?;
            if wanted.is_some_and(|wanted| !contracts.active.contains_key(&wanted)) {
                return Err(Refusal::unknown_contract());
            }
            let asked = contracts.iter().filter(|active| {
                let contract = active.replica.contract();
                let is_named = || named.is_empty() || named.contains(&contract.to_string());
                wanted.map_or_else(is_named, |wanted| wanted == contract)
            });
            Ok(asked.filter_map(|active| from_log(active, &from)).flatten().collect::<Vec<_>>())
        });
        self.webhooks.replay(hook, news.await?).await
    }
}

impl Api for NodeService {
    fn webhooks(&self) -> Answer<'_, model::WebhookList> {
        Box::pin(async move { Ok(self.webhooks.list()) })
    }

    fn add_webhook(&self, caller: Caller, request: model::AddWebhookRequest) -> Answer<'_, model::Webhook> {
        let by = caller.session.map(|session| session.identity.to_string());
        Box::pin(async move { self.webhooks.add(by, request).await })
    }

    fn webhook(&self, webhook: String) -> Answer<'_, model::Webhook> {
        Box::pin(async move { Ok(Webhooks::view(&*self.webhooks.get(&webhook)?)) })
    }

    fn change_webhook(&self, webhook: String, request: model::ChangeWebhookRequest) -> Answer<'_, model::Webhook> {
        Box::pin(async move { self.webhooks.change(&*self.webhooks.get(&webhook)?, request).await })
    }

    fn remove_webhook(&self, webhook: String) -> Answer<'_, ()> {
        Box::pin(async move { self.webhooks.remove(&*self.webhooks.get(&webhook)?).await })
    }

    fn test_webhook(&self, webhook: String) -> Answer<'_, model::WebhookDelivery> {
        Box::pin(async move { self.webhooks.test(&*self.webhooks.get(&webhook)?).await })
    }

    fn deliveries(&self, webhook: String, query: DeliveryQuery) -> Answer<'_, model::WebhookDeliveryList> {
        Box::pin(async move { self.webhooks.deliveries_of(&*self.webhooks.get(&webhook)?, &query) })
    }

    fn resend_delivery(&self, webhook: String, delivery: String) -> Answer<'_, model::WebhookDelivery> {
        Box::pin(async move { self.webhooks.resend(&*self.webhooks.get(&webhook)?, &delivery).await })
    }

    fn replay_webhook(
        &self,
        webhook: String,
        request: model::ReplayWebhookRequest,
    ) -> Answer<'_, model::WebhookReplay> {
        Box::pin(async move {
            let queued = self.replay_inner(&*self.webhooks.get(&webhook)?, request).await?;
            Ok(model::WebhookReplay { queued })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_beginning_of_one() {
        for good in ["2026-01-31", "2026-01-31T12:00Z", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000"] {
            assert!(checked_time(good).is_ok_and(|time| good.starts_with(&time)), "{good}");
        }
        for bad in ["", "2026", "31.01.2026", "2026-01-31T12", "2026-01-31T12:00:00+01:00", "2026-01-31 12:00"] {
            assert!(checked_time(bad).is_err(), "{bad}");
        }
    }
}
