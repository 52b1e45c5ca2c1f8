//! What a node says of itself, and a member: an identity with its node.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Namespace, PublicKey, SealingKey};
use countersign_types::{IdentityId, Signable, Signed};

use crate::SignedInception;

/// Most addresses of a node.
pub const URLS_MAX: usize = 4;
/// Most bytes of an address.
const URL_BYTES_MAX: usize = 200;

/// The keys and addresses of a node, signed by its node key (contract log §13.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// Signs entries, receipts and requests.
    pub node_key: PublicKey,
    /// Messages are sealed to it.
    pub sealing_key: SealingKey,
    /// Where it listens, best first: at most [`URLS_MAX`]; none for a node without an open port.
    pub urls: Vec<String>,
    /// SHA-256 of the public key info of its TLS certificate: a peer accepts that key and nothing else.
    pub tls: Digest,
    /// A later record has a higher number.
    pub sequence: u64,
}

impl Signable for NodeRecord {
    const NAMESPACE: Namespace = Namespace::NodeRecord;
}

impl Encode for NodeRecord {
    fn encode(&self, out: &mut Writer) {
        self.node_key.encode(out);
        self.sealing_key.encode(out);
        out.uint(self.urls.len() as u64);
        self.urls.iter().for_each(|url| out.text(url));
        self.tls.encode(out);
        out.uint(self.sequence);
    }
}

impl Decode for NodeRecord {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let node_key = PublicKey::decode(from)?;
        let sealing_key = SealingKey::decode(from)?;
        let count = from.length("addresses", URLS_MAX)?;
        let mut urls = Vec::new();
        for _ in 0..count {
            urls.push(from.text("address", URL_BYTES_MAX)?);
        }
        Ok(Self { node_key, sealing_key, urls, tls: Digest::decode(from)?, sequence: from.uint()? })
    }
}

/// A member of a contract: an organisation and the one node it acts through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The organisation.
    pub inception: SignedInception,
    /// Its node.
    pub node: Signed<NodeRecord>,
}

impl Member {
    /// The party: the id of the organisation.
    pub const fn party(&self) -> IdentityId {
        self.inception.id()
    }

    /// Whether both records hold.
    pub fn is_sound(&self) -> bool {
        self.inception.check().is_ok() && self.node.verify(&self.node.node_key).is_ok()
    }
}

impl Encode for Member {
    fn encode(&self, out: &mut Writer) {
        self.inception.encode(out);
        self.node.encode(out);
    }
}

impl Decode for Member {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { inception: SignedInception::decode(from)?, node: Signed::decode(from)? })
    }
}
