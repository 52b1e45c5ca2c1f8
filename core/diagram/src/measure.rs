//! How wide words are, and how they break into lines.
//!
//! The widths are those of Inter, in thousandths of the size of the font, each rounded up to the next step of a coarse
//! scale: what is measured here is never narrower than what is drawn. A page with another font stretches each line to
//! its width (`textLength`).

use crate::drawing::{Anchor, Point, Px, TextKind, TextLine, px};

/// The end of a text that was cut.
const CUT: char = '…';
/// What stands for a character that acts on others or cannot be seen.
const HIDDEN: char = '\u{fffd}';
/// Most marks on one letter: more would grow out of the line.
const MARKS_MAX: usize = 2;
/// Most characters of a text that are looked at.
const CHARACTERS_MAX: usize = 400;

/// The width of a character in thousandths of the size of the font (Inter Medium, rounded up).
fn advance(character: char) -> i64 {
    match character {
        'i' | 'j' | 'l' | '\'' | '.' | ',' | ':' | ';' | '!' | 'I' | ' ' | '·' | '‘' | '’' => 300,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '{' | '}' | '/' | '\\' | '|' | '"' | '“' | '”' => 410,
        's' | '-' | '_' | '^' | '`' | '–' | '*' | '?' => 540,
        'a' | 'c' | 'e' | 'k' | 'v' | 'x' | 'y' | 'z' | '7' | 'F' | 'J' | 'L' => 590,
        'a'..='z' | '0'..='9' | '$' | '#' => 650,
        'B' | 'E' | 'K' | 'P' | 'R' | 'S' | 'T' | 'X' | 'Z' | '+' | '<' | '=' | '>' | '~' | '&' => 670,
        'A'..='Z' if !matches!(character, 'M' | 'W') => 770,
        'M' | 'W' | '@' | '%' | '…' | '—' => 1_000,
        'à'..='ÿ' | 'ß' | 'Ā'..='ɏ' | 'Ͱ'..='ԯ' | '\u{590}'..='\u{6ff}' => 800,
        'À'..='Þ' => 800,
        character if is_mark(character) => 0,
        character if character < '\u{1100}' => 900,
        // Ideographs and pictures.
        _ => 1_100,
    }
}

/// Wide letters of small size.
fn extra(character: char) -> i64 {
    match character {
        'm' | 'w' => 280,
        _ => 0,
    }
}

/// A mark that stands on the letter before it.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// A character that cannot be seen or turns others around.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text without what would hide or turn others: such characters are shown as U+FFFD, white space is one blank, and
/// letters carry two marks at most.
pub fn harmless(text: &str) -> String {
    let mut shown = String::new();
    let mut marks = 0_usize;
    for character in text.trim().chars().take(CHARACTERS_MAX) {
        if character.is_whitespace() {
            if !shown.ends_with(' ') {
                shown.push(' ');
            }
        } else if is_hidden(character) {
            shown.push(HIDDEN);
        } else if is_mark(character) {
            marks = marks.saturating_add(1);
            if marks <= MARKS_MAX {
                shown.push(character);
            }
            continue;
        } else {
            shown.push(character);
        }
        marks = 0;
    }
    shown
}

/// The width of words at a size of the font, in pixels, rounded up.
pub fn width(text: &str, kind: TextKind) -> Px {
    let thousandths: i64 =
        text.chars().fold(0, |sum, character| sum.saturating_add(advance(character)).saturating_add(extra(character)));
    // Titles are semibold: a twentieth wider.
    let (size, weight) = if kind == TextKind::Title { (13, 1_050) } else { (12, 1_000) };
    let wide = thousandths.saturating_mul(size).saturating_mul(weight);
    px(wide.saturating_add(999_999).checked_div(1_000_000).unwrap_or(i64::MAX))
}

/// Harmless words in lines of at most this width; what does not fit on `lines_max` lines is cut.
pub(crate) fn lines(text: &str, kind: TextKind, width_max: Px, lines_max: usize) -> Vec<String> {
    let shown = harmless(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in shown.split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, kind) <= width_max {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            let mut longer = line.clone();
            longer.push(character);
            if width(&longer, kind) > width_max && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if let Some(next) = lines.get(lines_max).cloned() {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            // As much of the next word as has room.
            last.push(' ');
            last.push_str(&next);
            cut(last, kind, width_max);
        }
    }
    lines
}

/// Ends a line with the sign for what is left out.
fn cut(line: &mut String, kind: TextKind, width_max: Px) {
    while !line.is_empty() && width(&format!("{line}{CUT}"), kind) > width_max {
        line.pop();
    }
    line.truncate(line.trim_end().len());
    line.push(CUT);
}

/// Lines of text below each other: the first base line is at `y`.
pub(crate) fn stack(lines: &[String], kind: TextKind, x: Px, y: Px, anchor: Anchor) -> Vec<TextLine> {
    let mut at = Point { x, y };
    let one = |text: &String| {
        let line = TextLine { at, width: width(text, kind), anchor, kind, text: text.clone() };
        at.y += kind.line_height();
        line
    };
    lines.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_break_into_lines() {
        let broken = |text: &str, width, count| lines(text, TextKind::Label, px(width), count);
        assert_eq!(broken("Sign the lease", 200, 3), ["Sign the lease"]);
        assert_eq!(broken("Sign the lease", 60, 3), ["Sign the", "lease"]);
        let cut = broken(&"x".repeat(300), 60, 2);
        assert_eq!(cut.len(), 2);
        assert!(cut[1].ends_with('…') && width(&cut[1], TextKind::Label) <= px(60));
        assert_eq!(broken("by Landlord or Tenant", 80, 1), ["by Landlor…"]);
        assert!(broken(" \n ", 60, 2).is_empty());
    }

    #[test]
    fn hostile_text_is_harmless() {
        assert_eq!(harmless("a\u{202e}b\u{200b}c\u{0}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(harmless(&format!("e{}", "\u{301}".repeat(50))), "e\u{301}\u{301}");
        assert_eq!(harmless("שלום"), "שלום");
    }
}
