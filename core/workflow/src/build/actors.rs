//! The roles of a scenario, and the type of what expressions see of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::Json;
use countersign_rules::{Kind as TypeKind, Schema, Text, Type};

use super::{Builder, Members, data, names, put_map};
use crate::scenario::{Actor, Actors, Joins, Many, Words, actor_type};
use crate::tree::Node;

impl Builder<'_> {
    /// Compiles the roles; false if one of them has an error.
    pub(super) fn all_actors(&mut self, canonical: &mut Members) -> bool {
        let mut members = Members::new();
        let doc = self.doc;
        for name in self.names.actors.clone() {
            let Some(node) = doc.get("actors").and_then(|actors| actors.get(name)) else { continue };
            let mut own = Members::new();
            match self.actor(name, node, &mut own) {
                Some(actor) => {
                    self.actor_types.push(actor_type(&actor.data));
                    self.actors.push(actor);
                }
                None => self.actor_types.push(BTreeMap::new()),
            }
            members.insert(name.to_owned(), Json::Map(own));
        }
        put_map(canonical, "actors", members);
        let edges = self.actors.iter().filter_map(|actor| {
            let target = self.names.actors.get(actor.acts_for?)?;
            Some((&*actor.name, vec![*target]))
        });
        if let Some(found) = names::loop_of(&edges.collect()) {
            let place = doc.get("actors").map_or(doc.place, |node| node.place);
            self.report.add("E203", place, format!("actors act for each other: {}", found.join(" → ")));
            return false;
        }
        self.groups_act_for_themselves();
        self.actors.len() == self.names.actors.len()
    }

    /// E106 for a group that acts for somebody, or that somebody acts for: its members belong to many parties.
    fn groups_act_for_themselves(&mut self) {
        let doc = self.doc;
        let is_group = |position: usize| self.actors.get(position).is_some_and(|actor| actor.many.is_some());
        let acting = self.actors.iter().enumerate().filter_map(|(at, actor)| Some((at, actor, actor.acts_for?)));
        let wrong = acting.filter(|(at, _, principal)| is_group(*at) || is_group(*principal));
        let wrong: Vec<Text> = wrong.map(|(_, actor, _)| actor.name.clone()).collect();
        for name in wrong {
            let node = doc.get("actors").and_then(|actors| actors.get(&name)).and_then(|actor| actor.get("acts_for"));
            let message = format!("actors `{name}`.acts_for must be between actors that are no groups");
            self.report.add("E106", node.map_or(doc.place, |node| node.place), message);
        }
    }

    fn actor(&mut self, name: &str, node: &Node, canonical: &mut Members) -> Option<Actor> {
        let title = self.title(node, canonical);
        self.description(node, canonical);
        data::copy(node, &["ui"], canonical);
        let data = self.data_of(node, &format!("/actors/{name}"), canonical);
        let acts_for = node.get("acts_for").and_then(|target| self.actor_named(target));
        let acts_for = acts_for.filter(|target| self.names.actors.get(*target) != Some(&name));
        if let Some(target) = acts_for.and_then(|target| self.names.actors.get(target)) {
            canonical.insert("acts_for".into(), Json::text(*target));
        }
        let joins = match node.get("joins").and_then(Node::as_text) {
            Some("invitation") => Joins::Invitation,
            _ => Joins::Start,
        };
        if joins == Joins::Invitation {
            canonical.insert("joins".into(), Json::text("invitation"));
        }
        let priority = priority(node, canonical);
        let many = self.many(node, canonical);
        let data = data?;
        if !matches!(data.type_of().kind, TypeKind::Record(_)) {
            self.report.add("E106", node.place, format!("the data of actor `{name}` must be a record"));
            return None;
        }
        Some(Actor { name: name.into(), title: title?, data, acts_for, joins, priority, many })
    }

    /// `many` of an actor, an asset or a file; E106 if it is the wrong way round.
    pub(super) fn many(&mut self, part: &Node, canonical: &mut Members) -> Option<Many> {
        let node = part.get("many")?;
        data::copy(part, &["many"], canonical);
        let number = |key: &str| node.get(key).and_then(|node| usize::try_from(node.to_json().as_int()?).ok());
        let (min, max) = (number("min")?, number("max")?);
        if min > max {
            self.report.add("E106", node.place, format!("`many` must be at least `min` {min}, at most `max` {max}"));
            return None;
        }
        Some(Many { min, max })
    }

    /// The type of `_` in a process.
    pub(super) fn root_type(&self, vars: &Schema, inputs: &Schema, assets: &[(Text, Words, Schema)]) -> Type {
        let any = || Type::of(TypeKind::Any);
        let actors = self.names.actors.iter().zip(&self.actor_types).map(|(name, members)| {
            let one = if members.is_empty() { any() } else { Type::record(members.clone()) };
            let many = self.actors.iter().find(|actor| *actor.name == **name).and_then(|actor| actor.many);
            let list =
                |many: Many| TypeKind::List { of: Arc::new(one.clone()), min: many.min as u64, max: many.max as u64 };
            (Text::from(*name), many.map_or(one.clone(), |many| Type::of(list(many))))
        });
        let vars = members_optional(vars.type_of());
        let assets = assets.iter().map(|(name, _, schema)| (name.clone(), schema.type_of().clone().optional()));
        let timestamp = || Type::of(TypeKind::Timestamp);
        let text = || Type::text(countersign_rules::TEXT_MAX_DEFAULT);
        let process = [("id", text()), ("state", text()), ("started", timestamp()), ("entered", timestamp())];
        Type::record([
            ("actors", Type::record(actors)),
            ("assets", Type::record(assets)),
            ("vars", vars),
            ("inputs", inputs.type_of().clone()),
            ("children", self.children_type()),
            ("process", Type::record(process)),
        ])
    }

    /// What `actor` is if it is one of these: the members they share.
    pub(super) fn acting(&self, actors: Actors) -> Type {
        let mut types = actors.iter().filter_map(|actor| self.actor_types.get(actor));
        let mut shared = types.next().cloned().unwrap_or_default();
        for other in types {
            shared.retain(|name, kind| other.get(name) == Some(kind));
        }
        if shared.is_empty() { Type::of(TypeKind::Any) } else { Type::record(shared) }
    }
}

/// The record with each member possibly unassigned: vars fill up step by step.
fn members_optional(kind: &Type) -> Type {
    match &kind.kind {
        TypeKind::Record(members) => {
            Type::record(members.iter().map(|(name, kind)| (name.clone(), kind.clone().optional())))
        }
        _ => kind.clone(),
    }
}

/// `priority`, left out of the canonical form if it is 0.
pub(super) fn priority(node: &Node, canonical: &mut Members) -> i8 {
    let written = node.get("priority").and_then(|node| node.to_json().as_int());
    let priority = written.and_then(|value| i8::try_from(value).ok()).unwrap_or(0);
    if priority != 0 {
        canonical.insert("priority".into(), Json::Int(i64::from(priority)));
    }
    priority
}
