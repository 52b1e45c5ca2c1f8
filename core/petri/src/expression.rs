//! Expressions of a machine, compiled to be evaluated on what is known of its data.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;
use countersign_rules::{Environment, Expr, Kind, Place, Rule, Schema, Scope, TEXT_MAX_DEFAULT, Text, Type, Value};

use crate::facts::{Known, Values};
use crate::tree::{Body, Response, Tree};

/// A path below the process: `vars`, `total`.
pub(crate) type Path = Vec<Text>;

/// An expression that is read, and evaluated if it can be.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    /// None if it reads what differs from step to step: data, attachments, time, children.
    rule: Option<Rule>,
    /// What it reads of the process, who acts left out.
    pub reads: Vec<Path>,
    /// Whether it asks who acts or acted, or for what differs from step to step.
    passing: bool,
    /// Its value without any data, if it is a path or built from what is always there.
    shape: Shape,
}

/// How much can be said of whether a value is assigned.
#[derive(Clone, Debug)]
enum Shape {
    /// It always is.
    Assigned,
    /// As this path is.
    Path(Path),
    /// As this path below the data of whoever acts is.
    Acting(Path),
    /// If all of these are.
    All(Vec<Shape>),
    /// It may not be.
    Open,
}

/// What an expression gave.
pub(crate) enum Found {
    Value(Value),
    /// An error whatever the unknown values are.
    Error,
    /// It depends on what is not known; whether the values that it asked for are there at least.
    Unknown {
        assigned: bool,
    },
}

/// What the data of a machine are.
pub(crate) struct Shapes {
    scope: Scope,
    /// What each path is at first.
    root: BTreeMap<Text, Type>,
    initial: Value,
    types: BTreeMap<String, Json>,
    pub actors: Vec<Text>,
    groups: Vec<Text>,
}

impl Shapes {
    /// None if the schemas cannot be read.
    pub fn of(tree: &Tree, body: &Body) -> Option<Self> {
        let parse = |json: &Json| Schema::parse(json, &tree.types, "").ok();
        let mut initial: Vec<(&str, Value)> = Vec::new();
        let mut root: BTreeMap<Text, Type> = BTreeMap::new();
        let mut assets = Vec::new();
        let mut values = Vec::new();
        for (name, json) in &body.assets {
            let schema = parse(json)?;
            values.push((Text::clone(name), schema.initial()));
            assets.push((Text::clone(name), schema.type_of().clone()));
        }
        let there = |(_, value): &(Text, Value)| !value.is_unassigned();
        initial.push(("assets", Value::map(values.into_iter().filter(there))));
        root.insert("assets".into(), Type::record(assets));
        for (key, json) in [("vars", &body.vars), ("inputs", &body.inputs)] {
            let schema = match json {
                Some(json) => Some(parse(json)?),
                None => None,
            };
            let nothing = || Type::record::<Text>([]);
            root.insert(key.into(), schema.as_ref().map_or_else(nothing, |schema| schema.type_of().clone()));
            if let Some(schema) = schema.filter(|_| key == "vars") {
                initial.push((key, schema.initial()));
            }
        }
        let mut roles: Vec<(Text, Type)> = Vec::new();
        for (name, json) in &body.actors {
            let data = json.as_ref().and_then(parse);
            let mut members = match data.as_ref().map(|schema| &schema.type_of().kind) {
                Some(Kind::Record(members)) => (**members).clone(),
                _ => BTreeMap::new(),
            };
            members.insert("key".into(), Type::text(TEXT_MAX_DEFAULT));
            members.insert("identity".into(), Type::of(Kind::Party).optional());
            roles.push((Text::clone(name), Type::record(members)));
        }
        let acting =
            Type::record([("key", Type::text(TEXT_MAX_DEFAULT)), ("identity", Type::of(Kind::Party).optional())]);
        root.insert("actors".into(), Type::record(roles));
        let mut scope = Scope::new(Place::Process, Type::record(root.clone())).with_local("actor", acting);
        scope.actors = body.actors.iter().map(|(name, _)| Text::clone(name)).collect();
        scope.calendars = tree.calendars.iter().cloned().collect();
        let actions = body.actions.iter();
        let names = |responses: &[Response]| responses.iter().map(|response| Text::clone(&response.name)).collect();
        scope.actions = actions.map(|action| (Text::clone(&action.name), names(&action.responses))).collect();
        let initial = Value::map(initial.into_iter().filter(|(_, value)| !value.is_unassigned()));
        let actors = body.actors.iter().map(|(name, _)| Text::clone(name)).collect();
        Some(Self { scope, root, initial, types: tree.types.clone(), actors, groups: body.groups.clone() })
    }

    /// What a path is at first: inputs and the data of actors come from outside.
    pub fn first(&self, path: &[Text]) -> Known {
        match path.first().map(|first| &**first) {
            Some("vars" | "assets") => Known::Value(self.initial.at(path).clone()),
            _ if self.is_required(path, 1) => Known::Assigned,
            _ => Known::Open,
        }
    }

    /// The type of the data of a response.
    pub fn data(&self, schema: &Json) -> Option<Type> {
        Schema::parse(schema, &self.types, "").ok().map(|schema| schema.type_of().clone())
    }

    /// Whether a path is there as soon as its first `known` names are.
    pub fn is_required(&self, path: &[Text], known: usize) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        // `assets.x` and `vars.x` may be unassigned whatever their types are.
        let held = matches!(&**first, "assets" | "vars");
        let free = if held { known.max(2) } else { known };
        (known > 1 || !held) && self.root.get(first).is_some_and(|root| required(root, rest, free.saturating_sub(1)))
    }

    /// Whether a tree reads members of a group, or who acts or acted, in a body that has groups.
    fn asks_member(&self, tree: &Json) -> bool {
        match tree {
            Json::List(items) => items.iter().any(|item| self.asks_member(item)),
            Json::Map(members) => members.iter().any(|(key, content)| {
                let names: Vec<&str> = content.as_list().unwrap_or_default().iter().filter_map(Json::as_text).collect();
                match (key.as_str(), names.as_slice()) {
                    ("did" | "everyone_did" | "how_many_did", _) | ("path", ["actor", ..] | ["_", "actors"]) => true,
                    ("path", ["_", "actors", name, ..]) => self.groups.iter().any(|group| **group == **name),
                    ("path", _) => false,
                    _ => self.asks_member(content),
                }
            }),
            _ => false,
        }
    }

    /// Compiles a tree; `data` is the type of the data that it sees.
    pub fn compile(&self, tree: &Json, data: Option<&Type>) -> Expression {
        // A machine knows one of each actor: what depends on which member of a group acts can be so or so each time.
        if !self.groups.is_empty() && self.asks_member(tree) {
            return Expression { rule: None, reads: Vec::new(), passing: true, shape: Shape::Open };
        }
        let mut reads = BTreeSet::new();
        let mut seen = Seen::default();
        paths(tree, &mut reads, &mut seen);
        let expr = Expr::from_tree(tree, Place::Process).ok().filter(|_| !seen.beyond);
        let rule = expr.and_then(|expr| expr.check(&self.scope, None).rule().ok());
        let passing = seen.passing || seen.beyond;
        Expression { rule, reads: reads.into_iter().collect(), passing, shape: shape(tree, data) }
    }
}

/// Whether the members on a path must be there; the first `known` names are.
fn required(of: &Type, path: &[Text], known: usize) -> bool {
    let mut kind = of;
    for (at, name) in path.iter().enumerate() {
        let is_record = matches!(kind.kind, Kind::Record(_));
        let Some(next) = kind.member(name) else { return false };
        // A member of a map or list may be missing.
        if at >= known && (next.optional || !is_record) {
            return false;
        }
        kind = next;
    }
    true
}

fn shape(tree: &Json, data: Option<&Type>) -> Shape {
    let Some((key, content)) = tree.as_map().and_then(|members| members.iter().next()) else { return Shape::Open };
    let items = content.as_list();
    match (key.as_str(), items) {
        ("path", Some(names)) => path_shape(names, content, data),
        ("bool" | "int" | "decimal" | "text" | "date" | "timestamp" | "duration" | "hash" | "party", None) => {
            Shape::Assigned
        }
        ("list" | "map" | "did" | "everyone_did" | "how_many_did" | "is_assigned" | "is_unassigned" | "count", _) => {
            Shape::Assigned
        }
        // What has a value if all its parts do; an error stops the step.
        (
            "+" | "-" | "*" | "/" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or" | "not" | "round" | "floor"
            | "ceil" | "abs" | "least" | "greatest" | "mod" | "fixed" | "text" | "length" | "years" | "months" | "days"
            | "hours" | "days_from" | "seconds_from" | "date" | "add_business_days" | "year" | "month" | "day"
            | "weekday" | "hash_of" | "if",
            Some(items),
        ) => Shape::All(items.iter().filter(|item| item.as_map().is_some()).map(|item| shape(item, data)).collect()),
        ("otherwise", Some([_, last])) => shape(last, data),
        _ => Shape::Open,
    }
}

fn path_shape(names: &[Json], content: &Json, data: Option<&Type>) -> Shape {
    if let Some(path) = process_path(content) {
        return Shape::Path(path);
    }
    if let Some(path) = acting_path(content) {
        return Shape::Acting(path);
    }
    let names: Vec<Text> = names.iter().filter_map(Json::as_text).map(Text::from).collect();
    match names.split_first() {
        Some((first, rest)) if **first == *"data" => match data.is_some_and(|data| required(data, rest, 0)) {
            true => Shape::Assigned,
            false => Shape::Open,
        },
        Some((first, [])) if matches!(&**first, "time" | "response") => Shape::Assigned,
        Some((first, [key])) if **first == *"actor" && **key == *"key" => Shape::Assigned,
        _ => Shape::Open,
    }
}

impl Shape {
    fn is_assigned(&self, around: &Around<'_>) -> bool {
        let there = |known: Known| !matches!(known, Known::Open | Known::Value(Value::Unassigned));
        match self {
            Self::Assigned => true,
            Self::Open => false,
            Self::Path(path) => there(around.values.at(path)),
            Self::Acting(path) => there(around.of_actor(path)),
            Self::All(parts) => parts.iter().all(|part| part.is_assigned(around)),
        }
    }
}

#[derive(Default)]
struct Seen {
    /// Who acts, and who acted.
    passing: bool,
    /// Data, attachments, time, children and the like.
    beyond: bool,
}

/// Collects the paths of the process that a tree reads.
fn paths(tree: &Json, reads: &mut BTreeSet<Path>, seen: &mut Seen) {
    match tree {
        Json::Map(members) => {
            for (key, content) in members {
                match key.as_str() {
                    "path" => match process_path(content) {
                        Some(path) => drop(reads.insert(path)),
                        None => match content.as_list().and_then(<[Json]>::first).and_then(Json::as_text) {
                            Some("actor") => {
                                seen.passing = true;
                                reads.extend(
                                    acting_path(content).map(|rest| [vec![Text::from("actor")], rest].concat()),
                                );
                            }
                            Some("_" | "data" | "attachments" | "time" | "signal" | "response") | None => {
                                seen.beyond = true;
                            }
                            // A bound name.
                            Some(_) => {}
                        },
                    },
                    "all_finished" => seen.beyond = true,
                    "did" | "everyone_did" | "how_many_did" => seen.passing = true,
                    _ => paths(content, reads, seen),
                }
            }
        }
        Json::List(items) => items.iter().for_each(|item| paths(item, reads, seen)),
        _ => {}
    }
}

/// The path below the data of whoever acts; none for what is built in.
fn acting_path(content: &Json) -> Option<Path> {
    let names: Option<Path> = content.as_list()?.iter().map(|name| Some(Text::from(name.as_text()?))).collect();
    let names = names?;
    let (first, rest) = names.split_first()?;
    let own = rest.first().is_some_and(|name| !["key", "identity", "index"].contains(&&**name));
    (**first == *"actor" && own).then(|| rest.to_vec())
}

/// The path below `_`, of data that a machine keeps.
fn process_path(content: &Json) -> Option<Path> {
    let names: Option<Path> = content.as_list()?.iter().map(|name| Some(Text::from(name.as_text()?))).collect();
    let names = names?;
    let (root, rest) = names.split_first()?;
    let kept = ["vars", "assets", "inputs", "actors"];
    (**root == *"_" && rest.first().is_some_and(|first| kept.contains(&&**first))).then(|| rest.to_vec())
}

impl Expression {
    /// Whether its value holds until something that it reads is written.
    pub fn lasts(&self) -> bool {
        !self.passing
    }

    /// Its value, as far as it can be known.
    pub fn eval(&self, around: &Around<'_>) -> Found {
        let held = match &self.shape {
            Shape::Path(path) => Some(around.values.at(path)),
            Shape::Acting(path) => Some(around.of_actor(path)),
            _ => None,
        };
        if let Some(held) = held.filter(|_| self.rule.is_some()) {
            return match held {
                Known::Value(value) => Found::Value(value),
                Known::Assigned => Found::Unknown { assigned: true },
                Known::Open => Found::Unknown { assigned: false },
            };
        }
        let assigned = self.shape.is_assigned(around);
        let Some(rule) = &self.rule else { return Found::Unknown { assigned } };
        around.missing.set(Missing::Nothing);
        match (rule.eval(around), around.missing.get()) {
            (Ok(value), Missing::Nothing) => Found::Value(value),
            (Err(_), Missing::Nothing) => Found::Error,
            (_, Missing::Value) => Found::Unknown { assigned: true },
            (_, Missing::Presence) => Found::Unknown { assigned },
        }
    }
}

/// What an evaluation asked for and did not get.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Missing {
    Nothing,
    /// A value that is there.
    Value,
    /// Whether there is a value.
    Presence,
}

/// What an evaluation sees.
pub(crate) struct Around<'a> {
    pub values: &'a Values,
    pub shapes: &'a Shapes,
    pub body: &'a Body,
    /// Who acts, by position.
    pub actor: Option<usize>,
    /// Who did what since the state was entered.
    pub did: &'a BTreeSet<(usize, usize, usize)>,
    pub missing: Cell<Missing>,
}

impl Around<'_> {
    fn lack(&self, missing: Missing) -> Value {
        self.missing.set(self.missing.get().max(missing));
        Value::Unassigned
    }

    /// What is known of the data of whoever acts.
    fn of_actor(&self, path: &[Text]) -> Known {
        match self.actor.and_then(|actor| self.shapes.actors.get(actor)) {
            Some(acting) => self.values.at(&[&["actors".into(), Text::clone(acting)], path].concat()),
            None => Known::Open,
        }
    }

    fn known(&self, known: Known) -> Value {
        match known {
            Known::Value(value) => value,
            Known::Assigned => self.lack(Missing::Value),
            Known::Open => self.lack(Missing::Presence),
        }
    }

    fn has_done(&self, actor: usize, action: &str, response: Option<&str>) -> bool {
        self.did.iter().any(|(who, at, given)| {
            let found = self.body.actions.get(*at);
            *who == actor
                && found.is_some_and(|found| {
                    let name = found.responses.get(*given).map(|given| &*given.name);
                    *found.name == *action && (response.is_none() || name == response)
                })
        })
    }

    fn by(&self, action: &str) -> Vec<usize> {
        let found = self.body.actions.iter().find(|found| *found.name == *action);
        found.map(|found| found.by.clone()).unwrap_or_default()
    }
}

impl Environment for Around<'_> {
    fn root(&self, path: &[Text]) -> Value {
        if let [first, actor, key] = path
            && **first == *"actors"
            && **key == *"key"
        {
            return Value::Text(Text::clone(actor));
        }
        self.known(self.values.at(path))
    }

    fn local(&self, name: &str, path: &[Text]) -> Value {
        let acting = self.actor.and_then(|actor| self.shapes.actors.get(actor)).filter(|_| name == "actor");
        match (acting, path.first().map(|first| &**first)) {
            (Some(acting), Some("key")) => Value::Text(Text::clone(acting)),
            (Some(_), Some(_)) => self.known(self.of_actor(path)),
            _ => self.lack(Missing::Presence),
        }
    }

    fn did(&self, who: &str, action: &str, response: Option<&str>) -> bool {
        let actor = match who {
            "actor" => self.actor,
            name => self.shapes.actors.iter().position(|actor| **actor == *name),
        };
        actor.is_some_and(|actor| self.has_done(actor, action, response))
    }

    fn everyone_did(&self, action: &str, response: Option<&str>) -> bool {
        self.by(action).into_iter().all(|actor| self.has_done(actor, action, response))
    }

    fn how_many_did(&self, action: &str, response: Option<&str>) -> i64 {
        let count = self.by(action).into_iter().filter(|actor| self.has_done(*actor, action, response)).count();
        i64::try_from(count).unwrap_or(i64::MAX)
    }
}
