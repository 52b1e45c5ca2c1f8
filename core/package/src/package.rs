//! A package: contents and who signed them.

use countersign_codec::{Decode, Encode, Json, JsonLimits};
use countersign_crypto::{Namespace, Signature, Signer, verify};
use countersign_member::{IdentityKey, KeyId, SignedInception};
use countersign_types::{from_base32, to_base32};

use crate::contents::{Contents, PackageError};

/// Most bytes of a package: 8 MiB.
pub const PACKAGE_BYTES_MAX: usize = 8 << 20;
/// Deepest nesting of its JSON.
const DEPTH_MAX: usize = 8;

/// Contents with the signature of their author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    contents: Contents,
    author: SignedInception,
    key: KeyId,
    signature: Signature,
}

/// Whether a file looks like a package, sound or not: how commands that take scenarios tell the two apart.
pub fn is_package(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{\"author\":\"")
}

impl Package {
    /// Signs contents with a key that the author's inception record has.
    ///
    /// # Errors
    /// [`PackageError::Signature`] if the record has no such key.
    pub fn sign(
        contents: Contents,
        author: SignedInception,
        key: KeyId,
        signer: &dyn Signer,
    ) -> Result<Self, PackageError> {
        let signature = signer.sign(Namespace::Package, contents.digest().bytes());
        let package = Self { contents, author, key, signature };
        package.check_signature()?;
        Ok(package)
    }

    /// Reads a package and checks all of it: form, hash, author, signature, scenario.
    ///
    /// # Errors
    /// [`PackageError`].
    pub fn read(bytes: &[u8]) -> Result<Self, PackageError> {
        if bytes.len() > PACKAGE_BYTES_MAX {
            return Err(PackageError::Limit("a package has at most 8 MiB"));
        }
        let limits = JsonLimits { bytes_max: PACKAGE_BYTES_MAX, depth_max: DEPTH_MAX };
        let malformed = |what: &str| PackageError::Malformed(what.to_owned());
        let json = Json::parse_canonical(bytes, limits).map_err(|error| PackageError::Malformed(error.to_string()))?;
        let text =
            |key: &str| json.get(key).and_then(Json::as_text).ok_or_else(|| malformed(&format!("it has no {key}")));
        if json.as_map().is_none_or(|members| members.len() != 5) {
            return Err(malformed("it has other members than five"));
        }
        let written = json.get("contents").ok_or_else(|| malformed("it has no contents"))?;
        // The hash first: contents that were changed are told as such, not by the fault that the change made.
        let found = address(&countersign_crypto::Digest::of(&written.canonical()));
        let said = text("hash")?;
        if found != said {
            return Err(PackageError::Hash { found, said: said.to_owned() });
        }
        let author: SignedInception = binary(text("author")?, "author")?;
        let key: KeyId = binary(text("key")?, "key")?;
        let signature: Signature = binary(text("signature")?, "signature")?;
        let package = Self { contents: Contents::from_json(written)?, author, key, signature };
        package.check_signature()?;
        Ok(package)
    }

    /// What is in it.
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Who signed it.
    pub const fn author(&self) -> &SignedInception {
        &self.author
    }

    /// Its address: `sha256:` and 64 hexadecimal digits.
    pub fn hash(&self) -> String {
        address(&self.contents.digest())
    }

    /// The file: canonical JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = |bytes: Vec<u8>| Json::text(to_base32(&bytes));
        let json = Json::map([
            ("author", text(self.author.to_bytes())),
            ("contents", self.contents.to_json()),
            ("hash", Json::text(self.hash())),
            ("key", text(self.key.to_bytes())),
            ("signature", text(self.signature.to_bytes())),
        ]);
        json.canonical()
    }

    fn check_signature(&self) -> Result<(), PackageError> {
        self.author.check().map_err(|_| PackageError::Signature)?;
        let mut keys = self.author.inception().keys.iter().filter(|key| key.id() == self.key);
        let key = keys.find_map(IdentityKey::verifier).ok_or(PackageError::Signature)?;
        let signed = self.contents.digest();
        verify(key, Namespace::Package, signed.bytes(), &self.signature).map_err(|_| PackageError::Signature)
    }
}

fn address(digest: &countersign_crypto::Digest) -> String {
    format!("sha256:{digest}")
}

fn binary<T: Decode>(text: &str, what: &str) -> Result<T, PackageError> {
    let malformed = || PackageError::Malformed(format!("`{what}` cannot be read"));
    T::from_bytes(&from_base32(text).ok_or_else(malformed)?).map_err(|_| malformed())
}
