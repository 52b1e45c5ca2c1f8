//! The closed schema dialect (language §2.1): compiled once, then data are read or results checked against it.

mod parse;
mod personal;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::Json;

use crate::date::{Date, Timestamp};
use crate::decimal::Decimal;
use crate::finding::Fault;
use crate::proving::Proving;
use crate::types::{ITEMS_MAX_DEFAULT, Kind, Sign, Type};
use crate::value::{Text, Value};

pub(crate) use parse::{TYPES, parse};
pub use personal::Sealed;
pub use validate::Invalid;

/// Most members of a record.
pub const MEMBERS_MAX: usize = 500;
/// Most values of `enum`.
pub const CHOICES_MAX: usize = 1000;
/// Deepest nesting of a schema, named types included.
pub const SCHEMA_DEPTH_MAX: u32 = 32;
/// Most nodes of a schema once every named type is put in place.
pub const SCHEMA_NODES_MAX: u64 = 10_000;

/// A compiled schema. Copies share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema(Arc<Compiled>);

#[derive(Debug, PartialEq, Eq)]
struct Compiled {
    shape: Shape,
    /// The values of `enum` or `const`, if one of them is asked.
    choices: Option<Vec<Value>>,
    default: Value,
    type_of: Type,
    json: Json,
    nodes: u64,
    depth: u32,
}

/// What a value must look like; bounds are inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Bool,
    Int { min: i64, max: i64 },
    Decimal { min: Option<Decimal>, max: Option<Decimal> },
    Text { min: u64, max: u64 },
    Date { min: Option<Date>, max: Option<Date> },
    Timestamp { min: Option<Timestamp>, max: Option<Timestamp> },
    Duration,
    Hash,
    Party,
    Proving(Proving),
    Opaque,
    List { of: Schema, min: u64, max: u64 },
    Map { of: Schema, min: u64, max: u64 },
    Record { members: BTreeMap<Text, Member> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    schema: Schema,
    required: bool,
}

impl Schema {
    /// Compiles a schema in which named types are `{"$ref": "#/types/<name>"}`; faults point below `pointer`.
    ///
    /// `types` are schemas too, without cycles; their own faults point below `/types`. Accepts what `schema:` takes,
    /// canonical or not.
    pub fn parse(json: &Json, types: &BTreeMap<String, Json>, pointer: &str) -> Result<Self, Vec<Fault>> {
        parse::parse(json, types, pointer, "/types")
    }

    /// The schema of a record put together from others; `true` marks a required member.
    pub fn record<K: Into<Text>>(members: impl IntoIterator<Item = (K, Schema, bool)>) -> Self {
        let member = |(name, schema, required): (K, Schema, bool)| (name.into(), Member { schema, required });
        Self::of_record(members.into_iter().map(member).collect(), parse::Notes::default())
    }

    /// The static type of its values.
    pub fn type_of(&self) -> &Type {
        &self.0.type_of
    }

    /// The canonical JSON Schema.
    pub fn to_json(&self) -> &Json {
        &self.0.json
    }

    /// The schema of a member: of a record by name, of a map by any key, of a list by position.
    pub fn member(&self, name: &str) -> Option<&Schema> {
        match &self.0.shape {
            Shape::Record { members } => members.get(name).map(|member| &member.schema),
            Shape::Map { of, .. } => Some(of),
            Shape::List { of, .. } => crate::value::position(name).map(|_| of),
            _ => None,
        }
    }

    /// The schema at a path of member names and list positions.
    pub fn at(&self, path: &[Text]) -> Option<&Schema> {
        path.iter().try_fold(self, |found, name| found.member(name))
    }

    /// The value before anything is assigned: its `default`, or a record of the defaults below it.
    pub fn initial(&self) -> Value {
        if !self.0.default.is_unassigned() {
            return self.0.default.clone();
        }
        let Shape::Record { members } = &self.0.shape else { return Value::Unassigned };
        let initial = Value::map(members.iter().map(|(name, member)| (Text::clone(name), member.schema.initial())));
        if initial.as_map().is_some_and(|members| members.is_empty()) { Value::Unassigned } else { initial }
    }

    fn of_record(members: BTreeMap<Text, Member>, notes: parse::Notes) -> Self {
        let of = |(name, member): (&Text, &Member)| {
            let found = member.schema.0.type_of.clone();
            (Text::clone(name), if member.required { found } else { found.optional() })
        };
        let type_of = Type::record(members.iter().map(of));
        let mut json = BTreeMap::from([
            ("type".to_owned(), Json::text("object")),
            ("additionalProperties".to_owned(), Json::Bool(false)),
            (
                "properties".to_owned(),
                Json::map(members.iter().map(|(name, member)| (&**name, member.schema.0.json.clone()))),
            ),
        ]);
        let required: Vec<Json> =
            members.iter().filter(|(_, member)| member.required).map(|(name, _)| Json::text(&**name)).collect();
        if !required.is_empty() {
            json.insert("required".to_owned(), Json::List(required));
        }
        let parts: Vec<Schema> = members.values().map(|member| member.schema.clone()).collect();
        Self::build(Shape::Record { members }, type_of, json, &parts, notes)
    }

    fn of_list(of: Schema, min: u64, max: u64, notes: parse::Notes) -> Self {
        let kind = Kind::List { of: Arc::new(of.0.type_of.clone()), min, max };
        let mut json = BTreeMap::from([("items".to_owned(), of.0.json.clone())]);
        write_bounds(&mut json, ("minItems", min), ("maxItems", max, ITEMS_MAX_DEFAULT));
        json.insert("type".to_owned(), Json::text("array"));
        let parts = [of.clone()];
        Self::build(Shape::List { of, min, max }, Type::of(kind), json, &parts, notes)
    }

    fn of_map(of: Schema, min: u64, max: u64, notes: parse::Notes) -> Self {
        let kind = Kind::Map { of: Arc::new(of.0.type_of.clone()), max };
        let mut json = BTreeMap::from([("additionalProperties".to_owned(), of.0.json.clone())]);
        write_bounds(&mut json, ("minProperties", min), ("maxProperties", max, ITEMS_MAX_DEFAULT));
        json.insert("type".to_owned(), Json::text("object"));
        let parts = [of.clone()];
        Self::build(Shape::Map { of, min, max }, Type::of(kind), json, &parts, notes)
    }

    fn build(
        shape: Shape,
        type_of: Type,
        mut json: BTreeMap<String, Json>,
        parts: &[Schema],
        notes: parse::Notes,
    ) -> Self {
        let nodes = parts.iter().fold(1_u64, |sum, part| sum.saturating_add(part.0.nodes));
        let depth = parts.iter().map(|part| part.0.depth).max().unwrap_or_default().saturating_add(1);
        let type_of = Type { personal: notes.personal, ..type_of };
        json.extend(notes.json);
        let json = Json::Map(json);
        Self(Arc::new(Compiled { shape, choices: None, default: Value::Unassigned, type_of, json, nodes, depth }))
    }
}

/// Writes the bounds that differ from their defaults.
fn write_bounds(
    json: &mut BTreeMap<String, Json>,
    (min_key, min): (&str, u64),
    (max_key, max, default): (&str, u64, u64),
) {
    let number = |bound| Json::Int(i64::try_from(bound).unwrap_or(i64::MAX));
    if min != 0 {
        json.insert(min_key.to_owned(), number(min));
    }
    if max != default {
        json.insert(max_key.to_owned(), number(max));
    }
}

/// What bounds say about zero.
fn sign<T: PartialOrd>(min: Option<T>, max: Option<T>, zero: &T) -> Sign {
    let outside = min.is_some_and(|min| min > *zero) || max.is_some_and(|max| max < *zero);
    if outside { Sign::NotZero } else { Sign::Unknown }
}
