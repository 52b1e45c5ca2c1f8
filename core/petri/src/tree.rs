//! A scenario and its sub-scenarios as machines that start each other.

use countersign_codec::Json;
use countersign_rules::Text;

/// The machines of a scenario; the first is the scenario itself.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub bodies: Vec<Body>,
    /// Signals that something sends.
    pub sent: Vec<String>,
    /// The names of the calendars.
    pub calendars: Vec<Text>,
    /// The named types, as JSON Schema.
    pub types: std::collections::BTreeMap<String, Json>,
}

/// A scenario or sub-scenario. Lists are ascending by name, positions stand for names.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub initial: usize,
    pub actors: Vec<(Text, Option<Json>)>,
    /// Those of the actors that are groups.
    pub groups: Vec<Text>,
    pub assets: Vec<(Text, Json)>,
    pub vars: Option<Json>,
    pub inputs: Option<Json>,
    pub actions: Vec<Action>,
    pub states: Vec<State>,
}

#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub name: Text,
    pub by: Vec<usize>,
    /// Whether a system does it.
    pub runs: bool,
    pub condition: Option<Json>,
    pub responses: Vec<Response>,
}

#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub name: Text,
    /// The schema of its data.
    pub schema: Option<Json>,
    pub effects: Vec<Effect>,
}

#[derive(Clone, Debug)]
pub(crate) struct State {
    pub name: Text,
    pub outcome: Option<Outcome>,
    pub effects: Vec<Effect>,
    pub starts: Vec<Start>,
    pub ways: Vec<Way>,
}

/// How a process ends; its position among the places of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Success,
    Failure,
    Cancelled,
}

/// A child that a state or an effect starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub child: Text,
    /// Its machine, by position.
    pub body: usize,
    /// Whether it outlives the state.
    pub own: bool,
    /// Whether it may be left out: `if`, or a list that may be empty.
    pub maybe: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// What starts it, in the words of the language.
    pub words: String,
    pub trigger: Trigger,
    /// The actors that may take it, if fewer than the action says.
    pub by: Option<Vec<usize>>,
    pub condition: Option<Json>,
    pub effects: Vec<Effect>,
    pub goto: Goto,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goto {
    Stay,
    State(usize),
}

#[derive(Clone, Debug)]
pub(crate) enum Trigger {
    /// One of these responses: action and response by position.
    On(Vec<(usize, usize)>),
    When(Json),
    /// Time; with the expression of a point in time.
    Timer(Option<Json>),
    Signal(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub condition: Option<Json>,
    pub kind: EffectKind,
}

#[derive(Clone, Debug)]
pub(crate) enum EffectKind {
    Set(Vec<Text>, Json),
    Append(Vec<Text>, Json),
    /// Writes that are not followed: `merge`, `document`.
    Touch(Vec<Text>),
    Start(Start),
    Cancel(Text),
    /// What moves no token and writes nothing that guards read.
    Other,
}

impl Way {
    /// What must all be true before it is taken.
    fn conjuncts(&self) -> Vec<&Json> {
        let when = match &self.trigger {
            Trigger::When(tree) => Some(tree),
            _ => None,
        };
        let trees = when.into_iter().chain(&self.condition);
        trees.flat_map(|tree| tree.get("and").and_then(Json::as_list).unwrap_or(std::slice::from_ref(tree))).collect()
    }

    /// Who may take it with this action.
    pub fn who<'a>(&'a self, action: &'a Action) -> impl Iterator<Item = usize> + 'a {
        action.by.iter().copied().filter(|actor| self.by.as_ref().is_none_or(|by| by.contains(actor)))
    }
}

impl Body {
    /// Whether the end of all children stands beside other conditions, or alone, before a way may be taken.
    pub fn joins(&self, way: &Way) -> bool {
        way.conjuncts().iter().any(|part| part.get("all_finished").is_some())
    }

    /// What a way asks of single children, alone or beside other conditions: which, and how it must have ended.
    pub fn asks_ended(&self, way: &Way) -> Vec<(Text, Option<usize>)> {
        way.conjuncts().into_iter().filter_map(crate::guard::ended).collect()
    }

    /// Whether anybody can ever take this way.
    pub fn can_happen(&self, way: &Way, sent: &[String]) -> bool {
        match &way.trigger {
            Trigger::On(responses) => responses
                .iter()
                .filter_map(|(action, _)| self.actions.get(*action))
                .any(|action| way.who(action).next().is_some()),
            Trigger::Signal(name) => sent.contains(name),
            Trigger::When(_) | Trigger::Timer(_) => true,
        }
    }
}
