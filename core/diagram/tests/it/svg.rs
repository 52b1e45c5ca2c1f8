//! The text of SVG files.

use countersign_diagram::{Diagram, Overlay, Shape, svg};
use countersign_workflow::Outline;

#[test]
fn hostile_titles_do_no_harm() {
    let document = "name: h\nlanguage: en\ninitial: a\ntitle: '</title><script>alert(1)</script>'\nactors: {x: {title: \"\\u202ebnoer\"}}\n\
        actions: {go: {title: \"a\\u200b\\u0007\\\" onload=\\\"x & <b>\", by: x}}\n\
        states: {a: {title: 'שלום <img>', transitions: [{on: go, goto: b}]}, b: {title: \"]]>\\uffff\", final: success}}\n";
    let diagram = Diagram::of(&Outline::read(document.as_bytes()).unwrap(), "en");
    for shape in [Shape::Wide, Shape::Narrow] {
        let text = svg(&diagram, &diagram.draw(&Overlay::default()), shape);
        for bad in ["<script", "<img", "<b>", "onload=\"", "style=", "\u{202e}", "\u{200b}", "\u{7}", "\u{ffff}", "]]>"]
        {
            assert!(!text.contains(bad), "{bad:?} in {text}");
        }
        assert!(text.contains("שלום") && text.contains("<title id=") && text.contains("<desc id="));
    }
}

#[test]
fn no_diagram_is_empty() {
    let diagram = Diagram::of(&Outline::read(b"name: x").unwrap(), "en");
    assert!(svg(&diagram, &diagram.draw(&Overlay::default()), Shape::Wide).starts_with("<svg "));
}
