//! A scenario as a state diagram in the text form of Mermaid.

use crate::process::Process;
use crate::scenario::{ActionKind, Body, Delay, Goto, Scenario, Transition, Trigger, Words};

/// Draws a scenario as a Mermaid state diagram, in a language if its titles have it. With a process, its state is
/// marked.
pub fn draw(scenario: &Scenario, language: &str, process: Option<&Process>) -> String {
    let body = &*scenario.0.root;
    let words = |words: &Words| {
        words.get(language).or_else(|| words.get(&body.language)).or_else(|| words.values().next()).cloned()
    };
    let mut text = String::from("stateDiagram-v2\n");
    for state in &body.states {
        let title = words(&state.title).unwrap_or_default();
        text.push_str(&format!("  state \"{}\" as {}\n", plain(&title), id(&state.name)));
    }
    if let Some(initial) = body.states.get(body.initial) {
        text.push_str(&format!("  [*] --> {}\n", id(&initial.name)));
    }
    for (at, state) in body.states.iter().enumerate() {
        for transition in &state.transitions {
            let target = match transition.goto {
                Goto::Stay => Some(state),
                Goto::State(target) => body.states.get(target),
            };
            let Some(target) = target else { continue };
            let label = match transition.title.as_ref().and_then(words) {
                Some(title) => title,
                None => label(body, transition),
            };
            text.push_str(&format!("  {} --> {} : {}\n", id(&state.name), id(&target.name), plain(&label)));
        }
        if let Some(outcome) = state.outcome {
            text.push_str(&format!("  {} --> [*] : {}\n", id(&state.name), outcome.as_str()));
        }
        if process.is_some_and(|process| process.main.state == at) {
            text.push_str(&format!("  class {} current\n", id(&state.name)));
        }
    }
    text.push_str("  classDef current stroke-width:3px\n");
    text
}

/// What leads along a transition, in the words of the language: `tenant or landlord: sign [if …]`.
fn label(body: &Body, transition: &Transition) -> String {
    let mut label = match &transition.trigger {
        Trigger::On { responses, by } => {
            let mut actions: Vec<String> = Vec::new();
            for (action_at, response_at) in responses {
                let Some(action) = body.actions.get(*action_at) else { continue };
                let whole = (0..action.responses.len()).all(|response| responses.contains(&(*action_at, response)));
                let response = action.responses.get(*response_at).map_or("", |response| &*response.name);
                let name = if whole { action.name.to_string() } else { format!("{}.{response}", action.name) };
                let who = action.by.intersect(*by).iter().filter_map(|actor| body.actors.get(actor));
                let who = who.map(|actor| &*actor.name).collect::<Vec<_>>().join(" or ");
                let sign = if action.kind == ActionKind::Performative { "!" } else { "" };
                let words = format!("{who}: {name}{sign}");
                if !actions.contains(&words) {
                    actions.push(words);
                }
            }
            actions.join(", ")
        }
        Trigger::When(rule) => format!("when {}", rule.expr().to_text()),
        Trigger::After(Delay::For(rule)) => format!("after {}", rule.expr().to_text()),
        Trigger::After(Delay::BusinessDays { count, calendar }) => {
            let calendar = body.calendars.get(*calendar).map_or("", |(name, _)| name);
            format!("after {} business days ({calendar})", count.expr().to_text())
        }
        Trigger::At(rule) => format!("at {}", rule.expr().to_text()),
        Trigger::Signal(signal) => {
            format!("signal {}", body.signals.get(*signal).map_or("", |signal| &*signal.name))
        }
        Trigger::Every { interval, times } => format!("every {interval}, {times} times"),
    };
    if let Some(rule) = &transition.condition {
        label.push_str(&format!(" [{}]", rule.expr().to_text()));
    }
    label
}

/// `end` and `state` are words of Mermaid, so ids get a prefix.
fn id(name: &str) -> String {
    format!("s_{name}")
}

/// Without the characters that end a label.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' => '\'',
            ':' => '\u{a789}',
            ';' => ',',
            '#' => '\u{ff03}',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}
