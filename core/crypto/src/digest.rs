//! SHA-256, with and without a namespace.

use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use sha2::{Digest as _, Sha256};

use crate::Namespace;

/// A SHA-256 value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// 32 zero bytes: "nothing".
    pub const ZERO: Self = Self([0; 32]);

    /// The value with these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 of the bytes alone.
    pub fn of(bytes: &[u8]) -> Self {
        Hasher::plain().with(bytes).finish()
    }

    /// The id of an object: SHA-256 of u8 length ‖ namespace ‖ bytes (contract log §13.3).
    pub fn named(namespace: Namespace, bytes: &[u8]) -> Self {
        Hasher::named(namespace).with(bytes).finish()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Display for Digest {
    /// 64 hexadecimal digits.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl Encode for Digest {
    fn encode(&self, out: &mut Writer) {
        out.raw(&self.0);
    }
}

impl Decode for Digest {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.array().map(Self)
    }
}

/// SHA-256 of several pieces.
#[derive(Clone, Debug)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Hashes bytes as they are.
    pub fn plain() -> Self {
        Self(Sha256::new())
    }

    /// Hashes bytes after u8 length ‖ namespace.
    pub fn named(namespace: Namespace) -> Self {
        let name = namespace.name();
        Self::plain().with(&[name.len() as u8]).with(name.as_bytes())
    }

    /// With these bytes next.
    #[must_use]
    pub fn with(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    /// The value.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_short_and_differ() {
        let mut names: Vec<_> = Namespace::ALL.iter().map(|namespace| namespace.name()).collect();
        assert!(names.iter().all(|name| (1..=60).contains(&name.len()) && name.is_ascii()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Namespace::ALL.len());
    }

    #[test]
    fn the_empty_hash_is_the_known_one() {
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), known);
    }
}
