//! How many lines cross between neighbouring layers.

use crate::ranks::{Link, at, places};

/// The number of crossings, counted with a tree of sums (Barth, Mutzel and Jünger 2004).
pub(crate) fn count(layers: &[Vec<usize>], links: &[Link], steps: &mut u64) -> u64 {
    let place = places(layers);
    let mut layer_of = vec![0_usize; place.len()];
    for (layer, states) in layers.iter().enumerate() {
        states.iter().for_each(|state| crate::ranks::put(&mut layer_of, *state, layer));
    }
    let mut between: Vec<Vec<(usize, usize)>> = vec![Vec::new(); layers.len()];
    for link in links.iter().filter(|link| !link.back) {
        let (from, to) = (at(&layer_of, link.source), at(&layer_of, link.target));
        if to == from.saturating_add(1)
            && let Some(pairs) = between.get_mut(from)
        {
            pairs.push((at(&place, link.source), at(&place, link.target)));
        }
    }
    let mut crossings = 0_u64;
    for mut pairs in between {
        pairs.sort_unstable();
        let width = pairs.iter().map(|(_, to)| to.saturating_add(1)).max().unwrap_or(0);
        let mut sums = Sums(vec![0; width.saturating_add(1)]);
        for (seen, (_, to)) in pairs.iter().enumerate() {
            let before = sums.below(to.saturating_add(1), steps);
            crossings = crossings.saturating_add((seen as u64).saturating_sub(before));
            sums.add(*to, steps);
        }
    }
    crossings
}

/// Sums of prefixes (Fenwick 1994).
struct Sums(Vec<u64>);

impl Sums {
    /// How many were added at positions below `end`.
    fn below(&self, end: usize, steps: &mut u64) -> u64 {
        let (mut position, mut sum) = (end, 0_u64);
        while position > 0 {
            *steps = steps.saturating_add(1);
            sum = sum.saturating_add(at(&self.0, position));
            position &= position.saturating_sub(1);
        }
        sum
    }

    fn add(&mut self, position: usize, steps: &mut u64) {
        let mut position = position.saturating_add(1);
        while let Some(sum) = self.0.get_mut(position) {
            *steps = steps.saturating_add(1);
            *sum = sum.saturating_add(1);
            position = position.saturating_add(position & position.wrapping_neg());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_counted() {
        let link = |source, target| Link { source, target, edges: Vec::new(), back: false };
        let layers = vec![vec![0, 1, 2], vec![3, 4, 5]];
        let count = |links: &[Link]| count(&layers, links, &mut 0);
        assert_eq!(count(&[link(0, 3), link(1, 4), link(2, 5)]), 0);
        assert_eq!(count(&[link(0, 5), link(1, 4), link(2, 3)]), 3);
        assert_eq!(count(&[link(0, 4), link(0, 5), link(1, 3), link(1, 4)]), 3);
    }
}
