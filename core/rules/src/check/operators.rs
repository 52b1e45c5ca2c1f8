//! Types of operators and aggregates.

use super::{AGGREGATE_NESTING_MAX, Checker, Found, TEXT_CHARACTERS_MAX, folds_bools};
use crate::decimal::Decimal;
use crate::expr::{Aggregate, Fold, Link, Node, NodeKind, Sign};
use crate::finding::Code;
use crate::run::{FoldOp, Op};
use crate::types::{self, Kind, Type};
use crate::value::{Text, Value};

/// What an operation on texts and lists costs: its maximal length / 16.
pub(super) const fn length_cost(length: u64) -> u64 {
    length / 16
}

impl Checker<'_> {
    fn takes(&mut self, sign: &str, types: &str, column: u32, left: &Type, right: &Type) -> Found {
        self.fault(Code::E403, column, format!("`{sign}` takes {types}, not {left} and {right}"))
    }

    pub(super) fn chain(&mut self, first: &Node, links: &[Link]) -> Found {
        let start = self.node(first);
        self.plain(first, &start.type_of);
        let (mut type_of, mut cost) = (start.type_of, start.cost);
        let mut ops = Vec::with_capacity(links.len());
        for link in links {
            let right = self.node(&link.node);
            self.plain(&link.node, &right.type_of);
            let Some(kind) = arithmetic(link.sign, &type_of.kind, &right.type_of.kind) else {
                let types = match link.sign {
                    Sign::Add => "numbers, texts, or a date and a duration",
                    Sign::Subtract => "numbers, two dates, or a date and a duration",
                    _ => "numbers",
                };
                return self.takes(link.sign.text(), types, link.column, &type_of, &right.type_of);
            };
            let length = if let Kind::Text { max } = kind { length_cost(max) } else { 0 };
            cost = cost.saturating_add(right.cost).saturating_add(1).saturating_add(length);
            type_of = Type::of(kind);
            ops.push((link.sign, link.column, right.op));
        }
        Found { op: Op::Chain(Box::new(start.op), ops), type_of, cost }
    }

    pub(super) fn negate(&mut self, node: &Node, inner: &Node) -> Found {
        let found = self.node(inner);
        self.plain(inner, &found.type_of);
        if !found.type_of.is_number() {
            return self.fault(Code::E403, node.column, format!("`-` takes a number, not {}", found.type_of));
        }
        let type_of = Type::of(found.type_of.kind);
        Found { op: Op::Negate(node.column, Box::new(found.op)), type_of, cost: found.cost.saturating_add(1) }
    }

    pub(super) fn compare(&mut self, node: &Node, sign: Sign, left: &Node, right: &Node) -> Found {
        let (first, second) = (self.node(left), self.node(right));
        let plain = [self.plain(left, &first.type_of), self.plain(right, &second.type_of)];
        if plain.contains(&false) {
            return Found::unknown();
        }
        let (a, b) = (&first.type_of, &second.type_of);
        let literal = |node: &Node| matches!(node.kind, NodeKind::Literal(Value::Unassigned));
        if literal(left) || literal(right) {
            let message = format!("`{}` takes no `unassigned`: say `is unassigned`", sign.text());
            return self.fault(Code::E403, node.column, message);
        }
        let fits = match (sign, &b.kind) {
            (Sign::In, Kind::List { of, .. }) => equal(a, of),
            (Sign::In, kind) => matches!(kind, Kind::Any),
            (Sign::Equal | Sign::Different, _) => equal(a, b),
            _ => ordered(a, b),
        };
        if !fits {
            let types = match sign {
                Sign::In => "a value and a list of such values",
                Sign::Equal | Sign::Different => "two values of one type",
                _ => "numbers, dates, timestamps or durations",
            };
            return self.takes(sign.text(), types, node.column, a, b);
        }
        let length = length_cost(a.length_max().max(b.length_max()));
        let cost = first.cost.saturating_add(second.cost).saturating_add(1).saturating_add(length);
        let op = Op::Compare(sign, node.column, Box::new([first.op, second.op]));
        Found { op, type_of: Type::bool(), cost }
    }

    pub(super) fn is(&mut self, inner: &Node, assigned: bool) -> Found {
        let found = self.node(inner);
        let op = Op::Is { assigned, inner: Box::new(found.op) };
        Found { op, type_of: Type::bool(), cost: found.cost.saturating_add(1) }
    }

    fn bool_operand(&mut self, word: &str, column: u32, node: &Node) -> Option<Found> {
        let found = self.node(node);
        self.plain(node, &found.type_of);
        if matches!(found.type_of.kind, Kind::Bool | Kind::Any) {
            return Some(found);
        }
        self.fault(Code::E403, column, format!("`{word}` takes bools, not {}", found.type_of));
        None
    }

    pub(super) fn not(&mut self, node: &Node, inner: &Node) -> Found {
        match self.bool_operand("not", node.column, inner) {
            Some(found) => {
                Found { op: Op::Not(Box::new(found.op)), type_of: Type::bool(), cost: found.cost.saturating_add(1) }
            }
            None => Found::unknown(),
        }
    }

    pub(super) fn junction(&mut self, node: &Node, parts: &[Node], word: &str) -> Found {
        let mut ops = Vec::with_capacity(parts.len());
        let mut cost = 1_u64;
        for part in parts {
            if let Some(found) = self.bool_operand(word, node.column, part) {
                cost = cost.saturating_add(found.cost);
                ops.push(found.op);
            }
        }
        let op = if word == "and" { Op::And(ops) } else { Op::Or(ops) };
        Found { op, type_of: Type::bool(), cost }
    }

    /// Two values of which one is taken: both in the type they share.
    fn either(&mut self, column: u32, word: &str, left: Found, right: Found) -> Option<(Op, Op, Type)> {
        let Some(type_of) = left.type_of.join(&right.type_of) else {
            let message = format!("{word} takes two values of one type, not {} and {}", left.type_of, right.type_of);
            self.fault(Code::E403, column, message);
            return None;
        };
        let (left, right) = (self.widened(left, &type_of), self.widened(right, &type_of));
        Some((left.op, right.op, type_of))
    }

    pub(super) fn otherwise(&mut self, node: &Node, left: &Node, right: &Node) -> Found {
        let (left, right) = (self.node(left), self.node(right));
        let cost = left.cost.saturating_add(right.cost).saturating_add(1);
        let optional = right.type_of.optional;
        match self.either(node.column, "`otherwise`", left, right) {
            Some((left, right, type_of)) => {
                let type_of = Type { optional, ..type_of };
                Found { op: Op::Otherwise(Box::new([left, right])), type_of, cost }
            }
            None => Found::unknown(),
        }
    }

    pub(super) fn choice(&mut self, node: &Node, parts: &[Node; 3]) -> Found {
        let [condition, yes, no] = parts;
        let found = self.node(condition);
        if self.plain(condition, &found.type_of) && !Type::bool().accepts(&found.type_of) {
            self.unexpected(condition, &Type::bool(), &found.type_of);
        }
        let (yes, no) = (self.node(yes), self.node(no));
        let cost = found.cost.saturating_add(yes.cost).saturating_add(no.cost).saturating_add(1);
        match self.either(node.column, "`if`", yes, no) {
            Some((yes, no, type_of)) => Found { op: Op::If(Box::new([found.op, yes, no])), type_of, cost },
            None => Found::unknown(),
        }
    }

    pub(super) fn aggregate(&mut self, node: &Node, aggregate: &Aggregate) -> Found {
        let Aggregate { kind, list, body } = aggregate;
        let found = self.node(list);
        if found.type_of.personal.is_some() {
            self.plain(list, &found.type_of);
        }
        let (item, max) = match &found.type_of.kind {
            Kind::List { of, max, .. } => ((**of).clone(), *max),
            Kind::Any => (Type::any(), types::ITEMS_MAX_DEFAULT),
            _ => {
                let message = format!("`{}` takes a list, not {}", kind.text(), found.type_of);
                return self.fault(Code::E403, node.column, message);
            }
        };
        let Some((name, body)) = body else {
            let cost = found.cost.saturating_add(1);
            if *kind == Fold::Count {
                return Found { op: Op::Length(Box::new(found.op)), type_of: Type::int(), cost };
            }
            self.plain(list, &item);
            return self.folded(node, *kind, found.op, None, &item, cost.saturating_add(max));
        };
        self.shadows(&name.name, name.column);
        self.aggregates = self.aggregates.saturating_add(1);
        if self.aggregates > AGGREGATE_NESTING_MAX {
            let message = format!(
                "expression too deep: {} aggregates in each other, at most {AGGREGATE_NESTING_MAX}",
                self.aggregates
            );
            self.fault(Code::E406, node.column, message);
        }
        self.bound.push((Text::clone(&name.name), item));
        let inner = self.node(body);
        self.bound.pop();
        self.aggregates = self.aggregates.saturating_sub(1);
        self.plain(body, &inner.type_of);
        let cost = max.saturating_mul(inner.cost.saturating_add(1)).saturating_add(found.cost).saturating_add(1);
        self.folded(node, *kind, found.op, Some(inner.op), &inner.type_of, cost)
    }

    fn folded(&mut self, node: &Node, kind: Fold, list: Op, body: Option<Op>, item: &Type, cost: u64) -> Found {
        let (fits, type_of) = match kind {
            Fold::All | Fold::Any => (matches!(item.kind, Kind::Bool | Kind::Any), Type::bool()),
            Fold::Count => (matches!(item.kind, Kind::Bool | Kind::Any), Type::int()),
            Fold::Sum => match item.kind {
                Kind::Decimal(_) => (true, Type::decimal()),
                _ => (item.is_number(), Type::int()),
            },
            Fold::Min | Fold::Max => (item.is_number() || matches!(item.kind, Kind::Date), Type::of(item.kind.clone())),
        };
        if !fits {
            let types = if folds_bools(kind) { "bools" } else { "numbers or dates" };
            let message = format!("`{}` folds {types}, not {item}", kind.text());
            return self.fault(Code::E403, node.column, message);
        }
        let zero = if matches!(type_of.kind, Kind::Decimal(_)) { Value::Decimal(Decimal::ZERO) } else { Value::Int(0) };
        let op = Op::Fold(Box::new(FoldOp { kind, column: node.column, list, body, zero }));
        Found { op, type_of, cost }
    }

    /// E408 for a bound name that hides another name.
    fn shadows(&mut self, name: &str, column: u32) {
        let what = if self.bound.iter().any(|(bound, _)| **bound == *name) {
            "a bound name"
        } else if self.scope.place.locals().contains(&name) || self.scope.locals.contains_key(name) {
            "a local"
        } else if self.scope.block.as_ref().unwrap_or(&self.scope.root).member(name).is_some() {
            "a member"
        } else {
            return;
        };
        self.fault(Code::E408, column, format!("`{name}` already means {what} here"));
    }
}

/// The kind of `left sign right`, if the operator takes them.
fn arithmetic(sign: Sign, left: &Kind, right: &Kind) -> Option<Kind> {
    use types::Sign::Unknown;
    let number = |kind: &Kind| matches!(kind, Kind::Int(_) | Kind::Decimal(_) | Kind::Any);
    match (sign, left, right) {
        (_, Kind::Any, Kind::Any) if sign != Sign::Divide => Some(Kind::Any),
        (Sign::Divide, _, _) => (number(left) && number(right)).then_some(Kind::Decimal(Unknown)),
        (_, Kind::Int(_), Kind::Int(_) | Kind::Any) | (_, Kind::Any, Kind::Int(_)) => Some(Kind::Int(Unknown)),
        _ if number(left) && number(right) => Some(Kind::Decimal(Unknown)),
        (Sign::Add, Kind::Text { .. } | Kind::Any, Kind::Text { .. } | Kind::Any) => {
            let length = |kind: &Kind| if let Kind::Text { max } = kind { *max } else { 0 };
            Some(Kind::Text { max: length(left).saturating_add(length(right)).min(TEXT_CHARACTERS_MAX as u64) })
        }
        (Sign::Add | Sign::Subtract, Kind::Date, Kind::Duration) => Some(Kind::Date),
        (Sign::Add | Sign::Subtract, Kind::Timestamp, Kind::Duration) => Some(Kind::Timestamp),
        (Sign::Subtract, Kind::Date, Kind::Date) | (Sign::Subtract, Kind::Timestamp, Kind::Timestamp) => {
            Some(Kind::Duration)
        }
        // With one side of no known type the other decides; the result may be a date or a span between two.
        (Sign::Add | Sign::Subtract, Kind::Date | Kind::Timestamp, Kind::Any) if sign == Sign::Add => {
            Some(left.clone())
        }
        (Sign::Add | Sign::Subtract, Kind::Date | Kind::Timestamp | Kind::Any, Kind::Any | Kind::Duration) => {
            Some(Kind::Any)
        }
        _ => None,
    }
}

/// Whether `==` takes two types.
fn equal(left: &Type, right: &Type) -> bool {
    let opaque = |type_of: &Type| matches!(type_of.kind, Kind::Opaque);
    !opaque(left) && !opaque(right) && left.join(right).is_some()
}

/// Whether `<` takes two types.
fn ordered(left: &Type, right: &Type) -> bool {
    let has_order =
        |type_of: &Type| type_of.is_number() || matches!(type_of.kind, Kind::Date | Kind::Timestamp | Kind::Duration);
    has_order(left) && has_order(right) && left.join(right).is_some()
}
