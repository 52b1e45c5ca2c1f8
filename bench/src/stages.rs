//! Where the time of an accepted action goes.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use countersign_api_model::SubmitRequest;
use countersign_chain::{LogState, Statement, StatementKind};
use countersign_codec::{Decode, Encode};
use countersign_contract::{Payload, State};
use countersign_crypto::{Seed, SigningKey};
use countersign_payload::Opening;
use countersign_replica::{Input, Record, Replica};
use countersign_types::{Signed, from_base32, to_base32};

use crate::Failure;
use crate::company::Company;
use crate::contract::{self, Founding};
use crate::limits::Limits;

/// Actions of one contract that are timed.
const ACTIONS: usize = 1_000;

/// Microseconds that `work` takes for each of [`ACTIONS`].
fn micros<T>(mut work: impl FnMut(usize) -> T) -> f64 {
    let began = Instant::now();
    for at in 0..ACTIONS {
        black_box(work(at));
    }
    began.elapsed().as_secs_f64() * 1e6 / ACTIONS as f64
}

/// Prints processor time of the node by thread, and what the stages take alone in memory.
pub fn print(
    before: &[(String, u64)],
    after: &[(String, u64)],
    actions: usize,
    limits: Limits,
    hello: f64,
) -> Result<(), Failure> {
    let spent = after.iter().map(|(name, ticks)| {
        let earlier = before.iter().find(|(other, _)| other == name).map_or(0, |(_, ticks)| *ticks);
        (name, ticks.saturating_sub(earlier) as f64 * 1e4 / actions as f64)
    });
    let spent: Vec<_> = spent.collect();
    let total: f64 = spent.iter().map(|(_, micros)| micros).sum();
    println!(
        "   processor time of the node: {total:.1} us for each action; one check against that = {:.0} %",
        limits.verify_time * 1e8 / total
    );
    for (name, micros) in spent.iter().filter(|(_, micros)| *micros > 0.1) {
        println!("     thread {name}: {micros:.1} us, {:.0} %", 100.0 * micros / total);
    }
    let share = |name: &str, micros: f64| println!("     {name}: {micros:.1} us, {:.0} %", 100.0 * micros / total);
    println!("   stages, timed alone in memory:");
    share("HTTP (hello)", 1e6 / hello);
    share("one signature check", 1e6 / limits.verify);
    share("one signature", 1e6 / limits.sign);
    alone(share)
}

fn alone(share: impl Fn(&str, f64)) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let company = Company::new(folder.path(), "alone", false)?;
    let mut seed = Seed::new([6; 32]);
    let founding = Founding::new(&contract::scenario()?, &[&company], &mut seed)?;
    let (genesis, mut contract) = (founding.genesis, founding.contract);
    let state = State::found(&genesis, &founding.charter, None, |_| Err("no proofs here".to_owned()))?;
    let actions: Result<Vec<_>, _> = (0..ACTIONS).map(|_| contract.act(&company, &mut seed)).collect();
    let actions = actions?;

    let bodies: Vec<Vec<u8>> = actions
        .iter()
        .filter_map(|(statement, opening)| {
            let openings = vec![to_base32(&opening.to_bytes())];
            serde_json::to_vec(&SubmitRequest { statement: to_base32(&statement.to_bytes()), openings }).ok()
        })
        .collect();
    let decode = micros(|at| {
        let request: SubmitRequest = serde_json::from_slice(&bodies[at]).ok()?;
        let statement: Signed<Statement> = Signed::from_bytes(&from_base32(&request.statement)?).ok()?;
        let opening = Opening::from_bytes(&from_base32(request.openings.first()?)?).ok()?;
        Some((statement, opening))
    });
    share("JSON, base32 and decoding of the request", decode);
    let parse = micros(|at| Payload::from_bytes(StatementKind::Response, actions[at].1.bytes()).is_ok());
    share("parsing of the payload, once", parse);

    let mut replica = Replica::new(&genesis, state, company.member.party(), Arc::new(SigningKey::new([1; 32])));
    let mut now = contract::now()?;
    let mut effects = Vec::new();
    let handle = micros(|at| {
        // A replica gives a receipt at most every 5 ms; so much lies between two actions of one contract.
        now = now.after(countersign_types::Interval::from_millis(50));
        let (statement, opening) = actions[at].clone();
        let input = Input::Submit { statement: Arc::new(statement), openings: vec![opening] };
        effects.push(replica.handle(now, [input]));
    });
    share("replica: check, step, entry, receipts (with the above but HTTP and decoding)", handle);
    let receipts = effects.iter().flat_map(|effects| &effects.persist).filter(
        |record| matches!(record, Record::Item(item) if matches!(item.as_ref(), countersign_replica::Item::Receipt(_))),
    );
    println!("     receipts for each action: {:.2}", receipts.count() as f64 / ACTIONS as f64);
    let state = replica.state().ok_or("no state")?;
    share("hash of the state", micros(|_| state.hash()));
    let records = micros(|at| {
        let records = effects[at].persist.iter().map(|record| match record {
            Record::Item(item) | Record::Twin(item) => item.to_bytes().len(),
            Record::Opening(_, opening) => opening.to_bytes().len(),
            Record::Fraud(proof) => proof.to_bytes().len(),
            Record::Awaited(item) => item.to_bytes().len(),
            Record::Settled(_) | Record::Named(_) | Record::Stop(_) => 0,
        });
        records.sum::<usize>()
    });
    share("encoding of the records", records);
    Ok(())
}
