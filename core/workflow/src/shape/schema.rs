//! The shape of a document as JSON Schema, for editors: made from the tables that the check reads, so it cannot drift.

use countersign_codec::Json;

use super::words::words;
use super::{EFFECT_KINDS, Record, Rule, SCENARIO, Shape, TRIGGERS, tables};

/// The keys of the language as JSON Schema (2020-12), with a description of each key; `x-refers` says of what a value is
/// the name. Keys that this version refuses are left out.
pub fn language_schema() -> Json {
    let mut schema = record(&SCENARIO);
    if let Json::Map(members) = &mut schema {
        members.insert("$schema".into(), Json::text("https://json-schema.org/draft/2020-12/schema"));
        members.insert(
            "$defs".into(),
            Json::map([("transition", transition()), ("effect", effect()), ("body", record(&tables::SUB_SCENARIO))]),
        );
    }
    schema
}

fn object(properties: Vec<(&str, Json)>, required: &[&str]) -> Json {
    let required = required.iter().map(|key| Json::text(*key)).collect();
    Json::map([
        ("type", Json::text("object")),
        ("properties", Json::map(properties)),
        ("required", Json::List(required)),
        ("additionalProperties", Json::Bool(false)),
    ])
}

fn record(record: &Record) -> Json {
    let members = record.members.iter().filter(|member| !matches!(member.rule, Rule::Refused(_)));
    let mut properties = Vec::new();
    let mut required = Vec::new();
    for member in members {
        let mut value = shape(member.shape);
        if let (Json::Map(members), Some((text, refers))) = (&mut value, words(record.what, member.key)) {
            members.insert("description".into(), Json::text(text));
            if !refers.is_empty() {
                members.insert("x-refers".into(), Json::text(refers));
            }
        }
        properties.push((member.key, value));
        if member.rule == Rule::Required {
            required.push(member.key);
        }
    }
    object(properties, &required)
}

fn transition() -> Json {
    let mut schema = record(&tables::TRANSITION);
    let known = |key: &&str| schema.get("properties").is_some_and(|properties| properties.get(key).is_some());
    let triggers: Vec<&str> = TRIGGERS.into_iter().filter(known).collect();
    let one = |key: &str| Json::map([("required", Json::List(vec![Json::text(key)]))]);
    let one_of = Json::List(triggers.into_iter().map(one).collect());
    if let Json::Map(members) = &mut schema {
        members.insert("oneOf".into(), one_of);
    }
    schema
}

fn effect() -> Json {
    let refused = |kind: &Record| kind.members.iter().any(|member| matches!(member.rule, Rule::Refused(_)));
    let kinds = EFFECT_KINDS.iter().filter(|(_, kind)| !refused(kind));
    Json::map([("oneOf", Json::List(kinds.map(|(_, kind)| record(kind)).collect()))])
}

fn typed(name: &str) -> Vec<(&'static str, Json)> {
    vec![("type", Json::text(name))]
}

fn count(limit: usize) -> Json {
    Json::Int(i64::try_from(limit).unwrap_or(i64::MAX))
}

fn one_or_list() -> Json {
    let text = Json::map(typed("string"));
    let list = Json::map([("type", Json::text("array")), ("items", text.clone())]);
    Json::map([("anyOf", Json::List(vec![text, list]))])
}

fn shape(shape: Shape) -> Json {
    let members = match shape {
        Shape::Any => Vec::new(),
        Shape::AnyMap(max) => [typed("object"), vec![("maxProperties", count(max))]].concat(),
        Shape::Text => {
            let words =
                Json::map([("type", Json::text("object")), ("additionalProperties", Json::map(typed("string")))]);
            vec![("anyOf", Json::List(vec![Json::map(typed("string")), words]))]
        }
        Shape::Name | Shape::Label | Shape::Path | Shape::Tag => typed("string"),
        Shape::Line(max) => [typed("string"), vec![("maxLength", count(max))]].concat(),
        Shape::Constant(word) => vec![("const", Json::text(word))],
        Shape::Expression => vec![("x-expression", Json::Bool(true))],
        Shape::ExpressionOr(inner) => {
            let expression = Json::map([("x-expression", Json::Bool(true))]);
            vec![("anyOf", Json::List(vec![record(inner), expression]))]
        }
        Shape::Duration => [typed("string"), vec![("format", Json::text("duration"))]].concat(),
        Shape::Integer(min, max) => {
            [typed("integer"), vec![("minimum", Json::Int(min)), ("maximum", Json::Int(max))]].concat()
        }
        Shape::Bool => typed("boolean"),
        Shape::Word(words) => vec![("enum", Json::List(words.iter().map(|word| Json::text(*word)).collect()))],
        Shape::Names | Shape::ActionNames => return one_or_list(),
        Shape::List(item, min, max, _) => {
            let bounds = vec![("items", self::shape(*item)), ("minItems", count(min)), ("maxItems", count(max))];
            [typed("array"), bounds].concat()
        }
        Shape::NamesOf(member, min, max, _) => {
            let bounds = vec![
                ("additionalProperties", self::shape(*member)),
                ("propertyNames", Json::map([("pattern", Json::text("^[a-z][a-z0-9_]{0,62}$"))])),
                ("minProperties", count(min)),
                ("maxProperties", count(max)),
            ];
            [typed("object"), bounds].concat()
        }
        Shape::Keys(member, max, _) => {
            let bounds = vec![("additionalProperties", self::shape(*member)), ("maxProperties", count(max))];
            [typed("object"), bounds].concat()
        }
        Shape::Record(inner) => return record(inner),
        Shape::WordOr(words, inner) => {
            let words = Json::List(words.iter().map(|word| Json::text(*word)).collect());
            vec![("anyOf", Json::List(vec![Json::map([("enum", words)]), record(inner)]))]
        }
        Shape::Effect => vec![("$ref", Json::text("#/$defs/effect"))],
        Shape::Body => vec![("$ref", Json::text("#/$defs/body"))],
        Shape::Transition => vec![("$ref", Json::text("#/$defs/transition"))],
    };
    Json::map(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All descriptions missing below a schema, by pointer.
    fn undescribed(schema: &Json, at: &str, found: &mut Vec<String>) {
        let Some(members) = schema.as_map() else {
            let items = schema.as_list().unwrap_or_default();
            items.iter().enumerate().for_each(|(index, item)| undescribed(item, &format!("{at}/{index}"), found));
            return;
        };
        for (key, value) in members {
            if key == "properties" {
                for (name, property) in value.as_map().unwrap() {
                    if property.get("description").is_none() {
                        found.push(format!("{at}/{name}"));
                    }
                    undescribed(property, &format!("{at}/{name}"), found);
                }
            } else {
                undescribed(value, at, found);
            }
        }
    }

    #[test]
    fn every_key_is_described() {
        let mut found = Vec::new();
        undescribed(&language_schema(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn what_is_refused_is_left_out() {
        let schema = language_schema();
        let properties = schema.get("properties").unwrap();
        assert!(properties.get("states").is_some() && properties.get("imports").is_none());
        let transition = schema.get("$defs").unwrap().get("transition").unwrap();
        assert_eq!(transition.get("oneOf").unwrap().as_list().unwrap().len(), 6);
        let goto = transition.get("properties").unwrap().get("goto").unwrap();
        assert_eq!(goto.get("x-refers").unwrap().as_text(), Some("state"));
    }
}
