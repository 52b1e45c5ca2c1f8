//! From the canonical form of a scenario (language §2.6) to its machines.

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::Text;

use crate::tree::{Action, Body, Effect, EffectKind, Goto, Outcome, Response, Start, State, Tree, Trigger, Way};

/// Most machines of a scenario, sub-scenarios within sub-scenarios included.
const BODIES_MAX: usize = 200;

/// Reads a canonical form; none if it is not one, or names a sub-scenario that is not in it.
pub(crate) fn read(canonical: &Json) -> Option<Tree> {
    let mut reader = Reader { bodies: Vec::new(), sent: Vec::new() };
    reader.body(canonical, &[])?;
    let bodies: Option<Vec<Body>> = reader.bodies.into_iter().collect();
    let names = |key: &str| canonical.get(key).and_then(Json::as_map).cloned().unwrap_or_default();
    Some(Tree {
        bodies: bodies?,
        sent: reader.sent,
        calendars: names("calendars").keys().map(|name| Text::from(name.as_str())).collect(),
        types: names("types"),
    })
}

struct Reader {
    /// None while one is read.
    bodies: Vec<Option<Body>>,
    sent: Vec<String>,
}

/// Sub-scenarios that can be named, innermost first.
type Known<'a> = [BTreeMap<&'a str, usize>];

/// What the parts of one machine need to be read.
struct Around<'a> {
    json: &'a Json,
    actors: Vec<&'a str>,
    states: Vec<&'a str>,
    actions: Vec<&'a str>,
    known: &'a Known<'a>,
}

impl Reader {
    /// Reads one machine and those in it.
    fn body<'a>(&mut self, json: &'a Json, outer: &Known<'a>) -> Option<usize> {
        let position = self.bodies.len();
        if position >= BODIES_MAX {
            return None;
        }
        self.bodies.push(None);
        let mut own = BTreeMap::new();
        let members: Vec<(&str, &Json)> = members(json, "scenarios").collect();
        // A sub-scenario may start its siblings: their positions are known before any is read.
        let first = self.bodies.len();
        let mut next = first;
        for (name, inner) in &members {
            own.insert(*name, next);
            next = next.saturating_add(count(inner));
        }
        let mut known = vec![own];
        known.extend(outer.iter().cloned());
        for (_, inner) in members {
            self.body(inner, &known)?;
        }
        let around = Around {
            json,
            actors: names(json, "actors"),
            states: names(json, "states"),
            actions: names(json, "actions"),
            known: &known,
        };
        let body = self.parts(&around)?;
        *self.bodies.get_mut(position)? = Some(body);
        Some(position)
    }

    fn parts(&mut self, around: &Around<'_>) -> Option<Body> {
        let json = around.json;
        let schema = |(name, part): (&str, &Json)| (Text::from(name), part.get("schema").cloned());
        let assets = members(json, "assets").map(|(name, part)| match part.get("many") {
            // Of a list, nothing is known of its items.
            Some(_) => (Text::from(name), part.get("schema").cloned().map(list_of)),
            None => schema((name, part)),
        });
        let groups = members(json, "actors").filter(|(_, part)| part.get("many").is_some());
        let actions: Option<Vec<Action>> =
            members(json, "actions").map(|(name, part)| self.action(around, name, part)).collect();
        let actions = actions?;
        let states: Option<Vec<State>> =
            members(json, "states").map(|(name, part)| self.state(around, &actions, name, part)).collect();
        Some(Body {
            initial: position(&around.states, json.get("initial")?.as_text()?)?,
            actors: members(json, "actors").map(schema).collect(),
            groups: groups.map(|(name, _)| Text::from(name)).collect(),
            assets: assets.filter_map(|(name, schema)| Some((name, schema?))).collect(),
            vars: json.get("vars").cloned(),
            inputs: json.get("inputs").cloned(),
            actions,
            states: states?,
        })
    }

    fn action(&mut self, around: &Around<'_>, name: &str, json: &Json) -> Option<Action> {
        let responses = members(json, "responses");
        let responses: Option<Vec<Response>> = responses
            .map(|(name, part)| {
                let effects = self.effects(around, part)?;
                Some(Response { name: name.into(), schema: part.get("schema").cloned(), effects })
            })
            .collect();
        Some(Action {
            name: name.into(),
            by: actors(around, json.get("by")?)?,
            runs: json.get("run").is_some(),
            condition: json.get("if").cloned(),
            responses: responses?,
        })
    }

    fn state(&mut self, around: &Around<'_>, actions: &[Action], name: &str, json: &Json) -> Option<State> {
        let outcome = match json.get("final").and_then(Json::as_text) {
            Some("success") => Some(Outcome::Success),
            Some("failure") => Some(Outcome::Failure),
            Some(_) => Some(Outcome::Cancelled),
            None => None,
        };
        let starts: Option<Vec<Start>> = list(json, "start").iter().map(|part| start(around, part)).collect();
        let ways: Option<Vec<Way>> =
            list(json, "transitions").iter().map(|part| self.way(around, actions, part)).collect();
        Some(State { name: name.into(), outcome, effects: self.effects(around, json)?, starts: starts?, ways: ways? })
    }

    fn way(&mut self, around: &Around<'_>, actions: &[Action], json: &Json) -> Option<Way> {
        let trigger = if let Some(on) = json.get("on") {
            let items = on.as_list()?.iter();
            let named: Option<Vec<Vec<(usize, usize)>>> = items.map(|item| responses(around, actions, item)).collect();
            let mut responses: Vec<(usize, usize)> = named?.into_iter().flatten().collect();
            responses.sort_unstable();
            responses.dedup();
            Trigger::On(responses)
        } else if let Some(when) = json.get("when") {
            Trigger::When(when.clone())
        } else if let Some(signal) = json.get("signal") {
            Trigger::Signal(signal.as_text()?.to_owned())
        } else {
            Trigger::Timer(json.get("at").cloned())
        };
        let goto = match json.get("goto")?.as_text()? {
            "stay" => Goto::Stay,
            name => Goto::State(position(&around.states, name)?),
        };
        let by = match json.get("by") {
            Some(by) => Some(actors(around, by)?),
            None => None,
        };
        let words = words(json);
        Some(Way { words, trigger, by, condition: json.get("if").cloned(), effects: self.effects(around, json)?, goto })
    }

    fn effects(&mut self, around: &Around<'_>, json: &Json) -> Option<Vec<Effect>> {
        list(json, "do").iter().map(|part| self.effect(around, part)).collect()
    }

    fn effect(&mut self, around: &Around<'_>, json: &Json) -> Option<Effect> {
        let path = |key: &str| {
            let written = json.get(key)?.as_text()?;
            countersign_rules::parse_path(written, countersign_rules::Place::Process).ok().map(without_root)
        };
        let kind = if let Some(path) = path("set") {
            EffectKind::Set(path, json.get("to")?.clone())
        } else if let Some(path) = path("append") {
            EffectKind::Append(path, json.get("item")?.clone())
        } else if let Some(path) = path("merge").or_else(|| path("into")) {
            EffectKind::Touch(path)
        } else if let Some(part) = json.get("start") {
            let mut start = start(around, part)?;
            start.maybe |= json.get("if").is_some();
            EffectKind::Start(start)
        } else if let Some(child) = json.get("cancel").and_then(Json::as_text) {
            EffectKind::Cancel(child.into())
        } else {
            self.sent.extend(json.get("signal").and_then(Json::as_text).map(str::to_owned));
            EffectKind::Other
        };
        Some(Effect { condition: json.get("if").cloned(), kind })
    }
}

/// The trigger of a transition in the words of the language.
fn words(json: &Json) -> String {
    let text = |tree: &Json| match tree.as_text() {
        Some(text) => text.to_owned(),
        None => {
            let expr = countersign_rules::Expr::from_tree(tree, countersign_rules::Place::Process);
            expr.map(|expr| expr.to_text()).unwrap_or_default()
        }
    };
    if let Some(on) = json.get("on").and_then(Json::as_list) {
        return format!("on {}", on.iter().filter_map(Json::as_text).collect::<Vec<_>>().join(", "));
    }
    if let Some(count) = json.get("after").and_then(|after| after.get("business_days")) {
        return format!("after {} business days", text(count));
    }
    let keys = ["when", "after", "at", "every", "signal"].into_iter();
    let mut found = keys.filter_map(|key| Some(format!("{key} {}", text(json.get(key)?))));
    found.next().unwrap_or_default()
}

/// How many machines stand in a body, itself included.
fn count(json: &Json) -> usize {
    members(json, "scenarios").fold(1_usize, |sum, (_, inner)| sum.saturating_add(count(inner)))
}

fn start(around: &Around<'_>, json: &Json) -> Option<Start> {
    let scenario = json.get("scenario")?.as_text()?;
    let body = around.known.iter().find_map(|level| level.get(scenario))?;
    Some(Start {
        child: json.get("child")?.as_text()?.into(),
        body: *body,
        own: json.get("own").and_then(Json::as_bool) == Some(true),
        maybe: json.get("if").is_some() || json.get("for").is_some(),
    })
}

/// `action` or `action.response`, as positions.
fn responses(around: &Around<'_>, actions: &[Action], item: &Json) -> Option<Vec<(usize, usize)>> {
    let written = item.as_text()?;
    let (action, response) = written.split_once('.').map_or((written, None), |(action, name)| (action, Some(name)));
    let at = position(&around.actions, action)?;
    let known = &actions.get(at)?.responses;
    match response {
        None => Some((0..known.len()).map(|response| (at, response)).collect()),
        Some(name) => Some(vec![(at, known.iter().position(|known| *known.name == *name)?)]),
    }
}

fn actors(around: &Around<'_>, json: &Json) -> Option<Vec<usize>> {
    json.as_list()?.iter().map(|name| position(&around.actors, name.as_text()?)).collect()
}

fn position(names: &[&str], name: &str) -> Option<usize> {
    names.binary_search(&name).ok()
}

/// `_.vars.x` and `vars.x` are one path.
fn without_root(mut path: Vec<Text>) -> Vec<Text> {
    if path.first().is_some_and(|first| **first == *"_") {
        path.remove(0);
    }
    path
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json.get(key).and_then(Json::as_list).unwrap_or_default()
}

fn members<'a>(json: &'a Json, key: &str) -> impl Iterator<Item = (&'a str, &'a Json)> + use<'a> {
    json.get(key).and_then(Json::as_map).into_iter().flatten().map(|(name, part)| (name.as_str(), part))
}

/// Names of a map, ascending as the map is.
fn names<'a>(json: &'a Json, key: &str) -> Vec<&'a str> {
    members(json, key).map(|(name, _)| name).collect()
}

/// The schema of a list of such items.
fn list_of(items: Json) -> Json {
    Json::map([("items", items), ("type", Json::text("array"))])
}
