//! Messages on their way to other nodes: bounded, in memory. What is lost here is sent again by the replica.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_member::NodeRecord;
use countersign_net::Peer;
use countersign_types::{ContractId, Timestamp};
use tokio::sync::Notify;

use crate::wire::{Batch, NodeMessage};

/// Most messages that wait for one node; the oldest give way.
const WAITING_MAX: usize = 4_096;
/// A body is closed once it holds so many bytes.
const BODY_BYTES: usize = 1_500_000;

/// The messages for one node.
#[derive(Debug)]
pub(crate) struct Mailbox {
    known: Mutex<Known>,
    waiting: Mutex<VecDeque<NodeMessage>>,
    pub(crate) arrived: Notify,
    /// When something came from the node, in milliseconds; 0 if nothing did since the start.
    seen: AtomicI64,
    /// Whether the own node has an open port.
    open_port: bool,
}

/// What is known of a node: its latest record.
#[derive(Debug)]
struct Known {
    sequence: u64,
    peer: Peer,
}

impl Mailbox {
    /// Something came from the node.
    pub(crate) fn saw(&self, now: Timestamp) {
        self.seen.store(now.millis(), Ordering::Relaxed);
    }

    /// When something came from the node.
    pub(crate) fn seen(&self) -> Option<Timestamp> {
        Timestamp::from_millis(self.seen.load(Ordering::Relaxed)).filter(|time| time.millis() > 0)
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<NodeMessage>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The node, by its latest record.
    pub(crate) fn peer(&self) -> Peer {
        self.known().peer.clone()
    }

    /// Takes a later record. True if the node has addresses from now on and had none.
    fn update(&self, record: &NodeRecord) -> bool {
        let mut known = self.known();
        if record.sequence <= known.sequence {
            return false;
        }
        let was_closed = known.peer.urls.is_empty();
        *known = Known { sequence: record.sequence, peer: peer(record) };
        was_closed && !known.peer.urls.is_empty()
    }

    pub(crate) fn put(&self, message: NodeMessage) {
        if !self.open_port && self.known().peer.urls.is_empty() {
            // Neither node has an open port: what is put here is lost, and others pass items on.
            return;
        }
        let mut waiting = self.waiting();
        if waiting.len() >= WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back(message);
        drop(waiting);
        self.arrived.notify_one();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    /// Takes as many messages as fit into one body.
    pub(crate) fn take(&self, messages_max: usize) -> Batch {
        let mut waiting = self.waiting();
        let mut bytes = 0_usize;
        let mut batch = Batch::default();
        while batch.0.len() < messages_max
            && let Some(message) = waiting.front()
        {
            bytes = bytes.saturating_add(message.size());
            if !batch.0.is_empty() && bytes > BODY_BYTES {
                break;
            }
            batch.0.extend(waiting.pop_front());
        }
        batch
    }
}

/// The mailboxes of all nodes that share a contract with this one, by node key.
#[derive(Clone)]
pub(crate) struct Mailboxes {
    all: Arc<Mutex<BTreeMap<[u8; 32], Arc<Mailbox>>>>,
    /// Whether this node has an open port.
    open_port: bool,
}

impl Mailboxes {
    pub(crate) fn new(open_port: bool) -> Self {
        Self { all: Arc::default(), open_port }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Arc<Mailbox>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, node_key: &[u8; 32]) -> Option<Arc<Mailbox>> {
        self.all().get(node_key).cloned()
    }

    /// Throws away what waits about some contracts.
    pub(crate) fn forget(&self, contracts: &BTreeSet<ContractId>) {
        let about = |message: &NodeMessage| matches!(message, NodeMessage::About(id, _) if contracts.contains(id));
        self.all().values().for_each(|mailbox| mailbox.waiting().retain(|message| !about(message)));
    }

    /// The mailbox of a node, and whether somebody must begin to serve it: it is new, or its node can be called only
    /// since this record.
    pub(crate) fn open(&self, record: &NodeRecord) -> (Arc<Mailbox>, bool) {
        let key = record.node_key.bytes();
        let mut all = self.all();
        if let Some(mailbox) = all.get(&key) {
            return (Arc::clone(mailbox), mailbox.update(record));
        }
        let known = Mutex::new(Known { sequence: record.sequence, peer: peer(record) });
        let open_port = self.open_port;
        let mailbox =
            Mailbox { known, waiting: Mutex::default(), arrived: Notify::new(), seen: AtomicI64::new(0), open_port };
        let mailbox = Arc::new(mailbox);
        all.insert(key, Arc::clone(&mailbox));
        (mailbox, true)
    }
}

/// A node record as the transport needs it. Addresses that are none are left out.
pub(crate) fn peer(record: &NodeRecord) -> Peer {
    Peer {
        node_key: record.node_key,
        sealing_key: record.sealing_key,
        urls: record.urls.iter().filter_map(|url| url.parse().ok()).collect(),
        spki_hash: record.tls,
    }
}

#[cfg(test)]
mod tests {
    use countersign_crypto::{Digest, SealingSecret, Signer, SigningKey};

    use super::*;

    fn record(sequence: u64, urls: &[&str]) -> NodeRecord {
        NodeRecord {
            node_key: SigningKey::new([1; 32]).public_key(),
            sealing_key: SealingSecret::new([2; 32]).public_key(),
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            tls: Digest::of(b"tls"),
            sequence,
        }
    }

    fn check(mailboxes: &Mailboxes, sequence: u64, urls: &[&str], begins: bool, then: &[&str]) {
        let (mailbox, found) = mailboxes.open(&record(sequence, urls));
        let held: Vec<String> = mailbox.peer().urls.iter().map(ToString::to_string).collect();
        assert_eq!((found, held), (begins, then.iter().map(|url| (*url).to_owned()).collect()), "record {sequence}");
    }

    #[test]
    fn a_later_record_is_taken_over_and_an_earlier_one_is_not() {
        let mailboxes = Mailboxes::new(true);
        let (old, new) = ("https://old.example:1", "https://new.example:2");
        check(&mailboxes, 1, &[old], true, &[old]);
        check(&mailboxes, 2, &[new], false, &[new]);
        // Contracts of before still name the first record.
        check(&mailboxes, 1, &[old], false, &[new]);
        check(&mailboxes, 2, &[old], false, &[new]);
        // A node that closes its port and opens it again is called again.
        check(&mailboxes, 3, &[], false, &[]);
        check(&mailboxes, 4, &[old], true, &[old]);
    }
}
