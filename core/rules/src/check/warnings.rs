//! Advice: what is allowed, and yet seldom meant.

use super::{Checker, Scope};
use crate::expr::{Fold, Node, NodeKind, Sign};
use crate::finding::{Code, Finding};
use crate::types::{Kind, Sign as Zero, Type};
use crate::value::Value;

/// W609 and W610.
pub(super) fn advise(root: &Node, checker: &mut Checker<'_>) {
    let scope = checker.scope;
    let mut found = Vec::new();
    root.visit(&mut |node| match &node.kind {
        NodeKind::Chain(_, links) => {
            for link in links.iter().filter(|link| link.sign == Sign::Divide) {
                if !excludes_zero(&link.node, scope) && !compared(root, &link.node) {
                    found.push(Finding::new(Code::W609, link.column, "divisor may be zero"));
                }
            }
        }
        NodeKind::Aggregate(aggregate)
            if aggregate.kind == Fold::All && !has_items(&aggregate.list, scope) && !counted(root, &aggregate.list) =>
        {
            let message = "group or list may be empty; `all` over nobody is true";
            found.push(Finding::new(Code::W610, node.column, message));
        }
        _ => {}
    });
    checker.findings.extend(found);
}

/// W606: a comparison by `!=` with something that may be unassigned, of which nothing asks whether it is assigned.
pub(super) fn unguarded(root: &Node, scope: &Scope) -> Vec<Finding> {
    let mut found = Vec::new();
    root.visit(&mut |node| {
        let NodeKind::Compare(Sign::Different, left, right) = &node.kind else { return };
        let may_be =
            |side: &Node| path_type(side, scope).is_some_and(|type_of| type_of.optional) && !tested(root, side);
        if may_be(left) || may_be(right) {
            found.push(Finding::new(Code::W606, node.start, "may be unassigned, then the guard does not hold"));
        }
    });
    found
}

/// The type of a path from the root or a local, if the node is one.
fn path_type(node: &Node, scope: &Scope) -> Option<Type> {
    let NodeKind::Path(steps) = &node.kind else { return None };
    let (first, rest) = steps.split_first()?;
    let base = match &*first.name {
        "_" => &scope.root,
        "." => scope.block.as_ref()?,
        name => scope.locals.get(name)?,
    };
    let mut type_of = base.clone();
    for step in rest {
        type_of = super::member_of(&type_of, &step.name)?;
    }
    Some(type_of)
}

fn excludes_zero(node: &Node, scope: &Scope) -> bool {
    match &node.kind {
        NodeKind::Literal(Value::Int(value)) => *value != 0,
        NodeKind::Literal(Value::Decimal(value)) => !value.is_zero(),
        _ => matches!(
            path_type(node, scope).map(|type_of| type_of.kind),
            Some(Kind::Int(Zero::NotZero) | Kind::Decimal(Zero::NotZero))
        ),
    }
}

fn has_items(list: &Node, scope: &Scope) -> bool {
    match &list.kind {
        NodeKind::List(items) => !items.is_empty(),
        _ => matches!(path_type(list, scope).map(|type_of| type_of.kind), Some(Kind::List { min: 1.., .. })),
    }
}

/// Whether two nodes are the same path.
fn same_path(left: &Node, right: &Node) -> bool {
    match (&left.kind, &right.kind) {
        (NodeKind::Path(left), NodeKind::Path(right)) => {
            left.iter().map(|step| &step.name).eq(right.iter().map(|step| &step.name))
        }
        _ => false,
    }
}

fn any(root: &Node, wanted: impl Fn(&Node) -> bool) -> bool {
    let mut found = false;
    root.visit(&mut |node| found = found || wanted(node));
    found
}

fn compared(root: &Node, path: &Node) -> bool {
    any(root, |node| match &node.kind {
        NodeKind::Compare(_, left, right) => same_path(left, path) || same_path(right, path),
        _ => false,
    })
}

fn tested(root: &Node, path: &Node) -> bool {
    any(root, |node| match &node.kind {
        NodeKind::IsAssigned(inner) | NodeKind::IsUnassigned(inner) => same_path(inner, path),
        _ => false,
    })
}

fn counted(root: &Node, list: &Node) -> bool {
    any(root, |node| match &node.kind {
        NodeKind::Aggregate(aggregate) => {
            aggregate.kind == Fold::Count && aggregate.body.is_none() && same_path(&aggregate.list, list)
        }
        _ => false,
    })
}
