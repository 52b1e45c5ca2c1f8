//! A scenario and a deviation, both in canonical form, make another scenario.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;

/// Maps of names to which a deviation adds.
const ADDED: [&str; 3] = ["actions", "clauses", "states"];

type Members = BTreeMap<String, Json>;

/// The scenario with the names of the deviation, and with its transitions first in the states that it leaves; a spent
/// deviation adds no transitions any more.
pub(super) fn merge(scenario: Json, deviation: &Json, spent: bool) -> Json {
    let Json::Map(mut merged) = scenario else { return scenario };
    for section in ADDED {
        if let Some(added) = deviation.get(section).and_then(Json::as_map) {
            let into = merged.entry(section.to_owned()).or_insert_with(|| Json::Map(Members::new()));
            if let Json::Map(into) = into {
                into.extend(added.iter().map(|(name, part)| (name.clone(), part.clone())));
            }
        }
    }
    if let Some(vars) = deviation.get("vars") {
        let vars = match merged.get("vars") {
            Some(known) => merge_vars(known, vars),
            None => vars.clone(),
        };
        merged.insert("vars".into(), vars);
    }
    let leaves = deviation.get("leaves").and_then(Json::as_map).filter(|_| !spent);
    for (state, added) in leaves.into_iter().flatten() {
        let Some(Json::Map(states)) = merged.get_mut("states") else { continue };
        let Some(Json::Map(state)) = states.get_mut(state) else { continue };
        if let (Some(Json::List(transitions)), Some(added)) = (state.get_mut("transitions"), added.as_list()) {
            transitions.splice(0..0, added.iter().cloned());
        }
    }
    Json::Map(merged)
}

/// The schemas of two records without common members.
pub(crate) fn merge_vars(known: &Json, added: &Json) -> Json {
    let (Some(left), Some(right)) = (known.as_map(), added.as_map()) else { return known.clone() };
    let mut merged = left.clone();
    let properties = |schema: &Members| schema.get("properties").and_then(Json::as_map).cloned().unwrap_or_default();
    let mut all = properties(left);
    all.extend(properties(right));
    merged.insert("properties".into(), Json::Map(all));
    let required = |schema: &Members| schema.get("required").and_then(Json::as_list).unwrap_or_default().to_vec();
    let required: BTreeSet<Json> = required(left).into_iter().chain(required(right)).collect();
    if !required.is_empty() {
        merged.insert("required".into(), Json::List(required.into_iter().collect()));
    }
    if left.contains_key("ui") || right.contains_key("ui") {
        let order = |schema: &Members| {
            let written = schema.get("ui").and_then(|ui| ui.get("order")).and_then(Json::as_list);
            written.map_or_else(|| properties(schema).into_keys().map(Json::Text).collect(), <[Json]>::to_vec)
        };
        let mut ui = left.get("ui").and_then(Json::as_map).cloned().unwrap_or_default();
        ui.insert("order".into(), Json::List(order(left).into_iter().chain(order(right)).collect()));
        merged.insert("ui".into(), Json::Map(ui));
    }
    Json::Map(merged)
}
