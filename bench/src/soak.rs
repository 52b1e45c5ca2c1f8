//! Twice the load that a node can take, and `kill -9` at random: what is acknowledged stays, memory stays bounded, and
//! overload does not cost the rate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use countersign_chain::Statement;
use countersign_crypto::{Seed, SigningKey};
use countersign_payload::Opening;
use countersign_types::Signed;

use crate::company::Company;
use crate::contract::{self, Contract};
use crate::http::Connection;
use crate::table::percent;
use crate::{Failure, http, machine};

const CONTRACTS: usize = 400;
/// Least share of the maximum that is acknowledged under twice the load.
const GOODPUT_MIN: f64 = 0.9;
/// Most memory of the node, in bytes, beside what each entry may take.
const MEMORY_MAX: u64 = 256 << 20;
/// Most memory of each entry of a contract in work.
const ENTRY_MEMORY_MAX: u64 = 8 << 10;
/// Time without kills at the beginning, in which the rate under twice the load is taken.
const CALM: Duration = Duration::from_secs(20);
/// From the start of a node to its end: between these.
const LIFE: (u64, u64) = (2_000, 8_000);

/// One contract: its next action at any time is made once, and submitted until it is acknowledged.
struct Author {
    contract: Contract,
    admin: SigningKey,
    seed: Seed,
    waiting: Option<(Signed<Statement>, Opening)>,
    /// The statement acknowledged last, and how many are.
    acknowledged: Option<(String, u64)>,
}

/// What all authors share.
struct Shared {
    address: SocketAddr,
    token: String,
    acknowledged: AtomicU64,
    stop: AtomicBool,
}

/// Runs for about so many seconds.
pub fn run(seconds: u64) -> Result<(), Failure> {
    machine::describe();
    machine::pin_self("1");
    let folder = tempfile::tempdir()?;
    let mut company = Company::new(folder.path(), "soak", false)?;
    company.start(Some("0"))?;
    let mut seed = Seed::new([4; 32]);
    let mut contracts = contract::found(&[&company], CONTRACTS, &mut seed)?;
    let work = contract::requests(&company, &mut contracts, 25, 32, &mut seed)?;
    let most = http::runtime()?.block_on(http::drive(company.address()?, work, 201, Duration::from_secs(300)))?.rate();
    println!("maximum with 32 connections: {most:.0}/s (load average {})", machine::load_average());

    let secret = company.secret;
    let shared = Arc::new(Shared {
        address: company.address()?,
        token: company.token()?,
        acknowledged: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    });
    let authors = contracts.into_iter().map(|contract| Author {
        contract,
        admin: SigningKey::new(secret),
        seed: seed.split(),
        waiting: None,
        acknowledged: None,
    });
    let authors: Vec<_> = authors.collect();
    let pace = Duration::from_secs_f64(CONTRACTS as f64 / (2.0 * most));
    let load = {
        let shared = Arc::clone(&shared);
        std::thread::spawn(move || http::runtime()?.block_on(offer(authors, shared, pace)))
    };
    let outcome = torment(&mut company, &shared, most, Duration::from_secs(seconds));
    shared.stop.store(true, Ordering::Relaxed);
    let authors = load.join().map_err(|_| "the load ended by a panic")??;
    outcome?;
    let lost = http::runtime()?.block_on(missing(&company, &authors))?;
    println!("acknowledged in all: {}; lost: {lost}", shared.acknowledged.load(Ordering::Relaxed));
    if lost == 0 { Ok(()) } else { Err("an acknowledged statement was lost".into()) }
}

/// First the rate under twice the load, then kills.
fn torment(company: &mut Company, shared: &Shared, most: f64, span: Duration) -> Result<(), Failure> {
    let acknowledged = || shared.acknowledged.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_secs(2));
    let (before, began) = (acknowledged(), Instant::now());
    std::thread::sleep(CALM);
    let goodput = (acknowledged() - before) as f64 / began.elapsed().as_secs_f64() / most;
    println!(
        "acknowledged under twice the load: {} of the maximum (wanted {})",
        percent(goodput),
        percent(GOODPUT_MIN)
    );
    let (mut kills, began) = (0, Instant::now());
    let mut worst = 0_u64;
    while began.elapsed() < span {
        let mut chance = [0; 8];
        getrandom::fill(&mut chance)?;
        let life = LIFE.0 + u64::from_le_bytes(chance) % (LIFE.1 - LIFE.0);
        std::thread::sleep(Duration::from_millis(life));
        let memory = machine::resident(company.process());
        worst = worst.max(memory);
        let allowed = MEMORY_MAX + (acknowledged() + CONTRACTS as u64 * 25) * ENTRY_MEMORY_MAX;
        if memory > allowed {
            return Err(format!("the node takes {} MiB, allowed are {}", memory >> 20, allowed >> 20).into());
        }
        company.kill()?;
        kills += 1;
        let down = company.start(Some("0"))?;
        println!(
            "kill {kills}: lived {life} ms, {} MiB, ready again after {} ms, {} acknowledged (load average {})",
            memory >> 20,
            down.as_millis(),
            acknowledged(),
            machine::load_average()
        );
    }
    println!("{kills} kills; most memory {} MiB", worst >> 20);
    if goodput >= GOODPUT_MIN { Ok(()) } else { Err("overload costs more of the rate than it may".into()) }
}

/// Each author submits at the pace, or as fast as it is answered.
async fn offer(authors: Vec<Author>, shared: Arc<Shared>, pace: Duration) -> Result<Vec<Author>, Failure> {
    let mut tasks = tokio::task::JoinSet::new();
    for author in authors {
        tasks.spawn(work(author, Arc::clone(&shared), pace));
    }
    let mut done = Vec::new();
    while let Some(author) = tasks.join_next().await {
        done.push(author??);
    }
    Ok(done)
}

async fn work(mut author: Author, shared: Arc<Shared>, pace: Duration) -> Result<Author, Failure> {
    let mut due = tokio::time::Instant::now();
    let mut connection = None;
    while !shared.stop.load(Ordering::Relaxed) {
        due += pace;
        tokio::time::sleep_until(due).await;
        // Whoever is late does not catch up in one rush.
        due = due.max(tokio::time::Instant::now() - pace * 10);
        if author.waiting.is_none() {
            author.waiting = Some(author.contract.sign(&author.admin, &mut author.seed)?);
        }
        if let Some(open) = connection.take() {
            connection = author.submit(open, &shared).await?;
        }
        if connection.is_none() {
            // The node is down; it comes again.
            tokio::time::sleep(Duration::from_millis(20)).await;
            connection = Connection::open(shared.address).await.ok();
        }
    }
    Ok(author)
}

impl Author {
    /// Submits what waits. The connection, unless it broke.
    async fn submit(&mut self, mut connection: Connection, shared: &Shared) -> Result<Option<Connection>, Failure> {
        let Some(action) = &self.waiting else { return Ok(Some(connection)) };
        let request = contract::submission(shared.address, &shared.token, &self.contract.id, action);
        let Ok((status, body)) = connection.exchange(&request).await else { return Ok(None) };
        match status {
            201 => {
                self.acknowledged = Some((Statement::id(&action.0).to_string(), self.contract.acted()));
                self.waiting = None;
                shared.acknowledged.fetch_add(1, Ordering::Relaxed);
                Ok(Some(connection))
            }
            // It stops, starts, or has too much to do.
            429 | 503 => Ok(Some(connection)),
            _ => Err(format!("status {status}: {}", String::from_utf8_lossy(body)).into()),
        }
    }
}

/// Acknowledged statements that the node does not have. Those of one author have numbers without gaps, so that the last
/// stands only where all before it stand.
async fn missing(company: &Company, authors: &[Author]) -> Result<u64, Failure> {
    let client = company.client()?;
    let mut lost = 0;
    for author in authors {
        let Some((statement, number)) = &author.acknowledged else { continue };
        let level = countersign_api_model::Level::Local;
        let found = client.statement(&author.contract.id, statement, level, Duration::ZERO).await;
        let stands = found.is_ok_and(|submitted| submitted.position == *number);
        lost += u64::from(!stands);
    }
    Ok(lost)
}
