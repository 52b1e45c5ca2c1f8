//! The parts of the contract, in their order.

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::Piece;
use countersign_workflow::{ActionKind, Joins, Many, Outcome, Outline, Process, Scenario, lower_first};

use crate::agreed::{Types, inline};
use crate::block::{Block, BlockKind, Prose, Run, RunKind};
use crate::course::Course;
use crate::words::listed;

/// What is known of a contract beside its scenario.
#[derive(Clone, Debug, Default)]
pub struct Given<'a> {
    /// The process, if it runs: its data and where it stands.
    pub process: Option<&'a Process>,
    /// Actor → the name of its party.
    pub parties: BTreeMap<String, String>,
}

/// A scenario in a language, if its titles have it, as a contract on paper.
pub fn prose(scenario: &Scenario, given: &Given<'_>, language: &str) -> Prose {
    let outline = Outline::of(scenario);
    let mut writer = Writer { scenario, outline: &outline, given, language, blocks: Vec::new(), part: 0 };
    writer.parties();
    writer.agreed();
    let terms = writer.terms();
    writer.course(terms);
    writer.bound();
    let title = outline.say(&outline.title, language).unwrap_or(&outline.name).to_owned();
    Prose { title, blocks: writer.blocks }
}

struct Writer<'a> {
    scenario: &'a Scenario,
    outline: &'a Outline,
    given: &'a Given<'a>,
    language: &'a str,
    blocks: Vec<Block>,
    part: usize,
}

fn text(words: impl Into<String>) -> Run {
    Run::new(RunKind::Text, words)
}

impl<'a> Writer<'a> {
    fn heading(&mut self, words: &str) {
        self.part = self.part.saturating_add(1);
        self.blocks.push(Block::new(BlockKind::Heading, self.part.to_string(), vec![text(words)]));
    }

    fn clause(&mut self, index: usize, runs: Vec<Run>) {
        self.blocks.push(Block::new(BlockKind::Clause, self.number(index), runs));
    }

    fn number(&self, index: usize) -> String {
        format!("{}.{}", self.part, index.saturating_add(1))
    }

    fn title(&self, actor: &str) -> Run {
        Run::new(RunKind::Term, self.outline.actor_title(actor, self.language))
    }

    fn parties(&mut self) {
        self.heading("The parties");
        let actors: Vec<&str> = self.scenario.actors().collect();
        for (index, actor) in actors.into_iter().enumerate() {
            let mut runs = self.players(actor);
            runs.extend([text(", the "), self.title(actor)]);
            if let Some(many) = self.scenario.group(actor) {
                runs.push(text(format!(", {}", how_many(many))));
            }
            let principal = self.scenario.acts_for(actor).filter(|principal| *principal != actor);
            if let Some(principal) = principal {
                runs.extend([text(", who acts for the "), self.title(principal)]);
            }
            if self.scenario.joins(actor) == Some(Joins::Invitation) {
                runs.push(text(", who joins by invitation"));
            }
            runs.push(text("."));
            self.clause(index, runs);
        }
    }

    /// The name of the party that plays an actor; of a group those of its members, as far as they are known.
    fn players(&self, actor: &str) -> Vec<Run> {
        let blank = || Run::new(RunKind::Blank, "____");
        let said = |name: &String| Run::new(RunKind::Party, name.as_str());
        if self.scenario.group(actor).is_none() {
            return vec![self.given.parties.get(actor).map_or_else(blank, said)];
        }
        let mut runs = Vec::new();
        for index in 0..countersign_workflow::MEMBERS_MAX {
            let Some(name) = self.given.parties.get(&format!("{actor}.{index}")) else { break };
            if !runs.is_empty() {
                runs.push(text(", "));
            }
            runs.push(said(name));
        }
        if runs.is_empty() { vec![blank()] } else { runs }
    }

    fn agreed(&mut self) {
        if self.outline.assets.is_empty() {
            return;
        }
        self.heading("What is agreed");
        let values = self.given.process.map(|process| process.assets().to_plain());
        let canonical = self.scenario.canonical();
        let (schemas, types) = (canonical.get("assets"), Types(canonical.get("types").and_then(Json::as_map)));
        let outline = self.outline;
        for (index, (name, words)) in outline.assets.iter().enumerate() {
            let title = outline.say(words, self.language).unwrap_or(name);
            let mut runs = vec![Run::new(RunKind::Term, title), text(": ")];
            let schema = schemas.and_then(|schemas| schemas.get(name)).and_then(|asset| asset.get("schema"));
            let value = values.as_ref().and_then(|values| values.get(name));
            runs.extend(types.agreed(schema.unwrap_or(&Json::Null), value));
            runs.push(text("."));
            self.clause(index, runs);
        }
    }

    /// The clauses that the scenario itself has; gives where each stands.
    fn terms(&mut self) -> BTreeMap<&'a str, String> {
        let clauses = self.scenario.canonical().get("clauses").and_then(Json::as_map);
        let Some(clauses) = clauses.filter(|clauses| !clauses.is_empty()) else { return BTreeMap::new() };
        self.heading("Terms");
        let mut terms = BTreeMap::new();
        for (index, (id, written)) in clauses.iter().enumerate() {
            let pieces = self.given.process.and_then(|process| process.clause_pieces(id, self.language).ok().flatten());
            let runs = pieces.map_or_else(
                || blanks(template(written, self.language, self.scenario.language()).trim()),
                |pieces| pieces.iter().map(piece).collect(),
            );
            terms.insert(id.as_str(), self.number(index));
            self.clause(index, runs);
        }
        terms
    }

    fn course(&mut self, terms: BTreeMap<&'a str, String>) {
        let order = order(self.outline);
        let (steps, ends): (Vec<usize>, Vec<usize>) =
            order.into_iter().partition(|at| self.outline.states.get(*at).is_some_and(|state| state.outcome.is_none()));
        let mut ends = ends;
        ends.sort_by_key(|at| self.outline.states.get(*at).and_then(|state| state.outcome));
        let next = self.part.saturating_add(1);
        let mut numbers = BTreeMap::new();
        for (part, list) in [(next, &steps), (next.saturating_add(1), &ends)] {
            let states = list.iter().filter_map(|at| self.outline.states.get(*at));
            for (index, state) in states.enumerate() {
                numbers.insert(state.name.as_str(), format!("{part}.{}", index.saturating_add(1)));
            }
        }
        let course = Course { scenario: self.scenario, outline: self.outline, language: self.language, numbers, terms };
        self.heading("The course");
        for (index, at) in steps.into_iter().enumerate() {
            let Some(state) = self.outline.states.get(at) else { continue };
            self.clause(index, course.clause(state));
            self.stands(&state.name);
        }
        self.heading("How it ends");
        for (index, at) in ends.into_iter().enumerate() {
            let Some(state) = self.outline.states.get(at) else { continue };
            let title = self.outline.say(&state.title, self.language).unwrap_or(&state.name);
            let words = match state.outcome {
                Some(Outcome::Success) => ". The course of this contract is completed as agreed.",
                Some(Outcome::Failure) => ". The course of this contract is over, and its purpose was not reached.",
                _ => ". The course of this contract is called off.",
            };
            self.clause(index, vec![Run::new(RunKind::Term, title), text(words)]);
            self.stands(&state.name);
        }
    }

    /// Says of the last clause which state it is, and whether the process is there.
    fn stands(&mut self, state: &str) {
        let current = self.given.process.is_some_and(|process| process.state() == state);
        if let Some(block) = self.blocks.last_mut() {
            block.state = Some(state.to_owned());
            block.current = current;
        }
    }

    fn bound(&mut self) {
        self.heading("Who is bound");
        let actors: Vec<&str> = self.scenario.actors().collect();
        for (index, actor) in actors.into_iter().enumerate() {
            let binding = self
                .outline
                .actions
                .iter()
                .filter(|action| action.kind == ActionKind::Performative && action.by.iter().any(|by| by == actor));
            let titles: Vec<String> = binding
                .map(|action| {
                    format!("“{}”", lower_first(self.outline.say(&action.title, self.language).unwrap_or(&action.name)))
                })
                .collect();
            let words = if titles.is_empty() {
                " gives information under this contract, and is not bound by doing so.".to_owned()
            } else {
                format!(" is bound by its own signature, given when it does the following: {}.", listed(&titles))
            };
            self.clause(index, vec![text("The "), self.title(actor), text(words)]);
        }
    }
}

/// How many members a group has, in words.
fn how_many(many: Many) -> String {
    match (many.min, many.max) {
        (min, max) if min == max => format!("{min} of them"),
        (0, max) => format!("at most {max} of them"),
        (min, max) => format!("from {min} to {max} of them"),
    }
}

/// The words of a clause in a language.
fn template<'a>(written: &'a Json, language: &str, prevailing: &str) -> &'a str {
    let said = written.get(language).or_else(|| written.get(prevailing)).or(Some(written));
    said.and_then(Json::as_text).unwrap_or_default()
}

fn piece(piece: &Piece) -> Run {
    match piece {
        Piece::Words(words) => text(words.as_str()),
        Piece::Value(value) => inline(value),
    }
}

/// A text whose placeholders are blanks.
fn blanks(template: &str) -> Vec<Run> {
    let mut parts = template.split("{{");
    let mut runs = vec![text(parts.next().unwrap_or_default())];
    for part in parts {
        runs.push(Run::new(RunKind::Blank, "____"));
        runs.push(text(part.split_once("}}").map_or("", |(_, rest)| rest)));
    }
    runs
}

/// The states as they are met when each way is followed in its order; those that are never met come last.
fn order(outline: &Outline) -> Vec<usize> {
    let position = |name: &str| outline.states.iter().position(|state| state.name == name);
    let mut order: Vec<usize> = Vec::new();
    let mut left: std::collections::VecDeque<usize> =
        outline.initial.as_deref().and_then(position).into_iter().collect();
    while let Some(at) = left.pop_front() {
        if order.contains(&at) {
            continue;
        }
        order.push(at);
        let ways = outline.states.get(at).into_iter().flat_map(|state| &state.ways);
        left.extend(ways.filter_map(|way| way.target.as_deref()).filter_map(position));
    }
    let rest: Vec<usize> = (0..outline.states.len()).filter(|at| !order.contains(at)).collect();
    order.extend(rest);
    order
}
