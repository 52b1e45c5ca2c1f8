//! A diagram is readable by rule: over every example, every document of the conformance data, and generated ones.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use countersign_diagram::{Area, Diagram, Layout, Overlay, Point, Px};
use countersign_workflow::Outline;
use proptest::prelude::*;

/// The faults of a layout; none if it keeps all rules.
pub fn faults(layout: &Layout) -> Vec<String> {
    let mut faults = Vec::new();
    let boxes: Vec<Area> = layout.boxes.iter().map(|one| one.area).collect();
    let badges: Vec<Area> = layout.boxes.iter().filter_map(|one| Some(one.badge.as_ref()?.area)).collect();
    let labels: Vec<Area> =
        layout.lines.iter().flat_map(|line| &line.texts).map(|text| text.area()).chain(badges).collect();
    for (index, one) in boxes.iter().enumerate() {
        if boxes[..index].iter().any(|other| meet(one, other)) {
            faults.push(format!("box {index} on a box"));
        }
    }
    for (index, label) in labels.iter().enumerate() {
        if labels[..index].iter().any(|other| meet(label, other)) {
            faults.push(format!("label {index} on a label: {label:?}"));
        }
        if boxes.iter().any(|one| meet(label, &wider(one, CLEAR))) {
            faults.push(format!("label {index} touches a box: {label:?}"));
        }
    }
    for mark in layout.lines.iter().flat_map(|line| &line.marks) {
        let area = wider(&between(mark.at, mark.at), MARK_RADIUS);
        if labels.iter().chain(&boxes).any(|part| meet(&area, part)) {
            faults.push(format!("mark {} on a label or box: {:?}", mark.text, mark.at));
        }
    }
    for one in &layout.boxes {
        let content = one.texts.iter().map(|text| text.area()).chain(one.chips.iter().map(|chip| chip.area));
        faults.extend(
            content.filter(|part| !inside(part, &one.area)).map(|part| format!("{part:?} leaves {:?}", one.area)),
        );
    }
    let whole = Area { x: Px::default(), y: Px::default(), width: layout.width, height: layout.height };
    let parts = boxes.iter().chain(&labels).filter(|part| !inside(part, &whole));
    faults.extend(parts.map(|part| format!("{part:?} is outside")));
    let mut pieces: Vec<(usize, Area)> = Vec::new();
    for (index, line) in layout.lines.iter().enumerate() {
        let ends = [(line.points.first(), line.source), (line.points.last(), line.target)];
        for (end, state) in ends {
            if !on_rim(*end.unwrap(), &boxes[state]) {
                faults.push(format!("line {index} does not end at its box"));
            }
        }
        for pair in line.points.windows(2) {
            let piece = between(pair[0], pair[1]);
            if pair[0].x != pair[1].x && pair[0].y != pair[1].y {
                faults.push(format!("line {index} is not at right angles"));
            }
            if boxes.iter().any(|one| meet(&piece, one)) {
                faults.push(format!("line {index} through a box"));
            }
            if labels.iter().any(|label| meet(&piece, label)) {
                faults.push(format!("line {index} through a label: {piece:?}"));
            }
            if !inside(&piece, &whole) {
                faults.push(format!("line {index} is outside"));
            }
            pieces.push((index, piece));
        }
    }
    faults.extend(overlaps(&pieces));
    faults
}

/// From a box to all words that are not its own: the rim of the current state is drawn between them.
const CLEAR: i64 = 10;
/// Radius of the number of a counterexample.
const MARK_RADIUS: i64 = 9;

fn wider(area: &Area, by: i64) -> Area {
    let (by, both) = (std::num::Saturating(by), std::num::Saturating(by * 2));
    Area { x: area.x - by, y: area.y - by, width: area.width + both, height: area.height + both }
}

/// Pieces of different lines that run on each other.
fn overlaps(pieces: &[(usize, Area)]) -> Vec<String> {
    let mut level: Vec<(Px, Px, Px, usize)> = Vec::new();
    let mut upright = level.clone();
    for (line, piece) in pieces {
        if piece.height == Px::default() && piece.width > Px::default() {
            level.push((piece.y, piece.x, piece.right(), *line));
        } else if piece.height > Px::default() {
            upright.push((piece.x, piece.y, piece.bottom(), *line));
        }
    }
    let mut faults = Vec::new();
    for list in [&mut level, &mut upright] {
        list.sort_unstable();
        let mut end = (Px::default(), Px::default(), usize::MAX);
        for (on, from, to, line) in list.iter() {
            if *on == end.0 && *from < end.1 && *line != end.2 {
                faults.push(format!("lines {} and {line} run on each other at {on}", end.2));
            }
            if *on != end.0 || *to > end.1 {
                end = (*on, *to, *line);
            }
        }
    }
    faults
}

fn between(one: Point, other: Point) -> Area {
    let (x, y) = (one.x.min(other.x), one.y.min(other.y));
    Area { x, y, width: one.x.max(other.x) - x, height: one.y.max(other.y) - y }
}

/// Whether two areas share more than a rim.
fn meet(one: &Area, other: &Area) -> bool {
    one.x < other.right() && other.x < one.right() && one.y < other.bottom() && other.y < one.bottom()
}

fn inside(part: &Area, whole: &Area) -> bool {
    part.x >= whole.x && part.y >= whole.y && part.right() <= whole.right() && part.bottom() <= whole.bottom()
}

fn on_rim(point: Point, area: &Area) -> bool {
    let level = (area.x..=area.right()).contains(&point.x) && (point.y == area.y || point.y == area.bottom());
    let upright = (area.y..=area.bottom()).contains(&point.y) && (point.x == area.x || point.x == area.right());
    level || upright
}

fn check(name: &str, outline: &Outline) {
    let diagram = Diagram::of(outline, "en");
    let mut overlays = vec![Overlay::default()];
    for state in diagram.states.iter().take(8) {
        overlays.push(super::overlay::busy(&diagram, &state.name));
    }
    for overlay in overlays {
        let drawing = diagram.draw(&overlay);
        assert_eq!(faults(&drawing.wide), Vec::<String>::new(), "{name}, wide");
        assert_eq!(faults(&drawing.narrow), Vec::<String>::new(), "{name}, narrow");
        assert_eq!(drawing, diagram.draw(&overlay), "{name}: not the same twice");
        assert_eq!(drawing.wide.boxes.len(), diagram.states.len());
        let drawn: usize = drawing.narrow.lines.iter().map(|line| line.edges.len()).sum();
        assert_eq!(drawn, diagram.edges.len());
    }
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "json") {
            found.push(path);
        }
    }
}

#[test]
fn every_document_is_drawn_by_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    documents(&root.join("examples"), &mut paths);
    assert!(paths.len() > 1);
    let shared = root.join("../shared/vectors/scenario");
    if shared.is_dir() {
        documents(&shared, &mut paths);
    } else {
        eprintln!("skipped: {} is not there", shared.display());
    }
    let mut drawn = 0;
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let inline = scenario_inside(&bytes);
        let outline = Outline::read(inline.as_deref().unwrap_or(&bytes));
        let Some(outline) = outline.filter(|outline| !outline.states.is_empty()) else { continue };
        check(&path.display().to_string(), &outline);
        drawn += 1;
    }
    assert!(drawn > 1);
}

/// The scenario inside a story.
fn scenario_inside(bytes: &[u8]) -> Option<Vec<u8>> {
    let limits = countersign_codec::JsonLimits::default();
    let story = countersign_codec::Json::parse(bytes, limits).ok()?;
    story.get("scenario").filter(|inside| inside.as_map().is_some()).map(countersign_codec::Json::canonical)
}

/// A document with these ways between its states; a state without a way is an end.
fn document(states: usize, ways: &[(usize, usize, u8)]) -> String {
    let mut text = String::from(
        "name: g\ntitle: Generated\nlanguage: en\ninitial: s0\nactors: {a: {title: First party}, b: {title: Second}}\n\
         actions:\n  short: {title: Sign, by: a}\n  long: {title: Accept the delivery with all of its papers, by: [a, b]}\n\
         states:\n",
    );
    for state in 0..states {
        let mut own = ways.iter().filter(|(from, ..)| from % states == state).peekable();
        let title = ["Short", "A title of some more words than fit", "Supercalifragilisticexpialidocious"][state % 3];
        write!(text, "  s{state}: {{title: {title} {state}").unwrap();
        if own.peek().is_none() {
            text.push_str([", final: success", ", final: failure"][state % 2]);
        } else {
            text.push_str(", transitions: [");
            for (_, to, kind) in own {
                let trigger =
                    ["on: short", "on: long", "after: P30D", "when: everyone_did(long)"][usize::from(kind % 4)];
                let goto = if kind % 16 == 5 { "stay".to_owned() } else { format!("s{}", to % states) };
                write!(text, "{{{trigger}, goto: {goto}}}, ").unwrap();
            }
            text.push(']');
        }
        text.push_str("}\n");
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn generated_documents_are_drawn_by_the_rules(
        states in 1_usize..24,
        ways in prop::collection::vec((0_usize..1_000, 0_usize..1_000, any::<u8>()), 0..60),
    ) {
        let document = document(states, &ways);
        check(&document, &Outline::read(document.as_bytes()).unwrap());
    }
}

/// A process of many states: a long way with short cuts, ways back, and an end that is reached from everywhere.
pub fn large(states: usize) -> String {
    let mut ways = Vec::new();
    for state in 0..states - 2 {
        ways.push((state, state + 1, 0));
        if state % 3 == 0 {
            ways.push((state, state + 7, 1));
        }
        if state % 5 == 0 {
            ways.push((state, state / 2, 1));
        }
        ways.push((state, states - 1, 2));
    }
    document(states, &ways)
}

#[test]
fn five_hundred_states_take_a_bounded_number_of_steps() {
    let count = |states| {
        let outline = Outline::read(large(states).as_bytes()).unwrap();
        let drawing = Diagram::of(&outline, "en").draw(&Overlay::default());
        assert_eq!(faults(&drawing.narrow), Vec::<String>::new());
        drawing.wide.steps + drawing.narrow.steps
    };
    let (half, full) = (count(250), count(500));
    // A step is a visit of a state, a link or a neighbour on a track; a machine does some ten million in a second.
    assert!(full < 1_000_000, "{full} steps");
    // Lines that run side by side are compared in pairs: twice the states, four times the steps.
    assert!(full < half * 5, "{half} and {full} steps");
}

#[test]
fn every_kind_of_timer_has_its_words() {
    let text = "
scenario: countersign/scenario/v1
name: clock
title: Clock
language: en
actors: {a: {title: A}}
calendars: {office: {title: Office days, week: [mon]}}
states:
  s:
    title: S
    transitions:
      - {at: vars.day_of_delivery + days(3), goto: e}
      - {every: P2D, times: 5, if: vars.open, goto: stay}
      - {after: {business_days: 10, calendar: office}, goto: e}
      - {after: {business_days: 2, calendar: none}, goto: e}
  e: {title: E, final: success}
";
    let diagram = Diagram::of(&Outline::read(text.as_bytes()).unwrap(), "en");
    let words: Vec<(&str, &str)> =
        diagram.edges.iter().map(|edge| (edge.trigger.as_str(), edge.label.as_str())).collect();
    assert_eq!(
        words,
        [
            ("at", "once it is 3 days after the day of delivery"),
            ("every", "every 2 days, 5 times at most, if the open"),
            ("after", "after 10 business days (Office days)"),
            ("after", "after 2 business days (none)"),
        ]
    );
}
