//! The drive loop: one thread, many inputs, one commit, then the effects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use countersign_api::{Kind, Refusal};
use countersign_api_model::{RunView, Submitted};
use countersign_chain::{Genesis, Statement};
use countersign_crypto::{PublicKey, Seed};
use countersign_executor::Heard;
use countersign_member::NodeRecord;
use countersign_payload::Opening;
use countersign_replica::{Effects, Input, Item, Message, Notice};
use countersign_store::Batch as StoreBatch;
use countersign_types::{Code, ContractId, Interval, PayloadCommitment, RunId, Signed, StatementId, Timestamp};
use tokio::sync::{mpsc, oneshot};

use crate::active::{Active, charter};
use crate::clock::Now;
use crate::contracts::Contracts;
use crate::events::{self, Reports, of_turn};
use crate::follow::check_network;
use crate::mailbox::Mailboxes;
use crate::precheck::check_together;
use crate::records::{self, ContractRecord, Following, Status};
use crate::runs::Attempts;
use crate::transfers::Transfers;
use crate::webhooks::{Staged, Webhooks};
use crate::wire::{Batch, NodeMessage};
use crate::{Error, chunks, mailbox, runs, view};

/// Most inputs of one commit.
const INPUTS_MAX: usize = 512;
/// Commands that wait for the driver; callers wait beyond that.
pub(crate) const COMMANDS_MAX: usize = 2_048;
/// After the disk refused, its contracts are taken up again so much later.
const UNDO_PAUSE: Interval = Interval::from_secs(1);
/// Most offers that are kept between two starts.
const OFFERS_MAX: usize = 10_000;

/// What came of a submitted statement.
pub(crate) type SubmitReply = oneshot::Sender<Result<Submitted, Refusal>>;
/// Something to be read from the contracts, in the driver's thread.
pub(crate) type Query = Box<dyn FnOnce(&mut Contracts) + Send>;

/// What the driver is asked to do.
pub(crate) enum Command {
    /// A statement of somebody here.
    Submit { contract: ContractId, statement: Arc<Signed<Statement>>, openings: Vec<Opening>, reply: SubmitReply },
    /// A batch of another node; answered once it is durable, with what its sender must be told even if it shares no
    /// contract with this node.
    Receive { from: PublicKey, batch: Batch, reply: oneshot::Sender<Batch> },
    /// Founds a contract of this party.
    Found { genesis: Box<Signed<Genesis>>, charter: Opening, reply: oneshot::Sender<Result<ContractId, Refusal>> },
    /// A contract to which this party is invited: kept, to be read.
    Follow {
        genesis: Box<Signed<Genesis>>,
        charter: Opening,
        following: Box<Following>,
        reply: oneshot::Sender<Result<ContractId, Refusal>>,
    },
    /// Items of a contract that this party is invited to.
    Feed { contract: ContractId, items: Vec<Item>, reply: oneshot::Sender<Batch> },
    /// The `join` of this party stands in the log.
    Joined { contract: ContractId, following: Box<Following>, reply: oneshot::Sender<Result<(), Refusal>> },
    /// Gets to know a node.
    Meet { record: Box<NodeRecord>, reply: oneshot::Sender<Result<(), Refusal>> },
    /// Takes part in a contract that was offered.
    Accept { contract: ContractId, reply: oneshot::Sender<Result<(), Refusal>> },
    /// A payload is held in chunks.
    Held { contract: ContractId, commitment: PayloadCommitment, bytes: u64 },
    /// The length of a payload that is not held.
    Length { contract: ContractId, commitment: PayloadCommitment, bytes: u64 },
    /// Deletes the chunks of a payload, unless an item names it.
    Drop { contract: ContractId, commitment: PayloadCommitment },
    /// Sends again.
    Resend { contract: ContractId, to: countersign_types::IdentityId },
    /// Signs again after the disk was set back, as soon as that is safe.
    Recover { contract: ContractId, reply: oneshot::Sender<Result<(), Refusal>> },
    /// An attempt of a system action came back.
    Heard { contract: ContractId, run: RunId, term: u64, number: u32, heard: Heard },
    /// Begins a run anew that stopped, or rests.
    Retry { contract: ContractId, run: RunId, reply: oneshot::Sender<Result<RunView, Refusal>> },
    /// Reads.
    Query(Query),
    /// The end.
    Stop,
}

/// A change that others may wait for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pulse(pub(crate) u64);

/// Through what the driver does something outside, once it is durable.
pub(crate) struct Outward {
    pub(crate) transfers: Transfers,
    pub(crate) webhooks: Arc<Webhooks>,
    pub(crate) attempts: Attempts,
}

/// Drives all contracts of a node.
pub(crate) struct Driver {
    pub(crate) contracts: Contracts,
    pub(crate) mailboxes: Mailboxes,
    commands: mpsc::Receiver<Command>,
    reports: Arc<Reports>,
    /// Weighs signatures that are checked together.
    seed: Seed,
    /// Called for every node that shares a contract with this one for the first time.
    met: Box<dyn Fn(Arc<mailbox::Mailbox>) + Send>,
    /// Offers that came since the start.
    offers: usize,
    /// Nodes that this one did not know and that offered a contract since the start.
    strangers: BTreeSet<[u8; 32]>,
    transfers: Transfers,
    webhooks: Arc<Webhooks>,
    /// Deliveries in the batch of this turn.
    staged: Staged,
    attempts: Attempts,
    /// Who waits for an answer of a contract that asks the others first what they hold of this party.
    deferred: Vec<(ContractId, StatementId, SubmitReply)>,
}

/// Called with what became of a commit.
type Told = Box<dyn FnOnce(Result<(), Refusal>)>;

/// Inputs of one turn by contract, and who waits for them.
#[derive(Default)]
pub(crate) struct Turn {
    pub(crate) inputs: BTreeMap<ContractId, Vec<Input>>,
    submits: Vec<(ContractId, StatementId, SubmitReply)>,
    pub(crate) receipts: Vec<(oneshot::Sender<Batch>, Batch)>,
    pub(crate) records: StoreBatch,
    /// Told what became of the commit.
    answers: Vec<Told>,
}

impl Turn {
    /// Answers once the turn is durable.
    fn answer<T: 'static>(&mut self, reply: oneshot::Sender<Result<T, Refusal>>, result: Result<T, Refusal>) {
        // Who asked may have gone; it is done all the same.
        self.answers.push(Box::new(move |durable| drop(reply.send(durable.and(result)))));
    }
}

impl Driver {
    pub(crate) fn new(
        contracts: Contracts,
        commands: mpsc::Receiver<Command>,
        reports: Arc<Reports>,
        seed: Seed,
        met: Box<dyn Fn(Arc<mailbox::Mailbox>) + Send>,
        outward: Outward,
    ) -> Self {
        let Outward { transfers, webhooks, attempts } = outward;
        Self {
            mailboxes: transfers.mailboxes(),
            contracts,
            commands,
            reports,
            seed,
            met,
            offers: 0,
            strangers: BTreeSet::new(),
            transfers,
            webhooks,
            staged: Staged::default(),
            attempts,
            deferred: Vec::new(),
        }
    }

    /// Takes up every contract in which something is open.
    pub(crate) fn resume(&mut self) -> Result<(), Error> {
        for record in records::nodes(&self.contracts.store)? {
            self.meet_node(&record);
            self.note_port(&record);
        }
        let mut turn = Turn::default();
        for id in records::busy(&self.contracts.store)? {
            turn.inputs.insert(id, vec![Input::Wake]);
        }
        self.perform(turn);
        Ok(())
    }

    /// Runs until told to stop, or until nobody can tell any more.
    pub(crate) fn run(mut self) {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else { return };
        loop {
            let first = runtime.block_on(self.next_command());
            // Who is about to ask gets into the same turn, if this thread woke first.
            std::thread::yield_now();
            let mut turn = Turn::default();
            let mut commands = first.into_iter().collect::<Vec<_>>();
            while commands.len() < INPUTS_MAX
                && let Ok(command) = self.commands.try_recv()
            {
                commands.push(command);
            }
            let closed = commands.is_empty() && self.commands.is_closed();
            let mut stop = closed;
            for command in commands {
                stop |= self.take(command, &mut turn);
            }
            let now = self.contracts.clock.now().steady;
            for id in self.contracts.take_due(now, INPUTS_MAX) {
                turn.inputs.entry(id).or_default().push(Input::Wake);
            }
            self.tell_calm(stop, now, &mut turn);
            self.perform(turn);
            self.contracts.tidy();
            if stop {
                return;
            }
        }
    }

    /// The disk need not say any more that something is open where nothing is. Until it does, a start loads more than it
    /// must. The last turn tells all.
    fn tell_calm(&mut self, last: bool, now: Timestamp, turn: &mut Turn) {
        let (until, most) = if last { (None, usize::MAX) } else { (Some(now), INPUTS_MAX) };
        for id in self.contracts.take_calm(until, most) {
            if let Some(active) = self.contracts.active.get_mut(&id) {
                active.busy = false;
                records::mark_busy(&mut turn.records, &id, false);
            }
        }
    }

    async fn next_command(&mut self) -> Option<Command> {
        let Some(wake) = self.contracts.next_due() else { return self.commands.recv().await };
        let wait = Duration::from_millis(wake.since(self.contracts.clock.now().steady).millis());
        tokio::time::timeout(wait, self.commands.recv()).await.ok().flatten()
    }

    /// Sorts a command into the turn. True if it is the last.
    fn take(&mut self, command: Command, turn: &mut Turn) -> bool {
        match command {
            Command::Stop => return true,
            Command::Query(query) => query(&mut self.contracts),
            Command::Heard { contract, run, term, number, heard } => {
                if let Ok(Some(active)) = self.contracts.get(&contract) {
                    active.runs.hear(countersign_executor::Input::Heard { run, term, number, heard });
                    turn.inputs.entry(contract).or_default().push(Input::Wake);
                }
            }
            Command::Retry { contract, run, reply } => {
                let result = self.retry(contract, &run, turn);
                turn.answer(reply, result);
            }
            Command::Recover { contract, reply } => {
                turn.inputs.entry(contract).or_default().push(Input::Recover);
                turn.answer(reply, Ok(()));
            }
            Command::Resend { contract, to } => turn.inputs.entry(contract).or_default().push(Input::Resend { to }),
            Command::Held { contract, commitment, bytes } => {
                turn.inputs.entry(contract).or_default().push(Input::Held { commitment, bytes });
                self.drop_forgotten(contract, commitment);
            }
            Command::Length { contract, commitment, bytes } => {
                turn.inputs.entry(contract).or_default().push(Input::Measured { commitment, bytes });
            }
            Command::Drop { contract, commitment } => {
                self.drop_payload(contract, commitment, turn);
                self.drop_forgotten(contract, commitment);
            }
            Command::Submit { contract, statement, openings, reply } => {
                self.reports.activity.submitted();
                turn.submits.push((contract, Statement::id(&statement), reply));
                turn.inputs.entry(contract).or_default().push(Input::Submit { statement, openings });
            }
            Command::Receive { from, batch, reply } => {
                let refusals = batch.0.into_iter().filter_map(|message| self.receive(&from, message, turn));
                let refusals = Batch(refusals.collect());
                turn.receipts.push((reply, refusals));
            }
            Command::Found { genesis, charter, reply } => {
                let result = self.found(*genesis, charter, turn);
                turn.answer(reply, result);
            }
            Command::Accept { contract, reply } => {
                let result = self.accept(&contract, turn);
                turn.answer(reply, result);
            }
            Command::Follow { genesis, charter, following, reply } => {
                let result = self.follow(*genesis, charter, &following, turn);
                turn.answer(reply, result);
            }
            Command::Feed { contract, items, reply } => self.feed(contract, items, reply, turn),
            Command::Joined { contract, following, reply } => {
                let _ = reply.send(self.joined(contract, &following, turn));
            }
            Command::Meet { record, reply } => {
                let _ = reply.send(self.add_node(&record));
            }
        }
        false
    }

    fn retry(&mut self, contract: ContractId, run: &RunId, turn: &mut Turn) -> Result<RunView, Refusal> {
        let now = self.contracts.clock.now().steady;
        let active = self.contracts.get(&contract).map_err(|error| failed(&error))?;
        let view = runs::retry(active.ok_or_else(Refusal::unknown_contract)?, run, now)?;
        turn.inputs.entry(contract).or_default().push(Input::Wake);
        Ok(view)
    }

    /// Deletes chunks that no item names. In a turn that has other inputs of the contract one of them may name it now:
    /// then the next sweep looks again.
    fn drop_payload(&self, contract: ContractId, commitment: PayloadCommitment, turn: &mut Turn) {
        let store = &self.contracts.store;
        if turn.inputs.contains_key(&contract) || !chunks::is_unnamed(store, &contract, &commitment).unwrap_or(false) {
            return;
        }
        if chunks::delete(&mut turn.records, store, contract, commitment).is_err() {
            return;
        }
        turn.inputs.entry(contract).or_default().push(Input::Dropped { commitment });
    }

    /// Sorts a message into the turn, or refuses it.
    fn receive(&mut self, from: &PublicKey, message: NodeMessage, turn: &mut Turn) -> Option<NodeMessage> {
        match message {
            NodeMessage::Offer(genesis, charter) => self.offered(from, *genesis, charter, turn),
            NodeMessage::About(id, Message::Refuse { code }) => self.refused(from, &id, code, turn),
            NodeMessage::About(id, message) => match self.sender(from, &id) {
                Ok(Some(party)) => {
                    turn.inputs.entry(id).or_default().push(Input::Receive { from: party, message });
                }
                // The same answer for what is hidden and for what is not there.
                Ok(None) => {
                    let code = Code::known("unknown_contract");
                    return Some(NodeMessage::About(id, Message::Refuse { code }));
                }
                Err(error) => tracing::error!(contract = %id, %error, "cannot load contract"),
            },
            // Answered before they come here.
            NodeMessage::Ask(_) | NodeMessage::Chunk(..) | NodeMessage::Denied(..) => {}
        }
        None
    }

    fn sender(&mut self, from: &PublicKey, id: &ContractId) -> Result<Option<countersign_types::IdentityId>, Error> {
        Ok(self.contracts.get(id)?.and_then(|active| active.party_of(&from.bytes())))
    }

    /// A member does not know the contract yet: it gets the genesis.
    fn refused(&mut self, from: &PublicKey, id: &ContractId, code: Code, turn: &mut Turn) {
        let Ok(Some(active)) = self.contracts.get(id) else { return };
        let Some(party) = active.party_of(&from.bytes()) else { return };
        let offer = NodeMessage::Offer(Box::new(active.genesis.clone()), active.charter.clone());
        if code.as_str() == "unknown_contract"
            && let Some(mailbox) = self.mailboxes.get(&from.bytes())
        {
            mailbox.put(offer);
        }
        let message = Message::Refuse { code };
        turn.inputs.entry(*id).or_default().push(Input::Receive { from: party, message });
    }

    /// A contract that names this party as a founder: kept until somebody here agrees.
    fn offered(&mut self, from: &PublicKey, genesis: Signed<Genesis>, charter: Opening, turn: &mut Turn) {
        let id = Genesis::contract(&genesis);
        let from_member = genesis.members.iter().any(|member| member.node.node_key == *from);
        let known = matches!(records::contract(&self.contracts.store, &id), Ok(Some(_)) | Err(_));
        if known || !from_member {
            return;
        }
        if let Err(refusal) = self.check_founding(&genesis, &charter) {
            tracing::warn!(contract = %id, code = %refusal.code, "an offer was not kept");
            return;
        }
        if self.offers >= OFFERS_MAX
            || (self.mailboxes.get(&from.bytes()).is_none() && !self.strangers.insert(from.bytes()))
        {
            tracing::warn!(contract = %id, "an offer was not kept: too many are open");
            return;
        }
        self.offers = self.offers.saturating_add(1);
        self.keep(&mut turn.records, ContractRecord { status: Status::Offered, genesis }, charter);
        tracing::info!(contract = %id, "a contract was offered");
        let now = self.contracts.now();
        self.webhooks.note(&mut turn.records, &mut self.staged, now, &[events::offer(&id)]);
        let reports = Arc::clone(&self.reports);
        turn.answers.push(Box::new(move |durable| {
            if durable.is_ok() {
                reports.offered(&id);
            }
        }));
    }

    fn check_founding(&self, genesis: &Signed<Genesis>, charter: &Opening) -> Result<Active, Refusal> {
        let invalid = |code: &str, detail: String| Refusal::new(Kind::Invalid, code, detail);
        Genesis::check(genesis).map_err(|error| invalid("invalid_genesis", error.to_string()))?;
        let me = &self.contracts.me;
        check_network(genesis, me)?;
        let own_node = countersign_crypto::Signer::public_key(me.node.as_ref());
        let own = genesis.members.iter().find(|member| member.party() == me.party);
        if own.is_none_or(|member| member.node.node_key != own_node) {
            return Err(invalid("not_member", "this party and node are not among the founders".to_owned()));
        }
        Active::begin(genesis.clone(), charter.clone(), me).map_err(|error| invalid(error.code(), error.to_string()))
    }

    /// Whether the time of a genesis is one that a statement of its contract could have (`AHEAD`).
    fn check_time(&mut self, genesis: &Genesis) -> Result<(), Refusal> {
        if genesis.time <= self.contracts.now().after(genesis.settings.skew) {
            return Ok(());
        }
        let detail = "the time of the genesis lies too far ahead of the clock of this node";
        Err(Refusal::new(Kind::Conflict, "time_ahead", detail)
            .suggest("set the clock of this machine, or of the founder's, or wait until the time has come"))
    }

    pub(crate) fn keep(&self, batch: &mut StoreBatch, record: ContractRecord, charter: Opening) {
        let id = Genesis::contract(&record.genesis);
        records::put_record(batch, &id, &countersign_replica::Record::Opening(record.genesis.payload, charter));
        records::mark_busy(batch, &id, record.status == Status::Active);
        records::put_contract(batch, &id, &record);
    }

    fn meet(&self, genesis: &Signed<Genesis>) {
        for member in genesis.members.iter().filter(|member| member.party() != self.contracts.me.party) {
            self.meet_node(member.node.value());
        }
    }

    pub(crate) fn meet_node(&self, record: &countersign_member::NodeRecord) -> Arc<mailbox::Mailbox> {
        let (mailbox, new) = self.mailboxes.open(record);
        if new {
            (self.met)(Arc::clone(&mailbox));
        }
        mailbox
    }

    fn found(&mut self, genesis: Signed<Genesis>, charter: Opening, turn: &mut Turn) -> Result<ContractId, Refusal> {
        let id = Genesis::contract(&genesis);
        if self.contracts.get(&id).map_err(|error| failed(&error))?.is_some() {
            // The same genesis again is the same contract.
            return Ok(id);
        }
        self.check_time(&genesis)?;
        let mut active = self.check_founding(&genesis, &charter)?;
        active.busy = true;
        self.meet(&genesis);
        self.keep(&mut turn.records, ContractRecord { status: Status::Active, genesis }, charter);
        self.contracts.active.insert(id, active);
        turn.inputs.entry(id).or_default().push(Input::Wake);
        Ok(id)
    }

    fn accept(&mut self, id: &ContractId, turn: &mut Turn) -> Result<(), Refusal> {
        let record = records::contract(&self.contracts.store, id).map_err(|error| failed(&error))?;
        let record = record.ok_or_else(Refusal::unknown_contract)?;
        match record.status {
            Status::Active => return Ok(()),
            Status::Offered => {}
            Status::Invited => {
                let refusal = Refusal::new(Kind::Conflict, "not_joined", "this party is invited, and did not join yet");
                return Err(refusal.suggest("join with the link of the invitation"));
            }
        }
        let charter = charter(&self.contracts.store, &record.genesis).map_err(|error| failed(&error))?;
        let charter = charter.ok_or_else(Refusal::unknown_contract)?;
        self.check_time(&record.genesis)?;
        let mut active = self.check_founding(&record.genesis, &charter)?;
        active.busy = true;
        self.meet(&record.genesis);
        self.keep(&mut turn.records, ContractRecord { status: Status::Active, ..record }, charter);
        self.contracts.active.insert(*id, active);
        turn.inputs.entry(*id).or_default().push(Input::Wake);
        Ok(())
    }

    /// Handles a turn: replicas, one commit, then answers, messages and notices.
    pub(crate) fn perform(&mut self, mut turn: Turn) {
        let now = self.contracts.clock.now();
        let mut batch = std::mem::take(&mut turn.records);
        turn.submits.append(&mut self.deferred);
        let mut done = Vec::new();
        let mut inputs = std::mem::take(&mut turn.inputs);
        check_together(&mut self.contracts, &mut inputs, &mut self.seed);
        for (id, inputs) in inputs {
            match self.handle(now, &id, inputs, &mut batch) {
                Ok(Some(effects)) => done.push((id, effects)),
                Ok(None) => {}
                Err(error) => tracing::error!(contract = %id, %error, "cannot load contract"),
            }
        }
        self.reports.commit(batch.len());
        if !batch.is_empty()
            && let Err(error) = self.contracts.store.commit_now(batch)
        {
            self.staged.forget();
            self.undo(&error, done.iter().map(|(id, _)| *id), turn);
            return;
        }
        self.staged.queue();
        let changed = !done.is_empty();
        let mut erasures = Vec::new();
        for (id, mut effects) in done {
            erasures.extend(std::mem::take(&mut effects.erase).into_iter().map(|erasure| (id, erasure)));
            self.release(&id, effects, &mut turn.submits);
        }
        for (id, statement, reply) in turn.submits {
            if self.contracts.active.get(&id).is_some_and(|active| active.replica.is_inquiring()) {
                self.deferred.push((id, statement, reply));
            } else {
                let _ = reply.send(Err(Refusal::unknown_contract()));
            }
        }
        for (reply, refusals) in turn.receipts {
            let _ = reply.send(refusals);
        }
        turn.answers.into_iter().for_each(|answer| answer(Ok(())));
        if changed {
            self.reports.pulse.send_modify(|pulse| pulse.0 = pulse.0.wrapping_add(1));
        }
        if !erasures.is_empty() {
            self.erase(&erasures);
        }
    }

    fn handle(
        &mut self,
        now: Now,
        id: &ContractId,
        inputs: Vec<Input>,
        batch: &mut StoreBatch,
    ) -> Result<Option<Effects>, Error> {
        let (me, store) = (self.contracts.me.clone(), Arc::clone(&self.contracts.store));
        let Some(active) = self.contracts.get(id)? else { return Ok(None) };
        let before = active.wake;
        let effects = active.handle(now, inputs, &me);
        active.observed.update(&active.replica, &effects.notices, now.wall);
        if self.webhooks.is_used() {
            let news = of_turn(id, &effects.notices, active.observed.received(), &active.runs.left.notices);
            self.webhooks.note(batch, &mut self.staged, now.wall, &news);
        }
        for record in &effects.persist {
            records::put_record(batch, id, record);
        }
        for record in std::mem::take(&mut active.runs.left.records) {
            records::put_run(batch, id, &record);
        }
        for record in active.new_members(&me) {
            records::put_node(&store, batch, &record)?;
        }
        let busy = active.is_busy();
        if busy && !active.busy {
            active.busy = true;
            records::mark_busy(batch, id, true);
        }
        let calm = active.busy && !busy && !std::mem::replace(&mut active.calming, true);
        let wake = active.wake;
        self.contracts.schedule(id, before, wake);
        if calm {
            self.contracts.calm(id, now.steady);
        }
        Ok(Some(effects))
    }

    /// The disk refused: memory goes back to what the disk has, and nobody is told that anything was done.
    fn undo(&mut self, error: &countersign_store::Error, done: impl Iterator<Item = ContractId>, turn: Turn) {
        tracing::error!(%error, "nothing of this turn is durable");
        self.read_again(done, UNDO_PAUSE);
        let refusal = Refusal::new(Kind::Busy, error.code(), "the disk of this node refuses to write")
            .suggest("make room on the disk of the node, then try again");
        for (_, _, reply) in turn.submits {
            let _ = reply.send(Err(refusal.clone()));
        }
        turn.answers.into_iter().for_each(|answer| answer(Err(refusal.clone())));
    }

    /// Lets contracts go, and takes them up from the disk a while later: whatever waited there still waits.
    pub(crate) fn read_again(&mut self, contracts: impl Iterator<Item = ContractId>, pause: Interval) {
        let soon = self.contracts.clock.now().steady.after(pause);
        for id in contracts {
            self.contracts.forget(&id);
            self.contracts.schedule(&id, None, Some(soon));
        }
    }

    fn release(
        &mut self,
        id: &ContractId,
        effects: Effects,
        submits: &mut Vec<(ContractId, StatementId, SubmitReply)>,
    ) {
        for answer in effects.answers {
            let waiting =
                submits.iter().position(|(contract, statement, _)| contract == id && *statement == answer.statement);
            if let Some(index) = waiting {
                let (_, _, reply) = submits.swap_remove(index);
                let placed = match answer.result {
                    Ok(_) => self.contracts.active.get(id).map_or_else(
                        || Err(Refusal::unknown_contract()),
                        |active| view::submitted(active, &answer.statement),
                    ),
                    Err(refusal) => Err(self.reports.refused(crate::service::refusal_of(&refusal))),
                };
                let _ = reply.send(placed);
            }
        }
        self.release_runs(id);
        for send in effects.send {
            let Some(active) = self.contracts.active.get(id) else { continue };
            let known = active.node_key_of(&send.to).and_then(|key| self.mailboxes.get(&key));
            let mailbox = known.or_else(|| active.node_of(&send.to).map(|record| self.meet_node(&record)));
            if let Some(mailbox) = mailbox {
                mailbox.put(NodeMessage::About(*id, send.message));
            }
        }
        let mut received = Vec::new();
        if let Some(active) = self.contracts.active.get_mut(id) {
            active.observed.take_settled().into_iter().for_each(|took| self.reports.activity.settled(took));
            received = active.observed.take_received();
        }
        if let Some(active) = self.contracts.active.get(id).filter(|active| !active.muted) {
            active.replica.wants().for_each(|want| self.transfers.want(*id, want));
        }
        self.reports.tell(id, self.contracts.active.get(id), &effects.notices);
        self.reports.received(id, self.contracts.active.get(id), &received);
        for notice in effects.notices {
            tell(id, &notice);
        }
    }
}

impl Driver {
    /// What a turn leaves to do outside, now that it is durable.
    fn release_runs(&mut self, id: &ContractId) {
        let Some(active) = self.contracts.active.get_mut(id) else { return };
        let left = std::mem::take(&mut active.runs.left);
        left.abort.into_iter().for_each(|run| self.attempts.abort(*id, run));
        left.attempt.into_iter().for_each(|attempt| self.attempts.begin(*id, attempt));
        self.reports.ran(id, self.contracts.active.get(id), &left.notices);
        for notice in left.notices {
            match notice.state {
                "vetoed" | "stopped" => {
                    tracing::warn!(contract = %id, run = %notice.run, state = notice.state, "a system action")
                }
                state => tracing::info!(contract = %id, run = %notice.run, state, "a system action"),
            }
        }
    }
}

fn tell(contract: &ContractId, notice: &Notice) {
    match notice {
        Notice::Extended { position, outcome, .. } => tracing::info!(%contract, %position, ?outcome, "entry"),
        Notice::Moved { displaced, .. } => tracing::info!(%contract, displaced = displaced.len(), "branch changed"),
        Notice::Final { position, .. } => tracing::info!(%contract, %position, "final"),
        Notice::Fraud { party } => tracing::warn!(%contract, %party, "signed what an honest node never signs"),
        Notice::Disagreement { party, .. } => tracing::error!(%contract, %party, "computed another state"),
        Notice::Strike { from, code } => tracing::warn!(%contract, %from, %code, "sent something that does not hold"),
        Notice::Erased { statement, party } => tracing::info!(%contract, %statement, %party, "erased"),
        Notice::OldBackup => tracing::error!(%contract, "this node was set back to an old copy: it signs nothing here"),
        Notice::Recovered => tracing::warn!(%contract, "this node has all that it signed, and signs again"),
        Notice::Abandoned { statement } => tracing::warn!(%contract, %statement, "its number was taken"),
    }
}

pub(crate) fn failed(error: &Error) -> Refusal {
    tracing::error!(%error, "request failed");
    Refusal::new(Kind::Failed, error.code(), "this node could not do it; its log says why")
}
