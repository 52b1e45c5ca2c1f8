//! Words by language, with and without placeholders.

use countersign_codec::Json;
use countersign_rules::{Place as RulesPlace, Printer, Template};

use super::{Builder, Members, Sight};
use crate::scenario::{Words, Written};
use crate::tree::{Kind, Node};

impl Builder<'_> {
    /// Words by language, as written; W607 if the language of the scenario is not among them.
    fn words(&mut self, node: &Node) -> Option<Vec<(String, Node)>> {
        match &node.kind {
            Kind::Text { .. } => Some(vec![(self.language.clone(), node.clone())]),
            Kind::Map(members) => {
                if !members.is_empty() && node.get(&self.language).is_none() {
                    self.report.add("W607", node.place, format!("text has no {}", self.language));
                }
                Some(members.iter().map(|(key, value)| (key.text.clone(), value.clone())).collect())
            }
            _ => None,
        }
    }

    fn put(words: &[(String, Node)], key: &str, canonical: &mut Members) {
        let words = words.iter().map(|(language, node)| (language.clone(), node.to_json()));
        canonical.insert(key.to_owned(), Json::Map(words.collect()));
    }

    /// The `title` of a part.
    pub(super) fn title(&mut self, part: &Node, canonical: &mut Members) -> Option<Words> {
        self.plain_words(part, "title", canonical)
    }

    /// Words without placeholders.
    pub(super) fn plain_words(&mut self, part: &Node, key: &str, canonical: &mut Members) -> Option<Words> {
        let words = self.words(part.get(key)?)?;
        Self::put(&words, key, canonical);
        words.into_iter().map(|(language, node)| Some((language, node.as_text()?.to_owned()))).collect()
    }

    /// The `description` of a part: may have placeholders about the process, which are checked when that is known.
    pub(super) fn description(&mut self, part: &Node, canonical: &mut Members) {
        let Some(node) = part.get("description") else { return };
        if let Some(words) = self.words(node) {
            Self::put(&words, "description", canonical);
            self.descriptions.push(node.clone());
        }
    }

    /// Checks the placeholders of all descriptions.
    pub(super) fn all_descriptions(&mut self) {
        let scope = self.scope([]);
        for node in std::mem::take(&mut self.descriptions) {
            self.written(&node, &scope);
        }
    }

    /// Words with placeholders.
    pub(super) fn written(&mut self, node: &Node, scope: &Sight) -> Option<(Written, Json)> {
        let words = self.words(node)?;
        let mut written = Written::new();
        let mut complete = true;
        for (language, node) in &words {
            match self.template(node, scope) {
                Some(template) => {
                    written.insert(language.clone(), template);
                }
                None => complete = false,
            }
        }
        let canonical = words.iter().map(|(language, node)| (language.clone(), node.to_json())).collect();
        complete.then_some((written, Json::Map(canonical)))
    }

    fn template(&mut self, node: &Node, scope: &Sight) -> Option<Printer> {
        let checked = Template::parse(node.as_text()?, RulesPlace::Process)
            .map_err(|finding| vec![finding])
            .and_then(|template| self.with_scope(scope, |scope| template.check(scope)));
        let (printer, findings) = match checked {
            Ok((printer, warnings)) => (Some(printer), warnings),
            Err(errors) => (None, errors),
        };
        for finding in &findings {
            self.add_rules_finding(node, finding);
        }
        printer
    }

    /// The clauses in the order in which they were written.
    pub(super) fn clauses(&mut self, canonical: &mut Members) -> Vec<(String, Written)> {
        let scope = self.scope([]);
        let mut members = Members::new();
        let mut clauses = Vec::new();
        for (key, node) in self.doc.get("clauses").and_then(Node::as_map).unwrap_or_default() {
            if key.text.is_empty() || key.text.chars().count() > 64 {
                self.report.add("E106", key.place, "clauses must have ids of 1 to 64 characters");
            }
            if let Some((written, words)) = self.written(node, &scope) {
                members.insert(key.text.clone(), words);
                clauses.push((key.text.clone(), written));
            }
        }
        super::put_map(canonical, "clauses", members);
        // The order of keys never has a meaning: numbers by value, then words.
        clauses.sort_by_cached_key(|(id, _)| clause_order(id));
        clauses
    }
}

/// `10` after `9`, `2.10` after `2.9`.
fn clause_order(id: &str) -> Vec<(u64, String)> {
    id.split('.').map(|part| (part.parse().unwrap_or(u64::MAX), part.to_owned())).collect()
}
