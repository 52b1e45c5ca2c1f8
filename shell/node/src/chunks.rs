//! Payloads in chunks, on disk: attachments that do not travel with their entries.
//!
//! Everything stands in the space of payloads, so that what is erased leaves no bytes behind: chunks under `chunk` ‖
//! contract ‖ commitment ‖ index, and beside them the outline, which holds the salt. [`keys`] has all of one payload.
//! The outline is written last: without it nothing is held.

use countersign_codec::{Decode, Encode};
use countersign_payload::{CHUNK_BYTES, CHUNKS_MAX, Chunk, Heading, Opening, Outline, Outliner};
use countersign_store::{Batch, Space, Store};
use countersign_types::{ContractId, PayloadCommitment, Timestamp};

use crate::Error;
use crate::wire::Part;

fn corrupt(contract: &ContractId) -> Error {
    Error::Corrupt(contract.to_string())
}

fn chunk_key(contract: &ContractId, commitment: &PayloadCommitment, index: u64) -> Vec<u8> {
    // More than u32 are never there: a payload has at most 256.
    let index = u32::try_from(index).unwrap_or(u32::MAX).to_be_bytes();
    [b"chunk".as_slice(), contract.bytes(), commitment.bytes(), &index].concat()
}

fn outline_key(contract: &ContractId, commitment: &PayloadCommitment) -> Vec<u8> {
    [b"outline".as_slice(), contract.bytes(), commitment.bytes()].concat()
}

fn unnamed_key(contract: &ContractId, commitment: &PayloadCommitment) -> Vec<u8> {
    [b"unnamed".as_slice(), contract.bytes(), commitment.bytes()].concat()
}

/// An item names the payload: it stays.
pub(crate) fn keep(batch: &mut Batch, contract: &ContractId, commitment: &PayloadCommitment) {
    batch.delete(Space::Payload, unnamed_key(contract, commitment));
}

/// Makes a chunk durable that was checked, or will be before the outline is written. Unless an item names the payload
/// soon, it is swept away again. On a disk that fills, chunks end before anything else does.
pub(crate) async fn write(
    store: &Store,
    part: &Part,
    bytes: Vec<u8>,
    now: Timestamp,
) -> Result<(), countersign_store::Error> {
    let Part { contract, commitment, index } = part;
    store.room_for_long(bytes.len() as u64)?;
    let mut batch = Batch::new();
    batch.put(Space::Payload, unnamed_key(contract, commitment), now.to_bytes());
    batch.put(Space::Payload, chunk_key(contract, commitment, *index), bytes);
    store.commit(batch).await
}

/// Whether a chunk is on disk.
pub(crate) fn has(store: &Store, part: &Part) -> Result<bool, Error> {
    Ok(store.contains(Space::Payload, &chunk_key(&part.contract, &part.commitment, part.index))?)
}

/// The bytes of a chunk.
pub(crate) fn bytes(store: &Store, part: &Part) -> Result<Option<Vec<u8>>, Error> {
    Ok(store.get(Space::Payload, &chunk_key(&part.contract, &part.commitment, part.index))?)
}

/// Writes the outline: from now on the payload is held.
pub(crate) fn hold(batch: &mut Batch, contract: &ContractId, outline: &Outline) {
    batch.put(Space::Payload, outline_key(contract, &outline.heading.commitment()), outline.to_bytes());
}

/// The outline of a payload that is held in chunks.
pub(crate) fn outline(
    store: &Store,
    contract: &ContractId,
    commitment: &PayloadCommitment,
) -> Result<Option<Outline>, Error> {
    let bytes = store.get(Space::Payload, &outline_key(contract, commitment))?;
    bytes.map(|bytes| Outline::from_bytes(&bytes).map_err(|_| corrupt(contract))).transpose()
}

/// The payloads of a contract that are held in chunks, with their lengths.
pub(crate) fn held(store: &Store, contract: &ContractId) -> Result<Vec<(PayloadCommitment, u64)>, Error> {
    let prefix = [b"outline".as_slice(), contract.bytes()].concat();
    let mut held = Vec::new();
    for line in store.scan_prefix(Space::Payload, &prefix) {
        let outline = Outline::from_bytes(&line?.1).map_err(|_| corrupt(contract))?;
        held.push((outline.heading.commitment(), outline.heading.bytes));
    }
    Ok(held)
}

/// Reads every chunk again, one at a time, and makes the outline. None if one is missing or they are not what the
/// heading says: then those that are there are worth nothing.
pub(crate) fn reread(store: &Store, contract: ContractId, heading: &Heading) -> Result<Option<Outline>, Error> {
    let commitment = heading.commitment();
    let mut outliner = Outliner::default();
    for index in 0..heading.chunks() {
        let Some(bytes) = bytes(store, &Part { contract, commitment, index })? else { return Ok(None) };
        if outliner.add(&bytes).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(outliner.finish(heading.salt)).filter(|outline| outline.heading == *heading))
}

/// A chunk of a payload that is held, however it is kept.
pub(crate) fn answer(store: &Store, part: &Part) -> Result<Option<Chunk>, Error> {
    let Part { contract, commitment, index } = part;
    if let Some(outline) = outline(store, contract, commitment)? {
        let Some(path) = outline.path(*index) else { return Ok(None) };
        let bytes = bytes(store, part)?.ok_or_else(|| corrupt(contract))?;
        return Ok(Some(Chunk { heading: outline.heading, index: *index, bytes, path }));
    }
    let Some(opening) = store.get(Space::Payload, &crate::records::payload_key(contract, commitment))? else {
        return Ok(None);
    };
    let opening = Opening::from_bytes(&opening).map_err(|_| corrupt(contract))?;
    let mut outliner = Outliner::default();
    for chunk in opening.bytes().chunks(CHUNK_BYTES) {
        outliner.add(chunk).map_err(|_| corrupt(contract))?;
    }
    let outline = outliner.finish(*opening.salt());
    let Some(path) = outline.path(*index) else { return Ok(None) };
    let bytes = match opening.bytes().chunks(CHUNK_BYTES).nth(usize::try_from(*index).unwrap_or(usize::MAX)) {
        Some(bytes) => bytes.to_vec(),
        None => Vec::new(),
    };
    Ok(Some(Chunk { heading: outline.heading, index: *index, bytes, path }))
}

/// Every key under which something of a payload in chunks stands, for whoever deletes it.
pub(crate) fn keys(store: &Store, contract: ContractId, commitment: PayloadCommitment) -> Result<Vec<Vec<u8>>, Error> {
    let mut keys = vec![outline_key(&contract, &commitment), unnamed_key(&contract, &commitment)];
    for index in 0..CHUNKS_MAX as u64 {
        let key = chunk_key(&contract, &commitment, index);
        if store.contains(Space::Payload, &key)? {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// Deletes everything of a payload in chunks.
pub(crate) fn delete(
    batch: &mut Batch,
    store: &Store,
    contract: ContractId,
    commitment: PayloadCommitment,
) -> Result<(), Error> {
    for key in keys(store, contract, commitment)? {
        batch.delete(Space::Payload, key);
    }
    Ok(())
}

/// Whether no item names a payload of which chunks are here.
pub(crate) fn is_unnamed(store: &Store, contract: &ContractId, commitment: &PayloadCommitment) -> Result<bool, Error> {
    Ok(store.contains(Space::Payload, &unnamed_key(contract, commitment))?)
}

/// Payloads that no item names, and since when.
pub(crate) fn unnamed(store: &Store) -> Result<Vec<(ContractId, PayloadCommitment, Timestamp)>, Error> {
    const PREFIX: &[u8] = b"unnamed";
    let mut found = Vec::new();
    for line in store.scan_prefix(Space::Payload, PREFIX) {
        let (key, value) = line?;
        let damaged = || Error::Corrupt("index".to_owned());
        let (contract, commitment) =
            key.get(PREFIX.len()..).and_then(|rest| rest.split_at_checked(32)).ok_or_else(damaged)?;
        let since = Timestamp::from_bytes(&value).map_err(|_| damaged())?;
        let contract = ContractId::from_bytes(contract).map_err(|_| damaged())?;
        found.push((contract, PayloadCommitment::from_bytes(commitment).map_err(|_| damaged())?, since));
    }
    Ok(found)
}
