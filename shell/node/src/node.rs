//! A running node.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use countersign_api::{ApiServer, Token};
use countersign_codec::{Decode, Encode};
use countersign_crypto::{PublicKey, Seed};
use countersign_keystore::{Keystore, Passphrase};
use countersign_net::{
    Alias, Answer, Backoff, Clock, Delivery, Link, LocalNode, Peer, Receiver, Refusal, Route, Server, ServerSettings,
    Standing, SystemClock,
};
use countersign_store::{Options, Store};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::active::Me;
use crate::answers::Answers;
use crate::api_tls::{self, Door};
use crate::bundles::INCLUDES_MAX;
use crate::clock::SteadyClock;
use crate::contracts::Contracts;
use crate::driver::{COMMANDS_MAX, Command, Driver, Outward, Pulse};
use crate::events::Reports;
use crate::guests::Guests;
use crate::home::{Home, random, write};
use crate::keys::NodeKeys;
use crate::mailbox::{Mailbox, Mailboxes};
use crate::payloads::UPLOADS_MAX;
use crate::people::Household;
use crate::runs::{self, Allowed, Attempts};
use crate::service::NodeService;
use crate::show::names::Names;
use crate::show::peers::Checks;
use crate::transfers::Transfers;
use crate::webhooks::Webhooks;
use crate::wire::{Batch, MESSAGES_MAX, NodeMessage};
use crate::{Config, Error, outgoing, records, reminders};

/// How long a mailbox waits after its node could not be reached.
const UNREACHABLE_PAUSE: Duration = Duration::from_millis(500);
/// Between two polls of a node that does not hold them.
const POLL_PAUSE: Duration = Duration::from_secs(1);
/// Between two polls of a node that cannot be reached.
const POLL_BACKOFF: Backoff = Backoff { first: UNREACHABLE_PAUSE, max: Duration::from_secs(15) };
/// A message waits so long for others to share a request.
const GATHER: Duration = Duration::from_millis(1);
/// The same while there is much to say: a request, its signature, its seal and the commit of the other node then serve
/// many messages.
const GATHER_MUCH: Duration = Duration::from_millis(4);
/// So many messages in one request are much.
const MUCH: usize = 8;
/// Where the command finds an API that has TLS elsewhere.
const LOCAL_DOOR: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
/// Most bytes of a peer's request.
const PEER_BODY_BYTES_MAX: usize = 2 << 20;

/// What a node can be given instead of the usual.
pub struct StartOptions {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How data are kept.
    pub store: Options,
}

impl Default for StartOptions {
    /// The clock of the machine, and the usual store.
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), store: Options::default() }
    }
}

/// A node that runs.
pub struct Node {
    home: Home,
    api: ApiServer,
    server: Option<Server>,
    commands: mpsc::Sender<Command>,
    driver: std::thread::JoinHandle<()>,
    couriers: watch::Sender<bool>,
    ready: Arc<AtomicBool>,
    fetched: Arc<AtomicU64>,
}

impl Node {
    /// Starts a node from its data directory.
    pub async fn start(data: &Path, passphrase: &Passphrase) -> Result<Self, Error> {
        Self::start_with(data, passphrase, StartOptions::default()).await
    }

    /// Starts a node with another clock or another way to keep its data.
    pub async fn start_with(data: &Path, passphrase: &Passphrase, options: StartOptions) -> Result<Self, Error> {
        let home = Home::open(data)?;
        let config = home.config()?;
        let door = api_tls::door(&home, &config)?;
        let member = home.member()?;
        let keys = NodeKeys::load(&Keystore::open(home.keystore_path(), passphrase)?)?;
        let store = Arc::new(Store::open(home.store_path(), options.store)?);
        let clock = options.clock;
        let (node, system) = (Arc::clone(&keys.node), Arc::clone(&keys.system));
        let (couriers, closing) = watch::channel(false);
        let (allowed, webhooks) = outward(&home, &config, &keys, &store, &clock, &closing)?;
        let worker = Arc::clone(&allowed.worker);
        let (open_port, open_ports, scenarios) = (config.listen.is_some(), Arc::default(), Arc::default());
        let term = Me::first_term(records::next_term(&store)?);
        let network = config.network();
        let me = Me { party: member.party(), node, system, scenarios, network, open_port, open_ports, allowed, term };
        let seed = Seed::new(random()?);
        let local = LocalNode::new(Arc::clone(&keys.node) as _, keys.sealing, Arc::clone(&clock), seed);
        let link = Link::new(Arc::new(local));
        let (commands, queue) = mpsc::channel(COMMANDS_MAX);
        let (pulse, pulses) = watch::channel(Pulse::default());
        let reports = Reports::new(random()?, pulse);
        let answers = Answers::open(Arc::clone(&store))?;
        let mailboxes = Mailboxes::new(config.listen.is_some());
        let transfers = Transfers::new(
            Arc::clone(&store),
            link.clone(),
            Arc::clone(&clock),
            mailboxes.clone(),
            commands.clone(),
            closing.clone(),
        );
        let courier = Courier {
            transfers: transfers.clone(),
            link: link.clone(),
            mailboxes: mailboxes.clone(),
            commands: commands.clone(),
            closing,
            reports: Arc::clone(&reports),
            clock: Arc::clone(&clock),
            polls: config.listen.is_none(),
            runtime: tokio::runtime::Handle::current(),
        };
        let driver = {
            let met = Box::new(move |mailbox| courier.clone().serve(mailbox));
            let (reports, seed) = (Arc::clone(&reports), Seed::new(random()?));
            let contracts = Contracts::new(Arc::clone(&store), me, SteadyClock::new(Arc::clone(&clock)));
            let (transfers, webhooks) = (transfers.clone(), Arc::clone(&webhooks));
            let attempts = Attempts::new(worker, commands.clone(), tokio::runtime::Handle::current());
            let outward = Outward { transfers, webhooks, attempts };
            let mut driver = Driver::new(contracts, queue, reports, seed, met, outward);
            driver.resume()?;
            std::thread::Builder::new().name("driver".to_owned()).spawn(move || driver.run())
        };
        let driver = driver.map_err(|source| Error::File { path: data.to_owned(), source })?;
        transfers.sweep();
        let (commands_of, reports_of) = (commands.clone(), Arc::clone(&reports));
        tokio::spawn(reminders::watch(Arc::clone(&store), commands_of, reports_of, couriers.subscribe()));
        webhooks.start();
        let ready = Arc::new(AtomicBool::new(true));
        let server = match config.listen {
            None => None,
            Some(address) => {
                let listener = listen(address).await?;
                let guests = Guests { commands: commands.clone(), member: member.clone(), store: Arc::clone(&store) };
                let (mailboxes, commands, transfers) = (mailboxes.clone(), commands.clone(), transfers.clone());
                let desk = FrontDesk { mailboxes, commands, guests, transfers, clock: Arc::clone(&clock) };
                let desk = Arc::new(desk);
                let server = Server::start(listener, &keys.tls, link.clone(), desk, ServerSettings::default());
                Some(server.map_err(|error| Error::Tls(error.to_string()))?)
            }
        };
        let fetched = transfers.fetched();
        let listener = listen(config.api).await?;
        let address = listener.local_addr().unwrap_or(config.api);
        let names = Arc::new(Names::open(Arc::clone(&store), member.party(), config.name.clone())?);
        let household =
            Household::open(Arc::clone(&store), Arc::clone(&names), api_tls::url(&config, &door, address)).await?;
        let service = NodeService {
            commands: commands.clone(),
            pulses,
            member,
            name: config.name.clone(),
            network,
            names,
            mailboxes,
            clock,
            store,
            link,
            ready: Arc::clone(&ready),
            reports,
            answers,
            household,
            checks: Checks::default(),
            transfers,
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
            includes: Arc::new(Semaphore::new(INCLUDES_MAX)),
            webhooks,
        };
        let failed = |source| Error::Listen { address: config.api, source };
        let (service, token) = (Arc::new(service), Token::new(home.token()?));
        let api = match door {
            Door::Plain => ApiServer::start(listener, service, token).map_err(failed)?,
            Door::Tls(tls) => {
                // The command comes by a door of this machine, as if there were no TLS.
                let local = listen(LOCAL_DOOR).await?;
                ApiServer::start_with_tls(local, listener, tls, service, token).map_err(failed)?
            }
        };
        write(&home.address_path(), api.address().to_string())?;
        Ok(Self { home, api, server, commands, driver, couriers, ready, fetched })
    }

    /// Where the API listens on this machine, without TLS unless a proxy has it.
    pub const fn api_address(&self) -> SocketAddr {
        self.api.address()
    }

    /// Where it listens with TLS, if it does.
    pub const fn api_tls_address(&self) -> Option<SocketAddr> {
        self.api.tls_address()
    }

    /// Where other nodes reach it, if it has an open port.
    pub fn net_address(&self) -> Option<SocketAddr> {
        self.server.as_ref().map(Server::address)
    }

    /// How many chunks of attachments it has fetched since its start, as long as it runs.
    pub fn fetched(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.fetched)
    }

    /// How many contracts it has read from the disk since its start.
    pub async fn contracts_loaded(&self) -> u64 {
        let (reply, answer) = oneshot::channel();
        let query = Box::new(move |contracts: &mut Contracts| {
            let _ = reply.send(contracts.loaded);
        });
        let _ = self.commands.send(Command::Query(query)).await;
        answer.await.unwrap_or_default()
    }

    /// Stops: takes nothing new, finishes what is under way, leaves everything durable.
    pub async fn stop(self) {
        self.ready.store(false, Ordering::Relaxed);
        let _ = self.couriers.send(true);
        self.api.stop().await;
        if let Some(server) = self.server {
            server.stop(Duration::from_secs(3)).await;
        }
        let _ = self.commands.send(Command::Stop).await;
        // The driver ends with its turn; what it does then is only to join a thread.
        let driver = self.driver;
        let _ = tokio::task::spawn_blocking(move || driver.join()).await;
        let _ = std::fs::remove_file(self.home.address_path());
    }
}

/// Through what the node reaches hosts that are no nodes: what system actions may use, and webhooks.
fn outward(
    home: &Home,
    config: &Config,
    keys: &NodeKeys,
    store: &Arc<Store>,
    clock: &Arc<dyn Clock>,
    closing: &watch::Receiver<bool>,
) -> Result<(Allowed, Arc<Webhooks>), Error> {
    let client = outgoing::client(home, config, Arc::clone(&keys.node) as _, Arc::clone(clock))?;
    let client = Arc::new(client);
    let allowed = runs::allowed(home, config, Arc::clone(&client));
    let webhooks = Webhooks::open(Arc::clone(store), client, Arc::clone(clock), closing.clone())?;
    Ok((allowed, webhooks))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })
}

/// Brings messages to other nodes, and asks for messages where no port is open.
#[derive(Clone)]
struct Courier {
    transfers: Transfers,
    link: Link,
    mailboxes: Mailboxes,
    commands: mpsc::Sender<Command>,
    closing: watch::Receiver<bool>,
    reports: Arc<Reports>,
    clock: Arc<dyn Clock>,
    polls: bool,
    runtime: tokio::runtime::Handle,
}

impl Courier {
    /// Serves one mailbox until the node stops.
    fn serve(self, mailbox: Arc<Mailbox>) {
        if mailbox.peer().urls.is_empty() {
            // Its node polls: the front desk hands the messages over.
            return;
        }
        let runtime = self.runtime.clone();
        if self.polls {
            let (poller, mailbox) = (self.clone(), Arc::clone(&mailbox));
            self.spawn(async move { poller.poll(&mailbox).await });
        }
        let courier = self.clone();
        runtime.spawn(async move {
            let mut closing = self.closing.clone();
            tokio::select! {
                () = courier.deliver(&mailbox) => {}
                _ = closing.wait_for(|closing| *closing) => {}
            }
        });
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let mut closing = self.closing.clone();
        self.runtime.spawn(async move {
            tokio::select! {
                () = work => {}
                _ = closing.wait_for(|closing| *closing) => {}
            }
        })
    }

    async fn deliver(&self, mailbox: &Mailbox) {
        let mut gather = GATHER;
        loop {
            let empty = mailbox.is_empty();
            if empty {
                mailbox.arrived.notified().await;
            }
            if empty || gather == GATHER_MUCH {
                tokio::time::sleep(gather).await;
            }
            let peer = mailbox.peer();
            if peer.urls.is_empty() {
                // Its port was closed: from now on its node polls.
                return;
            }
            let batch = mailbox.take(MESSAGES_MAX);
            gather = if batch.0.len() >= MUCH { GATHER_MUCH } else { GATHER };
            if batch.0.is_empty() {
                continue;
            }
            match self.link.exchange(&peer, Alias::NODE, &batch.to_bytes()).await {
                Ok(reply) => {
                    mailbox.saw(self.clock.now());
                    self.received(&peer, &reply).await;
                }
                Err(error) => {
                    self.reports.peer_errors.add(error.code().as_str());
                    tracing::debug!(code = %error.code(), %error, "cannot deliver");
                    tokio::time::sleep(UNREACHABLE_PAUSE).await;
                }
            }
        }
    }

    async fn poll(&self, mailbox: &Mailbox) {
        let mut failures = 0_u32;
        loop {
            let asked = tokio::time::Instant::now();
            let peer = mailbox.peer();
            if peer.urls.is_empty() {
                return;
            }
            match self.link.poll(&peer, Alias::NODE, &Batch::default().to_bytes()).await {
                Ok(reply) => {
                    failures = 0;
                    mailbox.saw(self.clock.now());
                    let empty = !self.received(&peer, &reply).await;
                    if empty && asked.elapsed() < POLL_PAUSE {
                        // The other node does not know this one, and so does not hold the request.
                        tokio::time::sleep(POLL_PAUSE).await;
                    }
                }
                Err(error) => {
                    self.reports.peer_errors.add(error.code().as_str());
                    tracing::debug!(code = %error.code(), %error, "cannot poll");
                    tokio::time::sleep(POLL_BACKOFF.delay(failures, u64::from(std::process::id()))).await;
                    failures = failures.saturating_add(1);
                }
            }
        }
    }

    /// Takes the answer of a peer. False if there was nothing in it.
    async fn received(&self, peer: &Peer, reply: &[u8]) -> bool {
        let Ok(batch) = Batch::from_bytes(reply) else {
            tracing::warn!("a peer's reply is malformed");
            return false;
        };
        if batch.0.is_empty() {
            return false;
        }
        let (chunks, batch) = batch.0.into_iter().partition::<Vec<_>, _>(NodeMessage::is_about_chunks);
        if !chunks.is_empty()
            && let Some(mailbox) = self.mailboxes.get(&peer.node_key.bytes())
        {
            self.transfers.answer_later(mailbox, chunks);
        }
        if batch.is_empty() {
            return true;
        }
        let batch = Batch(batch);
        let (done, durable) = oneshot::channel();
        let command = Command::Receive { from: peer.node_key, batch, reply: done };
        if self.commands.send(command).await.is_ok()
            && let Ok(refusals) = durable.await
            && let Some(mailbox) = self.mailboxes.get(&peer.node_key.bytes())
        {
            refusals.0.into_iter().for_each(|refusal| mailbox.put(refusal));
        }
        true
    }
}

/// Takes requests of other nodes.
struct FrontDesk {
    mailboxes: Mailboxes,
    commands: mpsc::Sender<Command>,
    guests: Guests,
    transfers: Transfers,
    clock: Arc<dyn Clock>,
}

impl FrontDesk {
    async fn answer(&self, delivery: Delivery) -> Result<Vec<u8>, Refusal> {
        if let Some(mailbox) = self.mailboxes.get(&delivery.from.bytes()) {
            mailbox.saw(self.clock.now());
        }
        if delivery.alias != Alias::NODE {
            return self.guests.answer(delivery).await;
        }
        let batch = Batch::from_bytes(&delivery.body).map_err(|_| Refusal::Malformed)?;
        let (chunks, batch) = batch.0.into_iter().partition::<Vec<_>, _>(NodeMessage::is_about_chunks);
        let batch = Batch(batch);
        if !chunks.is_empty() {
            let answers = Batch(self.transfers.answer(&delivery.from, chunks).await);
            if batch.0.is_empty() {
                return Ok(answers.to_bytes());
            }
            // Whoever mixes them gets no chunks: a body about logs stays small.
        }
        let mut reply = Batch::default();
        if !batch.0.is_empty() {
            let (done, durable) = oneshot::channel();
            let command = Command::Receive { from: delivery.from, batch, reply: done };
            self.commands.send(command).await.map_err(|_| Refusal::Busy { retry_after_seconds: 5 })?;
            // Without durability there is no acknowledgement, and so no reply.
            reply = durable.await.map_err(|_| Refusal::Busy { retry_after_seconds: 5 })?;
        }
        let Some(mailbox) = self.mailboxes.get(&delivery.from.bytes()) else {
            return Ok(reply.to_bytes());
        };
        if delivery.route == Route::Poll && mailbox.is_empty() && reply.0.is_empty() {
            let _ = tokio::time::timeout(Route::POLL_HOLD, mailbox.arrived.notified()).await;
        }
        reply.0.extend(mailbox.take(MESSAGES_MAX.saturating_sub(reply.0.len())).0);
        Ok(reply.to_bytes())
    }
}

impl Receiver for FrontDesk {
    fn standing(&self, from: &PublicKey) -> Standing {
        match self.mailboxes.get(&from.bytes()) {
            Some(_) => Standing::Peer { body_bytes_max: PEER_BODY_BYTES_MAX },
            None => Standing::Stranger,
        }
    }

    fn record(&self, from: &PublicKey) -> Option<Peer> {
        self.mailboxes.get(&from.bytes()).map(|mailbox| mailbox.peer())
    }

    fn receive(&self, delivery: Delivery) -> Answer<'_> {
        Box::pin(self.answer(delivery))
    }
}
