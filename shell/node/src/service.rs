//! The node as its API needs it.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_api::{
    Activity, Answer, Bytes, Done, Download, Family, Kind, LevelQuery, PageQuery, ProofQuery, Refusal, Service,
    Subscription, Upload, UploadRequest, Wish,
};
use countersign_api_model as model;
use countersign_chain::{Author, Genesis, Network, StatementKind};
use countersign_codec::{Decode, Encode, Json};
use countersign_contract::{DOCUMENT_LIMITS, Payload};
use countersign_member::{KeyId, Member};
use countersign_net::{Clock, Link};
use countersign_payload::Opening;
use countersign_replica::Refusal as ReplicaRefusal;
use countersign_store::Store;
use countersign_types::{ContractId, Signed, StatementId, from_base32, to_base32};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::active::Active;
use crate::answers::Answers;
use crate::contracts::Contracts;
use crate::driver::{Command, Pulse, failed};
use crate::events::{Reports, catch_up};
use crate::home::random;
use crate::mailbox::Mailboxes;
use crate::people::Household;
use crate::show::names::Names;
use crate::show::peers::Checks;
use crate::transfers::Transfers;
use crate::webhooks::Webhooks;
use crate::{mailbox, view};

/// Most lines of a page.
const PAGE_MAX: usize = 1_000;
/// Lines of a page, unless asked for otherwise.
const PAGE_DEFAULT: usize = 100;
/// Longest wait for a level.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Answers the API from the driver.
pub(crate) struct NodeService {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) pulses: watch::Receiver<Pulse>,
    pub(crate) member: Member,
    pub(crate) name: String,
    pub(crate) network: Network,
    pub(crate) names: Arc<Names>,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<Store>,
    pub(crate) link: Link,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) reports: Arc<Reports>,
    pub(crate) answers: Answers,
    pub(crate) household: Household,
    pub(crate) checks: Checks,
    pub(crate) transfers: Transfers,
    pub(crate) uploads: Arc<Semaphore>,
    /// For bundles with attachments in them.
    pub(crate) includes: Arc<Semaphore>,
    pub(crate) webhooks: Arc<Webhooks>,
}

pub(crate) fn stopping() -> Refusal {
    Refusal::new(Kind::Busy, "not_ready", "the node is stopping")
}

pub(crate) fn malformed(detail: &str) -> Refusal {
    Refusal::new(Kind::Malformed, "malformed", detail)
}

pub(crate) fn binary<T: Decode>(text: &str, what: &str) -> Result<T, Refusal> {
    let bytes = from_base32(text).ok_or_else(|| malformed(&format!("{what} is not base32")))?;
    T::from_bytes(&bytes).map_err(|error| malformed(&format!("{what}: {error}")))
}

/// An id of something that may be hidden: whatever is no id is as absent as what is not there.
pub(crate) fn contract_id(text: &str) -> Result<ContractId, Refusal> {
    text.parse().map_err(|_| Refusal::unknown_contract())
}

pub(crate) fn parsed<T: FromStr>(text: &str, what: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| malformed(&format!("{what} is not of its form")))
}

pub(crate) fn limit(page: &PageQuery) -> Result<usize, Refusal> {
    match page.limit.unwrap_or(PAGE_DEFAULT) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        _ => Err(malformed("limit must be between 1 and 1000")),
    }
}

/// A page of what has no positions of its own, ascending by name; the name of its last item is the cursor.
pub(crate) fn page_of<T>(
    items: Vec<T>,
    page: &PageQuery,
    name: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let limit = limit(page)?;
    let after =
        page.after.as_deref().map(|after| from_base32(after).ok_or_else(|| malformed("after is not of its form")));
    let after = after.transpose()?;
    let mut named: Vec<_> = items.into_iter().map(|item| (name(&item), item)).collect();
    named.retain(|(name, _)| after.as_ref().is_none_or(|after| name.as_bytes() > after.as_slice()));
    named.sort_by(|left, right| left.0.cmp(&right.0));
    let more = named.len() > limit;
    named.truncate(limit);
    let next = named.last().filter(|_| more).map(|(name, _)| to_base32(name.as_bytes()));
    Ok((named.into_iter().map(|(_, item)| item).collect(), next))
}

/// What a replica refuses, as the caller sees it.
pub(crate) fn refusal_of(refusal: &ReplicaRefusal) -> Refusal {
    match refusal {
        ReplicaRefusal::Invalid(invalid) => {
            let code = match invalid {
                countersign_chain::Invalid::BadSequence => "seq_taken",
                countersign_chain::Invalid::NotEntitled => "not_entitled",
                countersign_chain::Invalid::BadPosition => "bad_position",
                countersign_chain::Invalid::Mismatch => "unknown_contract",
            };
            Refusal::new(Kind::Conflict, code, refusal.to_string())
                .suggest("prepare the statement again and sign it anew")
        }
        ReplicaRefusal::BadSignature => Refusal::new(Kind::Forbidden, "bad_signature", refusal.to_string()),
        ReplicaRefusal::BadOpening => Refusal::new(Kind::Invalid, "bad_opening", refusal.to_string()),
        ReplicaRefusal::OldBackup => Refusal::new(Kind::Conflict, "old_backup", refusal.to_string())
            .suggest("read what that means, then: countersign node recover CONTRACT"),
        ReplicaRefusal::Ahead => Refusal::new(Kind::Conflict, "time_ahead", refusal.to_string())
            .suggest("set the clock of this machine, or of the node"),
        ReplicaRefusal::Rejected { rule, by } => {
            let kind = match rule.as_str() {
                "not_entitled" | "beyond_mandate" | "not_an_actor" | "wrong_key" | "not_yours" => Kind::Forbidden,
                "unknown_payload" => Kind::NotFound,
                "not_erasable" | "invalid_data" | "invalid_attachment" | "invalid_proof" | "unknown_response"
                | "unknown_action" | "malformed" => Kind::Invalid,
                _ => Kind::Conflict,
            };
            Refusal::new(kind, rule.as_str(), refusal.to_string()).by(by.clone())
        }
    }
}

impl NodeService {
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Contracts) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        let query = Box::new(move |contracts: &mut Contracts| {
            // Who asked may have gone.
            let _ = reply.send(question(contracts));
        });
        self.commands.send(Command::Query(query)).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }

    /// Asks about a contract that this party takes part in.
    pub(crate) async fn ask_about<T: Send + 'static>(
        &self,
        contract: &str,
        question: impl FnOnce(&mut Active, &Facts) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let id = contract_id(contract)?;
        self.ask(move |contracts| {
            let facts = Facts { now: contracts.now() };
            let active = contracts.get(&id).map_err(|error| failed(&error))?;
            question(active.ok_or_else(Refusal::unknown_contract)?, &facts)
        })
        .await
    }

    async fn submit_inner(&self, contract: &str, request: model::SubmitRequest) -> Result<model::Submitted, Refusal> {
        let id = contract_id(contract)?;
        let bytes = from_base32(&request.statement).ok_or_else(|| malformed("statement is not base32"))?;
        let statement = Active::statement(&bytes).ok_or_else(|| malformed("statement is not of its form"))?;
        let openings: Result<Vec<Opening>, Refusal> =
            request.openings.iter().map(|opening| binary(opening, "opening")).collect();
        let openings = openings?;
        if openings.len() > countersign_replica::OPENINGS_MAX {
            return Err(Refusal::new(Kind::TooLarge, "too_large", "too many openings"));
        }
        if openings.iter().any(|opening| opening.bytes().len() > countersign_payload::INLINE_BYTES_MAX) {
            return Err(Refusal::new(Kind::TooLarge, "too_large", "a payload in a statement has at most 256 KiB")
                .suggest("upload attachments: PUT /v1/contracts/{contract}/payloads/{commitment}"));
        }
        let bytes = openings.iter().fold(0_usize, |sum, opening| sum.saturating_add(opening.bytes().len()));
        if bytes > countersign_replica::SYNC_BYTES_MAX {
            return Err(Refusal::new(
                Kind::TooLarge,
                "too_large",
                "the payloads of a statement together have at most 1 MiB",
            )
            .suggest("upload attachments: PUT /v1/contracts/{contract}/payloads/{commitment}"));
        }
        let (reply, answer) = oneshot::channel();
        let command = Command::Submit { contract: id, statement, openings, reply };
        self.commands.send(command).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }

    async fn submitted(&self, contract: &str, statement: StatementId) -> Result<model::Submitted, Refusal> {
        self.ask_about(contract, move |active, _| view::submitted(active, &statement)).await
    }

    async fn statement_inner(
        &self,
        contract: &str,
        statement: &str,
        query: LevelQuery,
    ) -> Result<model::Submitted, Refusal> {
        let statement: StatementId = parsed(statement, "statement")?;
        let level = query.level.unwrap_or(model::Level::Local);
        let wait = Duration::from_millis(query.wait_ms.unwrap_or(0)).min(WAIT_MAX);
        let until = tokio::time::Instant::now() + wait;
        let mut pulses = self.pulses.clone();
        loop {
            pulses.mark_unchanged();
            let found = self.submitted(contract, statement).await;
            let reached = found.as_ref().is_ok_and(|submitted| submitted.standing.level >= level);
            if reached || tokio::time::timeout_at(until, pulses.changed()).await.is_err() {
                return found;
            }
        }
    }

    async fn prepare_inner(&self, contract: &str, request: model::PrepareRequest) -> Result<model::Prepared, Refusal> {
        let identity = parsed(&request.author, "author")?;
        let key = KeyId::from_text(&request.key).ok_or_else(|| malformed("key is not of its form"))?;
        let kind = StatementKind::from_word(&request.kind).ok_or_else(|| malformed("kind is not known"))?;
        let text = request.payload.to_string();
        // A proposal carries documents. As a body of the API none of them nests deeper than 128.
        let limits = countersign_codec::JsonLimits { depth_max: DOCUMENT_LIMITS.depth_max, ..Default::default() };
        let json = Json::parse(text.as_bytes(), limits).map_err(|error| malformed(&format!("payload: {error}")))?;
        let payload = Payload::from_bytes(kind, &json.canonical())
            .map_err(|error| Refusal::new(Kind::Invalid, "invalid_data", error.to_string()))?;
        let chance = random().map_err(|error| failed(&error))?;
        let mut seed = countersign_crypto::Seed::new(chance);
        let (nonce, salt) = (seed.array(), seed.array());
        self.ask_about(contract, move |active, facts| {
            check_needs(active, &payload)?;
            let author = Author { identity, key };
            let prepared = active.prepare(facts.now, author, payload, nonce, salt);
            let prepared = prepared.ok_or_else(Refusal::unknown_contract)?;
            Ok(model::Prepared {
                statement: to_base32(&prepared.statement.to_bytes()),
                opening: to_base32(&prepared.opening.to_bytes()),
            })
        })
        .await
    }

    async fn found_inner(&self, request: model::FoundRequest) -> Result<model::ContractView, Refusal> {
        let genesis: Signed<Genesis> = binary(&request.genesis, "genesis")?;
        let charter: Opening = binary(&request.charter, "charter")?;
        let (reply, answer) = oneshot::channel();
        let command = Command::Found { genesis: Box::new(genesis), charter, reply };
        self.commands.send(command).await.map_err(|_| stopping())?;
        let id = answer.await.map_err(|_| stopping())??;
        self.contract_inner(&id.to_string()).await
    }

    async fn accept_inner(&self, contract: &str) -> Result<model::ContractView, Refusal> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Accept { contract: contract_id(contract)?, reply };
        self.commands.send(command).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())??;
        self.contract_inner(contract).await
    }

    async fn contract_inner(&self, contract: &str) -> Result<model::ContractView, Refusal> {
        let id = contract_id(contract)?;
        let (store, names, mailboxes) = (Arc::clone(&self.store), Arc::clone(&self.names), self.mailboxes.clone());
        self.ask(move |contracts| {
            let seen = |key: &[u8; 32]| mailboxes.get(key).and_then(|mailbox| mailbox.seen());
            let (party, now) = (contracts.me.party, contracts.now());
            let around = view::Around { party, now, names: &names, seen: &seen };
            match contracts.get(&id).map_err(|error| failed(&error))? {
                Some(active) => view::contract(active, &around).ok_or_else(Refusal::unknown_contract),
                None => view::offered(&store, &id, &around)
                    .map_err(|error| failed(&error))?
                    .ok_or_else(Refusal::unknown_contract),
            }
        })
        .await
    }

    async fn outbox_inner(&self, page: PageQuery) -> Result<model::OutboxList, Refusal> {
        let lines = self.ask(|contracts| Ok(view::outbox(contracts).outbox)).await?;
        let (outbox, next) = page_of(lines, &page, |line| format!("{} {}", line.contract, line.party))?;
        Ok(model::OutboxList { outbox, next })
    }

    /// Subscribes in the driver's thread: there nothing is published meanwhile, so nothing is told twice or lost.
    async fn events_inner(&self, contract: Option<String>, last: Option<String>) -> Result<Subscription, Refusal> {
        let feed = Arc::clone(&self.reports.feed);
        let Some(contract) = contract else { return Ok(feed.subscribe(None, last.as_deref())) };
        let id = contract_id(&contract)?;
        let store = Arc::clone(&self.store);
        self.ask(move |contracts| {
            let mut subscription = feed.subscribe(Some(id.to_string()), last.as_deref());
            match contracts.get(&id).map_err(|error| failed(&error))? {
                Some(active) => catch_up(active, &mut subscription),
                None => {
                    let record = crate::records::contract(&store, &id).map_err(|error| failed(&error))?;
                    record.ok_or_else(Refusal::unknown_contract)?;
                }
            }
            Ok(subscription)
        })
        .await
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.clock.now().millis()).unwrap_or_default()
    }

    async fn keep_inner(&self, wish: Wish, done: Done) -> Result<(), Refusal> {
        self.answers.keep(&wish, &done, self.millis()).await.map_err(|error| failed(&error.into()))
    }

    async fn resend_inner(&self, request: model::ResendRequest) -> Result<model::OutboxList, Refusal> {
        for line in self.ask(|contracts| Ok(view::outbox(contracts).outbox)).await? {
            let wanted = request.contract.as_ref().is_none_or(|contract| *contract == line.contract)
                && request.party.as_ref().is_none_or(|party| *party == line.party);
            if wanted {
                let contract = contract_id(&line.contract)?;
                let to = parsed(&line.party, "party")?;
                self.commands.send(Command::Resend { contract, to }).await.map_err(|_| stopping())?;
            }
        }
        self.outbox_inner(PageQuery::default()).await
    }

    async fn recover_inner(&self, contract: &str) -> Result<model::ContractView, Refusal> {
        let id = contract_id(contract)?;
        self.ask_about(contract, |active, _| match active.replica.stopped() {
            Some(_) => Ok(()),
            None => Err(Refusal::new(Kind::Conflict, "not_stopped", "this node signs in that contract as ever")),
        })
        .await?;
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Recover { contract: id, reply }).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())??;
        self.contract_inner(contract).await
    }

    async fn check_inner(&self, request: model::CheckRequest) -> Result<model::CheckReport, Refusal> {
        let member: Member = binary(&request.card, "card")?;
        let peer = mailbox::peer(member.node.value());
        let own = self.member.node.value();
        let own_peer = mailbox::peer(own);
        let me = countersign_net::Reachable { urls: own_peer.urls, spki_hash: own.tls };
        let me = Some(&me).filter(|me| !me.urls.is_empty());
        let report = self.link.check(&peer, me).await;
        let finding = |finding: countersign_net::Finding| model::CheckFinding {
            fault: finding.is_fault(),
            code: finding.code.to_string(),
            detail: finding.sentence,
            suggestion: finding.suggestion.to_owned(),
        };
        let report = model::CheckReport {
            good: report.is_good(me),
            findings: report.findings(me).into_iter().map(finding).collect(),
        };
        self.checks.keep(member.node.node_key.bytes(), self.clock.now(), report.clone());
        Ok(report)
    }

    async fn contracts_inner(&self, page: PageQuery) -> Result<model::ContractList, Refusal> {
        let limit = limit(&page)?;
        let after = page.after.as_deref().map(|after| parsed::<ContractId>(after, "after")).transpose()?;
        let store = Arc::clone(&self.store);
        let listed = tokio::task::spawn_blocking(move || view::contracts(&store, after.as_ref(), limit)).await;
        listed.map_err(|_| stopping())?.map_err(|error| failed(&error))
    }

    async fn inbox_inner(&self, page: PageQuery) -> Result<model::InboxList, Refusal> {
        let items = self
            .ask(|contracts| {
                contracts.load_all().map_err(|error| failed(&error))?;
                let (party, now) = (contracts.me.party, contracts.now());
                Ok(contracts.iter().flat_map(|active| view::inbox(active, &party, now)).collect())
            })
            .await?;
        let (items, next) = page_of(items, &page, |item| {
            let proposal = item.proposal.as_deref().unwrap_or_default();
            format!("{} {} {}{proposal}", item.contract, item.actor, item.action.action)
        })?;
        Ok(model::InboxList { items, next })
    }

    async fn node_inner(&self) -> Result<model::NodeInfo, Refusal> {
        let store = Arc::clone(&self.store);
        let count = tokio::task::spawn_blocking(move || {
            store.scan_prefix(countersign_store::Space::Contract, &[]).count() as u64
        });
        let record = self.member.node.value();
        Ok(model::NodeInfo {
            party: self.member.party().to_string(),
            name: self.name.clone(),
            network: view::network_word(self.network),
            node_key: to_base32(&record.node_key.bytes()),
            urls: record.urls.clone(),
            card: to_base32(&self.member.to_bytes()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time: self.clock.now().to_string(),
            contracts: count.await.map_err(|_| stopping())?,
        })
    }
}

/// What a question may know beside the contract.
pub(crate) struct Facts {
    pub(crate) now: countersign_types::Timestamp,
}

/// An action may need a level of the entry that led into the current state: a gate of the node, not of replay.
fn check_needs(active: &Active, payload: &Payload) -> Result<(), Refusal> {
    let Payload::Response(response) = payload else { return Ok(()) };
    match view::missing_level(active, &response.process, &response.action) {
        None => Ok(()),
        Some(level) => {
            Err(Refusal::new(Kind::Conflict, "level_not_reached", format!("the step before must be {level} first"))
                .suggest("wait until all parties have answered: countersign contract wait"))
        }
    }
}

impl Service for NodeService {
    fn node(&self) -> Answer<'_, model::NodeInfo> {
        Box::pin(self.node_inner())
    }

    fn contracts(&self, page: PageQuery) -> Answer<'_, model::ContractList> {
        Box::pin(self.contracts_inner(page))
    }

    fn found(&self, request: model::FoundRequest) -> Answer<'_, model::ContractView> {
        Box::pin(self.found_inner(request))
    }

    fn contract(&self, contract: String) -> Answer<'_, model::ContractView> {
        Box::pin(async move { self.contract_inner(&contract).await })
    }

    fn accept(&self, contract: String) -> Answer<'_, model::ContractView> {
        Box::pin(async move { self.accept_inner(&contract).await })
    }

    fn prepare(&self, contract: String, request: model::PrepareRequest) -> Answer<'_, model::Prepared> {
        Box::pin(async move { self.prepare_inner(&contract, request).await })
    }

    fn submit(&self, contract: String, request: model::SubmitRequest) -> Answer<'_, model::Submitted> {
        Box::pin(async move { self.submit_inner(&contract, request).await })
    }

    fn statement(&self, contract: String, statement: String, query: LevelQuery) -> Answer<'_, model::Submitted> {
        Box::pin(async move { self.statement_inner(&contract, &statement, query).await })
    }

    fn payload(&self, contract: String, commitment: String) -> Answer<'_, Arc<dyn Download>> {
        Box::pin(async move { self.payload_inner(&contract, &commitment).await })
    }

    fn upload(&self, request: UploadRequest) -> Answer<'_, Option<Box<dyn Upload>>> {
        Box::pin(self.upload_inner(request))
    }

    fn proof(&self, contract: String, query: ProofQuery) -> Answer<'_, Bytes> {
        Box::pin(async move { self.proof_inner(&contract, &query).await })
    }

    fn inbox(&self, page: PageQuery) -> Answer<'_, model::InboxList> {
        Box::pin(self.inbox_inner(page))
    }

    fn outbox(&self, page: PageQuery) -> Answer<'_, model::OutboxList> {
        Box::pin(self.outbox_inner(page))
    }

    fn recover(&self, contract: String) -> Answer<'_, model::ContractView> {
        Box::pin(async move { self.recover_inner(&contract).await })
    }

    fn resend(&self, request: model::ResendRequest) -> Answer<'_, model::OutboxList> {
        Box::pin(self.resend_inner(request))
    }

    fn check(&self, request: model::CheckRequest) -> Answer<'_, model::CheckReport> {
        Box::pin(self.check_inner(request))
    }

    fn events(&self, contract: Option<String>, last_event: Option<String>) -> Answer<'_, Subscription> {
        Box::pin(self.events_inner(contract, last_event))
    }

    fn done(&self, wish: Wish) -> Answer<'_, Option<Done>> {
        Box::pin(async move { self.answers.done(&wish, self.millis()) })
    }

    fn keep(&self, wish: Wish, done: Done) -> Answer<'_, ()> {
        Box::pin(self.keep_inner(wish, done))
    }

    fn measure(&self) -> Answer<'_, Vec<Family>> {
        Box::pin(crate::metrics::measure(self))
    }

    fn activity(&self) -> &Activity {
        &self.reports.activity
    }

    fn ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed) && self.store.stopped().is_none()
    }
}
