//! A Petri net with reset arcs.

use std::collections::BTreeSet;

use crate::search::{System, explore};

/// Most tokens of a marking. A net that needs more is not decided.
pub const TOKENS_MAX: usize = 1_024;

/// What makes a transition happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Somebody acts, or time passes.
    Waits,
    /// It happens by itself.
    Automatic,
    /// The answer of a system action that enters a state.
    System,
}

/// A transition: takes a token from each place of `consume`, empties `reset`, puts one into each place of `produce`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Places, one or more; a place that is named twice gives two tokens.
    pub consume: Vec<usize>,
    /// Places that are emptied.
    pub reset: Vec<usize>,
    /// Places that get a token.
    pub produce: Vec<usize>,
    /// What makes it happen.
    pub pace: Pace,
}

/// A net. Places are numbers, transitions positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Net {
    /// Its transitions. One that consumes nothing never happens.
    pub transitions: Vec<Transition>,
    /// Where tokens are at first.
    pub initial: Vec<usize>,
    /// A token in one of these places ends the run.
    pub ends: BTreeSet<usize>,
    /// Places that may keep a token when the run has ended.
    pub at_rest: BTreeSet<usize>,
    /// Transitions by the first place that they consume; see [`Net::index`].
    by_place: Vec<Vec<usize>>,
}

/// The places of the tokens, ascending; a place with two tokens is there twice.
pub(crate) type Marking = Vec<usize>;

impl Net {
    /// A net that is ready to be searched.
    pub fn new(
        transitions: Vec<Transition>,
        mut initial: Vec<usize>,
        ends: BTreeSet<usize>,
        at_rest: BTreeSet<usize>,
    ) -> Self {
        initial.sort_unstable();
        let mut net = Self { transitions, initial, ends, at_rest, by_place: Vec::new() };
        net.index();
        net
    }

    fn index(&mut self) {
        for (number, transition) in self.transitions.iter_mut().enumerate() {
            transition.consume.sort_unstable();
            transition.reset.sort_unstable();
            transition.reset.dedup();
            let Some(first) = transition.consume.first().copied() else { continue };
            if self.by_place.len() <= first {
                self.by_place.resize(first.saturating_add(1), Vec::new());
            }
            if let Some(list) = self.by_place.get_mut(first) {
                list.push(number);
            }
        }
    }

    /// The transitions that may happen, ascending.
    pub(crate) fn enabled(&self, marking: &Marking) -> Vec<usize> {
        let mut places = marking.clone();
        places.dedup();
        let numbers = places.iter().filter_map(|place| self.by_place.get(*place)).flatten().copied();
        let mut enabled: Vec<usize> = numbers.filter(|number| self.is_enabled(marking, *number)).collect();
        enabled.sort_unstable();
        enabled
    }

    /// Whether a transition can fire in a marking.
    pub(crate) fn is_enabled(&self, marking: &Marking, number: usize) -> bool {
        self.transitions.get(number).is_some_and(|found| holds_all(marking, &found.consume))
    }

    /// The marking after a transition; none if it has more than [`TOKENS_MAX`] tokens.
    pub(crate) fn fire(&self, marking: &Marking, number: usize) -> Option<Marking> {
        let transition = self.transitions.get(number)?;
        let mut next = Vec::with_capacity(marking.len().saturating_add(transition.produce.len()));
        let mut consumed = transition.consume.iter().peekable();
        for place in marking {
            if consumed.peek() == Some(&place) {
                consumed.next();
            } else if transition.reset.binary_search(place).is_err() {
                next.push(*place);
            }
        }
        next.extend(&transition.produce);
        next.sort_unstable();
        (next.len() <= TOKENS_MAX).then_some(next)
    }

    pub(crate) fn has_ended(&self, marking: &Marking) -> bool {
        marking.iter().any(|place| self.ends.contains(place))
    }

    /// The first place with a token beside one token that ends the run.
    pub(crate) fn left_behind(&self, marking: &Marking) -> Option<usize> {
        let mut ends = 0_usize;
        let mut left = None;
        for place in marking {
            if self.ends.contains(place) {
                ends = ends.saturating_add(1);
                if ends > 1 {
                    left = left.or(Some(*place));
                }
            } else if !self.at_rest.contains(place) {
                left = left.or(Some(*place));
            }
        }
        left
    }
}

/// What can be said of a net. Paths are transitions in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetVerdict {
    /// Whether every marking that can be reached was looked at.
    pub whole: bool,
    /// How many markings were reached.
    pub markings: usize,
    /// Transitions that never happen; none are named if not everything was looked at.
    pub dead: Vec<usize>,
    /// The way to a marking from which no end can be reached.
    pub stuck: Option<Vec<usize>>,
    /// The way to an end with a token left behind.
    pub left_behind: Option<Vec<usize>>,
    /// A loop made only of system actions and automatic steps.
    pub system_loop: Option<Vec<usize>>,
}

impl Net {
    /// Searches at most so many markings.
    pub fn verdict(&self, markings_max: usize) -> NetVerdict {
        let graph = explore(&mut Structure(self), markings_max);
        let path = |state: usize| graph.path_to(state).into_iter().map(|(by, _)| by).collect();
        let fired = graph.fired();
        let ends = |state: &usize| graph.ended.get(*state) == Some(&true);
        let left = |state: &usize| graph.states.get(*state).is_some_and(|state| self.left_behind(state).is_some());
        let pace = |number: usize| self.transitions.get(number).map_or(Pace::Waits, |found| found.pace);
        NetVerdict {
            whole: graph.whole,
            markings: graph.states.len(),
            dead: (0..self.transitions.len()).filter(|number| graph.whole && !fired.contains(number)).collect(),
            stuck: graph.stuck().map(path),
            left_behind: (0..graph.states.len()).filter(ends).find(left).map(path),
            system_loop: graph.system_loop(pace).map(|(_, steps)| steps.into_iter().map(|(by, _)| by).collect()),
        }
    }
}

/// Whether a sorted list holds all of another, each as often.
fn holds_all(marking: &[usize], wanted: &[usize]) -> bool {
    let mut left = marking.iter();
    wanted.iter().all(|place| left.any(|held| held == place))
}

/// The search with guards ignored.
pub(crate) struct Structure<'a>(pub &'a Net);

impl System for Structure<'_> {
    type State = Marking;

    fn start(&mut self) -> Vec<Marking> {
        vec![self.0.initial.clone()]
    }

    fn steps(&mut self, state: &Marking) -> Option<Vec<(usize, Marking)>> {
        let enabled = self.0.enabled(state).into_iter();
        enabled.map(|number| Some((number, self.0.fire(state, number)?))).collect()
    }

    fn marking<'s>(&self, state: &'s Marking) -> &'s Marking {
        state
    }

    fn has_ended(&self, state: &Marking) -> bool {
        self.0.has_ended(state)
    }
}
