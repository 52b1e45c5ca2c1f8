//! A contract as the API shows it.

use std::collections::BTreeMap;

use countersign_api::{Kind, Refusal};
use countersign_api_model as model;
use countersign_chain::{Genesis, LogState, Statement};
use countersign_codec::Json;
use countersign_contract::{Charter, State};
use countersign_replica::{Delivery, Level};
use countersign_store::{Space, Store};
use countersign_types::{ContractId, EntryId, IdentityId, Outcome, StatementId, Timestamp};
use countersign_workflow::{ActionKind, Needs, Open, Process, Scenario};

use crate::Error;
use crate::active::{Active, charter};
use crate::contracts::Contracts;
use crate::records::{self, Status};

pub(crate) fn contract(active: &Active, party: &IdentityId, now: Timestamp) -> Option<model::ContractView> {
    let replica = &active.replica;
    let state = replica.state()?;
    let knowledge = replica.knowledge();
    let place = knowledge.place(&replica.head())?;
    let charter = state.charter();
    let mut accused: Vec<_> = knowledge.frauds().iter().map(|proof| proof.party().to_string()).collect();
    accused.sort();
    accused.dedup();
    let waiting = active.waiting().into_iter().filter_map(|outbox| {
        Some(model::Waiting { party: outbox.peer.to_string(), since: outbox.waiting_since?.to_string() })
    });
    Some(model::ContractView {
        contract: replica.contract().to_string(),
        status: match active.is_member(party) {
            true => model::ContractStatus::Active,
            false => model::ContractStatus::Invited,
        },
        title: title(&charter.scenario),
        scenario: charter.scenario_id().to_string(),
        founded: active.genesis.time.to_string(),
        members: members(active, &state, party),
        position: place.position.get(),
        head: replica.head().to_string(),
        final_position: (knowledge.settled().len() as u64).saturating_sub(1),
        state_hash: state.hash().to_string(),
        process: state.process().map(|started| process(started, now)),
        waiting: waiting.collect(),
        accused,
        erasures: crate::erase::list(active),
    })
}

/// A contract that was offered and that nobody here agreed to.
pub(crate) fn offered(
    store: &Store,
    id: &ContractId,
    party: &IdentityId,
) -> Result<Option<model::ContractView>, Error> {
    let Some(record) = records::contract(store, id)? else { return Ok(None) };
    let opening = charter(store, &record.genesis)?.ok_or_else(|| Error::Corrupt(id.to_string()))?;
    let read = Charter::from_bytes(opening.bytes(), &record.genesis.scenario);
    let read = read.map_err(|_| Error::Corrupt(id.to_string()))?;
    let state = State::found(&record.genesis, read).map_err(|_| Error::Corrupt(id.to_string()))?;
    let members = record.genesis.members.iter().map(|member| model::Member {
        party: member.party().to_string(),
        actors: actors_of(&state, &member.party()),
        urls: member.node.urls.clone(),
        own: member.party() == *party,
        received: 0,
    });
    Ok(Some(model::ContractView {
        contract: id.to_string(),
        status: model::ContractStatus::Offered,
        title: title(&state.charter().scenario),
        scenario: record.genesis.scenario.to_string(),
        founded: record.genesis.time.to_string(),
        members: members.collect(),
        position: 0,
        head: Genesis::entry(&record.genesis).to_string(),
        final_position: 0,
        state_hash: state.hash().to_string(),
        process: state.process().map(|started| process(started, record.genesis.time)),
        waiting: Vec::new(),
        accused: Vec::new(),
        erasures: Vec::new(),
    }))
}

pub(crate) fn title(scenario: &Scenario) -> String {
    let words = scenario.title();
    words.get(scenario.language()).or_else(|| words.values().next()).map(|title| title.to_string()).unwrap_or_default()
}

fn actors_of(state: &State, party: &IdentityId) -> Vec<String> {
    let Some(process) = state.process() else { return Vec::new() };
    let party = party.to_string();
    let actors = process.scenario().actors().filter(|actor| process.party(actor) == Some(party.as_str()));
    actors.map(str::to_owned).collect()
}

fn members(active: &Active, state: &State, own: &IdentityId) -> Vec<model::Member> {
    let knowledge = active.replica.knowledge();
    let head = active.replica.head();
    let path = knowledge.path(&head);
    let received = |party: &IdentityId| {
        path.iter()
            .rev()
            .position(|entry| knowledge.delivered_to(entry).contains(party))
            .map_or(0, |behind| (path.len() as u64).saturating_sub(1).saturating_sub(behind as u64))
    };
    let epoch = state.epoch();
    epoch
        .parties()
        .map(|party| model::Member {
            party: party.to_string(),
            actors: actors_of(state, &party),
            urls: epoch.node(&party).map(|node| node.urls.clone()).unwrap_or_default(),
            own: party == *own,
            received: received(&party),
        })
        .collect()
}

fn process(process: &Process, now: Timestamp) -> model::Process {
    let scenario = process.scenario();
    let time = time_in(process, now);
    let mut open: BTreeMap<String, Vec<model::OpenAction>> = BTreeMap::new();
    for (actor, actions) in process.open(time) {
        open.insert(actor.to_string(), actions.iter().map(|action| open_action(scenario, action)).collect());
    }
    let timers = process
        .timers()
        .into_iter()
        .map(|(due, goto)| model::Timer { due: due.to_string(), goto: goto.map(str::to_owned) });
    model::Process {
        state: process.state().to_owned(),
        title: words(scenario, scenario.state_title(process.state())),
        entered: process.entered().to_string(),
        outcome: process.outcome().map(|outcome| outcome.as_str().to_owned()),
        open,
        next: process.next(),
        previous: process.history().iter().map(|happened| happened.cause.to_string()).collect(),
        assets: plain(&process.assets().to_plain()),
        vars: plain(&process.vars().to_plain()),
        inputs: plain(&process.inputs().to_plain()),
        result: plain(&process.result().to_plain()),
        timers: timers.collect(),
    }
}

/// The clock as a process reads it.
fn time_in(process: &Process, now: Timestamp) -> countersign_rules::Timestamp {
    countersign_rules::Timestamp::from_ms(now.millis()).unwrap_or_else(|| process.time())
}

fn open_action(scenario: &Scenario, open: &Open) -> model::OpenAction {
    let action = scenario.action(&open.action);
    model::OpenAction {
        action: open.action.to_string(),
        title: words(scenario, action.as_ref().map(|action| action.title())),
        kind: action.map(|action| kind(action.kind()).to_owned()).unwrap_or_default(),
        responses: open.responses.iter().map(ToString::to_string).collect(),
        needs: open.needs.map(|needs| level(needs).as_str().to_owned()),
    }
}

const fn kind(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Performative => "performative",
        ActionKind::Informative => "informative",
    }
}

const fn level(needs: Needs) -> Level {
    match needs {
        Needs::Countersigned => Level::Countersigned,
        Needs::Final => Level::Final,
    }
}

fn words(scenario: &Scenario, words: Option<&countersign_workflow::Words>) -> String {
    let found = words.and_then(|words| words.get(scenario.language()).or_else(|| words.values().next()));
    found.map(ToString::to_string).unwrap_or_default()
}

fn plain(json: &Json) -> serde_json::Value {
    match json {
        Json::Null => serde_json::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Int(value) => (*value).into(),
        Json::Text(value) => value.clone().into(),
        Json::List(items) => items.iter().map(plain).collect(),
        Json::Map(members) => {
            serde_json::Value::Object(members.iter().map(|(key, value)| (key.clone(), plain(value))).collect())
        }
    }
}

pub(crate) fn inbox(active: &Active, party: &IdentityId, now: Timestamp) -> Vec<model::InboxItem> {
    let Some(state) = active.replica.state() else { return Vec::new() };
    let Some(started) = state.process() else { return Vec::new() };
    let scenario = started.scenario();
    let mut items = Vec::new();
    for actor in actors_of(&state, party) {
        for open in started.open_actions(&actor, time_in(started, now)) {
            items.push(model::InboxItem {
                contract: active.replica.contract().to_string(),
                title: title(scenario),
                actor: actor.clone(),
                action: open_action(scenario, &open),
            });
        }
    }
    items
}

/// Where a statement stands on the held branch.
pub(crate) fn submitted(active: &Active, statement: &StatementId) -> Result<model::Submitted, Refusal> {
    let unknown = || Refusal::new(Kind::NotFound, "unknown_statement", "no such statement in this log");
    let entry = active.replica.entry_of(statement).ok_or_else(unknown)?;
    let place = active.replica.knowledge().place(&entry).ok_or_else(unknown)?;
    Ok(model::Submitted {
        statement: statement.to_string(),
        entry: entry.to_string(),
        position: place.position.get(),
        outcome: outcome(&place.outcome),
        standing: standing(active, &entry),
    })
}

fn outcome(outcome: &Outcome) -> model::Outcome {
    match outcome {
        Outcome::Applied => model::Outcome::Applied,
        Outcome::Rejected { rule, by } => model::Outcome::Rejected { rule: rule.to_string(), by: by.clone() },
        Outcome::Failed { witness } => model::Outcome::Failed { witness: witness.clone() },
    }
}

pub(crate) fn standing(active: &Active, entry: &EntryId) -> model::Standing {
    let standing = active.replica.standing(entry);
    model::Standing {
        level: match standing.level {
            Level::Local => model::Level::Local,
            Level::Delivered => model::Level::Delivered,
            Level::Countersigned => model::Level::Countersigned,
            Level::Final => model::Level::Final,
        },
        received_by: standing.received_by.iter().map(ToString::to_string).collect(),
        waiting_for: standing.waiting_for.iter().map(ToString::to_string).collect(),
    }
}

pub(crate) fn log(active: &Active, after: u64, limit: usize) -> model::Log {
    let path = active.replica.knowledge().path(&active.replica.head());
    let first = usize::try_from(after).unwrap_or(usize::MAX).saturating_add(1);
    let page = path.iter().skip(first).take(limit);
    let entries: Vec<_> = page.filter_map(|entry| log_entry(active, entry)).collect();
    let more = path.len() > first.saturating_add(entries.len());
    let next = entries.last().filter(|_| more).map(|entry| entry.position);
    model::Log { entries, next }
}

fn log_entry(active: &Active, id: &EntryId) -> Option<model::Entry> {
    let place = active.replica.knowledge().place(id)?;
    let (entry, statement) = place.content.as_ref()?;
    let state = active.replica.state()?;
    let payload = active.replica.opening(&statement.payload);
    let payload = payload.and_then(|opening| Json::parse(opening.bytes(), Default::default()).ok());
    Some(model::Entry {
        position: place.position.get(),
        entry: id.to_string(),
        statement: Statement::id(statement).to_string(),
        kind: statement.kind.as_str().to_owned(),
        appended_by: entry.party.to_string(),
        author: statement.author.identity.to_string(),
        key: statement.author.key.to_string(),
        party: state.ring(&statement.author.identity).map(|ring| ring.party().to_string()),
        time: statement.time.to_string(),
        outcome: outcome(&place.outcome),
        payload: payload.as_ref().map(plain),
        standing: standing(active, id),
    })
}

pub(crate) fn outbox(contracts: &Contracts) -> model::OutboxList {
    let mut lines = Vec::new();
    for active in contracts.iter() {
        for outbox in active.waiting() {
            let delivery = match outbox.delivery {
                Delivery::Idle => continue,
                Delivery::Waiting => "waiting",
                Delivery::Dead => "dead",
            };
            lines.push(model::OutboxLine {
                contract: active.replica.contract().to_string(),
                party: outbox.peer.to_string(),
                delivery: delivery.to_owned(),
                unacknowledged: outbox.unacknowledged,
                since: outbox.waiting_since.map(|time| time.to_string()),
                attempts: outbox.attempts,
                retry_at: outbox.retry_at.map(|time| time.to_string()),
                refused: outbox.refused.map(|code| code.to_string()),
            });
        }
    }
    model::OutboxList { outbox: lines, next: None }
}

pub(crate) fn contracts(store: &Store, after: Option<&ContractId>, limit: usize) -> Result<model::ContractList, Error> {
    let mut contracts = Vec::new();
    let mut next = None;
    let start = after.map(|after| after.bytes().to_vec()).unwrap_or_default();
    for line in store.scan_from(Space::Contract, &[], &start) {
        let (key, _) = line?;
        let Some(id) = <[u8; 32]>::try_from(key).ok().map(|key| ContractId::new(countersign_crypto::Digest::new(key)))
        else {
            continue;
        };
        if after == Some(&id) {
            continue;
        }
        if contracts.len() == limit {
            next = contracts.last().map(|last: &model::ContractSummary| last.contract.clone());
            break;
        }
        let Some(record) = records::contract(store, &id)? else { continue };
        let opening = charter(store, &record.genesis)?.ok_or_else(|| Error::Corrupt(id.to_string()))?;
        let scenario = Charter::from_bytes(opening.bytes(), &record.genesis.scenario);
        let status = match record.status {
            Status::Active => model::ContractStatus::Active,
            Status::Offered => model::ContractStatus::Offered,
            Status::Invited => model::ContractStatus::Invited,
        };
        contracts.push(model::ContractSummary {
            contract: id.to_string(),
            status,
            title: scenario.map(|charter| title(&charter.scenario)).unwrap_or_default(),
            founded: record.genesis.time.to_string(),
        });
    }
    Ok(model::ContractList { contracts, next })
}

/// The level that an action needs and that the step into the current state does not have yet.
pub(crate) fn missing_level(active: &Active, action: &str) -> Option<&'static str> {
    let state = active.replica.state()?;
    let needs = state.process()?.scenario().action(action)?.needs()?;
    let entry = active.replica.entry_of(&state.entered_by()?)?;
    let level = active.replica.standing(&entry).level;
    let wanted = self::level(needs);
    (level < wanted).then_some(wanted.as_str())
}
