//! Classes of personal data (language §2.5).

use countersign_codec::Json;
use countersign_rules::{Duration, Text};

use super::{Builder, Members, data, put_map};
use crate::classes::{DataClass, KeepFrom};
use crate::finding::Place;
use crate::tree::Node;

impl Builder<'_> {
    /// Compiles the data classes, ascending by name; none if one of them has an error.
    pub(super) fn data_classes(&mut self, canonical: &mut Members) -> Option<Vec<DataClass>> {
        let doc = self.doc;
        let mut members = Members::new();
        let mut classes = Vec::new();
        let mut complete = true;
        for (key, node) in doc.get("data_classes").and_then(Node::as_map).unwrap_or_default() {
            let mut own = Members::new();
            match self.data_class(&key.text, key.place, node, &mut own) {
                Some(class) => classes.push(class),
                None => complete = false,
            }
            members.insert(key.text.clone(), Json::Map(own));
        }
        put_map(canonical, "data_classes", members);
        classes.sort_by(|left, right| left.name.cmp(&right.name));
        complete.then_some(classes)
    }

    fn data_class(&mut self, name: &str, place: Place, node: &Node, canonical: &mut Members) -> Option<DataClass> {
        let title = self.title(node, canonical);
        let purpose = self.plain_words(node, "purpose", canonical);
        data::copy(node, &["from", "subject"], canonical);
        for (key, what) in [("subject", "subject"), ("keep", "retention")] {
            if node.get(key).is_none() {
                self.report.add("E502", place, format!("`{name}` has no {what}"));
            }
        }
        let subject = node.get("subject").and_then(|subject| self.actor_named(subject));
        let keep = node.get("keep").and_then(Node::as_text).and_then(Duration::parse);
        if let Some(keep) = keep {
            canonical.insert("keep".into(), Json::Text(keep.to_string()));
        }
        let everyone = self.everyone();
        let holders = node.get("holders").map_or(everyone, |holders| self.actors_named(holders));
        if holders != everyone {
            canonical.insert("holders".into(), self.names_of(holders));
        }
        let from = match node.get("from").and_then(Node::as_text) {
            Some("entry") => KeepFrom::Entry,
            _ => KeepFrom::End,
        };
        Some(DataClass {
            name: name.into(),
            title: title?,
            subject: subject?,
            purpose: purpose?,
            keep: keep?,
            from,
            holders,
        })
    }

    /// The data class that an attachment names.
    pub(super) fn class_named(&mut self, node: &Node) -> Option<Text> {
        let name = node.as_text()?;
        let classes = self.doc.get("data_classes").and_then(Node::as_map).unwrap_or_default();
        if classes.iter().any(|(key, _)| key.text == name) {
            return Some(name.into());
        }
        self.nothing_called(node, "data class", name, classes.iter().map(|(key, _)| key.text.as_str()));
        None
    }
}
