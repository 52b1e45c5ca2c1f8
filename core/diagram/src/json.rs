//! A diagram as JSON: the form that the browser draws.

use countersign_codec::Json;

use crate::drawing::{Area, Box, Chip, Drawing, Layout, Line, Point, Px, TextLine};
use crate::model::Diagram;
use crate::path::path;

fn number(length: Px) -> Json {
    Json::Int(length.0)
}

fn list<T>(items: &[T], one: impl Fn(&T) -> Json) -> Json {
    Json::List(items.iter().map(one).collect())
}

fn texts(items: impl IntoIterator<Item = String>) -> Json {
    Json::List(items.into_iter().map(Json::Text).collect())
}

impl Drawing {
    /// The model with both layouts.
    pub fn to_json(&self, diagram: &Diagram) -> Json {
        let role = |position: &usize| diagram.roles.get(*position).map(|role| role.name.clone());
        let named: Vec<_> = diagram.roles.iter().zip(&self.monograms).collect();
        let roles = list(&named, |(role, monogram)| {
            Json::map([
                ("actor", Json::text(role.name.as_str())),
                ("title", Json::text(role.title.as_str())),
                ("monogram", Json::text(monogram.as_str())),
            ])
        });
        let states = list(&diagram.states, |state| {
            Json::map([
                ("state", Json::text(state.name.as_str())),
                ("title", Json::text(state.title.as_str())),
                ("kind", Json::text(state.kind.as_str())),
                ("initial", Json::Bool(state.initial)),
                ("actors", texts(state.roles.iter().filter_map(role))),
            ])
        });
        let name = |state: usize| Json::text(diagram.states.get(state).map_or("", |state| state.name.as_str()));
        let edges = list(&diagram.edges, |edge| {
            let mut members = vec![
                ("edge", Json::text(edge.name.as_str())),
                ("source", name(edge.source)),
                ("target", name(edge.target)),
                ("stays", Json::Bool(edge.stays)),
                ("label", Json::text(edge.label.as_str())),
                ("trigger", Json::text(edge.trigger.as_str())),
                ("actors", texts(edge.roles.iter().filter_map(role))),
                ("actions", texts(edge.actions.iter().cloned())),
            ];
            let optional = [("condition", &edge.condition), ("when", &edge.when)];
            members.extend(optional.into_iter().filter_map(|(key, text)| Some((key, Json::text(text.clone()?)))));
            Json::map(members)
        });
        Json::map([
            ("title", Json::text(diagram.title.as_str())),
            ("language", Json::text(diagram.language.as_str())),
            ("roles", roles),
            ("states", states),
            ("edges", edges),
            ("words", texts(self.words.iter().cloned())),
            ("wide", layout(diagram, &self.wide)),
            ("narrow", layout(diagram, &self.narrow)),
        ])
    }
}

fn layout(diagram: &Diagram, layout: &Layout) -> Json {
    Json::map([
        ("width", number(layout.width)),
        ("height", number(layout.height)),
        ("nodes", list(&layout.boxes, |one| node(diagram, one))),
        ("lines", list(&layout.lines, |one| line(diagram, one))),
    ])
}

fn area(area: &Area) -> Vec<(&'static str, Json)> {
    vec![("x", number(area.x)), ("y", number(area.y)), ("width", number(area.width)), ("height", number(area.height))]
}

fn chip(diagram: &Diagram, chip: &Chip) -> Json {
    let mut members = area(&chip.area);
    members.push(("text", Json::text(chip.text.as_str())));
    if let Some(role) = chip.role.and_then(|role| diagram.roles.get(role)) {
        members.push(("actor", Json::text(role.name.as_str())));
    }
    Json::map(members)
}

fn node(diagram: &Diagram, one: &Box) -> Json {
    let mut members = area(&one.area);
    let state = diagram.states.get(one.state);
    members.push(("state", Json::text(state.map_or("", |state| state.name.as_str()))));
    members.push(("standing", Json::text(one.standing.as_str())));
    members.push(("texts", list(&one.texts, text)));
    members.push(("chips", list(&one.chips, |one| chip(diagram, one))));
    if let Some(badge) = &one.badge {
        members.push(("badge", chip(diagram, badge)));
    }
    Json::map(members)
}

fn text(line: &TextLine) -> Json {
    Json::map([
        ("x", number(line.at.x)),
        ("y", number(line.at.y)),
        ("width", number(line.width)),
        ("anchor", Json::text(line.anchor.as_str())),
        ("kind", Json::text(line.kind.as_str())),
        ("text", Json::text(line.text.as_str())),
    ])
}

fn point(at: &Point) -> Json {
    Json::List(vec![number(at.x), number(at.y)])
}

fn line(diagram: &Diagram, one: &Line) -> Json {
    let state = |position: usize| Json::text(diagram.states.get(position).map_or("", |state| state.name.as_str()));
    let edges = one.edges.iter().filter_map(|edge| diagram.edges.get(*edge)).map(|edge| edge.name.clone());
    let marks = list(&one.marks, |mark| {
        let text = Json::text(mark.text.as_str());
        Json::map([("x", number(mark.at.x)), ("y", number(mark.at.y)), ("text", text)])
    });
    Json::map([
        ("edges", texts(edges)),
        ("source", state(one.source)),
        ("target", state(one.target)),
        ("standing", Json::text(one.standing.as_str())),
        ("path", Json::text(path(&one.points))),
        ("points", list(&one.points, point)),
        ("head", Json::text(head(&one.points))),
        ("texts", list(&one.texts, text)),
        ("marks", marks),
    ])
}

/// The path data of the head of the arrow.
pub(crate) fn head(points: &[Point]) -> String {
    let mut from_end = points.iter().rev();
    let (Some(end), Some(before)) = (from_end.next(), from_end.next()) else { return String::new() };
    let back = crate::path::towards(*end, *before, crate::drawing::px(9));
    let half = crate::drawing::px(5);
    let (one, other) = if back.x == end.x {
        (Point { x: back.x - half, ..back }, Point { x: back.x + half, ..back })
    } else {
        (Point { y: back.y - half, ..back }, Point { y: back.y + half, ..back })
    };
    format!("M{} {}L{} {}L{} {}Z", end.x, end.y, one.x, one.y, other.x, other.y)
}
