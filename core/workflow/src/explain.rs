//! `scenario check --explain`: every default that holds because nothing else is written.

use crate::scenario::{Delay, Goto, Joins, Scenario, Trigger};
use crate::tree::Node;
use crate::{source, start, step};

/// Lists the defaults of a document that was loaded as `scenario`, one a line: `{where}: {key} = {value}`.
///
/// Empty if `bytes` are no document.
pub fn explain(bytes: &[u8], scenario: &Scenario) -> String {
    let Ok(doc) = source::read(bytes) else { return String::new() };
    let mut lines = Lines(String::new());
    if doc.get("comments").is_none() {
        lines.add("scenario", "comments", "by everyone, text/plain, at most 65536 bytes");
    }
    if doc.get("changes").is_none() {
        lines.add("scenario", "changes", "all parties agree within P14D, removal none");
    }
    let body = &*scenario.0.root;
    for actor in &body.actors {
        let place = format!("actors.{}", actor.name);
        let written = doc.get("actors").and_then(|actors| actors.get(&actor.name));
        let has = |key: &str| written.is_some_and(|node| node.get(key).is_some());
        if !has("acts_for") {
            lines.add(&place, "acts_for", &actor.name);
        }
        if !has("joins") && actor.joins == Joins::Start {
            lines.add(&place, "joins", "start");
        }
        if !has("priority") {
            lines.add(&place, "priority", "0");
        }
        if !has("many") {
            lines.add(&place, "many", "exactly one");
        }
    }
    for class in scenario.data_classes() {
        let written = doc.get("data_classes").and_then(|classes| classes.get(class.name()));
        if written.is_some_and(|node| node.get("holders").is_none()) {
            lines.add(&format!("data_classes.{}", class.name()), "holders", "everyone");
        }
    }
    for action in &body.actions {
        let place = format!("actions.{}", action.name);
        let Some(written) = doc.get("actions").and_then(|actions| actions.get(&action.name)) else { continue };
        action_defaults(&mut lines, &place, written, action);
    }
    for state in body.states.iter().filter(|state| state.outcome.is_none()) {
        for (index, transition) in state.transitions.iter().enumerate() {
            let place = format!("states.{}.transitions.{index}", state.name);
            if transition.condition.is_none() {
                lines.add(&place, "if", "true");
            }
            let all = (0..body.actors.len()).collect::<Vec<_>>();
            if let Trigger::On { by, .. } = &transition.trigger
                && all.iter().all(|actor| by.has(*actor))
            {
                lines.add(&place, "by", "as the action");
            }
            match &transition.trigger {
                Trigger::At(_) => {
                    lines.add(&place, "at", "once, evaluated anew after each step; a date begins at 00:00 UTC")
                }
                Trigger::Every { .. } => lines.add(&place, "every", "counted from the entry of the state"),
                Trigger::After(Delay::BusinessDays { .. }) => {
                    lines.add(&place, "after", "at the end of the last day, counted from the day after the entry");
                }
                _ => {}
            }
            if transition.goto == Goto::Stay {
                lines.add(&place, "goto stay", "the timers of the state run on, and nothing done is forgotten");
            }
        }
    }
    lines.add("limits", "automatic steps", &step::AUTOMATIC_STEPS_MAX.to_string());
    lines.add("limits", "parties", &start::PARTIES_MAX.to_string());
    lines.0
}

fn action_defaults(lines: &mut Lines, place: &str, written: &Node, action: &crate::scenario::Action) {
    let needs = if action.run.is_some() { "final, since a node acts" } else { "nothing" };
    for (key, value) in [("if", "true"), ("seen", "nothing"), ("needs", needs), ("priority", "0")] {
        if written.get(key).is_none() {
            lines.add(place, key, value);
        }
    }
    for (key, value) in
        [("retry", "none: one attempt"), ("poll", "none: an answer that is not ready is taken as it is")]
    {
        if written.get("run").is_some_and(|run| run.get(key).is_none()) {
            lines.add(&format!("{place}.run"), key, value);
        }
    }
    let expect = action.responses.get(action.expect).map_or("ok", |response| &*response.name);
    if written.get("responses").is_none() {
        lines.add(place, "responses", "ok");
    }
    if written.get("expect").is_none() {
        lines.add(place, "expect", expect);
    }
    for response in &action.responses {
        let owner = match written.get("responses") {
            Some(responses) => responses.get(&response.name),
            None => Some(written),
        };
        if let Some(proving) = &response.proving {
            let place = format!("{place}.responses.{}.proof", response.name);
            for (key, bound) in [("min", &proving.min), ("max", &proving.max)] {
                if bound.is_none() {
                    lines.add(&place, key, "no bound");
                }
            }
        }
        for attachment in &response.attachments {
            let place = format!("{place}.responses.{}.attachments.{}", response.name, attachment.name);
            let node = owner.and_then(|node| node.get("attachments")).and_then(|node| node.get(&attachment.name));
            let has = |key: &str| node.is_some_and(|node| node.get(key).is_some());
            if !has("optional") {
                lines.add(&place, "optional", "false");
            }
            if !has("max_bytes") {
                lines.add(&place, "max_bytes", &attachment.bytes_max.to_string());
            }
            if !has("media") {
                lines.add(&place, "media", "any");
            }
        }
    }
}

struct Lines(String);

impl Lines {
    fn add(&mut self, place: &str, key: &str, value: &str) {
        self.0.push_str(&format!("{place}: {key} = {value}\n"));
    }
}
