//! Many contracts in which nothing happens.

use std::time::Duration;

use countersign_crypto::Seed;

use crate::company::Company;
use crate::table::{Goal, Table, bytes, seconds};
use crate::{Failure, Scale, contract, machine};

const CONTRACTS: usize = 100_000;
const CONTRACTS_FULL: usize = 1_000_000;
const CONTRACTS_TRIAL: usize = 10_000;
/// A contract is let go some seconds after the last thing that happened in it.
const QUIET: Duration = Duration::from_secs(15);

/// Measures memory and start.
pub fn run(table: &mut Table, scale: Scale) -> Result<(), Failure> {
    machine::pin_self("0,1");
    let count = match scale {
        Scale::Full => CONTRACTS_FULL,
        Scale::Usual => CONTRACTS,
        Scale::Trial => CONTRACTS_TRIAL,
    };
    let folder = tempfile::tempdir()?;
    let mut company = Company::new(folder.path(), "idle", false)?;
    company.start(None)?;
    company.stop()?;
    let empty_start = company.start(None)?;
    let empty = machine::resident(company.process());
    let mut seed = Seed::new([8; 32]);
    // In parts: the requests of all contracts at once would take gigabytes here.
    for _ in 0..count / 10_000 {
        contract::found(&[&company], 10_000, &mut seed)?;
    }
    std::thread::sleep(QUIET);
    let after = machine::resident(company.process());
    company.stop()?;
    let start = company.start(None)?;
    let started = machine::resident(company.process());
    company.stop()?;
    println!(
        "   memory: empty node {} MiB; after founding {count} contracts {} MiB; started with them {} MiB; empty start {:.2} s",
        empty >> 20,
        after >> 20,
        started >> 20,
        empty_start.as_secs_f64()
    );
    let each = |resident: u64| resident.saturating_sub(empty) as f64 / count as f64;
    let goal = || Goal::AtMost { must: 1_024.0, goal: 320.0 };
    table.add(
        &format!("{count} idle contracts: memory each, in the node that founded them"),
        "",
        &bytes(each(after)),
        each(after),
        bytes,
        goal(),
    );
    table.add(
        &format!("{count} idle contracts: memory each, after a start"),
        "",
        &bytes(each(started)),
        each(started),
        bytes,
        goal(),
    );
    let start = start.as_secs_f64();
    table.add(
        &format!("{count} idle contracts: start of the node until it is ready"),
        &format!("empty {:.2} s", empty_start.as_secs_f64()),
        &seconds(start),
        start,
        seconds,
        Goal::AtMost { must: 2.0, goal: 2.0 },
    );
    Ok(())
}
