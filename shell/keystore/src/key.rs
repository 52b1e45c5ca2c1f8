//! What is kept: a secret, what it is for, and how a person calls it.

use std::fmt;

use countersign_codec::{DecodeError, Reader, Writer};
use zeroize::Zeroizing;

use crate::Error;

/// Keys of one keystore.
pub const KEYS_MAX: usize = 256;
/// Bytes of an id.
pub const ID_BYTES_MAX: usize = 128;
/// Bytes of a label.
pub const LABEL_BYTES_MAX: usize = 256;
/// Bytes of a secret.
pub const SECRET_BYTES_MAX: usize = 2048;

/// What a key is for. A key serves one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A person signs statements.
    User,
    /// A node signs entries, receipts and envelopes.
    Node,
    /// A system of an organisation signs statements.
    System,
    /// A node opens what was sealed to it.
    Encryption,
    /// A node proves itself on a connection.
    Tls,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [Self::User, Self::Node, Self::System, Self::Encryption, Self::Tls];

    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Node => "node",
            Self::System => "system",
            Self::Encryption => "encryption",
            Self::Tls => "tls",
        }
    }

    const fn tag(self) -> u8 {
        match self {
            Self::User => 1,
            Self::Node => 2,
            Self::System => 3,
            Self::Encryption => 4,
            Self::Tls => 5,
        }
    }
}

/// What kind of key a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// The 32-byte seed of an Ed25519 key.
    Ed25519,
    /// The 32-byte secret of an X25519 key.
    X25519,
    /// A PKCS #8 private key in DER, whose algorithm stands within: 1 to [`SECRET_BYTES_MAX`] bytes.
    Pkcs8,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::X25519, Self::Pkcs8];

    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::X25519 => "x25519",
            Self::Pkcs8 => "pkcs8",
        }
    }

    const fn tag(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::X25519 => 2,
            Self::Pkcs8 => 3,
        }
    }

    const fn allows(self, secret_bytes: usize) -> bool {
        match self {
            Self::Ed25519 | Self::X25519 => secret_bytes == 32,
            Self::Pkcs8 => secret_bytes >= 1 && secret_bytes <= SECRET_BYTES_MAX,
        }
    }
}

/// Secret bytes: wiped when dropped, never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes of a key of 32 bytes.
    pub fn array(&self) -> Option<Zeroizing<[u8; 32]>> {
        <[u8; 32]>::try_from(self.0.as_slice()).ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(..)")
    }
}

/// One key. Its id is its name in the keystore.
#[derive(Clone, Debug)]
pub struct Key {
    /// Text form of its identity or public key, or any other name: 1 to [`ID_BYTES_MAX`] bytes.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What kind of key it is.
    pub algorithm: Algorithm,
    /// The secret, as the algorithm says.
    pub secret: Secret,
    /// When it was made, in milliseconds since 1970.
    pub created: u64,
    /// How its owner calls it: up to [`LABEL_BYTES_MAX`] bytes, may be empty.
    pub label: String,
}

impl Key {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.id.is_empty() || self.id.len() > ID_BYTES_MAX {
            Err(Error::Limit("the length of the id of a key"))
        } else if self.label.len() > LABEL_BYTES_MAX {
            Err(Error::Limit("the length of the label of a key"))
        } else if !self.algorithm.allows(self.secret.bytes().len()) {
            Err(Error::Limit("the length of the secret of a key"))
        } else {
            Ok(())
        }
    }

    /// At most so many bytes come from [`Key::write`].
    pub(crate) fn bytes_max(&self) -> usize {
        self.id.len() + self.secret.bytes().len() + self.label.len() + 32
    }

    /// Appends the encoding. The secret goes to `out` alone, which is wiped, and through no buffer that is not.
    pub(crate) fn write(&self, out: &mut Zeroizing<Vec<u8>>) {
        let mut before = Writer::default();
        before.text(&self.id);
        before.uint(u64::from(self.purpose.tag()));
        before.uint(u64::from(self.algorithm.tag()));
        before.uint(self.secret.bytes().len() as u64);
        let mut after = Writer::default();
        after.uint(self.created);
        after.text(&self.label);
        out.extend_from_slice(&before.into_bytes());
        out.extend_from_slice(self.secret.bytes());
        out.extend_from_slice(&after.into_bytes());
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = from.text("id of a key", ID_BYTES_MAX)?;
        let purpose = from.tag("purpose")?;
        let purpose = Purpose::ALL
            .into_iter()
            .find(|known| known.tag() == purpose)
            .ok_or(DecodeError::Tag { what: "purpose", tag: purpose.into() })?;
        let algorithm = from.tag("algorithm")?;
        let algorithm = Algorithm::ALL
            .into_iter()
            .find(|known| known.tag() == algorithm)
            .ok_or(DecodeError::Tag { what: "algorithm", tag: algorithm.into() })?;
        let secret = Secret::new(from.bytes("secret", SECRET_BYTES_MAX)?.to_vec());
        let created = from.uint()?;
        let label = from.text("label", LABEL_BYTES_MAX)?;
        let key = Self { id, purpose, algorithm, secret, created, label };
        key.check().map_err(|_| DecodeError::Value("key"))?;
        Ok(key)
    }
}
