//! From JSON Schema to [`Schema`], keyword by keyword.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::{INTEGER_MAX, Json};

use super::{
    CHOICES_MAX, Compiled, MEMBERS_MAX, Member, SCHEMA_DEPTH_MAX, SCHEMA_NODES_MAX, Schema, Shape, sign, write_bounds,
};
use crate::date::{Date, Timestamp};
use crate::decimal::Decimal;
use crate::finding::{Code, Fault, child, suggestion};
use crate::proving::{COMMITTED_DIGITS_MAX, Proving};
use crate::types::{ITEMS_MAX_DEFAULT, Kind, TEXT_MAX_DEFAULT, Type};
use crate::value::{Text, Value};

/// Where named types live.
pub(crate) const TYPES: &str = "#/types/";

/// Most characters or items that a bound may ask for.
const BOUND_MAX: u64 = 65_536;

/// Keywords that say something about a value without bounding it.
const NOTES: [&str; 7] = ["title", "description", "default", "enum", "const", "ui", "x-unit"];

/// The members of a schema that stand beside its shape.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) json: BTreeMap<String, Json>,
    pub(super) personal: Option<Text>,
}

/// `types_pointer` is where the named types stand.
pub(crate) fn parse(
    json: &Json,
    types: &BTreeMap<String, Json>,
    pointer: &str,
    types_pointer: &str,
) -> Result<Schema, Vec<Fault>> {
    let mut parser = Parser { types, types_pointer, known: BTreeMap::new(), path: Vec::new(), faults: Vec::new() };
    let schema = parser.schema(json, pointer, SCHEMA_DEPTH_MAX);
    match schema {
        Some(schema) if parser.faults.is_empty() => Ok(schema),
        _ => Err(parser.faults),
    }
}

struct Parser<'a> {
    types: &'a BTreeMap<String, Json>,
    types_pointer: &'a str,
    /// Named types met so far; `None` for one that is faulty, which is said once.
    known: BTreeMap<&'a str, Option<Schema>>,
    /// The named types being compiled, outermost first.
    path: Vec<&'a str>,
    faults: Vec<Fault>,
}

impl<'a> Parser<'a> {
    fn fault(&mut self, code: Code, pointer: String, message: impl Into<String>) {
        self.faults.push(Fault::new(code, pointer, message));
    }

    fn schema(&mut self, json: &Json, pointer: &str, depth_left: u32) -> Option<Schema> {
        let Some(members) = json.as_map() else {
            self.fault(Code::E106, pointer.to_owned(), "a schema must be a map");
            return None;
        };
        if depth_left == 0 {
            let message = format!("schema nested too deep, at most {SCHEMA_DEPTH_MAX}");
            self.fault(Code::E107, pointer.to_owned(), message);
            return None;
        }
        let notes = self.notes(members, pointer);
        let schema = match members.get("$ref") {
            Some(name) => {
                self.keywords(members, pointer, &["$ref"]);
                self.named(name, pointer, depth_left, notes)?
            }
            None => self.shaped(members, pointer, depth_left, notes)?,
        };
        if schema.0.nodes > SCHEMA_NODES_MAX || schema.0.depth > SCHEMA_DEPTH_MAX {
            let message = format!("schema too large: {} nodes {} deep", schema.0.nodes, schema.0.depth);
            self.fault(Code::E107, pointer.to_owned(), message);
            return None;
        }
        if schema.type_of().is_sealed() {
            self.envelope(&schema, members, pointer);
        }
        self.finish(schema, members, pointer)
    }

    /// Personal data lie in one envelope for one class, and a scenario, which everybody reads, cannot give them.
    fn envelope(&mut self, schema: &Schema, members: &BTreeMap<String, Json>, pointer: &str) {
        if schema.holds_sealed_parts() {
            self.fault(Code::E106, child(pointer, "x-personal"), "personal data cannot hold personal data");
        }
        if !schema.0.default.is_unassigned() || members.get("default").is_some_and(|default| *default != Json::Null) {
            let message = "personal data begin unassigned: everybody reads the scenario";
            self.fault(Code::E106, child(pointer, "default"), message);
        }
    }

    fn shaped(
        &mut self,
        members: &BTreeMap<String, Json>,
        pointer: &str,
        depth_left: u32,
        notes: Notes,
    ) -> Option<Schema> {
        let Some(kind) = members.get("type") else {
            let absent = ["oneOf", "anyOf", "allOf", "not"].iter().find(|key| members.contains_key(**key));
            match absent {
                Some(key) => self.unsupported(key, pointer),
                None => self.fault(Code::E105, pointer.to_owned(), "a schema needs `type`"),
            }
            return None;
        };
        match kind.as_text() {
            Some("boolean") => {
                self.keywords(members, pointer, &["type"]);
                Some(leaf(Shape::Bool, Type::bool(), "boolean", BTreeMap::new(), notes))
            }
            Some("integer") => self.integer(members, pointer, notes),
            Some("string") => self.string(members, pointer, notes),
            Some("array") => {
                self.keywords(members, pointer, &["type", "items", "minItems", "maxItems"]);
                let (min, max) = self.lengths(members, pointer, ("minItems", "maxItems"), ITEMS_MAX_DEFAULT);
                let Some(items) = members.get("items") else {
                    self.fault(Code::E105, pointer.to_owned(), "an array needs `items`");
                    return None;
                };
                let of = self.schema(items, &child(pointer, "items"), depth_left.saturating_sub(1))?;
                Some(Schema::of_list(of, min, max, notes))
            }
            Some("object") => self.object(members, pointer, depth_left, notes),
            Some("number") => {
                let message = "`number` is not supported: a decimal is {\"type\": \"string\", \"format\": \"decimal\"}";
                self.fault(Code::E109, child(pointer, "type"), message);
                None
            }
            _ => {
                let message = "schema type must be one of boolean, integer, string, array, object";
                self.fault(Code::E109, child(pointer, "type"), message);
                None
            }
        }
    }

    fn integer(&mut self, members: &BTreeMap<String, Json>, pointer: &str, notes: Notes) -> Option<Schema> {
        self.keywords(members, pointer, &["type", "minimum", "maximum"]);
        let mut bound = |key: &str, default: i64| match members.get(key) {
            None => default,
            Some(Json::Int(value)) => *value,
            Some(_) => {
                self.fault(Code::E106, child(pointer, key), format!("`{key}` must be an integer"));
                default
            }
        };
        let (min, max) = (bound("minimum", INTEGER_MAX.saturating_neg()), bound("maximum", INTEGER_MAX));
        let mut json = BTreeMap::new();
        for (key, value, default) in [("minimum", min, INTEGER_MAX.saturating_neg()), ("maximum", max, INTEGER_MAX)] {
            if value != default {
                json.insert(key.to_owned(), Json::Int(value));
            }
        }
        let type_of = Type::of(Kind::Int(sign(Some(min), Some(max), &0)));
        Some(leaf(Shape::Int { min, max }, type_of, "integer", json, notes))
    }

    fn string(&mut self, members: &BTreeMap<String, Json>, pointer: &str, notes: Notes) -> Option<Schema> {
        let Some(format) = members.get("format") else {
            self.keywords(members, pointer, &["type", "minLength", "maxLength"]);
            let (min, max) = self.lengths(members, pointer, ("minLength", "maxLength"), TEXT_MAX_DEFAULT);
            let mut json = BTreeMap::new();
            write_bounds(&mut json, ("minLength", min), ("maxLength", max, TEXT_MAX_DEFAULT));
            return Some(leaf(Shape::Text { min, max }, Type::text(max), "string", json, notes));
        };
        let format = format.as_text().unwrap_or_default();
        if let Some(proving) = Proving::of(format) {
            return Some(self.proving(proving, members, pointer, notes));
        }
        self.keywords(members, pointer, &["type", "format", "x-min", "x-max"]);
        let (shape, type_of, (min, max)) = match format {
            "decimal" => {
                let (min, max) = self.range(members, pointer, Decimal::parse, "a decimal in quotes");
                let type_of = Type::of(Kind::Decimal(sign(min, max, &Decimal::ZERO)));
                (Shape::Decimal { min, max }, type_of, texts(min, max))
            }
            "date" => {
                let (min, max) = self.range(members, pointer, Date::parse, "a date");
                (Shape::Date { min, max }, Type::of(Kind::Date), texts(min, max))
            }
            "date-time" => {
                let (min, max) = self.range(members, pointer, Timestamp::parse, "a timestamp");
                (Shape::Timestamp { min, max }, Type::of(Kind::Timestamp), texts(min, max))
            }
            "duration" => (Shape::Duration, Type::of(Kind::Duration), (None, None)),
            "hash" => (Shape::Hash, Type::of(Kind::Hash), (None, None)),
            "party" => (Shape::Party, Type::of(Kind::Party), (None, None)),
            _ => {
                let message = format!("schema format `{format}` is not supported");
                self.fault(Code::E109, child(pointer, "format"), message);
                return None;
            }
        };
        if matches!(shape, Shape::Duration | Shape::Hash | Shape::Party) {
            for key in ["x-min", "x-max"] {
                if members.contains_key(key) {
                    self.unsupported(key, pointer);
                }
            }
        }
        let mut json = BTreeMap::from([("format".to_owned(), Json::text(format))]);
        json.extend(min.map(|min| ("x-min".to_owned(), Json::Text(min))));
        json.extend(max.map(|max| ("x-max".to_owned(), Json::Text(max))));
        Some(leaf(shape, type_of, "string", json, notes))
    }

    fn proving(&mut self, of: Proving, members: &BTreeMap<String, Json>, pointer: &str, notes: Notes) -> Schema {
        let mut json = BTreeMap::from([("format".to_owned(), Json::text(of.word()))]);
        let Proving::Commitment { .. } = of else {
            self.keywords(members, pointer, &["type", "format"]);
            return leaf(Shape::Proving(of), Type::of(Kind::Proving(of)), "string", json, notes);
        };
        self.keywords(members, pointer, &["type", "format", "x-digits"]);
        let written = members.get("x-digits").unwrap_or(&Json::Int(0)).as_int();
        let digits = written.and_then(|digits| u8::try_from(digits).ok()).filter(|n| *n <= COMMITTED_DIGITS_MAX);
        if digits.is_none() {
            let message = format!("`x-digits` must be an integer from 0 to {COMMITTED_DIGITS_MAX}");
            self.fault(Code::E106, child(pointer, "x-digits"), message);
        }
        let digits = digits.unwrap_or_default();
        if digits > 0 {
            json.insert("x-digits".to_owned(), Json::Int(digits.into()));
        }
        let of = Proving::Commitment { digits };
        leaf(Shape::Proving(of), Type::of(Kind::Proving(of)), "string", json, notes)
    }

    fn range<T>(
        &mut self,
        members: &BTreeMap<String, Json>,
        pointer: &str,
        read: fn(&str) -> Option<T>,
        what: &str,
    ) -> (Option<T>, Option<T>) {
        let mut bound = |key: &str| {
            let json = members.get(key)?;
            let found = json.as_text().and_then(read);
            if found.is_none() {
                self.fault(Code::E106, child(pointer, key), format!("`{key}` must be {what}"));
            }
            found
        };
        (bound("x-min"), bound("x-max"))
    }

    fn lengths(&mut self, members: &BTreeMap<String, Json>, pointer: &str, keys: (&str, &str), max: u64) -> (u64, u64) {
        let mut bound = |key: &str, default: u64| match members.get(key) {
            None => default,
            Some(json) => match json.as_int().and_then(|value| u64::try_from(value).ok()) {
                Some(value) if value <= BOUND_MAX => value,
                _ => {
                    self.fault(
                        Code::E106,
                        child(pointer, key),
                        format!("`{key}` must be an integer from 0 to {BOUND_MAX}"),
                    );
                    default
                }
            },
        };
        (bound(keys.0, 0), bound(keys.1, max))
    }

    fn object(
        &mut self,
        members: &BTreeMap<String, Json>,
        pointer: &str,
        depth_left: u32,
        notes: Notes,
    ) -> Option<Schema> {
        if let Some(properties) = members.get("properties") {
            return self.record(members, properties, pointer, depth_left, notes);
        }
        self.keywords(members, pointer, &["type", "additionalProperties", "minProperties", "maxProperties"]);
        match members.get("additionalProperties") {
            None | Some(Json::Bool(true)) => {
                for key in ["minProperties", "maxProperties"] {
                    if members.contains_key(key) {
                        self.unsupported(key, pointer);
                    }
                }
                Some(leaf(Shape::Opaque, Type::of(Kind::Opaque), "object", BTreeMap::new(), notes))
            }
            Some(Json::Bool(false)) => Some(Schema::of_record(BTreeMap::new(), notes)),
            Some(of) => {
                let (min, max) = self.lengths(members, pointer, ("minProperties", "maxProperties"), ITEMS_MAX_DEFAULT);
                let of = self.schema(of, &child(pointer, "additionalProperties"), depth_left.saturating_sub(1))?;
                Some(Schema::of_map(of, min, max, notes))
            }
        }
    }

    fn record(
        &mut self,
        members: &BTreeMap<String, Json>,
        properties: &Json,
        pointer: &str,
        depth_left: u32,
        notes: Notes,
    ) -> Option<Schema> {
        self.keywords(members, pointer, &["type", "properties", "required", "additionalProperties"]);
        if !matches!(members.get("additionalProperties"), None | Some(Json::Bool(false))) {
            let message = "`additionalProperties` beside `properties` must be false: unknown members are refused";
            self.fault(Code::E109, child(pointer, "additionalProperties"), message);
        }
        let below = child(pointer, "properties");
        let Some(properties) = properties.as_map() else {
            self.fault(Code::E106, below, "`properties` must be a map");
            return None;
        };
        if properties.len() > MEMBERS_MAX {
            self.fault(Code::E107, below, format!("too many members: {}, at most {MEMBERS_MAX}", properties.len()));
            return None;
        }
        let required = self.required(members, properties, pointer);
        let mut found = BTreeMap::new();
        for (name, json) in properties {
            if let Some(schema) = self.schema(json, &child(&below, name), depth_left.saturating_sub(1)) {
                let required = required.contains(&name.as_str());
                found.insert(Text::from(name.as_str()), Member { schema, required });
            }
        }
        (found.len() == properties.len()).then(|| Schema::of_record(found, notes))
    }

    fn required<'b>(
        &mut self,
        members: &'b BTreeMap<String, Json>,
        properties: &BTreeMap<String, Json>,
        pointer: &str,
    ) -> Vec<&'b str> {
        let Some(json) = members.get("required") else { return Vec::new() };
        let below = child(pointer, "required");
        let Some(names) = json.as_list().and_then(|names| names.iter().map(Json::as_text).collect::<Option<Vec<_>>>())
        else {
            self.fault(Code::E106, below, "`required` must be a list of names");
            return Vec::new();
        };
        for (index, name) in names.iter().enumerate() {
            if !properties.contains_key(*name) {
                let near = suggestion(name, properties.keys().map(String::as_str));
                self.fault(
                    Code::E201,
                    child(&below, &index.to_string()),
                    format!("no member is called `{name}`{near}"),
                );
            }
        }
        names
    }

    fn named(&mut self, reference: &Json, pointer: &str, depth_left: u32, notes: Notes) -> Option<Schema> {
        let below = child(pointer, "$ref");
        let Some(name) = reference.as_text().and_then(|text| text.strip_prefix(TYPES)) else {
            self.fault(Code::E109, below, format!("a schema refers to `{TYPES}<name>` alone"));
            return None;
        };
        let types = self.types;
        let Some((name, json)) = types.get_key_value(name) else {
            let near = suggestion(name, types.keys().map(String::as_str));
            self.fault(Code::E201, below, format!("no type is called `{name}`{near}"));
            return None;
        };
        if self.path.contains(&name.as_str()) {
            let path = self.path.join(" → ");
            self.fault(Code::E203, below, format!("types contain each other: {path} → {name}"));
            return None;
        }
        let target = match self.known.get(name.as_str()) {
            Some(schema) => schema.clone()?,
            None => {
                self.path.push(name);
                let schema = self.schema(json, &child(self.types_pointer, name), depth_left.saturating_sub(1));
                self.path.pop();
                self.known.insert(name, schema.clone());
                schema?
            }
        };
        Some(refer(&target, reference, notes))
    }

    fn notes(&mut self, members: &BTreeMap<String, Json>, pointer: &str) -> Notes {
        let mut notes = Notes::default();
        for key in ["title", "description", "ui", "x-unit"] {
            if let Some(json) = members.get(key) {
                notes.json.insert(key.to_owned(), json.clone());
            }
        }
        match members.get("x-personal") {
            None => {}
            Some(Json::Text(class)) => {
                notes.json.insert("x-personal".to_owned(), Json::text(class));
                notes.personal = Some(Text::from(class.as_str()));
            }
            Some(_) => {
                self.fault(Code::E106, child(pointer, "x-personal"), "`x-personal` must be the name of a data class")
            }
        }
        notes
    }

    fn keywords(&mut self, members: &BTreeMap<String, Json>, pointer: &str, allowed: &[&str]) {
        for key in members.keys().map(String::as_str) {
            if !allowed.contains(&key) && !NOTES.contains(&key) && key != "x-personal" {
                self.unsupported(key, pointer);
            }
        }
    }

    fn unsupported(&mut self, key: &str, pointer: &str) {
        self.fault(Code::E109, child(pointer, key), format!("schema keyword `{key}` is not supported here"));
    }

    /// Adds `enum`, `const` and `default`, whose values must fit the shape.
    fn finish(&mut self, schema: Schema, members: &BTreeMap<String, Json>, pointer: &str) -> Option<Schema> {
        let mut choices = None;
        let mut json = BTreeMap::new();
        if let Some(one) = members.get("const") {
            let value = self.fitting(&schema, one, &child(pointer, "const"))?;
            json.insert("const".to_owned(), value.to_plain());
            choices = Some(vec![value]);
        }
        if let Some(list) = members.get("enum") {
            let below = child(pointer, "enum");
            let Some(items) = list.as_list().filter(|items| (1..=CHOICES_MAX).contains(&items.len())) else {
                self.fault(Code::E106, below, format!("`enum` must be a list of 1 to {CHOICES_MAX} values"));
                return None;
            };
            let fitting = |(index, item)| self.fitting(&schema, item, &child(&below, &usize::to_string(&index)));
            let values: Vec<Value> = items.iter().enumerate().map(fitting).collect::<Option<_>>()?;
            json.insert("enum".to_owned(), Json::List(values.iter().map(Value::to_plain).collect()));
            choices = Some(values);
        }
        let mut default = schema.0.default.clone();
        if choices.is_some() || members.contains_key("default") {
            let bounded = rebuild(&schema, choices, Value::Unassigned, json);
            if let Some(value) = members.get("default").filter(|value| **value != Json::Null) {
                default = self.fitting(&bounded, value, &child(pointer, "default"))?;
            }
            let json = (!default.is_unassigned()).then(|| ("default".to_owned(), default.to_plain()));
            return Some(rebuild(&bounded, None, default, json.into_iter().collect()));
        }
        Some(schema)
    }

    fn fitting(&mut self, schema: &Schema, json: &Json, pointer: &str) -> Option<Value> {
        if *json == Json::Null {
            self.fault(Code::E106, pointer.to_owned(), "null is no value");
            return None;
        }
        match schema.validate_open(json) {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.fault(Code::E106, format!("{pointer}{}", invalid.pointer), invalid.message);
                None
            }
        }
    }
}

fn leaf(shape: Shape, type_of: Type, word: &str, mut json: BTreeMap<String, Json>, notes: Notes) -> Schema {
    json.insert("type".to_owned(), Json::text(word));
    Schema::build(shape, type_of, json, &[], notes)
}

fn texts<T: ToString>(min: Option<T>, max: Option<T>) -> (Option<String>, Option<String>) {
    (min.map(|min| min.to_string()), max.map(|max| max.to_string()))
}

/// The same schema with more said about it; choices are kept unless others are given.
fn rebuild(schema: &Schema, choices: Option<Vec<Value>>, default: Value, json: BTreeMap<String, Json>) -> Schema {
    let old = &schema.0;
    let mut members = old.json.as_map().cloned().unwrap_or_default();
    members.extend(json);
    Schema(Arc::new(Compiled {
        shape: old.shape.clone(),
        choices: choices.or_else(|| old.choices.clone()),
        default,
        type_of: old.type_of.clone(),
        json: Json::Map(members),
        nodes: old.nodes,
        depth: old.depth,
    }))
}

/// A named type at a place: its rules, with the reference and the notes of the place.
fn refer(target: &Schema, reference: &Json, notes: Notes) -> Schema {
    let mut json = BTreeMap::from([("$ref".to_owned(), reference.clone())]);
    json.extend(notes.json);
    let old = &target.0;
    let personal = notes.personal.or_else(|| old.type_of.personal.clone());
    Schema(Arc::new(Compiled {
        shape: old.shape.clone(),
        choices: old.choices.clone(),
        default: old.default.clone(),
        type_of: Type { personal, ..old.type_of.clone() },
        json: Json::Map(json),
        nodes: old.nodes,
        depth: old.depth,
    }))
}
