//! The bytes of the file (`docs/spec/keystore.md`).

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    XChaCha20Poly1305,
    aead::{AeadInOut, KeyInit},
};
use countersign_codec::{DecodeError, Reader, Writer};
use countersign_crypto::Digest;
use zeroize::Zeroizing;

use crate::{
    Error, Passphrase,
    key::{KEYS_MAX, Key},
};

/// Version of the format that this program writes.
pub const FORMAT_VERSION: u64 = 1;
/// Bytes of the file.
pub const FILE_BYTES_MAX: usize = 1 << 20;

const MAGIC: &[u8; 20] = b"countersign-keystore";
const CHECKSUM_BYTES: usize = 32;

/// How dear one try of a passphrase is. It stands in the file, so every file opens whatever it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Cost {
    /// 64 MiB, 3 passes: what a keystore has unless there is a reason. Some 0.1 s.
    #[default]
    Standard,
    /// 19 MiB, 2 passes: for small machines (the least that OWASP names).
    Interactive,
    /// 64 KiB, 1 pass: protects nothing, for tests alone.
    Test,
}

/// Argon2id's parameters as they stand in a file, within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parameters {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Parameters {
    /// A file from outside may not make this machine work for hours or use all its memory.
    const MEMORY_KIB_MAX: u64 = 1 << 20;
    const PASSES_MAX: u64 = 16;
    const LANES_MAX: u64 = 4;

    pub const fn of(cost: Cost) -> Self {
        let (memory_kib, passes) = match cost {
            Cost::Standard => (64 << 10, 3),
            Cost::Interactive => (19 << 10, 2),
            Cost::Test => (64, 1),
        };
        Self { memory_kib, passes, lanes: 1 }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut within = |least: u64, most: u64| match from.uint()? {
            value if value < least || value > most => Err(DecodeError::Value("cost")),
            value => Ok(value as u32),
        };
        let memory_kib = within(8, Self::MEMORY_KIB_MAX)?;
        let passes = within(1, Self::PASSES_MAX)?;
        let lanes = within(1, Self::LANES_MAX)?;
        if memory_kib < 8 * lanes {
            return Err(DecodeError::Value("cost"));
        }
        Ok(Self { memory_kib, passes, lanes })
    }
}

/// What turns a passphrase into the key of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    pub parameters: Parameters,
    pub salt: [u8; 16],
}

impl Lock {
    /// The key: slow on purpose.
    pub fn derive(&self, passphrase: &Passphrase) -> Result<Zeroizing<[u8; 32]>, Error> {
        let Parameters { memory_kib, passes, lanes } = self.parameters;
        let mut key = Zeroizing::new([0; 32]);
        Params::new(memory_kib, passes, lanes, Some(key.len()))
            .and_then(|parameters| {
                Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters).hash_password_into(
                    passphrase.bytes(),
                    &self.salt,
                    key.as_mut_slice(),
                )
            })
            .map_err(|error| Error::Corrupt(error.to_string()))?;
        Ok(key)
    }
}

/// The whole file: keys in ascending order of their ids, sealed under a nonce that is used once.
pub(crate) fn seal<'a>(
    lock: &Lock,
    key: &[u8; 32],
    nonce: &[u8; 24],
    keys: impl ExactSizeIterator<Item = &'a Key> + Clone,
) -> Result<Vec<u8>, Error> {
    let mut head = Writer::default();
    head.raw(MAGIC);
    head.uint(FORMAT_VERSION);
    head.uint(lock.parameters.memory_kib.into());
    head.uint(lock.parameters.passes.into());
    head.uint(lock.parameters.lanes.into());
    head.raw(&lock.salt);
    head.raw(nonce);
    let head = head.into_bytes();

    let mut count = Writer::default();
    count.uint(keys.len() as u64);
    let bytes: usize = keys.clone().map(Key::bytes_max).sum();
    // Room for everything, so that growing leaves no copy behind.
    let mut sealed = Zeroizing::new(Vec::with_capacity(bytes + 64));
    sealed.extend_from_slice(&count.into_bytes());
    keys.for_each(|key| key.write(&mut sealed));
    XChaCha20Poly1305::new(key.into())
        .encrypt_in_place(nonce.into(), &head, &mut *sealed)
        .map_err(|_| Error::Limit("the size of the keystore"))?;

    let mut file = Writer::default();
    file.raw(&head);
    file.bytes(&sealed);
    let mut file = file.into_bytes();
    file.extend_from_slice(Digest::of(&file).bytes());
    if file.len() > FILE_BYTES_MAX { Err(Error::Limit("the size of the keystore")) } else { Ok(file) }
}

/// A file that is whole and not opened yet.
pub(crate) struct Sealed<'a> {
    pub lock: Lock,
    head: &'a [u8],
    nonce: [u8; 24],
    sealed: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Checks everything that needs no passphrase.
    pub fn read(file: &'a [u8]) -> Result<Self, Error> {
        let corrupt = |what: &str| Error::Corrupt(what.to_owned());
        let (body, checksum) = file
            .len()
            .checked_sub(CHECKSUM_BYTES)
            .and_then(|length| file.split_at_checked(length))
            .ok_or_else(|| corrupt("too short"))?;
        if !body.starts_with(MAGIC) {
            return Err(corrupt("not a keystore"));
        }
        if Digest::of(body).bytes() != checksum {
            return Err(corrupt("the checksum does not hold"));
        }
        Self::parse(body).map_err(|error| Error::Corrupt(error.to_string()))?
    }

    fn parse(body: &'a [u8]) -> Result<Result<Self, Error>, DecodeError> {
        let mut from = Reader::new(body);
        from.raw(MAGIC.len())?;
        let found = from.uint()?;
        if found > FORMAT_VERSION {
            return Ok(Err(Error::NewerVersion { found, known: FORMAT_VERSION }));
        }
        if found == 0 {
            return Err(DecodeError::Value("version"));
        }
        let lock = Lock { parameters: Parameters::read(&mut from)?, salt: from.array()? };
        let nonce = from.array()?;
        let head = &body[..body.len() - from.rest().len()];
        let sealed = from.bytes("sealed keys", FILE_BYTES_MAX)?;
        from.finish()?;
        Ok(Ok(Self { lock, head, nonce, sealed }))
    }

    /// The keys, in ascending order of their ids.
    pub fn open(&self, key: &[u8; 32]) -> Result<Vec<Key>, Error> {
        let mut plain = Zeroizing::new(self.sealed.to_vec());
        XChaCha20Poly1305::new(key.into())
            .decrypt_in_place(&self.nonce.into(), self.head, &mut *plain)
            .map_err(|_| Error::WrongPassphrase)?;
        keys(&plain).map_err(|error| Error::Corrupt(error.to_string()))
    }
}

fn keys(plain: &[u8]) -> Result<Vec<Key>, DecodeError> {
    let mut from = Reader::new(plain);
    let count = from.length("keys", KEYS_MAX)?;
    let mut keys: Vec<Key> = Vec::new();
    for _ in 0..count {
        let key = Key::read(&mut from)?;
        if keys.last().is_some_and(|last| last.id >= key.id) {
            return Err(DecodeError::Order("keys"));
        }
        keys.push(key);
    }
    from.finish()?;
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{Algorithm, Purpose, Secret};

    fn vectors() -> Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/keystore/v1.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn hex(value: &Value) -> Vec<u8> {
        let text = value.as_str().unwrap();
        (0..text.len()).step_by(2).map(|place| u8::from_str_radix(&text[place..place + 2], 16).unwrap()).collect()
    }

    fn number(value: &Value) -> u32 {
        value.as_u64().unwrap().try_into().unwrap()
    }

    fn text(value: &Value) -> String {
        value.as_str().unwrap().to_owned()
    }

    fn key(value: &Value) -> Key {
        Key {
            id: text(&value["id"]),
            purpose: Purpose::ALL.into_iter().find(|known| value["purpose"] == known.name()).unwrap(),
            algorithm: Algorithm::ALL.into_iter().find(|known| value["algorithm"] == known.name()).unwrap(),
            secret: Secret::new(hex(&value["secret"])),
            created: text(&value["created"]).parse().unwrap(),
            label: text(&value["label"]),
        }
    }

    fn told(key: &Key) -> (&str, Purpose, Algorithm, &[u8], u64, &str) {
        (&key.id, key.purpose, key.algorithm, key.secret.bytes(), key.created, &key.label)
    }

    #[test]
    fn the_files_of_another_implementation_are_read_and_written() {
        let vectors = vectors();
        let files = vectors["files"].as_array().unwrap();
        assert_eq!(files.len(), 4);
        for case in files {
            let parameters = Parameters {
                memory_kib: number(&case["memory_kib"]),
                passes: number(&case["passes"]),
                lanes: number(&case["lanes"]),
            };
            let lock = Lock { parameters, salt: hex(&case["salt"]).try_into().unwrap() };
            let passphrase = Passphrase::new(text(&case["passphrase"])).unwrap();
            let derived = lock.derive(&passphrase).unwrap();
            assert_eq!(derived.as_slice(), hex(&case["key"]), "{}", case["name"]);
            let keys: Vec<Key> = case["keys"].as_array().unwrap().iter().map(key).collect();
            let nonce = hex(&case["nonce"]).try_into().unwrap();
            let file = seal(&lock, &derived, &nonce, keys.iter()).unwrap();
            assert_eq!(file, hex(&case["file"]), "{}", case["name"]);
            let sealed = Sealed::read(&file).unwrap();
            assert_eq!(sealed.lock, lock);
            let found = sealed.open(&derived).unwrap();
            assert_eq!(found.iter().map(told).collect::<Vec<_>>(), keys.iter().map(told).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_the_vectors_refuse_is_refused() {
        let vectors = vectors();
        let refused = vectors["refused"].as_array().unwrap();
        assert!(refused.len() > 20);
        for case in refused {
            let file = hex(&case["file"]);
            let open = || {
                let sealed = Sealed::read(&file)?;
                let passphrase = Passphrase::new(text(&case["passphrase"]))?;
                sealed.open(&*sealed.lock.derive(&passphrase)?)
            };
            assert_eq!(open().map(drop).unwrap_err().code(), case["code"], "{}", case["name"]);
        }
    }

    #[test]
    fn the_standard_cost_is_what_the_page_says() {
        let standard = Parameters { memory_kib: 64 << 10, passes: 3, lanes: 1 };
        assert_eq!(Parameters::of(Cost::default()), standard);
    }
}
