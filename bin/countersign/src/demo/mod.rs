//! `demo` and `dev`: three organisations on this machine, each with a node of its own.

mod stage;
mod story;
mod stranger;
mod visitors;

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::context::Global;
use crate::failure::Failure;
use crate::node::Stopped;
use crate::output::{self, table};

use stage::Stage;

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Three nodes run as processes of their own in a temporary folder, and talk over loopback as \
    they would over a network. A lease is drafted, sent back, drafted again, signed by both sides and guaranteed by a \
    bank. Nothing is left running.\n\nExample:\n  countersign demo"
)]
pub struct Demo {}

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_long_help = "A landlord, a tenant and a bank have founded a lease. Each has a link for a browser: \
    whoever follows it makes a key there, and may act for that party. The nodes, their keys and data are in a temporary \
    folder that vanishes at the end.\n\nExample:\n  countersign dev")]
pub struct Dev {}

/// Tells the story: to stdout, or beside the data if that is JSON.
#[derive(Clone, Copy)]
pub struct Narrator {
    json: bool,
}

impl Narrator {
    /// Says a sentence.
    pub fn say(self, words: &str) -> Result<(), Failure> {
        if self.json {
            output::talk(words);
            return Ok(());
        }
        output::line(words)
    }

    /// Begins a part of the story.
    pub fn part(self, words: &str) -> Result<(), Failure> {
        self.say(&format!("\n{words}"))
    }
}

/// How it ended on one node.
#[derive(Serialize)]
pub struct Ending {
    party: String,
    api: String,
    process: Option<u32>,
    state: String,
    position: u64,
    final_position: u64,
    state_hash: String,
}

/// The proof of it.
#[derive(Serialize)]
pub struct Proof {
    file: String,
    /// The verifier as one HTML file, if this program has the web app.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    bytes: usize,
    sentences: usize,
}

/// How it ended.
#[derive(Serialize)]
struct Told {
    contract: String,
    seconds: u64,
    nodes: Vec<Ending>,
    proof: Proof,
}

impl Demo {
    /// Plays the story. Whatever happens, no node is left running.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let begun = Instant::now();
        let stopped = Stopped::new()?;
        let narrator = Narrator { json: global.json };
        let mut stage = Stage::new()?;
        let told = tokio::select! {
            told = story::tell(&mut stage, narrator) => told,
            () = stopped.wait(false) => Err(Failure::refused("interrupted", "the demo was interrupted")),
        };
        stage.stop().await;
        let (contract, nodes, proof) = told.map_err(|failure| failure.or_next("countersign demo"))?;
        let told = Told { contract, seconds: begun.elapsed().as_secs(), nodes, proof };
        global.output().show(&told, |told| {
            let head = ["PARTY", "NODE", "STATE", "POSITION", "FINAL", "STATE HASH"].map(str::to_owned).to_vec();
            let row = |node: &Ending| {
                vec![
                    node.party.clone(),
                    format!("{} (process {})", node.api, node.process.unwrap_or_default()),
                    node.state.clone(),
                    node.position.to_string(),
                    node.final_position.to_string(),
                    node.state_hash.chars().take(16).collect(),
                ]
            };
            let rows: Vec<_> = std::iter::once(head).chain(told.nodes.iter().map(row)).collect();
            let page = told.proof.page.iter();
            let page = page.map(|page| format!("       file://{page} in a browser, and drop the proof on it\n"));
            format!(
                "\n{}\n{}\n{} seconds, nothing is left running. The proof: {}\n\
                 next:  countersign verify {} --trust {}\n{}       make dev, to do it yourself in a browser\n",
                table(&rows),
                told.contract,
                told.seconds,
                told.proof.file,
                told.proof.file,
                told.contract,
                page.collect::<String>()
            )
        })
    }
}

impl Dev {
    /// Keeps three nodes up until told to stop.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let stopped = Stopped::new()?;
        let mut stage = Stage::new()?;
        let done = tokio::select! {
            failed = self.serve(global, &mut stage) => failed,
            () = stopped.wait(false) => Ok(()),
        };
        stage.stop().await;
        done
    }

    /// Founds the lease, says where everything is, and lets in whoever comes.
    async fn serve(&self, global: &Global, stage: &mut Stage) -> Result<(), Failure> {
        let silent = Narrator { json: true };
        stage.start(silent).await?;
        let contract = story::found(stage, silent).await?;
        visitors::introduce(stage).await?;
        let places = stage.places(contract).await?;
        let program = std::env::current_exe().map(|path| path.display().to_string()).unwrap_or_default();
        global.output().show(&places, |places| stage.guide(&program, places))?;
        output::talk("three nodes run; Ctrl-C stops them");
        visitors::welcome(stage, contract).await
    }
}
