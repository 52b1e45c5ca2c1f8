//! JSON restricted to what hashes the same everywhere: integers within ±(2^53−1), no floats, no duplicate keys.

mod parse;
mod write;

use std::collections::BTreeMap;

pub use parse::{JsonError, JsonFault, JsonLimits};

/// The largest integer of the restricted form, 2^53−1; the smallest is its negative.
pub const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// A JSON value of the restricted form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer between −(2^53−1) and 2^53−1.
    Int(i64),
    /// A string of Unicode scalar values.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object. Writing orders its members by UTF-16 code units (RFC 8785 3.2.3).
    Map(BTreeMap<String, Json>),
}

impl Json {
    /// An object of the given members.
    pub fn map<K: Into<String>>(members: impl IntoIterator<Item = (K, Json)>) -> Self {
        Self::Map(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A string.
    pub fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Map(members) => members.get(key),
            _ => None,
        }
    }

    /// The string, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    /// The integer, if this is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The items, if this is an array.
    pub fn as_list(&self) -> Option<&[Json]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if this is an object.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Json>> {
        match self {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }
}
