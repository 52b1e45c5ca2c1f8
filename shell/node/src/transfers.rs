//! Fetching attachments from the nodes that hold them, chunk by chunk, and answering those that ask.
//!
//! Each chunk is asked for by itself, checked against the commitment and made durable before the next: what a transfer
//! holds in memory is one chunk. It runs beside the driver and the messages about logs, so that a long payload delays no
//! entry, and goes on after a restart with the chunks that are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign_codec::{Decode, Encode};
use countersign_crypto::PublicKey;
use countersign_net::{Alias, Clock, Link};
use countersign_payload::Chunk;
use countersign_replica::Want;
use countersign_store::{Batch as StoreBatch, Store};
use countersign_types::{Code, ContractId, Interval, PayloadCommitment};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::contracts::Contracts;
use crate::driver::Command;
use crate::mailbox::{Mailbox, Mailboxes};
use crate::pull::{Fault, Source, pull};
use crate::wire::{Batch, NodeMessage, Part};
use crate::{Error, chunks};

/// Chunks that are asked for at one time, of all nodes together; as many again of nodes without an open port. So many
/// are in memory.
const ASKED_MAX: usize = 16;
/// Chunks that are asked of one node at one time.
const ASKED_OF_ONE_MAX: usize = 2;
/// So long a node without an open port may take to bring a chunk.
const BRINGS_WITHIN: Duration = Duration::from_secs(60);
/// After no member could give the next chunk, all are asked again so much later; doubled each time.
const ROUND_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const ROUND_PAUSE_MAX: Duration = Duration::from_secs(60);
/// What no item names after so long is deleted: a file that was uploaded and never attached.
const UNNAMED_FOR: Interval = Interval::from_secs(86_400);
/// Between two looks for such payloads.
const SWEEP_PAUSE: Duration = Duration::from_secs(3_600);

/// A payload of a contract.
type Name = (ContractId, PayloadCommitment);
/// A chunk asked of a node.
type Asked = ([u8; 32], Part);

/// All transfers of a node. A clone shares them.
#[derive(Clone)]
pub(crate) struct Transfers(Arc<Shared>);

struct Shared {
    store: Arc<Store>,
    link: Link,
    clock: Arc<dyn Clock>,
    mailboxes: Mailboxes,
    commands: mpsc::Sender<Command>,
    runtime: tokio::runtime::Handle,
    closing: watch::Receiver<bool>,
    /// Payloads that somebody writes now.
    under_way: Mutex<BTreeSet<Name>>,
    /// Who waits for a chunk of a node without an open port.
    asked: Mutex<BTreeMap<Asked, oneshot::Sender<Result<Chunk, Code>>>>,
    of_all: Semaphore,
    /// The same of nodes without an open port, which may keep a question for long.
    by_poll: Semaphore,
    of_one: Mutex<BTreeMap<[u8; 32], Arc<Semaphore>>>,
    /// Chunks that came since the start.
    fetched: Arc<AtomicU64>,
}

/// The right to write the chunks of a payload; ends when it is dropped.
pub(crate) struct Turn(Transfers, Name);

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.0.0.under_way).remove(&self.1);
    }
}

/// The node of a member.
struct Member<'a> {
    transfers: &'a Transfers,
    node: &'a Mailbox,
    /// Whether it gave any.
    came: &'a AtomicBool,
}

impl Source for Member<'_> {
    async fn chunk(&self, part: Part) -> Result<Chunk, Fault> {
        let chunk = self.transfers.ask(self.node, part).await?;
        self.came.store(true, Ordering::Relaxed);
        self.transfers.0.fetched.fetch_add(1, Ordering::Relaxed);
        Ok(chunk)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unknown_payload() -> Code {
    Code::known("unknown_payload")
}

impl Transfers {
    pub(crate) fn new(
        store: Arc<Store>,
        link: Link,
        clock: Arc<dyn Clock>,
        mailboxes: Mailboxes,
        commands: mpsc::Sender<Command>,
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self(Arc::new(Shared {
            store,
            link,
            clock,
            mailboxes,
            commands,
            runtime: tokio::runtime::Handle::current(),
            closing,
            under_way: Mutex::default(),
            asked: Mutex::default(),
            of_all: Semaphore::new(ASKED_MAX),
            by_poll: Semaphore::new(ASKED_MAX),
            of_one: Mutex::default(),
            fetched: Arc::default(),
        }))
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut closing = self.0.closing.clone();
        self.0.runtime.spawn(async move {
            tokio::select! {
                () = work => {}
                _ = closing.wait_for(|closing| *closing) => {}
            }
        });
    }

    /// The messages for other nodes.
    pub(crate) fn mailboxes(&self) -> Mailboxes {
        self.0.mailboxes.clone()
    }

    /// Chunks that came since the start.
    pub(crate) fn fetched(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0.fetched)
    }

    /// Takes the right to write a payload. None if somebody has it.
    pub(crate) fn begin(&self, contract: ContractId, commitment: PayloadCommitment) -> Option<Turn> {
        let name = (contract, commitment);
        lock(&self.0.under_way).insert(name).then(|| Turn(self.clone(), name))
    }

    /// Fetches what a contract waits for, unless that is under way.
    pub(crate) fn want(&self, contract: ContractId, want: &Want) {
        let Some(turn) = self.begin(contract, want.commitment) else { return };
        let (transfers, want) = (self.clone(), *want);
        self.spawn(async move { transfers.fetch(contract, want, turn).await });
    }

    /// Asks the members in rounds, until it is here or nobody wants it any more: then what came of it is dropped.
    async fn fetch(&self, contract: ContractId, want: Want, _turn: Turn) {
        tracing::info!(%contract, commitment = %want.commitment, bytes = want.bytes, "fetching an attachment");
        let mut liars = BTreeSet::new();
        let mut pause = ROUND_PAUSE;
        while let Some(sources) = self.sources(contract, want).await {
            let came = AtomicBool::new(false);
            for source in sources {
                if liars.contains(&source.peer().node_key.bytes()) {
                    continue;
                }
                let member = Member { transfers: self, node: &source, came: &came };
                match pull(&self.0.store, &self.0.clock, contract, want, &member).await {
                    Ok(()) => return self.tell_held(contract, want.commitment, want.bytes).await,
                    Err(Fault::OtherLength(bytes)) => {
                        return self.tell_length(contract, want.commitment, bytes).await;
                    }
                    Err(Fault::Wrong) => {
                        tracing::warn!(%contract, node = ?source.peer().node_key, "gave a chunk that does not hold");
                        liars.insert(source.peer().node_key.bytes());
                    }
                    Err(Fault::Absent) => {}
                    Err(Fault::Disk) => break,
                }
            }
            if came.into_inner() {
                pause = ROUND_PAUSE;
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(ROUND_PAUSE_MAX);
        }
        let _ = self.0.commands.send(Command::Drop { contract, commitment: want.commitment }).await;
    }

    pub(crate) async fn tell_held(&self, contract: ContractId, commitment: PayloadCommitment, bytes: u64) {
        // A node that stops reads the outline when it starts.
        let _ = self.0.commands.send(Command::Held { contract, commitment, bytes }).await;
    }

    pub(crate) async fn tell_length(&self, contract: ContractId, commitment: PayloadCommitment, bytes: u64) {
        let _ = self.0.commands.send(Command::Length { contract, commitment, bytes }).await;
    }

    /// Deletes what came of a payload that nobody finishes. Whatever is not deleted now is swept away later.
    pub(crate) async fn give_up(&self, turn: Turn) {
        let (contract, commitment) = turn.1;
        let mut batch = StoreBatch::new();
        let deleted = match chunks::delete(&mut batch, &self.0.store, contract, commitment) {
            Ok(()) => self.0.store.commit(batch).await.map_err(Error::from),
            Err(error) => Err(error),
        };
        if let Err(error) = deleted {
            tracing::warn!(%contract, %error, "what came of an upload is deleted later");
        }
    }

    /// The same, for whoever cannot wait.
    pub(crate) fn give_up_soon(&self, turn: Turn) {
        let transfers = self.clone();
        self.spawn(async move { transfers.give_up(turn).await });
    }

    /// The nodes that may hold a payload, who appended its entry first. None if it is not waited for any more.
    async fn sources(&self, contract: ContractId, want: Want) -> Option<Vec<Arc<Mailbox>>> {
        let (reply, answer) = oneshot::channel();
        let query = Box::new(move |contracts: &mut Contracts| {
            let own = contracts.me.party;
            let active = contracts.get(&contract).ok().flatten();
            let active =
                active.filter(|active| active.replica.wants().any(|other| other.commitment == want.commitment));
            let nodes = active.map(|active| {
                let mut nodes = active.nodes();
                nodes.retain(|(party, _)| *party != own);
                nodes.sort_by_key(|(party, _)| *party != want.party);
                nodes.into_iter().map(|(_, node)| node.node_key.bytes()).collect::<Vec<_>>()
            });
            let _ = reply.send(nodes);
        });
        self.0.commands.send(Command::Query(query)).await.ok()?;
        let nodes = answer.await.ok()??;
        Some(nodes.iter().filter_map(|node| self.0.mailboxes.get(node)).collect())
    }

    /// Asks one node for one chunk.
    async fn ask(&self, source: &Mailbox, part: Part) -> Result<Chunk, Fault> {
        let key = source.peer().node_key.bytes();
        let of_one =
            Arc::clone(lock(&self.0.of_one).entry(key).or_insert_with(|| Arc::new(Semaphore::new(ASKED_OF_ONE_MAX))));
        let absent = |_| Fault::Absent;
        let _of_one = of_one.acquire().await.map_err(absent)?;
        if source.peer().urls.is_empty() {
            let _by_poll = self.0.by_poll.acquire().await.map_err(absent)?;
            return self.ask_by_poll(source, (key, part)).await;
        }
        let _of_all = self.0.of_all.acquire().await.map_err(absent)?;
        let batch = Batch(vec![NodeMessage::Ask(part)]);
        let reply = self.0.link.exchange(&source.peer(), Alias::NODE, &batch.to_bytes()).await;
        let reply = Batch::from_bytes(&reply.map_err(|_| Fault::Absent)?).map_err(|_| Fault::Wrong)?;
        let chunk = reply.0.into_iter().find_map(|message| match message {
            NodeMessage::Chunk(contract, commitment, chunk) if contract == part.contract => {
                Some(*chunk).filter(|chunk| commitment == part.commitment && chunk.index == part.index)
            }
            _ => None,
        });
        chunk.ok_or(Fault::Absent)
    }

    /// A node without an open port finds the question when it polls, and brings the answer.
    async fn ask_by_poll(&self, source: &Mailbox, asked: Asked) -> Result<Chunk, Fault> {
        let (reply, answer) = oneshot::channel();
        lock(&self.0.asked).insert(asked, reply);
        source.put(NodeMessage::Ask(asked.1));
        let answer = tokio::time::timeout(BRINGS_WITHIN, answer).await;
        lock(&self.0.asked).remove(&asked);
        answer.map_err(|_| Fault::Absent)?.map_err(|_| Fault::Absent)?.map_err(|_| Fault::Absent)
    }

    /// Takes messages about chunks of a node; what is to be answered.
    pub(crate) async fn answer(&self, from: &PublicKey, messages: Vec<NodeMessage>) -> Vec<NodeMessage> {
        let mut answers = Vec::new();
        for message in messages {
            match message {
                NodeMessage::Ask(part) if answers.len() < ASKED_OF_ONE_MAX => {
                    answers.push(self.serve(from, part).await);
                }
                NodeMessage::Ask(part) => answers.push(NodeMessage::Denied(part, Code::known("busy"))),
                NodeMessage::Chunk(contract, commitment, chunk) => {
                    let part = Part { contract, commitment, index: chunk.index };
                    self.brought(from, part, Ok(*chunk));
                }
                NodeMessage::Denied(part, code) => self.brought(from, part, Err(code)),
                NodeMessage::About(..) | NodeMessage::Offer(..) => {}
            }
        }
        answers
    }

    /// Answers questions that a node found in its poll, by a request of its own.
    pub(crate) fn answer_later(&self, source: Arc<Mailbox>, messages: Vec<NodeMessage>) {
        let transfers = self.clone();
        self.spawn(async move {
            let answers = Batch(transfers.answer(&source.peer().node_key, messages).await);
            if !answers.0.is_empty()
                && let Err(error) = transfers.0.link.exchange(&source.peer(), Alias::NODE, &answers.to_bytes()).await
            {
                tracing::debug!(code = %error.code(), "cannot bring a chunk");
            }
        });
    }

    fn brought(&self, from: &PublicKey, part: Part, chunk: Result<Chunk, Code>) {
        if let Some(waiting) = lock(&self.0.asked).remove(&(from.bytes(), part)) {
            // Whoever asked may have given up.
            let _ = waiting.send(chunk);
        }
    }

    async fn serve(&self, from: &PublicKey, part: Part) -> NodeMessage {
        match self.try_serve(from, part).await {
            Ok(chunk) => NodeMessage::Chunk(part.contract, part.commitment, Box::new(chunk)),
            Err(code) => NodeMessage::Denied(part, code),
        }
    }

    async fn try_serve(&self, from: &PublicKey, part: Part) -> Result<Chunk, Code> {
        let (reply, answer) = oneshot::channel();
        let key = from.bytes();
        let query = Box::new(move |contracts: &mut Contracts| {
            let active = contracts.get(&part.contract).ok().flatten();
            let asked = active.and_then(|active| {
                let party = active.party_of(&key)?;
                Some(active.replica.may_hold(Some(&party), &part.commitment))
            });
            let _ = reply.send(asked);
        });
        let busy = || Code::known("busy");
        self.0.commands.send(Command::Query(query)).await.map_err(|_| busy())?;
        match answer.await.map_err(|_| busy())? {
            None => return Err(Code::known("unknown_contract")),
            // Who may not hold it learns no more than that it is not for them.
            Some(false) => return Err(unknown_payload()),
            Some(true) => {}
        }
        let read = read(Arc::clone(&self.0.store), part).await;
        read.map_err(|error| {
            tracing::error!(%error, "cannot read a chunk");
            busy()
        })?
        .ok_or_else(unknown_payload)
    }

    /// Deletes, from time to time, what nobody attached.
    pub(crate) fn sweep(&self) {
        let transfers = self.clone();
        self.spawn(async move {
            loop {
                transfers.sweep_once().await;
                tokio::time::sleep(SWEEP_PAUSE).await;
            }
        });
    }

    async fn sweep_once(&self) {
        let (store, now) = (Arc::clone(&self.0.store), self.0.clock.now());
        let found = tokio::task::spawn_blocking(move || chunks::unnamed(&store)).await;
        let Ok(Ok(found)) = found else { return };
        for (contract, commitment, since) in found {
            if now.since(since) < UNNAMED_FOR || lock(&self.0.under_way).contains(&(contract, commitment)) {
                continue;
            }
            let _ = self.0.commands.send(Command::Drop { contract, commitment }).await;
        }
    }
}

/// Reads a chunk beside the threads that answer others.
pub(crate) async fn read(store: Arc<Store>, part: Part) -> Result<Option<Chunk>, Error> {
    let read = tokio::task::spawn_blocking(move || chunks::answer(&store, &part)).await;
    read.unwrap_or_else(|_| Err(Error::Corrupt(part.contract.to_string())))
}
