//! From a document to a [`Scenario`]: names resolved, expressions compiled, canonical form written (language §2.6).

mod actions;
mod actors;
mod calendars;
mod changes;
mod children;
mod classes;
mod data;
mod deviation;
mod expressions;
mod family;
mod guests;
mod names;
mod proofs;
mod states;
mod synchronise;
mod system;
mod texts;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_rules::{Calendar, Kind as TypeKind, Place as RulesPlace, Scope, Text, Type};

use crate::change::{DEVIATION_FORMAT, UPDATE_FORMAT};
use crate::finding::{Finding, Place, Report};
use crate::scenario::{Action, Actor, Actors, Body, Comments, Parts, Scenario, Signal};
use crate::tree::Node;
use crate::{analysis, shape, source};

pub(crate) use deviation::check_deviation;
use family::Family;
pub(crate) use names::Names;
pub(crate) use update::check_update;

/// See [`Scenario::load`].
pub(crate) fn load(bytes: &[u8]) -> Result<(Scenario, Vec<Finding>), Vec<Finding>> {
    let node = source::read(bytes).map_err(|finding| vec![finding])?;
    let mut report = Report::default();
    if let Some((key, value)) = node.member("scenario")
        && let Some(format @ (DEVIATION_FORMAT | UPDATE_FORMAT)) = value.as_text()
    {
        let message = format!("`{format}` is a change: it is checked together with the scenario that it changes");
        report.add("E106", key.place, message);
        return Err(report.finish());
    }
    shape::check(&node, &shape::SCENARIO, &mut report);
    match compile(&node, report) {
        (Some(parts), report) if !report.has_errors() => Ok((Scenario(Arc::new(parts)), report.finish())),
        (None, mut report) if !report.has_errors() => {
            report.add("E106", node.place, "the scenario must be complete");
            Err(report.finish())
        }
        (_, report) => Err(report.finish()),
    }
}

/// Compiles a document whose shape is sound, and analyses it.
fn compile(doc: &Node, mut report: Report) -> (Option<Parts>, Report) {
    let family = Family::of(doc, &mut report);
    match below(&family, report, true) {
        Ok(mut builder) => {
            let built = builder.body();
            builder.analyse(built.as_ref());
            parts(doc, built, builder.report)
        }
        Err(report) => (None, report),
    }
}

/// Compiles the canonical form of a scenario as it runs; parts of it may be out of reach. None if it has an error.
pub(crate) fn running(canonical: &Json) -> Option<Parts> {
    let doc = Node::from_json(canonical, Place::START);
    let mut report = Report::default();
    let family = Family::of(&doc, &mut report);
    let mut builder = below(&family, report, false).ok()?;
    let built = builder.body();
    let (parts, report) = parts(&doc, built, builder.report);
    parts.filter(|_| !report.has_errors())
}

/// Compiles all bodies but the root, each after those that it starts. What remains is the root.
fn below<'a>(family: &'a Family<'a>, mut report: Report, analyse: bool) -> Result<Builder<'a>, Report> {
    let Some(order) = family.order(&mut report) else { return Err(report) };
    let mut shared = Shared::default();
    shared.built.resize_with(family.bodies.len(), || None);
    let mut builder = Builder::new(family, 0, report, shared);
    builder.shared_calendars();
    for own in order.into_iter().filter(|own| *own != 0) {
        builder = Builder::new(family, own, builder.report, builder.shared);
        let built = builder.body();
        if analyse {
            builder.analyse(built.as_ref());
        }
        if let Some(slot) = builder.shared.built.get_mut(own) {
            *slot = built;
        }
    }
    Ok(Builder::new(family, 0, builder.report, builder.shared))
}

/// What the root makes of the document.
fn parts(doc: &Node, root: Option<Built>, mut report: Report) -> (Option<Parts>, Report) {
    let Some(Built { body, canonical }) = root else { return (None, report) };
    if let Err(error) = Json::parse(&canonical.canonical(), source::JSON_LIMITS) {
        // What was accepted as a document must be accepted again in canonical form.
        report.add("E107", doc.place, format!("the canonical form is too large or too deep: {error}"));
    }
    let Some(name) = doc.get("name").and_then(Node::as_text) else { return (None, report) };
    let digest = *Digest::of(&canonical.canonical()).bytes();
    (Some(Parts { digest, canonical, name: name.to_owned(), root: body }), report)
}

/// A body that was compiled, and its canonical form.
#[derive(Debug)]
pub(crate) struct Built {
    pub body: Arc<Body>,
    pub canonical: Json,
}

/// What the bodies of a document have in common while they are compiled one after the other.
#[derive(Default)]
pub(crate) struct Shared {
    /// By position in the family; none if it is not compiled yet, or cannot be.
    built: Vec<Option<Built>>,
    /// Those of the document, ascending by name; none if one has an error.
    calendars: Option<Arc<Vec<(Text, Calendar)>>>,
    calendars_written: Members,
    /// What the data of each signal look like, and where that stands.
    signals: BTreeMap<String, (Json, Place)>,
    /// How many transitions there are so far.
    transitions: usize,
    /// What the canonical form of transitions takes so far.
    transition_bytes: usize,
    /// How many responses transitions name so far.
    responses_named: usize,
}

/// Members of a map of the canonical form.
pub(crate) type Members = BTreeMap<String, Json>;

/// What an expression sees beside the process, by the name of the local.
pub(crate) type Sight = BTreeMap<Text, Type>;

/// What is known of the document while its parts are compiled.
pub(crate) struct Builder<'a> {
    family: &'a Family<'a>,
    /// Which body it is.
    own: usize,
    doc: &'a Node,
    report: Report,
    shared: Shared,
    language: String,
    names: Names<'a>,
    types: BTreeMap<String, Json>,
    /// The type of `_`, once actors, assets, vars and inputs are known.
    root: Type,
    /// The process as expressions see it, without locals; made when it is first asked for.
    base: Option<Scope>,
    /// What `actor` is, by position.
    actor_types: Vec<BTreeMap<Text, Type>>,
    actors: Vec<Actor>,
    actions: Vec<Action>,
    lines: Vec<analysis::StateLines>,
    calendars: BTreeSet<Text>,
    descriptions: Vec<Node>,
    children: Vec<children::ChildName>,
    signals: Vec<Signal>,
    /// Where expressions stand.
    place: RulesPlace,
}

impl<'a> Builder<'a> {
    fn new(family: &'a Family<'a>, own: usize, report: Report, shared: Shared) -> Self {
        let root = family.node(0);
        let doc = family.node(own);
        let calendars = root.get("calendars").and_then(Node::as_map).unwrap_or_default();
        Self {
            family,
            own,
            doc,
            report,
            shared,
            language: root.get("language").and_then(Node::as_text).unwrap_or("en").to_owned(),
            names: Names::of(doc),
            types: BTreeMap::new(),
            root: Type::of(TypeKind::Any),
            base: None,
            actor_types: Vec::new(),
            actors: Vec::new(),
            actions: Vec::new(),
            lines: Vec::new(),
            calendars: calendars.iter().map(|(key, _)| key.text.as_str().into()).collect(),
            descriptions: Vec::new(),
            children: Vec::new(),
            signals: Vec::new(),
            place: RulesPlace::Process,
        }
    }

    /// Reports what can be said without running it.
    fn analyse(&mut self, built: Option<&Built>) {
        if !self.report.blocks_analysis() {
            analysis::check(&self.lines, &self.names, &mut self.report);
            if let Some(built) = built {
                analysis::warn(self.doc, &built.body, &self.lines, &mut self.report);
            }
        }
    }

    fn body(&mut self) -> Option<Built> {
        let mut canonical = Members::new();
        for key in ["scenario", "name", "version", "language", "ui", "initial"] {
            if let Some(value) = self.doc.get(key) {
                canonical.insert(key.into(), value.to_json());
            }
        }
        let changes = self.changes(&mut canonical);
        self.child_names();
        let types = self.named_types();
        self.types = types;
        put_map(&mut canonical, "types", self.types.clone());
        let vars = self.record_of("vars", &mut canonical);
        let inputs = self.record_of("inputs", &mut canonical);
        let assets = self.assets(&mut canonical);
        let actors_ready = self.all_actors(&mut canonical);
        let signals_ready = self.all_signals(&mut canonical);
        let (vars, inputs, assets) = (vars?, inputs?, assets?);
        self.root = self.root_type(&vars, &inputs, &assets);
        self.base = None;
        let title = self.title(self.doc, &mut canonical);
        self.description(self.doc, &mut canonical);
        let clauses = self.clauses(&mut canonical);
        let actions_ready = self.all_actions(&mut canonical);
        if self.own == 0 {
            put_map(&mut canonical, "calendars", self.shared.calendars_written.clone());
        }
        self.inner_bodies(&mut canonical);
        let classes = self.data_classes(&mut canonical);
        let states = self.all_states(&mut canonical);
        let result = self.result(&mut canonical);
        let comments = self.comments(&mut canonical);
        let initial = self.initial();
        self.all_descriptions();
        let (calendars, classes, states, result) = (self.shared.calendars.clone()?, classes?, states?, result?);
        if !(actors_ready && actions_ready && signals_ready) {
            return None;
        }
        let body = Body {
            invites: crate::guests::invites(&self.actions, &states),
            title: title?,
            language: self.language.clone(),
            clauses,
            actors: std::mem::take(&mut self.actors),
            assets,
            vars,
            inputs,
            calendars,
            classes,
            actions: std::mem::take(&mut self.actions),
            states,
            initial: initial?,
            result,
            comments,
            changes,
            types: Some(Json::Map(self.types.clone()))
                .filter(|types| types.as_map().is_some_and(|types| !types.is_empty())),
            children: self.child_kinds()?,
            signals: std::mem::take(&mut self.signals),
        };
        Some(Built { body: Arc::new(body), canonical: Json::Map(canonical) })
    }

    /// The canonical forms of the bodies that stand in this one.
    fn inner_bodies(&mut self, canonical: &mut Members) {
        let inner = self.family.bodies.get(self.own).map(|body| &body.inner);
        let built = |position: usize| self.shared.built.get(position)?.as_ref();
        let written = inner
            .into_iter()
            .flatten()
            .filter_map(|(name, position)| Some(((*name).to_owned(), built(*position)?.canonical.clone())));
        put_map(canonical, "scenarios", written.collect());
    }

    fn initial(&mut self) -> Option<usize> {
        let node = self.doc.get("initial")?;
        self.state_named(node)
    }

    fn comments(&mut self, canonical: &mut Members) -> Option<Comments> {
        /// Most bytes of a comment unless said otherwise.
        const COMMENT_BYTES_MAX: i64 = 65_536;
        let everyone = self.everyone();
        let default = Comments { by: everyone, media: vec!["text/plain".into()], bytes_max: COMMENT_BYTES_MAX };
        let Some(node) = self.doc.get("comments") else { return Some(default) };
        if node.as_text() == Some("none") {
            canonical.insert("comments".into(), Json::text("none"));
            return None;
        }
        let by = node.get("by").map_or(everyone, |by| self.actors_named(by));
        let media = node
            .get("media")
            .and_then(Node::as_list)
            .map(|items| items.iter().filter_map(Node::as_text).map(str::to_owned).collect());
        let bytes_max = node.get("max_bytes").and_then(|node| node.to_json().as_int());
        let comments = Comments {
            by,
            media: media.unwrap_or_else(|| default.media.clone()),
            bytes_max: bytes_max.unwrap_or(COMMENT_BYTES_MAX),
        };
        if comments != default {
            let mut members = Members::new();
            members.insert("by".into(), self.names_of(by));
            if comments.media != default.media {
                let media = comments.media.iter().map(Json::text).collect();
                members.insert("media".into(), Json::List(media));
            }
            if comments.bytes_max != COMMENT_BYTES_MAX {
                members.insert("max_bytes".into(), Json::Int(comments.bytes_max));
            }
            canonical.insert("comments".into(), Json::Map(members));
        }
        Some(comments)
    }

    fn everyone(&self) -> Actors {
        let mut everyone = Actors::default();
        (0..self.names.actors.len()).for_each(|actor| everyone.add(actor));
        everyone
    }

    /// What an expression sees beside the process.
    fn scope(&self, locals: impl IntoIterator<Item = (&'static str, Type)>) -> Sight {
        locals.into_iter().map(|(name, kind)| (Text::from(name), kind)).collect()
    }

    /// Does something with the process and these locals in scope. The names in scope are put together once.
    fn with_scope<T>(&mut self, locals: &Sight, work: impl FnOnce(&Scope) -> T) -> T {
        let mut scope = match self.base.take() {
            Some(scope) => scope,
            None => self.base_scope(),
        };
        scope.locals = locals.clone();
        let done = work(&scope);
        self.base = Some(scope);
        done
    }

    fn base_scope(&self) -> Scope {
        let mut scope = Scope::new(self.place, self.root.clone());
        scope.actors = self.names.actors.iter().map(|name| Text::from(*name)).collect();
        let names = self.names.actions.iter();
        let texts = |names: &[&str]| names.iter().map(|name| Text::from(*name)).collect();
        scope.actions = names.map(|(name, responses)| (Text::from(*name), texts(responses))).collect();
        scope.calendars = self.calendars.clone();
        scope
    }
}

fn put_map(into: &mut Members, key: &str, members: Members) {
    if !members.is_empty() {
        into.insert(key.into(), Json::Map(members));
    }
}
