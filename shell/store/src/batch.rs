//! What is written together or not at all.

use std::collections::BTreeMap;

use crate::{Error, Space};

/// Largest key in bytes.
pub const KEY_BYTES_MAX: usize = 1024;
/// Largest value in bytes: a state or a chunk of an attachment, never a whole attachment.
pub const VALUE_BYTES_MAX: usize = 4 << 20;
/// Largest sum of keys and values of one batch in bytes.
pub const BATCH_BYTES_MAX: usize = 16 << 20;

/// Puts and deletes that become durable together. The last word on a key counts.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    writes: BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>,
}

impl Batch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value. Limits ([`KEY_BYTES_MAX`], [`VALUE_BYTES_MAX`]) are checked when the batch is submitted.
    pub fn put(&mut self, space: Space, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> &mut Self {
        self.writes.insert((space, key.into()), Some(value.into()));
        self
    }

    /// Removes a value from sight. Its bytes stay in the files for a while; [`crate::Store::erase`] removes them.
    pub fn delete(&mut self, space: Space, key: impl Into<Vec<u8>>) -> &mut Self {
        self.writes.insert((space, key.into()), None);
        self
    }

    /// Writes after this batch, in the same unit.
    pub fn append(&mut self, later: Self) -> &mut Self {
        self.writes.extend(later.writes);
        self
    }

    /// How many keys are written.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.writes.iter().map(|((_, key), value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum()
    }

    /// Whether nothing is put.
    pub(crate) fn only_deletes(&self) -> bool {
        self.writes.values().all(Option::is_none)
    }

    pub(crate) fn check(&self) -> Result<usize, Error> {
        for ((_, key), value) in &self.writes {
            limit("key", key.len(), KEY_BYTES_MAX)?;
            if key.is_empty() {
                return Err(Error::Limit { what: "key", count: 0, max: KEY_BYTES_MAX });
            }
            limit("value", value.as_ref().map_or(0, Vec::len), VALUE_BYTES_MAX)?;
        }
        let bytes = self.bytes();
        limit("batch", bytes, BATCH_BYTES_MAX)?;
        Ok(bytes)
    }

    pub(crate) fn into_writes(self) -> impl Iterator<Item = ((Space, Vec<u8>), Option<Vec<u8>>)> {
        self.writes.into_iter()
    }
}

fn limit(what: &'static str, count: usize, max: usize) -> Result<(), Error> {
    if count > max { Err(Error::Limit { what, count, max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_key_counts() {
        let mut batch = Batch::new();
        batch.put(Space::Meta, "a", "1").delete(Space::Meta, "a").put(Space::Log, "a", "2");
        let mut later = Batch::new();
        later.put(Space::Meta, "a", "3");
        batch.append(later);
        let writes: Vec<_> = batch.into_writes().collect();
        assert_eq!(
            writes,
            [((Space::Meta, b"a".to_vec()), Some(b"3".to_vec())), ((Space::Log, b"a".to_vec()), Some(b"2".to_vec()))]
        );
    }

    #[test]
    fn limits_have_edges() {
        let check = |key: usize, value: usize| {
            let mut batch = Batch::new();
            batch.put(Space::Meta, vec![1; key], vec![2; value]);
            batch.check().map_err(|error| error.code())
        };
        assert_eq!(check(KEY_BYTES_MAX, VALUE_BYTES_MAX), Ok(KEY_BYTES_MAX + VALUE_BYTES_MAX));
        assert_eq!(check(KEY_BYTES_MAX + 1, 0), Err("limit"));
        assert_eq!(check(1, VALUE_BYTES_MAX + 1), Err("limit"));
        assert_eq!(check(0, 1), Err("limit"));
        let mut batch = Batch::new();
        for index in 0..=BATCH_BYTES_MAX / VALUE_BYTES_MAX {
            batch.put(Space::Payload, vec![index as u8], vec![0; VALUE_BYTES_MAX]);
        }
        assert_eq!(batch.check().map_err(|error| error.code()), Err("limit"));
    }
}
