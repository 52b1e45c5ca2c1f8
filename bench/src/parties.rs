//! One action until countersigned by all.

use std::time::{Duration, Instant};

use countersign_api_model::Level;
use countersign_client::Client;
use countersign_crypto::Seed;

use crate::company::Company;
use crate::contract::{self, Contract};
use crate::pair::{accept_all, quiet, request_of};
use crate::table::{Goal, Table, millis, quantile};
use crate::{Failure, http, machine};

const ACTIONS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures the table.
pub fn run(table: &mut Table) -> Result<(), Failure> {
    machine::pin_self("0,1");
    for count in [2, 3, 5, 10] {
        let folder = tempfile::tempdir()?;
        let mut seed = Seed::new([count; 32]);
        let names = (0..count).map(|number| format!("p{number}"));
        let companies: Result<Vec<_>, _> = names.map(|name| Company::new(folder.path(), &name, true)).collect();
        let mut companies = companies?;
        for company in &mut companies {
            company.start(None)?;
        }
        let all: Vec<&Company> = companies.iter().collect();
        let mut contracts = contract::found(&all, 1, &mut seed)?;
        let contract = contracts.first_mut().ok_or("no contract")?;
        for company in all.iter().skip(1) {
            accept_all(company, &[contract])?;
        }
        let (first, client) = (all[0], all[0].client()?);
        quiet(&client)?;
        measure(first, contract, &client, &mut seed, 5, 0)?;
        let mut samples = measure(first, contract, &client, &mut seed, ACTIONS, 0)?;
        add(table, usize::from(count), "countersigned by all", &mut samples);
        companies.last_mut().ok_or("no company")?.kill()?;
        let (first, client) = (&companies[0], companies[0].client()?);
        let mut samples = measure(first, contract, &client, &mut seed, ACTIONS / 2, 1)?;
        add(table, usize::from(count), "received by all but the one that is down", &mut samples);
        for company in &mut companies {
            company.stop()?;
        }
    }
    Ok(())
}

fn add(table: &mut Table, count: usize, what: &str, samples: &mut [f64]) {
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let value = quantile(samples, share);
        let goal = match (count, what.starts_with("countersigned")) {
            (2, true) => Goal::AtMost { must: 20.0, goal: 20.0 },
            (5, true) => Goal::AtMost { must: 50.0, goal: 50.0 },
            _ => Goal::None,
        };
        table.add(
            &format!("one action, {count} parties, until {what}, {name}"),
            "",
            &millis(value),
            value,
            millis,
            goal,
        );
    }
}

/// Milliseconds from each submission until all but `absent` parties gave a receipt.
fn measure(
    company: &Company,
    contract: &mut Contract,
    client: &Client,
    seed: &mut Seed,
    actions: usize,
    absent: usize,
) -> Result<Vec<f64>, Failure> {
    let runtime = http::runtime()?;
    let mut samples = Vec::new();
    for _ in 0..actions {
        let action = contract.act(company, seed)?;
        let request = request_of(&action);
        let began = Instant::now();
        let mut submitted = runtime.block_on(client.submit(&contract.id, &request))?;
        while submitted.standing.waiting_for.len() > absent
            || (absent == 0 && submitted.standing.level < Level::Countersigned)
        {
            if began.elapsed() > PATIENCE {
                return Err(format!("not countersigned after {PATIENCE:?}: {:?}", submitted.standing).into());
            }
            let wait = if absent == 0 { PATIENCE } else { Duration::ZERO };
            let question = client.statement(&contract.id, &submitted.statement, Level::Countersigned, wait);
            submitted = runtime.block_on(question)?;
            if absent > 0 {
                std::thread::sleep(Duration::from_micros(500));
            }
        }
        samples.push(began.elapsed().as_secs_f64() * 1e3);
        // The next action begins in quiet.
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(samples)
}
