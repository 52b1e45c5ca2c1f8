//! The bodies of a document: the root and its sub-scenarios, which of them start which, and in what order to compile
//! them.

use std::collections::BTreeMap;

use super::names;
use crate::finding::Report;
use crate::tree::Node;

/// Most sub-scenarios that start one below the other.
pub const DEPTH_MAX: usize = 8;
/// Most sub-scenarios of a document.
const BODIES_MAX: usize = 2_000;

/// A body as it is written.
#[derive(Debug)]
pub(crate) struct Declared<'a> {
    pub node: &'a Node,
    /// Its name and those of the bodies it stands in, with dots; empty for the root.
    pub path: String,
    /// The body it stands in.
    outer: usize,
    /// The bodies that stand in it, by name.
    pub inner: BTreeMap<&'a str, usize>,
    /// What it starts: items of `start` and effects.
    pub starts: Vec<&'a Node>,
}

/// All bodies of a document, the root first.
#[derive(Debug)]
pub(crate) struct Family<'a> {
    root: &'a Node,
    pub bodies: Vec<Declared<'a>>,
}

impl<'a> Family<'a> {
    pub fn of(root: &'a Node, report: &mut Report) -> Self {
        let mut bodies = vec![Declared::new(root, String::new(), 0)];
        let mut next = 0;
        while let Some((node, path)) = bodies.get(next).map(|body| (body.node, body.path.clone())) {
            for (key, node) in node.get("scenarios").and_then(Node::as_map).unwrap_or_default() {
                if bodies.len() > BODIES_MAX {
                    let message = format!("too many sub-scenarios: more than {BODIES_MAX}");
                    report.add("E107", key.place, message);
                    return Self { root, bodies };
                }
                let path = if path.is_empty() { key.text.clone() } else { format!("{path}.{}", key.text) };
                let position = bodies.len();
                bodies.push(Declared::new(node, path, next));
                if let Some(body) = bodies.get_mut(next) {
                    body.inner.insert(&key.text, position);
                }
            }
            next = next.saturating_add(1);
        }
        Self { root, bodies }
    }

    /// What is written of a body; that of the root if there is no such body.
    pub fn node(&self, position: usize) -> &'a Node {
        self.bodies.get(position).map_or(self.root, |body| body.node)
    }

    /// The body that a name means in another body: its own, else one of those it stands in.
    pub fn find(&self, from: usize, name: &str) -> Option<usize> {
        let mut at = from;
        loop {
            let body = self.bodies.get(at)?;
            match body.inner.get(name) {
                Some(found) => return Some(*found),
                None if at == 0 => return None,
                None => at = body.outer,
            }
        }
    }

    /// The names that [`Family::find`] knows in a body.
    pub fn names(&self, from: usize) -> Vec<&'a str> {
        let mut names = Vec::new();
        let mut at = from;
        while let Some(body) = self.bodies.get(at) {
            names.extend(body.inner.keys().copied());
            if at == 0 {
                break;
            }
            at = body.outer;
        }
        names
    }

    /// The bodies that a body starts.
    fn started(&self, from: usize) -> Vec<usize> {
        let starts = self.bodies.get(from).map(|body| body.starts.as_slice()).unwrap_or_default();
        let named = starts.iter().filter_map(|start| start.get("scenario").and_then(Node::as_text));
        let mut found: Vec<usize> = named.filter_map(|name| self.find(from, name)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The order in which each body comes after all that it starts. None if some start each other in a circle (E203) or
    /// too many start one below the other (E107).
    pub fn order(&self, report: &mut Report) -> Option<Vec<usize>> {
        let word = |at: usize| self.bodies.get(at).map_or("", |body| body.path.as_str());
        let edges = (0..self.bodies.len()).map(|at| (word(at), self.started(at).into_iter().map(word).collect()));
        let place = self.bodies.first().and_then(|root| root.node.get("scenarios")).map(|node| node.place);
        let place = place.unwrap_or_default();
        if let Some(found) = names::loop_of(&edges.collect()) {
            report.add("E203", place, format!("scenarios contain each other: {}", found.join(" → ")));
            return None;
        }
        let mut levels: Vec<Option<usize>> = vec![None; self.bodies.len()];
        let mut order = Vec::with_capacity(self.bodies.len());
        for start in 0..self.bodies.len() {
            let mut waiting = vec![start];
            while let Some(at) = waiting.last().copied() {
                let started = self.started(at);
                let open: Vec<usize> =
                    started.iter().copied().filter(|below| levels.get(*below).is_some_and(Option::is_none)).collect();
                if open.is_empty() {
                    waiting.pop();
                    let below = started.iter().filter_map(|below| levels.get(*below).copied().flatten()).max();
                    if let Some(level @ None) = levels.get_mut(at) {
                        *level = Some(below.map_or(0, |below| below.saturating_add(1)));
                        order.push(at);
                    }
                }
                waiting.extend(open);
            }
        }
        let deepest = levels.iter().flatten().max().copied().unwrap_or(0);
        if deepest > DEPTH_MAX {
            report.add("E107", place, format!("too many levels of sub-scenarios: {deepest}, at most {DEPTH_MAX}"));
            return None;
        }
        Some(order)
    }
}

impl<'a> Declared<'a> {
    fn new(node: &'a Node, path: String, outer: usize) -> Self {
        Self { node, path, outer, inner: BTreeMap::new(), starts: starts_in(node) }
    }
}

/// Every item of `start` and every effect `start` of a body, not of those that stand in it.
fn starts_in(body: &Node) -> Vec<&Node> {
    fn members<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> {
        node.get(key).and_then(Node::as_map).unwrap_or_default().iter().map(|(_, value)| value)
    }
    fn items<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> {
        node.get(key).and_then(Node::as_list).unwrap_or_default().iter()
    }
    let mut doing: Vec<&Node> = Vec::new();
    let mut starts: Vec<&Node> = Vec::new();
    for action in members(body, "actions") {
        doing.push(action);
        doing.extend(members(action, "responses"));
    }
    for state in members(body, "states") {
        starts.extend(items(state, "start"));
        doing.push(state);
        doing.extend(items(state, "transitions"));
    }
    doing.extend(body.get("everywhere").into_iter().flat_map(|everywhere| items(everywhere, "transitions")));
    starts.extend(doing.into_iter().flat_map(|node| items(node, "do")).filter_map(|effect| effect.get("start")));
    starts
}
