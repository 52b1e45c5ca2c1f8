//! From the tree to its normal text: single spaces, and parentheses only where the grammar needs them.

use std::fmt::Write;

use countersign_codec::Json;

use super::lexer::is_name;
use super::{Aggregate, Argument, Node, NodeKind, Place, Step};
use crate::value::{Text, Value};

/// How tightly a node binds; a node in a tighter place stands in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Expr,
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Unary,
    Postfix,
}

/// The normal text of a node.
pub(super) fn print(node: &Node, place: Place) -> String {
    let mut printer = Printer { out: String::new(), place, bound: Vec::new() };
    printer.node(node, Level::Expr);
    printer.out
}

struct Printer {
    out: String,
    place: Place,
    bound: Vec<Text>,
}

impl Printer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn node(&mut self, node: &Node, place: Level) {
        let open = level(node) < place;
        if open {
            self.put("(");
        }
        self.bare(node);
        if open {
            self.put(")");
        }
    }

    fn bare(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Literal(value) => self.literal(value),
            NodeKind::Hole(kind) => {
                // For the eye alone: a hole has no text that could be read back.
                let _ = write!(self.out, "?{kind}");
            }
            NodeKind::List(items) => {
                self.put("[");
                self.separated(items);
                self.put("]");
            }
            NodeKind::Map(members) => {
                self.put("{");
                for (index, (name, member)) in members.iter().enumerate() {
                    self.put(if index > 0 { ", " } else { "" });
                    self.put(name);
                    self.put(": ");
                    self.node(member, Level::Expr);
                }
                self.put("}");
            }
            NodeKind::Path(steps) => self.path(steps),
            NodeKind::Get(base, keys) => {
                self.node(base, Level::Postfix);
                keys.iter().for_each(|key| self.key(key));
            }
            NodeKind::Aggregate(aggregate) => self.aggregate(aggregate),
            NodeKind::Call(name, arguments) => self.call(name, arguments),
            _ => self.operator(node),
        }
    }

    fn operator(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Chain(first, links) => {
                let inner =
                    if links.first().is_some_and(|link| link.sign.is_sum()) { Level::Product } else { Level::Unary };
                self.node(first, inner);
                for link in links {
                    self.between(link.sign.text());
                    self.node(&link.node, inner);
                }
            }
            NodeKind::Negate(inner) => {
                self.put("-");
                // `-5` is one literal; the negation of 5 is `-(5)`.
                if begins_with_number(inner) {
                    self.put("(");
                    self.node(inner, Level::Expr);
                    self.put(")");
                } else {
                    self.node(inner, Level::Unary);
                }
            }
            NodeKind::Compare(sign, left, right) => {
                self.node(left, Level::Sum);
                self.between(sign.text());
                self.node(right, Level::Sum);
            }
            NodeKind::IsAssigned(inner) => {
                self.node(inner, Level::Sum);
                self.put(" is assigned");
            }
            NodeKind::IsUnassigned(inner) => {
                self.node(inner, Level::Sum);
                self.put(" is unassigned");
            }
            NodeKind::Not(inner) => {
                self.put("not ");
                self.node(inner, Level::Not);
            }
            NodeKind::And(parts) => self.joined(parts, "and", Level::Not),
            NodeKind::Or(parts) => self.joined(parts, "or", Level::And),
            NodeKind::Otherwise(left, right) => {
                self.node(left, Level::Or);
                self.between("otherwise");
                self.node(right, Level::Expr);
            }
            NodeKind::If(parts) => {
                for (word, part) in ["if ", " then ", " else "].into_iter().zip(parts.iter()) {
                    self.put(word);
                    self.node(part, Level::Expr);
                }
            }
            _ => {}
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) {
        self.put(aggregate.kind.text());
        self.put("(");
        match &aggregate.body {
            None => self.node(&aggregate.list, Level::Expr),
            Some((name, body)) => {
                self.put(&name.name);
                self.put(" in ");
                self.node(&aggregate.list, Level::Expr);
                self.put(", ");
                self.bound.push(Text::clone(&name.name));
                self.node(body, Level::Expr);
                self.bound.pop();
            }
        }
        self.put(")");
    }

    fn call(&mut self, name: &str, arguments: &[Argument]) {
        self.put(name);
        self.put("(");
        for (index, argument) in arguments.iter().enumerate() {
            self.put(if index > 0 { ", " } else { "" });
            match argument {
                Argument::Node(node) => self.node(node, Level::Expr),
                Argument::Word(word, _) => self.put(word),
            }
        }
        self.put(")");
    }

    fn between(&mut self, sign: &str) {
        self.put(" ");
        self.put(sign);
        self.put(" ");
    }

    fn separated(&mut self, items: &[Node]) {
        for (index, item) in items.iter().enumerate() {
            self.put(if index > 0 { ", " } else { "" });
            self.node(item, Level::Expr);
        }
    }

    fn joined(&mut self, parts: &[Node], word: &str, place: Level) {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.between(word);
            }
            self.node(part, place);
        }
    }

    fn key(&mut self, key: &Node) {
        match &key.kind {
            NodeKind::Literal(Value::Text(name)) => self.step(name),
            _ => {
                self.put("[");
                self.node(key, Level::Expr);
                self.put("]");
            }
        }
    }

    fn step(&mut self, name: &str) {
        if is_name(name) {
            self.put(".");
            self.put(name);
        } else {
            self.put("[");
            self.text(name);
            self.put("]");
        }
    }

    /// A member of the block is a bare name unless something else has that name.
    fn path(&mut self, steps: &[Step]) {
        let Some((first, rest)) = steps.split_first() else { return };
        let taken = |name: &str| self.place.locals().contains(&name) || self.bound.iter().any(|bound| **bound == *name);
        let mut rest = rest.iter();
        match rest.as_slice().first() {
            Some(second) if *first.name == *self.place.block() && is_name(&second.name) && !taken(&second.name) => {
                self.put(&second.name);
                rest.next();
            }
            _ => self.put(&first.name),
        }
        rest.for_each(|step| self.step(&step.name));
    }

    fn literal(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.text(text),
            Value::Date(_) => self.named("date", value),
            Value::Timestamp(_) => self.named("timestamp", value),
            Value::Duration(_) => self.named("duration", value),
            Value::Hash(_) => self.named("hash", value),
            Value::Party(_) => self.named("party", value),
            Value::Unassigned => self.put("unassigned"),
            // Without a point it would be an int.
            Value::Decimal(number) if number.places() == 0 => {
                let _ = write!(self.out, "{number}.0");
            }
            _ => self.put(&value.print()),
        }
    }

    fn named(&mut self, name: &str, value: &Value) {
        self.put(name);
        self.put("(");
        self.text(&value.print());
        self.put(")");
    }

    fn text(&mut self, text: &str) {
        let _ = write!(self.out, "{}", Json::text(text));
    }
}

fn level(node: &Node) -> Level {
    match &node.kind {
        NodeKind::If(_) | NodeKind::Otherwise(..) => Level::Expr,
        NodeKind::Or(_) => Level::Or,
        NodeKind::And(_) => Level::And,
        NodeKind::Not(_) => Level::Not,
        NodeKind::Compare(..) | NodeKind::IsAssigned(_) | NodeKind::IsUnassigned(_) => Level::Compare,
        NodeKind::Chain(_, links) if links.first().is_some_and(|link| link.sign.is_sum()) => Level::Sum,
        NodeKind::Chain(..) => Level::Product,
        NodeKind::Negate(_) => Level::Unary,
        _ => Level::Postfix,
    }
}

/// Whether the text of a node begins with a digit.
fn begins_with_number(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Literal(Value::Int(value)) => *value >= 0,
        NodeKind::Literal(Value::Decimal(value)) => *value >= crate::decimal::Decimal::ZERO,
        NodeKind::Get(base, _) => begins_with_number(base),
        _ => false,
    }
}
