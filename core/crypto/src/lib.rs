//! Hash, sign, verify and seal under a namespace.
//!
//! One hash (SHA-256), one signature rule (Ed25519 by ZIP-215, single and batch from one library, so that two
//! nodes never disagree on a signature), one sealing (HPKE, RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305).
//! Whatever is hashed or signed names its purpose with a [`Namespace`]; page `docs/spec/crypto.md`.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![warn(missing_docs)]

mod digest;
mod namespace;
mod seal;
mod seed;
mod sign;

pub use digest::{Digest, Hasher};
pub use namespace::Namespace;
pub use seal::{OpenError, SealingKey, SealingSecret, open, seal};
pub use seed::Seed;
pub use sign::{
    BadKey, BadSignature, Batch, HttpBase, PublicKey, Signature, Signer, SigningKey, sign, verify, verify_http,
};
