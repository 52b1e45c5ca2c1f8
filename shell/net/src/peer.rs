//! What one must know of a node to talk to it.

use countersign_crypto::{Digest, PublicKey, SealingKey};

use crate::NodeUrl;

/// The part of a node record (contract log §13.2) that the transport needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The key that signs its requests; its name.
    pub node_key: PublicKey,
    /// The key to seal bodies to.
    pub sealing_key: SealingKey,
    /// Where it listens, in the order to try. Empty if it has no open port.
    pub urls: Vec<NodeUrl>,
    /// SHA-256 of the SubjectPublicKeyInfo of its TLS certificate.
    pub spki_hash: Digest,
}
