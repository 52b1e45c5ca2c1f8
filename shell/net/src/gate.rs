//! How many of one kind may be inside at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts who is inside, per key.
#[derive(Debug)]
pub(crate) struct Gate<K>(Mutex<HashMap<K, usize>>);

/// One place inside; given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass<K: Clone + Eq + Hash> {
    gate: Arc<Gate<K>>,
    key: K,
}

impl<K: Clone + Eq + Hash> Gate<K> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(HashMap::new())))
    }

    /// A place for `key`, unless `max` are taken.
    pub(crate) fn enter(self: &Arc<Self>, key: K, max: usize) -> Option<Pass<K>> {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = inside.entry(key.clone()).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Pass { gate: Arc::clone(self), key })
    }
}

impl<K: Clone + Eq + Hash> Drop for Pass<K> {
    fn drop(&mut self) {
        let mut inside = self.gate.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_pass_is_gone() {
        let gate = Gate::new();
        let first = gate.enter("a", 2).unwrap();
        let _second = gate.enter("a", 2).unwrap();
        assert!(gate.enter("a", 2).is_none());
        assert!(gate.enter("b", 2).is_some());
        drop(first);
        assert!(gate.enter("a", 2).is_some());
        assert_eq!(gate.0.lock().unwrap().len(), 1, "b left no trace");
    }
}
