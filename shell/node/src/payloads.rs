//! Payloads as the API uploads and downloads them.

use std::sync::Arc;

use countersign_api::{Answer, Download, Kind, Refusal, Upload, UploadRequest};
use countersign_contract::commitment_from_text;
use countersign_payload::{CHUNK_BYTES, Opening, Outliner};
use countersign_store::{Batch as StoreBatch, Store};
use countersign_types::{ContractId, PayloadCommitment, Timestamp, from_base32};
use tokio::sync::OwnedSemaphorePermit;

use crate::chunks;
use crate::driver::failed;
use crate::service::{NodeService, contract_id, malformed};
use crate::transfers::{Transfers, Turn};
use crate::wire::Part;

/// Uploads at one time; each holds one chunk in memory.
pub(crate) const UPLOADS_MAX: usize = 8;

/// A commitment as the API writes it, or as JSON payloads do.
fn commitment_of(text: &str) -> Option<PayloadCommitment> {
    commitment_from_text(text).or_else(|| text.parse().ok())
}

fn erased() -> Refusal {
    Refusal::new(Kind::NotFound, "erased", "this payload was erased")
        .suggest("see who asked for it, and who did: countersign contract show")
}

impl NodeService {
    pub(crate) async fn upload_inner(&self, request: UploadRequest) -> Result<Option<Box<dyn Upload>>, Refusal> {
        let contract = contract_id(&request.contract)?;
        let commitment =
            commitment_of(&request.commitment).ok_or_else(|| malformed("commitment is not of its form"))?;
        let salt: [u8; 32] = from_base32(&request.salt)
            .and_then(|salt| salt.try_into().ok())
            .ok_or_else(|| malformed("Payload-Salt is not 32 bytes in base32"))?;
        let (known, bytes_max) = self
            .ask_about(&request.contract, move |active, _| {
                if active.replica.is_forgotten(&commitment) {
                    return Err(erased());
                }
                Ok((active.replica.holds(&commitment), active.genesis.settings.payload_bytes_max))
            })
            .await?;
        if request.bytes > bytes_max {
            let detail = format!("an attachment of this contract has at most {bytes_max} bytes");
            return Err(Refusal::new(Kind::TooLarge, "too_large", detail));
        }
        if known {
            return Ok(None);
        }
        let busy = |_| Refusal::new(Kind::Busy, "busy", "too many uploads are under way");
        let permit = Arc::clone(&self.uploads).try_acquire_owned().map_err(busy)?;
        let turn = self.transfers.begin(contract, commitment).ok_or_else(|| {
            Refusal::new(Kind::Conflict, "request_in_progress", "this payload is being uploaded or fetched")
        })?;
        Ok(Some(Box::new(Uploading {
            store: Arc::clone(&self.store),
            transfers: self.transfers.clone(),
            contract,
            commitment,
            salt,
            now: self.clock.now(),
            outliner: Outliner::default(),
            chunk: Vec::with_capacity(CHUNK_BYTES.min(usize::try_from(request.bytes).unwrap_or(CHUNK_BYTES))),
            turn: Some(turn),
            _permit: permit,
        })))
    }

    pub(crate) async fn payload_inner(&self, contract: &str, commitment: &str) -> Result<Arc<dyn Download>, Refusal> {
        let unknown = || Refusal::new(Kind::NotFound, "unknown_payload", "no such payload here");
        let commitment = commitment_of(commitment).ok_or_else(unknown)?;
        let (store, id) = (Arc::clone(&self.store), contract_id(contract)?);
        self.ask_about(contract, move |active, _| {
            if let Some(opening) = active.replica.opening(&commitment) {
                return Ok(Arc::new(InMemory(opening.clone())) as Arc<dyn Download>);
            }
            if active.replica.is_forgotten(&commitment) {
                return Err(erased());
            }
            let outline = chunks::outline(&store, &id, &commitment).map_err(|error| failed(&error))?;
            let bytes = outline.ok_or_else(unknown)?.heading.bytes;
            Ok(Arc::new(InChunks { store, contract: id, commitment, bytes }) as Arc<dyn Download>)
        })
        .await
    }
}

/// A payload that comes in, chunk by chunk.
struct Uploading {
    store: Arc<Store>,
    transfers: Transfers,
    contract: ContractId,
    commitment: PayloadCommitment,
    salt: [u8; 32],
    now: Timestamp,
    outliner: Outliner,
    /// What came after the last whole chunk.
    chunk: Vec<u8>,
    /// None once it is held.
    turn: Option<Turn>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Uploading {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.transfers.give_up_soon(turn);
        }
    }
}

impl Uploading {
    async fn write(&mut self) -> Result<(), Refusal> {
        let (contract, commitment) = (self.contract, self.commitment);
        let index = self.outliner.bytes().div_ceil(CHUNK_BYTES as u64);
        let too_large = |_| Refusal::new(Kind::TooLarge, "too_large", "a payload has at most 64 MiB");
        self.outliner.add(&self.chunk).map_err(too_large)?;
        let part = Part { contract, commitment, index };
        chunks::write(&self.store, &part, std::mem::take(&mut self.chunk), self.now).await.map_err(refused)
    }

    async fn put_all(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = CHUNK_BYTES.saturating_sub(self.chunk.len()).min(rest.len());
            let (now, later) = rest.split_at(room);
            self.chunk.extend_from_slice(now);
            rest = later;
            if self.chunk.len() == CHUNK_BYTES {
                self.write().await?;
            }
        }
        Ok(())
    }

    async fn finish_all(mut self) -> Result<(), Refusal> {
        if !self.chunk.is_empty() || self.outliner.bytes() == 0 {
            self.write().await?;
        }
        let outline = std::mem::take(&mut self.outliner).finish(self.salt);
        let (contract, commitment, bytes) = (self.contract, self.commitment, outline.heading.bytes);
        if outline.heading.commitment() != commitment {
            // Whoever made a mistake may try again at once.
            if let Some(turn) = self.turn.take() {
                self.transfers.give_up(turn).await;
            }
            let detail = "the bytes with this salt are not what the commitment commits to";
            return Err(Refusal::new(Kind::Invalid, "bad_opening", detail));
        }
        let mut batch = StoreBatch::new();
        chunks::hold(&mut batch, &contract, &outline);
        self.store.commit(batch).await.map_err(refused)?;
        // The driver knows it before anybody else may write it.
        self.transfers.tell_held(contract, commitment, bytes).await;
        drop(self.turn.take());
        Ok(())
    }
}

fn refused(error: countersign_store::Error) -> Refusal {
    let (code, full) = (error.code(), matches!(error, countersign_store::Error::DiskFull { .. }));
    let refusal = failed(&error.into());
    if !full {
        return refusal;
    }
    Refusal::new(Kind::Busy, code, "the disk of this node has no room for the payload")
        .suggest("make room on the disk of the node, then try again")
}

impl Upload for Uploading {
    fn put(&mut self, bytes: countersign_api::Bytes) -> Answer<'_, ()> {
        Box::pin(async move { self.put_all(&bytes).await })
    }

    fn finish(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin((*self).finish_all())
    }
}

/// A payload that came with its entry.
struct InMemory(Opening);

impl Download for InMemory {
    fn bytes(&self) -> u64 {
        self.0.bytes().len() as u64
    }

    fn read(&self, from: u64) -> Answer<'_, countersign_api::Bytes> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let bytes = self.0.bytes().get(from..).unwrap_or_default().to_vec();
        Box::pin(async move { Ok(bytes.into()) })
    }
}

/// A payload in chunks.
struct InChunks {
    store: Arc<Store>,
    contract: ContractId,
    commitment: PayloadCommitment,
    bytes: u64,
}

impl Download for InChunks {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read(&self, from: u64) -> Answer<'_, countersign_api::Bytes> {
        let (index, offset) = (from / CHUNK_BYTES as u64, from % CHUNK_BYTES as u64);
        let part = Part { contract: self.contract, commitment: self.commitment, index };
        let store = Arc::clone(&self.store);
        Box::pin(async move {
            let gone = || Refusal::new(Kind::NotFound, "unknown_payload", "no such payload here");
            let read = tokio::task::spawn_blocking(move || chunks::bytes(&store, &part)).await;
            let bytes = read.map_err(|_| crate::service::stopping())?.map_err(|error| failed(&error))?;
            let mut bytes: countersign_api::Bytes = bytes.ok_or_else(gone)?.into();
            let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            Ok(bytes.split_off(offset))
        })
    }
}
