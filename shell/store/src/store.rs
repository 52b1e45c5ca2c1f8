//! The store: opening, committing, reading, erasing.

use std::{
    mem,
    ops::Deref,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

use tokio::sync::oneshot;

use crate::{
    Batch, Error, Scan, Space, VALUE_BYTES_MAX,
    committer::{self, Done, Queue, Refused},
    directory::Directory,
    engine::{BLOB_FILE_BYTES, Engine, Pair},
};

/// The store's own key while an erasure is not finished.
const ERASING: &str = "erasing";
/// The journal's frame around each write and each group, at most.
const FRAME_BYTES_MAX: u64 = 4096;

/// Keys deleted by one batch of an erasure: far below the limits of a batch.
const ERASE_KEYS_PER_BATCH: usize = 4096;
/// Bytes rewritten for one erased payload: a file of payloads and the value that made it overflow.
const ERASE_BYTES_PER_KEY_MAX: u64 = BLOB_FILE_BYTES + VALUE_BYTES_MAX as u64;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// Memory for blocks read, in bytes. Up to some 60 MiB more are used for what is written.
    pub cache_bytes: u64,
    /// Bytes of the file system that a batch may not use, and one of deletes alone half of them. They keep the
    /// engine's own work (flushes, compaction), which cannot be refused, from meeting a full disk: then it would stop.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 32 << 20, reserve_bytes: 256 << 20 }
    }
}

/// Numbers of an open store, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes that the directory takes on disk.
    pub bytes_on_disk: u64,
    /// Batches acknowledged since opening.
    pub batches: u64,
    /// Groups of batches that were written and synced since opening, one sync of the journal each.
    pub syncs: u64,
}

#[derive(Default)]
pub(crate) struct Counts {
    pub batches: AtomicU64,
    pub syncs: AtomicU64,
}

/// What the store and its writer share.
pub(crate) struct Shared {
    pub queue: Queue,
    pub counts: Counts,
    directory: Directory,
    options: Options,
    /// Nothing only while it is scrubbed, or after that failed.
    engine: RwLock<Option<Engine>>,
    /// Held by whoever erases or compacts, so that one does not tick off the other's work.
    scrubbing: Mutex<()>,
}

/// The engine while nobody scrubs it.
pub(crate) struct Open<'a>(RwLockReadGuard<'a, Option<Engine>>);

impl Deref for Open<'_> {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        self.0.as_ref().expect("checked when the guard was made")
    }
}

impl Shared {
    pub fn engine(&self) -> Result<Open<'_>, Error> {
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        match *engine {
            Some(_) => Ok(Open(engine)),
            None => Err(self.queue.stopped().unwrap_or(Error::Busy)),
        }
    }

    /// Whether a group of this size may be written. Deletes may use half of the reserve: they are the way out of a full
    /// disk.
    pub fn room_for(&self, bytes: u64, only_deletes: bool) -> Result<(), Error> {
        let reserve = if only_deletes { self.options.reserve_bytes / 2 } else { self.options.reserve_bytes };
        let needed = reserve.saturating_add(bytes).saturating_add(FRAME_BYTES_MAX);
        let available = self.directory.bytes_free()?;
        if available < needed { Err(Error::DiskFull { needed, available }) } else { Ok(()) }
    }

    /// Takes the engine, scrubs its files and opens it again. Fails with [`Error::DiskFull`] before anything happens
    /// when there may be too little room for `bytes_max` and for what is rewritten.
    fn scrub(&self, spaces: &[Space], bytes_max: u64) -> Result<(), Error> {
        if let Some(error) = self.queue.stopped() {
            return Err(error);
        }
        let bytes: u64 = self.engine().map(|engine| spaces.iter().map(|space| engine.bytes(*space)).sum())?;
        self.room_for(bytes.min(bytes_max), false)?;
        let mut place = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        self.scrub_in(&mut place, spaces).inspect_err(|error| self.queue.stop(error))
    }

    /// Scrubs every space, and so finishes whatever erasure was interrupted.
    fn scrub_all(&self) -> Result<(), Error> {
        let _scrubbing = self.scrubbing.lock().unwrap_or_else(PoisonError::into_inner);
        self.scrub(&Space::ALL, u64::MAX)?;
        let pending = self.engine()?.get_own(ERASING)?.is_some();
        if pending { self.commit_own(ERASING, None) } else { Ok(()) }
    }

    /// Writes one of the store's own facts, beside the queue: a few bytes, for which the reserve has room.
    fn commit_own(&self, key: &str, value: Option<&[u8]>) -> Result<(), Error> {
        match self.queue.stopped() {
            Some(error) => Err(error),
            None => self.engine()?.commit_own(key, value).inspect_err(|error| self.queue.stop(error)),
        }
    }

    fn scrub_in(&self, place: &mut RwLockWriteGuard<'_, Option<Engine>>, spaces: &[Space]) -> Result<(), Error> {
        let folder = self.directory.data();
        if let Some(engine) = place.take() {
            engine.scrub(&folder, spaces)?;
        }
        **place = Some(Engine::open(&folder, &self.options)?);
        Ok(())
    }
}

/// Bytes in one directory, held by this process alone. Closing it waits until what was submitted is written.
pub struct Store {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens a directory, creating it if it is not there.
    ///
    /// Fails with [`Error::InUse`], [`Error::NewerVersion`], [`Error::Corrupt`] or [`Error::Io`]. An erasure that a crash
    /// interrupted is finished here.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let directory = Directory::open(path.as_ref(), Engine::create)?;
        let engine = Engine::open(&directory.data(), &options)?;
        let erasing = engine.get_own(ERASING)?.is_some();
        let shared = Arc::new(Shared {
            queue: Queue::default(),
            counts: Counts::default(),
            directory,
            options,
            engine: RwLock::new(Some(engine)),
            scrubbing: Mutex::default(),
        });
        if erasing {
            match shared.scrub_all() {
                // The node must start to be able to tell; see `erasure_pending`.
                Ok(()) | Err(Error::DiskFull { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let writer = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || committer::run(&shared)
            })
            .map_err(Error::io("start the writer"))?;
        Ok(Self { shared, writer: Some(writer) })
    }

    /// Writes a batch and waits until it is durable. Batches become durable in the order in which they were submitted.
    ///
    /// Fails with [`Error::Limit`] or [`Error::DiskFull`] (nothing of the batch is ever visible, the store goes on), or
    /// with [`Error::Stopped`] (see there; open the directory again). When the future is dropped the batch may still be
    /// written.
    pub async fn commit(&self, batch: Batch) -> Result<(), Error> {
        let (sender, receiver) = oneshot::channel();
        self.shared.queue.push_async(batch, once(sender)).await?;
        receiver.await.unwrap_or_else(|_| Err(self.ended()))
    }

    /// As [`Store::commit`], blocking this thread: not for async code.
    pub fn commit_now(&self, batch: Batch) -> Result<(), Error> {
        let (sender, receiver) = mpsc::sync_channel(1);
        // A caller that is gone needs no answer.
        self.shared.queue.push(batch, Box::new(move |result| drop(sender.send(result))))?;
        receiver.recv().unwrap_or_else(|_| Err(self.ended()))
    }

    /// Puts a batch in the queue without waiting, for a loop that goes on meanwhile. The receiver tells when it is
    /// durable. Fails with [`Error::Busy`] when the queue is full.
    pub fn try_submit(&self, batch: Batch) -> Result<oneshot::Receiver<Result<(), Error>>, Error> {
        let (sender, receiver) = oneshot::channel();
        match self.shared.queue.offer(batch, once(sender)) {
            Ok(()) => Ok(receiver),
            Err(Refused::Full(..)) => Err(Error::Busy),
            Err(Refused::Error(error)) => Err(error),
        }
    }

    /// The value of a key.
    pub fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.shared.engine()?.get(space, key)
    }

    /// Whether a key has a value.
    pub fn contains(&self, space: Space, key: &[u8]) -> Result<bool, Error> {
        self.shared.engine()?.contains(space, key)
    }

    /// Every pair whose key begins with `prefix`, ascending.
    pub fn scan_prefix(&self, space: Space, prefix: &[u8]) -> Scan<'_> {
        Scan::new(&self.shared, space, prefix, prefix)
    }

    /// As [`Store::scan_prefix`], from the first key that is not less than `start`.
    pub fn scan_from(&self, space: Space, prefix: &[u8], start: &[u8]) -> Scan<'_> {
        Scan::new(&self.shared, space, prefix, start)
    }

    /// The pair with the greatest key that begins with `prefix`.
    pub fn last_with_prefix(&self, space: Space, prefix: &[u8]) -> Result<Option<Pair>, Error> {
        self.shared.engine()?.last(space, prefix)
    }

    /// Why nothing is written any more, once that is so.
    pub fn stopped(&self) -> Option<Error> {
        self.shared.queue.stopped()
    }

    /// Numbers for metrics; lists the directory.
    pub fn stats(&self) -> Result<Stats, Error> {
        Ok(Stats {
            bytes_on_disk: self.shared.directory.bytes_on_disk()?,
            batches: self.shared.counts.batches.load(Ordering::Relaxed),
            syncs: self.shared.counts.syncs.load(Ordering::Relaxed),
        })
    }

    /// Fails with [`Error::DiskFull`] unless so many bytes leave twice the reserve free. To be asked before writing what is
    /// long and can wait: then it ends before what is short has to.
    pub fn room_for_long(&self, bytes: u64) -> Result<(), Error> {
        self.shared.room_for(bytes.saturating_add(self.shared.options.reserve_bytes), false)
    }

    /// Gives back the space of everything deleted or overwritten, and finishes an interrupted erasure. Blocks this
    /// thread, readers and writers; the time grows with the whole directory, and so does the room needed meanwhile:
    /// fails with [`Error::DiskFull`] before anything happens when there is too little.
    pub fn compact(&self) -> Result<(), Error> {
        self.shared.scrub_all()
    }

    /// Deletes keys and removes the bytes of their values from every file of the directory, journal included. Blocks
    /// this thread, readers and writers; the time grows with the tables of the space, and for payloads from 4 KiB on
    /// with the files that hold an erased one. Erase many keys in one call. What waits in the queue is written first.
    ///
    /// When it fails, or the process dies midway, the erasure is pending if the deletion became durable; opening the
    /// directory or [`Store::compact`] finishes it. What a file system or a medium keeps outside the files (blocks
    /// freed, snapshots, backups) is not in reach of a program.
    pub fn erase(&self, space: Space, keys: impl IntoIterator<Item = Vec<u8>>) -> Result<(), Error> {
        let mut batches = vec![];
        let mut last = Batch::new();
        let mut count = 0_u64;
        for key in keys {
            count += 1;
            last.delete(space, key);
            if last.len() == ERASE_KEYS_PER_BATCH {
                batches.push(mem::take(&mut last));
            }
        }
        batches.push(last);
        let _scrubbing = self.shared.scrubbing.lock().unwrap_or_else(PoisonError::into_inner);
        let was_pending = self.erasure_pending()?;
        self.shared.commit_own(ERASING, Some(&[]))?;
        for batch in batches {
            self.commit_now(batch)?;
        }
        // An erased payload costs at most the rewriting of its file; other spaces are rewritten as a whole.
        let bytes_max = match space {
            Space::Payload => {
                count.saturating_mul(ERASE_BYTES_PER_KEY_MAX).saturating_add(self.shared.options.reserve_bytes)
            }
            _ => u64::MAX,
        };
        self.shared.scrub(&[space], bytes_max)?;
        if was_pending { Ok(()) } else { self.shared.commit_own(ERASING, None) }
    }

    /// Whether an erasure was begun and is not finished: deleted values may still stand in the files.
    pub fn erasure_pending(&self) -> Result<bool, Error> {
        Ok(self.shared.engine()?.get_own(ERASING)?.is_some())
    }

    fn ended(&self) -> Error {
        self.stopped().unwrap_or_else(|| Error::io("commit")(std::io::Error::other("the writer ended")))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.shared.queue.close();
        if let Some(writer) = mem::take(&mut self.writer) {
            // A writer that panicked has told everyone already.
            drop(writer.join());
        }
    }
}

fn once(sender: oneshot::Sender<Result<(), Error>>) -> Done {
    // A caller that is gone needs no answer.
    Box::new(move |result| drop(sender.send(result)))
}
