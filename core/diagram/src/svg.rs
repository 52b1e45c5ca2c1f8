//! A diagram as SVG: classes only, so that a page with a strict policy shows it; no script, no style, nothing from
//! elsewhere.

use crate::drawing::{Box, Drawing, Layout, Line, Standing, TextLine};
use crate::json::head;
use crate::model::{Diagram, StateKind};
use crate::path::path;

/// Which of the two layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// From left to right.
    Wide,
    /// From top to bottom.
    Narrow,
}

/// The text of an SVG file. Looks come from attributes that every viewer knows; the classes `d-…` let a page change
/// them.
pub fn svg(diagram: &Diagram, drawing: &Drawing, shape: Shape) -> String {
    let layout = if shape == Shape::Wide { &drawing.wide } else { &drawing.narrow };
    let Layout { width, height, .. } = layout;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"d-diagram\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"d-title d-words\" lang=\"{}\" \
         font-family=\"Inter, sans-serif\" font-size=\"12\">\n",
        escaped(&diagram.language)
    );
    text.push_str(&format!("<title id=\"d-title\">{}</title>\n", escaped(&diagram.title)));
    text.push_str(&format!("<desc id=\"d-words\">{}</desc>\n", escaped(&drawing.words.join("\n"))));
    text.push_str(&format!("<rect class=\"d-sheet\" width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"));
    layout.boxes.iter().for_each(|one| draw_box(diagram, one, &mut text));
    // What matters more is drawn last, above the rest.
    let mut lines: Vec<&Line> = layout.lines.iter().collect();
    lines.sort_by_key(|line| line.standing);
    lines.iter().for_each(|line| draw_line(line, &mut text));
    text.push_str("</svg>\n");
    text
}

/// Text with the characters escaped that mean something in markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Not even as a reference may XML 1.0 hold these.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}

/// Colour of lines and rims, fill of boxes, colour of words in boxes.
const fn looks(standing: Standing) -> (&'static str, &'static str, &'static str) {
    match standing {
        Standing::Rest => ("#7b8494", "#ffffff", "#3d4654"),
        Standing::Next => ("#1f479b", "#ffffff", "#1b2230"),
        Standing::Taken => ("#1f479b", "#e8edf9", "#1b2230"),
        Standing::Current => ("#1f479b", "#1f479b", "#ffffff"),
        Standing::Counterexample => ("#a6201c", "#ffffff", "#1b2230"),
        Standing::Stuck => ("#a6201c", "#fbe9e8", "#a6201c"),
    }
}

fn draw_box(diagram: &Diagram, one: &Box, text: &mut String) {
    let (rim, fill, ink) = looks(one.standing);
    let area = &one.area;
    let (x, y, width, height) = (area.x, area.y, area.width, area.height);
    let state = diagram.states.get(one.state);
    let kind = state.map_or("state", |state| state.kind.as_str());
    let class = format!("d-state d-{kind} d-{}", one.standing.as_str());
    text.push_str(&format!("<g class=\"{class}\">"));
    let rect = |x, y, width, height, fill: &str| {
        format!(
            "<rect class=\"d-box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{fill}\" \
             stroke=\"{rim}\"/>"
        )
    };
    text.push_str(&rect(x, y, width, height, fill));
    if state.is_some_and(|state| state.kind != StateKind::Step) {
        let inset = crate::drawing::px(4);
        text.push_str(&rect(x + inset, y + inset, width - inset - inset, height - inset - inset, "none"));
    }
    one.texts.iter().for_each(|line| draw_text(line, ink, text));
    for (chip, class, fill, ink) in one
        .chips
        .iter()
        .map(|chip| (chip, "d-chip", "#ffffff", "#3d4654"))
        .chain(one.badge.iter().map(|badge| (badge, "d-badge", "#1f479b", "#ffffff")))
    {
        let area = &chip.area;
        let (middle, base) = (
            area.x + crate::drawing::half(area.width),
            area.y + crate::drawing::half(area.height) + crate::drawing::px(4),
        );
        text.push_str(&format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{fill}\" \
             stroke=\"{rim}\"/><text class=\"{class}\" x=\"{middle}\" y=\"{base}\" text-anchor=\"middle\" \
             font-size=\"11\" font-weight=\"600\" fill=\"{ink}\">{}</text>",
            area.x,
            area.y,
            area.width,
            area.height,
            if class == "d-badge" { 11 } else { 3 },
            escaped(&chip.text)
        ));
    }
    text.push_str("</g>\n");
}

fn draw_text(line: &TextLine, ink: &str, text: &mut String) {
    let weight = match line.kind {
        crate::TextKind::Title => " font-size=\"13\" font-weight=\"600\"",
        crate::TextKind::Label => " font-weight=\"500\"",
        _ => "",
    };
    text.push_str(&format!(
        "<text class=\"d-{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\"{weight} fill=\"{ink}\">{}</text>",
        line.kind.as_str(),
        line.at.x,
        line.at.y,
        line.anchor.as_str(),
        escaped(&line.text)
    ));
}

fn draw_line(line: &Line, text: &mut String) {
    let (colour, ..) = looks(line.standing);
    let (width, dashes) = match line.standing {
        Standing::Rest => ("1.25", ""),
        Standing::Next => ("2", " stroke-dasharray=\"5 4\""),
        _ => ("3", ""),
    };
    text.push_str(&format!(
        "<g class=\"d-line d-{}\"><path class=\"d-path\" d=\"{}\" fill=\"none\" stroke=\"{colour}\" \
         stroke-width=\"{width}\"{dashes}/><path class=\"d-head\" d=\"{}\" fill=\"{colour}\"/>",
        line.standing.as_str(),
        path(&line.points),
        head(&line.points)
    ));
    line.texts.iter().for_each(|label| draw_text(label, "#3d4654", text));
    for mark in &line.marks {
        text.push_str(&format!(
            "<circle class=\"d-mark\" cx=\"{x}\" cy=\"{y}\" r=\"9\" fill=\"{colour}\"/><text class=\"d-mark\" x=\"{x}\" \
             y=\"{base}\" text-anchor=\"middle\" font-size=\"11\" font-weight=\"600\" fill=\"#ffffff\">{}</text>",
            escaped(&mark.text),
            x = mark.at.x,
            y = mark.at.y,
            base = mark.at.y + crate::drawing::px(4),
        ));
    }
    text.push_str("</g>\n");
}
