//! Expressions: their tree, and the ways in and out of it (language §3.1).

pub(crate) mod functions;
mod lexer;
mod parse;
mod print;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::Json;

use crate::finding::{Code, Finding};
use crate::value::{Text, Value};

pub(crate) use functions::{Function, Parameter};

/// Most characters of a source, and of the normal text of a tree.
pub const SOURCE_CHARACTERS_MAX: usize = 4096;
/// Deepest nesting of a source, counted while parsing.
pub const NESTING_MAX: u32 = 32;
/// Most nodes of an expression.
pub const NODES_MAX: u64 = 1000;

/// Where an expression stands: which bare names are locals, and what the current block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a process: the block is the root.
    Process,
    /// In the effects of an update: as in a process, and `old` is the data before.
    Update,
    /// In a record: bare names are fields of the current block.
    Record,
}

impl Place {
    /// The names that are locals here, whether or not something is bound to them.
    pub const fn locals(self) -> &'static [&'static str] {
        match self {
            Self::Process => &["actor", "data", "attachments", "time", "signal", "response"],
            Self::Update => &["actor", "data", "attachments", "time", "signal", "response", "old"],
            Self::Record => &["proposer", "proposal", "time"],
        }
    }

    /// The first element of the path of a bare name that is neither bound nor a local.
    pub(crate) const fn block(self) -> &'static str {
        match self {
            Self::Process | Self::Update => "_",
            Self::Record => ".",
        }
    }
}

/// A parsed expression within the limits of nesting, length and nodes. Two are equal if their trees are.
#[derive(Clone, Debug)]
pub struct Expr {
    root: Arc<Node>,
    place: Place,
}

impl Expr {
    /// Reads surface text.
    pub fn parse(source: &str, place: Place) -> Result<Self, Finding> {
        Self::limited(parse::parse(source, place)?, place)
    }

    fn limited(root: Node, place: Place) -> Result<Self, Finding> {
        let nodes = root.count();
        if nodes > NODES_MAX {
            let message = format!("expression too long: {nodes} nodes, at most {NODES_MAX}");
            return Err(Finding::new(Code::E406, 1, message));
        }
        Ok(Self { root: Arc::new(root), place })
    }

    /// Reads a tree node. Columns are those of its normal text, which must keep the limits of a source.
    ///
    /// A part may be missing, `{"hole": type}`: such a draft can be kept and shown, and no check passes it (E409).
    pub fn from_tree(tree: &Json, place: Place) -> Result<Self, Finding> {
        let root = tree::read(tree, place)?;
        let mut missing = false;
        root.visit(&mut |node| missing = missing || matches!(node.kind, NodeKind::Hole(_)));
        if missing {
            // A draft: it has no text yet, and no check passes it.
            return Self::limited(root, place);
        }
        Self::parse(&print::print(&root, place), place)
    }

    /// Reads any form in which a document may write an expression: text, tree, bare integer or boolean.
    pub fn from_json(json: &Json, place: Place) -> Result<Self, Finding> {
        match json {
            Json::Text(source) => Self::parse(source, place),
            Json::Int(_) => Self::from_tree(&Json::map([("int", json.clone())]), place),
            Json::Bool(_) => Self::from_tree(&Json::map([("bool", json.clone())]), place),
            _ => Self::from_tree(json, place),
        }
    }

    /// The tree, as it stands in canonical form.
    pub fn to_tree(&self) -> Json {
        tree::write(&self.root)
    }

    /// The normal text: the one with the fewest parentheses.
    pub fn to_text(&self) -> String {
        print::print(&self.root, self.place)
    }

    /// The place for which it was read.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// Every path read, in order; the first element is `_`, `.` or a local. Paths of bound names are left out.
    pub fn paths(&self) -> Vec<Vec<Text>> {
        let mut paths = Vec::new();
        self.root.visit(&mut |node| {
            if let NodeKind::Path(steps) = &node.kind
                && let Some(first) = steps.first()
                && (matches!(&*first.name, "_" | ".") || self.place.locals().contains(&&*first.name))
            {
                paths.push(steps.iter().map(|step| Text::clone(&step.name)).collect());
            }
        });
        paths
    }

    pub(crate) fn root(&self) -> &Node {
        &self.root
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place && self.to_tree() == other.to_tree()
    }
}

impl Eq for Expr {}

/// Reads a path as `set`, `append`, `merge` and `seen` write it; its first element is `_`, `.` or a local.
pub fn parse_path(source: &str, place: Place) -> Result<Vec<Text>, Finding> {
    let expr = Expr::parse(source, place)?;
    match &expr.root.kind {
        NodeKind::Path(steps) => Ok(steps.iter().map(|step| Text::clone(&step.name)).collect()),
        _ => Err(Finding::new(
            Code::E401,
            1,
            format!("cannot read the path: expected names with points between, found `{source}`"),
        )),
    }
}

/// A node of the tree. Chains of `+ -`, of `* /` and of lookups are flat, so depth is bounded by the parser's.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where its text begins.
    pub(crate) start: u32,
    /// Where its sign stands; for most nodes where its text begins.
    pub(crate) column: u32,
    pub(crate) kind: NodeKind,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// Everything but lists and maps.
    Literal(Value),
    List(Vec<Node>),
    Map(BTreeMap<Text, Node>),
    Path(Vec<Step>),
    Get(Box<Node>, Vec<Node>),
    /// Signs of one level, left to right.
    Chain(Box<Node>, Vec<Link>),
    Negate(Box<Node>),
    Compare(Sign, Box<Node>, Box<Node>),
    IsAssigned(Box<Node>),
    IsUnassigned(Box<Node>),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Otherwise(Box<Node>, Box<Node>),
    If(Box<[Node; 3]>),
    Aggregate(Box<Aggregate>),
    Call(Text, Vec<Argument>),
    Hole(Text),
}

/// One name of a path.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) name: Text,
    pub(crate) column: u32,
}

/// An operator of a chain and its right side.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) sign: Sign,
    pub(crate) column: u32,
    pub(crate) node: Node,
}

#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    pub(crate) kind: Fold,
    pub(crate) list: Node,
    /// The bound name and what is folded over it.
    pub(crate) body: Option<(Step, Node)>,
}

#[derive(Clone, Debug)]
pub(crate) enum Argument {
    Node(Node),
    /// A rounding mode, calendar, actor or action: a name, not a value.
    Word(Text, u32),
}

/// Signs with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Add,
    Subtract,
    Multiply,
    Divide,
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

impl Sign {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Equal => "==",
            Self::Different => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        use Sign::{Add, Different, Divide, Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, Multiply, Subtract};
        let all = [Add, Subtract, Multiply, Divide, Equal, Different, Less, LessOrEqual, Greater, GreaterOrEqual, In];
        all.into_iter().find(|sign| sign.text() == text)
    }

    pub(crate) const fn is_sum(self) -> bool {
        matches!(self, Self::Add | Self::Subtract)
    }

    pub(crate) const fn is_product(self) -> bool {
        matches!(self, Self::Multiply | Self::Divide)
    }
}

/// What an aggregate folds with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    All,
    Any,
    Count,
    Sum,
    Min,
    Max,
}

impl Fold {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        [Self::All, Self::Any, Self::Count, Self::Sum, Self::Min, Self::Max]
            .into_iter()
            .find(|fold| fold.text() == text)
    }
}

impl Node {
    pub(crate) const fn new(column: u32, kind: NodeKind) -> Self {
        Self { start: column, column, kind }
    }

    /// Calls `see` for this node and every node below it, in the order of the text.
    pub(crate) fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Node)) {
        see(self);
        match &self.kind {
            NodeKind::Literal(_) | NodeKind::Path(_) | NodeKind::Hole(_) => {}
            NodeKind::List(items) | NodeKind::And(items) | NodeKind::Or(items) => {
                items.iter().for_each(|item| item.visit(see));
            }
            NodeKind::Map(members) => members.values().for_each(|member| member.visit(see)),
            NodeKind::Get(base, keys) => {
                base.visit(see);
                keys.iter().for_each(|key| key.visit(see));
            }
            NodeKind::Chain(first, links) => {
                first.visit(see);
                links.iter().for_each(|link| link.node.visit(see));
            }
            NodeKind::Negate(node)
            | NodeKind::Not(node)
            | NodeKind::IsAssigned(node)
            | NodeKind::IsUnassigned(node) => {
                node.visit(see);
            }
            NodeKind::Compare(_, left, right) | NodeKind::Otherwise(left, right) => {
                left.visit(see);
                right.visit(see);
            }
            NodeKind::If(parts) => parts.iter().for_each(|part| part.visit(see)),
            NodeKind::Aggregate(aggregate) => {
                aggregate.list.visit(see);
                if let Some((_, body)) = &aggregate.body {
                    body.visit(see);
                }
            }
            NodeKind::Call(_, arguments) => {
                for argument in arguments {
                    if let Argument::Node(node) = argument {
                        node.visit(see);
                    }
                }
            }
        }
    }

    /// Nodes of its tree: a chain of n operators counts as n.
    fn count(&self) -> u64 {
        let mut count = 0_u64;
        self.visit(&mut |node| {
            let own = match &node.kind {
                NodeKind::Chain(_, links) => links.len() as u64,
                NodeKind::Get(_, keys) => keys.len() as u64,
                _ => 1,
            };
            count = count.saturating_add(own);
        });
        count
    }
}
