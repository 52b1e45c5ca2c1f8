//! Compiling expressions and paths, with findings at their place in the document.

use countersign_codec::Json;
use countersign_rules::{At, Expr, Finding as RulesFinding, Kind as TypeKind, Place as RulesPlace, Rule, Text, Type};

use super::{Builder, Sight};
use crate::finding::{Place, did_you_mean};
use crate::scenario::{Member, Section, Target};
use crate::tree::{Kind, Node};

/// A compiled expression and its tree.
pub(super) type Compiled = (Rule, Json);

/// Members every actor has and nobody sets.
const ACTOR_BUILT_IN: [&str; 3] = ["key", "identity", "index"];

impl Builder<'_> {
    pub(super) fn add_rules_finding(&mut self, node: &Node, finding: &RulesFinding) {
        let place = match (&finding.at, &node.kind) {
            // The whole of a quoted text is named by its quote.
            (At::Column(1), _) => node.place,
            (At::Column(column), Kind::Text { offset: Some(offset), .. }) => {
                node.place.right(column.saturating_sub(1).saturating_add(*offset))
            }
            (At::Pointer(pointer), _) => node.places_at(pointer).1,
            _ => node.place,
        };
        self.report.add(finding.code.as_str(), place, finding.message.clone());
    }

    fn parsed(&mut self, node: &Node) -> Option<Expr> {
        match Expr::from_json(&node.to_json(), self.place) {
            Ok(expression) => Some(expression),
            Err(finding) => {
                self.add_rules_finding(node, &finding);
                None
            }
        }
    }

    /// Compiles the expression at `node` for a place that asks for a value of type `expected`.
    pub(super) fn expression(&mut self, node: &Node, scope: &Sight, expected: Option<&Type>) -> Option<Compiled> {
        let expression = self.parsed(node)?;
        self.checked(node, expression, scope, expected)
    }

    fn checked(&mut self, node: &Node, expression: Expr, scope: &Sight, expected: Option<&Type>) -> Option<Compiled> {
        let checked = self.with_scope(scope, |scope| expression.check(scope, expected));
        for finding in &checked.findings {
            self.add_rules_finding(node, finding);
        }
        Some((checked.rule().ok()?, expression.to_tree()))
    }

    /// Compiles a guard. What is always true is no guard.
    pub(super) fn guard(&mut self, node: &Node, scope: &Sight) -> Option<Option<Compiled>> {
        let expression = self.parsed(node)?;
        let checked = self.with_scope(scope, |scope| expression.check_guard(scope));
        for finding in &checked.findings {
            self.add_rules_finding(node, finding);
        }
        let tree = expression.to_tree();
        let rule = checked.rule().ok()?;
        Some((tree != Json::map([("bool", Json::Bool(true))])).then_some((rule, tree)))
    }

    /// The guard `if` of a part: none if it is not written.
    pub(super) fn guard_of(&mut self, part: &Node, scope: &Sight) -> Option<Option<Compiled>> {
        match part.get("if") {
            None => Some(None),
            Some(node) => self.guard(node, scope),
        }
    }

    /// The delay of an `after`: a duration as it stands, or an expression.
    pub(super) fn delay(&mut self, node: &Node, scope: &Sight) -> Option<Compiled> {
        let duration = node.as_text().and_then(countersign_rules::Duration::parse);
        let expression = match duration {
            Some(duration) => {
                let tree = Json::map([("duration", Json::text(duration.to_string()))]);
                Expr::from_tree(&tree, self.place).ok()?
            }
            None => self.parsed(node)?,
        };
        self.checked(node, expression, scope, Some(&Type::of(TypeKind::Duration)))
    }

    /// What an effect writes to, and of which type it is.
    pub(super) fn target(&mut self, node: &Node, scope: &Sight) -> Option<(Target, Type)> {
        let written = node.as_text()?;
        let path = match countersign_rules::parse_path(written, RulesPlace::Process) {
            Ok(path) => path,
            Err(finding) => {
                self.add_rules_finding(node, &finding);
                return None;
            }
        };
        let words: Vec<&str> = path.iter().map(|part| &**part).collect();
        let (section, skip) = match words.as_slice() {
            ["_", "assets", _, ..] => (Section::Assets, 2),
            ["_", "vars", _, ..] => (Section::Vars, 2),
            ["actor", field, ..] if !ACTOR_BUILT_IN.contains(field) && scope.contains_key("actor") => {
                (Section::ActingActor, 1)
            }
            ["_", "actors", actor, field, ..] if !ACTOR_BUILT_IN.contains(field) => {
                match self.names.actors.binary_search(actor) {
                    Ok(actor) => (Section::Actor(Member { actor, index: 0 }), 3),
                    Err(_) => {
                        let names = self.names.actors.clone();
                        self.nothing_called(node, "actor", actor, names);
                        return None;
                    }
                }
            }
            _ => {
                self.report.add("E405", node.place, format!("`{written}` cannot be set"));
                return None;
            }
        };
        let below = path.get(1..).unwrap_or_default();
        let found = match section {
            Section::ActingActor => scope.get("actor").and_then(|kind| kind.at(below)),
            _ => self.root.at(below),
        };
        let Some(kind) = found.cloned() else {
            self.no_path(node, &path);
            return None;
        };
        Some((Target { section, path: path.get(skip..).unwrap_or_default().to_vec() }, kind))
    }

    /// E402, for paths that are not part of an expression.
    pub(super) fn no_path(&mut self, node: &Node, path: &[Text]) {
        let below = path.get(1..).unwrap_or_default();
        let near = (0..below.len()).rev().find_map(|length| {
            let holder = self.root.at(below.get(..length)?)?;
            let TypeKind::Record(members) = &holder.kind else { return Some(String::new()) };
            Some(did_you_mean(below.get(length)?, members.keys().map(|name| &**name)))
        });
        let written = node.as_text().unwrap_or_default();
        let message = format!("nothing is called `{written}` here{}", near.unwrap_or_default());
        self.report.add("E402", node.place, message);
    }

    /// A path of `seen`: below the root of the process.
    pub(super) fn seen_path(&mut self, node: &Node) -> Option<Vec<Text>> {
        let path = match countersign_rules::parse_path(node.as_text()?, RulesPlace::Process) {
            Ok(path) => path,
            Err(finding) => {
                self.add_rules_finding(node, &finding);
                return None;
            }
        };
        let known = path.first().is_some_and(|first| &**first == "_")
            && path.get(1..).is_some_and(|below| self.root.at(below).is_some());
        if !known {
            self.no_path(node, &path);
            return None;
        }
        Some(path)
    }

    /// The expressions of `result`.
    pub(super) fn result(&mut self, canonical: &mut super::Members) -> Option<Vec<(Text, Rule, Place)>> {
        let members = self.doc.get("result").and_then(Node::as_map).unwrap_or_default();
        let scope = self.scope([]);
        let mut trees = super::Members::new();
        let mut rules = Vec::new();
        let mut complete = true;
        for (key, node) in members {
            match self.expression(node, &scope, None) {
                Some((rule, tree)) => {
                    trees.insert(key.text.clone(), tree);
                    rules.push((Text::from(key.text.as_str()), rule, node.place));
                }
                None => complete = false,
            }
        }
        super::put_map(canonical, "result", trees);
        rules.sort_by(|(left, ..), (right, ..)| left.cmp(right));
        complete.then_some(rules)
    }
}
