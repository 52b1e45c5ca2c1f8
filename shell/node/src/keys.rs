//! The keys of a node: node, system, sealing, TLS. People's keys are never here.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_crypto::{SealingSecret, Seed, Signer, SigningKey};
use countersign_keystore::{Algorithm, Key, Keystore, Purpose, Secret};
use countersign_member::NodeRecord;
use countersign_net::TlsIdentity;

use crate::Error;

/// The keys that a node signs, opens and proves itself with.
pub(crate) struct NodeKeys {
    /// Signs entries, receipts and requests.
    pub(crate) node: Arc<SigningKey>,
    /// Signs ticks for the party.
    pub(crate) system: Arc<SigningKey>,
    /// Opens messages.
    pub(crate) sealing: SealingSecret,
    /// Proves the node on a connection.
    pub(crate) tls: TlsIdentity,
    secrets: [[u8; 32]; 3],
}

impl NodeKeys {
    pub(crate) fn generate(seed: &mut Seed) -> Result<Self, Error> {
        let tls = TlsIdentity::generate().map_err(|error| Error::Tls(error.to_string()))?;
        Ok(Self::new([seed.array(), seed.array(), seed.array()], tls))
    }

    fn new(secrets: [[u8; 32]; 3], tls: TlsIdentity) -> Self {
        let [node, system, sealing] = secrets;
        Self {
            node: Arc::new(SigningKey::new(node)),
            system: Arc::new(SigningKey::new(system)),
            sealing: SealingSecret::new(sealing),
            tls,
            secrets,
        }
    }

    pub(crate) fn load(keystore: &Keystore) -> Result<Self, Error> {
        let key = |id: &'static str| keystore.get(id).ok_or(Error::KeyMissing(id));
        let secret = |id| key(id)?.secret.array().map(|secret| *secret).ok_or(Error::KeyMissing(id));
        let tls =
            TlsIdentity::from_secret(key("tls")?.secret.bytes()).map_err(|error| Error::Tls(error.to_string()))?;
        Ok(Self::new([secret("node")?, secret("system")?, secret("encryption")?], tls))
    }

    /// Whether these are the keys that a record names.
    pub(crate) fn are_of(&self, record: &NodeRecord) -> bool {
        record.node_key == self.node.public_key()
            && record.sealing_key == self.sealing.public_key()
            && record.tls == self.tls.spki_hash()
    }

    pub(crate) fn save(&self, keystore: &mut Keystore) -> Result<(), Error> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let created = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let [node, system, sealing] = &self.secrets;
        let tls = self.tls.secret();
        let keys = [
            ("node", Purpose::Node, Algorithm::Ed25519, node.as_slice()),
            ("system", Purpose::System, Algorithm::Ed25519, system.as_slice()),
            ("encryption", Purpose::Encryption, Algorithm::X25519, sealing.as_slice()),
            ("tls", Purpose::Tls, Algorithm::Pkcs8, tls.as_slice()),
        ];
        for (id, purpose, algorithm, secret) in keys {
            let secret = Secret::new(secret.to_vec());
            keystore.add(Key { id: id.to_owned(), purpose, algorithm, secret, created, label: String::new() })?;
        }
        keystore.save()?;
        Ok(())
    }
}
