//! Requests already answered, for a day: what stands behind `Idempotency-Key`.
//!
//! | space | key | value |
//! |---|---|---|
//! | Idempotency | end (ms, u64 big-endian) ‖ SHA-256 of the name | SHA-256 of the body ‖ status (u16 big-endian) ‖ answer |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use countersign_api::{Done, Kind, Refusal, Wish};
use countersign_crypto::Digest;
use countersign_store::{Batch, Space, Store};

use crate::Error;

/// For so long an answer is kept.
const KEPT_MS: u64 = 86_400_000;
/// Most answers; the oldest give way.
const ANSWERS_MAX: usize = 10_000;
/// Most bytes of all answers; the oldest give way.
const BYTES_MAX: usize = 64 << 20;

type Name = [u8; 32];

/// Which answers the disk has.
#[derive(Debug, Default)]
struct Held {
    ends: BTreeMap<Name, (u64, usize)>,
    order: BTreeSet<(u64, Name)>,
    bytes: usize,
}

impl Held {
    fn put(&mut self, name: Name, end: u64, bytes: usize) {
        self.remove(&name);
        self.ends.insert(name, (end, bytes));
        self.order.insert((end, name));
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn remove(&mut self, name: &Name) {
        if let Some((end, bytes)) = self.ends.remove(name) {
            self.order.remove(&(end, *name));
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    /// What is over, or too much.
    fn surplus(&mut self, now: u64) -> Vec<(u64, Name)> {
        let mut surplus = Vec::new();
        while let Some((end, name)) = self.order.first().copied() {
            if end > now && self.ends.len() <= ANSWERS_MAX && self.bytes <= BYTES_MAX {
                break;
            }
            self.remove(&name);
            surplus.push((end, name));
        }
        surplus
    }
}

/// Answers kept for a day.
pub(crate) struct Answers {
    store: Arc<Store>,
    held: Mutex<Held>,
}

impl Answers {
    /// Those that the disk has.
    pub(crate) fn open(store: Arc<Store>) -> Result<Self, Error> {
        let mut held = Held::default();
        for line in store.scan_prefix(Space::Idempotency, &[]) {
            let (key, value) = line?;
            let parts = key.split_first_chunk::<8>();
            let name = parts.and_then(|(end, name)| Some((u64::from_be_bytes(*end), name.try_into().ok()?)));
            let (end, name) = name.ok_or_else(|| Error::Corrupt("idempotency".to_owned()))?;
            held.put(name, end, value.len());
        }
        Ok(Self { store, held: Mutex::new(held) })
    }

    /// What was answered to a wish, unless that is a day ago.
    pub(crate) fn done(&self, wish: &Wish, now: u64) -> Result<Option<Done>, Refusal> {
        let name = name_of(wish);
        let end = self.held.lock().unwrap_or_else(PoisonError::into_inner).ends.get(&name).map(|(end, _)| *end);
        let Some(end) = end.filter(|end| *end > now) else { return Ok(None) };
        let value = self.store.get(Space::Idempotency, &key_of(end, &name));
        let value = value.map_err(|error| crate::driver::failed(&error.into()))?;
        // It gave way meanwhile.
        let Some(value) = value else { return Ok(None) };
        let Some((body, rest)) = value.split_first_chunk::<32>() else { return Ok(None) };
        let Some((status, answer)) = rest.split_first_chunk::<2>() else { return Ok(None) };
        if body != Digest::of(&wish.body).bytes() {
            let detail = "this idempotency key stands for another body";
            return Err(Refusal::new(Kind::Invalid, "idempotency_key_reused", detail)
                .suggest("use a new key for every new wish"));
        }
        Ok(Some(Done { status: u16::from_be_bytes(*status), body: answer.to_vec() }))
    }

    /// Keeps an answer, durably.
    pub(crate) async fn keep(&self, wish: &Wish, done: &Done, now: u64) -> Result<(), countersign_store::Error> {
        let (name, end) = (name_of(wish), now.saturating_add(KEPT_MS));
        let body = Digest::of(&wish.body);
        let value = [body.bytes().as_slice(), &done.status.to_be_bytes(), &done.body].concat();
        let mut batch = Batch::new();
        let surplus = {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.put(name, end, value.len());
            held.surplus(now)
        };
        batch.put(Space::Idempotency, key_of(end, &name), value);
        for (end, name) in surplus {
            batch.delete(Space::Idempotency, key_of(end, &name));
        }
        self.store.commit(batch).await
    }
}

fn name_of(wish: &Wish) -> Name {
    *Digest::of(wish.name.as_bytes()).bytes()
}

fn key_of(end: u64, name: &Name) -> Vec<u8> {
    [end.to_be_bytes().as_slice(), name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_or_too_much_gives_way() {
        let mut held = Held::default();
        held.put([1; 32], 10, 5);
        held.put([2; 32], 20, 5);
        held.put([1; 32], 30, 6);
        assert_eq!((held.bytes, held.ends.len(), held.order.len()), (11, 2, 2));
        assert_eq!(held.surplus(19), []);
        assert_eq!(held.surplus(20), [(20, [2; 32])]);
        held.put([3; 32], 40, BYTES_MAX);
        assert_eq!(held.surplus(20), [(30, [1; 32])]);
        assert_eq!(held.bytes, BYTES_MAX);
    }
}
