//! Texts with placeholders `{{ expression }}` (language §2).

use crate::check::Scope;
use crate::expr::{Expr, Place};
use crate::finding::{At, Code, Finding};
use crate::run::{Environment, Error, Rule};
use crate::value::Value;

/// Most placeholders of a text.
pub const PLACEHOLDERS_MAX: usize = 1000;

/// A text with placeholders, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece<Expr>>,
    // Columns of the text at which the sources of the expressions begin.
    starts: Vec<u32>,
}

/// A template whose expressions are checked, ready to print.
#[derive(Clone, Debug)]
pub struct Printer {
    pieces: Vec<Piece<Rule>>,
}

/// A part of a text with placeholders: words, or what stands in a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<T = Value> {
    /// Words as they are written.
    Words(String),
    /// What stands between `{{` and `}}`.
    Value(T),
}

impl Template {
    /// Reads a text; columns of a finding are columns of the whole text, in code points.
    ///
    /// A placeholder ends at the first `}}` outside of a text in quotes and of the braces of a map.
    pub fn parse(text: &str, place: Place) -> Result<Self, Finding> {
        let mut template = Self { pieces: Vec::new(), starts: Vec::new() };
        let mut rest = text;
        let mut column = 1_u32;
        while let Some((words, after)) = rest.split_once("{{") {
            if template.starts.len() >= PLACEHOLDERS_MAX {
                return Err(Finding::new(
                    Code::E107,
                    column,
                    format!("too many placeholders, at most {PLACEHOLDERS_MAX}"),
                ));
            }
            template.words(words);
            let start = column.saturating_add(length(words)).saturating_add(2);
            let Some((source, after)) = split_placeholder(after) else {
                let message = "cannot read the text: a placeholder `{{` is not closed by `}}`";
                return Err(Finding::new(Code::E401, start.saturating_sub(2), message));
            };
            let expr = Expr::parse(source, place).map_err(|finding| moved(finding, start))?;
            template.pieces.push(Piece::Value(expr));
            template.starts.push(start);
            column = start.saturating_add(length(source)).saturating_add(2);
            rest = after;
        }
        template.words(rest);
        Ok(template)
    }

    fn words(&mut self, words: &str) {
        if !words.is_empty() {
            self.pieces.push(Piece::Words(words.to_owned()));
        }
    }

    /// Whether there are placeholders.
    pub fn is_plain(&self) -> bool {
        self.starts.is_empty()
    }

    /// The expressions in it, in order.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value(expr) => Some(expr),
            Piece::Words(_) => None,
        })
    }

    /// Checks every expression; any value without parts can be printed.
    ///
    /// Gives what prints the text, with advice, or everything that is wrong.
    pub fn check(&self, scope: &Scope) -> Result<(Printer, Vec<Finding>), Vec<Finding>> {
        let mut findings = Vec::new();
        let mut pieces = Vec::with_capacity(self.pieces.len());
        let mut starts = self.starts.iter().copied();
        for piece in &self.pieces {
            let expr = match piece {
                Piece::Words(words) => {
                    pieces.push(Piece::Words(words.clone()));
                    continue;
                }
                Piece::Value(expr) => expr,
            };
            let start = starts.next().unwrap_or(1);
            let checked = expr.check(scope, None);
            findings.extend(checked.findings.iter().cloned().map(|finding| moved(finding, start)));
            match checked.as_rule() {
                Some(rule) if rule.type_of().prints() => pieces.push(Piece::Value(rule.clone())),
                Some(rule) => {
                    let message = format!("expected a value without parts, this is {}", rule.type_of());
                    findings.push(Finding::new(Code::E404, start, message));
                }
                None => {}
            }
        }
        if findings.iter().all(|finding| finding.code.is_warning()) {
            Ok((Printer { pieces }, findings))
        } else {
            Err(findings)
        }
    }
}

impl Printer {
    /// The text with its values; what is unassigned becomes a blank, `____`, and so do personal data, which are not known
    /// here.
    pub fn print(&self, environment: &dyn Environment) -> Result<String, Error> {
        let pieces = self.pieces(environment)?;
        Ok(pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Words(words) => words,
                Piece::Value(value) => value.print(),
            })
            .collect())
    }

    /// The words and the values of the text, in their order.
    ///
    /// # Errors
    /// The error of a placeholder, such as a division by zero.
    pub fn pieces(&self, environment: &dyn Environment) -> Result<Vec<Piece>, Error> {
        let value = |piece: &Piece<Rule>| match piece {
            Piece::Words(words) => Ok(Piece::Words(words.clone())),
            Piece::Value(rule) if rule.type_of().personal.is_some() => Ok(Piece::Value(Value::Unassigned)),
            Piece::Value(rule) => rule.eval(environment).map(Piece::Value),
        };
        self.pieces.iter().map(value).collect()
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// A finding of an expression, at its column of the whole text.
fn moved(finding: Finding, start: u32) -> Finding {
    match finding.at {
        At::Column(column) => Finding { at: At::Column(column.saturating_add(start).saturating_sub(1)), ..finding },
        At::Pointer(_) => finding,
    }
}

/// The source of a placeholder and what follows its `}}`.
fn split_placeholder(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    let mut braces = 0_u32;
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' => braces = braces.saturating_add(1),
            '}' if braces > 0 => braces = braces.saturating_sub(1),
            '}' if text.get(index..).is_some_and(|rest| rest.starts_with("}}")) => {
                let (source, rest) = text.split_at_checked(index)?;
                return Some((source, rest.strip_prefix("}}")?));
            }
            _ => {}
        }
    }
    None
}
