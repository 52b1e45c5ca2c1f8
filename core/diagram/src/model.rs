//! The model of a diagram: what is drawn, without places.

use countersign_workflow::{
    ActionOutline, ChildOutline, Outcome, Outline, StateOutline, Way, WayTrigger, humane, plain_words,
};

use crate::measure::harmless;

/// A diagram without places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// The title of the scenario.
    pub title: String,
    /// The language of its words.
    pub language: String,
    /// Who acts, ascending by name.
    pub roles: Vec<Role>,
    /// The states, ascending by name.
    pub states: Vec<State>,
    /// The transitions, by state and then in their order.
    pub edges: Vec<Edge>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// One to three letters for it, different from those of the others.
    pub monogram: String,
}

/// What kind of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// The process goes on.
    Step,
    /// It ends.
    End(Outcome),
}

impl StateKind {
    /// The word in data and in classes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step => "state",
            Self::End(outcome) => outcome.as_str(),
        }
    }
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What kind.
    pub kind: StateKind,
    /// Whether the process begins here.
    pub initial: bool,
    /// The roles that may act here, by position; in a process that the state starts, too.
    pub roles: Vec<usize>,
    /// The titles of the processes that it starts.
    pub starts: Vec<String>,
}

/// What starts a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerKind {
    /// Somebody acts.
    On,
    /// Something becomes true.
    When,
    /// Time passes.
    After,
    /// A point in time comes.
    At,
    /// Time passes, again and again.
    Every,
    /// A signal is heard.
    Signal,
}

impl TriggerKind {
    /// The word of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::When => "when",
            Self::After => "after",
            Self::At => "at",
            Self::Every => "every",
            Self::Signal => "signal",
        }
    }
}

/// A transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Its state and its position there: `signing:1`.
    pub name: String,
    /// Where it begins, by position.
    pub source: usize,
    /// Where it leads, by position; its source if it stays.
    pub target: usize,
    /// Whether the state is not left.
    pub stays: bool,
    /// What leads along it, in words.
    pub label: String,
    /// What starts it.
    pub trigger: TriggerKind,
    /// The roles that may take it, by position.
    pub roles: Vec<usize>,
    /// The responses that take it: `action` or `action.response`.
    pub actions: Vec<String>,
    /// Its condition, as it is written.
    pub condition: Option<String>,
    /// What must become true, or how much time must pass, as it is written.
    pub when: Option<String>,
}

impl Diagram {
    /// The model of a document, in a language if its titles have it.
    pub fn of(outline: &Outline, language: &str) -> Self {
        let said = |title: Option<&str>, name: &str| harmless(title.filter(|title| !title.is_empty()).unwrap_or(name));
        let mut roles: Vec<Role> = Vec::new();
        for actor in &outline.actors {
            let title = harmless(outline.actor_title(&actor.name, language));
            let monogram = monogram(&title, &roles);
            roles.push(Role { name: actor.name.clone(), title, monogram });
        }
        let role = |name: &str| roles.binary_search_by(|role| role.name.as_str().cmp(name)).ok();
        let mut edges = Vec::new();
        let mut states = Vec::new();
        for (position, state) in outline.states.iter().enumerate() {
            let mut acting: Vec<usize> = Vec::new();
            for (index, way) in state.ways.iter().enumerate() {
                let who: Vec<usize> = outline.who(way).into_iter().filter_map(role).collect();
                acting.extend(&who);
                let target = match &way.target {
                    None => Some(position),
                    Some(name) => outline.states.iter().position(|state| state.name == *name),
                };
                let Some(target) = target else { continue };
                edges.push(edge(outline, language, way, (&state.name, index), (position, target), who));
            }
            acting.extend(state.starts.iter().flat_map(|child| &child.who).filter_map(|actor| role(actor)));
            acting.sort_unstable();
            acting.dedup();
            states.push(State {
                title: said(outline.say(&state.title, language), &state.name),
                starts: started(outline, state, language),
                name: state.name.clone(),
                kind: state.outcome.map_or(StateKind::Step, StateKind::End),
                initial: outline.initial.as_ref() == Some(&state.name),
                roles: acting,
            });
        }
        let title = said(outline.say(&outline.title, language), &outline.name);
        Self { title, language: language.to_owned(), roles, states, edges }
    }

    /// A state by name.
    pub fn state(&self, name: &str) -> Option<usize> {
        self.states.binary_search_by(|state| state.name.as_str().cmp(name)).ok()
    }

    /// The title of a state by position.
    pub(crate) fn title_of(&self, state: usize) -> &str {
        self.states.get(state).map_or("", |state| state.title.as_str())
    }
}

/// The titles of what runs while a state lasts.
fn started(outline: &Outline, state: &StateOutline, language: &str) -> Vec<String> {
    let one = |child: &ChildOutline| {
        let words = outline.say(&child.title, language).unwrap_or(&child.name);
        let each = if child.many { " (one for each of a list)" } else { "" };
        harmless(&format!("{words}{each}"))
    };
    state.starts.iter().map(one).collect()
}

fn edge(
    outline: &Outline,
    language: &str,
    way: &Way,
    (state, index): (&str, usize),
    (source, target): (usize, usize),
    roles: Vec<usize>,
) -> Edge {
    let words = |written| plain_words(outline, written, language);
    let (trigger, label, actions, when) = match &way.trigger {
        WayTrigger::On(items) => {
            let mut labels: Vec<String> = Vec::new();
            for (action, response) in items {
                let label = response_title(outline, action, response.as_deref(), language);
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
            let names = items.iter().map(|(action, response)| match response {
                Some(response) => format!("{action}.{response}"),
                None => action.clone(),
            });
            (TriggerKind::On, labels.join(" or "), names.collect(), None)
        }
        WayTrigger::When(written) => (TriggerKind::When, words(written), Vec::new(), Some(written.text.clone())),
        WayTrigger::After(written) => {
            (TriggerKind::After, format!("after {}", words(written)), Vec::new(), Some(written.text.clone()))
        }
        WayTrigger::BusinessDays { count, calendar } => {
            let calendar = outline.say(calendar, language).unwrap_or_default();
            let label = format!("after {} business days ({calendar})", words(count));
            (TriggerKind::After, label, Vec::new(), Some(format!("{} business days", count.text)))
        }
        WayTrigger::At(written) => {
            (TriggerKind::At, format!("once it is {}", words(written)), Vec::new(), Some(written.text.clone()))
        }
        WayTrigger::Signal(signal) => {
            (TriggerKind::Signal, format!("on signal “{}”", humane(signal)), Vec::new(), Some(signal.clone()))
        }
        WayTrigger::Every { interval, times } => {
            let label = format!("every {}, {times} times at most", words(interval));
            (TriggerKind::Every, label, Vec::new(), Some(interval.text.clone()))
        }
    };
    let own = way.title.as_ref().and_then(|title| outline.say(title, language)).map(str::to_owned);
    let label = own.unwrap_or_else(|| match &way.condition {
        Some(condition) => format!("{label}, if {}", words(condition)),
        None => label,
    });
    Edge {
        name: format!("{state}:{index}"),
        source,
        target,
        stays: way.target.is_none(),
        label: harmless(&label),
        trigger,
        roles,
        actions,
        condition: way.condition.as_ref().map(|condition| condition.text.clone()),
        when,
    }
}

/// The title of an action, or of one of several responses.
fn response_title(outline: &Outline, action: &str, response: Option<&str>, language: &str) -> String {
    let Some(found) = outline.action(action) else { return action.to_owned() };
    let title = |found: &ActionOutline| outline.say(&found.title, language).unwrap_or(action).to_owned();
    let Some(response) = response.filter(|_| found.responses.len() > 1) else { return title(found) };
    let words = found.responses.iter().find(|(name, _)| name == response).map(|(_, words)| words);
    words.and_then(|words| outline.say(words, language)).unwrap_or(response).to_owned()
}

/// The first letters of the first and last word of a title, and a number if others have them.
fn monogram(title: &str, others: &[Role]) -> String {
    let letter = |word: &str| word.chars().find(|letter| letter.is_alphanumeric());
    let words: Vec<char> = title.split([' ', '-', '_']).filter_map(letter).collect();
    let letters = match words.as_slice() {
        [] => "?".to_owned(),
        [_] => title.chars().filter(|letter| letter.is_alphanumeric()).take(2).collect(),
        [first, .., last] => [*first, *last].iter().collect(),
    };
    let base: String = letters.chars().flat_map(char::to_uppercase).take(2).collect();
    let taken = |text: &String| others.iter().any(|role| role.monogram == *text);
    let numbered = (2..=countersign_workflow::OUTLINE_NAMES_MAX).map(|number| format!("{base}{number}"));
    std::iter::once(base.clone()).chain(numbered).find(|text| !taken(text)).unwrap_or(base)
}
