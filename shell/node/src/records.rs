//! Where each record stands in the store.
//!
//! | space | key | value |
//! |---|---|---|
//! | Contract | contract | [`ContractRecord`] |
//! | Log | contract ‖ party ‖ count (u64 big-endian) | item without payloads |
//! | Payload | contract ‖ commitment | opening |
//! | Index | `fraud` ‖ contract ‖ id | fraud proof |
//! | Index | `twin` ‖ contract ‖ item id | item of a party that gave one count twice, without payloads |
//! | Index | `busy` ‖ contract | empty: something is open, so the contract is loaded at start |
//! | Index | `node` ‖ node key | node record of a member of some contract |

use countersign_chain::{FraudProof, Genesis};
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_member::NodeRecord;
use countersign_replica::{Item, Record, Restored};
use countersign_store::{Batch, Space, Store};
use countersign_types::{ContractId, PayloadCommitment, Signed};

use crate::Error;

/// What a node keeps of a contract beside its log.
#[derive(Clone, Debug)]
pub(crate) struct ContractRecord {
    /// Whether this party takes part, or was only asked to.
    pub(crate) active: bool,
    /// Position 0.
    pub(crate) genesis: Signed<Genesis>,
}

impl Encode for ContractRecord {
    fn encode(&self, out: &mut Writer) {
        self.active.encode(out);
        self.genesis.encode(out);
    }
}

impl Decode for ContractRecord {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { active: bool::decode(from)?, genesis: Signed::decode(from)? })
    }
}

pub(crate) fn put_contract(batch: &mut Batch, contract: &ContractId, record: &ContractRecord) {
    batch.put(Space::Contract, contract.bytes().to_vec(), record.to_bytes());
}

pub(crate) fn put_record(batch: &mut Batch, contract: &ContractId, record: &Record) {
    match record {
        Record::Item(item) => {
            let mut key = joined(contract.bytes(), item.party().bytes());
            key.extend_from_slice(&item.count().get().to_be_bytes());
            batch.put(Space::Log, key, bare(item).to_bytes());
        }
        Record::Opening(commitment, opening) => {
            batch.put(Space::Payload, payload_key(contract, commitment), opening.to_bytes());
        }
        Record::Twin(item) => {
            let key = [b"twin".as_slice(), contract.bytes(), item.digest().bytes()].concat();
            batch.put(Space::Index, key, bare(item).to_bytes());
        }
        Record::Fraud(proof) => {
            let key = [b"fraud".as_slice(), contract.bytes(), proof.id().bytes()].concat();
            batch.put(Space::Index, key, proof.to_bytes());
        }
    }
}

/// Payloads are kept apart from the items that name them, so that they can be erased.
fn bare(item: &Item) -> Item {
    let mut item = item.clone();
    if let Item::Entry(entry) = &mut item {
        entry.openings.clear();
    }
    item
}

pub(crate) fn payload_key(contract: &ContractId, commitment: &PayloadCommitment) -> Vec<u8> {
    joined(contract.bytes(), commitment.bytes())
}

fn joined(left: &[u8; 32], right: &[u8; 32]) -> Vec<u8> {
    [left.as_slice(), right.as_slice()].concat()
}

pub(crate) fn mark_busy(batch: &mut Batch, contract: &ContractId, busy: bool) {
    let key = [b"busy".as_slice(), contract.bytes()].concat();
    if busy {
        batch.put(Space::Index, key, Vec::new());
    } else {
        batch.delete(Space::Index, key);
    }
}

pub(crate) fn put_node(batch: &mut Batch, record: &NodeRecord) {
    batch.put(Space::Index, [b"node".as_slice(), &record.node_key.bytes()].concat(), record.to_bytes());
}

/// Nodes that share a contract with this one.
pub(crate) fn nodes(store: &Store) -> Result<Vec<NodeRecord>, Error> {
    let mut nodes = Vec::new();
    for line in store.scan_prefix(Space::Index, b"node") {
        let (_, value) = line?;
        nodes.push(NodeRecord::from_bytes(&value).map_err(|_| Error::Corrupt("index".to_owned()))?);
    }
    Ok(nodes)
}

/// The contracts in which something is open.
pub(crate) fn busy(store: &Store) -> Result<Vec<ContractId>, Error> {
    let mut contracts = Vec::new();
    for line in store.scan_prefix(Space::Index, b"busy") {
        let (key, _) = line?;
        let id = key.get(4..).and_then(|rest| ContractId::from_bytes(rest).ok());
        contracts.push(id.ok_or_else(|| Error::Corrupt("index".to_owned()))?);
    }
    Ok(contracts)
}

pub(crate) fn contract(store: &Store, contract: &ContractId) -> Result<Option<ContractRecord>, Error> {
    let Some(bytes) = store.get(Space::Contract, contract.bytes())? else { return Ok(None) };
    decode(contract, &bytes).map(Some)
}

/// Everything that the replica of a contract ever made durable.
pub(crate) fn restored(store: &Store, contract: &ContractId) -> Result<Restored, Error> {
    let mut restored = Restored::default();
    for line in store.scan_prefix(Space::Log, contract.bytes()) {
        restored.items.push(decode(contract, &line?.1)?);
    }
    for line in store.scan_prefix(Space::Payload, contract.bytes()) {
        restored.openings.push(decode(contract, &line?.1)?);
    }
    let prefix = [b"twin".as_slice(), contract.bytes()].concat();
    for line in store.scan_prefix(Space::Index, &prefix) {
        restored.twins.push(decode(contract, &line?.1)?);
    }
    let prefix = [b"fraud".as_slice(), contract.bytes()].concat();
    for line in store.scan_prefix(Space::Index, &prefix) {
        let proof: FraudProof = decode(contract, &line?.1)?;
        restored.frauds.push(proof);
    }
    Ok(restored)
}

fn decode<T: Decode>(contract: &ContractId, bytes: &[u8]) -> Result<T, Error> {
    T::from_bytes(bytes).map_err(|_| Error::Corrupt(contract.to_string()))
}
