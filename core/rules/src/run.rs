//! Evaluation of checked expressions (language §3.2): total, deterministic, with errors that name their place.

mod arithmetic;
mod calls;
mod environment;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::decimal::{Decimal, Rounding};
use crate::expr::{Expr, Fold, Function, Sign};
use crate::types::{Kind, Type};
use crate::value::{Text, Value};

pub(crate) use calls::span;
pub use environment::Environment;

/// What can go wrong in an expression that passed its check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorKind {
    /// A divisor is zero.
    DivisionByZero,
    /// A number is too large.
    Overflow,
    /// A date, position or count does not exist.
    OutOfRange,
    /// Durations of months and of days are compared.
    Incomparable,
    /// A number has more decimals than asked.
    Inexact,
    /// A text is too long.
    Limit,
}

impl ErrorKind {
    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DivisionByZero => "division_by_zero",
            Self::Overflow => "overflow",
            Self::OutOfRange => "out_of_range",
            Self::Incomparable => "incomparable",
            Self::Inexact => "inexact",
            Self::Limit => "limit",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// An error of evaluation; among several the leftmost counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{kind} at column {column}")]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// Column of the operator or function from 1, in code points; of the normal text if the source is a tree.
    pub column: u32,
}

impl Error {
    const fn new(kind: ErrorKind, column: u32) -> Self {
        Self { kind, column }
    }
}

/// A checked expression, ready to run. Copies share it.
#[derive(Clone, Debug)]
pub struct Rule(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    expr: Expr,
    op: Op,
    type_of: Type,
    cost: u64,
}

impl Rule {
    pub(crate) fn new(expr: Expr, op: Op, type_of: Type, cost: u64) -> Self {
        Self(Arc::new(Inner { expr, op, type_of, cost }))
    }

    /// The value of the expression.
    pub fn eval(&self, environment: &dyn Environment) -> Result<Value, Error> {
        Frame { environment, bound: Vec::new() }.eval(&self.0.op)
    }

    /// Whether a guard holds: unassigned and false do not.
    pub fn holds(&self, environment: &dyn Environment) -> Result<bool, Error> {
        Ok(self.eval(environment)? == Value::Bool(true))
    }

    /// The static type.
    pub fn type_of(&self) -> &Type {
        &self.0.type_of
    }

    /// The highest cost of one evaluation, in the units of the language's §3.2.
    pub fn cost(&self) -> u64 {
        self.0.cost
    }

    /// The expression.
    pub fn expr(&self) -> &Expr {
        &self.0.expr
    }
}

/// Where a path begins.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Root,
    Block,
    Local(Text),
    /// A bound name, by its depth.
    Bound(usize),
}

/// A checked node. Numbers in it are columns.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Constant(Value),
    Path(Source, Box<[Text]>),
    Widen(Box<Op>, Arc<Type>),
    List(Vec<Op>),
    Map(Vec<(Text, Op)>),
    Get(Box<Op>, Vec<(u32, Op)>),
    Chain(Box<Op>, Vec<(Sign, u32, Op)>),
    Negate(u32, Box<Op>),
    Compare(Sign, u32, Box<[Op; 2]>),
    Is {
        assigned: bool,
        inner: Box<Op>,
    },
    Not(Box<Op>),
    And(Vec<Op>),
    Or(Vec<Op>),
    Otherwise(Box<[Op; 2]>),
    If(Box<[Op; 3]>),
    Fold(Box<FoldOp>),
    /// `count(l)`.
    Length(Box<Op>),
    Round(u32, Vec<Op>, Rounding),
    Calendar(Function, u32, Vec<Op>, Text),
    Did {
        who: Text,
        action: Text,
        response: Option<Text>,
    },
    EveryoneDid {
        action: Text,
        response: Option<Text>,
    },
    HowManyDid {
        action: Text,
        response: Option<Text>,
    },
    Call(Function, u32, Vec<Op>),
}

/// An aggregate.
#[derive(Clone, Debug)]
pub(crate) struct FoldOp {
    pub(crate) kind: Fold,
    pub(crate) column: u32,
    pub(crate) list: Op,
    pub(crate) body: Option<Op>,
    /// The sum of nothing, in the type of the sum.
    pub(crate) zero: Value,
}

struct Frame<'a> {
    environment: &'a dyn Environment,
    bound: Vec<Value>,
}

impl Frame<'_> {
    fn eval(&mut self, op: &Op) -> Result<Value, Error> {
        match op {
            Op::Constant(value) => Ok(value.clone()),
            Op::Path(source, names) => Ok(self.path(source, names)),
            Op::Widen(inner, target) => Ok(widen(self.eval(inner)?, target)),
            Op::List(items) => Ok(Value::list(items.iter().map(|item| self.eval(item)).collect::<Result<_, _>>()?)),
            Op::Map(members) => self.map(members),
            Op::Get(base, keys) => self.lookups(base, keys),
            Op::Chain(first, links) => self.chain(first, links),
            Op::Negate(column, inner) => {
                let value = self.eval(inner)?;
                arithmetic::negated(value).ok_or(Error::new(ErrorKind::Overflow, *column))
            }
            Op::Compare(sign, column, sides) => self.compare(*sign, *column, sides),
            Op::Is { assigned, inner } => Ok(Value::Bool(self.eval(inner)?.is_unassigned() != *assigned)),
            Op::Not(inner) => Ok(match self.eval(inner)? {
                Value::Bool(value) => Value::Bool(!value),
                _ => Value::Unassigned,
            }),
            Op::And(parts) => junction(false, parts.iter().map(|part| self.eval(part))),
            Op::Or(parts) => junction(true, parts.iter().map(|part| self.eval(part))),
            Op::Otherwise(sides) => {
                let [left, right] = &**sides;
                match self.eval(left)? {
                    Value::Unassigned => self.eval(right),
                    value => Ok(value),
                }
            }
            Op::If(parts) => {
                let [condition, yes, no] = &**parts;
                match self.eval(condition)? {
                    Value::Bool(true) => self.eval(yes),
                    Value::Bool(false) => self.eval(no),
                    _ => Ok(Value::Unassigned),
                }
            }
            Op::Fold(fold) => self.fold(fold),
            Op::Length(list) => Ok(match self.eval(list)? {
                Value::List(items) => Value::Int(i64::try_from(items.len()).unwrap_or(i64::MAX)),
                _ => Value::Unassigned,
            }),
            Op::Round(..) | Op::Calendar(..) | Op::Call(..) => self.call(op),
            Op::Did { who, action, response } => {
                Ok(Value::Bool(self.environment.did(who, action, response.as_deref())))
            }
            Op::EveryoneDid { action, response } => {
                Ok(Value::Bool(self.environment.everyone_did(action, response.as_deref())))
            }
            Op::HowManyDid { action, response } => {
                Ok(Value::Int(self.environment.how_many_did(action, response.as_deref())))
            }
        }
    }

    fn path(&self, source: &Source, names: &[Text]) -> Value {
        match source {
            Source::Root => self.environment.root(names),
            Source::Block => self.environment.block(names),
            Source::Local(local) => self.environment.local(local, names),
            Source::Bound(slot) => self.bound.get(*slot).map_or(Value::Unassigned, |value| value.at(names).clone()),
        }
    }

    fn map(&mut self, members: &[(Text, Op)]) -> Result<Value, Error> {
        let mut found = Vec::with_capacity(members.len());
        for (name, op) in members {
            found.push((Text::clone(name), self.eval(op)?));
        }
        Ok(Value::map(found))
    }

    fn lookups(&mut self, base: &Op, keys: &[(u32, Op)]) -> Result<Value, Error> {
        let mut found = self.eval(base)?;
        for (column, key) in keys {
            let key = self.eval(key)?;
            found = match (&found, &key) {
                (Value::Map(_), Value::Text(name)) => found.get(name).clone(),
                (Value::List(items), Value::Int(position)) => {
                    let position =
                        usize::try_from(*position).map_err(|_| Error::new(ErrorKind::OutOfRange, *column))?;
                    items.get(position).cloned().unwrap_or_default()
                }
                _ => Value::Unassigned,
            };
        }
        Ok(found)
    }

    /// An error passes before an unassigned: every operand is evaluated.
    fn chain(&mut self, first: &Op, links: &[(Sign, u32, Op)]) -> Result<Value, Error> {
        let mut found = self.eval(first)?;
        for (sign, column, right) in links {
            let right = self.eval(right)?;
            found = arithmetic::combine(*sign, found, right).map_err(|kind| Error::new(kind, *column))?;
        }
        Ok(found)
    }

    fn compare(&mut self, sign: Sign, column: u32, sides: &[Op; 2]) -> Result<Value, Error> {
        let [left, right] = sides;
        let (left, right) = (self.eval(left)?, self.eval(right)?);
        if sign == Sign::In {
            let Value::List(items) = right else { return Ok(Value::Unassigned) };
            return junction(true, items.iter().map(|item| equal(&left, item, column)));
        }
        let found = match sign {
            Sign::Equal => return equal(&left, &right, column),
            Sign::Different => {
                return Ok(match equal(&left, &right, column)? {
                    Value::Bool(same) => Value::Bool(!same),
                    other => other,
                });
            }
            _ if left.is_unassigned() || right.is_unassigned() => return Ok(Value::Unassigned),
            _ => left.compare(&right).ok_or(Error::new(ErrorKind::Incomparable, column))?,
        };
        Ok(Value::Bool(match sign {
            Sign::Less => found == Ordering::Less,
            Sign::LessOrEqual => found != Ordering::Greater,
            Sign::Greater => found == Ordering::Greater,
            _ => found != Ordering::Less,
        }))
    }

    fn fold(&mut self, fold: &FoldOp) -> Result<Value, Error> {
        let Value::List(items) = self.eval(&fold.list)? else { return Ok(Value::Unassigned) };
        let mut each = items.iter().map(|item| match &fold.body {
            None => Ok(item.clone()),
            Some(body) => {
                self.bound.push(item.clone());
                let value = self.eval(body);
                self.bound.pop();
                value
            }
        });
        match fold.kind {
            Fold::All => junction(false, each),
            Fold::Any => junction(true, each),
            Fold::Count => {
                let count = each.try_fold(0_i64, |count, value| {
                    Ok(if value? == Value::Bool(true) { count.saturating_add(1) } else { count })
                });
                count.map(Value::Int)
            }
            Fold::Sum => each.try_fold(fold.zero.clone(), |sum, value| {
                let sum = arithmetic::combine(Sign::Add, sum, value?);
                sum.map_err(|kind| Error::new(kind, fold.column))
            }),
            Fold::Min => extreme(each, Ordering::Less, fold.column),
            Fold::Max => extreme(each, Ordering::Greater, fold.column),
        }
    }
}

fn equal(left: &Value, right: &Value, column: u32) -> Result<Value, Error> {
    if left.is_unassigned() || right.is_unassigned() {
        return Ok(Value::Unassigned);
    }
    left.same(right).map(Value::Bool).ok_or(Error::new(ErrorKind::Incomparable, column))
}

/// `and` with `decisive` false, `or` with true: decisive > error > unassigned > the other.
fn junction(decisive: bool, parts: impl Iterator<Item = Result<Value, Error>>) -> Result<Value, Error> {
    let mut found = Ok(Value::Bool(!decisive));
    for part in parts {
        match part {
            Ok(Value::Bool(value)) if value == decisive => return Ok(Value::Bool(decisive)),
            Ok(Value::Bool(_)) => {}
            Ok(_) if found.is_ok() => found = Ok(Value::Unassigned),
            Err(error) if found.is_ok() => found = Err(error),
            _ => {}
        }
    }
    found
}

/// The smallest or largest value; unassigned of nothing, and as soon as one value is.
fn extreme(values: impl Iterator<Item = Result<Value, Error>>, wanted: Ordering, column: u32) -> Result<Value, Error> {
    let mut found: Option<Value> = None;
    for value in values {
        let value = value?;
        found = Some(match found {
            None => value,
            Some(best) if best.is_unassigned() || value.is_unassigned() => Value::Unassigned,
            Some(best) => match value.compare(&best) {
                Some(order) if order == wanted => value,
                Some(_) => best,
                None => return Err(Error::new(ErrorKind::Incomparable, column)),
            },
        });
    }
    Ok(found.unwrap_or_default())
}

/// The value in a type that has decimals where the value has ints.
pub(crate) fn widen(value: Value, target: &Type) -> Value {
    match (value, &target.kind) {
        (Value::Int(value), Kind::Decimal(_)) => Value::Decimal(Decimal::from_int(value)),
        (Value::List(items), Kind::List { of, .. }) => {
            Value::list(items.iter().map(|item| widen(item.clone(), of)).collect())
        }
        (Value::Map(members), Kind::Map { of, .. }) => {
            Value::map(members.iter().map(|(name, member)| (Text::clone(name), widen(member.clone(), of))))
        }
        (Value::Map(members), Kind::Record(places)) => Value::map(members.iter().map(|(name, member)| {
            let member = member.clone();
            (Text::clone(name), places.get(name).map_or(member.clone(), |place| widen(member, place)))
        })),
        (value, _) => value,
    }
}
