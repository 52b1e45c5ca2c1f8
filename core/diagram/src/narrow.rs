//! From top to bottom: one column of boxes in the order of the layers; what leads further on runs at the right, what
//! leads back at the left.
//!
//! No line can meet a box: all but the straight ones run in lanes beside the column. No two run on each other: ports of
//! one side stand apart, and lanes are shared only by lines that are apart.

use crate::drawing::{Anchor, Area, Layout, Line, Point, Px, half, px};
use crate::model::Diagram;
use crate::overlay::Colours;
use crate::place::{CLEAR, Content, FACT_ROOM, Form, LANES_APART, Wording, frame, times};
use crate::ranks::{Ranks, at, put};
use crate::tracks::{Stretch, assign};

/// Narrower than those of the wide form: a telephone shows them without making them smaller.
const BOX_WIDTH: Px = px(128);
const FORM: Form = Form { box_width: BOX_WIDTH, margin: px(8), badge_above: false };
/// Width of a label beside a box: it takes room from everything.
const LABEL_WIDTH: Px = px(72);
/// Width of a label between two boxes, where there is room.
const LABEL_WIDTH_BETWEEN: Px = px(112);
/// Distance of arriving lines at a side.
const ARRIVALS_APART: Px = px(14);
/// Least distance of two boxes.
const GAP: Px = px(36);
/// What a label of a straight line needs beside the column.
const BESIDE_MIN: Px = px(40);

/// Where a link runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Down,
    Right,
    Left,
}

/// The ports of one side of a box: links that arrive, and below them links that leave.
#[derive(Clone, Debug, Default)]
struct Ports {
    arrive: Vec<usize>,
    leave: Vec<usize>,
}

struct Column<'a> {
    ranks: &'a Ranks,
    sides: Vec<Side>,
    wordings: Vec<Wording>,
    left: Vec<Ports>,
    right: Vec<Ports>,
    down: Vec<Option<usize>>,
    areas: Vec<Area>,
    /// Where each link leaves and where it arrives, from the top.
    leaves: Vec<Px>,
    arrives: Vec<Px>,
    /// From the words of a side to its first lane.
    mark_room: Px,
    steps: u64,
}

pub(crate) fn layout(diagram: &Diagram, ranks: &Ranks, colours: &Colours, monograms: &[String]) -> Layout {
    let order: Vec<usize> = ranks.layers.iter().flatten().copied().collect();
    let mut rows = vec![0_usize; diagram.states.len()];
    order.iter().enumerate().for_each(|(row, state)| put(&mut rows, *state, row));
    let sides: Vec<Side> =
        ranks.links.iter().map(|link| side(at(&rows, link.source), at(&rows, link.target))).collect();
    let wording = |(link, side): (&_, &Side)| {
        let width = if *side == Side::Down { LABEL_WIDTH_BETWEEN } else { LABEL_WIDTH };
        Wording::of(diagram, link, colours, width)
    };
    let mut column = Column {
        ranks,
        wordings: ranks.links.iter().zip(&sides).map(wording).collect(),
        sides,
        left: vec![Ports::default(); diagram.states.len()],
        right: vec![Ports::default(); diagram.states.len()],
        down: vec![None; diagram.states.len()],
        areas: vec![Area::default(); diagram.states.len()],
        leaves: vec![px(0); ranks.links.len()],
        arrives: vec![px(0); ranks.links.len()],
        mark_room: if colours.has_marks() { px(14) } else { px(6) },
        steps: ranks.steps,
    };
    column.dock();
    let contents: Vec<Content> =
        (0..diagram.states.len()).map(|state| Content::of(diagram, state, colours, monograms, FORM)).collect();
    let mut y = px(0);
    for state in order {
        y = column.set(state, contents.get(state).map(Content::height).unwrap_or_default(), y);
    }
    let boxes = contents.iter().enumerate().map(|(state, content)| {
        content.fill(state, column.areas.get(state).copied().unwrap_or_default(), colours, px(0))
    });
    let boxes = boxes.collect();
    let lines = column.lines();
    frame(Layout { boxes, lines, steps: column.steps, ..Layout::default() }, FORM.margin)
}

fn side(from: usize, to: usize) -> Side {
    if to == from.saturating_add(1) {
        Side::Down
    } else if to < from {
        Side::Left
    } else {
        Side::Right
    }
}

impl Column<'_> {
    /// Gives each link its sides.
    fn dock(&mut self) {
        for (position, (link, side)) in self.ranks.links.iter().zip(&self.sides).enumerate() {
            self.steps = self.steps.saturating_add(1);
            let ports = match side {
                Side::Down => {
                    put(&mut self.down, link.source, Some(position));
                    continue;
                }
                Side::Left => &mut self.left,
                Side::Right => &mut self.right,
            };
            if let Some(ports) = ports.get_mut(link.source) {
                ports.leave.push(position);
            }
            if let Some(ports) = ports.get_mut(link.target) {
                ports.arrive.push(position);
            }
        }
    }

    /// What the ports of a side need, and how far below its top each stands.
    fn offsets(&self, ports: &Ports) -> (Vec<(usize, Px)>, Px) {
        let mut y = px(6);
        let mut offsets = Vec::new();
        for link in &ports.arrive {
            y += ARRIVALS_APART;
            offsets.push((*link, y));
        }
        for link in &ports.leave {
            y += self.wordings.get(*link).map(Wording::height).unwrap_or_default() + px(4);
            offsets.push((*link, y));
            y += FACT_ROOM;
        }
        let height = if offsets.is_empty() { px(0) } else { y + px(10) };
        (offsets, height)
    }

    /// Puts a box at `y`; gives where the next may begin.
    fn set(&mut self, state: usize, content: Px, y: Px) -> Px {
        let sides = [self.left.get(state), self.right.get(state)];
        let placed: Vec<_> = sides.into_iter().flatten().map(|ports| (ports.clone(), self.offsets(ports))).collect();
        let height = placed.iter().map(|(_, (_, height))| *height).max().unwrap_or_default().max(content);
        for (ports, (offsets, need)) in placed {
            let spare = y + half(height - need);
            for (index, (link, offset)) in offsets.into_iter().enumerate() {
                self.steps = self.steps.saturating_add(1);
                let list = if index < ports.arrive.len() { &mut self.arrives } else { &mut self.leaves };
                put(list, link, spare + offset);
            }
        }
        put(&mut self.areas, state, Area { x: px(0), y, width: BOX_WIDTH, height });
        let label = at(&self.down, state).and_then(|link| self.wordings.get(link)).map(Wording::height_beside);
        y + height + GAP.max(label.unwrap_or_default() + px(14))
    }

    /// The width of the words at a side, with what keeps them clear of boxes, lanes and marks.
    fn zone(&self, side: Side) -> Px {
        let least = if side == Side::Right { BESIDE_MIN } else { px(0) };
        let here = self.wordings.iter().zip(&self.sides).filter(|(_, found)| **found == side);
        here.map(|(wording, _)| wording.width()).max().unwrap_or_default().max(least) + CLEAR + self.mark_room
    }

    /// The lanes of a side: for each link that runs there, how far out.
    fn lanes(&mut self, side: Side) -> Vec<Option<usize>> {
        let mut lanes = vec![None; self.sides.len()];
        let stretch = |link: usize| Stretch::between(at(&self.leaves, link), at(&self.arrives, link));
        let here = self.sides.iter().enumerate().filter(|(_, found)| **found == side);
        let mut here: Vec<(usize, Stretch)> = here.map(|(link, _)| (link, stretch(link))).collect();
        here.sort_by_key(|(link, stretch)| (stretch.to - stretch.from, *link));
        let stretches: Vec<Stretch> = here.iter().map(|(_, stretch)| *stretch).collect();
        let (tracks, _) = assign(&stretches, &mut self.steps);
        here.iter().zip(tracks).for_each(|((link, _), track)| put(&mut lanes, *link, Some(track)));
        lanes
    }

    fn lines(&mut self) -> Vec<Line> {
        let (right, left) = (self.lanes(Side::Right), self.lanes(Side::Left));
        let (right_zone, left_zone) = (self.zone(Side::Right), self.zone(Side::Left));
        let middle = half(BOX_WIDTH);
        let mut lines = Vec::new();
        for (position, link) in self.ranks.links.iter().enumerate() {
            let Some(wording) = self.wordings.get(position) else { continue };
            let (from, to) = (at(&self.leaves, position), at(&self.arrives, position));
            let (edge, lane, text_x, anchor) = match at(&self.sides, position) {
                Side::Down => {
                    let area = |state: usize| self.areas.get(state).copied().unwrap_or_default();
                    let (top, bottom) = (area(link.source).bottom(), area(link.target).y);
                    let points = vec![Point { x: middle, y: top }, Point { x: middle, y: bottom }];
                    let texts = wording.beside(middle + px(14), top + px(22));
                    lines.push(wording.line(link, points, texts, Point { x: middle, y: top + px(16) }));
                    continue;
                }
                Side::Right => {
                    let out = times(at(&right, position).unwrap_or_default(), LANES_APART);
                    let lane = BOX_WIDTH + right_zone + out;
                    (BOX_WIDTH, lane, BOX_WIDTH + CLEAR, Anchor::Start)
                }
                Side::Left => {
                    let out = times(at(&left, position).unwrap_or_default(), LANES_APART);
                    (px(0), px(0) - left_zone - out, px(0) - CLEAR, Anchor::End)
                }
            };
            let points = [(edge, from), (lane, from), (lane, to), (edge, to)];
            let points = points.into_iter().map(|(x, y)| Point { x, y }).collect();
            let texts = wording.along(text_x, from, anchor);
            lines.push(wording.line(link, points, texts, Point { x: lane, y: from }));
        }
        lines
    }
}
