//! Values as process state: changed copy-on-write, and encoded for state hashes (contract log §13.8).

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::{Decode, DecodeError, Encode, INTEGER_MAX, Reader, Writer};

use super::{Hash, Members, Text, UNASSIGNED, Value, is_party, position};
use crate::date::{Date, Timestamp};
use crate::decimal::Decimal;
use crate::duration::Duration;

/// Deepest nesting of an encoded value.
const DEPTH_MAX: u32 = 128;
/// Most items of an encoded list or map.
const ITEMS_MAX: usize = 1 << 20;
/// Most bytes of an encoded text: 65,536 characters of four bytes.
const TEXT_BYTES_MAX: usize = 1 << 18;

impl Value {
    /// Puts `value` at a path, unassigned takes it away. Missing maps on the way are made.
    ///
    /// `false`, with nothing changed, if a step leads into something that is neither a map nor an existing item.
    #[must_use]
    pub fn set(&mut self, path: &[Text], value: Value) -> bool {
        if !self.reaches(path) {
            return false;
        }
        self.put(path, value);
        true
    }

    /// Adds an item to the list at a path; an unassigned path starts a list.
    ///
    /// `false`, with nothing changed, if there is something else or the path leads nowhere.
    #[must_use]
    pub fn append(&mut self, path: &[Text], item: Value) -> bool {
        let mut items = match self.at(path) {
            Self::Unassigned => Arc::default(),
            Self::List(items) => Arc::clone(items),
            _ => return false,
        };
        Arc::make_mut(&mut items).push(item);
        self.set(path, Self::List(items))
    }

    /// Assigned members of `from` replace those of this value, recursively by map.
    pub fn merge(&mut self, from: &Value) {
        match (&mut *self, from) {
            (_, Self::Unassigned) => {}
            (Self::Map(members), Self::Map(others)) => {
                let members = Arc::make_mut(members);
                for (key, other) in others.iter() {
                    members.entry(Text::clone(key)).or_default().merge(other);
                }
            }
            _ => *self = from.clone(),
        }
    }

    /// Whether every step of a path but the last leads to a map, an existing item or nothing.
    fn reaches(&self, path: &[Text]) -> bool {
        let mut value = self;
        for step in path {
            value = match value {
                Self::Unassigned => return true,
                Self::Map(members) => members.get(step).unwrap_or(&UNASSIGNED),
                Self::List(items) => match position(step).and_then(|index| items.get(index)) {
                    Some(item) => item,
                    None => return false,
                },
                _ => return false,
            };
        }
        true
    }

    fn put(&mut self, path: &[Text], value: Value) {
        let Some((step, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if let Self::List(items) = self {
            if let Some(item) = position(step).and_then(|index| Arc::make_mut(items).get_mut(index)) {
                item.put(rest, value);
            }
            return;
        }
        if self.is_unassigned() {
            if value.is_unassigned() {
                return;
            }
            *self = Self::Map(Arc::default());
        }
        let Self::Map(members) = self else { return };
        let members = Arc::make_mut(members);
        if rest.is_empty() && value.is_unassigned() {
            members.remove(step);
            return;
        }
        let member = members.entry(Text::clone(step)).or_default();
        member.put(rest, value);
        if member.is_unassigned() {
            members.remove(step);
        }
    }
}

impl Encode for Value {
    /// A tag, then the content; maps ascending by key bytes (page `docs/spec/rules.md`).
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Unassigned => out.uint(0),
            Self::Bool(value) => {
                out.uint(1);
                value.encode(out);
            }
            Self::Int(value) => {
                out.uint(2);
                out.int(*value);
            }
            Self::Decimal(value) => {
                out.uint(3);
                value.encode(out);
            }
            Self::Text(value) => {
                out.uint(4);
                out.text(value);
            }
            Self::Date(value) => {
                out.uint(5);
                out.int(i64::from(value.days()));
            }
            Self::Timestamp(value) => {
                out.uint(6);
                out.int(value.ms());
            }
            Self::Duration(value) => {
                out.uint(7);
                out.int(value.months());
                out.int(value.days());
                out.int(value.ms());
            }
            Self::Hash(value) => {
                out.uint(8);
                out.raw(value.bytes());
            }
            Self::Party(value) => {
                out.uint(9);
                out.text(value);
            }
            Self::List(items) => {
                out.uint(10);
                out.list(items.iter());
            }
            Self::Map(members) => {
                out.uint(11);
                out.uint(members.len() as u64);
                for (key, value) in members.iter() {
                    out.text(key);
                    value.encode(out);
                }
            }
        }
    }
}

impl Decode for Value {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        decode(from, DEPTH_MAX)
    }
}

fn decode(from: &mut Reader<'_>, depth_left: u32) -> Result<Value, DecodeError> {
    let wrong = |what| DecodeError::Value(what);
    Ok(match from.tag("value")? {
        0 => Value::Unassigned,
        1 => Value::Bool(bool::decode(from)?),
        2 => {
            let value = from.int()?;
            if value.unsigned_abs() > INTEGER_MAX.unsigned_abs() {
                return Err(wrong("int"));
            }
            Value::Int(value)
        }
        3 => Value::Decimal(Decimal::decode(from)?),
        4 => Value::Text(from.text("text", TEXT_BYTES_MAX)?.into()),
        5 => {
            let days = i32::try_from(from.int()?).map_err(|_| wrong("date"))?;
            Value::Date(Date::from_days(days).ok_or(wrong("date"))?)
        }
        6 => Value::Timestamp(Timestamp::from_ms(from.int()?).ok_or(wrong("timestamp"))?),
        7 => {
            let (months, days, ms) = (from.int()?, from.int()?, from.int()?);
            Value::Duration(Duration::new(months, days, ms).ok_or(wrong("duration"))?)
        }
        8 => Value::Hash(Hash::new(from.array()?)),
        9 => {
            let text = from.text("party", TEXT_BYTES_MAX)?;
            if !is_party(&text) {
                return Err(wrong("party"));
            }
            Value::Party(text.into())
        }
        10 => Value::list(decode_list(from, deeper(depth_left)?)?),
        11 => Value::Map(Arc::new(decode_map(from, deeper(depth_left)?)?)),
        tag => return Err(DecodeError::Tag { what: "value", tag: u64::from(tag) }),
    })
}

fn deeper(depth_left: u32) -> Result<u32, DecodeError> {
    depth_left.checked_sub(1).ok_or(DecodeError::Value("value: nested too deep"))
}

fn decode_list(from: &mut Reader<'_>, depth_left: u32) -> Result<Vec<Value>, DecodeError> {
    let count = from.length("list", ITEMS_MAX)?;
    let mut items = Vec::with_capacity(count.min(from.rest().len()));
    for _ in 0..count {
        items.push(decode(from, depth_left)?);
    }
    Ok(items)
}

fn decode_map(from: &mut Reader<'_>, depth_left: u32) -> Result<Members, DecodeError> {
    let count = from.length("map", ITEMS_MAX)?;
    let mut members = BTreeMap::new();
    for _ in 0..count {
        let key: Text = from.text("key", TEXT_BYTES_MAX)?.into();
        if members.last_key_value().is_some_and(|(last, _)| *last >= key) {
            return Err(DecodeError::Order("map"));
        }
        match decode(from, depth_left)? {
            Value::Unassigned => return Err(DecodeError::Value("member")),
            value => members.insert(key, value),
        };
    }
    Ok(members)
}
