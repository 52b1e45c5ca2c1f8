//! A line as the path data of SVG, with rounded corners.

use crate::drawing::{Point, Px, half, px};

/// Radius of a corner.
pub const CORNER: Px = px(8);

/// The path data of a line whose corners are right angles, rounded by 8 px or half of the shorter side.
pub fn path(points: &[Point]) -> String {
    let Some(first) = points.first() else { return String::new() };
    let mut text = format!("M{} {}", first.x, first.y);
    for window in points.windows(3) {
        let [before, corner, after] = window else { continue };
        let radius = CORNER.min(half(apart(*before, *corner))).min(half(apart(*corner, *after)));
        let (enter, leave) = (towards(*corner, *before, radius), towards(*corner, *after, radius));
        text.push_str(&format!("L{} {}Q{} {} {} {}", enter.x, enter.y, corner.x, corner.y, leave.x, leave.y));
    }
    if let Some(last) = points.last() {
        text.push_str(&format!("L{} {}", last.x, last.y));
    }
    text
}

/// The distance along a line that is level or upright.
pub(crate) fn apart(from: Point, to: Point) -> Px {
    px((from.x - to.x).0.saturating_abs().max((from.y - to.y).0.saturating_abs()))
}

/// The point so far from `from` in the direction of `to`.
pub(crate) fn towards(from: Point, to: Point, length: Px) -> Point {
    let step = |from: Px, to: Px| px((to - from).0.signum()) * length;
    Point { x: from.x + step(from.x, to.x), y: from.y + step(from.y, to.y) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: i64, y: i64) -> Point {
        Point { x: px(x), y: px(y) }
    }

    #[test]
    fn corners_are_rounded() {
        assert_eq!(path(&[at(0, 0), at(20, 0), at(20, 30)]), "M0 0L12 0Q20 0 20 8L20 30");
        assert_eq!(path(&[at(0, 0), at(6, 0), at(6, 30)]), "M0 0L3 0Q6 0 6 3L6 30");
    }
}
