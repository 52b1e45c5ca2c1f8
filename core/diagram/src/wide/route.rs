//! The tracks between the columns, the lanes over and under the boxes, and the lines along them.

use super::{BOX_WIDTH, LOOP_HEIGHT, Route, Wide};
use crate::drawing::{Anchor, Line, Point, Px, half, px};
use crate::place::{CLEAR, LANES_APART, Wording, times};
use crate::ranks::{at, put};
use crate::tracks::{Stretch, assign};

/// Further away than any line.
const FAR: Px = px(1 << 40);
/// From the place after the last track to the box: with that place, a corner and the head of an arrow.
const HEAD_ROOM: Px = px(12);
/// From the boxes to the first lane.
const LANES_FROM: Px = px(24);
/// Places at the lower side of a box, from its left.
const BELOW_FIRST: Px = px(18);
const BELOW_APART: Px = px(14);
const BELOW_LEAVES: Px = px(76);
/// Ends of a loop, from the left of its box.
const LOOP_FROM: Px = px(7);
const LOOP_TO: Px = px(125);

/// The space to the left of a column.
#[derive(Clone, Copy, Debug, Default)]
struct Channel {
    /// Where it begins.
    x: Px,
    /// The width of the words in it.
    zone: Px,
}

/// What each link takes in the channels and lanes.
struct Courses {
    /// Track in the channel where the link leaves, and where it arrives.
    out: Vec<Option<usize>>,
    into: Vec<Option<usize>>,
    /// Lane over or under the boxes.
    lane: Vec<usize>,
    channels: Vec<Channel>,
    columns: Vec<Px>,
    over: Px,
    under: Px,
}

impl Wide<'_> {
    /// The left sides of the columns, and all lines.
    pub(super) fn lines(&mut self) -> (Vec<Px>, Vec<Line>) {
        let courses = self.courses();
        let lines = (0..self.ranks.links.len()).filter_map(|link| self.line(link, &courses)).collect();
        (courses.columns, lines)
    }

    fn courses(&mut self) -> Courses {
        let count = self.ranks.links.len();
        let channels = self.ranks.layers.len().saturating_add(1);
        // Stretch, link and order of each line in each channel; those that leave, then those that only arrive.
        let mut leaving: Vec<Vec<(Px, usize, Stretch)>> = vec![Vec::new(); channels];
        let mut arriving: Vec<Vec<(Px, usize, Stretch)>> = vec![Vec::new(); channels];
        for (position, link) in self.ranks.links.iter().enumerate() {
            let route = at(&self.routes, position);
            let (from, to) = (self.leaves_at(position), self.arrives_at(position));
            let far = if route == Route::Over { px(0) - FAR } else { FAR };
            let (leaves, arrives) = match (route, from, to) {
                (Route::Loop, ..) => continue,
                (Route::Next, Some(from), Some(to)) if from == to => (None, None),
                (Route::Next, Some(from), Some(to)) => (Some((from, to)), None),
                (_, from, to) => (from.map(|from| (from, far)), to.map(|to| (to, far))),
            };
            // Lines that turn down turn the earlier the lower they leave, so that they do not cross.
            let order = |(from, to): (Px, Px)| if to > from { px(0) - from } else { from };
            let leaves_in = at(&self.ranks.layer, link.source).saturating_add(1);
            if let (Some((from, to)), Some(list)) = (leaves, leaving.get_mut(leaves_in)) {
                list.push((order((from, to)), position, Stretch::between(from, to)));
            }
            if let (Some((from, to)), Some(list)) = (arrives, arriving.get_mut(at(&self.ranks.layer, link.target))) {
                list.push((px(0) - order((from, to)), position, Stretch::between(from, to)));
            }
        }
        let mut courses = Courses {
            out: vec![None; count],
            into: vec![None; count],
            lane: self.lanes(),
            channels: Vec::new(),
            columns: Vec::new(),
            over: px(0),
            under: px(0),
        };
        let mut x = px(0);
        for (channel, (leaving, arriving)) in leaving.into_iter().zip(arriving).enumerate() {
            let first = self.tracks(leaving, 0, &mut courses.out);
            let tracks = self.tracks(arriving, first, &mut courses.into);
            let zone = self.zone(channel);
            courses.channels.push(Channel { x, zone });
            let between = channel > 0 && channel < self.ranks.layers.len();
            let width = self.first_track(zone) + times(tracks, LANES_APART) + HEAD_ROOM;
            x += if between { width.max(px(44)) } else { width };
            courses.columns.push(x);
            x += BOX_WIDTH;
        }
        let tops = self.berths.iter().map(|berth| berth.axis - berth.cell_top);
        courses.over = tops.min().unwrap_or_default() - LANES_FROM;
        let bottoms = self.berths.iter().map(|berth| berth.axis + berth.cell_bottom);
        courses.under = bottoms.max().unwrap_or_default() + LANES_FROM;
        courses
    }

    /// Gives the lines of a channel tracks from `first` on; gives the number of the next track.
    fn tracks(&mut self, mut lines: Vec<(Px, usize, Stretch)>, first: usize, tracks: &mut [Option<usize>]) -> usize {
        lines.sort_by_key(|(order, link, _)| (*order, *link));
        let stretches: Vec<Stretch> = lines.iter().map(|(.., stretch)| *stretch).collect();
        let (assigned, count) = assign(&stretches, &mut self.steps);
        for ((_, link, _), track) in lines.iter().zip(assigned) {
            put(tracks, *link, Some(first.saturating_add(track)));
        }
        first.saturating_add(count)
    }

    /// From the left of a channel to its first track: words and the marks of a counterexample come before it.
    fn first_track(&self, zone: Px) -> Px {
        if zone > px(0) { zone + self.mark_room } else { px(12) }
    }

    /// The width of the words in the channel to the right of a layer, with what keeps them clear.
    fn zone(&self, channel: usize) -> Px {
        let layer = channel.checked_sub(1).and_then(|layer| self.ranks.layers.get(layer));
        let mut zone = px(0);
        for state in layer.into_iter().flatten() {
            let berth = self.berth(*state);
            let width = |link: usize| self.wordings.get(link).map(Wording::width).unwrap_or_default();
            let beside = berth.right.iter().map(|(link, _)| width(*link) + CLEAR + CLEAR);
            let below = berth.below.map(|link| BELOW_LEAVES + px(22) + width(link) - BOX_WIDTH);
            zone = beside.chain(below).fold(zone, Px::max);
        }
        zone
    }

    /// A lane for each link that goes round; places are counted in columns and the channels between them.
    fn lanes(&mut self) -> Vec<usize> {
        let mut lanes = vec![0; self.ranks.links.len()];
        for route in [Route::Over, Route::Under] {
            let mut here: Vec<(usize, Stretch)> = Vec::new();
            for (position, link) in self.ranks.links.iter().enumerate() {
                if at(&self.routes, position) != route {
                    continue;
                }
                let place = |layer: usize, beside: usize| times(layer.saturating_mul(2).saturating_add(beside), px(10));
                let leaves = if self.leaves_at(position).is_some() { 2 } else { 1 };
                let arrives = if self.arrives_at(position).is_some() { 0 } else { 1 };
                let from = place(at(&self.ranks.layer, link.source), leaves);
                let to = place(at(&self.ranks.layer, link.target), arrives);
                here.push((position, Stretch::between(from, to)));
            }
            here.sort_by_key(|(link, stretch)| (stretch.to - stretch.from, *link));
            let stretches: Vec<Stretch> = here.iter().map(|(_, stretch)| *stretch).collect();
            let (tracks, _) = assign(&stretches, &mut self.steps);
            here.iter().zip(tracks).for_each(|((link, _), track)| put(&mut lanes, *link, track));
        }
        lanes
    }

    fn line(&self, position: usize, courses: &Courses) -> Option<Line> {
        let (link, wording) = (self.ranks.links.get(position)?, self.wordings.get(position)?);
        let (source, target) = (at(&self.ranks.layer, link.source), at(&self.ranks.layer, link.target));
        let (left, left_target) = (at(&courses.columns, source), at(&courses.columns, target));
        let (berth, berth_target) = (self.berth(link.source), self.berth(link.target));
        if at(&self.routes, position) == Route::Loop {
            let (top, high) = (berth.axis - berth.top, berth.axis - berth.top - LOOP_HEIGHT);
            let corners = [(LOOP_FROM, top), (LOOP_FROM, high), (LOOP_TO, high), (LOOP_TO, top)];
            let points = corners.into_iter().map(|(x, y)| Point { x: left + x, y }).collect();
            let texts = wording.along(left + half(BOX_WIDTH), high, Anchor::Middle);
            return Some(wording.line(link, points, texts, Point { x: left, y: top - px(12) }));
        }
        let channel = courses.channels.get(source.saturating_add(1)).copied().unwrap_or_default();
        let track = |channel: usize, track: usize| {
            let channel = courses.channels.get(channel).copied().unwrap_or_default();
            channel.x + self.first_track(channel.zone) + times(track, LANES_APART)
        };
        let lane = times(at(&courses.lane, position), LANES_APART + px(4));
        let lane = if at(&self.routes, position) == Route::Over { courses.over - lane } else { courses.under + lane };
        let mut corners: Vec<(Px, Px)> = Vec::new();
        let (texts, mark) = match self.leaves_at(position) {
            Some(from) => {
                corners.push((left + BOX_WIDTH, from));
                if let Some(out) = at(&courses.out, position) {
                    let x = track(source.saturating_add(1), out);
                    let to = self.arrives_at(position).filter(|_| at(&self.routes, position) == Route::Next);
                    corners.extend([(x, from), (x, to.unwrap_or(lane))]);
                }
                let middle = channel.x + half(channel.zone);
                let mark = Point { x: channel.x + channel.zone + px(14), y: from };
                (wording.along(middle, from, Anchor::Middle), mark)
            }
            None => {
                let (x, from) = (left + BELOW_LEAVES, berth.axis + berth.bottom);
                corners.extend([(x, from), (x, lane)]);
                (
                    wording.beside(x + px(14), berth.axis + berth.cell_bottom - self.below_height(position)),
                    Point { x, y: from + px(14) },
                )
            }
        };
        match self.arrives_at(position) {
            Some(to) => {
                if let Some(into) = at(&courses.into, position) {
                    let x = track(target, into);
                    corners.extend([(x, lane), (x, to)]);
                }
                corners.push((left_target, to));
            }
            None => {
                let index = berth_target.from_below.iter().position(|found| *found == position).unwrap_or(0);
                let x = left_target + BELOW_FIRST + times(index, BELOW_APART);
                corners.extend([(x, lane), (x, berth_target.axis + berth_target.bottom)]);
            }
        }
        let points = corners.into_iter().map(|(x, y)| Point { x, y }).collect();
        Some(wording.line(link, points, texts, mark))
    }

    /// How far above the end of its cell the words below a box begin.
    fn below_height(&self, link: usize) -> Px {
        self.wordings.get(link).map(Wording::height_beside).unwrap_or_default() - px(6)
    }
}
