//! A contract as the API shows it.

use std::collections::BTreeMap;

use countersign_api::{Kind, Refusal};
use countersign_api_model as model;
use countersign_chain::{Genesis, LogState, Network};
use countersign_codec::Json;
use countersign_contract::{Charter, MandateRecord, State};
use countersign_member::{Denied, Request};
use countersign_replica::{Delivery, Level};
use countersign_store::{Space, Store};
use countersign_types::{ContractId, EntryId, IdentityId, Outcome, Signed, StatementId, Timestamp};
use countersign_workflow::{ActionKind, Cause, Needs, Open, Process, Scenario};

use crate::Error;
use crate::active::{Active, charter};
use crate::contracts::Contracts;
use crate::records::{self, Status};
use crate::show::names::Names;

/// What a view knows beside the contract.
pub(crate) struct Around<'a> {
    /// This party.
    pub(crate) party: IdentityId,
    /// What the clock says.
    pub(crate) now: Timestamp,
    /// What people and parties are called.
    pub(crate) names: &'a Names,
    /// When something came from the node with a key.
    pub(crate) seen: &'a dyn Fn(&[u8; 32]) -> Option<Timestamp>,
}

pub(crate) fn contract(active: &Active, around: &Around<'_>) -> Option<model::ContractView> {
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
        status: match active.is_member(&around.party) {
            true => model::ContractStatus::Active,
            false => model::ContractStatus::Invited,
        },
        title: title(&charter.scenario),
        scenario: charter.scenario_id().to_string(),
        network: network(&active.genesis),
        founded: active.genesis.time.to_string(),
        members: members(active, &state, around),
        position: place.position.get(),
        head: replica.head().to_string(),
        final_position: (knowledge.settled().len() as u64).saturating_sub(1),
        state_hash: state.hash().to_string(),
        process: state.process().map(|started| process(started, around.now)),
        waiting: waiting.collect(),
        open_roles: open_roles(&state),
        accused,
        old_backup: old_backup(active),
        erasures: crate::erase::list(active),
        log_root: place.frontier.root().to_string(),
        names: names(&state, around.names),
    })
}

/// What a contract on disk was founded with, and the state that follows.
pub(crate) fn as_founded(store: &Store, id: &ContractId) -> Result<Option<(Signed<Genesis>, State)>, Error> {
    let Some(record) = records::contract(store, id)? else { return Ok(None) };
    let opening = charter(store, &record.genesis)?.ok_or_else(|| Error::Corrupt(id.to_string()))?;
    let state = State::found(&record.genesis, &opening, None, countersign_proof::read)
        .map_err(|_| Error::Corrupt(id.to_string()))?;
    Ok(Some((record.genesis, state)))
}

/// A contract that was offered and that nobody here agreed to.
pub(crate) fn offered(
    store: &Store,
    id: &ContractId,
    around: &Around<'_>,
) -> Result<Option<model::ContractView>, Error> {
    let Some((genesis, state)) = as_founded(store, id)? else { return Ok(None) };
    let members = genesis.members.iter().map(|member| model::Member {
        party: member.party().to_string(),
        actors: actors_of(&state, &member.party()),
        urls: member.node.urls.clone(),
        own: member.party() == around.party,
        received: 0,
        name: around.names.of_party(&state, &member.party()),
        actor_titles: actor_titles(&state, &member.party()),
        receipt: None,
        outbox: None,
        last_seen: None,
    });
    Ok(Some(model::ContractView {
        contract: id.to_string(),
        status: model::ContractStatus::Offered,
        title: title(&state.charter().scenario),
        scenario: genesis.scenario.to_string(),
        network: network(&genesis),
        founded: genesis.time.to_string(),
        members: members.collect(),
        position: 0,
        head: Genesis::entry(&genesis).to_string(),
        final_position: 0,
        state_hash: state.hash().to_string(),
        process: state.process().map(|started| process(started, genesis.time)),
        waiting: Vec::new(),
        open_roles: open_roles(&state),
        accused: Vec::new(),
        old_backup: None,
        erasures: Vec::new(),
        log_root: String::new(),
        names: names(&state, around.names),
    }))
}

/// Roles that somebody may be invited to.
fn open_roles(state: &State) -> Vec<model::OpenRole> {
    let scenario = state.scenario();
    let waits = |actor: &str| {
        let mut invited = state.process().into_iter().flat_map(|process| process.invited());
        invited.find(|(waiting, _)| *waiting == actor).map(|(_, party)| party.map(str::to_owned))
    };
    let role = |actor: &str| {
        let waits = waits(actor);
        let title = words(scenario, scenario.actor_title(actor));
        model::OpenRole { actor: actor.to_owned(), title, waits: waits.is_some(), party: waits.flatten() }
    };
    let is_over = state.process().is_some_and(|process| process.outcome().is_some());
    let alone = scenario.actors().filter(|actor| scenario.acts_for(actor) == Some(*actor));
    alone.filter(|actor| !is_over && state.is_open(actor)).map(role).collect()
}

fn old_backup(active: &Active) -> Option<model::OldBackup> {
    let stopped = active.replica.stopped()?;
    Some(model::OldBackup {
        since: stopped.stop.since.to_string(),
        recovering: stopped.stop.recovering,
        waiting_for: stopped.waiting_for.iter().map(ToString::to_string).collect(),
        incomplete: stopped.incomplete,
    })
}

pub(crate) fn title(scenario: &Scenario) -> String {
    let words = scenario.title();
    words.get(scenario.language()).or_else(|| words.values().next()).map(|title| title.to_string()).unwrap_or_default()
}

fn network(genesis: &Genesis) -> model::Network {
    network_word(genesis.network())
}

/// A network as the API names it.
pub(crate) const fn network_word(network: Network) -> model::Network {
    match network {
        Network::Real => model::Network::Real,
        Network::Test => model::Network::Test,
    }
}

fn actors_of(state: &State, party: &IdentityId) -> Vec<String> {
    state.process().map(|process| process.roles_of(&party.to_string())).unwrap_or_default()
}

/// The scenario whose words count: the one that runs, or before the start the one that was founded with.
pub(crate) fn running(state: &State) -> &Scenario {
    state.process().map_or(&state.charter().scenario, Process::scenario)
}

fn actor_titles(state: &State, party: &IdentityId) -> BTreeMap<String, String> {
    let scenario = running(state);
    let title = |actor: String| (actor.clone(), words(scenario, scenario.actor_title(&actor)));
    actors_of(state, party).into_iter().map(title).collect()
}

/// Names of everybody whom the contract knows, as far as they have any.
fn names(state: &State, names: &Names) -> BTreeMap<String, String> {
    let known = state.rings().keys().copied().chain(state.epoch().parties());
    known.filter_map(|identity| Some((identity.to_string(), names.of_person(state, &identity)?))).collect()
}

fn members(active: &Active, state: &State, around: &Around<'_>) -> Vec<model::Member> {
    let receipts = active.replica.knowledge().receipts_on(&active.replica.head());
    let outboxes = outbox_of(active);
    let epoch = state.epoch();
    let member = |party: IdentityId| model::Member {
        party: party.to_string(),
        actors: actors_of(state, &party),
        urls: epoch.node(&party).map(|node| node.urls.clone()).unwrap_or_default(),
        own: party == around.party,
        received: receipts.get(&party).map_or(0, |receipt| receipt.position.get()),
        name: around.names.of_party(state, &party),
        actor_titles: actor_titles(state, &party),
        receipt: receipts.get(&party).map(|receipt| crate::show::entry::receipt(receipt, false)),
        outbox: outboxes.iter().find(|line| line.party == party.to_string()).cloned(),
        last_seen: epoch.node_key(&party).and_then(|key| (around.seen)(&key.bytes())).map(|time| time.to_string()),
    };
    epoch.parties().map(member).collect()
}

fn process(process: &Process, now: Timestamp) -> model::Process {
    let scenario = process.scenario();
    let time = time_in(process, now);
    let mut open: BTreeMap<String, Vec<model::OpenAction>> = BTreeMap::new();
    for (actor, actions) in process.open(time) {
        open.insert(actor.to_string(), actions.iter().map(|action| open_action(process, action, true)).collect());
    }
    model::Process {
        state: process.state().to_owned(),
        title: words(scenario, scenario.state_title(process.state())),
        entered: process.entered().to_string(),
        outcome: process.outcome().map(|outcome| outcome.as_str().to_owned()),
        open,
        next: process.next(),
        previous: process.history().iter().map(|happened| happened.cause.to_string()).collect(),
        path: process.history().into_iter().map(happened).collect(),
        state_titles: crate::show::open::state_titles(scenario),
        assets: plain(&process.assets().to_plain()),
        vars: plain(&process.vars().to_plain()),
        inputs: plain(&process.inputs().to_plain()),
        result: plain(&process.result().to_plain()),
        timers: countersign_playground::timers(process),
        announced: process.announced().into_iter().map(|one| announced(process, one)).collect(),
        unacknowledged: process.unacknowledged().into_iter().map(unacknowledged).collect(),
        processes: processes(process),
    }
}

fn announced(process: &Process, one: countersign_workflow::AnnouncedView) -> model::Announced {
    let scenario = process.scenario();
    let action = process.process(&one.process).and_then(|branch| branch.action(&one.action));
    model::Announced {
        title: words(scenario, action.map(|action| action.title())),
        data: plain(&one.data),
        due: one.due.to_string(),
        rule: one.objected.as_ref().map(|_| "objected".to_owned()),
        process: one.process,
        actor: one.actor,
        action: one.action,
        response: one.response,
        objectors: one.objectors,
        objected: one.objected,
    }
}

fn unacknowledged((process, actors): (String, Vec<String>)) -> model::Unacknowledged {
    model::Unacknowledged { process, actors }
}

/// `main` and all that it started: parents first, what has ended too.
fn processes(process: &Process) -> Vec<model::ProcessPart> {
    countersign_playground::processes(process, process.scenario().language())
}

fn happened(happened: &countersign_workflow::Happened) -> model::Happened {
    model::Happened {
        process: happened.process.to_string(),
        cause: happened.cause.to_string(),
        state: happened.state.to_string(),
        actor: match &happened.cause {
            Cause::Response { actor, .. } => Some(actor.to_string()),
            Cause::Timer { .. } => None,
        },
        time: happened.time.to_string(),
    }
}

/// The clock as a process reads it.
pub(crate) fn time_in(process: &Process, now: Timestamp) -> countersign_rules::Timestamp {
    countersign_rules::Timestamp::from_ms(now.millis()).unwrap_or_else(|| process.time())
}

/// With the forms to fill in, if they are wanted.
fn open_action(process: &Process, open: &Open, forms: bool) -> model::OpenAction {
    let scenario = process.scenario();
    let one = process.process(&open.process);
    let action = one.and_then(|one| one.action(&open.action));
    let clause = action.and_then(|action| action.clause());
    let language = scenario.language();
    let title = |response: &String| {
        let title = words(scenario, action.and_then(|action| action.response_title(response)));
        Some((response.clone(), title)).filter(|(_, title)| !title.is_empty())
    };
    model::OpenAction {
        response_titles: open.responses.iter().filter_map(title).collect(),
        expect: action.map(|action| action.expect().to_owned()).unwrap_or_default(),
        clause: clause.map(str::to_owned),
        // A placeholder in error leaves the words out: the document has them.
        clause_words: clause.and_then(|clause| one?.clause(clause, language).ok()?),
        instructions: one
            .and_then(|one| one.instructions(&open.actor, language).ok()?)
            .filter(|words| !words.trim().is_empty()),
        seen: action.map(|action| action.seen()).unwrap_or_default(),
        forms: action
            .filter(|_| forms)
            .map(|action| crate::show::open::forms(process, &open.process, &action, &open.responses))
            .unwrap_or_default(),
        process: open.process.clone(),
        role: open.actor.clone(),
        action: open.action.to_string(),
        title: words(scenario, action.map(|action| action.title())),
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

pub(crate) fn words(scenario: &Scenario, words: Option<&countersign_workflow::Words>) -> String {
    let found = words.and_then(|words| words.get(scenario.language()).or_else(|| words.values().next()));
    found.map(ToString::to_string).unwrap_or_default()
}

pub(crate) fn plain(json: &Json) -> serde_json::Value {
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
            let Some(one) = started.process(&open.process) else { continue };
            let leading = one.timers().into_iter().filter(|(_, goto)| goto.is_some());
            items.push(model::InboxItem {
                contract: active.replica.contract().to_string(),
                title: title(scenario),
                actor_title: words(scenario, scenario.actor_title(&actor)),
                state: one.state().to_owned(),
                state_title: words(scenario, one.state_title()),
                since: one.entered().to_string(),
                deadline: leading.map(|(due, _)| due).min().map(|due| due.to_string()),
                persons: persons(&state, party, &actor, &open.action, now),
                actor: actor.clone(),
                proposal: None,
                action: open_action(started, &open, false),
            });
        }
    }
    items.extend(votes(active, &state, party, now));
    items
}

/// The votes on changes that a party is asked for.
fn votes(active: &Active, state: &State, party: &IdentityId, now: Timestamp) -> Vec<model::InboxItem> {
    let Some(process) = state.process() else { return Vec::new() };
    let scenario = process.scenario();
    let actor = actors_of(state, party).into_iter().next().unwrap_or_default();
    let item = |(title, proposal, opened, deadline): (String, String, Timestamp, Timestamp)| model::InboxItem {
        contract: active.replica.contract().to_string(),
        title: self::title(scenario),
        actor_title: words(scenario, scenario.actor_title(&actor)),
        state: process.state().to_owned(),
        state_title: words(scenario, scenario.state_title(process.state())),
        since: opened.to_string(),
        deadline: Some(deadline.to_string()),
        persons: persons(state, party, &actor, "vote", now),
        actor: actor.clone(),
        proposal: Some(proposal),
        action: model::OpenAction {
            process: countersign_workflow::ROOT_PROCESS.to_owned(),
            role: actor.clone(),
            action: "vote".to_owned(),
            title,
            kind: "performative".to_owned(),
            responses: vec!["yes".to_owned(), "no".to_owned()],
            response_titles: BTreeMap::new(),
            expect: "yes".to_owned(),
            clause: None,
            clause_words: None,
            instructions: None,
            seen: Vec::new(),
            forms: Vec::new(),
            needs: None,
        },
    };
    crate::show::change::asked(state, party, now).into_iter().map(item).collect()
}

/// Who has a mandate of the party for an action now; how much it allows is for the statement itself.
fn persons(state: &State, party: &IdentityId, actor: &str, action: &str, now: Timestamp) -> Vec<String> {
    // A mandate names the group, not the member.
    let actor = state.scenario().role(actor).unwrap_or(actor);
    let entitled = |granted: &MandateRecord| {
        let person = granted.mandate.person;
        let any = state.ring(&person)?.keys().find(|(_, retired)| retired.is_none())?.0.id();
        let key = granted.mandate.key.unwrap_or(any);
        let request = Request { person: &person, key: &key, actor: Some(actor), action, data: None, time: now };
        let denied = matches!(granted.mandate.covers(&request), Err(Denied::NotEntitled));
        (!denied).then(|| person.to_string())
    };
    let granted = state.mandates().values().filter(|granted| granted.party == *party);
    let mut persons: Vec<_> = granted.filter_map(entitled).collect();
    persons.sort();
    persons.dedup();
    persons
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

pub(crate) fn outcome(outcome: &Outcome) -> model::Outcome {
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

pub(crate) fn outbox(contracts: &Contracts) -> model::OutboxList {
    model::OutboxList { outbox: contracts.iter().flat_map(outbox_of).collect(), next: None }
}

fn outbox_of(active: &Active) -> Vec<model::OutboxLine> {
    let line = |outbox: countersign_replica::Outbox| {
        let delivery = match outbox.delivery {
            Delivery::Idle => return None,
            Delivery::Waiting => "waiting",
            Delivery::Dead => "dead",
        };
        Some(model::OutboxLine {
            contract: active.replica.contract().to_string(),
            party: outbox.peer.to_string(),
            delivery: delivery.to_owned(),
            unacknowledged: outbox.unacknowledged,
            since: outbox.waiting_since.map(|time| time.to_string()),
            attempts: outbox.attempts,
            retry_at: outbox.retry_at.map(|time| time.to_string()),
            refused: outbox.refused.map(|code| code.to_string()),
        })
    };
    active.waiting().into_iter().filter_map(line).collect()
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
            network: network(&record.genesis),
            founded: record.genesis.time.to_string(),
        });
    }
    Ok(model::ContractList { contracts, next })
}

/// The level that an action needs and that the step into the current state does not have yet.
pub(crate) fn missing_level(active: &Active, process: &str, action: &str) -> Option<&'static str> {
    let state = active.replica.state()?;
    let needs = state.process()?.process(process)?.action(action)?.needs()?;
    let entry = active.replica.entry_of(&state.entered_by(process)?)?;
    let level = active.replica.standing(&entry).level;
    let wanted = self::level(needs);
    (level < wanted).then_some(wanted.as_str())
}
