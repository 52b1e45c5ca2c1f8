//! The static check: names, types, limits and personal data (language §3.2), giving an expression ready to run.

mod calls;
mod operators;
mod scope;
mod warnings;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::{Expr, Fold, Node, NodeKind, Place, Step};
use crate::finding::{Code, Finding, suggestion};
use crate::run::{Op, Rule, Source};
use crate::types::{Kind, Type};
use crate::value::{Text, Value};

pub use scope::Scope;

/// Deepest nesting of aggregates.
pub const AGGREGATE_NESTING_MAX: u32 = 2;
/// Highest cost of an expression.
pub const COST_MAX: u64 = 100_000;
/// Highest cost of all expressions of one step.
pub const STEP_COST_MAX: u64 = 1_000_000;
/// Most characters of a text that is joined or printed.
pub const TEXT_CHARACTERS_MAX: usize = 65_536;

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Errors and warnings, in the order of the source.
    pub findings: Vec<Finding>,
    rule: Option<Rule>,
}

impl Checked {
    /// The rule, if no finding is an error; warnings are dropped.
    pub fn rule(self) -> Result<Rule, Vec<Finding>> {
        self.rule.ok_or(self.findings)
    }

    /// The rule, if no finding is an error.
    pub const fn as_rule(&self) -> Option<&Rule> {
        self.rule.as_ref()
    }
}

impl Expr {
    /// Checks the expression in a scope; `expected` is the type that its place asks for, if it asks for one.
    pub fn check(&self, scope: &Scope, expected: Option<&Type>) -> Checked {
        let mut checker = Checker { scope, bound: Vec::new(), aggregates: 0, findings: Vec::new() };
        let mut found = checker.node(self.root());
        if let Some(expected) = expected {
            if expected.accepts(&found.type_of) {
                found = checker.widened(found, expected);
            } else {
                checker.unexpected(self.root(), expected, &found.type_of);
            }
        }
        // The cost of what cannot run means nothing.
        if found.cost > COST_MAX && checker.findings.is_empty() {
            let message = format!("expression too costly: {}, at most {COST_MAX}", found.cost);
            checker.findings.push(Finding::new(Code::E406, 1, message));
        }
        warnings::advise(self.root(), &mut checker);
        let mut findings = checker.findings;
        findings.sort_by_key(|finding| finding.column());
        let sound = findings.iter().all(|finding| finding.code.is_warning());
        let rule = sound.then(|| Rule::new(self.clone(), found.op, found.type_of, found.cost));
        Checked { findings, rule }
    }

    /// Checks a guard: a bool, and advice about what may be unassigned (W606).
    pub fn check_guard(&self, scope: &Scope) -> Checked {
        let mut checked = self.check(scope, Some(&Type::bool()));
        checked.findings.extend(warnings::unguarded(self.root(), scope));
        checked
    }
}

/// A checked node: how to run it, what it gives, and what it costs at most.
struct Found {
    op: Op,
    type_of: Type,
    cost: u64,
}

impl Found {
    fn unknown() -> Self {
        Self { op: Op::Constant(Value::Unassigned), type_of: Type::any(), cost: 1 }
    }
}

struct Checker<'a> {
    scope: &'a Scope,
    bound: Vec<(Text, Type)>,
    aggregates: u32,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn fault(&mut self, code: Code, column: u32, message: String) -> Found {
        self.findings.push(Finding::new(code, column, message));
        Found::unknown()
    }

    fn unexpected(&mut self, node: &Node, expected: &Type, found: &Type) {
        let message = match &expected.personal {
            _ if found.personal.is_some() && found.personal != expected.personal => {
                format!("personal data fit in a field of the same class alone, this is {found}")
            }
            Some(class) if found.personal.is_none() => {
                format!("expected personal data of class {class} as somebody gave them, this is {found}")
            }
            _ => format!("expected {expected}, this is {found}"),
        };
        let code =
            if found.personal.is_some() && expected.personal != found.personal { Code::E501 } else { Code::E404 };
        self.findings.push(Finding::new(code, node.start, message));
    }

    /// The same value in the type that a place asks for: ints become decimals where it has decimals.
    fn widened(&self, found: Found, target: &Type) -> Found {
        if !differs(&found.type_of, target) {
            return found;
        }
        let op = match found.op {
            Op::Constant(value) => Op::Constant(crate::run::widen(value, target)),
            op => Op::Widen(Box::new(op), Arc::new(target.clone())),
        };
        Found { op, type_of: target.clone(), cost: found.cost }
    }

    fn node(&mut self, node: &Node) -> Found {
        match &node.kind {
            NodeKind::Literal(value) => {
                Found { op: Op::Constant(value.clone()), type_of: literal_type(value), cost: 1 }
            }
            NodeKind::Hole(_) => {
                self.fault(Code::E409, node.column, "a part of the expression is still missing".to_owned())
            }
            NodeKind::List(items) => self.list(items),
            NodeKind::Map(members) => self.map(members),
            NodeKind::Path(steps) => self.path(steps),
            NodeKind::Get(base, keys) => self.lookups(base, keys),
            NodeKind::Chain(first, links) => self.chain(first, links),
            NodeKind::Negate(inner) => self.negate(node, inner),
            NodeKind::Compare(sign, left, right) => self.compare(node, *sign, left, right),
            NodeKind::IsAssigned(inner) => self.is(inner, true),
            NodeKind::IsUnassigned(inner) => self.is(inner, false),
            NodeKind::Not(inner) => self.not(node, inner),
            NodeKind::And(parts) => self.junction(node, parts, "and"),
            NodeKind::Or(parts) => self.junction(node, parts, "or"),
            NodeKind::Otherwise(left, right) => self.otherwise(node, left, right),
            NodeKind::If(parts) => self.choice(node, parts),
            NodeKind::Aggregate(aggregate) => self.aggregate(node, aggregate),
            NodeKind::Call(name, arguments) => self.call(node, name, arguments),
        }
    }

    fn list(&mut self, items: &[Node]) -> Found {
        let found: Vec<Found> = items.iter().map(|item| self.node(item)).collect();
        let mut of = Type::any();
        for (item, found) in items.iter().zip(&found) {
            match of.join(&found.type_of) {
                Some(joined) => of = joined,
                None => {
                    let message = format!("a list takes items of one type, not {of} and {}", found.type_of);
                    return self.fault(Code::E403, item.start, message);
                }
            }
        }
        let cost = found.iter().fold(1, |cost, item| item.cost.saturating_add(cost));
        let ops = found.into_iter().map(|item| self.widened(item, &of).op).collect();
        let length = items.len() as u64;
        let kind = Kind::List { of: Arc::new(of), min: length, max: length };
        Found { op: constant_list(ops), type_of: Type::of(kind), cost }
    }

    fn map(&mut self, members: &BTreeMap<Text, Node>) -> Found {
        let mut ops = Vec::with_capacity(members.len());
        let mut types = BTreeMap::new();
        let mut cost = 1_u64;
        for (name, node) in members {
            let found = self.node(node);
            cost = cost.saturating_add(found.cost);
            types.insert(Text::clone(name), found.type_of);
            ops.push((Text::clone(name), found.op));
        }
        Found { op: Op::Map(ops), type_of: Type::of(Kind::Record(Arc::new(types))), cost }
    }

    fn path(&mut self, steps: &[Step]) -> Found {
        let Some((first, rest)) = steps.split_first() else { return Found::unknown() };
        let slot = self.bound.iter().rposition(|(name, _)| *name == first.name);
        let (source, base) = match (slot, &*first.name) {
            (Some(slot), _) => match self.bound.get(slot) {
                Some((_, type_of)) => (Source::Bound(slot), type_of.clone()),
                None => return Found::unknown(),
            },
            (None, "_") => (Source::Root, self.scope.root.clone()),
            (None, ".") => match &self.scope.block {
                Some(block) => (Source::Block, block.clone()),
                None => return self.nothing(first, steps, &[]),
            },
            (None, name) => match self.scope.locals.get(name) {
                Some(type_of) => (Source::Local(Text::clone(&first.name)), type_of.clone()),
                None => return self.nothing(first, steps, &[]),
            },
        };
        let mut type_of = base;
        for (index, step) in rest.iter().enumerate() {
            if type_of.is_sealed() {
                return self.sealed(step.column, steps);
            }
            let Some(member) = member_of(&type_of, &step.name) else {
                return self.no_member(&type_of, steps, index.saturating_add(1));
            };
            type_of = member;
        }
        let names: Box<[Text]> = rest.iter().map(|step| Text::clone(&step.name)).collect();
        Found { op: Op::Path(source, names), type_of, cost: (steps.len() as u64).max(1) }
    }

    /// E501 for a step into an envelope: what is in it is known to those who may open it alone.
    fn sealed(&mut self, column: u32, steps: &[Step]) -> Found {
        let name = steps.iter().skip(1).map(|step| &*step.name).collect::<Vec<_>>().join(".");
        self.fault(Code::E501, column, format!("personal data `{name}` cannot decide or be computed with"))
    }

    /// E402 for a step that names no member, E403 for one into something that has none.
    fn no_member(&mut self, type_of: &Type, steps: &[Step], index: usize) -> Found {
        let Some(step) = steps.get(index) else { return Found::unknown() };
        match &type_of.kind {
            Kind::Record(members) => {
                let mut known: Vec<&str> = members.keys().map(|name| &**name).collect();
                if index == 1 && self.scope.place != Place::Record {
                    known.extend(self.scope.locals.keys().map(|name| &**name));
                }
                self.nothing(step, steps, &known)
            }
            Kind::Any => Found::unknown(),
            _ => {
                let message = format!("`{}` is no member of {type_of}", step.name);
                self.fault(Code::E403, step.column, message)
            }
        }
    }

    fn nothing(&mut self, step: &Step, steps: &[Step], known: &[&str]) -> Found {
        let near = suggestion(&step.name, known.iter().copied());
        let mut names: Vec<&str> = steps.iter().map(|step| &*step.name).collect();
        if names.len() > 1 && matches!(names.first(), Some(&("_" | "."))) {
            names.remove(0);
        }
        let message = format!("nothing is called `{}` here{near}", names.join("."));
        self.fault(Code::E402, step.column, message)
    }

    fn lookups(&mut self, base: &Node, keys: &[Node]) -> Found {
        let found = self.node(base);
        let mut type_of = found.type_of;
        let mut cost = found.cost;
        let mut ops = Vec::with_capacity(keys.len());
        for key in keys {
            let index = self.node(key);
            cost = cost.saturating_add(index.cost).saturating_add(1);
            self.plain(key, &index.type_of);
            if type_of.is_sealed() {
                self.plain(base, &type_of);
                return Found::unknown();
            }
            let member = match (&type_of.kind, &key.kind, &index.type_of.kind) {
                (Kind::Any, ..) => Some(Type::any()),
                (Kind::List { of, .. }, NodeKind::Literal(Value::Int(position)), _) => {
                    if *position < 0 {
                        self.fault(Code::E407, key.column, format!("position {position} does not exist"));
                    }
                    Some((**of).clone())
                }
                (Kind::List { of, .. }, _, Kind::Int(_) | Kind::Any) => Some((**of).clone()),
                (Kind::Map { of, .. }, _, Kind::Text { .. } | Kind::Any) => Some((**of).clone()),
                (Kind::Record(members), NodeKind::Literal(Value::Text(name)), _) => match members.get(name) {
                    Some(member) => Some(member.clone()),
                    None => {
                        let near = suggestion(name, members.keys().map(|name| &**name));
                        return self.fault(Code::E402, key.column, format!("nothing is called `{name}` here{near}"));
                    }
                },
                _ => None,
            };
            let Some(member) = member else {
                let message =
                    format!("`[ ]` takes a map and a text, or a list and an int, not {type_of} and {}", index.type_of);
                return self.fault(Code::E403, key.column, message);
            };
            type_of = Type {
                personal: member.personal.or_else(|| type_of.personal.clone()),
                optional: true,
                kind: member.kind,
            };
            ops.push((key.column, index.op));
        }
        Found { op: Op::Get(Box::new(found.op), ops), type_of, cost }
    }

    /// E501 unless a type is free of personal data.
    fn plain(&mut self, node: &Node, type_of: &Type) -> bool {
        if !type_of.holds_personal() {
            return true;
        }
        let name = match &node.kind {
            NodeKind::Path(steps) => steps.iter().skip(1).map(|step| &*step.name).collect::<Vec<_>>().join("."),
            _ => type_of.to_string(),
        };
        let message = format!("personal data `{name}` cannot decide or be computed with");
        self.findings.push(Finding::new(Code::E501, node.start, message));
        false
    }
}

/// A list of constants is a constant itself.
fn constant_list(ops: Vec<Op>) -> Op {
    if !ops.iter().all(|op| matches!(op, Op::Constant(_))) {
        return Op::List(ops);
    }
    let value = |op| match op {
        Op::Constant(value) => value,
        _ => Value::Unassigned,
    };
    Op::Constant(Value::list(ops.into_iter().map(value).collect()))
}

/// The type of a member; personal data stay personal in their members.
fn member_of(type_of: &Type, name: &str) -> Option<Type> {
    if type_of.is_any() {
        return Some(Type::any());
    }
    let member = match &type_of.kind {
        Kind::Record(members) => members.get(name)?,
        Kind::Map { of, .. } => of,
        _ => return None,
    };
    let personal = member.personal.clone().or_else(|| type_of.personal.clone());
    Some(Type { personal, optional: member.optional || type_of.optional, kind: member.kind.clone() })
}

/// Whether a value of one type must be widened to stand in the other.
fn differs(from: &Type, to: &Type) -> bool {
    match (&from.kind, &to.kind) {
        (Kind::Int(_), Kind::Decimal(_)) => true,
        (Kind::List { of: left, .. }, Kind::List { of: right, .. })
        | (Kind::Map { of: left, .. }, Kind::Map { of: right, .. }) => {
            !Arc::ptr_eq(left, right) && differs(left, right)
        }
        (Kind::Record(members), Kind::Map { of, .. }) => members.values().any(|member| differs(member, of)),
        (Kind::Record(left), Kind::Record(right)) => {
            let member = |(name, member): (&Text, &Type)| right.get(name).is_some_and(|place| differs(member, place));
            !Arc::ptr_eq(left, right) && left.iter().any(member)
        }
        _ => false,
    }
}

fn literal_type(value: &Value) -> Type {
    use crate::types::Sign;
    let sign = |zero: bool| if zero { Sign::Unknown } else { Sign::NotZero };
    Type::of(match value {
        Value::Bool(_) => Kind::Bool,
        Value::Int(value) => Kind::Int(sign(*value == 0)),
        Value::Decimal(value) => Kind::Decimal(sign(value.is_zero())),
        Value::Text(text) => Kind::Text { max: text.chars().count() as u64 },
        Value::Date(_) => Kind::Date,
        Value::Timestamp(_) => Kind::Timestamp,
        Value::Duration(_) => Kind::Duration,
        Value::Hash(_) => Kind::Hash,
        Value::Party(_) => Kind::Party,
        Value::Unassigned | Value::List(_) | Value::Map(_) => Kind::Any,
    })
}

/// Whether an aggregate of this kind folds booleans.
const fn folds_bools(kind: Fold) -> bool {
    matches!(kind, Fold::All | Fold::Any | Fold::Count)
}
