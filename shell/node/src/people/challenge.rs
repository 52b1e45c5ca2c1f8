//! What people sign in with: nonces that this node made, each good for a short time and once.
//!
//! A nonce carries its end and proves by itself that this node made it, so asking for many costs no memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use countersign_crypto::Digest;
use countersign_types::{Interval, Timestamp};

/// A nonce is good for so long.
const GOOD_FOR: Interval = Interval::from_secs(120);
/// Bytes of a nonce that are its end and chance; the rest proves who made it.
const HEAD: usize = 16;

/// Makes nonces, and takes each once.
pub(crate) struct Challenges {
    secret: [u8; 32],
    /// Nonces that somebody signed in with, until their end.
    used: Mutex<BTreeMap<[u8; 32], Timestamp>>,
}

impl Challenges {
    pub(crate) const fn new(secret: [u8; 32]) -> Self {
        Self { secret, used: Mutex::new(BTreeMap::new()) }
    }

    /// A new nonce and its end.
    pub(crate) fn make(&self, now: Timestamp, chance: [u8; 32]) -> ([u8; 32], Timestamp) {
        let until = now.after(GOOD_FOR);
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&until.millis().to_be_bytes());
        head[8..].copy_from_slice(&chance[..8]);
        (self.sealed(head), until)
    }

    fn sealed(&self, head: [u8; HEAD]) -> [u8; 32] {
        let proof = Digest::of(&[self.secret.as_slice(), &head].concat());
        let mut nonce = [0; 32];
        nonce[..HEAD].copy_from_slice(&head);
        nonce[HEAD..].copy_from_slice(&proof.bytes()[..HEAD]);
        nonce
    }

    /// Whether this node made the nonce, and its time is not over.
    pub(crate) fn is_good(&self, nonce: &[u8; 32], now: Timestamp) -> bool {
        self.until(nonce).is_some_and(|until| now <= until && until <= now.after(GOOD_FOR))
    }

    fn until(&self, nonce: &[u8; 32]) -> Option<Timestamp> {
        let (head, _) = nonce.split_first_chunk::<HEAD>()?;
        let (millis, _) = head.split_first_chunk::<8>()?;
        let until = Timestamp::from_millis(i64::from_be_bytes(*millis))?;
        (self.sealed(*head) == *nonce).then_some(until)
    }

    /// Takes a good nonce. False if somebody signed in with it.
    pub(crate) fn take(&self, nonce: &[u8; 32], now: Timestamp) -> bool {
        let Some(until) = self.until(nonce) else { return false };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, until| *until >= now);
        used.insert(*nonce, until).is_none()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_of_this_node_of_now_and_good_once() {
        let (own, other) = (Challenges::new([1; 32]), Challenges::new([2; 32]));
        let now = Timestamp::from_millis(1_000_000).unwrap();
        let (nonce, until) = own.make(now, [3; 32]);
        assert!(own.is_good(&nonce, now) && own.is_good(&nonce, until));
        assert!(!own.is_good(&nonce, until.after(Interval::from_millis(1))) && !other.is_good(&nonce, now));
        // A clock that was set back does not make it good for longer.
        assert!(!own.is_good(&nonce, Timestamp::from_millis(1).unwrap()));
        for byte in 0..32 {
            let mut bent = nonce;
            bent[byte] ^= 1;
            assert!(!own.is_good(&bent, now), "byte {byte}");
        }
        assert!(own.take(&nonce, now) && !own.take(&nonce, now) && !other.take(&nonce, now));
        own.take(&own.make(until.after(Interval::from_millis(1)), [4; 32]).0, until.after(Interval::from_millis(1)));
        assert_eq!(own.used.lock().unwrap().len(), 1);
    }
}
