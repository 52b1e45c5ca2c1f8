//! What a person signs to prove to a node who they are.

use countersign_codec::{Encode, Writer};
use countersign_crypto::{Namespace, PublicKey};
use countersign_types::{IdentityId, Signable};

use crate::KeyId;

/// "I, with this key, sign in to this node, now." The nonce is the node's, and bounds the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionClaim {
    /// The key of the node: a claim is worth nothing at another one.
    pub node: PublicKey,
    /// What the node gave for this one sign-in.
    pub nonce: [u8; 32],
    /// Who signs.
    pub identity: IdentityId,
    /// With which of their keys.
    pub key: KeyId,
}

impl Signable for SessionClaim {
    const NAMESPACE: Namespace = Namespace::Session;
}

impl Encode for SessionClaim {
    fn encode(&self, out: &mut Writer) {
        self.node.encode(out);
        out.raw(&self.nonce);
        self.identity.encode(out);
        self.key.encode(out);
    }
}
