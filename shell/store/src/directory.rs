//! The directory: who holds it, in which format it is, and how it comes to be.
//!
//! ```text
//! LOCK      held while open
//! FORMAT    "countersign-store <version>\n"
//! data/     the engine's files
//! ```
//! A directory is created as `data.new`, then FORMAT is written, then `data.new` is renamed: a crash in between leaves a
//! directory in which nothing was ever acknowledged, and which is then created again.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use crate::Error;

/// Version of the format that this program writes.
pub const FORMAT_VERSION: u32 = 1;

const MAGIC: &str = "countersign-store ";

/// One step from an older format to the next. There is no older format yet.
type Migration = (u32, fn(&Path) -> Result<(), Error>);
const MIGRATIONS: &[Migration] = &[];

/// A data directory that this process holds.
pub(crate) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Takes the directory, creating it if it is not there. `create` makes the engine's files in the folder given.
    pub fn open(path: &Path, create: impl Fn(&Path) -> Result<(), Error>) -> Result<Self, Error> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Error::io("create the data directory"))?;
        let path = path.canonicalize().map_err(Error::io("find the data directory"))?;
        let directory = Self { _lock: lock(&path)?, path };
        match directory.version()? {
            Some(found) if found > FORMAT_VERSION => Err(Error::NewerVersion { found, known: FORMAT_VERSION }),
            Some(found) => {
                directory.finish_creation(&create)?;
                directory.migrate(found)?;
                Ok(directory)
            }
            None if directory.data().exists() => Err(Error::Corrupt("FORMAT is missing".to_owned())),
            None => {
                directory.create(&create)?;
                Ok(directory)
            }
        }
    }

    /// Where the engine's files are.
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Bytes that the files take on disk, holes not counted.
    pub fn bytes_on_disk(&self) -> Result<u64, Error> {
        bytes_below(&self.path)
    }

    /// Bytes that this process may still write to the file system.
    pub fn bytes_free(&self) -> Result<u64, Error> {
        let found = rustix::fs::statvfs(&self.path)
            .map_err(|errno| Error::io("ask for free space")(std::io::Error::from(errno)))?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }

    fn version(&self) -> Result<Option<u32>, Error> {
        let text = match fs::read(self.path.join("FORMAT")) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read FORMAT")(error)),
        };
        std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.strip_prefix(MAGIC)?.strip_suffix('\n')?.parse().ok())
            .filter(|version| *version > 0)
            .map(Some)
            .ok_or_else(|| Error::Corrupt("FORMAT is unreadable".to_owned()))
    }

    fn create(&self, create: &impl Fn(&Path) -> Result<(), Error>) -> Result<(), Error> {
        let fresh = self.path.join("data.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(Error::io("remove an unfinished directory"))?;
        }
        create(&fresh)?;
        self.write_version(FORMAT_VERSION)?;
        fs::rename(&fresh, self.data()).map_err(Error::io("name the data folder"))?;
        sync(&self.path)
    }

    fn finish_creation(&self, create: &impl Fn(&Path) -> Result<(), Error>) -> Result<(), Error> {
        if self.data().exists() {
            Ok(())
        } else if self.path.join("data.new").exists() {
            self.create(create)
        } else {
            Err(Error::Corrupt("the folder data is missing".to_owned()))
        }
    }

    fn migrate(&self, found: u32) -> Result<(), Error> {
        for (from, step) in MIGRATIONS.iter().filter(|(from, _)| *from >= found) {
            step(&self.path)?;
            self.write_version(from + 1)?;
        }
        Ok(())
    }

    fn write_version(&self, version: u32) -> Result<(), Error> {
        let fresh = self.path.join("FORMAT.new");
        let write = || {
            let mut file = File::create(&fresh)?;
            file.write_all(format!("{MAGIC}{version}\n").as_bytes())?;
            file.sync_all()?;
            fs::rename(&fresh, self.path.join("FORMAT"))
        };
        write().map_err(Error::io("write FORMAT"))?;
        sync(&self.path)
    }
}

/// Makes names in a folder durable.
pub(crate) fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io("sync a folder"))
}

fn lock(path: &Path) -> Result<File, Error> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.join("LOCK"))
        .map_err(Error::io("open LOCK"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse),
        Err(TryLockError::Error(error)) => Err(Error::io("lock the data directory")(error)),
    }
}

fn bytes_below(folder: &Path) -> Result<u64, Error> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(Error::io("list a folder"))? {
        let entry = entry.map_err(Error::io("list a folder"))?;
        // The engine removes files beside us: what is gone takes no space.
        let Ok(metadata) = entry.metadata() else { continue };
        bytes += if metadata.is_dir() { bytes_below(&entry.path()).unwrap_or(0) } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}
