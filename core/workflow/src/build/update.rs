//! An update as a document: which state becomes which, and what the data become.

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_rules::{Hash, Kind as TypeKind, Place as RulesPlace, Type};

use super::{Family, below, deviation};
use crate::finding::{Finding, Report, did_you_mean};
use crate::scenario::{Effect, Scenario};
use crate::tree::Node;
use crate::{shape, source};

/// The canonical form of an update, its effects, and the warnings about it.
pub(crate) fn check_update(
    bytes: &[u8],
    of: &Scenario,
    to: &Scenario,
) -> Result<(Json, Vec<Effect>, Vec<Finding>), Vec<Finding>> {
    let node = source::read(bytes).map_err(|finding| vec![finding])?;
    let mut report = Report::default();
    shape::check(&node, &shape::UPDATE, &mut report);
    deviation::agrees(&node, of, &mut report);
    names_scenario(&node, to, &mut report);
    maps_states(&node, of, to, &mut report);
    if report.has_errors() {
        return Err(report.finish());
    }
    let mut canonical = deviation::heading(&node);
    super::data::copy(&node, &["to", "states"], &mut canonical);
    let doc = Node::from_json(to.canonical(), node.place);
    let family = Family::of(&doc, &mut report);
    let mut builder = below(&family, report, false).map_err(Report::finish)?;
    builder.body();
    builder.place = RulesPlace::Update;
    builder.base = None;
    let scope = builder.scope([("old", root_of(of)), ("time", Type::of(TypeKind::Timestamp))]);
    let effects = builder.effects(&node, &scope, &mut canonical);
    match (effects, builder.report) {
        (Some(effects), report) if !report.has_errors() => Ok((Json::Map(canonical), effects, report.finish())),
        (_, report) => Err(report.finish()),
    }
}

/// What `old` is: the root of the old process.
fn root_of(of: &Scenario) -> Type {
    let doc = Node::from_json(of.canonical(), crate::finding::Place::START);
    let mut report = Report::default();
    let family = Family::of(&doc, &mut report);
    let Ok(mut builder) = below(&family, report, false) else { return Type::any() };
    builder.body();
    builder.root
}

fn names_scenario(node: &Node, to: &Scenario, report: &mut Report) {
    let Some(written) = node.get("to") else { return };
    let Some(text) = written.as_text() else { return };
    let found = to.digest();
    match Hash::parse(text) {
        None => report.add("E106", written.place, "`to` must be `sha256:` and 64 digits"),
        Some(named) if *named.bytes() != found => {
            let found = Digest::new(found);
            report.add("E204", written.place, format!("the new scenario has hash sha256:{found}, not {text}"));
        }
        Some(_) => {}
    }
}

fn maps_states(node: &Node, of: &Scenario, to: &Scenario, report: &mut Report) {
    let Some(written) = node.get("states") else { return };
    for (key, target) in written.as_map().unwrap_or_default() {
        match of.0.root.state(&key.text) {
            None => {
                let near = did_you_mean(&key.text, of.states());
                report.add("E201", key.place, format!("no state of `{}` is called `{}`{near}", of.name(), key.text));
            }
            Some(state) if state.outcome.is_some() => {
                report.add("E106", key.place, format!("states must be those that are not final, `{}` is", key.text));
            }
            Some(_) => {}
        }
        let Some(name) = target.as_text() else { continue };
        if to.0.root.state(name).is_none() {
            let near = did_you_mean(name, to.states());
            report.add("E201", target.place, format!("no state of `{}` is called `{name}`{near}", to.name()));
        }
    }
    for state in of.0.root.states.iter().filter(|state| state.outcome.is_none()) {
        if written.get(&state.name).is_none() {
            report.add("E105", written.place, format!("states needs `{}`", state.name));
        }
    }
}
