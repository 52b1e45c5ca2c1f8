//! What a check reports: a stable code, a place and a sentence with a way out.

use std::fmt;

/// Most errors, and most warnings, of one report; what comes after is left out, since one fault may bring many.
pub const FINDINGS_MAX: usize = 200;

/// A place in a source: line and column from 1, columns counted in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Place {
    /// The first character.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place `columns` further on the same line.
    pub(crate) const fn right(self, columns: u32) -> Self {
        Self { line: self.line, column: self.column.saturating_add(columns) }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::START
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.line, self.column)
    }
}

/// One finding of a check (language §4.1): an error if its code begins with `E`, a warning if with `W`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Line and column from 1.
    pub place: Place,
    /// The stable code: `E101` to `E501`, `W601` to `W611`.
    pub code: &'static str,
    /// One sentence, lower-case, without a full stop.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { place, code, message: message.into() }
    }

    /// Whether the scenario is refused for this.
    pub fn is_error(&self) -> bool {
        self.code.starts_with('E')
    }
}

impl fmt::Display for Finding {
    /// `line:column code message`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} {}", self.place, self.code, self.message)
    }
}

/// The lines `{file}:{line}:{column} {code} {message}` of a report.
pub fn report(file: &str, findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{file}:{finding}\n")).collect()
}

/// Findings as they are collected.
#[derive(Debug, Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
    errors: usize,
    warnings: usize,
}

impl Report {
    pub(crate) fn add(&mut self, code: &'static str, place: Place, message: impl Into<String>) {
        let finding = Finding::new(code, place, message);
        // Counted apart: however many warnings there are, an error is never lost.
        let count = if finding.is_error() { &mut self.errors } else { &mut self.warnings };
        if *count < FINDINGS_MAX {
            *count = count.saturating_add(1);
            self.findings.push(finding);
        }
    }

    /// All findings in the order of the source, each once.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        self.findings.sort();
        self.findings.dedup();
        self.findings
    }

    /// Forgets what an analysis or a warning says of a place that is no part of the document.
    pub(crate) fn drop_analysis_at(&mut self, place: Place) {
        let about = |finding: &Finding| finding.place == place && !finding.code.starts_with("E1");
        self.findings.retain(|finding| !(about(finding) && (!finding.is_error() || finding.code.starts_with("E3"))));
        self.errors = self.findings.iter().filter(|finding| finding.is_error()).count();
        self.warnings = self.findings.len().saturating_sub(self.errors);
    }

    pub(crate) fn has_any_of(&self, codes: &[&str]) -> bool {
        self.findings.iter().any(|finding| codes.contains(&finding.code))
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }
}

/// `; did you mean `x`?` if one of `names` is near to `word`, else nothing.
pub(crate) fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let limit = match word.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    let near = names
        .into_iter()
        .map(|name| (distance(word, name), name))
        .filter(|(distance, _)| *distance > 0 && *distance <= limit)
        .min();
    match near {
        Some((_, name)) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

/// The number of letters to add, drop, change or swap with the next one.
fn distance(left: &str, right: &str) -> usize {
    /// No longer word is compared: the table is quadratic.
    const WORD_MAX: usize = 64;
    let right: Vec<char> = right.chars().collect();
    if left.chars().count() > WORD_MAX || right.len() > WORD_MAX {
        return usize::MAX;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = vec![row.saturating_add(1)];
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let changed = at(&last, column).saturating_add(usize::from(letter != *other));
            let dropped = at(&last, column.saturating_add(1)).saturating_add(1);
            let added = at(&current, column).saturating_add(1);
            let mut best = changed.min(dropped).min(added);
            if let Some(left_of) = column.checked_sub(1)
                && previous == Some(*other)
                && right.get(left_of) == Some(&letter)
            {
                best = best.min(at(&before_last, left_of).saturating_add(1));
            }
            current.push(best);
        }
        previous = Some(letter);
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_finds_its_neighbour() {
        let names = ["signing", "signed", "drafting"];
        assert_eq!(did_you_mean("singing", names), "; did you mean `signing`?");
        assert_eq!(did_you_mean("lapsed", names), "");
        assert_eq!(distance("trasitions", "transitions"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
