//! The two JSON forms of a value: typed, as the literals of a tree; plain, as data stand in documents (§2.1).

use countersign_codec::{INTEGER_MAX, Json};

use super::{Hash, Value, is_party};
use crate::date::{Date, Timestamp};
use crate::decimal::Decimal;
use crate::duration::Duration;

impl Value {
    /// Plain JSON: decimals, dates, timestamps, durations, hashes and parties are strings; unassigned is `null`.
    pub fn to_plain(&self) -> Json {
        match self {
            Self::Unassigned => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::Int(*value),
            Self::List(items) => Json::List(items.iter().map(Self::to_plain).collect()),
            Self::Map(members) => Json::map(members.iter().map(|(key, value)| (&**key, value.to_plain()))),
            _ => Json::Text(self.print()),
        }
    }

    /// Typed JSON: an object with one member, as the literals of a tree.
    pub fn to_typed(&self) -> Json {
        let (kind, content) = match self {
            Self::Unassigned => ("unassigned", Json::Null),
            Self::Bool(value) => ("bool", Json::Bool(*value)),
            Self::Int(value) => ("int", Json::Int(*value)),
            Self::Decimal(value) => ("decimal", Json::Text(value.to_string())),
            Self::Text(value) => ("text", Json::text(&**value)),
            Self::Date(value) => ("date", Json::Text(value.to_string())),
            Self::Timestamp(value) => ("timestamp", Json::Text(value.to_string())),
            Self::Duration(value) => ("duration", Json::Text(value.to_string())),
            Self::Hash(value) => ("hash", Json::Text(value.to_string())),
            Self::Party(value) => ("party", Json::text(&**value)),
            Self::List(items) => ("list", Json::List(items.iter().map(Self::to_typed).collect())),
            Self::Map(members) => ("map", Json::map(members.iter().map(|(key, value)| (&**key, value.to_typed())))),
        };
        Json::map([(kind, content)])
    }

    /// Reads typed JSON; `None` if it is not of that form.
    pub fn from_typed(json: &Json) -> Option<Self> {
        let mut members = json.as_map()?.iter();
        let (Some((kind, content)), None) = (members.next(), members.next()) else { return None };
        match (kind.as_str(), content) {
            ("list", Json::List(items)) => Some(Self::list(items.iter().map(Self::from_typed).collect::<Option<_>>()?)),
            ("map", Json::Map(members)) => {
                let values: Option<Vec<Value>> = members.values().map(Self::from_typed).collect();
                Some(Self::map(members.keys().map(String::as_str).zip(values?)))
            }
            _ => Self::from_literal(kind, content),
        }
    }

    /// The literal `{kind: content}`, unless it is a list or map.
    pub(crate) fn from_literal(kind: &str, content: &Json) -> Option<Self> {
        match (kind, content) {
            ("unassigned", Json::Null) => Some(Self::Unassigned),
            ("bool", Json::Bool(value)) => Some(Self::Bool(*value)),
            ("int", Json::Int(value)) => {
                (value.unsigned_abs() <= INTEGER_MAX.unsigned_abs()).then_some(Self::Int(*value))
            }
            ("decimal", Json::Text(text)) => Decimal::parse(text).map(Self::Decimal),
            ("text", Json::Text(text)) => Some(Self::text(text)),
            (_, Json::Text(text)) => Self::from_name(kind, text),
            _ => None,
        }
    }

    /// The value of `date("…")` and its kin.
    pub(crate) fn from_name(kind: &str, text: &str) -> Option<Self> {
        match kind {
            "date" => Date::parse(text).map(Self::Date),
            "timestamp" => Timestamp::parse(text).map(Self::Timestamp),
            "duration" => Duration::parse(text).map(Self::Duration),
            "hash" => Hash::parse(text).map(Self::Hash),
            "party" => is_party(text).then(|| Self::Party(text.into())),
            _ => None,
        }
    }

    /// Data without declared members: what JSON shows, and no more.
    pub(crate) fn from_opaque(json: &Json) -> Self {
        match json {
            Json::Null => Self::Unassigned,
            Json::Bool(value) => Self::Bool(*value),
            Json::Int(value) => Self::Int(*value),
            Json::Text(text) => Self::text(text),
            Json::List(items) => Self::list(items.iter().map(Self::from_opaque).collect()),
            Json::Map(members) => Self::map(members.iter().map(|(key, json)| (key.as_str(), Self::from_opaque(json)))),
        }
    }
}
