//! The shape of a document: which keys stand where, and what their values look like (language §2, E104 to E110).

mod check;
mod schema;
mod tables;
mod words;

pub(crate) use check::{check, is_name};
pub use schema::language_schema;
pub(crate) use tables::{DEVIATION, EFFECT_KINDS, RESERVED_NAMES, SCENARIO, TRIGGERS, UPDATE};

/// What a value must look like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Anything: read by someone else (fields, schemas) or by nobody (`ui`).
    Any,
    /// A map of anything, with at most so many members.
    AnyMap(usize),
    /// Words, or words by language.
    Text,
    /// A key that expressions and transitions refer to.
    Name,
    /// A marker: a letter, then letters, digits and `_`.
    Label,
    /// A text of at most so many characters.
    Line(usize),
    /// A language tag (BCP 47).
    Tag,
    /// Exactly this text.
    Constant(&'static str),
    /// An expression.
    Expression,
    /// An expression, or a map with these keys.
    ExpressionOr(&'static Record),
    /// A duration above zero, as it stands.
    Duration,
    /// A path into the process.
    Path,
    /// An integer within bounds.
    Integer(i64, i64),
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A name, a list of names, or `everyone`.
    Names,
    /// An action or `action.response`, or a list of them.
    ActionNames,
    /// A list: item, fewest, most, what its items are called.
    List(&'static Shape, usize, usize, &'static str),
    /// A map of names: member, fewest, most, what its members are called.
    NamesOf(&'static Shape, usize, usize, &'static str),
    /// A map with free keys: member, most, what its members are called.
    Keys(&'static Shape, usize, &'static str),
    /// A map with these keys.
    Record(&'static Record),
    /// One of these words, or a map with these keys.
    WordOr(&'static [&'static str], &'static Record),
    /// One effect: its first key says which.
    Effect,
    /// One transition.
    Transition,
    /// A sub-scenario.
    Body,
}

/// A map with fixed keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    /// What it is called in messages.
    pub what: &'static str,
    /// Its keys.
    pub members: &'static [Member],
}

/// One key of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub key: &'static str,
    pub shape: Shape,
    pub rule: Rule,
}

/// How a key stands in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It must be written.
    Required,
    /// It may be left out.
    Optional,
    /// The language has it, this version of the node does not: the name of the feature for E110.
    Refused(&'static str),
}
