//! A long log on the disk of a node, made by the node's own replica and store, without HTTP: a million requests would
//! take most of the time that all figures have.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use countersign_codec::Encode;
use countersign_contract::State;
use countersign_crypto::{Seed, Signer, SigningKey};
use countersign_keystore::Keystore;
use countersign_replica::{Input, Item, Record, Replica};
use countersign_store::{Batch, Options, Space, Store};
use countersign_types::{Checks, Interval};
use countersign_workflow::Scenario;

use crate::company::Company;
use crate::contract::{self, Founding};
use crate::{Failure, child};

/// Actions signed and handled together.
const TURN: usize = 100;
/// So much a batch of the store holds, about.
const BATCH_BYTES: usize = 4 << 20;

/// Fills the store of a company whose node does not run, on all processors.
pub fn fill(company: &Company, contracts: usize, entries_each: usize) -> Result<(), Failure> {
    let store = Store::open(company.data.join("store"), Options::default())?;
    let (node, scenario) = (node_key(&company.data)?, contract::scenario()?);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let work = |worker: u8| {
            let mut seed = Seed::new([worker; 32]);
            while next.fetch_add(1, Ordering::Relaxed) < contracts {
                one(&store, company, &node, &scenario, entries_each, &mut seed)?;
            }
            Ok::<_, Failure>(())
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(64) as u8;
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker + 40))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker failed")?)
    })
}

/// The key with which the node of a company signs.
fn node_key(data: &Path) -> Result<Arc<SigningKey>, Failure> {
    let keystore = Keystore::open(data.join("keys.keystore"), &child::passphrase()?)?;
    let secret = keystore.get("node").and_then(|key| key.secret.array().map(|secret| *secret));
    Ok(Arc::new(SigningKey::new(secret.ok_or("the node has no key")?)))
}

fn one(
    store: &Store,
    company: &Company,
    node: &Arc<SigningKey>,
    scenario: &Scenario,
    entries: usize,
    seed: &mut Seed,
) -> Result<(), Failure> {
    let Founding { genesis, charter, mut contract } = Founding::new(scenario, &[company], seed)?;
    let state = State::found(&genesis, &charter, None, |_| Err("no proofs here".to_owned()))?;
    let mut replica = Replica::new(&genesis, state, company.member.party(), Arc::clone(node) as _);
    let id = *replica.contract().bytes();
    let mut batch = Batch::new();
    // As the node keeps them (its `records.rs`): 1 stands for a contract that this party takes part in.
    batch.put(Space::Contract, id, [&[1], genesis.to_bytes().as_slice()].concat());
    batch.put(Space::Payload, [&id, charter.commitment().bytes().as_slice()].concat(), charter.to_bytes());
    let (mut now, admin) = (contract::now()?, company.admin.public_key());
    for turn in 0..entries.div_ceil(TURN) {
        let count = TURN.min(entries - turn * TURN);
        let actions: Result<Vec<_>, _> = (0..count).map(|_| contract.act(company, seed)).collect();
        let mut actions = actions?;
        let mut checks = Checks::default();
        actions.iter_mut().for_each(|(statement, _)| checks.push(statement, &admin));
        checks.run(seed);
        for (statement, opening) in actions {
            // So that every action gets a receipt of its own: at most one is given in 5 ms.
            now = now.after(Interval::from_millis(10));
            let input = Input::Submit { statement: Arc::new(statement), openings: vec![opening] };
            let effects = replica.handle(now, [input]);
            if effects.answers.iter().any(|answer| answer.result.is_err()) {
                return Err(format!("refused: {:?}", effects.answers).into());
            }
            effects.persist.iter().for_each(|record| put(&mut batch, &id, record));
        }
        if batch.bytes() > BATCH_BYTES {
            store.commit_now(std::mem::take(&mut batch))?;
        }
    }
    Ok(store.commit_now(batch)?)
}

/// As the node keeps it: items without payloads by party and count, payloads by commitment.
fn put(batch: &mut Batch, contract: &[u8; 32], record: &Record) {
    match record {
        Record::Item(item) => {
            let count = item.count().get().to_be_bytes();
            let mut item = Item::clone(item);
            if let Item::Entry(entry) = &mut item {
                entry.openings.clear();
            }
            let key = [contract, item.party().bytes().as_slice(), &count].concat();
            batch.put(Space::Log, key, item.to_bytes());
        }
        Record::Opening(commitment, opening) => {
            let key = [contract, commitment.bytes().as_slice()].concat();
            batch.put(Space::Payload, key, opening.to_bytes());
        }
        // Nobody contradicts itself here, and no payload is held outside.
        Record::Twin(_)
        | Record::Fraud(_)
        | Record::Awaited(_)
        | Record::Settled(_)
        | Record::Named(_)
        | Record::Stop(_) => {}
    }
}
