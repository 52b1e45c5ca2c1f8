//! Somebody who is no member: whatever arrives from there must change nothing.

use std::sync::Arc;

use countersign_chain::Entry;
use countersign_crypto::Digest;
use countersign_replica::{EntryItem, Held, Item, Message};
use countersign_types::{Count, Position, Sequence, Signed};

use super::Hands;
use crate::keys::Keys;
use crate::party::clock;
use crate::tally::{Addition, Wording, state};

/// A message of a stranger, on its own behalf or in the name of a member whose key it does not have.
pub fn message(keys: &Keys, hands: &mut Hands<'_>) -> Message {
    let addition = Addition { amount: 1, priority: 9, attachments: Vec::new() };
    let wording = Wording {
        addition,
        sequence: Sequence::new(1),
        requires: Vec::new(),
        seen: None,
        time: clock(hands.now_ms, 0),
        nonce: hands.chance.next(),
    };
    let (statement, opening) = state(hands.contract.id, keys, wording);
    let claimed = hands.chance.pick(&hands.contract.keys).filter(|_| hands.chance.happens(500));
    let entry = Entry {
        contract: hands.contract.id,
        lane: 0,
        position: Position::new(1),
        previous: hands.contract.genesis,
        statement: countersign_chain::Statement::id(&statement),
        party: claimed.map_or(keys.party(), |claimed| claimed.party()),
        count: Count::new(1 + hands.chance.below(5)),
    };
    let entry = Signed::sign(entry, keys.node().as_ref());
    let item = EntryItem { entry, statement: Arc::clone(&statement), openings: vec![opening], erased: Vec::new() };
    let have = vec![Held { party: keys.party(), count: Count::new(hands.chance.next()), mark: Digest::ZERO }];
    Message::Sync { have, items: vec![Item::Entry(Box::new(item))], proofs: Vec::new() }
}
