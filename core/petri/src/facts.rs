//! What is known of the data of a process.

use std::collections::{BTreeMap, BTreeSet};

use countersign_rules::{Text, Value};

use crate::expression::{Path, Shapes};

/// Longest value that is followed, in bytes of its text.
const VALUE_BYTES_MAX: usize = 4_096;

/// What is known of one place of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Value(Value),
    /// There is a value.
    Assigned,
    /// Not even that.
    Open,
}

/// A truth value of the language: unassigned and errors are no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Yes,
    None,
}

/// What is known of the data that conditions read. Its order is that of its text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    known: BTreeMap<Path, (String, Known)>,
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Values {}

impl PartialOrd for Values {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Values {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.known.len().cmp(&other.known.len()).then_with(|| {
            let others = other.known.values().map(|(text, _)| text);
            self.known.values().map(|(text, _)| text).cmp(others)
        })
    }
}

impl Values {
    /// The data of a process that begins, where `followed` reads them.
    pub fn first(followed: &BTreeSet<Path>, shapes: &Shapes) -> Self {
        let mut values = Self::default();
        for path in followed {
            values.put(path.clone(), shapes.first(path));
        }
        values
    }

    fn put(&mut self, path: Path, known: Known) {
        let text = match &known {
            Known::Value(value) => value.to_typed().to_string(),
            Known::Assigned => "+".to_owned(),
            Known::Open => "?".to_owned(),
        };
        let too_long = text.len() > VALUE_BYTES_MAX;
        let entry = if too_long { ("+".to_owned(), Known::Assigned) } else { (text, known) };
        self.known.insert(path, entry);
    }

    /// What is known of a path.
    pub fn at(&self, path: &[Text]) -> Known {
        if let Some((_, known)) = self.known.get(path) {
            return known.clone();
        }
        let above = (1..path.len()).rev().find_map(|length| {
            let (head, rest) = path.split_at_checked(length)?;
            Some((self.known.get(head)?, rest))
        });
        match above {
            Some(((_, Known::Value(value)), rest)) => Known::Value(value.at(rest).clone()),
            _ => Known::Open,
        }
    }

    /// Writes at a path.
    pub fn set(&mut self, path: &[Text], to: &Known, shapes: &Shapes) {
        let followed: Vec<Path> = self.known.keys().filter(|known| overlap(known, path)).cloned().collect();
        for known in followed {
            let value = match (known.strip_prefix(path), to) {
                (Some(rest), Known::Value(value)) => Known::Value(value.at(rest).clone()),
                (Some([]), to) => to.clone(),
                // A record that was accepted has what its schema requires.
                (Some(_), Known::Assigned) if shapes.is_required(&known, path.len()) => Known::Assigned,
                (Some(_), _) => Known::Open,
                (None, to) => self.inside(&known, path, to),
            };
            self.put(known, value);
        }
    }

    /// A value after a part of it was written.
    fn inside(&self, known: &Path, path: &[Text], to: &Known) -> Known {
        let rest = path.get(known.len()..).unwrap_or_default();
        match (self.at(known), to) {
            (Known::Value(mut value), Known::Value(to)) => {
                if value.set(rest, to.clone()) {
                    Known::Value(value)
                } else {
                    Known::Open
                }
            }
            (_, Known::Value(Value::Unassigned) | Known::Open) => Known::Open,
            _ => Known::Assigned,
        }
    }
}

/// Whether one path is a part of the other.
pub(crate) fn overlap(left: &[Text], right: &[Text]) -> bool {
    left.starts_with(right) || right.starts_with(left)
}
