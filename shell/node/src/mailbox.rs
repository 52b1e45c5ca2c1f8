//! Messages on their way to other nodes: bounded, in memory. What is lost here is sent again by the replica.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_member::NodeRecord;
use countersign_net::Peer;
use countersign_types::ContractId;
use tokio::sync::Notify;

use crate::wire::{Batch, NodeMessage};

/// Most messages that wait for one node; the oldest give way.
const WAITING_MAX: usize = 4_096;
/// A body is closed once it holds so many bytes.
const BODY_BYTES: usize = 1_500_000;

/// The messages for one node.
#[derive(Debug)]
pub(crate) struct Mailbox {
    pub(crate) peer: Peer,
    waiting: Mutex<VecDeque<NodeMessage>>,
    pub(crate) arrived: Notify,
    /// Neither node has an open port: what is put here is lost, and others pass items on.
    unreachable: bool,
}

impl Mailbox {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<NodeMessage>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, message: NodeMessage) {
        if self.unreachable {
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

    /// The mailbox of a node, and whether it is new.
    pub(crate) fn open(&self, record: &NodeRecord) -> (Arc<Mailbox>, bool) {
        let key = record.node_key.bytes();
        let mut all = self.all();
        if let Some(mailbox) = all.get(&key) {
            return (Arc::clone(mailbox), false);
        }
        let peer = peer(record);
        let unreachable = peer.urls.is_empty() && !self.open_port;
        let mailbox = Mailbox { peer, waiting: Mutex::default(), arrived: Notify::new(), unreachable };
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
