//! Keys with a purpose.

use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, PublicKey, SealingKey};
use countersign_types::{from_base32, to_base32};

/// What a key of an identity is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPurpose {
    /// A person signs statements with it, on their own machine.
    User,
    /// A machine signs statements with it: ticks, and later system actions.
    System,
    /// Others seal to it.
    Encryption,
    /// It decides for the identity: persons, mandates, rotation.
    Admin,
}

impl KeyPurpose {
    /// The word for people and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
            Self::Encryption => "encryption",
            Self::Admin => "admin",
        }
    }

    /// The purpose with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::User, Self::System, Self::Encryption, Self::Admin].into_iter().find(|purpose| purpose.as_str() == word)
    }

    /// Whether a person holds it. What binds needs such a key.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::User | Self::Admin)
    }
}

impl Encode for KeyPurpose {
    fn encode(&self, out: &mut Writer) {
        out.uint(match self {
            Self::User => 0,
            Self::System => 1,
            Self::Encryption => 2,
            Self::Admin => 3,
        });
    }
}

impl Decode for KeyPurpose {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("key purpose")? {
            0 => Ok(Self::User),
            1 => Ok(Self::System),
            2 => Ok(Self::Encryption),
            3 => Ok(Self::Admin),
            tag => Err(DecodeError::Tag { what: "key purpose", tag: tag.into() }),
        }
    }
}

/// The algorithm of a key, and its public bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMaterial {
    /// Signs.
    Ed25519(PublicKey),
    /// Is sealed to.
    X25519(SealingKey),
}

impl Encode for KeyMaterial {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Ed25519(key) => {
                out.uint(1);
                key.encode(out);
            }
            Self::X25519(key) => {
                out.uint(2);
                key.encode(out);
            }
        }
    }
}

impl Decode for KeyMaterial {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("key algorithm")? {
            1 => PublicKey::decode(from).map(Self::Ed25519),
            2 => SealingKey::decode(from).map(Self::X25519),
            tag => Err(DecodeError::Tag { what: "key algorithm", tag: tag.into() }),
        }
    }
}

/// A key of an identity. Encryption keys are X25519, all others Ed25519.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityKey {
    purpose: KeyPurpose,
    material: KeyMaterial,
}

impl IdentityKey {
    /// A key that signs. None if the purpose is encryption, or if the key is of small order.
    pub fn signing(purpose: KeyPurpose, key: PublicKey) -> Option<Self> {
        match purpose {
            KeyPurpose::Encryption => None,
            _ if key.is_of_small_order() => None,
            _ => Some(Self { purpose, material: KeyMaterial::Ed25519(key) }),
        }
    }

    /// A key that others seal to.
    pub const fn encryption(key: SealingKey) -> Self {
        Self { purpose: KeyPurpose::Encryption, material: KeyMaterial::X25519(key) }
    }

    /// What it is for.
    pub const fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// The public key, if it signs.
    pub const fn verifier(&self) -> Option<&PublicKey> {
        match &self.material {
            KeyMaterial::Ed25519(key) => Some(key),
            KeyMaterial::X25519(_) => None,
        }
    }

    /// Its short name.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.material)
    }
}

impl Encode for IdentityKey {
    fn encode(&self, out: &mut Writer) {
        self.purpose.encode(out);
        self.material.encode(out);
    }
}

impl Decode for IdentityKey {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let purpose = KeyPurpose::decode(from)?;
        let material = KeyMaterial::decode(from)?;
        let fits = matches!(material, KeyMaterial::X25519(_)) == (purpose == KeyPurpose::Encryption);
        if fits { Ok(Self { purpose, material }) } else { Err(DecodeError::Value("identity key")) }
    }
}

/// The first 8 bytes of SHA-256(algorithm ‖ key): names a key within its identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// The name of this key.
    pub fn of(material: &KeyMaterial) -> Self {
        let digest = Digest::of(&material.to_bytes());
        let mut id = [0; 8];
        id.copy_from_slice(digest.bytes().first_chunk::<8>().unwrap_or(&[0; 8]));
        Self(id)
    }

    /// The name of a key that signs.
    pub fn of_signing(key: &PublicKey) -> Self {
        Self::of(&KeyMaterial::Ed25519(*key))
    }

    /// From the text that [`fmt::Display`] gives.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = from_base32(text.strip_prefix("key_")?)?;
        <[u8; 8]>::try_from(bytes).ok().map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "key_{}", to_base32(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Encode for KeyId {
    fn encode(&self, out: &mut Writer) {
        out.raw(&self.0);
    }
}

impl Decode for KeyId {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.array().map(Self)
    }
}
