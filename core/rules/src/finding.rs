//! What can be wrong with an expression, a field or a schema, and where (language §4.1).

use std::fmt;

/// The stable code of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the codes are explained, with their messages, in the language's §4.1")]
pub enum Code {
    E104,
    E105,
    E106,
    E107,
    E109,
    E201,
    E202,
    E203,
    E401,
    E402,
    E403,
    E404,
    E405,
    E406,
    E407,
    E408,
    E409,
    E501,
    W606,
    W609,
    W610,
}

impl Code {
    /// The code as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::E104 => "E104",
            Self::E105 => "E105",
            Self::E106 => "E106",
            Self::E107 => "E107",
            Self::E109 => "E109",
            Self::E201 => "E201",
            Self::E202 => "E202",
            Self::E203 => "E203",
            Self::E401 => "E401",
            Self::E402 => "E402",
            Self::E403 => "E403",
            Self::E404 => "E404",
            Self::E405 => "E405",
            Self::E406 => "E406",
            Self::E407 => "E407",
            Self::E408 => "E408",
            Self::E409 => "E409",
            Self::E501 => "E501",
            Self::W606 => "W606",
            Self::W609 => "W609",
            Self::W610 => "W610",
        }
    }

    /// Whether this is advice: an expression with warnings alone is used.
    pub const fn is_warning(self) -> bool {
        matches!(self, Self::W606 | Self::W609 | Self::W610)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Where a finding points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// Column of the source from 1, counted in code points. Of the normal text if the source is a tree.
    Column(u32),
    /// JSON pointer into a malformed tree.
    Pointer(String),
}

/// Something wrong with, or advised about, an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its code.
    pub code: Code,
    /// Where it is.
    pub at: At,
    /// What it is, with the offending words and a way out.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(code: Code, column: u32, message: impl Into<String>) -> Self {
        Self { code, at: At::Column(column), message: message.into() }
    }

    /// The column, if the finding has one.
    pub const fn column(&self) -> Option<u32> {
        match self.at {
            At::Column(column) => Some(column),
            At::Pointer(_) => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.code, self.message)
    }
}

/// Something wrong with a field, a schema or a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its code.
    pub code: Code,
    /// JSON pointer (RFC 6901) of the offending value; of a wrong key, the value below that key.
    pub pointer: String,
    /// What it is.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(code: Code, pointer: String, message: impl Into<String>) -> Self {
        Self { code, pointer, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.code, self.message)
    }
}

/// The pointer of the member `key` below `pointer` (RFC 6901 §4).
pub(crate) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// `; did you mean …?` with the name nearest to `name`, or nothing.
pub(crate) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    // At most two mistakes, and fewer than half of the word.
    let limit = name.chars().count().div_ceil(3).min(2);
    let nearest = known.map(|word| (distance(name, word), word)).filter(|(far, _)| *far <= limit && *far > 0).min();
    nearest.map_or_else(String::new, |(_, word)| format!("; did you mean `{word}`?"))
}

/// Insertions, deletions and replacements from one word to another; words beyond 64 characters count as far.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().take(64).collect(), right.chars().take(64).collect());
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.iter().enumerate() {
        let mut before = index;
        let mut next = Vec::with_capacity(row.len());
        next.push(index.saturating_add(1));
        for (b, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = before.saturating_add(usize::from(a != b));
            let beside = next.last().copied().unwrap_or_default().saturating_add(1);
            next.push(replaced.min(beside).min(above.saturating_add(1)));
            before = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
