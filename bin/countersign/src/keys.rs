//! The keys of the person at this machine: their own, and those with which they decide for organisations.
//!
//! A person's keys are called `idn_…/key_…` in the keystore, an admin key `admin/key_…`; the label is the name. The
//! inception record of a person is not kept: its nonce is zero (the key is new and begins one identity), so it follows
//! from the first key.

use std::path::Path;

use countersign_crypto::{Seed, Signer, SigningKey};
use countersign_keystore::{Algorithm, Cost, Key, Keystore, Passphrase, Purpose, Secret};
use countersign_member::{IdentityKey, IdentityKind, Inception, KeyId, KeyPurpose, SignedInception};
use countersign_types::Timestamp;

use crate::failure::Failure;

const ADMIN: &str = "admin";

/// The open keystore.
pub struct Keys(Keystore);

/// A key and its name within its identity.
pub struct OwnKey {
    /// Its name.
    pub id: KeyId,
    /// When it was made.
    pub created: Timestamp,
    /// It signs.
    pub signer: SigningKey,
}

/// A person of this keystore.
pub struct Person {
    /// What they are called here.
    pub name: String,
    /// Who they are.
    pub inception: SignedInception,
    /// Their keys, the newest first.
    pub keys: Vec<OwnKey>,
}

/// A key that decides for an organisation.
pub struct Admin {
    /// What the organisation is called here.
    pub name: String,
    /// The key.
    pub key: OwnKey,
}

impl Keys {
    /// Opens the keystore.
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self, Failure> {
        Ok(Self(Keystore::open(path, passphrase)?))
    }

    /// Opens the keystore, or makes one.
    pub fn open_or_create(path: &Path, passphrase: &Passphrase) -> Result<Self, Failure> {
        if path.exists() {
            return Self::open(path, passphrase);
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let failed = |error| Failure::refused("io", format!("cannot make {}: {error}", folder.display()));
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        Ok(Self(Keystore::create(path, passphrase, Cost::Standard)?))
    }

    /// Makes a person with a first key.
    pub fn add_person(&mut self, name: &str, seed: &mut Seed, now: Timestamp) -> Result<Person, Failure> {
        self.check_name(name)?;
        let (secret, signer) = generate(seed);
        let inception = begin(&signer)?;
        let id = inception.id();
        let key = self.keep(&format!("{id}/"), name, secret, now)?;
        Ok(Person { name: name.to_owned(), inception, keys: vec![key] })
    }

    /// Makes an admin key for an organisation.
    pub fn add_admin(&mut self, name: &str, seed: &mut Seed, now: Timestamp) -> Result<Admin, Failure> {
        self.check_name(name)?;
        let (secret, _) = generate(seed);
        let key = self.keep(&format!("{ADMIN}/"), name, secret, now)?;
        Ok(Admin { name: name.to_owned(), key })
    }

    /// Makes a further key for a person.
    pub fn add_key(&mut self, person: &Person, seed: &mut Seed, now: Timestamp) -> Result<OwnKey, Failure> {
        let (secret, _) = generate(seed);
        self.keep(&format!("{}/", person.inception.id()), &person.name, secret, now)
    }

    /// Makes a further admin key beside one.
    pub fn add_admin_key(&mut self, admin: &Admin, seed: &mut Seed, now: Timestamp) -> Result<OwnKey, Failure> {
        let (secret, _) = generate(seed);
        self.keep(&format!("{ADMIN}/"), &admin.name, secret, now)
    }

    /// Everybody, by name.
    pub fn people(&self) -> Result<Vec<Person>, Failure> {
        let mut people: Vec<Person> = Vec::new();
        let mut groups: std::collections::BTreeMap<&str, Vec<&Key>> = Default::default();
        for key in self.0.list() {
            if let Some((identity, _)) = key.id.split_once('/').filter(|(identity, _)| *identity != ADMIN) {
                groups.entry(identity).or_default().push(key);
            }
        }
        for (identity, mut group) in groups {
            group.sort_by_key(|key| std::cmp::Reverse(key.created));
            let keys: Vec<OwnKey> = group.iter().filter_map(|key| own_key(key)).collect();
            let first = keys.iter().filter_map(|key| begin(&key.signer).ok());
            let inception = first.into_iter().find(|inception| inception.id().to_string() == identity);
            let (Some(inception), Some(newest)) = (inception, group.first()) else {
                return Err(Failure::refused("corrupt", format!("the first key of {identity} is missing")));
            };
            people.push(Person { name: newest.label.clone(), inception, keys });
        }
        people.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(people)
    }

    /// Every admin key, by name, the newest of a name first.
    pub fn admins(&self) -> Vec<Admin> {
        let keys = self.0.list().filter(|key| key.id.starts_with("admin/"));
        let mut admins: Vec<Admin> =
            keys.filter_map(|key| Some(Admin { name: key.label.clone(), key: own_key(key)? })).collect();
        admins.sort_by(|left, right| left.name.cmp(&right.name).then_with(|| right.key.created.cmp(&left.key.created)));
        admins
    }

    /// The person of this name or id; without a name the only one there is.
    pub fn person(&self, name: Option<&str>) -> Result<Person, Failure> {
        let mut people = self.people()?;
        if let Some(name) = name {
            people.retain(|person| person.name == name || person.inception.id().to_string() == name);
        }
        pick(people, name, "person", |person| &person.name, "countersign key new --name NAME")
    }

    /// The admin key of this name; without a name the only one there is.
    pub fn admin(&self, name: Option<&str>) -> Result<Admin, Failure> {
        let mut admins = self.admins();
        if let Some(name) = name {
            admins.retain(|admin| admin.name == name);
            admins.truncate(1);
        }
        pick(admins, name, "admin key", |admin| &admin.name, "countersign key new --admin --name NAME")
    }

    fn check_name(&self, name: &str) -> Result<(), Failure> {
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(Failure::misuse("a name has at least one letter and no control characters"));
        }
        match self.0.list().any(|key| key.label == name) {
            true => Err(Failure::refused("name_taken", format!("there is a key of the name {name} already"))
                .next("countersign key list")),
            false => Ok(()),
        }
    }

    fn keep(&mut self, prefix: &str, name: &str, secret: Secret, now: Timestamp) -> Result<OwnKey, Failure> {
        let mut key = Key {
            id: String::new(),
            purpose: Purpose::User,
            algorithm: Algorithm::Ed25519,
            secret,
            created: u64::try_from(now.millis()).unwrap_or(0),
            label: name.to_owned(),
        };
        let own = own_key(&key).ok_or_else(|| Failure::refused("corrupt", "a new key has no 32 bytes"))?;
        key.id = format!("{prefix}{}", own.id);
        self.0.add(key)?;
        self.0.save()?;
        Ok(own)
    }
}

fn pick<T>(
    mut found: Vec<T>,
    name: Option<&str>,
    what: &str,
    name_of: impl Fn(&T) -> &str,
    make: &str,
) -> Result<T, Failure> {
    match (found.len(), name) {
        (1, _) => Ok(found.remove(0)),
        (0, Some(name)) => {
            Err(Failure::misuse(format!("no {what} in your keystore is called {name}")).next("countersign key list"))
        }
        (0, None) => Err(Failure::misuse(format!("there is no {what} in your keystore")).next(make)),
        _ => {
            let names = found.iter().map(name_of).collect::<Vec<_>>().join(", ");
            Err(Failure::misuse(format!("there is more than one {what}: {names}")).next("the same, naming one"))
        }
    }
}

fn generate(seed: &mut Seed) -> (Secret, SigningKey) {
    let bytes: [u8; 32] = seed.array();
    (Secret::new(bytes.to_vec()), SigningKey::new(bytes))
}

fn own_key(key: &Key) -> Option<OwnKey> {
    let signer = SigningKey::new(*key.secret.array()?);
    let created = i64::try_from(key.created).ok().and_then(Timestamp::from_millis)?;
    Some(OwnKey { id: KeyId::of_signing(&signer.public_key()), created, signer })
}

/// The inception record of the person whose first key this is.
pub fn begin(signer: &SigningKey) -> Result<SignedInception, Failure> {
    let keys = IdentityKey::signing(KeyPurpose::User, signer.public_key()).into_iter().collect();
    let inception = Inception { kind: IdentityKind::Person, keys, nonce: [0; 16] };
    SignedInception::sign(inception, &[signer]).map_err(|error| Failure::refused("inception", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_keep_their_identity_when_keys_are_added() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let passphrase = Passphrase::new("correct horse".into()).unwrap();
        let seed = &mut Seed::new([7; 32]);
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let mut keys = Keys::open_or_create(&path, &passphrase).unwrap();
        let anna = keys.add_person("anna", seed, at(1)).unwrap();
        keys.add_admin("Acme", seed, at(1)).unwrap();
        let second = keys.add_key(&anna, seed, at(2)).unwrap();
        assert!(keys.add_person("anna", seed, at(3)).is_err(), "the name is taken");

        let keys = Keys::open(&path, &passphrase).unwrap();
        let again = keys.person(None).unwrap();
        assert_eq!(again.inception, anna.inception);
        assert_eq!(again.keys.iter().map(|key| key.id).collect::<Vec<_>>(), [second.id, anna.keys[0].id]);
        assert_eq!(keys.person(Some(&anna.inception.id().to_string())).unwrap().name, "anna");
        assert_eq!(keys.admin(None).unwrap().name, "Acme");
        assert!(keys.person(Some("Acme")).is_err() && keys.admin(Some("anna")).is_err());
    }
}
