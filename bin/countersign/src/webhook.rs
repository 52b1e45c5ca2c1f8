//! `webhook …`: tell a program of yours what happens.

use clap::{Args, Subcommand};
use countersign_api_model::{
    AddWebhookRequest, ChangeWebhookRequest, DeliveryStatus, EventKind, ReplayWebhookRequest, Webhook, WebhookDelivery,
    WebhookDeliveryList, WebhookList,
};
use countersign_types::ContractId;

use crate::context::{Global, confirm};
use crate::failure::Failure;
use crate::output::{self, table};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell a program what happens, from now on
    Add(Add),
    /// List who is told
    List(List),
    /// Show what was sent to one, and what waits
    Show(Show),
    /// Pause one, resume it, or change its address
    Change(Change),
    /// Send a test now, once
    Test(Test),
    /// Send one delivery again
    Resend(Resend),
    /// Tell again what the logs have
    Replay(Replay),
    /// Take one away, and what waits for it
    Remove(Remove),
}

/// Who is told what.
#[derive(Args, Debug)]
#[command(
    after_long_help = "The host of the address must be in [outgoing] of node.toml. Every request is signed by your \
    node; its receiver checks that.\n\nExample:\n  countersign webhook add https://erp.example/countersign \
    --event final --event offered"
)]
pub struct Add {
    /// Where events go
    url: String,
    /// Only of this contract; give it again for more
    #[arg(long)]
    contract: Vec<ContractId>,
    /// Only this kind: extended, final, offered …; give it again for more
    #[arg(long, value_name = "KIND", value_parser = kind)]
    event: Vec<EventKind>,
    /// What it is for
    #[arg(long)]
    note: Option<String>,
    /// How often one delivery is tried [default: 18, about a day]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=30))]
    attempts: Option<u32>,
}

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign webhook list")]
pub struct List {}

/// Which deliveries.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign webhook show WEBHOOK --dead")]
pub struct Show {
    /// The webhook, from the list
    webhook: String,
    /// Only deliveries that nobody tries any more
    #[arg(long)]
    dead: bool,
    /// Only deliveries that wait
    #[arg(long, conflicts_with = "dead")]
    waiting: bool,
    /// At most so many, newest first
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

/// What changes.
#[derive(Args, Debug)]
#[command(after_long_help = "What happens while it is paused waits, and is sent when it goes on.\n\nExample:\n  \
    countersign webhook change WEBHOOK --pause")]
pub struct Change {
    /// The webhook, from the list
    webhook: String,
    /// Let events wait
    #[arg(long)]
    pause: bool,
    /// Go on
    #[arg(long, conflicts_with = "pause")]
    resume: bool,
    /// Another address
    #[arg(long)]
    url: Option<String>,
}

/// Which one.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign webhook test WEBHOOK")]
pub struct Test {
    /// The webhook, from the list
    webhook: String,
}

/// Which delivery.
#[derive(Args, Debug)]
#[command(after_long_help = "It is sent under the same id: a receiver that has it does nothing twice.\n\nExample:\n  \
    countersign webhook resend DELIVERY")]
pub struct Resend {
    /// The delivery, as webhook show names it
    delivery: String,
}

/// From where.
#[derive(Args, Debug)]
#[command(after_long_help = "Every entry from there on is told again, and what is final: under new ids, marked as \
    replayed.\n\nExample:\n  countersign webhook replay WEBHOOK --since 2026-01-31")]
pub struct Replay {
    /// The webhook, from the list
    webhook: String,
    /// Only of this contract
    #[arg(long)]
    contract: Option<ContractId>,
    /// From this position of the contract on
    #[arg(long, requires = "contract", required_unless_present = "since")]
    position: Option<u64>,
    /// From this time on, in UTC: 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "position")]
    since: Option<String>,
}

/// Which one.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign webhook remove WEBHOOK")]
pub struct Remove {
    /// The webhook, from the list
    webhook: String,
}

fn kind(text: &str) -> Result<EventKind, String> {
    let all = || EventKind::ALL.map(EventKind::as_str).join(", ");
    EventKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| format!("one of {}", all()))
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Add(arguments) => arguments.run(global).await,
            Self::List(List {}) => list(global).await,
            Self::Show(arguments) => arguments.run(global).await,
            Self::Change(arguments) => arguments.run(global).await,
            Self::Test(arguments) => arguments.run(global).await,
            Self::Resend(arguments) => arguments.run(global).await,
            Self::Replay(arguments) => arguments.run(global).await,
            Self::Remove(arguments) => arguments.run(global).await,
        }
    }
}

impl Add {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let request = AddWebhookRequest {
            url: self.url,
            note: self.note,
            contracts: self.contract.iter().map(ToString::to_string).collect(),
            events: self.event,
            attempts_max: self.attempts,
        };
        let webhook = global.client()?.add_webhook(&request).await?;
        global.output().show(&webhook, |webhook| table(&[row(webhook)]))?;
        output::talk(&format!("next:  countersign webhook test {}", webhook.id));
        Ok(())
    }
}

async fn list(global: &Global) -> Result<(), Failure> {
    let webhooks = global.client()?.webhooks().await?;
    if webhooks.webhooks.is_empty() {
        output::talk("nobody is told");
    }
    global.output().show(&webhooks, |WebhookList { webhooks }| table(&webhooks.iter().map(row).collect::<Vec<_>>()))
}

fn row(webhook: &Webhook) -> Vec<String> {
    let state = match (webhook.paused, webhook.failures) {
        (true, _) => "paused".to_owned(),
        (false, 0) => "well".to_owned(),
        (false, failures) => format!("failed {failures} times"),
    };
    let (waiting, note) = (format!("{} waiting", webhook.waiting), webhook.note.clone().unwrap_or_default());
    vec![webhook.id.clone(), webhook.url.clone(), state, waiting, note]
}

impl Show {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let status = match (self.dead, self.waiting) {
            (true, _) => Some(DeliveryStatus::Dead),
            (_, true) => Some(DeliveryStatus::Waiting),
            _ => None,
        };
        let client = global.client()?;
        let deliveries = client.deliveries(&self.webhook, status, None, usize::from(self.limit)).await?;
        if deliveries.deliveries.is_empty() {
            output::talk("there is nothing");
        }
        let words = |list: &WebhookDeliveryList| table(&list.deliveries.iter().map(delivery).collect::<Vec<_>>());
        global.output().show(&deliveries, words)
    }
}

fn delivery(delivery: &WebhookDelivery) -> Vec<String> {
    let answer = match &delivery.last {
        None => String::new(),
        Some(last) => last.answer.map_or_else(|| last.error.clone().unwrap_or_default(), |answer| answer.to_string()),
    };
    let times = format!("{} {}", delivery.attempts, if delivery.attempts == 1 { "attempt" } else { "attempts" });
    let next = delivery.next_try.as_ref().map(|next| format!("next at {next}")).unwrap_or_default();
    let (event, status) = (&delivery.event, delivery.status.as_str().to_owned());
    vec![event.id.clone(), event.kind.as_str().to_owned(), event.time.clone(), status, times, answer, next]
}

impl Change {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let paused = (self.pause || self.resume).then_some(self.pause);
        let request = ChangeWebhookRequest { url: self.url, paused, ..ChangeWebhookRequest::default() };
        let webhook = global.client()?.change_webhook(&self.webhook, &request).await?;
        global.output().show(&webhook, |webhook| table(&[row(webhook)]))
    }
}

impl Test {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let sent = global.client()?.test_webhook(&self.webhook).await?;
        global.output().show(&sent, |sent| table(&[delivery(sent)]))?;
        if sent.status == DeliveryStatus::Delivered {
            return Ok(());
        }
        let last = sent.last.as_ref();
        let code = last.and_then(|last| last.error.clone()).unwrap_or_else(|| "not_delivered".to_owned());
        let detail = last.and_then(|last| last.detail.clone()).unwrap_or_else(|| "the answer is not 2xx".to_owned());
        Err(Failure::refused(&code, detail))
    }
}

impl Resend {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let webhook = self.delivery.split('-').next().unwrap_or_default();
        let sent = global.client()?.resend_delivery(webhook, &self.delivery).await?;
        global.output().show(&sent, |sent| table(&[delivery(sent)]))
    }
}

impl Replay {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let contract = self.contract.map(|contract| contract.to_string());
        let request = ReplayWebhookRequest { contract, position: self.position, since: self.since };
        let queued = global.client()?.replay_webhook(&self.webhook, &request).await?;
        global.output().show(&queued, |queued| format!("{} queued\n", queued.queued))
    }
}

impl Remove {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        confirm(&format!("Take {} away, with everything that waits for it?", self.webhook), global.yes)?;
        global.client()?.remove_webhook(&self.webhook).await?;
        output::talk(&format!("{} is told nothing any more", self.webhook));
        Ok(())
    }
}
