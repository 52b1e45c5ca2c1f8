//! From the short forms of fields (language §2.1) to canonical JSON Schema.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;

use crate::decimal::Decimal;
use crate::finding::{Code, Fault, child, suggestion};
use crate::schema::{self, MEMBERS_MAX, Schema, TYPES};

/// The words for built-in types, with the schema each stands for.
const WORDS: [&str; 14] = [
    "bool",
    "int",
    "decimal",
    "text",
    "date",
    "timestamp",
    "duration",
    "party",
    "hash",
    "attachment",
    "list",
    "commitment",
    "challenge",
    "proof",
];

/// Keys of the long form of a field.
const KEYS: [&str; 13] = [
    "type",
    "title",
    "description",
    "optional",
    "min",
    "max",
    "choices",
    "unit",
    "digits",
    "of",
    "fields",
    "personal",
    "initial",
];

/// Deepest nesting of fields.
const DEPTH_MAX: u32 = 32;

/// What expanding fields needs to know of the document around them.
#[derive(Clone, Copy)]
pub struct Expand<'a> {
    /// The document's `types`, as written.
    pub types: &'a BTreeMap<String, Json>,
    /// Names of its `data_classes`; `None`: not compared.
    pub classes: Option<&'a BTreeSet<String>>,
    /// Its language: plain titles and descriptions become `{language: text}`.
    pub language: &'a str,
    /// The keys of the map at a pointer in the order in which they were written, if that is known.
    pub order: &'a dyn Fn(&str) -> Option<Vec<String>>,
}

impl Expand<'_> {
    /// `data:`, `vars:`, `inputs:`: the schema of a record of these fields.
    pub fn fields(&self, fields: &Json, pointer: &str) -> Result<Json, Vec<Fault>> {
        self.run(|expander| expander.fields(fields, pointer, DEPTH_MAX))
    }

    /// One field, short or long.
    pub fn field(&self, field: &Json, pointer: &str) -> Result<Json, Vec<Fault>> {
        self.run(|expander| expander.field(field, pointer, DEPTH_MAX).map(|(schema, _)| schema))
    }

    /// `schema:` in place of fields, in canonical form; named types must exist and be expanded first.
    pub fn schema(&self, schema: &Json, types: &BTreeMap<String, Json>, pointer: &str) -> Result<Json, Vec<Fault>> {
        Schema::parse(schema, types, pointer).map(|schema| schema.to_json().clone())
    }

    /// Every named type, checked to be free of cycles; `pointer` is that of `types`.
    pub fn types(&self, pointer: &str) -> Result<BTreeMap<String, Json>, Vec<Fault>> {
        let expanded = self.run(|expander| {
            let mut expanded = BTreeMap::new();
            for (name, field) in self.types {
                let below = child(pointer, name);
                if WORDS.contains(&name.as_str()) || ["map", "record", "optional"].contains(&name.as_str()) {
                    expander.fault(Code::E202, below.clone(), format!("`{name}` is reserved or taken"));
                }
                if let Some((schema, _)) = expander.field(field, &below, DEPTH_MAX) {
                    expanded.insert(name.clone(), schema);
                }
            }
            Some(expanded)
        })?;
        let mut faults: Vec<Fault> = Vec::new();
        for (name, schema) in &expanded {
            for fault in schema::parse(schema, &expanded, &child(pointer, name), pointer).err().unwrap_or_default() {
                // A cycle is found once from each of its types.
                if !faults.iter().any(|other| other.code == fault.code && other.pointer == fault.pointer) {
                    faults.push(fault);
                }
            }
        }
        if faults.is_empty() { Ok(expanded) } else { Err(faults) }
    }

    fn run<T>(&self, work: impl FnOnce(&mut Expander<'_>) -> Option<T>) -> Result<T, Vec<Fault>> {
        let mut expander = Expander { around: *self, faults: Vec::new() };
        match work(&mut expander) {
            Some(found) if expander.faults.is_empty() => Ok(found),
            _ => Err(expander.faults),
        }
    }
}

struct Expander<'a> {
    around: Expand<'a>,
    faults: Vec<Fault>,
}

/// Whether a document may leave a field out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

type Members = BTreeMap<String, Json>;

impl Expander<'_> {
    fn fault(&mut self, code: Code, pointer: String, message: impl Into<String>) {
        self.faults.push(Fault::new(code, pointer, message));
    }

    fn fields(&mut self, fields: &Json, pointer: &str, depth_left: u32) -> Option<Json> {
        let Some(members) = fields.as_map() else {
            self.fault(Code::E106, pointer.to_owned(), "fields must be a map of names");
            return None;
        };
        if members.len() > MEMBERS_MAX {
            self.fault(
                Code::E107,
                pointer.to_owned(),
                format!("too many fields: {}, at most {MEMBERS_MAX}", members.len()),
            );
            return None;
        }
        let mut properties = BTreeMap::new();
        let mut required = Vec::new();
        for (name, field) in members {
            let below = child(pointer, name);
            if name.is_empty() || name.chars().count() > 128 {
                self.fault(Code::E106, below.clone(), "the name of a field has 1 to 128 characters");
            }
            if let Some((schema, presence)) = self.field(field, &below, depth_left) {
                if presence == Presence::Required {
                    required.push(Json::text(name));
                }
                properties.insert(name.clone(), schema);
            }
        }
        let mut schema = Members::from([
            ("type".to_owned(), Json::text("object")),
            ("additionalProperties".to_owned(), Json::Bool(false)),
        ]);
        let written = (self.around.order)(pointer).filter(|keys| !keys.is_sorted() && keys.len() == properties.len());
        if let Some(keys) = written {
            let order = Json::List(keys.into_iter().map(Json::Text).collect());
            schema.insert("ui".to_owned(), Json::map([("order", order)]));
        }
        if !required.is_empty() {
            schema.insert("required".to_owned(), Json::List(required));
        }
        schema.insert("properties".to_owned(), Json::Map(properties));
        Some(Json::Map(schema))
    }

    fn field(&mut self, field: &Json, pointer: &str, depth_left: u32) -> Option<(Json, Presence)> {
        let Some(depth_left) = depth_left.checked_sub(1) else {
            self.fault(Code::E107, pointer.to_owned(), format!("fields nested too deep, at most {DEPTH_MAX}"));
            return None;
        };
        match field {
            Json::Text(words) => self.short(words, pointer),
            Json::Map(members) => self.long(members, pointer, depth_left),
            _ => {
                self.fault(Code::E106, pointer.to_owned(), "a field must be a type or a map");
                None
            }
        }
    }

    /// `optional list of text` and the like.
    fn short(&mut self, words: &str, pointer: &str) -> Option<(Json, Presence)> {
        let (presence, words) = match words.strip_prefix("optional ") {
            Some(rest) => (Presence::Optional, rest),
            None => (Presence::Required, words),
        };
        let schema = match words.strip_prefix("list of ") {
            Some(word) => {
                let items = self.word(word, pointer)?;
                Json::map([("type", Json::text("array")), ("items", items)])
            }
            None => self.word(words, pointer)?,
        };
        Some((schema, presence))
    }

    fn word(&mut self, word: &str, pointer: &str) -> Option<Json> {
        let plain = |kind: &str| Json::map([("type", Json::text(kind))]);
        let format = |format: &str| Json::map([("type", Json::text("string")), ("format", Json::text(format))]);
        Some(match word {
            "bool" => plain("boolean"),
            "int" => plain("integer"),
            "text" => plain("string"),
            "timestamp" => format("date-time"),
            "decimal" | "date" | "duration" | "party" | "hash" | "commitment" | "challenge" | "proof" => format(word),
            "attachment" => attachment(),
            _ if self.around.types.contains_key(word) => Json::map([("$ref", Json::Text(format!("{TYPES}{word}")))]),
            _ => {
                let known = WORDS.into_iter().chain(self.around.types.keys().map(String::as_str));
                let message = format!("no type is called `{word}`{}", suggestion(word, known));
                self.fault(Code::E201, pointer.to_owned(), message);
                return None;
            }
        })
    }

    fn long(&mut self, members: &Members, pointer: &str, depth_left: u32) -> Option<(Json, Presence)> {
        for key in members.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let near = suggestion(key, KEYS.into_iter());
            self.fault(Code::E104, child(pointer, key), format!("`{key}` is no key of a field{near}"));
        }
        let word = match (members.get("type"), members.contains_key("fields")) {
            (Some(Json::Text(word)), _) => word.as_str(),
            (None, true) => "record",
            (Some(_), _) => {
                self.fault(Code::E106, child(pointer, "type"), "`type` must be the name of a type");
                return None;
            }
            (None, false) => {
                self.fault(Code::E105, pointer.to_owned(), "a field needs `type` or `fields`");
                return None;
            }
        };
        let (schema, mut presence) = self.base(word, members, pointer, depth_left)?;
        let Json::Map(mut schema) = schema else { return None };
        match members.get("optional") {
            None | Some(Json::Bool(false)) => {}
            Some(Json::Bool(true)) => presence = Presence::Optional,
            Some(_) => self.fault(Code::E106, child(pointer, "optional"), "`optional` must be true or false"),
        }
        self.bounds(&mut schema, members, pointer);
        self.notes(&mut schema, members, pointer);
        Some((Json::Map(schema), presence))
    }

    /// The schema of the type alone.
    fn base(&mut self, word: &str, members: &Members, pointer: &str, depth_left: u32) -> Option<(Json, Presence)> {
        for (key, takes) in [("of", matches!(word, "list" | "map")), ("fields", word == "record")] {
            if members.contains_key(key) != takes {
                let (code, at) =
                    if takes { (Code::E105, pointer.to_owned()) } else { (Code::E104, child(pointer, key)) };
                let message =
                    if takes { format!("a {word} needs `{key}`") } else { format!("`{key}` is no key of {word}") };
                self.fault(code, at, message);
                return None;
            }
        }
        match (word, members.get("of"), members.get("fields")) {
            ("list", Some(of), _) => {
                let (items, _) = self.field(of, &child(pointer, "of"), depth_left)?;
                Some((Json::map([("type", Json::text("array")), ("items", items)]), Presence::Required))
            }
            ("map", Some(of), _) => {
                let (of, _) = self.field(of, &child(pointer, "of"), depth_left)?;
                Some((Json::map([("type", Json::text("object")), ("additionalProperties", of)]), Presence::Required))
            }
            ("record", _, Some(fields)) => {
                Some((self.fields(fields, &child(pointer, "fields"), depth_left)?, Presence::Required))
            }
            _ => self.short(word, &child(pointer, "type")),
        }
    }

    /// `min`, `max` and `choices`, under the keywords of the type.
    fn bounds(&mut self, schema: &mut Members, members: &Members, pointer: &str) {
        let kind = schema.get("type").and_then(Json::as_text).unwrap_or_default();
        let keys = match (kind, schema.get("format").and_then(Json::as_text)) {
            ("integer", _) => ["minimum", "maximum"],
            ("string", None) => ["minLength", "maxLength"],
            ("string", Some("decimal" | "date" | "date-time")) => ["x-min", "x-max"],
            ("array", _) => ["minItems", "maxItems"],
            ("object", _) if schema.contains_key("additionalProperties") && !schema.contains_key("properties") => {
                ["minProperties", "maxProperties"]
            }
            _ => ["", ""],
        };
        let is_decimal = schema.get("format").and_then(Json::as_text) == Some("decimal");
        for (written, key) in ["min", "max"].into_iter().zip(keys) {
            let Some(bound) = members.get(written) else { continue };
            let below = child(pointer, written);
            let found = match bound {
                Json::Int(value) if is_decimal => Some(Json::Text(value.to_string())),
                Json::Int(value) if !key.starts_with("x-") => Some(Json::Int(*value)),
                Json::Text(text) if is_decimal => Decimal::parse(text).map(|value| Json::Text(value.to_string())),
                Json::Text(text) if key.starts_with("x-") => Some(Json::text(text)),
                _ => None,
            };
            match found {
                _ if key.is_empty() => self.fault(Code::E104, below, format!("`{written}` is no key of this type")),
                Some(found) => drop(schema.insert(key.to_owned(), found)),
                None => self.fault(Code::E106, below, format!("`{written}` must be a bound of this type")),
            }
        }
        if let Some(digits) = members.get("digits") {
            let below = child(pointer, "digits");
            match (schema.get("format").and_then(Json::as_text), digits) {
                (Some("commitment"), Json::Int(_)) => drop(schema.insert("x-digits".to_owned(), digits.clone())),
                (Some("commitment"), _) => self.fault(Code::E106, below, "`digits` must be an integer"),
                _ => self.fault(Code::E104, below, "`digits` is no key of this type"),
            }
        }
        if let Some(choices) = members.get("choices") {
            match choices {
                Json::List(_) => drop(schema.insert("enum".to_owned(), choices.clone())),
                _ => self.fault(Code::E106, child(pointer, "choices"), "`choices` must be a list"),
            }
        }
    }

    /// `title`, `description`, `unit`, `personal` and `initial`.
    fn notes(&mut self, schema: &mut Members, members: &Members, pointer: &str) {
        for key in ["title", "description"] {
            match members.get(key) {
                None => {}
                Some(Json::Text(text)) => {
                    schema.insert(key.to_owned(), Json::map([(self.around.language, Json::text(text))]));
                }
                Some(Json::Map(texts)) if texts.values().all(|text| text.as_text().is_some()) => {
                    schema.insert(key.to_owned(), Json::Map(texts.clone()));
                }
                Some(_) => self.fault(Code::E106, child(pointer, key), format!("`{key}` must be a text")),
            }
        }
        for (key, keyword) in [("unit", "x-unit"), ("personal", "x-personal")] {
            match members.get(key) {
                None => {}
                Some(Json::Text(text)) => {
                    schema.insert(keyword.to_owned(), Json::text(text));
                    if key == "personal" {
                        self.class(text, &child(pointer, key));
                    }
                }
                Some(_) => self.fault(Code::E106, child(pointer, key), format!("`{key}` must be a text")),
            }
        }
        if let Some(initial) = members.get("initial").filter(|initial| **initial != Json::Null) {
            schema.insert("default".to_owned(), initial.clone());
        }
    }

    fn class(&mut self, class: &str, pointer: &str) {
        let Some(classes) = self.around.classes else { return };
        if !classes.contains(class) {
            let near = suggestion(class, classes.iter().map(String::as_str));
            self.fault(Code::E201, pointer.to_owned(), format!("no data class is called `{class}`{near}"));
        }
    }
}

/// `{hash, name, media, bytes}` (language §2.2): `hash` is the payload commitment.
fn attachment() -> Json {
    let text = || Json::map([("type", Json::text("string"))]);
    let properties = [
        ("bytes", Json::map([("type", Json::text("integer")), ("minimum", Json::Int(0))])),
        ("hash", Json::map([("type", Json::text("string")), ("format", Json::text("hash"))])),
        ("media", text()),
        ("name", text()),
    ];
    Json::map([
        ("type", Json::text("object")),
        ("required", Json::List(properties.iter().map(|(name, _)| Json::text(*name)).collect())),
        ("properties", Json::map(properties)),
        ("additionalProperties", Json::Bool(false)),
    ])
}
