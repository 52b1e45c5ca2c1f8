//! Tree nodes as JSON (language §3.1 "Tree").

use std::collections::BTreeMap;

use countersign_codec::Json;

use super::functions::{Parameter, parameter};
use super::lexer::{is_name, is_word};
use super::{Aggregate, Argument, Fold, Link, Node, NodeKind, Place, Sign, Step};
use crate::finding::{At, Code, Finding, child};
use crate::value::{Text, Value};

/// Deepest nesting of a tree besides its chains. Its normal text nests no deeper than the parser allows.
const DEPTH_MAX: u32 = 128;
/// Most links of a chain, and most items of a list: more than a source can hold.
const LENGTH_MAX: usize = super::SOURCE_CHARACTERS_MAX;

/// The tree of a node.
pub(super) fn write(node: &Node) -> Json {
    let list = |nodes: &[Node]| Json::List(nodes.iter().map(write).collect());
    let (key, content) = match &node.kind {
        NodeKind::Literal(value) => return value.to_typed(),
        NodeKind::Hole(kind) => ("hole", Json::text(&**kind)),
        NodeKind::List(items) => ("list", list(items)),
        NodeKind::Map(members) => ("map", Json::map(members.iter().map(|(name, member)| (&**name, write(member))))),
        NodeKind::Path(steps) => ("path", Json::List(steps.iter().map(|step| Json::text(&*step.name)).collect())),
        NodeKind::Get(base, keys) => {
            return keys.iter().fold(write(base), |base, key| Json::map([("get", Json::List(vec![base, write(key)]))]));
        }
        NodeKind::Chain(first, links) => {
            let link = |left, link: &Link| Json::map([(link.sign.text(), Json::List(vec![left, write(&link.node)]))]);
            return links.iter().fold(write(first), link);
        }
        NodeKind::Negate(inner) => ("-", Json::List(vec![write(inner)])),
        NodeKind::Compare(sign, left, right) => (sign.text(), Json::List(vec![write(left), write(right)])),
        NodeKind::IsAssigned(inner) => ("is_assigned", Json::List(vec![write(inner)])),
        NodeKind::IsUnassigned(inner) => ("is_unassigned", Json::List(vec![write(inner)])),
        NodeKind::Not(inner) => ("not", Json::List(vec![write(inner)])),
        NodeKind::And(parts) => ("and", list(parts)),
        NodeKind::Or(parts) => ("or", list(parts)),
        NodeKind::Otherwise(left, right) => ("otherwise", Json::List(vec![write(left), write(right)])),
        NodeKind::If(parts) => ("if", list(&**parts)),
        NodeKind::Aggregate(aggregate) => {
            let content = match &aggregate.body {
                Some((name, body)) => vec![Json::text(&*name.name), write(&aggregate.list), write(body)],
                None => vec![write(&aggregate.list)],
            };
            (aggregate.kind.text(), Json::List(content))
        }
        NodeKind::Call(name, arguments) => {
            let argument = |argument: &Argument| match argument {
                Argument::Node(node) => write(node),
                Argument::Word(word, _) => Json::text(&**word),
            };
            (&**name, Json::List(arguments.iter().map(argument).collect()))
        }
    };
    Json::map([(key, content)])
}

/// Reads a tree. What has no text is refused here; the rest is judged when its normal text is read.
pub(super) fn read(tree: &Json, place: Place) -> Result<Node, Finding> {
    Reader { place, bound: Vec::new() }.node(tree, "", DEPTH_MAX)
}

struct Reader {
    place: Place,
    bound: Vec<Text>,
}

fn wrong(pointer: &str, message: impl Into<String>) -> Finding {
    let message = format!("cannot read the expression: {}", message.into());
    Finding { code: Code::E401, at: At::Pointer(pointer.to_owned()), message }
}

fn at(kind: NodeKind) -> Node {
    Node::new(1, kind)
}

impl Reader {
    fn node(&mut self, tree: &Json, pointer: &str, depth_left: u32) -> Result<Node, Finding> {
        let Some(depth_left) = depth_left.checked_sub(1) else {
            let message = format!("expression too deep: at most {} levels", super::NESTING_MAX);
            return Err(Finding { code: Code::E406, at: At::Pointer(pointer.to_owned()), message });
        };
        let (key, content) = member(tree, pointer)?;
        let below = child(pointer, key);
        if let Some(node) = self.leaf(key, content, &below, depth_left)? {
            return Ok(node);
        }
        let items = content.as_list().ok_or_else(|| wrong(&below, "expected a list"))?;
        if items.len() > LENGTH_MAX {
            let message = format!("expression too long: at most {} nodes", super::NODES_MAX);
            return Err(Finding { code: Code::E406, at: At::Pointer(below), message });
        }
        if let Some(fold) = Fold::from_text(key) {
            return self.aggregate(fold, items, &below, depth_left);
        }
        match (key, items) {
            ("get", [_, _]) => self.lookups(tree, pointer, depth_left),
            ("-", [inner]) => Ok(at(NodeKind::Negate(Box::new(self.node(inner, &child(&below, "0"), depth_left)?)))),
            ("+" | "-" | "*" | "/", [_, _]) => self.chain(tree, pointer, depth_left),
            ("and" | "or", [_, _, ..]) => self.junction(key, items, &below, depth_left),
            ("not" | "is_assigned" | "is_unassigned", [inner]) => {
                let inner = Box::new(self.node(inner, &child(&below, "0"), depth_left)?);
                Ok(at(match key {
                    "not" => NodeKind::Not(inner),
                    "is_assigned" => NodeKind::IsAssigned(inner),
                    _ => NodeKind::IsUnassigned(inner),
                }))
            }
            ("otherwise", [_, _]) | ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in", [_, _]) => {
                let mut nodes = self.nodes(items, &below, depth_left)?.into_iter();
                let (Some(left), Some(right)) = (nodes.next(), nodes.next()) else {
                    return Err(wrong(&below, "expected two"));
                };
                let (left, right) = (Box::new(left), Box::new(right));
                Ok(at(match Sign::from_text(key) {
                    Some(sign) => NodeKind::Compare(sign, left, right),
                    None => NodeKind::Otherwise(left, right),
                }))
            }
            ("if", [_, _, _]) => {
                let parts = self.nodes(items, &below, depth_left)?;
                let parts = <[Node; 3]>::try_from(parts).map_err(|_| wrong(&below, "expected three parts"))?;
                Ok(at(NodeKind::If(Box::new(parts))))
            }
            _ if is_name(key) && key != "get" => self.call(key, items, &below, depth_left),
            _ => Err(wrong(&below, format!("`{key}` does not take {} parts", items.len()))),
        }
    }

    /// Literals, paths, lists, maps and holes; `None` for an operator or call.
    fn leaf(&mut self, key: &str, content: &Json, below: &str, depth_left: u32) -> Result<Option<Node>, Finding> {
        let kind = match (key, content) {
            ("list", Json::List(items)) if items.len() <= LENGTH_MAX => {
                NodeKind::List(self.nodes(items, below, depth_left)?)
            }
            ("map", Json::Map(members)) => {
                let mut found = BTreeMap::new();
                for (name, member) in members {
                    if !is_name(name) {
                        return Err(wrong(&child(below, name), format!("expected a name, found `{name}`")));
                    }
                    found.insert(Text::from(name.as_str()), self.node(member, &child(below, name), depth_left)?);
                }
                NodeKind::Map(found)
            }
            ("path", Json::List(names)) if names.len() <= LENGTH_MAX => NodeKind::Path(self.path(names, below)?),
            ("hole", Json::Text(kind)) => NodeKind::Hole(kind.as_str().into()),
            // `{"text": [T]}` and `{"date": [T]}` are calls.
            (_, Json::List(_)) => return Ok(None),
            _ => match Value::from_literal(key, content) {
                Some(value) => NodeKind::Literal(value),
                None if matches!(key, "int" | "decimal" | "date" | "timestamp" | "duration" | "hash" | "party") => {
                    let message = format!("{key} {content} does not exist");
                    return Err(Finding { code: Code::E407, at: At::Pointer(below.to_owned()), message });
                }
                None => return Err(wrong(below, format!("`{key}` does not take {content}"))),
            },
        };
        Ok(Some(at(kind)))
    }

    fn nodes(&mut self, items: &[Json], below: &str, depth_left: u32) -> Result<Vec<Node>, Finding> {
        let read = |(index, item)| self.node(item, &child(below, &usize::to_string(&index)), depth_left);
        items.iter().enumerate().map(read).collect()
    }

    fn path(&self, names: &[Json], below: &str) -> Result<Vec<Step>, Finding> {
        let names: Option<Vec<&str>> = names.iter().map(Json::as_text).collect();
        let names = names.ok_or_else(|| wrong(below, "a path is a list of names"))?;
        let first = names.first().copied().ok_or_else(|| wrong(below, "a path has at least one name"))?;
        let known = first == "_"
            || self.place.locals().contains(&first)
            || self.bound.iter().any(|bound| **bound == *first)
            // A field of the block has no text unless it is a bare name.
            || first == "." && self.place == Place::Record && names.get(1).is_some_and(|name| self.is_bare(name));
        if !known {
            let message = format!("nothing is called `{first}` here; a path begins with `_` or a local");
            return Err(Finding { code: Code::E402, at: At::Pointer(below.to_owned()), message });
        }
        Ok(names.into_iter().map(|name| Step { name: name.into(), column: 1 }).collect())
    }

    fn is_bare(&self, name: &str) -> bool {
        is_name(name) && !self.place.locals().contains(&name) && !self.bound.iter().any(|bound| **bound == *name)
    }

    /// A run of `get` on the left, walked without recursion.
    fn lookups(&mut self, tree: &Json, pointer: &str, depth_left: u32) -> Result<Node, Finding> {
        let (mut tree, mut pointer) = (tree, pointer.to_owned());
        let mut keys = Vec::new();
        while let Some([base, key]) = tree.get("get").and_then(Json::as_list).filter(|_| is_single(tree)) {
            let below = child(&pointer, "get");
            keys.push(self.node(key, &child(&below, "1"), depth_left)?);
            if keys.len() > LENGTH_MAX {
                return Err(Finding::new(Code::E406, 1, "expression too long"));
            }
            (tree, pointer) = (base, child(&below, "0"));
        }
        keys.reverse();
        let mut base = self.node(tree, &pointer, depth_left)?;
        let mut rest = keys.into_iter().peekable();
        // A literal text after a path is one more path element.
        if let NodeKind::Path(steps) = &mut base.kind {
            while let Some(Node { kind: NodeKind::Literal(Value::Text(name)), .. }) = rest.peek() {
                steps.push(Step { name: Text::clone(name), column: 1 });
                rest.next();
            }
        }
        let keys: Vec<Node> = rest.collect();
        Ok(if keys.is_empty() { base } else { at(NodeKind::Get(Box::new(base), keys)) })
    }

    /// A run of signs of one level on the left, walked without recursion.
    fn chain(&mut self, tree: &Json, pointer: &str, depth_left: u32) -> Result<Node, Finding> {
        let (mut tree, mut pointer) = (tree, pointer.to_owned());
        let mut links: Vec<Link> = Vec::new();
        while let Some((sign, left, right)) = binary(tree) {
            if links.first().is_some_and(|link| link.sign.is_sum() != sign.is_sum()) {
                break;
            }
            let below = child(&pointer, sign.text());
            let node = self.node(right, &child(&below, "1"), depth_left)?;
            links.push(Link { sign, column: 1, node });
            if links.len() > LENGTH_MAX {
                return Err(Finding::new(Code::E406, 1, "expression too long"));
            }
            (tree, pointer) = (left, child(&below, "0"));
        }
        links.reverse();
        let first = self.node(tree, &pointer, depth_left)?;
        Ok(at(NodeKind::Chain(Box::new(first), links)))
    }

    fn junction(&mut self, key: &str, items: &[Json], below: &str, depth_left: u32) -> Result<Node, Finding> {
        let mut parts = Vec::new();
        for node in self.nodes(items, below, depth_left)? {
            match (key, node.kind) {
                ("and", NodeKind::And(inner)) | ("or", NodeKind::Or(inner)) => parts.extend(inner),
                (_, kind) => parts.push(at(kind)),
            }
        }
        Ok(at(if key == "and" { NodeKind::And(parts) } else { NodeKind::Or(parts) }))
    }

    fn aggregate(&mut self, kind: Fold, items: &[Json], below: &str, depth_left: u32) -> Result<Node, Finding> {
        match items {
            [list] => {
                let list = self.node(list, &child(below, "0"), depth_left)?;
                Ok(at(NodeKind::Aggregate(Box::new(Aggregate { kind, list, body: None }))))
            }
            [Json::Text(name), list, body] if is_name(name) => {
                let list = self.node(list, &child(below, "1"), depth_left)?;
                let name: Text = name.as_str().into();
                self.bound.push(Text::clone(&name));
                let body = self.node(body, &child(below, "2"), depth_left);
                self.bound.pop();
                let body = Some((Step { name, column: 1 }, body?));
                Ok(at(NodeKind::Aggregate(Box::new(Aggregate { kind, list, body }))))
            }
            _ => Err(wrong(below, format!("`{}` takes a list, or a name, a list and a body", kind.text()))),
        }
    }

    fn call(&mut self, name: &str, items: &[Json], below: &str, depth_left: u32) -> Result<Node, Finding> {
        let mut arguments = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let pointer = child(below, &index.to_string());
            let wanted = parameter(name, index);
            arguments.push(match item {
                Json::Text(word) if wanted != Parameter::Value && is_argument(word, wanted) => {
                    Argument::Word(word.as_str().into(), 1)
                }
                // Its text would be read as a name.
                _ if wanted != Parameter::Value && item.get("path").is_some() => {
                    return Err(wrong(&pointer, format!("`{name}` takes a name here, not a value")));
                }
                _ => Argument::Node(self.node(item, &pointer, depth_left)?),
            });
        }
        Ok(at(NodeKind::Call(name.into(), arguments)))
    }
}

/// The one member of a tree node.
fn member<'a>(tree: &'a Json, pointer: &str) -> Result<(&'a str, &'a Json), Finding> {
    let mut members = tree.as_map().into_iter().flatten();
    match (members.next(), members.next()) {
        (Some((key, content)), None) => Ok((key, content)),
        _ => Err(wrong(pointer, "a tree node is an object with one member")),
    }
}

fn is_single(tree: &Json) -> bool {
    tree.as_map().is_some_and(|members| members.len() == 1)
}

/// The parts of `{sign: [left, right]}` with a sign of a chain.
fn binary(tree: &Json) -> Option<(Sign, &Json, &Json)> {
    let mut members = tree.as_map()?.iter();
    let (Some((key, content)), None) = (members.next(), members.next()) else { return None };
    let sign = Sign::from_text(key).filter(|sign| sign.is_sum() || sign.is_product())?;
    match content.as_list()? {
        [left, right] => Some((sign, left, right)),
        _ => None,
    }
}

/// Whether a string can stand as a name in a call: `name`, or `name.name` for an action.
fn is_argument(word: &str, wanted: Parameter) -> bool {
    match word.split_once('.') {
        Some((action, response)) => wanted == Parameter::Action && is_name(action) && is_name(response),
        None => is_name(word) && !is_word(word),
    }
}
