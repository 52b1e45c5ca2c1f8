//! Types of functions.

use super::operators::length_cost;
use super::{Checker, Found};
use crate::decimal::{DECIMAL_DIGITS_MAX, Rounding};
use crate::expr::{Argument, Function, Node, NodeKind, Parameter};
use crate::finding::{Code, suggestion};
use crate::run::Op;
use crate::types::{Kind, Type};
use crate::value::{Text, Value};

/// What a function takes at a place for values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Number,
    Int,
    /// An int from 0 to 28.
    Places,
    Text,
    Date,
    Timestamp,
    /// A text, number, date or another value without parts.
    Scalar,
    Anything,
}

impl Checker<'_> {
    pub(super) fn call(&mut self, node: &Node, name: &str, arguments: &[Argument]) -> Found {
        let Some(function) = Function::from_text(name) else {
            return self.fault(Code::E403, node.column, format!("there is no function `{name}`"));
        };
        let parameters = function.parameters();
        let least = if function == Function::Date { 1 } else { parameters.len() };
        if arguments.len() > parameters.len() || arguments.len() < least {
            let message = format!("`{name}` takes {} arguments, not {}", parameters.len(), arguments.len());
            return self.fault(Code::E403, node.column, message);
        }
        let mut values = Vec::new();
        let mut words = Vec::new();
        for (argument, parameter) in arguments.iter().zip(parameters) {
            match (argument, parameter) {
                (Argument::Node(value), Parameter::Value) => {
                    let found = self.node(value);
                    self.plain(value, &found.type_of);
                    values.push((value, found));
                }
                (Argument::Word(word, column), wanted) if *wanted != Parameter::Value => {
                    if !self.knows(*wanted, word, *column) {
                        return Found::unknown();
                    }
                    words.push(Text::clone(word));
                }
                (Argument::Node(value), _) => {
                    return self.fault(Code::E403, value.start, format!("`{name}` takes a name here, not a value"));
                }
                (Argument::Word(_, column), _) => {
                    return self.fault(Code::E403, *column, format!("`{name}` takes a value here, not a name"));
                }
            }
        }
        self.typed(node, name, function, values, &words)
    }

    fn knows(&mut self, wanted: Parameter, word: &str, column: u32) -> bool {
        let scope = self.scope;
        let (known, near) = match wanted {
            Parameter::Value => (true, String::new()),
            Parameter::Mode => {
                if rounding(word).is_none() {
                    let message = format!("`{word}` is no rounding mode: half_up, half_even, up or down");
                    self.fault(Code::E403, column, message);
                    return false;
                }
                (true, String::new())
            }
            Parameter::Calendar => {
                (scope.calendars.contains(word), suggestion(word, scope.calendars.iter().map(|name| &**name)))
            }
            Parameter::Actor => {
                let known = word == "actor" && scope.locals.contains_key("actor") || scope.actors.contains(word);
                (known, suggestion(word, scope.actors.iter().map(|name| &**name)))
            }
            Parameter::Action => {
                let (action, response) = word.split_once('.').map_or((word, None), |(action, of)| (action, Some(of)));
                let responses = scope.actions.get(action);
                let known = responses.is_some_and(|known| response.is_none_or(|response| known.contains(response)));
                (known, suggestion(action, scope.actions.keys().map(|name| &**name)))
            }
        };
        if !known {
            self.fault(Code::E402, column, format!("nothing is called `{word}` here{near}"));
        }
        known
    }

    fn typed(
        &mut self,
        node: &Node,
        name: &str,
        function: Function,
        values: Vec<(&Node, Found)>,
        words: &[Text],
    ) -> Found {
        let (wants, gives) = signature(function, &values);
        if wants.is_empty() && !values.is_empty() {
            let message = format!("`{name}` takes a literal text alone");
            return self.fault(Code::E403, node.column, message);
        }
        let mut cost = 1_u64;
        let mut ops = Vec::with_capacity(values.len());
        for ((value, found), want) in values.into_iter().zip(wants) {
            if !fits(*want, &found.type_of) {
                let message = format!("`{name}` takes {}, not {}", word(*want), found.type_of);
                return self.fault(Code::E403, value.start, message);
            }
            if let NodeKind::Literal(literal) = &value.kind
                && !possible(function, *want, literal)
            {
                return self.fault(
                    Code::E407,
                    value.start,
                    format!("{name}({}) does not exist: out of range", literal.print()),
                );
            }
            cost = cost.saturating_add(found.cost).saturating_add(length_cost(found.type_of.length_max()));
            let to_decimal = *want == Wants::Number && matches!(gives.kind, Kind::Decimal(_));
            ops.push(if to_decimal { self.widened(found, &Type::decimal()).op } else { found.op });
        }
        Found { op: operation(function, node.column, ops, words), type_of: gives, cost }
    }
}

/// What a function takes and gives; numbers give decimals as soon as one is a decimal.
fn signature(function: Function, values: &[(&Node, Found)]) -> (&'static [Wants], Type) {
    let number = || {
        let decimal = values.iter().any(|(_, found)| matches!(found.type_of.kind, Kind::Decimal(_)));
        if decimal { Type::decimal() } else { Type::int() }
    };
    match function {
        Function::Round => (&[Wants::Number, Wants::Places], Type::decimal()),
        Function::Floor | Function::Ceil => (&[Wants::Number], Type::int()),
        Function::Abs => (&[Wants::Number], number()),
        Function::Least | Function::Greatest | Function::Mod => (&[Wants::Number, Wants::Number], number()),
        Function::Fixed => (&[Wants::Number, Wants::Places], Type::text(64)),
        Function::Text => {
            let max = values.first().map_or(0, |(_, found)| found.type_of.length_max());
            (&[Wants::Scalar], Type::text(max.max(128)))
        }
        Function::Length => (&[Wants::Text], Type::int()),
        Function::Contains | Function::StartsWith | Function::EndsWith => (&[Wants::Text, Wants::Text], Type::bool()),
        Function::Years | Function::Months | Function::Days | Function::Hours => {
            (&[Wants::Int], Type::of(Kind::Duration))
        }
        Function::DaysFrom => (&[Wants::Date, Wants::Date], Type::int()),
        Function::SecondsFrom => (&[Wants::Timestamp, Wants::Timestamp], Type::int()),
        Function::Date => (&[Wants::Timestamp], Type::of(Kind::Date)),
        Function::AddBusinessDays => (&[Wants::Date, Wants::Int], Type::of(Kind::Date)),
        Function::Year | Function::Month | Function::Day | Function::Weekday => (&[Wants::Date], Type::int()),
        Function::Did | Function::EveryoneDid | Function::AllFinished => (&[], Type::bool()),
        Function::HowManyDid => (&[], Type::int()),
        Function::HashOf => (&[Wants::Anything], Type::of(Kind::Hash)),
        Function::Timestamp | Function::Duration | Function::Hash | Function::Party => (&[], Type::any()),
    }
}

fn fits(want: Wants, found: &Type) -> bool {
    match (want, &found.kind) {
        (Wants::Anything, _) | (_, Kind::Any) => true,
        (Wants::Number, kind) => matches!(kind, Kind::Int(_) | Kind::Decimal(_)),
        (Wants::Int | Wants::Places, kind) => matches!(kind, Kind::Int(_)),
        (Wants::Text, kind) => matches!(kind, Kind::Text { .. }),
        (Wants::Date, kind) => matches!(kind, Kind::Date),
        (Wants::Timestamp, kind) => matches!(kind, Kind::Timestamp),
        (Wants::Scalar, _) => found.prints(),
    }
}

const fn word(want: Wants) -> &'static str {
    match want {
        Wants::Number => "a number",
        Wants::Int => "an int",
        Wants::Places => "an int from 0 to 28",
        Wants::Text => "a text",
        Wants::Date => "a date",
        Wants::Timestamp => "a timestamp",
        Wants::Scalar => "a value without parts",
        Wants::Anything => "a value",
    }
}

/// Whether a literal is within what a function can ever take.
fn possible(function: Function, want: Wants, literal: &Value) -> bool {
    let Some(count) = literal.as_int() else { return true };
    match function {
        Function::Years | Function::Months | Function::Days | Function::Hours => {
            crate::run::span(function, count).is_some()
        }
        _ if want == Wants::Places => u32::try_from(count).is_ok_and(|places| places <= DECIMAL_DIGITS_MAX),
        _ => true,
    }
}

fn rounding(word: &str) -> Option<Rounding> {
    Some(match word {
        "half_up" => Rounding::HalfUp,
        "half_even" => Rounding::HalfEven,
        "up" => Rounding::Up,
        "down" => Rounding::Down,
        _ => return None,
    })
}

fn operation(function: Function, column: u32, ops: Vec<Op>, words: &[Text]) -> Op {
    let split = |word: &Text| match word.split_once('.') {
        Some((action, response)) => (Text::from(action), Some(Text::from(response))),
        None => (Text::clone(word), None),
    };
    match (function, words) {
        (Function::Round, [mode]) => Op::Round(column, ops, rounding(mode).unwrap_or(Rounding::HalfEven)),
        (Function::Date | Function::AddBusinessDays, [calendar]) => {
            Op::Calendar(function, column, ops, Text::clone(calendar))
        }
        (Function::Did, [who, action]) => {
            let (action, response) = split(action);
            Op::Did { who: Text::clone(who), action, response }
        }
        (Function::EveryoneDid, [action]) => {
            let (action, response) = split(action);
            Op::EveryoneDid { action, response }
        }
        (Function::HowManyDid, [action]) => {
            let (action, response) = split(action);
            Op::HowManyDid { action, response }
        }
        _ => Op::Call(function, column, ops),
    }
}
