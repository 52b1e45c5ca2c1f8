//! A deviation as a document: merged into the scenario that it deviates from, checked there, and taken out again.

use countersign_codec::Json;

use super::data::named_classes;
use super::{Builder, Family, Members, Shared, compile};
use crate::change::merge_vars;
use crate::finding::{Finding, Place, Report, did_you_mean};
use crate::scenario::Scenario;
use crate::tree::{Key, Kind, Node};
use crate::{shape, source};

/// Where what came with the agreed scenario stands: findings there are not about the deviation.
const ELSEWHERE: Place = Place { line: 0, column: 0 };
/// Maps of names to which a deviation adds.
const ADDED: [&str; 3] = ["actions", "clauses", "states"];

/// The canonical form of a deviation, and the warnings about it.
pub(crate) fn check_deviation(bytes: &[u8], of: &Scenario) -> Result<(Json, Vec<Finding>), Vec<Finding>> {
    let node = source::read(bytes).map_err(|finding| vec![finding])?;
    let mut report = Report::default();
    shape::check(&node, &shape::DEVIATION, &mut report);
    agrees(&node, of, &mut report);
    adds_names(&node, of, &mut report);
    leaves_states(&node, of, &mut report);
    if report.has_errors() {
        return Err(report.finish());
    }
    let base = Node::from_json(of.canonical(), ELSEWHERE);
    let vars = own_vars(&node, &base, &mut report);
    let merged = merged(base, &node, vars.as_ref());
    let (parts, mut report) = compile(&merged, report);
    report.drop_analysis_at(ELSEWHERE);
    leads_back(&node, of, &mut report);
    let canonical = parts.map(|parts| taken_out(&node, vars, &parts.canonical));
    if let Some(canonical) = &canonical {
        brings_no_personal(&node, canonical, &mut report);
    }
    match canonical {
        Some(canonical) if !report.has_errors() => Ok((canonical, report.finish())),
        _ if report.has_errors() => Err(report.finish()),
        _ => {
            report.add("E106", node.place, "the deviation must be complete");
            Err(report.finish())
        }
    }
}

/// Whether a change is about this scenario, and written in its language.
pub(super) fn agrees(node: &Node, of: &Scenario, report: &mut Report) {
    if let Some(named) = node.get("of")
        && let Some(name) = named.as_text().filter(|name| *name != of.name())
    {
        let message = format!("no scenario is called `{name}` here; what runs is `{}`", of.name());
        report.add("E201", named.place, message);
    }
    if let Some(written) = node.get("language")
        && written.as_text().is_some_and(|language| language != of.language())
    {
        let message = format!("`language` must be `{}`, that of the scenario", of.language());
        report.add("E106", written.place, message);
    }
}

fn members<'n>(node: &'n Node, key: &str) -> &'n [(Key, Node)] {
    node.get(key).and_then(Node::as_map).unwrap_or_default()
}

/// The map of names of a scenario in canonical form.
fn names_of<'j>(canonical: &'j Json, section: &str) -> Option<&'j Members> {
    let named = canonical.get(section);
    if section == "vars" { named?.get("properties")?.as_map() } else { named?.as_map() }
}

/// E202 for names that the scenario has.
fn adds_names(node: &Node, of: &Scenario, report: &mut Report) {
    for section in ADDED.into_iter().chain(["vars"]) {
        let Some(known) = names_of(of.canonical(), section) else { continue };
        let written = match node.get(section) {
            Some(vars) if section == "vars" && super::data::is_record_schema(vars) => members(vars, "properties"),
            _ => members(node, section),
        };
        for (key, _) in written.iter().filter(|(key, _)| known.contains_key(&key.text)) {
            let message = format!("`{}` is taken: a deviation adds names, it redefines none", key.text);
            report.add("E202", key.place, message);
        }
    }
}

/// E201 for states to leave that the scenario has not, E106 for final ones.
fn leaves_states(node: &Node, of: &Scenario, report: &mut Report) {
    for (key, _) in members(node, "leaves") {
        match of.0.root.state(&key.text) {
            None => {
                let near = did_you_mean(&key.text, of.states());
                report.add("E201", key.place, format!("no state is called `{}`{near}", key.text));
            }
            Some(state) if state.outcome.is_some() => {
                report.add("E106", key.place, format!("leaves must name states that are not final, `{}` is", key.text));
            }
            Some(_) => {}
        }
    }
}

/// E302 unless some transition leads to a state of the scenario.
fn leads_back(node: &Node, of: &Scenario, report: &mut Report) {
    let leaving = members(node, "leaves").iter().flat_map(|(_, list)| list.as_list().unwrap_or_default());
    let own = members(node, "states").iter();
    let own = own.flat_map(|(_, state)| state.get("transitions").and_then(Node::as_list).unwrap_or_default());
    let back = |transition: &Node, stays: bool| {
        let target = transition.get("goto").and_then(Node::as_text);
        target.is_some_and(|target| of.0.root.state(target).is_some() || (stays && target == "stay"))
    };
    if !leaving
        .map(|transition| (transition, true))
        .chain(own.map(|one| (one, false)))
        .any(|(one, stays)| back(one, stays))
    {
        let place = node.member("leaves").map_or(node.place, |(key, _)| key.place);
        report.add("E302", place, format!("the deviation leads back to no state of `{}`", of.name()));
    }
}

/// E201 for a class of personal data that the deviation names. Its actions and variables are forgotten once it is over;
/// then nobody could tell any more whose data they brought, so all classes are those of the scenario and its own names.
fn brings_no_personal(node: &Node, canonical: &Json, report: &mut Report) {
    let place = |section: &str, name: &str| {
        members(node, section).iter().find(|(key, _)| key.text == name).map_or(node.place, |(key, _)| key.place)
    };
    let mut classes: Vec<(Place, String)> = Vec::new();
    for (name, action) in canonical.get("actions").and_then(Json::as_map).into_iter().flatten() {
        let responses = action.get("responses").and_then(Json::as_map).into_iter().flat_map(Members::values);
        for response in responses {
            let files = response.get("attachments").and_then(Json::as_map).into_iter().flat_map(Members::values);
            let of_files = files.filter_map(|file| file.get("personal").and_then(Json::as_text).map(str::to_owned));
            let of_data = response.get("schema").map(named_classes).unwrap_or_default();
            classes.extend(of_files.chain(of_data).map(|class| (place("actions", name), class)));
        }
    }
    let vars = canonical.get("vars").and_then(|vars| vars.get("properties")).and_then(Json::as_map);
    for (name, schema) in vars.into_iter().flatten() {
        classes.extend(named_classes(schema).into_iter().map(|class| (place("vars", name), class)));
    }
    for (place, class) in classes {
        let message = format!("no data class is called `{class}` in a deviation: it brings no personal data");
        report.add("E201", place, message);
    }
}

/// The variables of the deviation as the schema of their record.
fn own_vars(node: &Node, base: &Node, report: &mut Report) -> Option<Json> {
    let vars = node.get("vars")?;
    let mut doc = base.clone();
    put(&mut doc, "vars", vars.clone());
    let family = Family::of(&doc, report);
    let mut builder = Builder::new(&family, 0, std::mem::take(report), Shared::default());
    builder.types = builder.named_types();
    let mut canonical = Members::new();
    builder.record_of("vars", &mut canonical);
    *report = builder.report;
    canonical.remove("vars")
}

fn put(doc: &mut Node, name: &str, value: Node) {
    let Kind::Map(members) = &mut doc.kind else { return };
    match members.iter_mut().find(|(key, _)| key.text == name) {
        Some((_, known)) => *known = value,
        None => members.push((Key { place: value.place, text: name.to_owned() }, value)),
    }
}

fn map_at<'n>(doc: &'n mut Node, name: &str, place: Place) -> Option<&'n mut Vec<(Key, Node)>> {
    if doc.get(name).is_none() {
        put(doc, name, Node { place, kind: Kind::Map(Vec::new()) });
    }
    let Kind::Map(members) = &mut doc.kind else { return None };
    let (_, node) = members.iter_mut().find(|(key, _)| key.text == name)?;
    // What is wrong with all of them together is the fault of the deviation.
    node.place = place;
    match &mut node.kind {
        Kind::Map(members) => Some(members),
        _ => None,
    }
}

/// The scenario with the deviation in it, each part at its place.
fn merged(mut doc: Node, deviation: &Node, vars: Option<&Json>) -> Node {
    doc.place = deviation.place;
    for section in ADDED {
        let Some(added) = deviation.get(section) else { continue };
        if let Some(into) = map_at(&mut doc, section, added.place) {
            into.extend(added.as_map().unwrap_or_default().iter().cloned());
        }
    }
    if let (Some(vars), Some(written)) = (vars, deviation.get("vars")) {
        let known = doc.get("vars").map(Node::to_json);
        let vars = known.map_or_else(|| vars.clone(), |known| merge_vars(&known, vars));
        put(&mut doc, "vars", Node::from_json(&vars, written.place));
    }
    let Some(leaves) = deviation.get("leaves") else { return doc };
    let Some(states) = map_at(&mut doc, "states", leaves.place) else { return doc };
    for (name, added) in leaves.as_map().unwrap_or_default() {
        let Some((_, state)) = states.iter_mut().find(|(key, _)| key.text == name.text) else { continue };
        let transitions = state.get("transitions").and_then(Node::as_list).unwrap_or_default();
        let all = added.as_list().unwrap_or_default().iter().chain(transitions).cloned().collect();
        put(state, "transitions", Node { place: added.place, kind: Kind::List(all) });
    }
    doc
}

/// What a merged scenario has of the deviation, in canonical form.
fn taken_out(node: &Node, vars: Option<Json>, merged: &Json) -> Json {
    let mut canonical = heading(node);
    for section in ADDED {
        let own = members(node, section).iter().filter_map(|(key, _)| {
            let part = merged.get(section)?.get(&key.text)?;
            Some((key.text.clone(), part.clone()))
        });
        super::put_map(&mut canonical, section, own.collect());
    }
    canonical.extend(vars.map(|vars| ("vars".to_owned(), vars)));
    let leaves = members(node, "leaves").iter().filter_map(|(key, list)| {
        let transitions = merged.get("states")?.get(&key.text)?.get("transitions")?.as_list()?;
        let own = transitions.iter().take(list.as_list().map_or(0, <[Node]>::len)).cloned();
        Some((key.text.clone(), Json::List(own.collect())))
    });
    canonical.insert("leaves".into(), Json::Map(leaves.collect()));
    Json::Map(canonical)
}

/// What every change says of itself, in canonical form.
pub(super) fn heading(node: &Node) -> Members {
    let mut canonical = Members::new();
    super::data::copy(node, &["scenario", "name", "version", "language", "of"], &mut canonical);
    let language = node.get("language").and_then(Node::as_text).unwrap_or_default();
    for key in ["title", "description"] {
        let Some(words) = node.get(key) else { continue };
        let words = match words.as_text() {
            Some(text) => Json::map([(language, Json::text(text))]),
            None => words.to_json(),
        };
        canonical.insert(key.to_owned(), words);
    }
    canonical
}
