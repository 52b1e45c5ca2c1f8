//! Data to stdout, talk to stderr.

use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// How data is shown.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// As JSON, in the schema of the API, instead of words.
    pub json: bool,
}

impl Output {
    /// Shows a value: its JSON, or words for it.
    pub fn show<T: Serialize>(self, value: &T, words: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if self.json {
            let json = serde_json::to_string(value)
                .map_err(|error| Failure::refused("output", format!("no JSON for the answer: {error}")))?;
            return line(&json);
        }
        text(&words(value))
    }
}

/// Writes text as it is.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::closed(),
        _ => Failure::refused("output", format!("cannot write the output: {error}")),
    })
}

/// Writes a line.
pub fn line(line: &str) -> Result<(), Failure> {
    text(&format!("{line}\n"))
}

/// Says something to the person. Nobody listening is no failure.
pub fn talk(words: &str) {
    let _ = writeln!(io::stderr().lock(), "{words}");
}

/// Rows under each other, columns as wide as their widest cell.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut written = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            written.push_str(cell);
            written.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up_by_characters() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        assert_eq!(table(&[row(&["é", "b"]), row(&["long", "c"])]), "é     b\nlong  c\n");
    }
}
