//! Reading data against a schema, and checking results against it. Pointers are built only for what is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::{INTEGER_MAX, Json};
use thiserror::Error;

use super::{Member, Schema, Shape};
use crate::date::{Date, Timestamp};
use crate::decimal::Decimal;
use crate::duration::Duration;
use crate::finding::child;
use crate::value::{Hash, Members, Text, Value, is_party};

/// Why data do not fit their schema, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message} at `{pointer}`")]
pub struct Invalid {
    /// JSON pointer (RFC 6901) into the data.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl Invalid {
    fn new(message: impl Into<String>) -> Self {
        Self { pointer: String::new(), message: message.into() }
    }

    /// The same, found below a member or item.
    fn below(self, key: &str) -> Self {
        Self { pointer: format!("{}{}", child("", key), self.pointer), message: self.message }
    }
}

/// How complete a value must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    Partial,
}

impl Schema {
    /// Reads plain JSON (language §2.1): strings become decimals, dates and so on, `null` is unassigned and dropped.
    ///
    /// Unknown members are refused, required ones asked. In the place of personal data stands the commitment to them,
    /// read as a hash: [`Schema::seal`] puts it there.
    pub fn validate(&self, json: &Json) -> Result<Value, Invalid> {
        if *json == Json::Null {
            return Ok(Value::Unassigned);
        }
        if self.is_sealed() {
            let commitment = json.as_text().and_then(Hash::parse).map(Value::Hash);
            return commitment.ok_or_else(|| Invalid::new("must be the commitment to personal data"));
        }
        self.validate_open(json)
    }

    /// As [`Schema::validate`], for personal data out of their envelope.
    pub fn validate_open(&self, json: &Json) -> Result<Value, Invalid> {
        let value = self.read(json)?;
        self.bounded(&value)?;
        Ok(value)
    }

    /// A typed value that must fit as it stands; an int is widened where a decimal is asked.
    ///
    /// Unassigned fits everywhere, except as a required member.
    pub fn check(&self, value: &Value) -> Result<Value, Invalid> {
        Ok(self.fit(value, Extent::Whole)?.unwrap_or_else(|| value.clone()))
    }

    /// As [`Schema::check`], but records may miss required members: data that fill up step by step.
    pub fn check_partial(&self, value: &Value) -> Result<Value, Invalid> {
        Ok(self.fit(value, Extent::Partial)?.unwrap_or_else(|| value.clone()))
    }

    fn read(&self, json: &Json) -> Result<Value, Invalid> {
        let text = |what| json.as_text().ok_or_else(|| Invalid::new(format!("{what} must be a text in quotes")));
        match &self.0.shape {
            Shape::Bool => json.as_bool().map(Value::Bool).ok_or_else(|| Invalid::new("must be true or false")),
            Shape::Int { .. } => {
                let value = json.as_int().filter(|value| value.unsigned_abs() <= INTEGER_MAX.unsigned_abs());
                value.map(Value::Int).ok_or_else(|| Invalid::new("must be an integer"))
            }
            Shape::Decimal { .. } => {
                let value = text("a decimal").map(Decimal::parse)?;
                value.map(Value::Decimal).ok_or_else(|| Invalid::new("must be a decimal of at most 28 digits"))
            }
            Shape::Text { .. } => text("it").map(Value::text),
            Shape::Date { .. } => {
                text("a date").map(Date::parse)?.map(Value::Date).ok_or_else(|| Invalid::new("must be a date"))
            }
            Shape::Timestamp { .. } => {
                let value = text("a timestamp").map(Timestamp::parse)?;
                value.map(Value::Timestamp).ok_or_else(|| Invalid::new("must be a timestamp of UTC"))
            }
            Shape::Duration => {
                let value = text("a duration").map(Duration::parse)?;
                value.map(Value::Duration).ok_or_else(|| Invalid::new("must be a duration"))
            }
            Shape::Hash => {
                text("a hash").map(Hash::parse)?.map(Value::Hash).ok_or_else(|| Invalid::new("must be a hash"))
            }
            Shape::Party => match text("a party")? {
                party if is_party(party) => Ok(Value::Party(party.into())),
                _ => Err(Invalid::new("must be a party")),
            },
            Shape::Proving(proving) => match text("it")? {
                text if proving.reads(text) => Ok(Value::text(text)),
                _ => Err(Invalid::new(format!("must be a {}", proving.word()))),
            },
            Shape::Opaque => match json {
                Json::Map(_) => Ok(Value::from_opaque(json)),
                _ => Err(Invalid::new("must be an object")),
            },
            Shape::List { of, .. } => read_list(of, json),
            Shape::Map { of, .. } => read_map(of, json),
            Shape::Record { members } => read_record(members, json),
        }
    }

    /// The value to put in place of this one, if it fits only after widening.
    fn fit(&self, value: &Value, extent: Extent) -> Result<Option<Value>, Invalid> {
        let changed = match (&self.0.shape, value) {
            (_, Value::Unassigned) => return Ok(None),
            _ if self.is_sealed() => {
                let held = matches!(value, Value::Hash(_));
                return held.then_some(None).ok_or_else(|| Invalid::new("must be the commitment to personal data"));
            }
            (Shape::Decimal { .. }, Value::Int(int)) => Some(Value::Decimal(Decimal::from_int(*int))),
            (Shape::Bool, Value::Bool(_))
            | (Shape::Int { .. }, Value::Int(_))
            | (Shape::Decimal { .. }, Value::Decimal(_))
            | (Shape::Text { .. }, Value::Text(_))
            | (Shape::Date { .. }, Value::Date(_))
            | (Shape::Timestamp { .. }, Value::Timestamp(_))
            | (Shape::Duration, Value::Duration(_))
            | (Shape::Hash, Value::Hash(_))
            | (Shape::Party, Value::Party(_))
            | (Shape::Proving(_), Value::Text(_))
            | (Shape::Opaque, Value::Map(_)) => None,
            (Shape::List { of, .. }, Value::List(items)) => {
                let mut changed = None;
                for (index, item) in items.iter().enumerate() {
                    let fitted = of.fit(item, extent).map_err(|invalid| invalid.below(&index.to_string()))?;
                    if let Some(place) = fitted.is_some().then(|| changed.get_or_insert_with(|| Vec::clone(items)))
                        && let (Some(place), Some(fitted)) = (place.get_mut(index), fitted)
                    {
                        *place = fitted;
                    }
                }
                changed.map(Value::list)
            }
            (Shape::Map { of, .. }, Value::Map(members)) => fit_members(members, |_| Some(of), extent)?,
            (Shape::Record { members: places }, Value::Map(members)) => {
                let missing = |(name, place): &(&Text, &Member)| place.required && !members.contains_key(*name);
                if extent == Extent::Whole
                    && let Some((name, _)) = places.iter().find(missing)
                {
                    return Err(Invalid::new("is required").below(name));
                }
                fit_members(members, |name| places.get(name).map(|place| &place.schema), extent)?
            }
            _ => return Err(Invalid::new(format!("must be {}", self.0.type_of))),
        };
        self.bounded(changed.as_ref().unwrap_or(value))?;
        Ok(changed)
    }

    /// Bounds and choices of a value of the right kind.
    fn bounded(&self, value: &Value) -> Result<(), Invalid> {
        let fits = match (&self.0.shape, value) {
            (Shape::Int { min, max }, Value::Int(value)) => min <= value && value <= max,
            (Shape::Decimal { min, max }, Value::Decimal(value)) => within(value, min.as_ref(), max.as_ref()),
            (Shape::Date { min, max }, Value::Date(value)) => within(value, min.as_ref(), max.as_ref()),
            (Shape::Timestamp { min, max }, Value::Timestamp(value)) => within(value, min.as_ref(), max.as_ref()),
            (Shape::Text { min, max }, Value::Text(text)) => {
                // Bytes bound characters from above: most texts need no count.
                *min == 0 && text.len() as u64 <= *max || within(&(text.chars().count() as u64), Some(min), Some(max))
            }
            (Shape::Proving(proving), Value::Text(text)) => proving.reads(text),
            (Shape::List { min, max, .. }, Value::List(items)) => within(&(items.len() as u64), Some(min), Some(max)),
            (Shape::Map { min, max, .. }, Value::Map(members)) => within(&(members.len() as u64), Some(min), Some(max)),
            _ => true,
        };
        if !fits {
            return Err(Invalid::new(match &self.0.shape {
                Shape::Text { min, max } => format!("must have {min} to {max} characters"),
                Shape::List { min, max, .. } | Shape::Map { min, max, .. } => format!("must have {min} to {max} items"),
                Shape::Int { min, max } => format!("must be from {min} to {max}"),
                Shape::Decimal { min, max } => format!("must be {}", range(min.as_ref(), max.as_ref())),
                Shape::Date { min, max } => format!("must be {}", range(min.as_ref(), max.as_ref())),
                Shape::Timestamp { min, max } => format!("must be {}", range(min.as_ref(), max.as_ref())),
                Shape::Proving(proving) => format!("must be a {}", proving.word()),
                _ => "is out of bounds".to_owned(),
            }));
        }
        match &self.0.choices {
            Some(choices) if !choices.iter().any(|choice| choice == value) => {
                Err(Invalid::new("is none of the values allowed"))
            }
            _ => Ok(()),
        }
    }
}

fn within<T: PartialOrd>(value: &T, min: Option<&T>, max: Option<&T>) -> bool {
    min.is_none_or(|min| min <= value) && max.is_none_or(|max| value <= max)
}

fn range<T: ToString>(min: Option<&T>, max: Option<&T>) -> String {
    match (min.map(T::to_string), max.map(T::to_string)) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => String::new(),
    }
}

/// Items keep their place: `null` in a list is an unassigned item.
fn read_list(of: &Schema, json: &Json) -> Result<Value, Invalid> {
    let items = json.as_list().ok_or_else(|| Invalid::new("must be a list"))?;
    let read = |(index, item)| of.validate(item).map_err(|invalid| invalid.below(&usize::to_string(&index)));
    Ok(Value::list(items.iter().enumerate().map(read).collect::<Result<_, _>>()?))
}

fn read_map(of: &Schema, json: &Json) -> Result<Value, Invalid> {
    let members = json.as_map().ok_or_else(|| Invalid::new("must be a map"))?;
    let mut found = BTreeMap::new();
    for (key, json) in members {
        let value = of.validate(json).map_err(|invalid| invalid.below(key))?;
        if !value.is_unassigned() {
            found.insert(Text::from(key.as_str()), value);
        }
    }
    Ok(Value::Map(Arc::new(found)))
}

fn read_record(places: &BTreeMap<Text, Member>, json: &Json) -> Result<Value, Invalid> {
    let members = json.as_map().ok_or_else(|| Invalid::new("must be a map of named members"))?;
    if let Some(unknown) = members.keys().find(|key| !places.contains_key(key.as_str())) {
        return Err(Invalid::new("is no member here").below(unknown));
    }
    let mut found = BTreeMap::new();
    for (name, place) in places {
        let value = match members.get(&**name) {
            Some(json) => place.schema.validate(json).map_err(|invalid| invalid.below(name))?,
            None => Value::Unassigned,
        };
        if !value.is_unassigned() {
            found.insert(Text::clone(name), value);
        } else if place.required {
            return Err(Invalid::new("is required").below(name));
        }
    }
    Ok(Value::Map(Arc::new(found)))
}

fn fit_members<'a>(
    members: &Arc<Members>,
    place: impl Fn(&str) -> Option<&'a Schema>,
    extent: Extent,
) -> Result<Option<Value>, Invalid> {
    let mut changed: Option<Members> = None;
    for (name, value) in members.iter() {
        let schema = place(name).ok_or_else(|| Invalid::new("is no member here").below(name))?;
        if let Some(fitted) = schema.fit(value, extent).map_err(|invalid| invalid.below(name))? {
            changed.get_or_insert_with(|| Members::clone(members)).insert(Text::clone(name), fitted);
        }
    }
    Ok(changed.map(|members| Value::Map(Arc::new(members))))
}
