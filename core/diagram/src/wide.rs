//! From left to right: a column of boxes for each layer, and between the columns the words and the tracks of the lines.
//!
//! What leads to the next layer runs between the two columns. What leads further, or back, goes round: over the boxes if
//! it is a short cut to a good end, under them if it leads back or ends badly. So no line can meet a box, and where two
//! lines run side by side each has a track of its own. Words stand beside the box that their line leaves, where only
//! that line runs.

mod arrivals;
mod route;

use crate::drawing::{Area, Layout, Px, half, px};
use crate::model::Diagram;
use crate::overlay::Colours;
use crate::place::{Content, FACT_ROOM, Form, MARK_ROOM, Wording, frame, times};
use crate::ranks::{Ranks, at, places, put};

/// Width of a box.
pub(crate) const BOX_WIDTH: Px = px(132);
const FORM: Form = Form { box_width: BOX_WIDTH, margin: px(12), badge_above: true };
/// Width of a label.
pub(crate) const LABEL_WIDTH: Px = px(116);
/// Distance of two boxes of a layer.
const BOXES_APART: Px = px(28);
/// Distance of arriving lines at a side.
pub(crate) const ARRIVALS_APART: Px = px(12);
/// Height of a loop above its box.
pub(crate) const LOOP_HEIGHT: Px = px(32);
/// Most lines that arrive at the lower side of a box.
const BELOW_MAX: usize = 4;

/// Where a link runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Route {
    /// Over the boxes.
    Over,
    /// To the next layer.
    #[default]
    Next,
    /// Under the boxes.
    Under,
    /// From a box to itself.
    Loop,
}

/// One box with its ports; distances are from its axis, on which the line that goes straight on leaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Berth {
    /// Links that leave at the right, from the top, with their distance.
    pub right: Vec<(usize, Px)>,
    /// Links that arrive at the left, from the top; where, once that is known.
    pub left: Vec<(usize, Px)>,
    /// The link that leaves below.
    pub below: Option<usize>,
    /// Links that arrive below.
    pub from_below: Vec<usize>,
    pub own_loop: Option<usize>,
    /// How far the box reaches above and below the axis.
    pub top: Px,
    pub bottom: Px,
    /// The same with what stands above and below it.
    pub cell_top: Px,
    pub cell_bottom: Px,
    /// Where the axis is.
    pub axis: Px,
}

pub(crate) struct Wide<'a> {
    pub ranks: &'a Ranks,
    pub routes: Vec<Route>,
    pub wordings: Vec<Wording>,
    pub berths: Vec<Berth>,
    /// What marks take in each channel with words: none if there is no counterexample.
    pub mark_room: Px,
    pub steps: u64,
}

pub(crate) fn layout(diagram: &Diagram, ranks: &Ranks, colours: &Colours, monograms: &[String]) -> Layout {
    let mut wide = Wide {
        ranks,
        routes: ranks.links.iter().map(|link| route(diagram, ranks, link)).collect(),
        wordings: ranks.links.iter().map(|link| Wording::of(diagram, link, colours, LABEL_WIDTH)).collect(),
        berths: vec![Berth::default(); diagram.states.len()],
        mark_room: if colours.has_marks() { MARK_ROOM } else { px(0) },
        steps: ranks.steps,
    };
    wide.dock();
    let contents: Vec<Content> =
        (0..diagram.states.len()).map(|state| Content::of(diagram, state, colours, monograms, FORM)).collect();
    for (state, content) in contents.iter().enumerate() {
        wide.extend(state, content);
    }
    for layer in &ranks.layers {
        wide.stack(layer);
    }
    for layer in 0..ranks.layers.len() {
        wide.arrive(layer);
    }
    let (columns, lines) = wide.lines();
    let boxes = contents.iter().enumerate().map(|(state, content)| {
        let berth = wide.berth(state);
        let x = at(&columns, at(&ranks.layer, state));
        let area = Area { x, y: berth.axis - berth.top, width: BOX_WIDTH, height: berth.top + berth.bottom };
        content.fill(state, area, colours, wide.loop_height(&berth))
    });
    let boxes = boxes.collect();
    frame(Layout { boxes, lines, steps: wide.steps, ..Layout::default() }, FORM.margin)
}

fn route(diagram: &Diagram, ranks: &Ranks, link: &crate::ranks::Link) -> Route {
    let (from, to) = (at(&ranks.layer, link.source), at(&ranks.layer, link.target));
    let ends_badly = diagram.states.get(link.target).is_some_and(|state| {
        matches!(state.kind, crate::StateKind::End(outcome) if outcome != countersign_workflow::Outcome::Success)
    });
    if link.source == link.target {
        Route::Loop
    } else if to == from.saturating_add(1) {
        Route::Next
    } else if to <= from || ends_badly {
        Route::Under
    } else {
        Route::Over
    }
}

impl Wide<'_> {
    pub fn berth(&self, state: usize) -> Berth {
        at(&self.berths, state)
    }

    fn wording_height(&self, link: usize) -> Px {
        self.wordings.get(link).map(Wording::height).unwrap_or_default()
    }

    /// Gives each link its sides, and each side its order.
    fn dock(&mut self) {
        let mut lowest = vec![false; self.berths.len()];
        self.ranks.layers.iter().filter_map(|layer| layer.last()).for_each(|state| put(&mut lowest, *state, true));
        for (position, link) in self.ranks.links.iter().enumerate() {
            self.steps = self.steps.saturating_add(1);
            let route = at(&self.routes, position);
            if let Some(berth) = self.berths.get_mut(link.source) {
                match route {
                    Route::Loop => berth.own_loop = Some(position),
                    Route::Under if at(&lowest, link.source) && berth.below.is_none() => berth.below = Some(position),
                    _ => berth.right.push((position, px(0))),
                }
            }
            if let Some(berth) = self.berths.get_mut(link.target) {
                match route {
                    Route::Loop => {}
                    Route::Under if at(&lowest, link.target) && berth.from_below.len() < BELOW_MAX => {
                        berth.from_below.push(position);
                    }
                    _ => berth.left.push((position, px(0))),
                }
            }
        }
        let place = places(&self.ranks.layers);
        let (links, routes) = (&self.ranks.links, &self.routes);
        let end =
            |link: usize, of: fn(&crate::ranks::Link) -> usize| links.get(link).map_or(0, |link| at(&place, of(link)));
        for berth in &mut self.berths {
            berth.right.sort_by_key(|(link, _)| (at(routes, *link), end(*link, |link| link.target), *link));
            berth.left.sort_by_key(|(link, _)| (at(routes, *link), end(*link, |link| link.source), *link));
        }
    }

    /// Spreads the ports at the right of a box, and finds how far it reaches.
    fn extend(&mut self, state: usize, content: &Content) {
        let mut berth = self.berth(state);
        let axis = self.axis_port(state, &berth);
        let pitch = |wide: &Self, lower: usize| FACT_ROOM + wide.wording_height(lower) + px(6);
        let mut offset = px(0);
        let mut offsets = vec![px(0); berth.right.len()];
        for (index, (link, _)) in berth.right.iter().enumerate().skip(axis.saturating_add(1)) {
            offset += pitch(self, *link);
            put(&mut offsets, index, offset);
        }
        let lowest = offset;
        offset = px(0);
        for index in (0..axis).rev() {
            let lower = berth.right.get(index.saturating_add(1)).map_or(0, |(link, _)| *link);
            offset -= pitch(self, lower);
            put(&mut offsets, index, offset);
        }
        let highest = offset;
        berth.right.iter_mut().zip(offsets).for_each(|((_, to), offset)| *to = offset);
        let half = half(content.height()) + px(1);
        berth.top = half.max(px(14) - highest);
        berth.bottom = half.max(lowest + px(14));
        // Each arrival needs a place, and each port of the layer before may take one.
        let arrivals = times(berth.left.len(), px(18)) + px(40);
        berth.bottom = berth.bottom.max(if berth.left.len() > 1 { arrivals - berth.top } else { px(0) });
        let first = berth.right.first().map(|(link, offset)| self.wording_height(*link) - *offset);
        let above = berth.top + self.loop_height(&berth) + content.badge_room();
        berth.cell_top = above.max(first.unwrap_or_default()) + px(4);
        let facts = if berth.right.is_empty() { px(0) } else { lowest + FACT_ROOM };
        let below = berth.below.and_then(|link| self.wordings.get(link)).map(Wording::height_beside);
        berth.cell_bottom = berth.bottom.max(facts) + below.map_or(px(4), |height| height + px(16));
        put(&mut self.berths, state, berth);
    }

    /// What a loop and its words take above a box.
    pub fn loop_height(&self, berth: &Berth) -> Px {
        berth.own_loop.map_or(px(0), |link| LOOP_HEIGHT + self.wording_height(link))
    }

    /// The port that goes straight on: that of the main way, or else the first to the next layer.
    fn axis_port(&self, state: usize, berth: &Berth) -> usize {
        let next = |(link, _): &(usize, Px)| at(&self.routes, *link) == Route::Next;
        let main = |(link, _): &(usize, Px)| {
            let target = self.ranks.links.get(*link).map(|link| link.target);
            at(&self.ranks.main, state) && target.is_some_and(|target| at(&self.ranks.main, target))
        };
        let found = berth.right.iter().position(|port| next(port) && main(port));
        found.or_else(|| berth.right.iter().position(next)).unwrap_or(0)
    }

    /// Puts the boxes of a layer below each other: the main way on one line, others level with where they come from if
    /// there is room.
    fn stack(&mut self, layer: &[usize]) {
        let mut cursor: Option<Px> = None;
        for state in layer {
            self.steps = self.steps.saturating_add(1);
            let mut berth = self.berth(*state);
            let from = berth.left.iter().find(|(link, _)| at(&self.routes, *link) == Route::Next);
            let level = from.and_then(|(link, _)| self.leaves_at(*link));
            let wished = if at(&self.ranks.main, *state) { px(0) } else { level.unwrap_or_default() };
            berth.axis = cursor.map_or(wished, |cursor| wished.max(cursor + berth.cell_top));
            cursor = Some(berth.axis + berth.cell_bottom + BOXES_APART);
            put(&mut self.berths, *state, berth);
        }
    }

    /// The height at which a link leaves at the right of its box; none if it leaves elsewhere.
    pub fn leaves_at(&self, link: usize) -> Option<Px> {
        let berth = self.berths.get(self.ranks.links.get(link)?.source)?;
        let (_, offset) = berth.right.iter().find(|(found, _)| *found == link)?;
        Some(berth.axis + *offset)
    }

    /// The height at which a link arrives at the left of its box; none if it arrives elsewhere.
    pub fn arrives_at(&self, link: usize) -> Option<Px> {
        let berth = self.berths.get(self.ranks.links.get(link)?.target)?;
        berth.left.iter().find(|(found, _)| *found == link).map(|(_, height)| *height)
    }

    /// Finds where links arrive at the left of the boxes of a layer: never level with a port of the layer before, so
    /// that no two lines run on each other between the layers, but for lines that go straight.
    fn arrive(&mut self, layer: usize) {
        let mut leaving: Vec<Px> = Vec::new();
        let before = layer.checked_sub(1).and_then(|before| self.ranks.layers.get(before));
        for state in before.into_iter().flatten() {
            let berth = self.berth(*state);
            leaving.extend(berth.right.iter().map(|(_, offset)| berth.axis + *offset));
        }
        leaving.sort_unstable();
        for state in self.ranks.layers.get(layer).into_iter().flatten() {
            let mut berth = self.berth(*state);
            let straight = berth.left.iter().position(|(link, _)| {
                at(&self.routes, *link) == Route::Next && self.leaves_at(*link) == Some(berth.axis)
            });
            let sides = (berth.axis - berth.top + px(10), berth.axis + berth.bottom - px(10));
            let heights = arrivals::heights(berth.left.len(), straight, berth.axis, sides, &leaving, &mut self.steps);
            berth.left.iter_mut().zip(heights).for_each(|((_, at), height)| *at = height);
            put(&mut self.berths, *state, berth);
        }
    }
}
