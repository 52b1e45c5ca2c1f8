//! What the driver reports: events for those who listen, a pulse for those who wait, numbers for the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_api::{Activity, Counts, EventPlace, Feed, News, Refusal, Subscription, Tell};
use countersign_api_model::EventKind;
use countersign_executor::Notice as RunNotice;
use countersign_replica::Notice;
use countersign_types::{ContractId, EntryId, IdentityId, Outcome, Position};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::active::Active;
use crate::driver::Pulse;
use crate::reminders::Reminders;

/// Most entries that are told again to a listener who comes back after a restart of the node.
const TOLD_AGAIN_MAX: usize = 1_000;

/// Reports of the driver. Nothing here waits for those who read them.
pub(crate) struct Reports {
    pub(crate) feed: Arc<Feed>,
    pub(crate) pulse: watch::Sender<Pulse>,
    /// What happened within the last hour.
    pub(crate) activity: Activity,
    /// Entries that joined a held branch, by outcome.
    pub(crate) entries: Counts,
    /// Notices by kind.
    pub(crate) notices: Counts,
    /// System actions, by the state that they came to.
    pub(crate) runs: Counts,
    /// Statements of people here that were refused, by code.
    pub(crate) refused: Counts,
    /// Messages to other nodes that did not arrive, by code.
    pub(crate) peer_errors: Counts,
    /// Personal data that are due.
    pub(crate) reminders: Reminders,
    pub(crate) commits: AtomicU64,
    pub(crate) writes: AtomicU64,
}

impl Reports {
    /// Reports of a node that starts; the chance tells this start from all others.
    pub(crate) fn new(chance: [u8; 32], pulse: watch::Sender<Pulse>) -> Arc<Self> {
        let epoch: Vec<u8> = chance.into_iter().take(10).collect();
        Arc::new(Self {
            feed: Feed::new(countersign_types::to_base32(&epoch)),
            pulse,
            activity: Activity::default(),
            entries: Counts::default(),
            notices: Counts::default(),
            runs: Counts::default(),
            refused: Counts::default(),
            peer_errors: Counts::default(),
            reminders: Reminders::default(),
            commits: AtomicU64::new(0),
            writes: AtomicU64::new(0),
        })
    }

    /// A commit of so many writes is about to be made durable; none if there is nothing to write.
    pub(crate) fn commit(&self, writes: usize) {
        if writes == 0 {
            return;
        }
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(writes as u64, Ordering::Relaxed);
    }

    /// A statement was refused.
    pub(crate) fn refused(&self, refusal: Refusal) -> Refusal {
        self.refused.add(&refusal.code);
        refusal
    }

    /// A contract was offered, and is durable.
    pub(crate) fn offered(&self, contract: &ContractId) {
        self.notices.add(EventKind::Offered.as_str());
        self.feed.publish(offer(contract));
    }

    /// Personal data of a contract are due.
    pub(crate) fn remind(&self, contract: &ContractId, count: u64) {
        self.notices.add(EventKind::Due.as_str());
        let data = json!({"count": count});
        self.feed.publish(News { contract: contract.to_string(), kind: EventKind::Due, data, place: None });
    }

    /// Receipts of others that came, once they are durable.
    pub(crate) fn received(&self, contract: &ContractId, active: Option<&Active>, receipts: &[(IdentityId, u64)]) {
        let place = active.and_then(head);
        for (party, position) in receipts {
            self.feed.publish(Received { contract: *contract, party: *party, position: *position, place });
        }
    }

    /// What system actions of this node came to, once it is durable.
    pub(crate) fn ran(&self, contract: &ContractId, active: Option<&Active>, notices: &[RunNotice]) {
        let place = active.and_then(head);
        for notice in notices {
            self.runs.add(notice.state);
            self.feed.publish(Ran { contract: *contract, notice: notice.clone(), place });
        }
    }

    /// What happened in a contract, once it is durable.
    pub(crate) fn tell(&self, contract: &ContractId, active: Option<&Active>, notices: &[Notice]) {
        let moves = notices.iter().any(|notice| matches!(notice, Notice::Extended { .. } | Notice::Moved { .. }));
        // Until the first change of the branch in this turn its head before the turn is not known here.
        let mut place = if moves { None } else { active.and_then(head) };
        for notice in notices {
            match notice {
                Notice::Extended { entry, position, outcome } => {
                    self.entries.add(outcome_word(outcome));
                    self.activity.entry();
                    place = Some((*entry, *position));
                }
                Notice::Moved { common, .. } => place = active.and_then(|active| place_at(active, common)),
                _ => {}
            }
            self.notices.add(kind(notice).as_str());
            self.feed.publish(Told { contract: *contract, notice: notice.clone(), place });
        }
    }
}

/// A contract was offered.
pub(crate) fn offer(contract: &ContractId) -> News {
    News { contract: contract.to_string(), kind: EventKind::Offered, data: json!({}), place: None }
}

/// A notice as the feed keeps it.
#[derive(Debug)]
struct Told {
    contract: ContractId,
    notice: Notice,
    place: Option<(EntryId, Position)>,
}

impl Tell for Told {
    fn is_about(&self, contract: &str) -> bool {
        contract.parse() == Ok(self.contract)
    }

    fn tell(&self) -> News {
        let (contract, place) = (self.contract.to_string(), self.place.map(event_place));
        News { contract, kind: kind(&self.notice), data: described(&self.notice), place }
    }
}

/// A receipt of another party as the feed keeps it.
#[derive(Debug)]
struct Received {
    contract: ContractId,
    party: IdentityId,
    position: u64,
    place: Option<(EntryId, Position)>,
}

impl Tell for Received {
    fn is_about(&self, contract: &str) -> bool {
        contract.parse() == Ok(self.contract)
    }

    fn tell(&self) -> News {
        let (contract, place) = (self.contract.to_string(), self.place.map(event_place));
        let data = json!({"party": self.party.to_string(), "position": self.position});
        News { contract, kind: EventKind::Received, data, place }
    }
}

/// A system action that went on, as the feed keeps it.
#[derive(Debug)]
struct Ran {
    contract: ContractId,
    notice: RunNotice,
    place: Option<(EntryId, Position)>,
}

impl Tell for Ran {
    fn is_about(&self, contract: &str) -> bool {
        contract.parse() == Ok(self.contract)
    }

    fn tell(&self) -> News {
        let (contract, place) = (self.contract.to_string(), self.place.map(event_place));
        News { contract, kind: EventKind::Run, data: run_data(&self.notice), place }
    }
}

fn run_data(notice: &RunNotice) -> Value {
    json!({"run": notice.run.to_string(), "state": notice.state})
}

/// Tells first what a listener missed while the node was down, if the log still has it as the listener saw it.
pub(crate) fn catch_up(active: &Active, subscription: &mut Subscription) {
    let Some(Some(place)) = subscription.lost() else { return };
    if let Some(news) = missed(active, place) {
        subscription.tell_first(news);
    }
}

fn missed(active: &Active, place: &EventPlace) -> Option<Vec<News>> {
    let path = active.replica.knowledge().path(&active.replica.head());
    let seen = usize::try_from(place.position).ok()?;
    if path.get(seen)?.to_string() != place.entry {
        return None;
    }
    let later = path.get(seen.checked_add(1)?..)?;
    if later.len() > TOLD_AGAIN_MAX { None } else { told_again(active, later) }
}

/// Entries of the held branch as they were told when they came, and what is final now.
fn told_again(active: &Active, entries: &[EntryId]) -> Option<Vec<News>> {
    let knowledge = active.replica.knowledge();
    let contract = active.replica.contract().to_string();
    let mut news = Vec::new();
    for entry in entries {
        let known = knowledge.place(entry)?;
        let data = extended(entry, known.position, &known.outcome);
        let place = Some(event_place((*entry, known.position)));
        news.push(News { contract: contract.clone(), kind: EventKind::Extended, data, place });
    }
    let last = knowledge.final_entry();
    let data = json!({"position": knowledge.place(&last)?.position.get(), "entry": last.to_string()});
    news.push(News { contract, kind: EventKind::Final, data, place: head(active).map(event_place) });
    Some(news)
}

/// From where a log is told again.
#[derive(Clone, Debug)]
pub(crate) enum From {
    /// This position.
    Position(u64),
    /// What was declared at this time or later: the beginning of a time as text, in UTC.
    Time(String),
}

/// What the log of a contract has from there on. None if nothing.
pub(crate) fn from_log(active: &Active, from: &From) -> Option<Vec<News>> {
    let knowledge = active.replica.knowledge();
    let mut path = knowledge.path(&active.replica.head());
    path.retain(|entry| {
        let Some(place) = knowledge.place(entry) else { return false };
        let Some((_, statement)) = &place.content else { return false };
        match from {
            From::Position(position) => place.position.get() >= *position,
            From::Time(time) => statement.time.to_string() >= *time,
        }
    });
    if path.is_empty() { None } else { told_again(active, &path) }
}

/// What a turn did in a contract, for those who are told later; in the order of the stream of events.
pub(crate) fn of_turn(
    contract: &ContractId,
    notices: &[Notice],
    received: &[(IdentityId, u64)],
    runs: &[RunNotice],
) -> Vec<News> {
    let news = |kind, data| News { contract: contract.to_string(), kind, data, place: None };
    let happened = notices.iter().map(|notice| news(kind(notice), described(notice)));
    let came = received
        .iter()
        .map(|(party, position)| news(EventKind::Received, json!({"party": party.to_string(), "position": position})));
    let ran = runs.iter().map(|notice| news(EventKind::Run, run_data(notice)));
    happened.chain(came).chain(ran).collect()
}

fn head(active: &Active) -> Option<(EntryId, Position)> {
    place_at(active, &active.replica.head())
}

fn place_at(active: &Active, entry: &EntryId) -> Option<(EntryId, Position)> {
    active.replica.knowledge().place(entry).map(|place| (*entry, place.position))
}

fn event_place((entry, position): (EntryId, Position)) -> EventPlace {
    EventPlace { position: position.get(), entry: entry.to_string() }
}

const fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Failed { .. } => "failed",
    }
}

fn extended(entry: &EntryId, position: Position, outcome: &Outcome) -> Value {
    let mut data = json!({"position": position.get(), "entry": entry.to_string(), "outcome": outcome_word(outcome)});
    if let Outcome::Rejected { rule, .. } = outcome {
        data["rule"] = rule.to_string().into();
    }
    data
}

const fn kind(notice: &Notice) -> EventKind {
    match notice {
        Notice::Extended { .. } => EventKind::Extended,
        Notice::Moved { .. } => EventKind::Moved,
        Notice::Final { .. } => EventKind::Final,
        Notice::Fraud { .. } => EventKind::Fraud,
        Notice::Disagreement { .. } => EventKind::Disagreement,
        Notice::Strike { .. } => EventKind::Strike,
        Notice::Erased { .. } => EventKind::Erased,
        Notice::OldBackup => EventKind::OldBackup,
        Notice::Recovered => EventKind::Recovered,
        Notice::Abandoned { .. } => EventKind::Abandoned,
    }
}

fn described(notice: &Notice) -> Value {
    match notice {
        Notice::Extended { entry, position, outcome } => extended(entry, *position, outcome),
        Notice::Moved { common, displaced } => json!({"common": common.to_string(), "displaced": displaced.len()}),
        Notice::Final { entry, position } => json!({"position": position.get(), "entry": entry.to_string()}),
        Notice::Fraud { party } => json!({"party": party.to_string()}),
        Notice::Disagreement { party, entry } => json!({"party": party.to_string(), "entry": entry.to_string()}),
        Notice::Strike { from, code } => json!({"party": from.to_string(), "code": code.to_string()}),
        Notice::Erased { statement, party } => {
            json!({"statement": statement.to_string(), "party": party.to_string()})
        }
        Notice::OldBackup | Notice::Recovered => json!({}),
        Notice::Abandoned { statement } => json!({"statement": statement.to_string()}),
    }
}
