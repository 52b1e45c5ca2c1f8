//! Conditions as formulas of predicates.

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::Text;

use crate::expression::{Around, Expression, Found, Shapes};
use crate::facts::{Known, Truth};

/// Most ways in which one step may decide what is not known.
const BRANCHES_MAX: usize = 256;

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Guard {
    And(Vec<Guard>),
    Or(Vec<Guard>),
    Not(Box<Guard>),
    /// All children of the state have ended.
    Joined,
    /// A child has ended so; see [`crate::tree::Outcome`].
    Ended(Text, Option<usize>),
    Predicate(usize),
}

/// What cannot be divided further.
#[derive(Clone, Debug)]
pub(crate) struct Predicate {
    pub expression: Expression,
    presence: Option<(Expression, bool)>,
}

/// The predicates of a machine, each once.
#[derive(Default)]
pub(crate) struct Predicates {
    pub list: Vec<Predicate>,
    known: BTreeMap<String, usize>,
}

impl Predicates {
    pub fn compile(&mut self, tree: &Json, shapes: &Shapes) -> Guard {
        let part = |key: &str| tree.get(key).and_then(Json::as_list);
        if let Some(parts) = part("and") {
            return Guard::And(parts.iter().map(|part| self.compile(part, shapes)).collect());
        }
        if let Some(parts) = part("or") {
            return Guard::Or(parts.iter().map(|part| self.compile(part, shapes)).collect());
        }
        if let Some([inner]) = part("not") {
            return Guard::Not(Box::new(self.compile(inner, shapes)));
        }
        if tree.get("all_finished").is_some() {
            return Guard::Joined;
        }
        if let Some((child, outcome)) = ended(tree) {
            return Guard::Ended(child, outcome);
        }
        let key = tree.to_string();
        if let Some(position) = self.known.get(&key) {
            return Guard::Predicate(*position);
        }
        let position = self.list.len();
        self.known.insert(key, position);
        let mut presence = [("is_assigned", true), ("is_unassigned", false)].into_iter();
        let presence = presence.find_map(|(key, assigned)| Some((part(key)?.first()?, assigned)));
        self.list.push(Predicate {
            expression: shapes.compile(tree, None),
            presence: presence.map(|(inner, assigned)| (shapes.compile(inner, None), assigned)),
        });
        Guard::Predicate(position)
    }
}

/// `children.c.finished`, `children.c.outcome == "failure"`.
pub(crate) fn ended(tree: &Json) -> Option<(Text, Option<usize>)> {
    let child = |tree: &Json, member: &str| {
        let names: Vec<&str> = tree.get("path")?.as_list()?.iter().filter_map(Json::as_text).collect();
        match names.as_slice() {
            ["_", "children", child, found] if *found == member => Some(Text::from(*child)),
            _ => None,
        }
    };
    if let Some(child) = child(tree, "finished") {
        return Some((child, None));
    }
    let [left, right] = tree.get("==")?.as_list()? else { return None };
    let outcome = right.get("text").and_then(Json::as_text)?;
    let outcome = ["success", "failure", "cancelled"].iter().position(|word| *word == outcome)?;
    Some((child(left, "outcome")?, Some(outcome)))
}

impl Predicate {
    /// Whether its answer holds until something that it reads is written.
    pub fn lasts(&self) -> bool {
        self.expression.lasts()
    }
}

/// What was decided where nothing is known, by predicate.
pub(crate) type Decided = BTreeMap<usize, Truth>;

/// Answers about children, from the net.
pub(crate) type Children<'a> = &'a dyn Fn(&Text, Option<usize>) -> Truth;

/// What a condition is judged by.
pub(crate) struct Judge<'a> {
    pub predicates: &'a Predicates,
    pub around: &'a Around<'a>,
    pub children: Children<'a>,
    /// Whether all children of the state have ended.
    pub joined: bool,
}

impl Judge<'_> {
    /// The truth of a condition, or the predicate that must be decided first.
    fn truth(&self, guard: &Guard, decided: &Decided) -> Result<Truth, (usize, bool)> {
        match guard {
            Guard::And(parts) => self.junction(parts, Truth::No, Truth::Yes, decided),
            Guard::Or(parts) => self.junction(parts, Truth::Yes, Truth::No, decided),
            Guard::Not(inner) => Ok(match self.truth(inner, decided)? {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::None => Truth::None,
            }),
            Guard::Joined => Ok(if self.joined { Truth::Yes } else { Truth::No }),
            Guard::Ended(child, outcome) => Ok((self.children)(child, *outcome)),
            Guard::Predicate(position) => self.predicate(*position, decided),
        }
    }

    fn junction(
        &self,
        parts: &[Guard],
        decisive: Truth,
        other: Truth,
        decided: &Decided,
    ) -> Result<Truth, (usize, bool)> {
        let mut found = other;
        let mut asked = None;
        for part in parts {
            match self.truth(part, decided) {
                Ok(truth) if truth == decisive => return Ok(decisive),
                Ok(Truth::None) => found = Truth::None,
                Ok(_) => {}
                Err(question) => asked = asked.or(Some(question)),
            }
        }
        asked.map_or(Ok(found), Err)
    }

    fn predicate(&self, position: usize, decided: &Decided) -> Result<Truth, (usize, bool)> {
        if let Some(truth) = decided.get(&position) {
            return Ok(*truth);
        }
        let Some(predicate) = self.predicates.list.get(position) else { return Err((position, false)) };
        if let Some((inner, wanted)) = &predicate.presence {
            return match inner.eval(self.around) {
                Found::Value(value) if value.is_unassigned() != *wanted => Ok(Truth::Yes),
                Found::Value(_) => Ok(Truth::No),
                Found::Error => Ok(Truth::None),
                Found::Unknown { assigned: true } => Ok(if *wanted { Truth::Yes } else { Truth::No }),
                // Asking whether it is there has an answer.
                Found::Unknown { assigned: false } => Err((position, true)),
            };
        }
        match predicate.expression.eval(self.around) {
            Found::Value(countersign_rules::Value::Bool(true)) => Ok(Truth::Yes),
            Found::Value(countersign_rules::Value::Bool(false)) => Ok(Truth::No),
            Found::Value(_) | Found::Error => Ok(Truth::None),
            Found::Unknown { assigned } => Err((position, assigned)),
        }
    }

    /// Each way in which what is not known may be decided, with the truth of the condition then. Only what it needs is
    /// decided. None if there are too many ways.
    pub fn branches(&self, guard: Option<&Guard>, decided: &Decided) -> Option<Vec<(Truth, Decided)>> {
        let Some(guard) = guard else { return Some(vec![(Truth::Yes, decided.clone())]) };
        let mut done = Vec::new();
        let mut left = vec![decided.clone()];
        while let Some(decided) = left.pop() {
            match self.truth(guard, &decided) {
                Ok(truth) => done.push((truth, decided)),
                Err((position, has_answer)) => {
                    let answers: &[Truth] =
                        if has_answer { &[Truth::No, Truth::Yes] } else { &[Truth::None, Truth::No, Truth::Yes] };
                    for answer in answers {
                        let mut next = decided.clone();
                        next.insert(position, *answer);
                        left.push(next);
                    }
                }
            }
            if done.len().saturating_add(left.len()) > BRANCHES_MAX {
                return None;
            }
        }
        Some(done)
    }
}

/// What an effect writes, as far as it can be known; none if the step would be rejected.
pub(crate) fn written(expression: &Expression, around: &Around<'_>) -> Option<Known> {
    match expression.eval(around) {
        Found::Value(value) => Some(Known::Value(value)),
        Found::Error => None,
        Found::Unknown { assigned: true } => Some(Known::Assigned),
        Found::Unknown { assigned: false } => Some(Known::Open),
    }
}
