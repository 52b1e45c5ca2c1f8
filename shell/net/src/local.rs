//! The keys of this node, its clock and its randomness.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_crypto::{PublicKey, SealingKey, SealingSecret, Seed, Signer};
use countersign_types::Timestamp;

use crate::Clock;

/// Who this node is on the wire. An invited one makes a second of these with the one-time key of the invitation.
pub struct LocalNode {
    signer: Arc<dyn Signer + Send + Sync>,
    sealing: SealingSecret,
    clock: Arc<dyn Clock>,
    seed: Mutex<Seed>,
}

impl LocalNode {
    /// A node with these keys. `seed` must come from a cryptographic source and serve nothing else.
    pub fn new(
        signer: Arc<dyn Signer + Send + Sync>,
        sealing: SealingSecret,
        clock: Arc<dyn Clock>,
        seed: Seed,
    ) -> Self {
        Self { signer, sealing, clock, seed: Mutex::new(seed) }
    }

    /// The key that signs requests.
    pub fn node_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    /// The key that others seal to.
    pub fn sealing_key(&self) -> SealingKey {
        self.sealing.public_key()
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }

    pub(crate) fn sealing(&self) -> &SealingSecret {
        &self.sealing
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Randomness for one message.
    pub(crate) fn seed(&self) -> Seed {
        // A poisoned stream is a whole one: nothing panics between its two writes.
        self.seed.lock().unwrap_or_else(PoisonError::into_inner).split()
    }
}

impl fmt::Debug for LocalNode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "LocalNode({:?})", self.node_key())
    }
}
