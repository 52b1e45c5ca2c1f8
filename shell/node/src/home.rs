//! The data directory: what is where, and how it begins.
//!
//! `node.toml` (configuration), `keys.keystore` (encrypted), `member.card` (what partners need), `api.token` (mode
//! 0600), `api.address` (while running), `store/` (everything else).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use countersign_codec::{Decode, Encode};
use countersign_crypto::{Seed, Signer, SigningKey};
use countersign_keystore::{Cost, Keystore, Passphrase};
use countersign_member::{IdentityKey, IdentityKind, Inception, KeyPurpose, Member, NodeRecord, SignedInception};
use countersign_types::{Signed, from_base32, to_base32};

use crate::config::TlsFiles;
use crate::keys::NodeKeys;
use crate::{Config, Error};

/// What a new node needs.
#[derive(Clone, Debug)]
pub struct InitRequest {
    /// The directory to make.
    pub data: PathBuf,
    /// How people here call the party.
    pub name: String,
    /// Whether it is a node of the test network.
    pub test: bool,
    /// Where to listen for other nodes; none for a node without an open port.
    pub listen: Option<SocketAddr>,
    /// Under which addresses other nodes reach it.
    pub urls: Vec<String>,
    /// Where to serve the API.
    pub api: SocketAddr,
}

/// A data directory.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// The directory, if a node was made in it.
    pub fn open(data: &Path) -> Result<Self, Error> {
        let home = Self(data.to_owned());
        if home.config_path().is_file() { Ok(home) } else { Err(Error::NotInitialised(data.to_owned())) }
    }

    /// The file with the configuration.
    pub fn config_path(&self) -> PathBuf {
        self.0.join("node.toml")
    }

    /// The file with the keys of the node.
    pub fn keystore_path(&self) -> PathBuf {
        self.0.join("keys.keystore")
    }

    /// The file with the token of the API.
    pub fn token_path(&self) -> PathBuf {
        self.0.join("api.token")
    }

    /// The file with the address of the API, while the node runs.
    pub fn address_path(&self) -> PathBuf {
        self.0.join("api.address")
    }

    /// The directory of the store.
    pub fn store_path(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The certificate that the node made for its API.
    pub(crate) fn own_certificate(&self) -> TlsFiles {
        TlsFiles { certificate: self.0.join("api.cert"), key: self.0.join("api.key") }
    }

    fn card_path(&self) -> PathBuf {
        self.0.join("member.card")
    }

    /// The configuration.
    pub fn config(&self) -> Result<Config, Error> {
        let path = self.config_path();
        let text = read(&path)?;
        toml::from_str(&text).map_err(|error| Error::Config { path, message: error.to_string() })
    }

    /// The member record that partners need.
    pub fn member(&self) -> Result<Member, Error> {
        let path = self.card_path();
        let text = read(&path)?;
        let member = from_base32(text.trim()).and_then(|bytes| Member::from_bytes(&bytes).ok());
        member.ok_or_else(|| Error::Config { path, message: "not a member card".to_owned() })
    }

    /// The token of the API.
    pub fn token(&self) -> Result<String, Error> {
        read(&self.token_path()).map(|text| text.trim().to_owned())
    }
}

/// Makes a data directory: new node keys in a keystore sealed with `passphrase`, and an organisation whose admin key
/// is `admin` and stays with its person. Gives the member record for partners.
pub fn init(request: &InitRequest, passphrase: &Passphrase, admin: &SigningKey) -> Result<Member, Error> {
    let data = &request.data;
    if data.exists() && std::fs::read_dir(data).map_err(file(data))?.next().is_some() {
        return Err(Error::NotEmpty(data.clone()));
    }
    std::fs::create_dir_all(data).map_err(file(data))?;
    let home = Home(data.clone());
    let mut seed = Seed::new(random()?);
    let keys = NodeKeys::generate(&mut seed)?;
    let member = found_member(&keys, admin, request, &mut seed);
    let mut keystore = Keystore::create(home.keystore_path(), passphrase, Cost::Interactive)?;
    keys.save(&mut keystore)?;
    let config = Config {
        name: request.name.clone(),
        test: request.test,
        listen: request.listen,
        urls: request.urls.clone(),
        api: request.api,
        api_url: None,
        api_tls: None,
        outgoing: crate::config::Outgoing::default(),
        actions: crate::config::Actions::default(),
    };
    let text = toml::to_string(&config)
        .map_err(|error| Error::Config { path: home.config_path(), message: error.to_string() })?;
    write(&home.card_path(), to_base32(&member.to_bytes()))?;
    write(&home.token_path(), to_base32(&seed.array::<32>()))?;
    // Last, since it makes the directory a data directory.
    write(&home.config_path(), &text)?;
    Ok(member)
}

fn found_member(keys: &NodeKeys, admin: &SigningKey, request: &InitRequest, seed: &mut Seed) -> Member {
    let signing = |purpose, key| IdentityKey::signing(purpose, key);
    let record = Inception {
        kind: IdentityKind::Organisation,
        keys: [
            signing(KeyPurpose::Admin, admin.public_key()),
            signing(KeyPurpose::System, keys.system.public_key()),
            Some(IdentityKey::encryption(keys.sealing.public_key())),
        ]
        .into_iter()
        .flatten()
        .collect(),
        nonce: seed.array(),
    };
    let signers: [&dyn Signer; 2] = [admin, keys.system.as_ref()];
    let inception = SignedInception::sign(record, &signers).expect("an admin key and a system key, both new");
    let node = NodeRecord {
        node_key: keys.node.public_key(),
        sealing_key: keys.sealing.public_key(),
        urls: request.urls.clone(),
        tls: keys.tls.spki_hash(),
        sequence: 1,
    };
    Member { inception, node: Signed::sign(node, keys.node.as_ref()) }
}

pub(crate) fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| Error::Randomness)?;
    Ok(bytes)
}

fn file(path: &Path) -> impl Fn(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path: path.clone(), source }
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(file(path))
}

/// Writes a file that only its owner can read.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Error> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let options = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let mut target = options.map_err(file(path))?;
    target.write_all(text.as_ref()).and_then(|()| target.sync_all()).map_err(file(path))
}
