//! Parallel lines side by side: which may share a track.

use crate::drawing::{Px, px};

/// What one line takes of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub from: Px,
    pub to: Px,
}

impl Stretch {
    pub fn between(one: Px, other: Px) -> Self {
        Self { from: one.min(other), to: one.max(other) }
    }
}

/// Distance between two lines on one track.
const APART: Px = px(6);

/// A track for each stretch, in their order: the first where it is apart from all that are there. With the number of
/// tracks.
pub(crate) fn assign(stretches: &[Stretch], steps: &mut u64) -> (Vec<usize>, usize) {
    let mut tracks: Vec<Vec<Stretch>> = Vec::new();
    let mut assigned = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let free = tracks.iter().position(|track| {
            track.iter().all(|taken| {
                *steps = steps.saturating_add(1);
                stretch.to + APART < taken.from || taken.to + APART < stretch.from
            })
        });
        let track = free.unwrap_or(tracks.len());
        match tracks.get_mut(track) {
            Some(taken) => taken.push(*stretch),
            None => tracks.push(vec![*stretch]),
        }
        assigned.push(track);
    }
    (assigned, tracks.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_apart_shares_a_track() {
        let stretch = |from, to| Stretch::between(px(from), px(to));
        let stretches = [stretch(0, 10), stretch(20, 12), stretch(5, 30), stretch(17, 18)];
        assert_eq!(assign(&stretches, &mut 0), (vec![0, 1, 2, 0], 3));
    }
}
