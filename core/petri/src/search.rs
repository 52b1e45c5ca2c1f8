//! All markings that can be reached, and what can be said of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::net::{Marking, Pace};

/// Most markings of a search (language §4).
pub const MARKINGS_MAX: usize = 1_000_000;
/// Most steps between markings of a search.
const EDGES_MAX: usize = 4_000_000;

/// What is searched.
pub(crate) trait System {
    /// Where the system stands.
    type State: Ord;

    fn start(&mut self) -> Vec<Self::State>;
    /// What may happen, and where it leads; none if that is beyond a limit.
    fn steps(&mut self, state: &Self::State) -> Option<Vec<(usize, Self::State)>>;
    fn marking<'s>(&self, state: &'s Self::State) -> &'s Marking;
    fn has_ended(&self, state: &Self::State) -> bool;
}

/// A step: from, what happened, to.
type Edge = (usize, usize, usize);

/// What was reached.
pub(crate) struct Graph<S> {
    pub states: Vec<Arc<S>>,
    /// How each was reached first: from where, by what.
    came: Vec<Option<(usize, usize)>>,
    edges: Vec<Edge>,
    /// Those that end a run.
    pub ended: Vec<bool>,
    /// How many were looked at, in the order of `states`.
    looked: usize,
    /// Whether nothing was left out.
    pub whole: bool,
}

/// Searches in breadth, so that the way to each state is a shortest one.
pub(crate) fn explore<T: System>(system: &mut T, markings_max: usize) -> Graph<T::State> {
    let mut graph =
        Graph { states: Vec::new(), came: Vec::new(), edges: Vec::new(), ended: Vec::new(), looked: 0, whole: true };
    let mut known: BTreeMap<Arc<T::State>, usize> = BTreeMap::new();
    for state in system.start() {
        graph.enter(system, &mut known, state, None);
    }
    while let Some(state) = graph.states.get(graph.looked).cloned() {
        let from = graph.looked;
        graph.looked = from.saturating_add(1);
        if graph.ended.get(from) == Some(&true) {
            continue;
        }
        let Some(steps) = system.steps(&state) else {
            graph.whole = false;
            graph.looked = from;
            return graph;
        };
        for (by, next) in steps {
            if graph.states.len() >= markings_max && !known.contains_key(&next) || graph.edges.len() >= EDGES_MAX {
                graph.whole = false;
                graph.looked = from;
                return graph;
            }
            let to = graph.enter(system, &mut known, next, Some((from, by)));
            graph.edges.push((from, by, to));
        }
    }
    graph
}

impl<S: Ord> Graph<S> {
    fn enter<T: System<State = S>>(
        &mut self,
        system: &T,
        known: &mut BTreeMap<Arc<S>, usize>,
        state: S,
        came: Option<(usize, usize)>,
    ) -> usize {
        if let Some(position) = known.get(&state) {
            return *position;
        }
        let position = self.states.len();
        self.ended.push(system.has_ended(&state));
        let state = Arc::new(state);
        known.insert(Arc::clone(&state), position);
        self.states.push(state);
        self.came.push(came);
        position
    }

    /// What happened on some way.
    pub fn fired(&self) -> BTreeSet<usize> {
        self.edges.iter().map(|(_, by, _)| *by).collect()
    }

    /// The shortest way: what happened, and where it led.
    pub fn path_to(&self, state: usize) -> Vec<(usize, usize)> {
        let mut path = Vec::new();
        let mut at = state;
        while let Some(Some((from, by))) = self.came.get(at) {
            path.push((*by, at));
            at = *from;
        }
        path.reverse();
        path
    }

    /// The first state from which no end can be reached; of a search that is not whole, the first that nothing leaves.
    pub fn stuck(&self) -> Option<usize> {
        if !self.whole {
            let leaves: BTreeSet<usize> = self.edges.iter().map(|(from, ..)| *from).collect();
            return (0..self.looked).find(|state| self.ended.get(*state) == Some(&false) && !leaves.contains(state));
        }
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.states.len()];
        for (from, _, to) in &self.edges {
            if let Some(list) = before.get_mut(*to) {
                list.push(*from);
            }
        }
        let mut ending = self.ended.clone();
        let mut left: Vec<usize> = ending.iter().enumerate().filter(|(_, ends)| **ends).map(|(at, _)| at).collect();
        while let Some(at) = left.pop() {
            for from in before.get(at).into_iter().flatten() {
                if let Some(known) = ending.get_mut(*from).filter(|known| !**known) {
                    *known = true;
                    left.push(*from);
                }
            }
        }
        ending.iter().position(|ends| !ends)
    }

    /// A loop made only of system actions and automatic steps, with a system action in it: where it begins, what
    /// happens, where that leads.
    pub fn system_loop(&self, pace: impl Fn(usize) -> Pace) -> Option<(usize, Vec<(usize, usize)>)> {
        let mut after: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (from, by, to) in self.edges.iter().filter(|(_, by, _)| pace(*by) != Pace::Waits) {
            after.entry(*from).or_default().push((*by, *to));
        }
        let groups = components(&after);
        let inside = |from: usize, to: usize| groups.get(&from).is_some_and(|group| groups.get(&to) == Some(group));
        let found = self.edges.iter().find(|(from, by, to)| pace(*by) == Pace::System && inside(*from, *to));
        let (from, by, to) = *found?;
        let mut path = vec![(by, to)];
        path.extend(way(&after, to, from));
        Some((from, path))
    }
}

/// A shortest way between two states of a graph.
fn way(after: &BTreeMap<usize, Vec<(usize, usize)>>, from: usize, to: usize) -> Vec<(usize, usize)> {
    let mut came: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut left = VecDeque::from([from]);
    while let Some(at) = left.pop_front().filter(|at| *at != to) {
        for (by, next) in after.get(&at).into_iter().flatten() {
            if *next != from && !came.contains_key(next) {
                came.insert(*next, (at, *by));
                left.push_back(*next);
            }
        }
    }
    let mut path = Vec::new();
    let mut at = to;
    while let Some((before, by)) = came.get(&at).filter(|_| at != from) {
        path.push((*by, at));
        at = *before;
    }
    path.reverse();
    path
}

/// The strongly connected component of each node (Kosaraju), without recursion.
fn components(after: &BTreeMap<usize, Vec<(usize, usize)>>) -> BTreeMap<usize, usize> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for start in after.keys() {
        let mut stack = vec![(*start, 0_usize)];
        if !seen.insert(*start) {
            continue;
        }
        while let Some((at, next)) = stack.pop() {
            match after.get(&at).and_then(|targets| targets.get(next)) {
                Some((_, target)) => {
                    stack.push((at, next.saturating_add(1)));
                    if seen.insert(*target) {
                        stack.push((*target, 0));
                    }
                }
                None => order.push(at),
            }
        }
    }
    let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, targets) in after {
        for (_, to) in targets {
            before.entry(*to).or_default().push(*from);
        }
    }
    let mut groups = BTreeMap::new();
    for root in order.into_iter().rev() {
        let mut left = vec![root];
        while let Some(at) = left.pop() {
            if let Entry::Vacant(entry) = groups.entry(at) {
                entry.insert(root);
                left.extend(before.get(&at).into_iter().flatten());
            }
        }
    }
    groups
}
