//! `node …`: make, run and look at a node.

mod peer;
pub mod recover;
mod user;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_api_model::{CheckFinding, CheckReport, CheckRequest, Network, NodeInfo};
use countersign_keystore::Passphrase;
use countersign_member::Member;
use countersign_node::{InitRequest, Node};
use serde::Serialize;
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

use crate::context::Global;
use crate::failure::Failure;
use crate::output::{self, table};
use crate::{files, passphrase};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a node for your organisation, and its card
    Init(Init),
    /// Run a node until it is told to stop
    Start(Start),
    /// Show what your node says of itself
    Status(Status),
    /// Check the way to a partner's node, or your own settings
    Check(Check),
    /// Let your node get to know a partner's node
    Peer(peer::Peer),
    /// List the nodes that your node knows
    Peers(peer::Peers),
    /// Sign again after your node was set back to an old copy
    Recover(recover::Recover),
    /// Say who may use your node with a browser
    #[command(subcommand, after_long_help = "Example:\n  countersign node user invite --role member")]
    User(user::Command),
}

/// Where a node is, and what opens its keys.
#[derive(Args, Debug)]
pub struct Folder {
    /// Folder of the node [default: --node, or node in COUNTERSIGN_HOME]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File with the passphrase of the node's own keys
    #[arg(long, value_name = "FILE")]
    node_passphrase_file: Option<PathBuf>,
}

/// A new node.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Your admin key signs the card: whoever has it decides for the organisation, the node does not. \
    Give the card to your partners.\n\nExample:\n  countersign node init --name \"Acme\" --listen 0.0.0.0:7420 \
    --url https://node.acme.example:7420 --card acme.card"
)]
pub struct Init {
    #[command(flatten)]
    folder: Folder,
    /// What your organisation is called here
    #[arg(long)]
    name: String,
    /// Make a node of the test network: what it signs binds nobody
    #[arg(long)]
    test: bool,
    /// Where to listen for other nodes; without it the node polls them
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where other nodes reach it, best first
    #[arg(long, value_name = "URL")]
    url: Vec<String>,
    /// Where to serve the API
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7421")]
    api: SocketAddr,
    /// The admin key [default: the only one]
    #[arg(long, value_name = "NAME")]
    admin: Option<String>,
    /// Also write the card to this file
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
}

/// A node to run.
#[derive(Args, Debug)]
#[command(after_long_help = "The node runs until Ctrl-C or SIGTERM. What it logs is chosen with RUST_LOG.\n\n\
    Example:\n  countersign node start --node-passphrase-file node.pass")]
pub struct Start {
    #[command(flatten)]
    folder: Folder,
    /// Stop as well when standard input ends: a child does not outlive its parent
    #[arg(long, hide = true)]
    until_stdin_closes: bool,
}

/// What to show.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign node status --card > acme.card")]
pub struct Status {
    /// Only print the card
    #[arg(long)]
    card: bool,
}

/// Whose node to check.
#[derive(Args, Debug)]
#[command(
    after_long_help = "With --config nothing is asked over the network and the node need not run: node.toml, the card, \
    the keys and the store in its folder are read, and every fault is named.\n\nExample:\n  countersign node check \
    @tenant.card\n  countersign node check --config --node-passphrase-file node.pass"
)]
pub struct Check {
    /// The card of the partner: @FILE, or base32
    #[arg(required_unless_present = "config", conflicts_with_all = ["config", "data", "node_passphrase_file"])]
    card: Option<String>,
    /// Check node.toml and the folder of your own node instead
    #[arg(long)]
    config: bool,
    #[command(flatten)]
    folder: Folder,
}

/// What `node init` made.
#[derive(Serialize)]
struct Made {
    party: String,
    name: String,
    card: String,
    data: String,
}

/// Where a started node is.
#[derive(Serialize)]
struct Started {
    api: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_tls: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Init(arguments) => arguments.run(global),
            Self::Start(arguments) => arguments.run(global).await,
            Self::Status(arguments) => arguments.run(global).await,
            Self::Check(arguments) => arguments.run(global).await,
            Self::Peer(arguments) => arguments.run(global).await,
            Self::Peers(arguments) => arguments.run(global).await,
            Self::Recover(arguments) => arguments.run(global).await,
            Self::User(command) => command.run(global).await,
        }
    }
}

impl Folder {
    fn path(&self, global: &Global) -> Result<PathBuf, Failure> {
        self.data.clone().map_or_else(|| global.node_folder(), Ok)
    }

    fn passphrase(&self, new: bool) -> Result<Passphrase, Failure> {
        let ask = passphrase::Ask {
            file: self.node_passphrase_file.as_deref(),
            variable: "COUNTERSIGN_NODE_PASSPHRASE",
            option: "--node-passphrase-file",
            what: "the node",
            new,
        };
        ask.get()
    }
}

impl Init {
    fn run(&self, global: &Global) -> Result<(), Failure> {
        let data = self.folder.path(global)?;
        let admin = global.keys()?.admin(self.admin.as_deref())?;
        let request = InitRequest {
            data: data.clone(),
            name: self.name.clone(),
            test: self.test,
            listen: self.listen,
            urls: self.url.clone(),
            api: self.api,
        };
        let passphrase = self.folder.passphrase(true)?;
        let member = countersign_node::init(&request, &passphrase, &admin.key.signer)?;
        let card = files::to_text(&member);
        if let Some(file) = &self.card {
            files::write_new(file, format!("{card}\n").as_bytes(), global.yes)?;
        }
        let made =
            Made { party: member.party().to_string(), name: self.name.clone(), card, data: data.display().to_string() };
        global.output().show(&made, |made| format!("{}\n", made.card))?;
        let kind = if self.test { "a node of the test network for" } else { "the node of" };
        output::talk(&format!("made {kind} {} in {}", made.party, made.data));
        output::talk(&format!("next:  countersign node start --data {}", made.data));
        Ok(())
    }
}

impl Start {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let data = self.folder.path(global)?;
        let passphrase = self.folder.passphrase(false)?;
        log_to_stderr();
        // Before anything runs, so that no signal is missed.
        let stopped = Stopped::new()?;
        let node = Node::start(&data, &passphrase).await?;
        let started = Started { api: node.api_address(), api_tls: node.api_tls_address(), listen: node.net_address() };
        let shown = global.output().show(&started, |started| {
            let tls = started.api_tls.map(|address| format!("API with TLS at https://{address}\n"));
            format!("API at http://{}\n{}", started.api, tls.unwrap_or_default())
        });
        output::talk("the node runs; Ctrl-C stops it");
        if shown.is_ok() {
            stopped.wait(self.until_stdin_closes).await;
            output::talk("the node stops");
        }
        node.stop().await;
        shown
    }
}

/// What tells a program to stop.
pub struct Stopped {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stopped {
    /// Listens for signals from now on.
    pub fn new() -> Result<Self, Failure> {
        let failed = |error| Failure::refused("signals", format!("cannot listen for signals: {error}"));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
        })
    }

    /// Until Ctrl-C, SIGTERM or, if wanted, the end of standard input.
    pub async fn wait(mut self, with_stdin: bool) {
        let ended = async {
            let (mut input, mut byte) = (tokio::io::stdin(), [0; 64]);
            while with_stdin && input.read(&mut byte).await.is_ok_and(|count| count > 0) {}
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = ended, if with_stdin => {}
        }
    }
}

fn log_to_stderr() {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && std::io::stderr().is_terminal();
    // A second call in one process changes nothing, which is as well.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(std::io::stderr).try_init();
}

impl Status {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let node = client.node().await?;
        let ready = client.ready().await;
        let card = self.card;
        global.output().show(&node, |node| if card { format!("{}\n", node.card) } else { words(node) })?;
        Ok(ready?)
    }
}

fn words(node: &NodeInfo) -> String {
    let row = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
    table(&[
        row("name", &node.name),
        row("network", if node.network == Network::Test { "test: what it signs binds nobody" } else { "real" }),
        row("party", &node.party),
        row("node key", &node.node_key),
        row("urls", &node.urls.join(", ")),
        row("version", &node.version),
        row("time", &node.time),
        row("contracts", &node.contracts.to_string()),
    ])
}

impl Check {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (report, good, bad) = match &self.card {
            Some(card) => {
                let member: Member = files::card(card, "the card of the partner")?;
                let report = global.client()?.check(&CheckRequest { card: files::to_text(&member) }).await?;
                (report, "the two nodes can work together", "the two nodes cannot work together")
            }
            None => (self.inspect(global)?, "the node can start", "the node cannot work like this"),
        };
        global.output().show(&report, |report| findings(report, if report.good { good } else { bad }))?;
        match report.good {
            true => Ok(()),
            false => {
                output::talk("next:  do what is suggested, then the same once more");
                Err(Failure::told())
            }
        }
    }
}

impl Check {
    fn inspect(&self, global: &Global) -> Result<CheckReport, Failure> {
        let data = self.folder.path(global)?;
        let faults = countersign_node::inspect(&data, &self.folder.passphrase(false)?);
        let finding = |fault: countersign_node::Fault| CheckFinding {
            code: fault.code.to_owned(),
            fault: true,
            detail: fault.detail,
            suggestion: fault.suggestion,
        };
        let findings: Vec<_> = faults.into_iter().map(finding).collect();
        Ok(CheckReport { good: findings.is_empty(), findings })
    }
}

fn findings(report: &CheckReport, last: &str) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let sign = if finding.fault { "fault" } else { "fine" };
        text.push_str(&format!("{sign}: {} [{}]\n", finding.detail, finding.code));
        if !finding.suggestion.is_empty() {
            text.push_str(&format!("  {}\n", finding.suggestion));
        }
    }
    text + last + "\n"
}

impl From<countersign_node::Error> for Failure {
    fn from(error: countersign_node::Error) -> Self {
        use countersign_node::Error;
        let next = match &error {
            Error::NotEmpty(_) => "the same with another --data DIR".to_owned(),
            Error::NotInitialised(folder) => format!("countersign node init --name NAME --data {}", folder.display()),
            Error::Listen { .. } => "countersign node status, or another address in node.toml".to_owned(),
            Error::Keystore(_) => "the same with --node-passphrase-file FILE".to_owned(),
            Error::ApiWithoutTls(_) => "api_tls = \"self-made\" in node.toml".to_owned(),
            Error::Config { path, .. } => format!("correct {}", path.display()),
            _ => "countersign node status".to_owned(),
        };
        Self::refused(error.code(), error.to_string()).next(next)
    }
}
