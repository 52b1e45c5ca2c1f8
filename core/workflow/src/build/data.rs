//! Fields and schemas: to canonical JSON Schema, and compiled.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;
use countersign_rules::{Code, Expand, Fault, Schema, Text};

use super::{Builder, Members, names, put_map};
use crate::scenario::{Many, Words};
use crate::tree::{Kind, Node};

/// Words for types in JSON Schema: no named type is called so, since canonical forms would read both ways.
const SCHEMA_TYPES: [&str; 7] = ["object", "array", "string", "integer", "boolean", "number", "null"];

/// A schema, canonical and compiled.
pub(super) type Data = (Json, Schema);

/// How data are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Field,
    Fields,
    Schema,
}

impl Builder<'_> {
    pub(super) fn add_faults(&mut self, faults: &[Fault]) {
        for fault in faults {
            let (key, value) = self.doc.places_at(&fault.pointer);
            let place = if matches!(fault.code, Code::E104 | Code::E109 | Code::E202) { key } else { value };
            self.report.add(fault.code.as_str(), place, fault.message.clone());
        }
    }

    /// What is written at `pointer` as a schema, not yet in canonical form.
    fn expanded(&mut self, node: &Node, form: Form, pointer: &str) -> Option<Json> {
        let doc = self.doc;
        let keys = |at: &str| {
            let members = doc.at(at)?.as_map()?;
            Some(members.iter().map(|(key, _)| key.text.clone()).collect())
        };
        let classes: BTreeSet<String> = names_of(self.family.node(0).get("data_classes")).collect();
        let types = doc.get("types").map(Node::to_json);
        let empty = BTreeMap::new();
        let expand = Expand {
            types: types.as_ref().and_then(Json::as_map).unwrap_or(&empty),
            classes: Some(&classes),
            language: &self.language,
            order: &keys,
        };
        let json = node.to_json();
        let expanded = match form {
            Form::Field => expand.field(&json, pointer),
            Form::Fields => expand.fields(&json, pointer),
            Form::Schema => Ok(json),
        };
        expanded.map_err(|faults| self.add_faults(&faults)).ok()
    }

    fn compiled(&mut self, canonical: Json, pointer: &str) -> Option<Data> {
        self.classes_of(&canonical, pointer);
        match Schema::parse(&canonical, &self.types, pointer) {
            Ok(schema) => Some((schema.to_json().clone(), schema)),
            Err(faults) => {
                self.add_faults(&faults);
                None
            }
        }
    }

    /// E201 for a data class that a schema names and nobody declared.
    fn classes_of(&mut self, schema: &Json, pointer: &str) {
        let known = self.doc.get("data_classes").and_then(Node::as_map).unwrap_or_default();
        let known = known.iter().map(|(key, _)| key.text.as_str());
        for class in named_classes(schema) {
            if !known.clone().any(|known| known == class) {
                let place = self.doc.places_at(pointer).1;
                let near = crate::finding::did_you_mean(&class, known.clone());
                self.report.add("E201", place, format!("no data class is called `{class}`{near}"));
            }
        }
    }

    /// The schema of a record without members.
    fn no_data(&mut self) -> Option<Schema> {
        let nothing = Json::map([
            ("type", Json::text("object")),
            ("properties", Json::Map(Members::new())),
            ("additionalProperties", Json::Bool(false)),
        ]);
        self.compiled(nothing, "").map(|(_, schema)| schema)
    }

    /// The named types in canonical form; those of them that are sound.
    pub(super) fn named_types(&mut self) -> Members {
        let members = self.doc.get("types").and_then(Node::as_map).unwrap_or_default();
        let mut types = Members::new();
        for (key, node) in members {
            if SCHEMA_TYPES.contains(&key.text.as_str()) {
                self.report.add("E202", key.place, format!("`{}` is reserved or taken", key.text));
                continue;
            }
            let form = if is_schema(node) { Form::Schema } else { Form::Field };
            let pointer = format!("/types/{}", key.text);
            if let Some(schema) = self.expanded(node, form, &pointer) {
                self.classes_of(&schema, &pointer);
                types.insert(key.text.clone(), schema);
            }
        }
        let edges = types.iter().map(|(name, schema)| {
            let mut used = Vec::new();
            references(schema, &mut used);
            (name.as_str(), used.into_iter().filter(|used| types.contains_key(*used)).collect())
        });
        if let Some(found) = names::loop_of(&edges.collect()) {
            let place = self.doc.get("types").map_or(self.doc.place, |node| node.place);
            self.report.add("E203", place, format!("types contain each other: {}", found.join(" → ")));
            return Members::new();
        }
        let compiled =
            types.iter().filter_map(|(name, schema)| match Schema::parse(schema, &types, &format!("/types/{name}")) {
                Ok(schema) => Some((name.clone(), schema.to_json().clone())),
                Err(faults) => {
                    self.add_faults(&faults);
                    None
                }
            });
        compiled.collect()
    }

    /// The fields `vars` or `inputs`: a map of fields, or in canonical form the schema of the record.
    pub(super) fn record_of(&mut self, key: &str, canonical: &mut Members) -> Option<Schema> {
        let Some(node) = self.doc.get(key) else { return self.no_data() };
        let pointer = format!("/{key}");
        let form = if is_record_schema(node) { Form::Schema } else { Form::Fields };
        let members = if form == Form::Schema { node.get("properties") } else { Some(node) };
        for (name, _) in members.and_then(Node::as_map).unwrap_or_default() {
            self.data_name(&name.text, name.place, key);
        }
        let expanded = self.expanded(node, form, &pointer)?;
        let (expanded, schema) = self.compiled(expanded, &pointer)?;
        if names_of(members).next().is_some() {
            canonical.insert(key.to_owned(), expanded);
        }
        Some(schema)
    }

    fn data_name(&mut self, name: &str, place: crate::finding::Place, things: &str) {
        if crate::shape::RESERVED_NAMES.contains(&name) {
            self.report.add("E202", place, format!("`{name}` is reserved or taken"));
        } else if !crate::shape::is_name(name) {
            let message =
                format!("{things} must be called by a name of lower-case letters, digits and `_`, `{name}` is none");
            self.report.add("E106", place, message);
        }
    }

    /// `data`, `schema` or `type` of a part at `pointer`; no data at all if none is written.
    pub(super) fn data_of(&mut self, part: &Node, pointer: &str, canonical: &mut Members) -> Option<Schema> {
        let (form, key) = match (part.get("data"), part.get("schema"), part.get("type")) {
            (Some(_), ..) => (Form::Fields, "data"),
            (_, Some(_), _) => (Form::Schema, "schema"),
            (_, _, Some(_)) => (Form::Field, "type"),
            _ => return self.no_data(),
        };
        let node = part.get(key)?;
        let pointer = format!("{pointer}/{key}");
        let expanded = self.expanded(node, form, &pointer)?;
        let (expanded, schema) = self.compiled(expanded, &pointer)?;
        canonical.insert("schema".into(), expanded);
        Some(schema)
    }

    fn list_of(&mut self, items: Json, many: Many, pointer: &str) -> Option<Schema> {
        self.compiled(list_schema(items, many), pointer).map(|(_, schema)| schema)
    }

    /// The assets, ascending by name.
    pub(super) fn assets(&mut self, canonical: &mut Members) -> Option<Vec<(Text, Words, Schema)>> {
        let mut members = Members::new();
        let mut assets = Vec::new();
        let mut complete = true;
        for (key, node) in self.doc.get("assets").and_then(Node::as_map).unwrap_or_default() {
            let mut own = Members::new();
            let title = self.title(node, &mut own);
            self.description(node, &mut own);
            copy(node, &["ui"], &mut own);
            let pointer = format!("/assets/{}", key.text);
            let mut schema = self.data_of(node, &pointer, &mut own);
            if let Some(many) = self.many(node, &mut own) {
                let items = schema.map(|schema| schema.to_json().clone());
                schema = items.and_then(|items| self.list_of(items, many, &pointer));
            }
            match (title, schema) {
                (Some(title), Some(schema)) => assets.push((Text::from(key.text.as_str()), title, schema)),
                _ => complete = false,
            }
            members.insert(key.text.clone(), Json::Map(own));
        }
        assets.sort_by(|(left, ..), (right, ..)| left.cmp(right));
        put_map(canonical, "assets", members);
        complete.then_some(assets)
    }
}

/// The schema of a list of so many.
fn list_schema(items: Json, many: Many) -> Json {
    let number = |number: usize| Json::Int(i64::try_from(number).unwrap_or(i64::MAX));
    Json::map([
        ("type", Json::text("array")),
        ("items", items),
        ("minItems", number(many.min)),
        ("maxItems", number(many.max)),
    ])
}

fn names_of(node: Option<&Node>) -> impl Iterator<Item = String> {
    node.and_then(Node::as_map).unwrap_or_default().iter().map(|(key, _)| key.text.clone())
}

/// Copies members as they stand.
pub(super) fn copy(node: &Node, keys: &[&str], into: &mut Members) {
    for key in keys {
        if let Some(value) = node.get(key) {
            into.insert((*key).to_owned(), value.to_json());
        }
    }
}

/// Whether a named type is written as JSON Schema, not as a field.
fn is_schema(node: &Node) -> bool {
    match node.get("type").map(|node| &node.kind) {
        Some(Kind::Text { text, .. }) => SCHEMA_TYPES.contains(&text.as_str()),
        Some(_) => true,
        None => node.get("$ref").is_some() || node.get("enum").is_some() || node.get("const").is_some(),
    }
}

/// Whether `vars` or `inputs` is the schema of a record: no field can be of a type called `object`.
pub(super) fn is_record_schema(node: &Node) -> bool {
    node.get("type").and_then(Node::as_text) == Some("object")
}

/// The named types that a schema refers to. Words that stand in it for people (`ui`) and values (`const`) are not schemas.
fn references<'j>(schema: &'j Json, into: &mut Vec<&'j str>) {
    let Json::Map(members) = schema else { return };
    if let Some(name) = members.get("$ref").and_then(Json::as_text).and_then(|r| r.strip_prefix("#/types/")) {
        into.push(name);
    }
    if let Some(Json::Map(properties)) = members.get("properties") {
        properties.values().for_each(|property| references(property, into));
    }
    for inner in ["items", "additionalProperties"] {
        members.get(inner).into_iter().for_each(|schema| references(schema, into));
    }
}

/// The classes of personal data that a schema names. What is free in it, such as `ui`, names none.
pub(super) fn named_classes(schema: &Json) -> Vec<String> {
    let own = schema.get("x-personal").and_then(Json::as_text).map(str::to_owned);
    let members = schema.get("properties").and_then(Json::as_map).into_iter().flat_map(Members::values);
    let of = ["items", "additionalProperties"].into_iter().filter_map(|key| schema.get(key));
    own.into_iter().chain(members.chain(of).flat_map(named_classes)).collect()
}
