//! Which requests were seen already, as long as their time is still accepted.

use std::collections::{BTreeSet, HashMap};

use countersign_crypto::{Hasher, PublicKey};

use crate::{Claim, Refusal, Standing};

/// Most requests remembered per peer: about 100 a second at the usual window.
const PEER_REQUESTS_MAX: usize = 65_536;

/// Most requests remembered of all strangers together: they can make as many keys as they like.
const STRANGER_REQUESTS_MAX: usize = 4_096;

/// The requests seen within the window. Forgets on restart: then TLS keeps an outsider from having anything to
/// replay, and bodies are idempotent.
#[derive(Debug)]
pub(crate) struct ReplayStore {
    window_seconds: i64,
    peers: HashMap<[u8; 32], Seen>,
    strangers: Seen,
}

/// Time first, so that what is too old is at the front.
type Seen = BTreeSet<(i64, [u8; 16])>;

impl ReplayStore {
    /// A store for requests at most so far from our clock.
    pub(crate) fn new(window_seconds: u32) -> Self {
        Self { window_seconds: i64::from(window_seconds), peers: HashMap::new(), strangers: Seen::new() }
    }

    /// Remembers a request whose signature holds; refuses one seen before, and all of a sender that sends too many.
    pub(crate) fn remember(&mut self, claim: &Claim, standing: Standing, now_seconds: i64) -> Result<(), Refusal> {
        let oldest = now_seconds.saturating_sub(self.window_seconds);
        let key = claim.key.bytes();
        let (seen, max) = match standing {
            Standing::Stranger => (&mut self.strangers, STRANGER_REQUESTS_MAX),
            Standing::Peer { .. } => (self.peers.entry(key).or_default(), PEER_REQUESTS_MAX),
        };
        *seen = seen.split_off(&(oldest, [0; 16]));
        let entry = (claim.created, fingerprint(&claim.key, &claim.nonce));
        if seen.contains(&entry) {
            return Err(Refusal::Replayed);
        }
        if seen.len() >= max {
            return Err(Refusal::Busy { retry_after_seconds: 60 });
        }
        seen.insert(entry);
        Ok(())
    }
}

/// 128 bits of SHA-256(key ‖ nonce): long enough that nobody finds a second nonce, short enough to keep many.
fn fingerprint(key: &PublicKey, nonce: &str) -> [u8; 16] {
    let digest = Hasher::plain().with(&key.bytes()).with(nonce.as_bytes()).finish();
    let mut short = [0; 16];
    short.copy_from_slice(&digest.bytes()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use countersign_crypto::{Signer, SigningKey};

    use super::*;

    const PEER: Standing = Standing::Peer { body_bytes_max: 1 };

    fn claim(key: u8, created: i64, nonce: &str) -> Claim {
        Claim { key: SigningKey::new([key; 32]).public_key(), created, nonce: nonce.to_owned() }
    }

    #[test]
    fn a_request_passes_once() {
        let mut store = ReplayStore::new(300);
        for standing in [PEER, Standing::Stranger] {
            assert_eq!(store.remember(&claim(1, 1_000, "a"), standing, 1_000), Ok(()));
            assert_eq!(store.remember(&claim(1, 1_000, "a"), standing, 1_299), Err(Refusal::Replayed));
            assert_eq!(store.remember(&claim(1, 1_000, "a"), standing, 1_300), Err(Refusal::Replayed));
            assert_eq!(store.remember(&claim(2, 1_000, "a"), standing, 1_000), Ok(()), "another key");
            assert_eq!(store.remember(&claim(1, 1_000, "b"), standing, 1_000), Ok(()), "another nonce");
        }
    }

    #[test]
    fn what_the_window_refuses_anyway_is_forgotten() {
        let mut store = ReplayStore::new(300);
        for second in 0..2_000 {
            store.remember(&claim(1, second, "a"), PEER, second).unwrap();
        }
        assert_eq!(store.peers[&claim(1, 0, "a").key.bytes()].len(), 301);
    }

    #[test]
    fn strangers_fill_only_their_own_store() {
        let mut store = ReplayStore::new(300);
        for count in 0..STRANGER_REQUESTS_MAX {
            store.remember(&claim(1, 1_000, &count.to_string()), Standing::Stranger, 1_000).unwrap();
        }
        let one_more = claim(2, 1_000, "a");
        assert!(matches!(store.remember(&one_more, Standing::Stranger, 1_000), Err(Refusal::Busy { .. })));
        assert_eq!(store.remember(&one_more, PEER, 1_000), Ok(()));
        assert_eq!(store.remember(&one_more, Standing::Stranger, 1_301), Ok(()), "the old ones are gone");
    }
}
