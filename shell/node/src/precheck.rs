//! The signatures of a whole turn, checked together: a batch costs a fraction of its signatures one by one.
//!
//! Nothing is decided here. A value whose signature holds remembers for which key; replicas ask every value again, and
//! check by themselves what was not checked here or did not hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_chain::{LogState, Statement};
use countersign_crypto::{PublicKey, Seed};
use countersign_replica::{Input, Item, Message};
use countersign_types::{Checks, ContractId, Signed};

use crate::active::Active;
use crate::contracts::Contracts;

/// Fewer are not cheaper together.
const TOGETHER_MIN: usize = 4;

/// Checks what the replicas will ask of these inputs.
pub(crate) fn check_together(
    contracts: &mut Contracts,
    inputs: &mut BTreeMap<ContractId, Vec<Input>>,
    seed: &mut Seed,
) {
    let mut checks = Checks::default();
    for (id, inputs) in inputs {
        // A contract that cannot be loaded is told of when its inputs are handled.
        let Ok(Some(active)) = contracts.get(id) else { continue };
        for input in inputs {
            match input {
                Input::Submit { statement, .. } => push_statement(active, statement, &mut checks),
                Input::Receive { message: Message::Sync { items, .. }, .. } => {
                    for item in items {
                        push_item(active, item, &mut checks);
                    }
                }
                _ => {}
            }
        }
    }
    if checks.len() >= TOGETHER_MIN {
        checks.run(seed);
    }
}

fn push_item<'a>(active: &Active, item: &'a mut Item, checks: &mut Checks<'a>) {
    let Some(key) = node_key(active, item).filter(|_| !active.replica.knows(item)) else { return };
    match item {
        Item::Receipt(receipt) => checks.push(receipt, &key),
        Item::Erasure(receipt) => checks.push(receipt, &key),
        Item::Entry(item) => {
            checks.push(&mut item.entry, &key);
            push_statement(active, &mut item.statement, checks);
        }
    }
}

fn node_key(active: &Active, item: &Item) -> Option<PublicKey> {
    let place = active.replica.knowledge().place(&active.replica.head())?;
    place.next_epoch.node_key(&item.party()).copied()
}

/// By the key that the author has at the head. Where its keys change in this very turn, the replica checks again.
fn push_statement<'a>(active: &Active, statement: &'a mut Arc<Signed<Statement>>, checks: &mut Checks<'a>) {
    let Some(state) = active.replica.state() else { return };
    if let (Ok(key), Some(statement)) = (state.author_key(statement, None), Arc::get_mut(statement)) {
        checks.push(statement, &key);
    }
}
