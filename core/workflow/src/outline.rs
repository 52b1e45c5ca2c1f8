//! What a document says of its flow, as far as it can be read: for diagrams, completion and prose. It may have faults.

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::{Duration, Expr, Place as RulesPlace};

use crate::finding::Place;
use crate::scenario::{ActionKind, Outcome, Scenario, Words};
use crate::source;
use crate::tree::{Kind, Node};

/// Most transitions of an outline, those of `everywhere` counted for every state.
pub const OUTLINE_TRANSITIONS_MAX: usize = 10_000;
/// Most states, actions and actors of an outline each.
pub const OUTLINE_NAMES_MAX: usize = 2_000;

/// The parts of a document by name, ascending; what cannot be read is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its `name`, empty if it has none.
    pub name: String,
    /// Its title by language.
    pub title: Words,
    /// The language of plain texts.
    pub language: String,
    /// The first state.
    pub initial: Option<String>,
    /// Its actors.
    pub actors: Vec<ActorOutline>,
    /// Its actions.
    pub actions: Vec<ActionOutline>,
    /// Its states.
    pub states: Vec<StateOutline>,
    /// The names of its assets, with their titles.
    pub assets: Vec<(String, Words)>,
    /// The names of its vars.
    pub vars: Vec<String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorOutline {
    /// Its name.
    pub name: String,
    /// Its title by language.
    pub title: Words,
    /// Where it stands.
    pub place: Place,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionOutline {
    /// Its name.
    pub name: String,
    /// Its title by language.
    pub title: Words,
    /// Whether it binds or tells; binds if it does not say.
    pub kind: ActionKind,
    /// The roles that may take it, ascending.
    pub by: Vec<String>,
    /// Its responses with their titles; `ok` if it has none of its own.
    pub responses: Vec<(String, Words)>,
    /// The response of the golden flow.
    pub expect: String,
    /// `if`.
    pub condition: Option<Written>,
    /// Where it stands.
    pub place: Place,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateOutline {
    /// Its name.
    pub name: String,
    /// Its title by language.
    pub title: Words,
    /// How the process ends here.
    pub outcome: Option<Outcome>,
    /// The clause it cites.
    pub clause: Option<String>,
    /// The processes that start with it, in their order.
    pub starts: Vec<ChildOutline>,
    /// Its ways on, in their order, those of `everywhere` last.
    pub ways: Vec<Way>,
    /// Where it stands.
    pub place: Place,
}

/// A process that a state starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildOutline {
    /// Its name: `goods`.
    pub name: String,
    /// The title of its sub-scenario by language; empty if that is not known.
    pub title: Words,
    /// Whether there is one for each of a list.
    pub many: bool,
    /// The roles of this document that may act in it, ascending.
    pub who: Vec<String>,
}

/// A transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What starts it.
    pub trigger: WayTrigger,
    /// The roles that may take it, if fewer than the action says; ascending.
    pub by: Option<Vec<String>>,
    /// `if`.
    pub condition: Option<Written>,
    /// Where it leads; none if it stays.
    pub target: Option<String>,
    /// Its own title by language.
    pub title: Option<Words>,
    /// Where it stands.
    pub place: Place,
}

/// What starts a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayTrigger {
    /// One of these responses is given: action, and response if one is named.
    On(Vec<(String, Option<String>)>),
    /// This becomes true.
    When(Written),
    /// So long after the state was entered.
    After(Written),
    /// At the end of so many working days after the day on which the state was entered.
    BusinessDays {
        /// How many.
        count: Written,
        /// The title of the calendar.
        calendar: Words,
    },
    /// At this date or point in time.
    At(Written),
    /// So long after the state was entered and after each other.
    Every {
        /// How long.
        interval: Written,
        /// How often.
        times: i64,
    },
    /// This signal is heard.
    Signal(String),
}

/// An expression as it is written, in its normal form if it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The words; of a literal duration its text, such as `P30D`.
    pub text: String,
    /// Its tree (language §3.1), if it can be read.
    pub tree: Option<Json>,
}

impl Outline {
    /// Reads what can be read; none if the bytes are no document at all.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        source::read(bytes).ok().map(|node| Reader::new(&node).outline())
    }

    /// The outline of a scenario that was loaded.
    pub fn of(scenario: &Scenario) -> Self {
        Reader::new(&Node::from_json(scenario.canonical(), Place::START)).outline()
    }

    /// An action by name.
    pub fn action(&self, name: &str) -> Option<&ActionOutline> {
        self.actions.binary_search_by(|action| action.name.as_str().cmp(name)).ok().and_then(|at| self.actions.get(at))
    }

    /// A state by name.
    pub fn state(&self, name: &str) -> Option<&StateOutline> {
        self.states.binary_search_by(|state| state.name.as_str().cmp(name)).ok().and_then(|at| self.states.get(at))
    }

    /// The title of a role, its name if it has none.
    pub fn actor_title<'a>(&'a self, actor: &'a str, language: &str) -> &'a str {
        let found = self.actors.binary_search_by(|known| known.name.as_str().cmp(actor)).ok();
        let title = found.and_then(|at| self.actors.get(at)).and_then(|known| self.say(&known.title, language));
        title.unwrap_or(actor)
    }

    /// Words in a language, or in that of the document, or in any.
    pub fn say<'a>(&self, words: &'a Words, language: &str) -> Option<&'a str> {
        let found = words.get(language).or_else(|| words.get(&self.language)).or_else(|| words.values().next());
        found.map(String::as_str)
    }

    /// The roles that may go a way, ascending.
    pub fn who(&self, way: &Way) -> Vec<&str> {
        let WayTrigger::On(items) = &way.trigger else { return Vec::new() };
        let mut who: Vec<&str> = Vec::new();
        for action in items.iter().filter_map(|(action, _)| self.action(action)) {
            let narrowed = |actor: &&String| way.by.as_ref().is_none_or(|by| by.contains(actor));
            who.extend(action.by.iter().filter(narrowed).map(String::as_str));
        }
        who.sort_unstable();
        who.dedup();
        who
    }
}

struct Reader<'a> {
    doc: &'a Node,
    language: String,
    /// Names of the actors, ascending.
    actors: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(doc: &'a Node) -> Self {
        let mut actors: Vec<String> = members(doc, "actors").map(|(key, ..)| key.to_owned()).collect();
        actors.sort_unstable();
        let language = doc.get("language").and_then(Node::as_text).unwrap_or("en").to_owned();
        Self { doc, language, actors }
    }

    fn outline(&self) -> Outline {
        let text = |key: &str| self.doc.get(key).and_then(Node::as_text).map(str::to_owned);
        let mut actors: Vec<_> = members(self.doc, "actors")
            .map(|(name, place, node)| ActorOutline { name: name.to_owned(), title: self.title(node), place })
            .collect();
        actors.sort_by(|left, right| left.name.cmp(&right.name));
        let mut actions: Vec<_> =
            members(self.doc, "actions").map(|(name, at, node)| self.action(name, at, node)).collect();
        actions.sort_by(|left, right| left.name.cmp(&right.name));
        let mut assets: Vec<_> =
            members(self.doc, "assets").map(|(name, _, node)| (name.to_owned(), self.title(node))).collect();
        assets.sort();
        // In canonical form the fields are a JSON Schema; no type is called `object` in a document.
        let vars = self.doc.get("vars").filter(|vars| vars.get("type").and_then(Node::as_text) == Some("object"));
        let (owner, key) = vars.map_or((self.doc, "vars"), |vars| (vars, "properties"));
        let mut vars: Vec<_> = members(owner, key).map(|(name, ..)| name.to_owned()).collect();
        vars.sort_unstable();
        Outline {
            name: text("name").unwrap_or_default(),
            title: self.title(self.doc),
            language: self.language.clone(),
            initial: text("initial"),
            actors,
            actions,
            states: self.states(),
            assets,
            vars,
        }
    }

    fn states(&self) -> Vec<StateOutline> {
        let everywhere = self.doc.get("everywhere");
        let except: Vec<&str> = everywhere
            .and_then(|node| node.get("except"))
            .and_then(Node::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_text)
            .collect();
        let mut left = OUTLINE_TRANSITIONS_MAX;
        let mut states: Vec<_> = members(self.doc, "states").collect();
        states.sort_by_key(|(name, ..)| *name);
        let one = |(name, place, node): (&str, Place, &Node)| {
            let outcome = match node.get("final").and_then(Node::as_text) {
                Some("success") => Some(Outcome::Success),
                Some("failure") => Some(Outcome::Failure),
                Some("cancelled") => Some(Outcome::Cancelled),
                _ => None,
            };
            let shared = everywhere.filter(|_| outcome.is_none() && !except.contains(&name));
            let ways: Vec<Way> = [Some(node), shared]
                .into_iter()
                .flatten()
                .flat_map(|owner| owner.get("transitions").and_then(Node::as_list).unwrap_or_default())
                .filter_map(|node| self.way(node))
                .take(left)
                .collect();
            left = left.saturating_sub(ways.len());
            let clause = node.get("clause").and_then(Node::as_text).map(str::to_owned);
            let starts = node.get("start").and_then(Node::as_list).unwrap_or_default();
            let starts = starts.iter().filter_map(|start| self.child(start)).collect();
            StateOutline { name: name.to_owned(), title: self.title(node), outcome, clause, starts, ways, place }
        };
        states.into_iter().map(one).collect()
    }

    fn action(&self, name: &str, place: Place, node: &Node) -> ActionOutline {
        let kind = match node.get("kind").and_then(Node::as_text) {
            Some("informative") => ActionKind::Informative,
            _ => ActionKind::Performative,
        };
        let mut responses: Vec<_> =
            members(node, "responses").map(|(name, _, node)| (name.to_owned(), self.title(node))).collect();
        responses.sort();
        if responses.is_empty() {
            responses.push(("ok".to_owned(), Words::new()));
        }
        let expect = node.get("expect").and_then(Node::as_text).map(str::to_owned);
        let only = responses.first().filter(|_| responses.len() == 1).map(|(name, _)| name.clone());
        ActionOutline {
            name: name.to_owned(),
            title: self.title(node),
            kind,
            by: node.get("by").map(|by| self.roles(by)).unwrap_or_default(),
            expect: expect.or(only).unwrap_or_else(|| "ok".to_owned()),
            responses,
            condition: node.get("if").and_then(expression).filter(|written| written.text != "true"),
            place,
        }
    }

    fn child(&self, start: &Node) -> Option<ChildOutline> {
        let name = start.get("child").and_then(Node::as_text)?;
        let scenario = start.get("scenario").and_then(Node::as_text)?;
        let body = self.doc.get("scenarios").and_then(|scenarios| scenarios.get(scenario));
        let acting: Vec<&str> = body
            .into_iter()
            .flat_map(|body| members(body, "actions"))
            .filter_map(|(_, _, action)| action.get("by"))
            .flat_map(|by| by.as_list().unwrap_or(std::slice::from_ref(by)))
            .filter_map(Node::as_text)
            .collect();
        let everyone = acting.contains(&"everyone");
        let theirs = body.into_iter().flat_map(|body| members(body, "actors")).map(|(actor, ..)| actor);
        let mine = theirs.filter(|actor| everyone || acting.contains(actor)).map(|actor| {
            let mapped = start.get("actors").and_then(|actors| actors.get(actor)).and_then(Node::as_text);
            mapped.unwrap_or(actor).to_owned()
        });
        let mut who: Vec<String> = mine.filter(|actor| self.actors.contains(actor)).collect();
        who.sort_unstable();
        who.dedup();
        let title = body.map(|body| self.title(body)).unwrap_or_default();
        Some(ChildOutline { name: name.to_owned(), title, many: start.get("for").is_some(), who })
    }

    fn timer(&self, node: &Node) -> Option<WayTrigger> {
        if let Some(at) = node.get("at") {
            return Some(WayTrigger::At(expression(at)?));
        }
        if let Some(every) = node.get("every") {
            let Kind::Int(times) = node.get("times")?.kind else { return None };
            return Some(WayTrigger::Every { interval: duration(every)?, times });
        }
        let after = node.get("after")?;
        let Some(count) = after.get("business_days") else { return duration(after).map(WayTrigger::After) };
        let name = after.get("calendar").and_then(Node::as_text)?;
        let calendar = self.doc.get("calendars").and_then(|calendars| calendars.get(name));
        let mut calendar = calendar.map(|calendar| self.title(calendar)).unwrap_or_default();
        if calendar.is_empty() {
            calendar.insert(self.language.clone(), name.to_owned());
        }
        Some(WayTrigger::BusinessDays { count: expression(count)?, calendar })
    }

    fn way(&self, node: &Node) -> Option<Way> {
        let trigger = if let Some(on) = node.get("on") {
            let items = on.as_list().unwrap_or(std::slice::from_ref(on));
            let item = |text: &str| match text.split_once('.') {
                Some((action, response)) => (action.to_owned(), Some(response.to_owned())),
                None => (text.to_owned(), None),
            };
            WayTrigger::On(items.iter().filter_map(Node::as_text).map(item).collect())
        } else if let Some(when) = node.get("when") {
            WayTrigger::When(expression(when)?)
        } else if let Some(signal) = node.get("signal").and_then(Node::as_text) {
            WayTrigger::Signal(signal.to_owned())
        } else {
            self.timer(node)?
        };
        let goto = node.get("goto").and_then(Node::as_text)?;
        Some(Way {
            trigger,
            by: node.get("by").map(|by| self.roles(by)),
            condition: node.get("if").and_then(expression).filter(|written| written.text != "true"),
            target: Some(goto).filter(|goto| *goto != "stay").map(str::to_owned),
            title: Some(self.title(node)).filter(|words| !words.is_empty()),
            place: node.place,
        })
    }

    /// Roles by name: one, a list, or `everyone`.
    fn roles(&self, node: &Node) -> Vec<String> {
        let items = node.as_list().unwrap_or(std::slice::from_ref(node));
        let named: Vec<&str> = items.iter().filter_map(Node::as_text).collect();
        let everyone = named.contains(&"everyone");
        self.actors.iter().filter(|actor| everyone || named.contains(&actor.as_str())).cloned().collect()
    }

    /// The title of a part.
    fn title(&self, node: &Node) -> Words {
        match node.get("title").map(|title| &title.kind) {
            Some(Kind::Text { text, .. }) => BTreeMap::from([(self.language.clone(), text.clone())]),
            Some(Kind::Map(members)) => {
                let said =
                    members.iter().filter_map(|(key, value)| Some((key.text.clone(), value.as_text()?.to_owned())));
                said.collect()
            }
            _ => Words::new(),
        }
    }
}

/// The members of a map below a key, in the order of the document.
fn members<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = (&'a str, Place, &'a Node)> {
    let members = node.get(key).and_then(Node::as_map).unwrap_or_default();
    members.iter().take(OUTLINE_NAMES_MAX).map(|(key, value)| (key.text.as_str(), key.place, value))
}

fn expression(node: &Node) -> Option<Written> {
    let json = node.to_json();
    let read = Expr::from_json(&json, RulesPlace::Process);
    match (read, json) {
        (Ok(expression), _) => Some(Written { text: expression.to_text(), tree: Some(expression.to_tree()) }),
        (Err(_), Json::Text(text)) => Some(Written { text, tree: None }),
        (Err(_), _) => None,
    }
}

fn duration(node: &Node) -> Option<Written> {
    let literal = |text: &str| Duration::parse(text).map(|duration| duration.to_string());
    let literal_tree = node.get("duration").and_then(Node::as_text);
    if let Some(text) = node.as_text().or(literal_tree).and_then(literal) {
        let tree = Json::map([("duration", Json::text(text.as_str()))]);
        return Some(Written { text, tree: Some(tree) });
    }
    expression(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_and_its_canonical_form_have_one_outline() {
        let bytes = include_bytes!("../../../examples/lease.yaml");
        let (scenario, _) = Scenario::load(bytes).unwrap();
        let mut read = Outline::read(bytes).unwrap();
        let forget = |place: &mut Place| *place = Place::START;
        for state in &mut read.states {
            forget(&mut state.place);
            state.ways.iter_mut().for_each(|way| forget(&mut way.place));
        }
        read.actions.iter_mut().for_each(|action| forget(&mut action.place));
        read.actors.iter_mut().for_each(|actor| forget(&mut actor.place));
        let mut of = Outline::of(&scenario);
        // The short form of an action has become a response with the title of the action.
        for (read, of) in read.actions.iter_mut().zip(&mut of.actions) {
            if read.responses.len() == 1 {
                of.responses.clone_from(&read.responses);
            }
        }
        assert_eq!(read, of);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let outline = Outline::read(b"states: {a: {transitions: [{on: x, goto: b}, {goto: 5}, 7]}, b: 3}").unwrap();
        assert_eq!(outline.states.len(), 2);
        assert_eq!(outline.states[0].ways.len(), 1);
        assert!(Outline::read(b"a: {").is_none());
        let broken = Outline::read(b"states: {a: {transitions: [{when: 'a and', goto: a}]}}").unwrap();
        let WayTrigger::When(written) = &broken.states[0].ways[0].trigger else { panic!() };
        assert_eq!((written.text.as_str(), &written.tree), ("a and", &None));
    }
}
