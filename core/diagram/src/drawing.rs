//! What is drawn: boxes, lines and words with their places, in CSS pixels.

use std::num::Saturating;

/// A length or coordinate in CSS pixels. It saturates: a figure too large for it is cut, never wrong.
pub type Px = Saturating<i64>;

/// Pixels.
pub(crate) const fn px(count: i64) -> Px {
    Saturating(count)
}

/// Half of a length, rounded down.
pub(crate) fn half(length: Px) -> Px {
    px(length.0.div_euclid(2))
}

/// A point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// From the left.
    pub x: Px,
    /// From the top.
    pub y: Px,
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Its left side.
    pub x: Px,
    /// Its upper side.
    pub y: Px,
    /// Its width.
    pub width: Px,
    /// Its height.
    pub height: Px,
}

impl Area {
    /// Its right side.
    pub fn right(&self) -> Px {
        self.x + self.width
    }

    /// Its lower side.
    pub fn bottom(&self) -> Px {
        self.y + self.height
    }
}

/// How a part stands to a run of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Not reached.
    #[default]
    Rest,
    /// Can come next.
    Next,
    /// On the way that was taken.
    Taken,
    /// Where the process is.
    Current,
    /// On the way of a counterexample.
    Counterexample,
    /// Where the counterexample ends.
    Stuck,
}

impl Standing {
    /// The word in data and in classes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Next => "next",
            Self::Taken => "taken",
            Self::Current => "current",
            Self::Counterexample => "counterexample",
            Self::Stuck => "stuck",
        }
    }
}

/// What a line of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// The title of a state: 13 px, semibold.
    Title,
    /// A remark in a state: 12 px.
    Note,
    /// What leads along a line: 12 px, medium.
    Label,
    /// What happened along a line: 12 px.
    Fact,
}

impl TextKind {
    /// The word in data and in classes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Note => "note",
            Self::Label => "label",
            Self::Fact => "fact",
        }
    }

    /// Height of a line of such text.
    pub(crate) const fn line_height(self) -> Px {
        match self {
            Self::Title => px(17),
            _ => px(15),
        }
    }
}

/// Which point of a text its `x` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

impl Anchor {
    /// The word of SVG.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// One line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextLine {
    /// Where its anchor stands on its base line.
    pub at: Point,
    /// Its width by the table of this crate.
    pub width: Px,
    /// What `at` is of it.
    pub anchor: Anchor,
    /// What it is.
    pub kind: TextKind,
    /// The words, without characters that act on others.
    pub text: String,
}

impl TextLine {
    /// The rectangle it takes: its height above and below the base line included.
    pub fn area(&self) -> Area {
        let x = match self.anchor {
            Anchor::Start => self.at.x,
            Anchor::Middle => self.at.x - half(self.width),
            Anchor::End => self.at.x - self.width,
        };
        Area { x, y: self.at.y - px(11), width: self.width, height: px(14) }
    }
}

/// A small box with letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// The role, by position; none if it is none's.
    pub role: Option<usize>,
    /// Where.
    pub area: Area,
    /// The letters, in its middle.
    pub text: String,
}

/// The box of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Box {
    /// The state, by position.
    pub state: usize,
    /// Where.
    pub area: Area,
    /// How it stands to the run.
    pub standing: Standing,
    /// Title and remarks.
    pub texts: Vec<TextLine>,
    /// Who acts here.
    pub chips: Vec<Chip>,
    /// What it says of now, above the box.
    pub badge: Option<Chip>,
}

/// A circle with a number on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its centre; the radius is 9.
    pub at: Point,
    /// The number.
    pub text: String,
}

/// A line from a state to a state: all transitions between the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The edges it stands for, by position.
    pub edges: Vec<usize>,
    /// Where it begins, by position of the state.
    pub source: usize,
    /// Where it ends, by position of the state.
    pub target: usize,
    /// How it stands to the run.
    pub standing: Standing,
    /// Its corners, from the source to the head of the arrow.
    pub points: Vec<Point>,
    /// Labels and facts.
    pub texts: Vec<TextLine>,
    /// Numbers of a counterexample.
    pub marks: Vec<Mark>,
}

/// A diagram in place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Everything is between 0 and this.
    pub width: Px,
    /// Everything is between 0 and this.
    pub height: Px,
    /// The boxes, by state.
    pub boxes: Vec<Box>,
    /// The lines.
    pub lines: Vec<Line>,
    /// The steps it took to place them: equal on every machine.
    pub steps: u64,
}

/// Both forms of one diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// From left to right.
    pub wide: Layout,
    /// From top to bottom.
    pub narrow: Layout,
    /// The same story in sentences.
    pub words: Vec<String>,
    /// What each role is called in the boxes.
    pub monograms: Vec<String>,
}
