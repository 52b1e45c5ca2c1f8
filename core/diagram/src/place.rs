//! What both forms share: the words of a line, the content of a box, and the frame around everything.

use crate::drawing::{Anchor, Area, Box, Chip, Layout, Line, Mark, Point, Px, TextKind, half, px};
use crate::measure::{lines, stack, width};
use crate::model::{Diagram, StateKind};
use crate::overlay::{Colours, LineColour};
use crate::ranks::Link;

/// Height of a box with one line and no chips, at least.
const BOX_HEIGHT_MIN: Px = px(56);
/// Most lines of a title, of a label.
const TITLE_LINES_MAX: usize = 3;
const LABEL_LINES_MAX: usize = 4;
/// Most chips of a box; for those beyond there is a count.
const CHIPS_MAX: usize = 4;
const CHIP_HEIGHT: Px = px(18);
const CHIP_GAP: Px = px(4);
/// From a line to the base line of the text above it, and below it.
pub(crate) const ABOVE: Px = px(7);
pub(crate) const BELOW: Px = px(15);
/// What a fact takes below a line.
pub(crate) const FACT_ROOM: Px = px(20);
/// What a mark takes along a line.
pub(crate) const MARK_ROOM: Px = px(24);
/// From a box to the words of a line: the rim of the current state lies between them.
pub(crate) const CLEAR: Px = px(10);
/// Distance of parallel lines.
pub(crate) const LANES_APART: Px = px(12);

/// A number as a length.
pub(crate) fn times(count: usize, length: Px) -> Px {
    px(i64::try_from(count).unwrap_or(i64::MAX)) * length
}

/// The words of a line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wording {
    pub label: Vec<String>,
    pub fact: Vec<String>,
    pub colour: LineColour,
}

impl Wording {
    pub fn of(diagram: &Diagram, link: &Link, colours: &Colours, width_max: Px) -> Self {
        let mut label = String::new();
        for edge in link.edges.iter().filter_map(|edge| diagram.edges.get(*edge)) {
            if !label.is_empty() {
                label.push_str(", or ");
            }
            label.push_str(&edge.label);
        }
        let colour = colours.line(link.source, link.target);
        let fact = colour.fact.as_ref().map(|fact| fact.line(TextKind::Fact, width_max)).unwrap_or_default();
        Self { label: lines(&label, TextKind::Label, width_max, LABEL_LINES_MAX), fact, colour }
    }

    /// The width of the widest line.
    pub fn width(&self) -> Px {
        let label = self.label.iter().map(|line| width(line, TextKind::Label));
        let fact = self.fact.iter().map(|line| width(line, TextKind::Fact));
        label.chain(fact).max().unwrap_or_default()
    }

    /// What the label takes above its line.
    pub fn height(&self) -> Px {
        times(self.label.len(), TextKind::Label.line_height()) + ABOVE
    }

    /// Label above and fact below a level line at `y`.
    pub fn along(&self, x: Px, y: Px, anchor: Anchor) -> Vec<crate::TextLine> {
        let rise = times(self.label.len().saturating_sub(1), TextKind::Label.line_height());
        let mut texts = stack(&self.label, TextKind::Label, x, y - ABOVE - rise, anchor);
        texts.extend(stack(&self.fact, TextKind::Fact, x, y + BELOW, anchor));
        texts
    }

    /// Label and fact below each other, beside an upright line; the first base line is at `y`.
    pub fn beside(&self, x: Px, y: Px) -> Vec<crate::TextLine> {
        let mut texts = stack(&self.label, TextKind::Label, x, y, Anchor::Start);
        let below = y + times(self.label.len(), TextKind::Label.line_height());
        texts.extend(stack(&self.fact, TextKind::Fact, x, below, Anchor::Start));
        texts
    }

    /// What [`Wording::beside`] takes: always with room for a fact, so that a run does not move the lines.
    pub fn height_beside(&self) -> Px {
        times(self.label.len().saturating_add(1), TextKind::Label.line_height()) + px(8)
    }

    pub fn marks(&self, at: Point) -> Vec<Mark> {
        let text = self.colour.marks.join(",");
        if text.is_empty() { Vec::new() } else { vec![Mark { at, text }] }
    }

    pub fn line(&self, link: &Link, points: Vec<Point>, texts: Vec<crate::TextLine>, mark: Point) -> Line {
        Line {
            edges: link.edges.clone(),
            source: link.source,
            target: link.target,
            standing: self.colour.standing,
            points,
            texts,
            marks: self.marks(mark),
        }
    }
}

/// What a box holds, and how high it must be for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    title: Vec<String>,
    note: Vec<String>,
    chips: Vec<(Option<usize>, String)>,
    badge: Vec<String>,
}

/// What differs between the boxes of the two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Width of a box.
    pub box_width: Px,
    /// Around everything.
    pub margin: Px,
    /// Whether what a box says of now stands above it; else in it, where lines come from above.
    pub badge_above: bool,
}

/// Height of a badge with its distance to the box.
pub(crate) const BADGE_ROOM: Px = px(36);

impl Content {
    pub fn of(diagram: &Diagram, state: usize, colours: &Colours, monograms: &[String], form: Form) -> Self {
        let Some(found) = diagram.states.get(state) else { return Self::default() };
        let inner = form.box_width - px(16);
        let mut note = match found.kind {
            StateKind::End(outcome) => vec![format!("the end: {}", end_words(outcome))],
            StateKind::Step => Vec::new(),
        };
        let letters = |role: &usize| crate::ranks::at(monograms, *role);
        let shown = if found.roles.len() > CHIPS_MAX { CHIPS_MAX.saturating_sub(1) } else { CHIPS_MAX };
        let mut chips: Vec<(Option<usize>, String)> =
            found.roles.iter().take(shown).map(|role| (Some(*role), letters(role))).collect();
        if let more @ 1.. = found.roles.len().saturating_sub(shown) {
            chips.push((None, format!("+{more}")));
        }
        let badge = colours.badge.as_ref().filter(|_| colours.state(state) == crate::Standing::Current);
        let kind = if form.badge_above { TextKind::Title } else { TextKind::Note };
        let mut badge = badge.map(|badge| badge.line(kind, form.box_width - px(20))).unwrap_or_default();
        if !form.badge_above {
            note.append(&mut badge);
        }
        Self { title: lines(&found.title, TextKind::Title, inner, TITLE_LINES_MAX), note, chips, badge }
    }

    fn text_height(&self) -> Px {
        let title = times(self.title.len(), TextKind::Title.line_height());
        title + times(self.note.len(), TextKind::Note.line_height())
    }

    /// The height it needs.
    pub fn height(&self) -> Px {
        let chips = if self.chips.is_empty() { px(0) } else { CHIP_HEIGHT + px(6) };
        (self.text_height() + chips + px(20)).max(BOX_HEIGHT_MIN)
    }

    /// What the badge needs above the box.
    pub fn badge_room(&self) -> Px {
        if self.badge.is_empty() { px(0) } else { BADGE_ROOM }
    }

    /// The box with its content in the middle; `raised`: how far above it its badge stands beyond the usual distance.
    pub fn fill(&self, state: usize, area: Area, colours: &Colours, raised: Px) -> Box {
        let middle = area.x + half(area.width);
        let chips_height = if self.chips.is_empty() { px(0) } else { CHIP_HEIGHT + px(6) };
        let top = area.y + half(area.height - self.text_height() - chips_height);
        let mut texts = stack(&self.title, TextKind::Title, middle, top + px(13), Anchor::Middle);
        let below = top + times(self.title.len(), TextKind::Title.line_height());
        texts.extend(stack(&self.note, TextKind::Note, middle, below + px(12), Anchor::Middle));
        let widths: Vec<Px> = self.chips.iter().map(|(_, text)| width(text, TextKind::Note) + px(8)).collect();
        let gaps = times(widths.len().saturating_sub(1), CHIP_GAP);
        let all = widths.iter().fold(gaps, |sum, width| sum + *width);
        let mut x = middle - half(all);
        let y = top + self.text_height() + px(6);
        let mut chips = Vec::new();
        for ((role, text), width) in self.chips.iter().zip(widths) {
            chips.push(Chip { role: *role, area: Area { x, y, width, height: CHIP_HEIGHT }, text: text.clone() });
            x += width + CHIP_GAP;
        }
        let badge = self.badge.first().map(|text| {
            let width = width(text, TextKind::Title) + px(20);
            let y = area.y - BADGE_ROOM + px(2) - raised;
            Chip { role: None, area: Area { x: middle - half(width), y, width, height: px(22) }, text: text.clone() }
        });
        Box { state, area, standing: colours.state(state), texts, chips, badge }
    }
}

const fn end_words(outcome: countersign_workflow::Outcome) -> &'static str {
    match outcome {
        countersign_workflow::Outcome::Success => "done",
        countersign_workflow::Outcome::Failure => "not done",
        countersign_workflow::Outcome::Cancelled => "called off",
    }
}

/// Moves everything so that it begins at the margin, and says how large it is.
pub(crate) fn frame(mut layout: Layout, margin: Px) -> Layout {
    let mut low = Point { x: px(i64::MAX), y: px(i64::MAX) };
    let mut high = Point { x: px(i64::MIN), y: px(i64::MIN) };
    let mut see = |area: Area| {
        low = Point { x: low.x.min(area.x), y: low.y.min(area.y) };
        high = Point { x: high.x.max(area.right()), y: high.y.max(area.bottom()) };
    };
    let round = |at: Point, radius: Px| Area {
        x: at.x - radius,
        y: at.y - radius,
        width: radius + radius,
        height: radius + radius,
    };
    for one in &layout.boxes {
        see(one.area);
        one.chips.iter().chain(&one.badge).for_each(|chip| see(chip.area));
        one.texts.iter().for_each(|text| see(text.area()));
    }
    for line in &layout.lines {
        line.points.iter().for_each(|point| see(round(*point, px(4))));
        line.texts.iter().for_each(|text| see(text.area()));
        line.marks.iter().for_each(|mark| see(round(mark.at, px(10))));
    }
    if low.x > high.x {
        return layout;
    }
    let by = Point { x: margin - low.x, y: margin - low.y };
    let shift = |point: &mut Point| *point = Point { x: point.x + by.x, y: point.y + by.y };
    let shift_area = |area: &mut Area| (area.x, area.y) = (area.x + by.x, area.y + by.y);
    for one in &mut layout.boxes {
        shift_area(&mut one.area);
        one.chips.iter_mut().chain(&mut one.badge).for_each(|chip| shift_area(&mut chip.area));
        one.texts.iter_mut().for_each(|text| shift(&mut text.at));
    }
    for line in &mut layout.lines {
        line.points.iter_mut().for_each(shift);
        line.texts.iter_mut().for_each(|text| shift(&mut text.at));
        line.marks.iter_mut().for_each(|mark| shift(&mut mark.at));
    }
    layout.width = high.x - low.x + margin + margin;
    layout.height = high.y - low.y + margin + margin;
    layout
}
