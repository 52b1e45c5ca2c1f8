//! The little of Markdown that links need.

/// The text without fenced blocks and code spans: there, brackets are no links.
pub fn prose(text: &str) -> String {
    let mut prose = String::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // Every second piece between grave accents is a code span.
            line.split('`').step_by(2).for_each(|piece| prose.push_str(piece));
            prose.push('\n');
        }
    }
    prose
}

/// The targets of the links `[text](target)` and `![text](target)`.
pub fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.split(' ').next().unwrap_or_default().to_owned()).collect()
}

/// The anchors of the headings, as they are made on GitHub.
pub fn anchors(text: &str) -> Vec<String> {
    let headings = text
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    headings.map(anchor).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The first cells of the table rows below the heading `section`, where they are code spans.
pub fn first_cells(text: &str, section: &str) -> Vec<String> {
    let below = text.lines().skip_while(|line| *line != section).skip(1);
    let rows = below.take_while(|line| !line.starts_with("## ")).filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`')).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stand_outside_code() {
        let text = "[a](a.md) ![b](b.png \"title\") `[c](c.md)`\n```\n[d](d.md)\n```\n[e](e.md#f)";
        assert_eq!(links(text), ["a.md", "b.png", "e.md#f"]);
    }

    #[test]
    fn anchors_are_those_of_github() {
        assert_eq!(anchors("# Which hold: ZIP-215\n#no heading\n## `x_y` & z"), ["which-hold-zip-215", "x_y--z"]);
    }

    #[test]
    fn cells_end_with_their_section() {
        assert_eq!(first_cells("## Rust\n| `a` | b |\n| c | `d` |\n## Other\n| `e` |", "## Rust"), ["a"]);
    }
}
