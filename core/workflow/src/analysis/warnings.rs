//! What is allowed and may still be a mistake (W6xx).

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;

use crate::analysis::{Line, LineKind, StateLines};
use crate::finding::Report;
use crate::scenario::{ActionKind, Actors, Body, Goto};
use crate::tree::{Kind, Node};

/// Reports the warnings about a scenario that was compiled.
pub(crate) fn warn(doc: &Node, body: &Body, states: &[StateLines], report: &mut Report) {
    unused(doc, body, states, report);
    for (own, state) in states.iter().enumerate().filter(|(_, state)| state.outcome.is_none()) {
        both_hold(state, report);
        none_holds(state, body, report);
        waits_for_ever(state, body, report);
        overtakes(state, body, report);
        leaves_behind(state, report);
        idle_loops(state, own, report);
    }
    if body.assets.is_empty() && doc.get("vars").is_none() {
        return;
    }
    let binding = body.actions.iter().filter(|action| action.kind == ActionKind::Performative);
    // A machine sees nothing: its request is made of the values at that moment.
    for action in binding.filter(|action| action.seen.is_empty() && action.run.is_none()) {
        let message = format!("performative `{}` shows nothing it depends on (`seen`)", action.name);
        report.add("W605", action.place, message);
    }
}

/// W601.
fn unused(doc: &Node, body: &Body, states: &[StateLines], report: &mut Report) {
    let mut words = String::new();
    for (_, value) in doc.as_map().unwrap_or_default() {
        collect(value, &mut words);
    }
    let mut check = |section: &str, kind: &str, used: &dyn Fn(&str) -> bool| {
        let node = doc.get(section);
        // `vars` and `inputs` of a canonical form are the schema of a record.
        let names = node.filter(|node| node.get("type").and_then(Node::as_text) == Some("object"));
        let names = names.and_then(|node| node.get("properties")).or(node);
        for (key, _) in names.and_then(Node::as_map).unwrap_or_default() {
            if !used(&key.text) {
                report.add("W601", key.place, format!("{kind} `{}` is never used", key.text));
            }
        }
    };
    check("assets", "asset", &|name| mentions(&words, &format!("assets.{name}")));
    check("vars", "var", &|name| mentions(&words, &format!("vars.{name}")));
    check("inputs", "input", &|name| mentions(&words, &format!("inputs.{name}")));
    check("calendars", "calendar", &|name| mentions(&words, name));
    check("scenarios", "scenario", &|name| mentions(&words, name));
    check("signals", "signal", &|name| mentions(&words, name));
    check("data_classes", "data class", &|name| mentions(&words, name));
    check("types", "type", &|name| mentions(&words, name));
    let named: BTreeSet<usize> = states
        .iter()
        .flat_map(|state| &state.lines)
        .filter_map(|line| match &line.kind {
            LineKind::On { responses, .. } => Some(responses.iter().map(|(action, _)| *action)),
            _ => None,
        })
        .flatten()
        .collect();
    check("actions", "action", &|name| body.action(name).is_some_and(|(at, _)| named.contains(&at)));
    check("actors", "actor", &|name| {
        let acts = body.actor(name).is_some_and(|(at, _)| {
            body.actions.iter().any(|action| action.by.has(at)) || body.actors.iter().any(|a| a.acts_for == Some(at))
        });
        acts || mentions(&words, name)
    });
}

/// All texts below a node, one a line.
fn collect(node: &Node, words: &mut String) {
    match &node.kind {
        Kind::Text { text, .. } => {
            words.push_str(text);
            words.push('\n');
        }
        Kind::List(items) => items.iter().for_each(|item| collect(item, words)),
        Kind::Map(members) => {
            // The tree of a path is a list of names; as one word it reads as the path it is.
            if let [(found, Node { kind: Kind::List(items), .. })] = members.as_slice()
                && found.text == "path"
            {
                let parts: Vec<&str> = items.iter().filter_map(Node::as_text).filter(|part| *part != "_").collect();
                words.push_str(&parts.join("."));
                words.push('\n');
                return;
            }
            members.iter().for_each(|(_, value)| collect(value, words));
        }
        _ => {}
    }
}

/// Whether a word stands somewhere, not as part of a longer one.
fn mentions(words: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    words.match_indices(word).any(|(at, _)| {
        let before = words.get(..at).and_then(|text| text.chars().next_back());
        let after = words.get(at.saturating_add(word.len())..).and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// W602: two transitions of one trigger, each with its own condition.
fn both_hold(state: &StateLines, report: &mut Report) {
    /// Most earlier transitions compared for one response.
    const COMPARED_MAX: usize = 8;
    let mut guarded: BTreeMap<(usize, usize), Vec<(Actors, &Line)>> = BTreeMap::new();
    for later in state.lines.iter().filter(|line| line.guarded) {
        let LineKind::On { responses, by } = &later.kind else { continue };
        let mut found = None;
        for response in responses {
            let earlier = guarded.entry(*response).or_default();
            let both = |(who, line): &&(Actors, &Line)| !who.intersect(*by).is_empty() && !complementary(line, later);
            found = found.or_else(|| earlier.iter().find(both).map(|(_, line)| *line));
            if earlier.len() < COMPARED_MAX {
                earlier.push((*by, later));
            }
        }
        if let Some(earlier) = found {
            let message =
                format!("lines {} and {} can both hold; the first wins", earlier.place.line, later.place.line);
            report.add("W602", later.place, message);
        }
    }
}

/// Whether one condition is `not` the other.
fn complementary(left: &Line, right: &Line) -> bool {
    let negates = |a: &Line, b: &Line| match (&a.condition, &b.condition) {
        (Some(a), Some(b)) => a.get("not").and_then(|a| a.as_list()).is_some_and(|a| a.first() == Some(b)),
        _ => false,
    };
    negates(left, right) || negates(right, left)
}

/// W603: every transition for a response has a condition, for one of the actors at least.
fn none_holds(state: &StateLines, body: &Body, report: &mut Report) {
    let mut found: BTreeMap<(usize, usize), (Actors, Actors, &Line)> = BTreeMap::new();
    for line in &state.lines {
        let LineKind::On { responses, by } = &line.kind else { continue };
        for response in responses {
            let by = body.actions.get(response.0).map_or(*by, |action| action.by.intersect(*by));
            let (may, sure, _) = found.entry(*response).or_insert((Actors::default(), Actors::default(), line));
            by.iter().for_each(|actor| may.add(actor));
            if !line.guarded {
                by.iter().for_each(|actor| sure.add(actor));
            }
        }
    }
    for ((action, _), (may, sure, line)) in found {
        if !sure.covers(may) {
            let name = body.actions.get(action).map(|action| &*action.name).unwrap_or_default();
            let message = format!("no transition may hold for `{name}`: the response would be rejected");
            report.add("W603", line.place, message);
        }
    }
}

/// W603 for loops: an automatic transition that stays and changes nothing holds for ever once it holds; a timer at a
/// point in time that enters its own state is due again.
fn idle_loops(state: &StateLines, own: usize, report: &mut Report) {
    let when = state.lines.iter().filter(|line| matches!(line.kind, LineKind::When { always: false }));
    for line in when.filter(|line| line.idle && line.goto == Some(Goto::Stay)) {
        report.add("W603", line.place, "this automatic transition changes nothing: it would end as runaway");
    }
    for line in state.lines.iter().filter(|line| line.idle && !line.guarded) {
        let LineKind::Timer(Some(written)) = &line.kind else { continue };
        let again = line.goto.is_some_and(|goto| goto == Goto::State(own));
        if again && written.get("at").is_some_and(|at| !moves_on(at)) {
            report.add("W603", line.place, "once due, this timer is due again at once: it would end as limit");
        }
    }
}

/// Whether a point in time depends on when the state was entered.
fn moves_on(tree: &Json) -> bool {
    match tree {
        Json::List(items) => items.iter().any(moves_on),
        Json::Map(members) => members.iter().any(|(operator, value)| {
            let path: Vec<&str> = value.as_list().unwrap_or_default().iter().filter_map(Json::as_text).collect();
            (operator == "path" && matches!(path.as_slice(), ["time", ..] | ["_", "process", ..])) || moves_on(value)
        }),
        _ => false,
    }
}

/// W611: a way out that does not wait for a child.
fn leaves_behind(state: &StateLines, report: &mut Report) {
    for line in state.lines.iter().filter(|line| matches!(line.goto, Some(Goto::State(_)))) {
        let known = [&line.when, &line.condition];
        let waits = |child: &&String| known.into_iter().flatten().any(|tree| waits_for(tree, child));
        if let Some(child) = state.children.iter().find(|child| !waits(child)) {
            let message = format!("leaving `{}` here cancels unfinished `{child}`", state.name);
            report.add("W611", line.place, message);
        }
    }
}

/// Whether a condition can only hold, as far as its form says, once a child has ended.
fn waits_for(tree: &Json, child: &str) -> bool {
    let Some((operator, value)) = tree.as_map().and_then(|members| members.first_key_value()) else { return false };
    let items = value.as_list().unwrap_or_default();
    match operator.as_str() {
        "all_finished" => true,
        "and" => items.iter().any(|item| waits_for(item, child)),
        "or" => items.iter().all(|item| waits_for(item, child)),
        "==" | "is_assigned" | "path" => reads_end(tree, child),
        _ => false,
    }
}

/// Whether something reads what is known of a child only when it has ended.
fn reads_end(tree: &Json, child: &str) -> bool {
    match tree {
        Json::List(items) => items.iter().any(|item| reads_end(item, child)),
        Json::Map(members) => members.iter().any(|(operator, value)| {
            let path: Vec<&str> = value.as_list().unwrap_or_default().iter().filter_map(Json::as_text).collect();
            let ends = ["finished", "outcome", "result"];
            let read =
                matches!(path.as_slice(), ["_", "children", name, what, ..] if *name == child && ends.contains(what));
            (operator == "path" && read) || reads_end(value, child)
        }),
        _ => false,
    }
}

/// W604: nothing but one actor leads out, and no time limit.
fn waits_for_ever(state: &StateLines, body: &Body, report: &mut Report) {
    let mut leaving = Actors::default();
    // Whoever acts in a child moves on, too.
    if !state.children.is_empty() {
        return;
    }
    for line in &state.lines {
        match &line.kind {
            LineKind::Timer(_) | LineKind::Signal(_) => return,
            LineKind::When { .. } => {}
            LineKind::On { responses, by } => {
                for (action, _) in responses {
                    let may = body.actions.get(*action).map_or(Actors::default(), |action| action.by);
                    may.intersect(*by).iter().for_each(|actor| leaving.add(actor));
                }
            }
        }
    }
    let mut actors = leaving.iter().filter_map(|actor| body.actors.get(actor));
    if let (Some(actor), None) = (actors.next(), actors.next()) {
        let message =
            format!("`{}` can wait for {} for ever (no `after`, `at` or other way out)", state.name, actor.name);
        report.add("W604", state.place, message);
    }
}

/// W608: of two actions that are open together, one goes first in a fork.
fn overtakes(state: &StateLines, body: &Body, report: &mut Report) {
    let mut actions: Vec<usize> = Vec::new();
    for line in &state.lines {
        if let LineKind::On { responses, .. } = &line.kind {
            actions.extend(responses.iter().map(|(action, _)| *action));
        }
    }
    let open: Vec<_> = actions.iter().filter_map(|action| body.actions.get(*action)).collect();
    let lowest = open.iter().min_by_key(|action| action.priority);
    let highest = open.iter().max_by_key(|action| action.priority);
    if let (Some(lowest), Some(highest)) = (lowest, highest)
        && highest.priority > lowest.priority
        && let Some(actor) = highest.by.iter().filter_map(|actor| body.actors.get(actor)).next()
    {
        let message = format!("priority lets {} overtake `{}` with `{}`", actor.name, lowest.name, highest.name);
        report.add("W608", state.place, message);
    }
}
