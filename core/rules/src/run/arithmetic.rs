//! `+ - * /` on values whose types were checked.

use countersign_codec::INTEGER_MAX;

use super::ErrorKind;
use crate::check::TEXT_CHARACTERS_MAX;
use crate::decimal::Decimal;
use crate::duration::Duration;
use crate::expr::Sign;
use crate::value::Value;

/// −x; `None` for a number out of range.
pub(super) fn negated(value: Value) -> Option<Value> {
    match value {
        Value::Int(value) => int(value.checked_neg()).ok(),
        Value::Decimal(value) => Some(Value::Decimal(value.negated())),
        _ => Some(Value::Unassigned),
    }
}

/// `left sign right`; unassigned if a side is.
pub(super) fn combine(sign: Sign, left: Value, right: Value) -> Result<Value, ErrorKind> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) if sign != Sign::Divide => int(match sign {
            Sign::Add => left.checked_add(right),
            Sign::Subtract => left.checked_sub(right),
            _ => left.checked_mul(right),
        }),
        (Value::Text(left), Value::Text(right)) => join(&left, &right),
        (Value::Date(left), Value::Duration(span)) => {
            let span = if sign == Sign::Subtract { span.negated() } else { span };
            left.plus(span).map(Value::Date).ok_or(ErrorKind::OutOfRange)
        }
        (Value::Timestamp(left), Value::Duration(span)) => {
            let span = if sign == Sign::Subtract { span.negated() } else { span };
            left.plus(span).map(Value::Timestamp).ok_or(ErrorKind::OutOfRange)
        }
        (Value::Date(left), Value::Date(right)) => {
            let days = i64::from(left.days()).saturating_sub(i64::from(right.days()));
            Duration::new(0, days, 0).map(Value::Duration).ok_or(ErrorKind::OutOfRange)
        }
        (Value::Timestamp(left), Value::Timestamp(right)) => {
            let ms = left.ms().saturating_sub(right.ms());
            Duration::new(0, 0, ms).map(Value::Duration).ok_or(ErrorKind::OutOfRange)
        }
        (left, right) => match (left.as_decimal(), right.as_decimal()) {
            (Some(left), Some(right)) => decimal(sign, left, right).map(Value::Decimal),
            _ => Ok(Value::Unassigned),
        },
    }
}

fn decimal(sign: Sign, left: Decimal, right: Decimal) -> Result<Decimal, ErrorKind> {
    match sign {
        Sign::Add => left.checked_add(right),
        Sign::Subtract => left.checked_sub(right),
        Sign::Divide if right.is_zero() => return Err(ErrorKind::DivisionByZero),
        Sign::Divide => left.checked_div(right),
        _ => left.checked_mul(right),
    }
    .ok_or(ErrorKind::Overflow)
}

/// A whole number within ±(2^53−1).
pub(super) fn int(value: Option<i64>) -> Result<Value, ErrorKind> {
    let value = value.filter(|value| value.unsigned_abs() <= INTEGER_MAX.unsigned_abs());
    value.map(Value::Int).ok_or(ErrorKind::Overflow)
}

fn join(left: &str, right: &str) -> Result<Value, ErrorKind> {
    // Bytes bound characters from above: most texts need no count.
    let bytes = left.len().saturating_add(right.len());
    let characters = || left.chars().count().saturating_add(right.chars().count());
    if bytes > TEXT_CHARACTERS_MAX && characters() > TEXT_CHARACTERS_MAX {
        return Err(ErrorKind::Limit);
    }
    let mut joined = String::with_capacity(bytes);
    joined.push_str(left);
    joined.push_str(right);
    Ok(Value::Text(joined.into()))
}
