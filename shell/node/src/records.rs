//! Where each record stands in the store.
//!
//! | space | key | value |
//! |---|---|---|
//! | Contract | contract | [`ContractRecord`] |
//! | Log | contract ‖ party ‖ count (u64 big-endian) | item without payloads |
//! | Payload | contract ‖ commitment | opening |
//! | Payload | `chunk` ‖ contract ‖ commitment ‖ index (u32 big-endian) | bytes of a chunk: `chunks.rs` |
//! | Payload | `outline` ‖ contract ‖ commitment | outline of a payload of which every chunk is there and was checked |
//! | Payload | `unnamed` ‖ contract ‖ commitment | since when there are chunks of it that no item names |
//! | Payload | `await` ‖ contract ‖ item id | entry with its payloads that waits for attachments |
//! | Index | `fraud` ‖ contract ‖ id | fraud proof |
//! | Index | `twin` ‖ contract ‖ item id | item of a party that gave one count twice, without payloads |
//! | Index | `stop` ‖ contract | since when this party signs nothing there, and whether it is to go on when that is safe |
//! | Index | `busy` ‖ contract | empty: something is open, or was a moment ago, so the contract is loaded at start |
//! | Index | `node` ‖ node key | node record of a member of some contract, or of a partner that somebody here added |
//! | Index | `run` ‖ contract ‖ run | [`Run`] |
//! | Index | `term` | how often the node started (u64 big-endian) |
//! | Index | `invite` ‖ one-time key | [`OwnInvitation`] |
//! | Index | `join` ‖ contract | [`Following`] |

use countersign_chain::{FraudProof, Genesis};
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, PublicKey};
use countersign_executor::Run;
use countersign_member::{Member, NodeRecord};
use countersign_replica::{Item, Record, Restored, Stop};
use countersign_store::{Batch, Space, Store};
use countersign_types::{ContractId, PayloadCommitment, RunId, Signed, StatementId, Timestamp};

use crate::{Error, chunks};

/// Most bytes of a request that waits for its answer.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// How this party stands to a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is a founder, and nobody here agreed yet.
    Offered,
    /// It takes part, or waits for its `confirm`.
    Active,
    /// It has an invitation: reads, and sends nothing.
    Invited,
}

/// An invitation that this party gave. The seed of the one-time key stands only in the link.
#[derive(Clone, Debug)]
pub(crate) struct OwnInvitation {
    pub(crate) contract: ContractId,
    /// What the `invite` commits to.
    pub(crate) nonce: [u8; 32],
    pub(crate) alias: [u8; 16],
    /// Until when the link is answered.
    pub(crate) until: Timestamp,
    /// The `invite`, once it was seen in the log.
    pub(crate) statement: Option<StatementId>,
}

/// An invitation that this party follows.
#[derive(Clone, Debug)]
pub(crate) struct Following {
    pub(crate) invitation: StatementId,
    pub(crate) inviter: Member,
    pub(crate) alias: [u8; 16],
    /// Of the one-time key; none once it was used.
    pub(crate) seed: Option<[u8; 32]>,
    /// The nonce that the `invite` committed to, once the `join` stands in the log.
    pub(crate) inviter_nonce: Option<[u8; 32]>,
    /// The request to join, from before it is sent: its answer may be lost, and another `join` would be refused.
    pub(crate) sent: Option<Vec<u8>>,
}

/// What a node keeps of a contract beside its log.
#[derive(Clone, Debug)]
pub(crate) struct ContractRecord {
    /// Whether this party takes part, or was only asked to.
    pub(crate) status: Status,
    /// Position 0.
    pub(crate) genesis: Signed<Genesis>,
}

impl Encode for ContractRecord {
    fn encode(&self, out: &mut Writer) {
        out.uint(match self.status {
            Status::Offered => 0,
            Status::Active => 1,
            Status::Invited => 2,
        });
        self.genesis.encode(out);
    }
}

impl Decode for ContractRecord {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let status = match from.tag("status")? {
            0 => Status::Offered,
            1 => Status::Active,
            2 => Status::Invited,
            tag => return Err(DecodeError::Tag { what: "status", tag: tag.into() }),
        };
        Ok(Self { status, genesis: Signed::decode(from)? })
    }
}

impl Encode for OwnInvitation {
    fn encode(&self, out: &mut Writer) {
        self.contract.encode(out);
        out.raw(&self.nonce);
        out.raw(&self.alias);
        self.until.encode(out);
        self.statement.encode(out);
    }
}

impl Decode for OwnInvitation {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: ContractId::decode(from)?,
            nonce: from.array()?,
            alias: from.array()?,
            until: Timestamp::decode(from)?,
            statement: Option::decode(from)?,
        })
    }
}

impl Encode for Following {
    fn encode(&self, out: &mut Writer) {
        self.invitation.encode(out);
        self.inviter.encode(out);
        out.raw(&self.alias);
        self.seed.encode(out);
        self.inviter_nonce.encode(out);
        out.bytes(self.sent.as_deref().unwrap_or_default());
    }
}

impl Decode for Following {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            invitation: StatementId::decode(from)?,
            inviter: Member::decode(from)?,
            alias: from.array()?,
            seed: Option::decode(from)?,
            inviter_nonce: Option::decode(from)?,
            sent: Some(from.bytes("join", REQUEST_BYTES_MAX)?.to_vec()).filter(|sent| !sent.is_empty()),
        })
    }
}

pub(crate) fn put_invitation(batch: &mut Batch, key: &PublicKey, invitation: &OwnInvitation) {
    batch.put(Space::Index, [b"invite".as_slice(), &key.bytes()].concat(), invitation.to_bytes());
}

pub(crate) fn invitation(store: &Store, key: &PublicKey) -> Result<Option<OwnInvitation>, Error> {
    let bytes = store.get(Space::Index, &[b"invite".as_slice(), &key.bytes()].concat())?;
    bytes.map(|bytes| OwnInvitation::from_bytes(&bytes).map_err(|_| Error::Corrupt("index".to_owned()))).transpose()
}

pub(crate) fn put_following(batch: &mut Batch, contract: &ContractId, following: &Following) {
    batch.put(Space::Index, [b"join".as_slice(), contract.bytes()].concat(), following.to_bytes());
}

pub(crate) fn following(store: &Store, contract: &ContractId) -> Result<Option<Following>, Error> {
    let bytes = store.get(Space::Index, &[b"join".as_slice(), contract.bytes()].concat())?;
    bytes.map(|bytes| decode(contract, &bytes)).transpose()
}

/// The items of a contract with their payloads, as they can be taken: what an item rests on stands before it.
pub(crate) fn history(store: &Store, contract: &ContractId) -> Result<Vec<Item>, Error> {
    let mut items: Vec<(u64, Item)> = Vec::new();
    let mut lane = None;
    let mut reached = 0_u64;
    for line in store.scan_prefix(Space::Log, contract.bytes()) {
        let item: Item = decode(contract, &line?.1)?;
        if lane.replace(item.party()) != Some(item.party()) {
            reached = 0;
        }
        reached = reached.max(match &item {
            Item::Entry(item) => item.entry.position.get(),
            Item::Receipt(receipt) => receipt.position.get(),
            // It rests on an `erase` that its signer reached before.
            Item::Erasure(_) => reached,
        });
        items.push((reached, item));
    }
    // Entries of one position before receipts for it; what is out of place by a little is parked by who takes it.
    items.sort_by_key(|(reached, item)| (*reached, matches!(item, Item::Receipt(_))));
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

fn run_key(contract: &ContractId, run: &RunId) -> Vec<u8> {
    [b"run".as_slice(), contract.bytes(), run.bytes()].concat()
}

pub(crate) fn put_run(batch: &mut Batch, contract: &ContractId, record: &countersign_executor::Record) {
    match record {
        countersign_executor::Record::Run(run) => {
            batch.put(Space::Index, run_key(contract, &run.id), run.to_bytes());
        }
        countersign_executor::Record::Forget(run) => {
            batch.delete(Space::Index, run_key(contract, run));
        }
    }
}

/// The runs of a contract.
pub(crate) fn runs(store: &Store, contract: &ContractId) -> Result<Vec<Run>, Error> {
    let prefix = [b"run".as_slice(), contract.bytes()].concat();
    store.scan_prefix(Space::Index, &prefix).map(|line| decode(contract, &line?.1)).collect()
}

/// Counts one more start of the node; durable when this returns.
pub(crate) fn next_term(store: &Store) -> Result<u64, Error> {
    let kept = store.get(Space::Index, b"term")?;
    let corrupt = || Error::Corrupt("index".to_owned());
    let last = kept.map(|bytes| <[u8; 8]>::try_from(bytes).map(u64::from_be_bytes)).transpose();
    let term = last.map_err(|_| corrupt())?.unwrap_or_default().saturating_add(1);
    let mut batch = Batch::default();
    batch.put(Space::Index, b"term".to_vec(), term.to_be_bytes().to_vec());
    store.commit_now(batch)?;
    Ok(term)
}

pub(crate) fn put_contract(batch: &mut Batch, contract: &ContractId, record: &ContractRecord) {
    batch.put(Space::Contract, contract.bytes().to_vec(), record.to_bytes());
}

pub(crate) fn put_record(batch: &mut Batch, contract: &ContractId, record: &Record) {
    match record {
        Record::Item(item) => {
            let mut key = joined(contract.bytes(), item.party().bytes());
            key.extend_from_slice(&item.count().get().to_be_bytes());
            batch.put(Space::Log, key, item.bare().to_bytes());
        }
        Record::Opening(commitment, opening) => {
            batch.put(Space::Payload, payload_key(contract, commitment), opening.to_bytes());
        }
        Record::Twin(item) => {
            let key = [b"twin".as_slice(), contract.bytes(), item.digest().bytes()].concat();
            batch.put(Space::Index, key, item.bare().to_bytes());
        }
        Record::Awaited(item) => {
            batch.put(Space::Payload, awaited_key(contract, &item.digest()), item.to_bytes());
        }
        Record::Settled(digest) => {
            batch.delete(Space::Payload, awaited_key(contract, digest));
        }
        Record::Named(commitment) => chunks::keep(batch, contract, commitment),
        Record::Stop(None) => {
            batch.delete(Space::Index, stop_key(contract));
        }
        Record::Stop(Some(stop)) => {
            let mut value = Writer::default();
            stop.since.encode(&mut value);
            stop.recovering.encode(&mut value);
            batch.put(Space::Index, stop_key(contract), value.into_bytes());
        }
        Record::Fraud(proof) => {
            let key = [b"fraud".as_slice(), contract.bytes(), proof.id().bytes()].concat();
            batch.put(Space::Index, key, proof.to_bytes());
        }
    }
}

fn awaited_key(contract: &ContractId, digest: &Digest) -> Vec<u8> {
    [b"await".as_slice(), contract.bytes(), digest.bytes()].concat()
}

fn stop_key(contract: &ContractId) -> Vec<u8> {
    [b"stop".as_slice(), contract.bytes()].concat()
}

fn stop(store: &Store, contract: &ContractId) -> Result<Option<Stop>, Error> {
    let Some(bytes) = store.get(Space::Index, &stop_key(contract))? else { return Ok(None) };
    let mut reader = Reader::new(&bytes);
    let read =
        Timestamp::decode(&mut reader).and_then(|since| Ok(Stop { since, recovering: bool::decode(&mut reader)? }));
    read.map(Some).map_err(|_| Error::Corrupt(contract.to_string()))
}

/// In how many contracts this party signs nothing, because its disk was set back.
pub(crate) fn stopped(store: &Store) -> u64 {
    store.scan_prefix(Space::Index, b"stop").count() as u64
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

/// Keeps the record of a node, unless a later one is kept: old contracts name old records.
pub(crate) fn put_node(store: &Store, batch: &mut Batch, record: &NodeRecord) -> Result<(), Error> {
    let key = [b"node".as_slice(), &record.node_key.bytes()].concat();
    let kept = store.get(Space::Index, &key)?.map(|value| NodeRecord::from_bytes(&value));
    let kept = kept.transpose().map_err(|_| Error::Corrupt("index".to_owned()))?;
    if kept.is_none_or(|kept| kept.sequence < record.sequence) {
        batch.put(Space::Index, key, record.to_bytes());
    }
    Ok(())
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

pub(crate) fn is_busy(store: &Store, contract: &ContractId) -> Result<bool, Error> {
    Ok(store.contains(Space::Index, &[b"busy".as_slice(), contract.bytes()].concat())?)
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
    let prefix = [b"await".as_slice(), contract.bytes()].concat();
    for line in store.scan_prefix(Space::Payload, &prefix) {
        restored.awaited.push(decode(contract, &line?.1)?);
    }
    restored.held = chunks::held(store, contract)?;
    restored.stop = stop(store, contract)?;
    Ok(restored)
}

fn decode<T: Decode>(contract: &ContractId, bytes: &[u8]) -> Result<T, Error> {
    T::from_bytes(bytes).map_err(|_| Error::Corrupt(contract.to_string()))
}
