//! The engine (fjall) behind the spaces: its settings, its commit, and how bytes leave its files.
//!
//! What is relied on, read in fjall 3.1.13: `commit` with `SyncAll` writes the journal, syncs it, and only then shows the
//! batch to readers; after a failed write the engine refuses every other. What is not relied on: its recovery from a
//! torn journal, see [`journal`].
//!
//! BUG: damage of the medium in the engine's small files that list the tables can end the process at opening (absurd memory
//! asked for, a panic within a panic) instead of telling [`Error::Corrupt`]. Nothing is written before.
//!
//! BUG: when a flush fails while four memtables of one space wait for theirs, the engine's commit waits for ever; the
//! batch is not acknowledged, nothing is lost, but the writer tells no error. [`Options::reserve_bytes`] keeps a full
//! disk from being the cause.
//!
//! The engine neither rotates nor cuts its journal on request, so [`Engine::scrub`] does this while it is closed.

use std::{panic, path::Path, thread, time::Duration};

use fjall::{
    AbstractTree, CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode,
    config::{BlockSizePolicy, BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry},
};

use crate::{Error, Options, Space, journal};

/// Name of the store's own key space, beside those of [`Space`].
const OWN: &str = "store";
/// Journals together; when they are larger, what holds the oldest is flushed. The engine's least.
const JOURNAL_BYTES_MAX: u64 = 64 << 20;
const WORKER_THREADS: usize = 2;
/// Payload values from this size on are kept out of the tables, so that compaction does not copy them.
const BLOB_BYTES_MIN: u32 = 4 << 10;
/// One file of payload values. Erasing rewrites each file that holds an erased value.
pub(crate) const BLOB_FILE_BYTES: u64 = 16 << 20;

pub(crate) type Write = ((Space, Vec<u8>), Option<Vec<u8>>);
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// The open engine.
pub(crate) struct Engine {
    database: Database,
    spaces: [Keyspace; Space::ALL.len()],
    own: Keyspace,
}

impl Engine {
    /// Makes the files of an empty engine in a new folder.
    pub fn create(folder: &Path) -> Result<(), Error> {
        let engine = Self::open(folder, &Options::default())?;
        engine.database.persist(PersistMode::SyncAll).map_err(Error::engine("create the data folder"))
    }

    /// Opens the files, cuts a torn write from the journal, and repeats from the journal what is not in tables yet.
    pub fn open(folder: &Path, options: &Options) -> Result<Self, Error> {
        journal::repair(folder)?;
        // Some damage makes the engine panic instead of telling.
        panic::catch_unwind(|| Self::open_repaired(folder, options))
            .unwrap_or_else(|_| Err(Error::Corrupt("the engine could not read its files".to_owned())))
    }

    fn open_repaired(folder: &Path, options: &Options) -> Result<Self, Error> {
        let action = "open the data folder";
        let database = Database::builder(folder)
            .cache_size(options.cache_bytes)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .worker_threads(WORKER_THREADS)
            // Recovery compresses again to compare, so another version of the compressor would find every entry damaged.
            .journal_compression(CompressionType::None)
            .open()
            .map_err(Error::engine(action))?;
        let space = |space: Space| database.keyspace(space.name(), || settings(Some(space)));
        let [meta, contract, log, payload, outbox, idempotency, index] = Space::ALL.map(space);
        let spaces = (|| Ok([meta?, contract?, log?, payload?, outbox?, idempotency?, index?]))()
            .map_err(Error::engine(action))?;
        let own = database.keyspace(OWN, || settings(None)).map_err(Error::engine(action))?;
        Ok(Self { database, spaces, own })
    }

    /// Writes and syncs one group; the keys differ.
    pub fn commit(&self, writes: impl Iterator<Item = Write>) -> Result<(), Error> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for ((space, key), value) in writes {
            match value {
                Some(value) => batch.insert(self.space(space), key, value),
                None => batch.remove(self.space(space), key),
            }
        }
        batch.commit().map_err(Error::engine("commit"))
    }

    /// Writes and syncs one of the store's own facts.
    pub fn commit_own(&self, key: &str, value: Option<&[u8]>) -> Result<(), Error> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        match value {
            Some(value) => batch.insert(&self.own, key, value),
            None => batch.remove(&self.own, key),
        }
        batch.commit().map_err(Error::engine("commit"))
    }

    /// One of the store's own facts.
    pub fn get_own(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        read(&self.own, key.as_bytes())
    }

    /// The value of a key.
    pub fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        read(self.space(space), key)
    }

    /// Whether a key has a value.
    pub fn contains(&self, space: Space, key: &[u8]) -> Result<bool, Error> {
        self.space(space).contains_key(key).map_err(Error::engine("read"))
    }

    /// Pairs between two bounds in order, until `pairs_max` or `bytes_max` are reached; at least one if there is one.
    pub fn page(
        &self,
        space: Space,
        bounds: (std::ops::Bound<&[u8]>, std::ops::Bound<&[u8]>),
        pairs_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Pair>, Error> {
        let mut pairs = Vec::new();
        let mut bytes = 0;
        for found in self.space(space).range::<&[u8], _>(bounds) {
            let (key, value) = found.into_inner().map_err(Error::engine("read"))?;
            bytes += key.len() + value.len();
            pairs.push((key.to_vec(), value.to_vec()));
            if pairs.len() >= pairs_max || bytes >= bytes_max {
                break;
            }
        }
        Ok(pairs)
    }

    /// The pair with the greatest key that begins so.
    pub fn last(&self, space: Space, prefix: &[u8]) -> Result<Option<Pair>, Error> {
        let Some(found) = self.space(space).prefix(prefix).next_back() else { return Ok(None) };
        let (key, value) = found.into_inner().map_err(Error::engine("read"))?;
        Ok(Some((key.to_vec(), value.to_vec())))
    }

    /// Bytes of a space's tables and of its values beside them.
    pub fn bytes(&self, space: Space) -> u64 {
        self.space(space).disk_space()
    }

    /// Rewrites the tables of `spaces` without what was deleted or overwritten, and forgets the journal. Closes the
    /// engine; whoever calls opens it again. The caller guarantees that nobody reads or writes meanwhile.
    ///
    /// After a crash midway nothing is lost: the journal is cut after everything in it stands in synced tables.
    pub fn scrub(self, folder: &Path, spaces: &[Space]) -> Result<(), Error> {
        // A deletion leaves the tables only when a later write exists.
        self.commit_own("scrubbed", Some(&[]))?;
        self.flush()?;
        for space in spaces {
            // Values kept out of the tables go in the second round: the first finds them unreferenced.
            for _ in 0..if *space == Space::Payload { 2 } else { 1 } {
                self.space(*space).major_compact().map_err(Error::engine("compact"))?;
            }
        }
        drop(self);
        journal::forget(folder)
    }

    /// Moves what is in memory to synced tables.
    fn flush(&self) -> Result<(), Error> {
        let action = "flush";
        let all = || self.spaces.iter().chain([&self.own]);
        for keyspace in all() {
            keyspace.rotate_memtable().map_err(Error::engine(action))?;
        }
        while all().any(|keyspace| keyspace.tree.sealed_memtable_count() > 0) {
            // Fails once a worker of the engine has given up.
            self.database.persist(PersistMode::Buffer).map_err(Error::engine(action))?;
            thread::sleep(Duration::from_millis(1));
        }
        // What follows cuts the journal, which must hold nothing that stands only there.
        match all().find(|keyspace| !keyspace.tree.active_memtable().is_empty()) {
            Some(_) => Err(Error::io(action)(std::io::Error::other("written to while it was flushed"))),
            None => Ok(()),
        }
    }

    fn space(&self, space: Space) -> &Keyspace {
        &self.spaces[space as usize]
    }
}

fn read(keyspace: &Keyspace, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let found = keyspace.get(key).map_err(Error::engine("read"))?;
    Ok(found.map(|value| value.to_vec()))
}

/// Settings per space. They stand in the data folder from its creation on; changing one is a new format.
fn settings(space: Option<Space>) -> KeyspaceCreateOptions {
    let (memory_bytes, block_bytes) = match space {
        Some(Space::Log | Space::Payload) => (16 << 20, 8 << 10),
        Some(Space::Contract | Space::Index) => (8 << 20, 4 << 10),
        _ => (4 << 20, 4 << 10),
    };
    let settings = KeyspaceCreateOptions::default()
        .max_memtable_size(memory_bytes)
        .data_block_size_policy(BlockSizePolicy::all(block_bytes))
        .data_block_compression_policy(CompressionPolicy::new([CompressionType::None, CompressionType::Lz4]))
        .filter_policy(FilterPolicy::all(FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(10.0))))
        // Whoever asks for these keys knows that they exist, so the largest level needs no filter.
        .expect_point_read_hits(matches!(space, Some(Space::Contract | Space::Log | Space::Payload)));
    match space {
        Some(Space::Payload) => settings.with_kv_separation(Some(
            KvSeparationOptions::default()
                .separation_threshold(BLOB_BYTES_MIN)
                .file_target_size(BLOB_FILE_BYTES)
                // One erased value is enough to rewrite its file, however old the file is.
                .staleness_threshold(0.000_000_1)
                .age_cutoff(1.0),
        )),
        _ => settings,
    }
}
