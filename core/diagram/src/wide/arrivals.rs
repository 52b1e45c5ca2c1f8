//! Where lines arrive at the left side of a box.

use super::ARRIVALS_APART;
use crate::drawing::{Px, px};

/// An arrival is so far from every port that is level with the box, so that the two lines are never one.
const CLEAR: Px = px(6);

/// Heights for `count` lines from top to bottom; the one at position `straight` arrives on the axis. `sides`: the highest
/// and the lowest height; `leaving`: heights that must be kept clear, ascending.
pub(super) fn heights(
    count: usize,
    straight: Option<usize>,
    axis: Px,
    (top, bottom): (Px, Px),
    leaving: &[Px],
    steps: &mut u64,
) -> Vec<Px> {
    let mut is_clear = |height: Px| {
        let from = leaving.partition_point(|port| *port <= height - CLEAR);
        *steps = steps.saturating_add(1);
        leaving.get(from).is_none_or(|port| *port >= height + CLEAR)
    };
    let mut free: Vec<Px> = Vec::new();
    if straight.is_none() && is_clear(axis) {
        free.push(axis);
    }
    // Every place above and below the axis, the nearest first.
    let mut distance = ARRIVALS_APART;
    while axis - distance >= top || axis + distance <= bottom {
        free.extend(
            [axis - distance, axis + distance].into_iter().filter(|at| (top..=bottom).contains(at) && is_clear(*at)),
        );
        distance += ARRIVALS_APART;
    }
    let others = count.saturating_sub(usize::from(straight.is_some()));
    let mut chosen: Vec<Px> = match straight {
        None => free.iter().copied().take(others).collect(),
        Some(before) => {
            let above: Vec<Px> = free.iter().copied().filter(|at| *at < axis).take(before).collect();
            let below = others.saturating_sub(above.len());
            let below: Vec<Px> = free.iter().copied().filter(|at| *at > axis).take(below).collect();
            above.into_iter().chain(below).chain([axis]).collect()
        }
    };
    let rest: Vec<Px> = free.into_iter().filter(|at| !chosen.contains(at)).collect();
    chosen.extend(rest.into_iter().take(count.saturating_sub(chosen.len())));
    chosen.sort_unstable();
    chosen
}
