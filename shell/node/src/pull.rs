//! Fetching one payload from one source: chunk by chunk, each checked and durable before the next is asked for.

use std::sync::Arc;

use countersign_crypto::Digest;
use countersign_net::Clock;
use countersign_payload::{Chunk, Heading};
use countersign_replica::Want;
use countersign_store::{Batch as StoreBatch, Store};
use countersign_types::ContractId;

use crate::chunks;
use crate::wire::Part;

/// Who can be asked for chunks.
pub(crate) trait Source: Sync {
    /// Asks for one.
    fn chunk(&self, part: Part) -> impl Future<Output = Result<Chunk, Fault>> + Send;
}

/// Why a chunk did not come.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It could not be asked for, or the answer was no.
    Absent,
    /// What came does not belong to the commitment.
    Wrong,
    /// This node could not write it.
    Disk,
    /// The payload has another length than the statement says: it is of no use to anybody.
    OtherLength(u64),
}

/// Fetches the chunks of a payload that are missing, one after the other, and holds it.
pub(crate) async fn pull(
    store: &Arc<Store>,
    clock: &Arc<dyn Clock>,
    contract: ContractId,
    want: Want,
    source: &impl Source,
) -> Result<(), Fault> {
    let commitment = want.commitment;
    let heading = Heading { salt: [0; 32], bytes: want.bytes, content: Digest::ZERO };
    let mut found: Option<Heading> = None;
    for index in 0..heading.chunks() {
        let part = Part { contract, commitment, index };
        let last = index.saturating_add(1) == heading.chunks() && found.is_none();
        // If all are here already, one is asked for again: only a chunk on its way says what the salt is.
        if !last && chunks::has(store, &part).map_err(|_| Fault::Disk)? {
            continue;
        }
        let chunk = source.chunk(part).await?;
        if chunk.index != index || chunk.check(&commitment).is_err() {
            return Err(Fault::Wrong);
        }
        if chunk.heading.bytes != want.bytes {
            return Err(Fault::OtherLength(chunk.heading.bytes));
        }
        found = Some(chunk.heading);
        chunks::write(store, &part, chunk.bytes, clock.now()).await.map_err(|error| {
            tracing::warn!(%error, "cannot keep a chunk");
            Fault::Disk
        })?;
    }
    let heading = found.ok_or(Fault::Absent)?;
    let reader = Arc::clone(store);
    let reread = tokio::task::spawn_blocking(move || chunks::reread(&reader, contract, &heading)).await;
    let mut batch = StoreBatch::new();
    let outline = match reread {
        Ok(Ok(Some(outline))) => outline,
        Ok(Ok(None)) => {
            // Damaged on disk: all of it is fetched again.
            chunks::delete(&mut batch, store, contract, commitment).map_err(|_| Fault::Disk)?;
            store.commit(batch).await.map_err(|_| Fault::Disk)?;
            return Err(Fault::Absent);
        }
        _ => return Err(Fault::Disk),
    };
    chunks::hold(&mut batch, &contract, &outline);
    store.commit(batch).await.map_err(|_| Fault::Disk)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use std::sync::Mutex;

    use countersign_payload::{CHUNK_BYTES, Opening, Outline, Outliner};
    use countersign_store::Options;
    use countersign_types::{IdentityId, PayloadCommitment, Timestamp};

    use super::*;

    /// Gives every chunk but one, and changes what it gives.
    struct Given<'a> {
        bytes: &'a [u8],
        outline: Outline,
        absent: Option<u64>,
        change: fn(&mut Chunk),
        asked: Mutex<Vec<u64>>,
    }

    impl Source for Given<'_> {
        async fn chunk(&self, part: Part) -> Result<Chunk, Fault> {
            self.asked.lock().unwrap().push(part.index);
            if self.absent == Some(part.index) {
                return Err(Fault::Absent);
            }
            let bytes = self.bytes.chunks(CHUNK_BYTES).nth(part.index as usize).ok_or(Fault::Absent)?.to_vec();
            let path = self.outline.path(part.index).unwrap();
            let mut chunk = Chunk { heading: self.outline.heading.clone(), index: part.index, bytes, path };
            (self.change)(&mut chunk);
            Ok(chunk)
        }
    }

    struct Here {
        _folder: tempfile::TempDir,
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        contract: ContractId,
        bytes: Vec<u8>,
    }

    impl Here {
        fn new() -> Self {
            Self::with(Options::default())
        }

        fn with(options: Options) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(Store::open(folder.path().join("store"), options).unwrap());
            let clock: Arc<dyn Clock> = Arc::new(|| Timestamp::from_millis(1_772_409_600_000).unwrap());
            let bytes: Vec<u8> = (0..3 * CHUNK_BYTES + 5).map(|at| (at / 7 % 251) as u8).collect();
            Self { _folder: folder, store, clock, contract: ContractId::new(Digest::of(b"contract")), bytes }
        }

        fn source(&self) -> Given<'_> {
            let mut outliner = Outliner::default();
            self.bytes.chunks(CHUNK_BYTES).for_each(|chunk| outliner.add(chunk).unwrap());
            let outline = outliner.finish([4; 32]);
            Given { bytes: &self.bytes, outline, absent: None, change: |_| (), asked: Mutex::default() }
        }

        fn commitment(&self) -> PayloadCommitment {
            Opening::new([4; 32], self.bytes.clone()).commitment()
        }

        async fn pull(&self, source: &Given<'_>, bytes: u64) -> Result<(), Fault> {
            let party = IdentityId::new(Digest::of(b"party"));
            let want = Want { commitment: self.commitment(), bytes, party };
            pull(&self.store, &self.clock, self.contract, want, source).await
        }

        fn on_disk(&self) -> Vec<u64> {
            let (contract, commitment) = (self.contract, self.commitment());
            let has = |index: &u64| chunks::has(&self.store, &Part { contract, commitment, index: *index }).unwrap();
            (0..10).filter(has).collect()
        }

        fn is_held(&self) -> bool {
            chunks::outline(&self.store, &self.contract, &self.commitment()).unwrap().is_some()
        }
    }

    #[tokio::test]
    async fn what_was_interrupted_goes_on_with_what_is_missing() {
        let here = Here::new();
        let length = here.bytes.len() as u64;
        let half = Given { absent: Some(2), ..here.source() };
        assert!(matches!(here.pull(&half, length).await, Err(Fault::Absent)));
        assert_eq!((here.on_disk(), here.is_held()), (vec![0, 1], false));
        let rest = here.source();
        here.pull(&rest, length).await.unwrap();
        assert_eq!(*rest.asked.lock().unwrap(), [2, 3]);
        assert_eq!((here.on_disk(), here.is_held()), (vec![0, 1, 2, 3], true));
        assert_eq!(chunks::held(&here.store, &here.contract).unwrap(), [(here.commitment(), length)]);
        assert!(chunks::is_unnamed(&here.store, &here.contract, &here.commitment()).unwrap());
    }

    #[tokio::test]
    async fn a_chunk_that_does_not_hold_is_not_written() {
        let changes: [fn(&mut Chunk); 5] = [
            |chunk| chunk.bytes[9] ^= 1,
            |chunk| chunk.bytes.truncate(CHUNK_BYTES - 1),
            |chunk| chunk.index += 1,
            |chunk| chunk.heading.salt[0] ^= 1,
            |chunk| chunk.heading.bytes += 1,
        ];
        let here = Here::new();
        for change in changes {
            let wrong = Given { change, ..here.source() };
            assert!(matches!(here.pull(&wrong, here.bytes.len() as u64).await, Err(Fault::Wrong)));
            assert_eq!((here.on_disk(), here.is_held()), (Vec::new(), false));
        }
    }

    #[tokio::test]
    async fn another_length_than_was_said_is_told_and_nothing_held() {
        let here = Here::new();
        let length = here.bytes.len() as u64;
        for said in [0, 1, length - 1, length + 1, 64 << 20] {
            let told = here.pull(&here.source(), said).await;
            assert!(matches!(told, Err(Fault::OtherLength(found)) if found == length), "{said}: {told:?}");
            assert_eq!((here.on_disk(), here.is_held()), (Vec::new(), false));
        }
    }

    #[tokio::test]
    async fn a_disk_that_fills_has_no_room_for_chunks_before_the_rest_has_none() {
        // Half of what is free, and some: once it is there, twice not.
        let reserve = |here: &Here| match here.store.room_for_long(u64::MAX) {
            Err(countersign_store::Error::DiskFull { available, .. }) => available / 5 * 3,
            other => panic!("{other:?}"),
        };
        let here = Here::with(Options { reserve_bytes: reserve(&Here::new()), ..Options::default() });
        assert!(matches!(here.pull(&here.source(), here.bytes.len() as u64).await, Err(Fault::Disk)));
        assert_eq!((here.on_disk(), here.is_held()), (Vec::new(), false));
        let mut short = StoreBatch::new();
        short.put(countersign_store::Space::Log, b"key".to_vec(), b"an entry".to_vec());
        here.store.commit(short).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_damaged_meanwhile_is_fetched_anew() {
        let here = Here::new();
        let length = here.bytes.len() as u64;
        let half = Given { absent: Some(3), ..here.source() };
        assert!(matches!(here.pull(&half, length).await, Err(Fault::Absent)));
        let part = Part { contract: here.contract, commitment: here.commitment(), index: 1 };
        chunks::write(&here.store, &part, vec![1; CHUNK_BYTES], here.clock.now()).await.unwrap();
        assert!(matches!(here.pull(&here.source(), length).await, Err(Fault::Absent)));
        assert_eq!((here.on_disk(), here.is_held()), (Vec::new(), false));
        here.pull(&here.source(), length).await.unwrap();
        assert!(here.is_held());
    }
}
