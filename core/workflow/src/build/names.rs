//! The names of a document, collected before anything refers to them.

use std::collections::BTreeMap;

use countersign_codec::Json;

use super::Builder;
use super::synchronise::own_actions;
use crate::finding::did_you_mean;
use crate::scenario::Actors;
use crate::tree::{Kind, Node};

/// Names as declared; positions in the lists are positions in the scenario.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    /// Ascending.
    pub actors: Vec<&'a str>,
    /// Ascending; each with its responses, ascending.
    pub actions: Vec<(&'a str, Vec<&'a str>)>,
    /// Ascending.
    pub states: Vec<&'a str>,
    pub clauses: Vec<&'a str>,
    pub initial: Option<&'a str>,
}

impl<'a> Names<'a> {
    pub fn of(doc: &'a Node) -> Self {
        let sorted = |key: &str| {
            let members = doc.get(key).and_then(Node::as_map).unwrap_or_default();
            let mut names: Vec<&str> = members.iter().map(|(key, _)| key.text.as_str()).collect();
            names.sort_unstable();
            names
        };
        let responses = |name: &str| {
            let action = doc.get("actions").and_then(|actions| actions.get(name));
            let mut names = match action.and_then(|action| action.get("responses")).and_then(Node::as_map) {
                Some(responses) => responses.iter().map(|(key, _)| key.text.as_str()).collect(),
                None => vec!["ok"],
            };
            names.sort_unstable();
            names
        };
        let mut actions: Vec<_> = sorted("actions").into_iter().map(|name| (name, responses(name))).collect();
        for own in own_actions(doc) {
            if let Err(at) = actions.binary_search_by(|(name, _)| (*name).cmp(own.as_str())) {
                actions.insert(at, (own.as_str(), vec!["ok"]));
            }
        }
        Self {
            actors: sorted("actors"),
            actions,
            states: sorted("states"),
            clauses: sorted("clauses"),
            initial: doc.get("initial").and_then(Node::as_text),
        }
    }

    /// The position of an action.
    pub fn action(&self, name: &str) -> Option<usize> {
        self.actions.binary_search_by(|(other, _)| (*other).cmp(name)).ok()
    }

    /// The positions of an action and its response as `action.response`.
    pub fn response_words(&self, (action, response): (usize, usize)) -> String {
        match self.actions.get(action) {
            Some((name, responses)) => format!("{name}.{}", responses.get(response).unwrap_or(&"ok")),
            None => String::new(),
        }
    }
}

impl Builder<'_> {
    /// E201.
    pub(super) fn nothing_called<'n>(
        &mut self,
        node: &Node,
        kind: &str,
        name: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) {
        let near = did_you_mean(name, names);
        self.report.add("E201", node.place, format!("no {kind} is called `{name}`{near}"));
    }

    pub(super) fn state_named(&mut self, node: &Node) -> Option<usize> {
        let name = node.as_text()?;
        let found = self.names.states.binary_search(&name).ok();
        if found.is_none() {
            let names = self.names.states.clone();
            self.nothing_called(node, "state", name, names);
        }
        found
    }

    pub(super) fn actor_named(&mut self, node: &Node) -> Option<usize> {
        let name = node.as_text()?;
        let found = self.names.actors.binary_search(&name).ok();
        if found.is_none() {
            let names = self.names.actors.clone();
            self.nothing_called(node, "actor", name, names);
        }
        found
    }

    /// A name, a list of names or `everyone`.
    pub(super) fn actors_named(&mut self, node: &Node) -> Actors {
        let mut actors = Actors::default();
        match &node.kind {
            Kind::Text { text, .. } if text == "everyone" => return self.everyone(),
            Kind::List(items) => {
                for item in items {
                    self.actor_named(item).into_iter().for_each(|actor| actors.add(actor));
                }
            }
            _ => self.actor_named(node).into_iter().for_each(|actor| actors.add(actor)),
        }
        actors
    }

    /// A set of actors in canonical form: a sorted list.
    pub(super) fn names_of(&self, actors: Actors) -> Json {
        Json::List(
            actors.iter().filter_map(|actor| self.names.actors.get(actor)).map(|name| Json::text(*name)).collect(),
        )
    }

    /// The responses that one entry of `on` names.
    pub(super) fn responses_named(&mut self, node: &Node) -> Vec<(usize, usize)> {
        let Some(text) = node.as_text() else { return Vec::new() };
        let (action_name, response) = text.split_once('.').map_or((text, None), |(a, r)| (a, Some(r)));
        // What comes by itself leads nowhere.
        let declared = |name: &str| self.doc.get("actions").is_some_and(|actions| actions.get(name).is_some());
        let Some(action) = self.names.action(action_name).filter(|_| declared(action_name)) else {
            let names: Vec<&str> =
                self.names.actions.iter().map(|(name, _)| *name).filter(|name| declared(name)).collect();
            self.nothing_called(node, "action", action_name, names);
            return Vec::new();
        };
        let responses = self.names.actions.get(action).map(|(_, names)| names.clone()).unwrap_or_default();
        match response {
            None => (0..responses.len()).map(|response| (action, response)).collect(),
            Some(response) => match responses.iter().position(|name| *name == response) {
                Some(position) => vec![(action, position)],
                None => {
                    self.nothing_called(node, "response", text, responses);
                    Vec::new()
                }
            },
        }
    }

    /// The clause that a part cites.
    pub(super) fn clause(&mut self, node: &Node) -> Option<String> {
        let clause = node.get("clause")?;
        let name = clause.as_text()?;
        if self.names.clauses.binary_search(&name).is_err() {
            let names: Vec<&str> = self.names.clauses.clone();
            self.nothing_called(clause, "clause", name, names);
        }
        Some(name.to_owned())
    }
}

/// The names of a circle, the first one again at its end (E203).
pub(super) fn loop_of(edges: &BTreeMap<&str, Vec<&str>>) -> Option<Vec<String>> {
    /// Where a search stands: names on the way, and what is left to follow below each.
    type Trail<'n> = Vec<(&'n str, Vec<&'n str>)>;
    let mut done: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    for start in edges.keys() {
        let mut trail: Trail<'_> = vec![(start, edges.get(start).cloned().unwrap_or_default())];
        while let Some((name, left)) = trail.last_mut() {
            let (name, next) = (*name, left.pop());
            match next {
                None => {
                    done.insert(name);
                    trail.pop();
                }
                Some(next) if done.contains(next) => {}
                Some(next) => {
                    if let Some(from) = trail.iter().position(|(on_the_way, _)| *on_the_way == next) {
                        let names = trail.iter().skip(from).map(|(name, _)| (*name).to_owned());
                        return Some(names.chain([next.to_owned()]).collect());
                    }
                    trail.push((next, edges.get(next).cloned().unwrap_or_default()));
                }
            }
        }
    }
    None
}
