//! A list that grows at its end and whose copies share what they have in common.

use std::sync::Arc;

/// A list to which items are only added; a clone costs one count.
#[derive(Debug)]
pub(crate) struct Trail<T> {
    last: Option<Arc<Link<T>>>,
    length: usize,
}

#[derive(Debug)]
struct Link<T> {
    item: T,
    before: Option<Arc<Link<T>>>,
}

impl<T> Default for Trail<T> {
    fn default() -> Self {
        Self { last: None, length: 0 }
    }
}

impl<T> Clone for Trail<T> {
    fn clone(&self) -> Self {
        Self { last: self.last.clone(), length: self.length }
    }
}

impl<T> Trail<T> {
    pub fn push(&mut self, item: T) {
        self.last = Some(Arc::new(Link { item, before: self.last.take() }));
        self.length = self.length.saturating_add(1);
    }

    /// How many items there are.
    pub fn count(&self) -> usize {
        self.length
    }

    /// The item that was added last.
    pub fn last(&self) -> Option<&T> {
        self.last.as_deref().map(|link| &link.item)
    }

    /// The items, first to last.
    pub fn items(&self) -> Vec<&T> {
        let mut items = Vec::with_capacity(self.length);
        let mut at = self.last.as_deref();
        while let Some(link) = at {
            items.push(&link.item);
            at = link.before.as_deref();
        }
        items.reverse();
        items
    }
}

impl<T> Drop for Trail<T> {
    /// Link by link: the compiler's way would recurse once per item.
    fn drop(&mut self) {
        let mut next = self.last.take();
        while let Some(mut link) = next.and_then(Arc::into_inner) {
            next = link.before.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_share_and_part() {
        let mut one = Trail::default();
        one.push(1);
        let mut other = one.clone();
        one.push(2);
        other.push(3);
        assert_eq!((one.items(), other.items()), (vec![&1, &2], vec![&1, &3]));
    }

    #[test]
    fn a_long_trail_is_dropped_without_recursion() {
        let mut trail = Trail::default();
        (0..1_000_000).for_each(|item| trail.push(item));
        drop(trail);
    }
}
