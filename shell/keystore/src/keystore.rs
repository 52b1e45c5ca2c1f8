//! A keystore in memory and its file.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    Cost, Error, FILE_BYTES_MAX, Passphrase, file,
    format::{Lock, Parameters, Sealed, seal},
    key::{KEYS_MAX, Key},
};

/// The keys of one file, open. Nothing reaches the file before [`Keystore::save`].
pub struct Keystore {
    path: PathBuf,
    lock: Lock,
    key: Zeroizing<[u8; 32]>,
    keys: BTreeMap<String, Key>,
    /// The file as this keystore read or wrote it last; sealed, so not secret.
    file: Vec<u8>,
}

impl Keystore {
    /// Makes a new file without keys. Fails with [`Error::Exists`] if there is a file.
    pub fn create(path: impl AsRef<Path>, passphrase: &Passphrase, cost: Cost) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        if path.symlink_metadata().is_ok() {
            return Err(Error::Exists(path));
        }
        let lock = Lock { parameters: Parameters::of(cost), salt: random()? };
        let key = lock.derive(passphrase)?;
        let mut keystore = Self { path, lock, key, keys: BTreeMap::new(), file: Vec::new() };
        keystore.write()?;
        Ok(keystore)
    }

    /// Opens a file. Fails with [`Error::Missing`], [`Error::OpenToOthers`], [`Error::Corrupt`],
    /// [`Error::NewerVersion`] or [`Error::WrongPassphrase`].
    pub fn open(path: impl AsRef<Path>, passphrase: &Passphrase) -> Result<Self, Error> {
        let given = path.as_ref();
        // A link is followed once, so that saving replaces the file and not the link.
        let path = given.canonicalize().unwrap_or_else(|_| given.to_owned());
        let file = file::read(&path, FILE_BYTES_MAX)?.to_vec();
        let sealed = Sealed::read(&file)?;
        let lock = sealed.lock;
        let key = lock.derive(passphrase)?;
        let keys = sealed.open(&key)?.into_iter().map(|key| (key.id.clone(), key)).collect();
        Ok(Self { path, lock, key, keys, file })
    }

    /// Adds a key. Fails with [`Error::KeyExists`] or [`Error::Limit`].
    pub fn add(&mut self, key: Key) -> Result<(), Error> {
        key.check()?;
        if self.keys.contains_key(&key.id) {
            return Err(Error::KeyExists(key.id));
        }
        if self.keys.len() >= KEYS_MAX {
            return Err(Error::Limit("one more key"));
        }
        self.keys.insert(key.id.clone(), key);
        Ok(())
    }

    /// The key with this id.
    pub fn get(&self, id: &str) -> Option<&Key> {
        self.keys.get(id)
    }

    /// Every key, ascending by id.
    pub fn list(&self) -> impl ExactSizeIterator<Item = &Key> + Clone {
        self.keys.values()
    }

    /// Takes a key out.
    pub fn remove(&mut self, id: &str) -> Option<Key> {
        self.keys.remove(id)
    }

    /// Writes the file. After a crash the old file or the new one is there, whole. Fails with [`Error::Changed`] when
    /// another program wrote it meanwhile.
    pub fn save(&mut self) -> Result<(), Error> {
        let now = file::read(&self.path, FILE_BYTES_MAX)?;
        if *now != self.file {
            return Err(Error::Changed(self.path.clone()));
        }
        self.write()
    }

    /// Saves under another passphrase. The old one opens this file no more; copies of the old file it still opens.
    pub fn change_passphrase(&mut self, passphrase: &Passphrase, cost: Cost) -> Result<(), Error> {
        let lock = Lock { parameters: Parameters::of(cost), salt: random()? };
        let key = lock.derive(passphrase)?;
        let before = (std::mem::replace(&mut self.lock, lock), std::mem::replace(&mut self.key, key));
        self.save().inspect_err(|_| (self.lock, self.key) = before)
    }

    fn write(&mut self) -> Result<(), Error> {
        let file = seal(&self.lock, &self.key, &random()?, self.keys.values())?;
        file::replace(&self.path, &file)?;
        self.file = file;
        Ok(())
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Keystore({}, {} keys)", self.path.display(), self.keys.len())
    }
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Io {
        action: "read",
        path: PathBuf::from("the system's randomness"),
        source: std::io::Error::other(error),
    })?;
    Ok(bytes)
}
