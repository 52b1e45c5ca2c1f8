//! What a body starts, what it sees of that, and the signals it knows.

use std::sync::Arc;

use countersign_codec::Json;
use countersign_rules::{ITEMS_MAX_DEFAULT, Kind as TypeKind, Rule, Text, Type};

use super::{Builder, Members, Names, Sight, data, put_map};
use crate::scenario::{Body, ChildKind, Each, EffectKind, Signal, Start, To};
use crate::tree::Node;

/// Most characters of the name of a state.
const NAME_CHARACTERS_MAX: u64 = 63;
/// Most characters of an outcome: `cancelled`.
const OUTCOME_CHARACTERS_MAX: u64 = 9;

/// A name that a body may start.
#[derive(Clone, Debug)]
pub(super) struct ChildName {
    pub name: Text,
    /// Whether it is a list, one child for each of a list.
    pub many: bool,
    /// The body it follows, by its position in the document.
    body: usize,
}

impl Builder<'_> {
    /// The names of the children of this body, ascending: each follows one body, and is a list everywhere or nowhere.
    pub(super) fn child_names(&mut self) {
        let Some(declared) = self.family.bodies.get(self.own) else { return };
        for node in &declared.starts {
            let (Some(child), Some(scenario)) = (node.get("child"), node.get("scenario")) else { continue };
            let (Some(name), Some(word)) = (child.as_text(), scenario.as_text()) else { continue };
            let Some(body) = self.family.find(self.own, word) else {
                let names = self.family.names(self.own);
                self.nothing_called(scenario, "scenario", word, names);
                continue;
            };
            let many = node.get("for").is_some();
            match self.children.iter().find(|known| *known.name == *name) {
                None => self.children.push(ChildName { name: name.into(), many, body }),
                Some(known) if known.many == many && known.body == body => {}
                Some(_) => {
                    let message =
                        format!("`{name}` is taken: one name stands for children of one kind, each or one for each");
                    self.report.add("E202", child.place, message);
                }
            }
        }
        self.children.sort_by(|left, right| left.name.cmp(&right.name));
        for state in self.doc.get("states").and_then(Node::as_map).unwrap_or_default() {
            let mut names: Vec<&str> = Vec::new();
            for child in state.1.get("start").and_then(Node::as_list).unwrap_or_default() {
                let Some(name) = child.get("child").and_then(Node::as_text) else { continue };
                if names.contains(&name) {
                    self.report.add("E202", child.place, format!("`{name}` is reserved or taken"));
                }
                names.push(name);
            }
        }
    }

    /// The same for the body, once all that it starts is compiled; none if something is not.
    pub(super) fn child_kinds(&self) -> Option<Vec<ChildKind>> {
        let one = |child: &ChildName| {
            let built = self.shared.built.get(child.body)?.as_ref()?;
            Some(ChildKind { name: child.name.clone(), many: child.many, body: Arc::clone(&built.body) })
        };
        self.children.iter().map(one).collect()
    }

    /// The type of `children`.
    pub(super) fn children_type(&self) -> Type {
        let one = |child: &ChildName| {
            let built = self.shared.built.get(child.body).and_then(Option::as_ref);
            let Some(built) = built else { return (child.name.clone(), Type::any()) };
            let result =
                built.body.result.iter().map(|(name, rule, _)| (name.clone(), rule.type_of().clone().optional()));
            let kind = Type::record([
                ("state", Type::text(NAME_CHARACTERS_MAX)),
                ("finished", Type::bool()),
                ("outcome", Type::text(OUTCOME_CHARACTERS_MAX).optional()),
                ("result", Type::record(result).optional()),
            ]);
            let kind = if child.many { Type::list(kind, ITEMS_MAX_DEFAULT) } else { kind.optional() };
            (child.name.clone(), kind)
        };
        Type::record(self.children.iter().map(one))
    }

    /// Compiles an item of `start`, or an effect.
    pub(super) fn start(&mut self, node: &Node, scope: &Sight, canonical: &mut Members) -> Option<Start> {
        data::copy(node, &["child", "scenario"], canonical);
        let child = node.get("child").and_then(Node::as_text)?;
        let condition = self.guard_of(node, scope);
        if let Some(Some((_, tree))) = &condition {
            canonical.insert("if".into(), tree.clone());
        }
        let own = node.get("own").and_then(|own| own.to_json().as_bool()).unwrap_or(false);
        if own {
            canonical.insert("own".into(), Json::Bool(true));
        }
        let position = self.family.find(self.own, node.get("scenario").and_then(Node::as_text)?)?;
        let declared = self.family.bodies.get(position)?;
        let body = self.shared.built.get(position).and_then(Option::as_ref).map(|built| Arc::clone(&built.body));
        let roles = self.roles_of_child(node, child, &Names::of(declared.node), canonical);
        let each = self.each(node, body.as_deref(), scope, canonical);
        let sequential = each.as_ref().and_then(Option::as_ref).is_some_and(|each| each.sequential);
        // Items of a sequence begin later, when nothing is left of what an effect could see.
        let timed = self.scope([("time", Type::of(TypeKind::Timestamp))]);
        let with = self.with(node, body.as_deref(), if sequential { &timed } else { scope }, canonical);
        let body = body?;
        self.nothing_missing(node, child, &body);
        if let Some(roles) = &roles {
            self.groups_for_groups(node, child, &body, roles);
            self.child_invites(node, child, &body, roles);
        }
        Some(Start {
            place: node.place,
            child: child.into(),
            condition: condition?.map(|(rule, _)| rule),
            with: with?,
            roles: roles?,
            each: each?,
            own,
            body,
        })
    }

    /// Which of the own actors each actor of the child is.
    fn roles_of_child(
        &mut self,
        node: &Node,
        child: &str,
        names: &Names<'_>,
        canonical: &mut Members,
    ) -> Option<Vec<usize>> {
        let written = node.get("actors").and_then(Node::as_map).unwrap_or_default();
        for (key, _) in written {
            if names.actors.binary_search(&key.text.as_str()).is_err() {
                let near = crate::finding::did_you_mean(&key.text, names.actors.iter().copied());
                self.report.add("E201", key.place, format!("no actor of `{child}` is called `{}`{near}", key.text));
            }
        }
        let mut roles = Vec::new();
        let mut differing = Members::new();
        for name in &names.actors {
            let mapped = written.iter().find(|(key, _)| key.text == *name).map(|(_, value)| value);
            let found = match mapped {
                Some(mapped) => self.actor_named(mapped),
                None => {
                    let found = self.names.actors.binary_search(name).ok();
                    if found.is_none() {
                        self.report.add("E205", node.place, format!("child `{child}` needs actor `{name}`"));
                    }
                    found
                }
            };
            if let Some(mine) = found.and_then(|found| self.names.actors.get(found)).filter(|mine| *mine != name) {
                differing.insert((*name).to_owned(), Json::text(*mine));
            }
            roles.push(found);
        }
        put_map(canonical, "actors", differing);
        roles.into_iter().collect()
    }

    /// `for`: none inside if it is not written.
    fn each(
        &mut self,
        node: &Node,
        body: Option<&Body>,
        scope: &Sight,
        canonical: &mut Members,
    ) -> Option<Option<Each>> {
        let Some(written) = node.get("for") else { return Some(None) };
        let (input, items, order) = (written.get("each")?, written.get("in")?, written.get("order")?);
        let (name, order) = (input.as_text()?, order.as_text()?);
        let compiled = self.expression(items, scope, None);
        let mut members = Members::from([("each".into(), Json::text(name)), ("order".into(), Json::text(order))]);
        if let Some((_, tree)) = &compiled {
            members.insert("in".into(), tree.clone());
        }
        canonical.insert("for".into(), Json::Map(members));
        let (rule, _) = compiled?;
        let expected = self.input_type(input, name, body);
        match (&rule.type_of().kind, &expected) {
            (TypeKind::List { of, .. }, Some(expected)) if !expected.accepts(of) => {
                self.report.add(
                    "E404",
                    items.place,
                    format!("expected list of {expected}, this is {}", rule.type_of()),
                );
            }
            (TypeKind::List { .. } | TypeKind::Any, _) => {}
            _ => self.report.add("E404", items.place, format!("expected list, this is {}", rule.type_of())),
        }
        if let Some(class) = &rule.type_of().personal {
            self.report.add("E501", items.place, format!("personal data `{class}` cannot decide or be computed with"));
        }
        if let Some((key, _)) = node.get("with").and_then(|with| with.member(name)) {
            self.report.add("E202", key.place, format!("`{name}` is reserved or taken"));
        }
        Some(Some(Each { input: name.into(), items: rule, sequential: order == "sequential" }))
    }

    /// The type of an input of a child; E201 if it has none of that name.
    fn input_type(&mut self, node: &Node, name: &str, body: Option<&Body>) -> Option<Type> {
        let body = body?;
        let found = body.inputs.member(name).map(|schema| schema.type_of().clone());
        if found.is_none() {
            let names: Vec<&str> = match &body.inputs.type_of().kind {
                TypeKind::Record(members) => members.keys().map(|name| &**name).collect(),
                _ => Vec::new(),
            };
            self.nothing_called(node, "input", name, names);
        }
        found
    }

    fn with(
        &mut self,
        node: &Node,
        body: Option<&Body>,
        scope: &Sight,
        canonical: &mut Members,
    ) -> Option<Vec<(Text, Rule)>> {
        let mut trees = Members::new();
        let mut rules = Vec::new();
        let mut complete = true;
        for (key, value) in node.get("with").and_then(Node::as_map).unwrap_or_default() {
            let placed = Node { place: key.place, kind: value.kind.clone() };
            let expected = self.input_type(&placed, &key.text, body);
            match self.expression(value, scope, expected.as_ref()) {
                Some((rule, tree)) => {
                    trees.insert(key.text.clone(), tree);
                    rules.push((Text::from(key.text.as_str()), rule));
                }
                None => complete = false,
            }
        }
        put_map(canonical, "with", trees);
        rules.sort_by(|(left, _), (right, _)| left.cmp(right));
        complete.then_some(rules)
    }

    /// E205: a group plays a group, and one actor one actor.
    fn groups_for_groups(&mut self, node: &Node, child: &str, body: &Body, roles: &[usize]) {
        for (theirs, mine) in body.actors.iter().zip(roles) {
            let is_group = self.actors.get(*mine).is_some_and(|actor| actor.many.is_some());
            if theirs.many.is_some() != is_group {
                let what = if is_group { "one actor, not a group" } else { "a group" };
                let message = format!("child `{child}` needs actor `{}`, which is {what}", theirs.name);
                self.report.add("E205", node.place, message);
            }
        }
    }

    /// E205: an input that must be given, or data of an actor that nobody can give.
    fn nothing_missing(&mut self, node: &Node, child: &str, body: &Body) {
        let given = |name: &str| {
            let each = node.get("for").and_then(|each| each.get("each")).and_then(Node::as_text);
            each == Some(name) || node.get("with").is_some_and(|with| with.get(name).is_some())
        };
        for name in required(&body.inputs).iter().filter(|name| !given(name)) {
            self.report.add("E205", node.place, format!("child `{child}` needs input `{name}`"));
        }
        for actor in &body.actors {
            for name in required(&actor.data) {
                let message = format!("child `{child}` needs actor `{}` with `{name}`; give it `initial`", actor.name);
                self.report.add("E205", node.place, message);
            }
        }
    }

    /// Compiles the signals, ascending by name.
    pub(super) fn all_signals(&mut self, canonical: &mut Members) -> bool {
        let doc = self.doc;
        let mut members = Members::new();
        let mut complete = true;
        for (key, node) in doc.get("signals").and_then(Node::as_map).unwrap_or_default() {
            let mut own = Members::new();
            let hold = node.get("hold").and_then(|hold| hold.to_json().as_bool()).unwrap_or(false);
            if hold {
                own.insert("hold".into(), Json::Bool(true));
            }
            let data = self.data_of(node, &format!("/signals/{}", key.text), &mut own);
            members.insert(key.text.clone(), Json::Map(own));
            let Some(data) = data else {
                complete = false;
                continue;
            };
            let known =
                self.shared.signals.entry(key.text.clone()).or_insert_with(|| (data.to_json().clone(), key.place));
            if known.0 != *data.to_json() {
                let message = format!("expected the data of signal `{}` as in line {}", key.text, known.1.line);
                self.report.add("E404", key.place, message);
            }
            self.signals.push(Signal { name: key.text.as_str().into(), data, hold });
        }
        self.signals.sort_by(|left, right| left.name.cmp(&right.name));
        put_map(canonical, "signals", members);
        complete
    }

    /// The position of a signal.
    pub(super) fn signal_named(&mut self, node: &Node) -> Option<usize> {
        let name = node.as_text()?;
        let found = self.signals.iter().position(|signal| *signal.name == *name);
        if found.is_none() {
            let names: Vec<Text> = self.signals.iter().map(|signal| signal.name.clone()).collect();
            self.nothing_called(node, "signal", name, names.iter().map(|name| &**name));
        }
        found
    }

    /// The effects `start`, `cancel` and `signal`: none if it is another one, and none inside if it has an error.
    pub(super) fn effect_on_others(
        &mut self,
        node: &Node,
        scope: &Sight,
        canonical: &mut Members,
    ) -> Option<Option<EffectKind>> {
        if let Some(start) = node.get("start") {
            let mut own = Members::new();
            let compiled = self.start(start, scope, &mut own);
            canonical.insert("start".into(), Json::Map(own));
            return Some(compiled.map(|start| EffectKind::Start(Arc::new(start))));
        }
        if let Some(cancel) = node.get("cancel") {
            data::copy(node, &["cancel"], canonical);
            let name = cancel.as_text().unwrap_or_default();
            if !self.children.iter().any(|child| *child.name == *name) {
                let names: Vec<Text> = self.children.iter().map(|child| child.name.clone()).collect();
                self.nothing_called(cancel, "child", name, names.iter().map(|name| &**name));
                return Some(None);
            }
            return Some(Some(EffectKind::Cancel(name.into())));
        }
        let signal = node.get("signal")?;
        data::copy(node, &["signal", "to"], canonical);
        let to = match node.get("to").and_then(Node::as_text) {
            Some("parent") => To::Parent,
            Some("children") => To::Children,
            _ => To::Contract,
        };
        let position = self.signal_named(signal);
        let kind = position.and_then(|at| self.signals.get(at)).map(|signal| signal.data.clone());
        let mut trees = Members::new();
        let mut rules = Vec::new();
        let mut complete = position.is_some();
        for (key, value) in node.get("with").and_then(Node::as_map).unwrap_or_default() {
            let expected = kind.as_ref().and_then(|data| data.member(&key.text)).map(|member| member.type_of().clone());
            if let (Some(kind), None) = (&kind, &expected) {
                let names: Vec<Text> = match &kind.type_of().kind {
                    TypeKind::Record(members) => members.keys().cloned().collect(),
                    _ => Vec::new(),
                };
                let near = crate::finding::did_you_mean(&key.text, names.iter().map(|name| &**name));
                self.report.add("E201", key.place, format!("no field of the signal is called `{}`{near}", key.text));
            }
            match self.expression(value, scope, expected.as_ref()) {
                Some((rule, tree)) => {
                    trees.insert(key.text.clone(), tree);
                    rules.push((Text::from(key.text.as_str()), rule));
                }
                None => complete = false,
            }
        }
        put_map(canonical, "with", trees);
        rules.sort_by(|(left, _), (right, _)| left.cmp(right));
        Some(position.filter(|_| complete).map(|signal| EffectKind::Signal { signal, to, with: rules }))
    }
}

/// The members of a record that must be given and have no value to begin with.
fn required(record: &countersign_rules::Schema) -> Vec<Text> {
    let TypeKind::Record(members) = &record.type_of().kind else { return Vec::new() };
    let missing = members.iter().filter(|(name, kind)| {
        !kind.optional && record.member(name).is_none_or(|schema| schema.initial().is_unassigned())
    });
    missing.map(|(name, _)| name.clone()).collect()
}
