//! Reading many pairs in order.

use std::{ops::Bound, vec};

use crate::{Error, Space, engine::Pair, store::Shared};

const PAGE_PAIRS: usize = 256;
const PAGE_BYTES: usize = 1 << 20;

/// Pairs whose keys begin with a prefix, in ascending order of keys.
///
/// Read page by page, so that a slow reader holds nothing up. What is written meanwhile may or may not be seen.
pub struct Scan<'a> {
    shared: &'a Shared,
    space: Space,
    prefix: Vec<u8>,
    /// Where the next page begins; nothing once the end is reached.
    next: Option<Bound<Vec<u8>>>,
    page: vec::IntoIter<Pair>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(shared: &'a Shared, space: Space, prefix: &[u8], start: &[u8]) -> Self {
        let start = start.max(prefix).to_vec();
        Self {
            shared,
            space,
            prefix: prefix.to_vec(),
            next: Some(Bound::Included(start)),
            page: Vec::new().into_iter(),
        }
    }

    fn turn(&mut self) -> Result<(), Error> {
        let Some(start) = self.next.take() else { return Ok(()) };
        let end = end_of(&self.prefix);
        let bounds = (start.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
        if empty(bounds) {
            return Ok(());
        }
        let page = self.shared.engine()?.page(self.space, bounds, PAGE_PAIRS, PAGE_BYTES)?;
        self.next = page.last().map(|(key, _)| Bound::Excluded(key.clone()));
        self.page = page.into_iter();
        Ok(())
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Pair, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0
            && let Err(error) = self.turn()
        {
            return Some(Err(error));
        }
        self.page.next().map(Ok)
    }
}

/// The first key after all keys with this prefix.
fn end_of(prefix: &[u8]) -> Bound<Vec<u8>> {
    let Some(place) = prefix.iter().rposition(|byte| *byte < u8::MAX) else { return Bound::Unbounded };
    let mut end = prefix[..=place].to_vec();
    end[place] += 1;
    Bound::Excluded(end)
}

/// The engine panics on a range that ends before it begins.
fn empty(bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> bool {
    match bounds {
        (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_its_successor() {
        assert_eq!(end_of(b"ab"), Bound::Excluded(b"ac".to_vec()));
        assert_eq!(end_of(&[1, 255, 255]), Bound::Excluded(vec![2]));
        assert_eq!(end_of(&[255]), Bound::Unbounded);
        assert_eq!(end_of(&[]), Bound::Unbounded);
    }
}
