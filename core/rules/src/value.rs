//! The values of expressions and of process state.

mod json;
mod state;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::date::{Date, Timestamp};
use crate::decimal::Decimal;
use crate::duration::Duration;

/// A text or name that is cheap to copy.
pub type Text = Arc<str>;

/// The members of a record or map, ascending by key bytes.
pub type Members = BTreeMap<Text, Value>;

/// What an unassigned blank prints as, to be filled in by hand.
pub const BLANK: &str = "____";

/// A typed value. Copies are cheap: texts, lists and maps are shared until changed.
///
/// A map holds no unassigned member; a list may hold unassigned items, because positions count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// No value.
    #[default]
    Unassigned,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number within ±(2^53−1).
    Int(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// A text, at most 65,536 characters.
    Text(Text),
    /// A day.
    Date(Date),
    /// A moment of UTC.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(Duration),
    /// A SHA-256 hash.
    Hash(Hash),
    /// An identity, `idn_…`.
    Party(Text),
    /// Items in order.
    List(Arc<Vec<Value>>),
    /// A map or record.
    Map(Arc<Members>),
}

/// The one unassigned value, for references to what is not there.
pub(crate) static UNASSIGNED: Value = Value::Unassigned;

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A map or record; unassigned members are left out.
    pub fn map<K: Into<Text>>(members: impl IntoIterator<Item = (K, Value)>) -> Self {
        let members = members.into_iter().filter(|(_, value)| !value.is_unassigned());
        Self::Map(Arc::new(members.map(|(key, value)| (key.into(), value)).collect()))
    }

    /// Whether there is no value.
    pub const fn is_unassigned(&self) -> bool {
        matches!(self, Self::Unassigned)
    }

    /// The boolean, if this is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The whole number, if this is one.
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The number as a decimal, if this is an int or a decimal.
    pub const fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Int(value) => Some(Decimal::from_int(*value)),
            Self::Decimal(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if this is a text or a party.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(value) | Self::Party(value) => Some(value),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if this is a map or record.
    pub fn as_map(&self) -> Option<&Members> {
        match self {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }

    /// The member of that name, unassigned if there is none.
    pub fn get(&self, name: &str) -> &Value {
        self.as_map().and_then(|members| members.get(name)).unwrap_or(&UNASSIGNED)
    }

    /// The value at a path of member names and list positions, unassigned if a step leads nowhere.
    pub fn at(&self, path: &[Text]) -> &Value {
        path.iter().fold(self, |value, step| match value {
            Self::List(items) => position(step).and_then(|index| items.get(index)).unwrap_or(&UNASSIGNED),
            _ => value.get(step),
        })
    }

    /// What the function `text()` gives, and a blank for what is unassigned; lists and maps as plain JSON.
    pub fn print(&self) -> String {
        match self {
            Self::Unassigned => BLANK.to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Decimal(value) => value.to_string(),
            Self::Text(value) | Self::Party(value) => value.to_string(),
            Self::Date(value) => value.to_string(),
            Self::Timestamp(value) => value.to_string(),
            Self::Duration(value) => value.to_string(),
            Self::Hash(value) => value.to_string(),
            Self::List(_) | Self::Map(_) => self.to_plain().to_string(),
        }
    }

    /// The order of two numbers, dates, timestamps or durations; `None` if they have none.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(right)),
            (Self::Date(left), Self::Date(right)) => Some(left.cmp(right)),
            (Self::Timestamp(left), Self::Timestamp(right)) => Some(left.cmp(right)),
            (Self::Duration(left), Self::Duration(right)) => left.compare(*right),
            _ => Some(self.as_decimal()?.cmp(&other.as_decimal()?)),
        }
    }

    /// Whether two values are the same by value; `None` if durations in them are incomparable.
    ///
    /// An item or member unassigned on both sides is the same, on one side it is different.
    pub(crate) fn same(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::List(left), Self::List(right)) => {
                if left.len() != right.len() {
                    return Some(false);
                }
                all_same(left.iter().zip(right.iter()))
            }
            (Self::Map(left), Self::Map(right)) => {
                if left.len() != right.len() || left.keys().ne(right.keys()) {
                    return Some(false);
                }
                all_same(left.values().zip(right.values()))
            }
            (Self::Duration(_), Self::Duration(_))
            | (Self::Int(_), Self::Decimal(_))
            | (Self::Decimal(_), Self::Int(_)) => self.compare(other).map(Ordering::is_eq),
            _ => Some(self == other),
        }
    }
}

/// The fold of `and`: false before incomparable before true.
fn all_same<'a>(mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut known = true;
    let found = pairs.any(|(left, right)| match left.same(right) {
        Some(same) => !same,
        None => {
            known = false;
            false
        }
    });
    if found { Some(false) } else { known.then_some(true) }
}

/// The list position that a path element names: decimal digits without leading zeros.
pub(crate) fn position(step: &str) -> Option<usize> {
    let plain = step == "0" || !step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit());
    if plain { step.parse().ok() } else { None }
}

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads `sha256:` and 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        let (pairs, _) = digits.as_chunks::<2>();
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = hexadecimal(*high)? << 4 | hexadecimal(*low)?;
        }
        Some(Self(bytes))
    }
}

const fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a' - 10),
        _ => None,
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// The text of an identity: `idn_` and 1 to 64 lower-case letters, digits or `_`.
pub(crate) fn is_party(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.strip_prefix("idn_").is_some_and(|id| (1..=64).contains(&id.len()) && id.bytes().all(allowed))
}
