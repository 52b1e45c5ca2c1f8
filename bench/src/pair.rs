//! Two companies: A acts, B has verified and stored it, A holds B's receipt.

use std::time::{Duration, Instant};

use countersign_api_model::AddPeerRequest;
use countersign_client::Client;
use countersign_codec::Encode;
use countersign_crypto::Seed;
use countersign_types::to_base32;

use crate::company::Company;
use crate::contract::{self, Contract};
use crate::limits::Limits;
use crate::table::{Goal, Table, rate};
use crate::{Failure, http, machine};

const CONTRACTS: usize = 1_000;
const CONNECTIONS: usize = 32;
/// Actions in each contract and round.
const ACTIONS: usize = 10;
const ROUNDS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(120);

/// Lets a company take part in every contract that is offered to it, once these many are.
pub fn accept_all(company: &Company, contracts: &[&Contract]) -> Result<(), Failure> {
    let runtime = http::runtime()?;
    let client = company.client()?;
    let until = Instant::now() + PATIENCE;
    while runtime.block_on(client.all_contracts())?.len() < contracts.len() {
        if Instant::now() > until {
            return Err("the offers do not arrive".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let (address, token) = (company.address()?, company.token()?);
    let mut work = vec![Vec::new(); CONNECTIONS];
    for (at, contract) in contracts.iter().enumerate() {
        let path = format!("/v1/contracts/{}/accept", contract.id);
        work[at % CONNECTIONS].push(http::post(address, &token, &path, "{}"));
    }
    runtime.block_on(http::drive(address, work, 200, PATIENCE))?;
    Ok(())
}

/// Returns once nothing waits to be delivered any more.
pub fn quiet(client: &Client) -> Result<(), Failure> {
    let runtime = http::runtime()?;
    let until = Instant::now() + PATIENCE;
    while !runtime.block_on(client.outbox())?.outbox.is_empty() {
        if Instant::now() > until {
            return Err("something is never delivered".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Measures the figure.
pub fn run(table: &mut Table) -> Result<(), Failure> {
    machine::pin_self("0,1");
    let folder = tempfile::tempdir()?;
    let mut seed = Seed::new([7; 32]);
    let mut first = Company::new(folder.path(), "a", true)?;
    let mut second = Company::new(folder.path(), "b", true)?;
    first.start(None)?;
    second.start(None)?;
    // A node keeps one offer of a stranger; a partner may make as many as it likes.
    let card = to_base32(&first.member.to_bytes());
    http::runtime()?.block_on(second.client()?.add_peer(&AddPeerRequest { card }))?;
    let mut contracts = contract::found(&[&first, &second], CONTRACTS, &mut seed)?;
    accept_all(&second, &contracts.iter().collect::<Vec<_>>())?;
    quiet(&first.client()?)?;
    let mut best = (0.0, Limits::default());
    for round in 1..=ROUNDS {
        let limits = Limits::measure("0", folder.path())?;
        let before = [first.process(), second.process()].map(machine::thread_ticks);
        let ours = one_round(&first, &mut contracts, &mut seed)?;
        println!(
            "   round {round}: {ours:.0}/s, verify {:.0}/s (load average {})",
            limits.verify,
            machine::load_average()
        );
        for (name, process, before) in [("A", first.process(), &before[0]), ("B", second.process(), &before[1])] {
            let after = machine::thread_ticks(process);
            let spent = after.iter().map(|(name, ticks)| {
                let earlier = before.iter().find(|(other, _)| other == name).map_or(0, |(_, ticks)| *ticks);
                format!("{name} {:.0}", (ticks - earlier.min(*ticks)) as f64 * 1e4 / (CONTRACTS * ACTIONS) as f64)
            });
            println!(
                "     {name}: us of processor for each action by thread: {}",
                spent.collect::<Vec<_>>().join(", ")
            );
        }
        if ours > best.0 {
            best = (ours, limits);
        }
    }
    first.stop()?;
    second.stop()?;
    table.add(
        "two companies, 1,000 contracts: A acts until A holds B's receipt, both nodes and the load on 2 cores",
        &format!("verify {:.0}/s on one core", best.1.verify),
        &rate(best.0),
        best.0,
        rate,
        Goal::AtLeast { must: 2_500.0, goal: 8_000.0 },
    );
    Ok(())
}

/// Actions per second, from the first submission until A holds B's receipt of the last in every contract.
fn one_round(company: &Company, contracts: &mut [Contract], seed: &mut Seed) -> Result<f64, Failure> {
    let (address, token) = (company.address()?, company.token()?);
    let mut work = vec![Vec::new(); CONNECTIONS];
    for round in 1..=ACTIONS {
        for (at, contract) in contracts.iter_mut().enumerate() {
            let action = contract.act(company, seed)?;
            let queue = &mut work[at % CONNECTIONS];
            queue.push(contract::submission(address, &token, &contract.id, &action));
            if round == ACTIONS {
                let statement = countersign_chain::Statement::id(&action.0).to_string();
                let path =
                    format!("/v1/contracts/{}/statements/{statement}?level=delivered&wait_ms=60000", contract.id);
                queue.push(http::get(address, &token, &path));
            }
        }
    }
    // Submissions are answered with 201, questions with 200: first all submissions of a connection, then its questions.
    let split = work.into_iter().map(|queue| queue.into_iter().partition::<Vec<_>, _>(|request| request[0] == b'P'));
    let (submissions, questions): (Vec<_>, Vec<_>) = split.unzip();
    let runtime = http::runtime()?;
    let began = Instant::now();
    runtime.block_on(http::drive(address, submissions, 201, PATIENCE))?;
    let accepted = began.elapsed();
    let answers = runtime.block_on(http::drive_checked(address, questions, 200, PATIENCE, |body| {
        // A question that waited in vain is answered as well.
        !String::from_utf8_lossy(body).contains(r#""level":"local""#)
    }));
    answers?;
    let seconds = began.elapsed().as_secs_f64();
    println!("     accepted after {:.2} s, delivered after {seconds:.2} s", accepted.as_secs_f64());
    Ok((contracts.len() * ACTIONS) as f64 / seconds)
}

/// A statement and an opening as the API takes them.
pub fn request_of(
    action: &(countersign_types::Signed<countersign_chain::Statement>, countersign_payload::Opening),
) -> countersign_api_model::SubmitRequest {
    use countersign_codec::Encode;
    countersign_api_model::SubmitRequest {
        statement: to_base32(&action.0.to_bytes()),
        openings: vec![to_base32(&action.1.to_bytes())],
    }
}
