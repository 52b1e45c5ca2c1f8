//! What can be said of a scenario without running it: reachability, ends, lost responses, loops (language §4.1).

mod warnings;

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;

use crate::build::Names;
use crate::finding::{Place, Report};
use crate::scenario::{Actors, Goto, Outcome};

pub(crate) use warnings::warn;

/// A state as the analysis sees it.
#[derive(Debug)]
pub(crate) struct StateLines {
    pub name: String,
    pub place: Place,
    pub outcome: Option<Outcome>,
    /// Its transitions in their order, refused ones too.
    pub lines: Vec<Line>,
    /// The children that it starts and that end with it.
    pub children: Vec<String>,
}

/// A transition as the analysis sees it.
#[derive(Debug)]
pub(crate) struct Line {
    pub place: Place,
    pub kind: LineKind,
    pub condition: Option<Json>,
    /// The tree of its `when`.
    pub when: Option<Json>,
    /// Whether it has a condition, compiled or not.
    pub guarded: bool,
    /// Whether it has no effects.
    pub idle: bool,
    /// None if the target is unknown.
    pub goto: Option<Goto>,
}

/// A trigger as the analysis sees it.
#[derive(Debug)]
pub(crate) enum LineKind {
    On {
        responses: Vec<(usize, usize)>,
        by: Actors,
    },
    When {
        always: bool,
    },
    /// With what says when it is due, if two timers of which that is equal are due together.
    Timer(Option<Json>),
    /// The signal, if it is known.
    Signal(Option<usize>),
}

impl Report {
    /// Whether names or shapes are so broken that an analysis would only repeat it.
    pub(crate) fn blocks_analysis(&self) -> bool {
        self.has_any_of(&["E104", "E105", "E106", "E201", "E202"])
    }
}

/// Reports E301 to E305.
pub(crate) fn check(states: &[StateLines], names: &Names<'_>, report: &mut Report) {
    let initial = names.initial.and_then(|name| states.iter().position(|state| state.name == name));
    let Some(initial) = initial else { return };
    let forward: Vec<Vec<usize>> = states.iter().map(targets).collect();
    let reached = closure(&forward, [initial]);
    let mut backward = vec![Vec::new(); states.len()];
    for (from, targets) in forward.iter().enumerate() {
        for to in targets {
            if let Some(sources) = backward.get_mut(*to) {
                sources.push(from);
            }
        }
    }
    let ends = states.iter().enumerate().filter(|(_, state)| state.outcome.is_some()).map(|(position, _)| position);
    let ending = closure(&backward, ends);
    for (position, state) in states.iter().enumerate() {
        if !reached.contains(&position) {
            report.add("E301", state.place, format!("state `{}` cannot be reached", state.name));
        } else if !ending.contains(&position) {
            let path = path_to(&forward, initial, position);
            let words = path.iter().filter_map(|at| states.get(*at)).map(|state| state.name.as_str());
            let words = words.collect::<Vec<_>>().join(" → ");
            report.add("E302", state.place, format!("no end can be reached from `{}`; path {words}", state.name));
        }
        never_taken(state, report);
        lost_responses(state, names, report);
    }
    automatic_loops(states, report);
}

fn targets(state: &StateLines) -> Vec<usize> {
    let targets = state.lines.iter().filter_map(|line| match line.goto {
        Some(Goto::State(target)) => Some(target),
        _ => None,
    });
    targets.collect()
}

/// All positions that can be reached.
fn closure(edges: &[Vec<usize>], from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<usize> = from.into_iter().collect();
    while let Some(position) = left.pop() {
        if reached.insert(position) {
            left.extend(edges.get(position).into_iter().flatten());
        }
    }
    reached
}

/// The shortest way.
fn path_to(edges: &[Vec<usize>], from: usize, to: usize) -> Vec<usize> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::from([(from, from)]);
    let mut left = std::collections::VecDeque::from([from]);
    while let Some(position) = left.pop_front() {
        for next in edges.get(position).into_iter().flatten() {
            if !before.contains_key(next) {
                before.insert(*next, position);
                left.push_back(*next);
            }
        }
    }
    let mut path = vec![to];
    while let Some(previous) = path.last().and_then(|last| before.get(last)).filter(|_| path.last() != Some(&from)) {
        path.push(*previous);
    }
    path.reverse();
    path
}

/// E303: an earlier transition without a condition always comes first.
fn never_taken(state: &StateLines, report: &mut Report) {
    let mut taken: BTreeMap<(usize, usize), Vec<(Actors, Place)>> = BTreeMap::new();
    let mut always: Option<Place> = None;
    let mut delays: Vec<(&Json, Place)> = Vec::new();
    let mut signals: Vec<(usize, Place)> = Vec::new();
    for line in &state.lines {
        let first = match &line.kind {
            LineKind::On { responses, by } => {
                let first = covered(&taken, responses, *by);
                if !line.guarded {
                    for response in responses {
                        let known = taken.entry(*response).or_default();
                        if known.len() < COVERS_MAX {
                            known.push((*by, line.place));
                        }
                    }
                }
                first
            }
            LineKind::When { always: is_always } => {
                let first = always;
                if *is_always && !line.guarded {
                    always = always.or(Some(line.place));
                }
                first
            }
            LineKind::Timer(Some(delay)) => {
                let first = delays.iter().find(|(known, _)| known == &delay).map(|(_, place)| *place);
                if !line.guarded && line.goto != Some(Goto::Stay) {
                    delays.push((delay, line.place));
                }
                first
            }
            LineKind::Signal(Some(signal)) => {
                let first = signals.iter().find(|(known, _)| known == signal).map(|(_, place)| *place);
                if !line.guarded {
                    signals.push((*signal, line.place));
                }
                first
            }
            LineKind::Timer(None) | LineKind::Signal(None) => None,
        };
        if let Some(place) = first {
            report.add("E303", line.place, format!("never taken: line {} always comes first", place.line));
        }
    }
}

/// Most transitions remembered for one response; what more would cover is not found.
const COVERS_MAX: usize = 8;

/// The last of the transitions that take all these responses from all these actors.
fn covered(
    taken: &BTreeMap<(usize, usize), Vec<(Actors, Place)>>,
    responses: &[(usize, usize)],
    by: Actors,
) -> Option<Place> {
    let covering = |response: &(usize, usize)| {
        let known = taken.get(response)?;
        known.iter().find(|(who, _)| who.covers(by)).map(|(_, place)| *place)
    };
    let places: Option<Vec<Place>> = responses.iter().map(covering).collect();
    places.and_then(|places| places.last().copied())
}

/// E304: an action is open here, and one of its responses has no transition.
fn lost_responses(state: &StateLines, names: &Names<'_>, report: &mut Report) {
    let mut named: BTreeMap<usize, (Place, BTreeSet<usize>)> = BTreeMap::new();
    for line in &state.lines {
        let LineKind::On { responses, .. } = &line.kind else { continue };
        for (action, response) in responses {
            named.entry(*action).or_insert_with(|| (line.place, BTreeSet::new())).1.insert(*response);
        }
    }
    for (action, (place, responses)) in named {
        let count = names.actions.get(action).map_or(0, |(_, all)| all.len());
        for response in (0..count).filter(|response| !responses.contains(response)) {
            let words = names.response_words((action, response));
            report.add("E304", place, format!("`{words}` has no transition in `{}`", state.name));
        }
    }
}

/// E305: a loop whose every transition is `when: true`.
fn automatic_loops(states: &[StateLines], report: &mut Report) {
    let edges: Vec<Vec<usize>> = states
        .iter()
        .enumerate()
        .map(|(position, state)| {
            let always =
                state.lines.iter().filter(|line| matches!(line.kind, LineKind::When { always: true }) && !line.guarded);
            let targets = always.filter_map(|line| match line.goto? {
                Goto::Stay => Some(position),
                Goto::State(target) => Some(target),
            });
            targets.take(1).collect()
        })
        .collect();
    // Each state has one such way out at most, so following it finds every loop.
    let mut done = BTreeSet::new();
    for start in 0..states.len() {
        let mut path = Vec::new();
        let mut at = start;
        while done.insert(at) {
            path.push(at);
            match edges.get(at).and_then(|targets| targets.first()) {
                Some(next) => at = *next,
                None => break,
            }
        }
        let is_loop = edges.get(at).is_some_and(|targets| !targets.is_empty());
        if let (true, Some(from)) = (is_loop, path.iter().position(|position| *position == at)) {
            let members = path.iter().skip(from).chain([&at]).filter_map(|position| states.get(*position));
            let words = members.map(|state| state.name.as_str()).collect::<Vec<_>>().join(" → ");
            if let Some(state) = states.get(at) {
                report.add("E305", state.place, format!("loop of automatic steps only: {words}"));
            }
        }
    }
}
