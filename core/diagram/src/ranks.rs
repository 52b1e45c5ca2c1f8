//! Which state comes after which: loops cut, layers, and the order within a layer.
//!
//! The phases of Sugiyama, Tagawa and Toda (1981): a search in the order of the transitions finds the links that lead
//! back; without them each state stands one layer after the last of those before it; sweeps to and fro order each layer
//! by the mean place of the neighbours, and the order with the fewest crossings is kept. Lines over several layers get
//! lanes of their own outside the layers, so no layer holds stand-ins for them.

use std::collections::BTreeMap;

use crate::crossing;
use crate::model::{Diagram, StateKind};

/// Sweeps over all layers, to and fro.
const SWEEPS: usize = 6;

/// All transitions from one state to another.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub source: usize,
    pub target: usize,
    /// Positions in the edges of the diagram.
    pub edges: Vec<usize>,
    /// Whether it leads back to a state from which its source was reached.
    pub back: bool,
}

/// The states in layers.
#[derive(Clone, Debug)]
pub(crate) struct Ranks {
    pub links: Vec<Link>,
    /// The layer of each state.
    pub layer: Vec<usize>,
    /// The states of each layer in their order.
    pub layers: Vec<Vec<usize>>,
    /// Whether a state is on the way that everything takes if all goes as expected.
    pub main: Vec<bool>,
    pub steps: u64,
}

/// The element at a position, or nothing in particular.
pub(crate) fn at<T: Clone + Default>(list: &[T], position: usize) -> T {
    list.get(position).cloned().unwrap_or_default()
}

/// Writes an element, if the position is there.
pub(crate) fn put<T>(list: &mut [T], position: usize, value: T) {
    if let Some(slot) = list.get_mut(position) {
        *slot = value;
    }
}

impl Ranks {
    pub fn of(diagram: &Diagram) -> Self {
        let mut links = links(diagram);
        let count = diagram.states.len();
        let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (position, link) in links.iter().enumerate() {
            if let Some(list) = out.get_mut(link.source) {
                list.push(position);
            }
        }
        let mut steps = 0;
        let finished = search(diagram, &mut links, &out, &mut steps);
        let layer = layers(&links, &out, &finished, &mut steps);
        let main = main_way(diagram, &links, &out);
        let depth = layer.iter().max().map_or(0, |deepest| deepest.saturating_add(1));
        let mut layers = vec![Vec::new(); depth];
        for state in finished.iter().rev() {
            if let Some(list) = layers.get_mut(at(&layer, *state)) {
                list.push(*state);
            }
        }
        let mut ranks = Self { links, layer, layers, main, steps };
        ranks.order(diagram);
        ranks
    }

    /// Orders each layer.
    fn order(&mut self, diagram: &Diagram) {
        let group = |state: usize| match diagram.states.get(state).map(|state| state.kind) {
            _ if at(&self.main, state) => 0,
            Some(StateKind::End(outcome)) if outcome != countersign_workflow::Outcome::Success => 2,
            _ => 1,
        };
        let groups: Vec<u8> = (0..diagram.states.len()).map(group).collect();
        let mut neighbours: Vec<(Vec<usize>, Vec<usize>)> = vec![Default::default(); diagram.states.len()];
        for link in self.links.iter().filter(|link| !link.back && link.source != link.target) {
            if let Some((_, after)) = neighbours.get_mut(link.source) {
                after.push(link.target);
            }
            if let Some((before, _)) = neighbours.get_mut(link.target) {
                before.push(link.source);
            }
        }
        let mut layers = self.layers.clone();
        layers.iter_mut().for_each(|layer| layer.sort_by_key(|state| at(&groups, *state)));
        let mut best = (crossing::count(&layers, &self.links, &mut self.steps), layers.clone());
        for sweep in 0..SWEEPS {
            let forward = sweep.is_multiple_of(2);
            let mut place = places(&layers);
            let order: Vec<usize> =
                if forward { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
            for position in order {
                let Some(layer) = layers.get_mut(position) else { continue };
                let steps = &mut self.steps;
                let mut keyed: Vec<(u8, i64, usize, usize)> = layer
                    .iter()
                    .enumerate()
                    .map(|(index, state)| {
                        let (before, after) = at(&neighbours, *state);
                        let near = if forward { before } else { after };
                        *steps = steps.saturating_add(near.len() as u64).saturating_add(1);
                        (at(&groups, *state), mean(&near, &place, index), index, *state)
                    })
                    .collect();
                keyed.sort_unstable();
                *layer = keyed.into_iter().map(|(.., state)| state).collect();
                for (index, state) in layer.iter().enumerate() {
                    put(&mut place, *state, index);
                }
            }
            let crossings = crossing::count(&layers, &self.links, &mut self.steps);
            if crossings < best.0 {
                best = (crossings, layers.clone());
            }
        }
        self.layers = best.1;
    }
}

/// The mean place of neighbours, in thousandths; one's own if there are none.
fn mean(near: &[usize], place: &[usize], own: usize) -> i64 {
    let of = |position: usize| i64::try_from(position).unwrap_or(i64::MAX).saturating_mul(1_000);
    let sum = near.iter().fold(0_i64, |sum, state| sum.saturating_add(of(at(place, *state))));
    i64::try_from(near.len()).ok().and_then(|count| sum.checked_div(count)).unwrap_or_else(|| of(own))
}

/// The place of each state in its layer.
pub(crate) fn places(layers: &[Vec<usize>]) -> Vec<usize> {
    let count = layers.iter().flatten().max().map_or(0, |last| last.saturating_add(1));
    let mut places = vec![0; count];
    for layer in layers {
        for (index, state) in layer.iter().enumerate() {
            put(&mut places, *state, index);
        }
    }
    places
}

/// All edges between the same two states are one link; links stand in the order of their first edges.
fn links(diagram: &Diagram) -> Vec<Link> {
    let mut known: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut links: Vec<Link> = Vec::new();
    for (position, edge) in diagram.edges.iter().enumerate() {
        let next = links.len();
        let link = *known.entry((edge.source, edge.target)).or_insert(next);
        match links.get_mut(link) {
            Some(link) => link.edges.push(position),
            None => links.push(Link { source: edge.source, target: edge.target, edges: vec![position], back: false }),
        }
    }
    links
}

/// Walks the links depth first, from the first state and then from each that was not met; marks the links that lead
/// back, and gives the states in the order in which they were finished.
fn search(diagram: &Diagram, links: &mut [Link], out: &[Vec<usize>], steps: &mut u64) -> Vec<usize> {
    #[derive(Clone, Copy, Default, PartialEq)]
    enum Met {
        #[default]
        No,
        Open,
        Done,
    }
    let mut met = vec![Met::No; diagram.states.len()];
    let mut finished = Vec::with_capacity(met.len());
    let initial = diagram.states.iter().position(|state| state.initial);
    // The last root finishes last and so comes first: the first state is walked at the end, after what it cannot reach.
    let reached = reach(initial, links, out);
    let others = (0..met.len()).filter(|state| !reached.contains(state));
    let roots: Vec<usize> = initial.into_iter().chain(others).collect();
    for root in roots {
        if at(&met, root) != Met::No {
            continue;
        }
        put(&mut met, root, Met::Open);
        let mut stack: Vec<(usize, usize)> = vec![(root, 0)];
        while let Some((state, next)) = stack.pop() {
            *steps = steps.saturating_add(1);
            let Some(position) = out.get(state).and_then(|out| out.get(next)) else {
                put(&mut met, state, Met::Done);
                finished.push(state);
                continue;
            };
            stack.push((state, next.saturating_add(1)));
            let Some(link) = links.get_mut(*position) else { continue };
            match at(&met, link.target) {
                Met::No => {
                    put(&mut met, link.target, Met::Open);
                    stack.push((link.target, 0));
                }
                Met::Open => link.back = link.source != link.target,
                Met::Done => {}
            }
        }
    }
    finished
}

/// The states that can be reached.
fn reach(initial: Option<usize>, links: &[Link], out: &[Vec<usize>]) -> std::collections::BTreeSet<usize> {
    let mut reached = std::collections::BTreeSet::new();
    let mut left: Vec<usize> = initial.into_iter().collect();
    while let Some(state) = left.pop() {
        if reached.insert(state) {
            let targets = out.get(state).into_iter().flatten().filter_map(|link| links.get(*link));
            left.extend(targets.map(|link| link.target));
        }
    }
    reached
}

/// Each state one layer after the last of those before it; links that lead back do not count.
fn layers(links: &[Link], out: &[Vec<usize>], finished: &[usize], steps: &mut u64) -> Vec<usize> {
    let mut layer = vec![0_usize; out.len()];
    for state in finished.iter().rev() {
        let next = at(&layer, *state).saturating_add(1);
        for link in out.get(*state).into_iter().flatten().filter_map(|link| links.get(*link)) {
            *steps = steps.saturating_add(1);
            if !link.back && link.source != link.target && at(&layer, link.target) < next {
                put(&mut layer, link.target, next);
            }
        }
    }
    layer
}

/// From the first state always the first link that leads on.
fn main_way(diagram: &Diagram, links: &[Link], out: &[Vec<usize>]) -> Vec<bool> {
    let mut main = vec![false; diagram.states.len()];
    let mut now = diagram.states.iter().position(|state| state.initial);
    while let Some(state) = now.filter(|state| !at(&main, *state)) {
        put(&mut main, state, true);
        let ways = out.get(state).into_iter().flatten().filter_map(|link| links.get(*link));
        now = ways.into_iter().find(|link| !link.back && link.source != link.target).map(|link| link.target);
    }
    main
}
