//! Functions on values whose types were checked.

use std::cmp::Ordering;

use countersign_crypto::Digest;

use super::arithmetic::int;
use super::{Error, ErrorKind, Frame, Op};
use crate::date::Date;
use crate::decimal::{DECIMAL_DIGITS_MAX, Decimal, Rounding};
use crate::duration::Duration;
use crate::expr::Function;
use crate::value::{Hash, Text, Value};

impl Frame<'_> {
    /// Arguments from left to right: the first error counts, then an unassigned one makes the result unassigned.
    pub(super) fn call(&mut self, op: &Op) -> Result<Value, Error> {
        match op {
            Op::Round(column, arguments, mode) => {
                let Some([value, places]) = self.arguments(arguments)? else { return Ok(Value::Unassigned) };
                round(&value, &places, *mode).map_err(|kind| Error::new(kind, *column))
            }
            Op::Calendar(function, column, arguments, name) => self.calendar(*function, *column, arguments, name),
            Op::Call(Function::AllFinished, ..) => Ok(Value::Bool(self.environment.all_finished())),
            Op::Call(function, column, arguments) => {
                let found = match arguments.as_slice() {
                    [_] => match self.arguments(arguments)? {
                        Some([value]) => unary(*function, &value),
                        None => return Ok(Value::Unassigned),
                    },
                    _ => match self.arguments(arguments)? {
                        Some([left, right]) => binary(*function, &left, &right),
                        None => return Ok(Value::Unassigned),
                    },
                };
                found.map_err(|kind| Error::new(kind, *column))
            }
            _ => Ok(Value::Unassigned),
        }
    }

    fn arguments<const N: usize>(&mut self, arguments: &[Op]) -> Result<Option<[Value; N]>, Error> {
        let mut values = [const { Value::Unassigned }; N];
        for (value, argument) in values.iter_mut().zip(arguments) {
            *value = self.eval(argument)?;
        }
        Ok((!values.iter().any(Value::is_unassigned)).then_some(values))
    }

    fn calendar(&mut self, function: Function, column: u32, arguments: &[Op], name: &Text) -> Result<Value, Error> {
        let out_of_range = Error::new(ErrorKind::OutOfRange, column);
        let date = if function == Function::Date {
            let Some([time]) = self.arguments(arguments)? else { return Ok(Value::Unassigned) };
            match (self.environment.calendar(name), time) {
                (Some(calendar), Value::Timestamp(time)) => calendar.date(time),
                _ => None,
            }
        } else {
            let Some([from, count]) = self.arguments(arguments)? else { return Ok(Value::Unassigned) };
            match (self.environment.calendar(name), from, count) {
                (Some(calendar), Value::Date(from), Value::Int(count)) => calendar.add_business_days(from, count),
                _ => None,
            }
        };
        date.map(Value::Date).ok_or(out_of_range)
    }
}

fn places(value: &Value) -> Result<u32, ErrorKind> {
    let places = value.as_int().and_then(|places| u32::try_from(places).ok());
    places.filter(|places| *places <= DECIMAL_DIGITS_MAX).ok_or(ErrorKind::OutOfRange)
}

fn number(value: &Value) -> Decimal {
    value.as_decimal().unwrap_or(Decimal::ZERO)
}

fn round(value: &Value, count: &Value, mode: Rounding) -> Result<Value, ErrorKind> {
    number(value).round(places(count)?, mode).map(Value::Decimal).ok_or(ErrorKind::Overflow)
}

/// The duration of `years(n)` and its kin; `None` beyond 10,000 years.
pub(crate) fn span(function: Function, count: i64) -> Option<Duration> {
    match function {
        Function::Years => Duration::new(count.checked_mul(12)?, 0, 0),
        Function::Months => Duration::new(count, 0, 0),
        Function::Days => Duration::new(0, count, 0),
        _ => Duration::new(0, 0, count.checked_mul(3_600_000)?),
    }
}

fn unary(function: Function, value: &Value) -> Result<Value, ErrorKind> {
    Ok(match (function, value) {
        (Function::Floor | Function::Ceil, _) => {
            let mode = if function == Function::Floor { Rounding::Floor } else { Rounding::Ceiling };
            let whole = number(value).round(0, mode).and_then(Decimal::to_int);
            Value::Int(whole.ok_or(ErrorKind::Overflow)?)
        }
        (Function::Abs, Value::Int(value)) => int(value.checked_abs())?,
        (Function::Abs, Value::Decimal(value)) => Value::Decimal(value.absolute()),
        (Function::Text, Value::Text(_)) => value.clone(),
        (Function::Text, _) => Value::Text(value.print().into()),
        (Function::Length, Value::Text(text)) => Value::Int(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)),
        (Function::Years | Function::Months | Function::Days | Function::Hours, Value::Int(count)) => {
            Value::Duration(span(function, *count).ok_or(ErrorKind::OutOfRange)?)
        }
        (Function::Date, Value::Timestamp(time)) => Value::Date(time.date()),
        (Function::Year, Value::Date(date)) => Value::Int(i64::from(date.year())),
        (Function::Month, Value::Date(date)) => Value::Int(i64::from(date.month())),
        (Function::Day, Value::Date(date)) => Value::Int(i64::from(date.day())),
        (Function::Weekday, Value::Date(date)) => Value::Int(i64::from(date.weekday())),
        (Function::HashOf, _) => Value::Hash(Hash::new(*Digest::of(&value.to_plain().canonical()).bytes())),
        _ => Value::Unassigned,
    })
}

fn binary(function: Function, left: &Value, right: &Value) -> Result<Value, ErrorKind> {
    Ok(match (function, left, right) {
        (Function::Least, ..) => nearer(left, right, Ordering::Less),
        (Function::Greatest, ..) => nearer(left, right, Ordering::Greater),
        (Function::Mod, ..) => modulo(left, right)?,
        (Function::Fixed, ..) => {
            let text = number(left).fixed(places(right)?).ok_or(ErrorKind::Inexact)?;
            Value::Text(text.into())
        }
        (Function::Contains, Value::Text(text), Value::Text(part)) => Value::Bool(text.contains(&**part)),
        (Function::StartsWith, Value::Text(text), Value::Text(part)) => Value::Bool(text.starts_with(&**part)),
        (Function::EndsWith, Value::Text(text), Value::Text(part)) => Value::Bool(text.ends_with(&**part)),
        (Function::DaysFrom, Value::Date(from), Value::Date(to)) => Value::Int(days_between(*from, *to)),
        (Function::SecondsFrom, Value::Timestamp(from), Value::Timestamp(to)) => {
            Value::Int(to.ms().saturating_sub(from.ms()).wrapping_div(1000))
        }
        _ => Value::Unassigned,
    })
}

fn days_between(from: Date, to: Date) -> i64 {
    i64::from(to.days()).saturating_sub(i64::from(from.days()))
}

fn nearer(left: &Value, right: &Value, wanted: Ordering) -> Value {
    if right.compare(left) == Some(wanted) { right.clone() } else { left.clone() }
}

fn modulo(left: &Value, right: &Value) -> Result<Value, ErrorKind> {
    if number(right).is_zero() {
        return Err(ErrorKind::DivisionByZero);
    }
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        // The remainder of the language has the sign of the divisor, that of Rust the sign of the dividend.
        let rest = left.checked_rem(*right).ok_or(ErrorKind::Overflow)?;
        let turned = rest != 0 && (rest < 0) != (*right < 0);
        return int(if turned { rest.checked_add(*right) } else { Some(rest) });
    }
    number(left).modulo(number(right)).map(Value::Decimal).ok_or(ErrorKind::Overflow)
}
