//! Is every run able to end? (Language §4 "Petri view", decision 0016.)

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;
use countersign_workflow::{FINDINGS_MAX, Finding, Outline, Place, Scenario};

use crate::build::{Built, Origin, build};
use crate::conditions::{Conditions, LEARNS};
use crate::net::{Marking, Pace, Structure};
use crate::read::read;
use crate::search::{Graph, MARKINGS_MAX, System, explore};
use crate::tree::Tree;
use crate::verdict::{Flaw, FlawKind, Mode, Soundness, Stage, Verdict};

/// Loads a scenario and checks that it is sound with conditions ignored.
///
/// # Errors
/// The findings of [`Scenario::load`], or those and E306 for what is not sound.
pub fn check(bytes: &[u8]) -> Result<(Scenario, Vec<Finding>), Vec<Finding>> {
    let (scenario, mut findings) = Scenario::load(bytes)?;
    let Some(found) = Searched::of(scenario.canonical()) else { return Ok((scenario, findings)) };
    let (verdict, _) = found.ignored();
    if verdict.flaws.is_empty() {
        return Ok((scenario, findings));
    }
    let outline = Outline::read(bytes);
    findings.extend(self::findings(outline.as_ref(), &verdict).into_iter().take(FINDINGS_MAX));
    findings.sort();
    Err(findings)
}

/// E306 for each flaw, in their order, with its place in the document.
pub fn findings(outline: Option<&Outline>, verdict: &Verdict) -> Vec<Finding> {
    let one = |flaw: &Flaw| Finding {
        place: place(outline, flaw),
        code: "E306",
        message: format!("not sound: {}", flaw.to_words()),
    };
    verdict.flaws.iter().map(one).collect()
}

/// Both searches over a scenario.
pub fn sound(scenario: &Scenario) -> Soundness {
    sound_canonical(scenario.canonical(), MARKINGS_MAX)
}

/// Both searches over the canonical form of a scenario (language §2.6), with at most so many markings each.
pub fn sound_canonical(canonical: &Json, markings_max: usize) -> Soundness {
    match Searched::of(canonical) {
        Some(mut found) => {
            found.markings_max = markings_max;
            let (ignored, dead) = found.ignored();
            Soundness { ignored, honoured: found.honoured(&dead) }
        }
        None => Soundness { ignored: undecided(Mode::Ignored), honoured: undecided(Mode::Honoured) },
    }
}

fn undecided(mode: Mode) -> Verdict {
    Verdict { mode, whole: false, markings: 0, flaws: Vec::new() }
}

/// Where a flaw stands in a document.
fn place(outline: Option<&Outline>, flaw: &Flaw) -> Place {
    let state = outline.zip(flaw.state.as_ref()).and_then(|(outline, state)| outline.state(state));
    let way = state.zip(flaw.way).and_then(|(state, way)| state.ways.get(way));
    way.map(|way| way.place).or(state.map(|state| state.place)).unwrap_or_default()
}

/// A scenario as machines and as a net.
struct Searched {
    tree: Tree,
    built: Built,
    markings_max: usize,
}

impl Searched {
    fn of(canonical: &Json) -> Option<Self> {
        let tree = read(canonical)?;
        let built = build(&tree)?;
        Some(Self { tree, built, markings_max: MARKINGS_MAX })
    }

    /// With the transitions that never happen.
    fn ignored(&self) -> (Verdict, BTreeSet<WayOf>) {
        let mut system = Structure(&self.built.net);
        let graph = explore(&mut system, self.markings_max);
        let happens = self.happening(&graph);
        let dead = self.all_ways().into_iter().filter(|way| graph.whole && !happens.contains(way)).collect();
        (self.verdict(Mode::Ignored, &system, &graph, &BTreeSet::new()), dead)
    }

    /// `known`: transitions that are known to be dead already.
    fn honoured(&self, known: &BTreeSet<WayOf>) -> Verdict {
        let Some(mut system) = Conditions::new(&self.tree, &self.built) else { return undecided(Mode::Honoured) };
        let graph = explore(&mut system, self.markings_max);
        self.verdict(Mode::Honoured, &system, &graph, known)
    }

    fn verdict<T: System>(&self, mode: Mode, system: &T, graph: &Graph<T::State>, known: &BTreeSet<WayOf>) -> Verdict {
        let mut flaws = Vec::new();
        let marking = |state: usize| graph.states.get(state).map(|state| system.marking(state));
        if let Some(at) = graph.stuck() {
            let words = format!("no end can be reached from {}", self.stands(marking(at)).join(" + "));
            flaws.push(self.flaw(FlawKind::CannotEnd, words, system, graph, at));
        }
        let ended = graph.ended.iter().enumerate().filter(|(_, ended)| **ended).map(|(at, _)| at);
        let mut left = ended.filter_map(|at| Some((at, self.built.net.left_behind(marking(at)?)?)));
        if let Some((at, place)) = left.next() {
            let place = self.built.place_words(&self.tree, place);
            let words = format!("`{place}` is left behind when the process ends");
            flaws.push(self.flaw(FlawKind::LeftBehind, words, system, graph, at));
        }
        let pace = |number: usize| self.built.net.transitions.get(number).map_or(Pace::Waits, |found| found.pace);
        if let Some((from, steps)) = graph.system_loop(pace) {
            let mut flaw = self.flaw(FlawKind::SystemLoop, String::new(), system, graph, from);
            let mut names = vec![self.stands(marking(from)).join(" + ")];
            for (by, to) in steps {
                let states = self.stands(marking(to));
                names.push(states.join(" + "));
                flaw.states.extend(self.root_state(marking(to)));
                flaw.path.push(Stage { by: self.happened(by), states });
            }
            flaw.states.dedup();
            flaw.words = format!("loop of system actions and automatic steps only: {}", names.join(" → "));
            flaws.push(flaw);
        }
        if graph.whole {
            self.dead(system, graph, known, &mut flaws);
        }
        Verdict { mode, whole: graph.whole, markings: graph.states.len(), flaws }
    }

    /// Transitions that never happen although their state is reached.
    fn dead<T: System>(&self, system: &T, graph: &Graph<T::State>, known: &BTreeSet<WayOf>, flaws: &mut Vec<Flaw>) {
        let happens = self.happening(graph);
        let silent: Vec<WayOf> =
            self.all_ways().into_iter().filter(|way| !happens.contains(way) && !known.contains(way)).collect();
        if silent.is_empty() {
            return;
        }
        // Where each state of each machine is met first.
        let mut met: BTreeMap<(usize, usize), (usize, usize)> = BTreeMap::new();
        for (at, state) in graph.states.iter().enumerate() {
            for place in system.marking(state) {
                let Some((instance, found)) = self.built.state_of(&self.tree, *place) else { continue };
                let Some(body) = self.built.instances.get(instance).map(|instance| instance.body) else { continue };
                met.entry((body, found)).or_insert((at, instance));
            }
        }
        for (body, state, way) in silent {
            let Some((at, instance)) = met.get(&(body, state)) else { continue };
            let Some(found) = self.tree.bodies.get(body).and_then(|body| body.states.get(state)) else { continue };
            let Some(words) = found.ways.get(way).map(|way| way.words.as_str()) else { continue };
            let path = self.built.instances.get(*instance).map_or("", |instance| instance.path.as_str());
            let name = if path.is_empty() { found.name.to_string() } else { format!("{path}:{}", found.name) };
            let words = format!("`{words}` can never happen in `{name}`");
            let mut flaw = self.flaw(FlawKind::Dead, words, system, graph, *at);
            flaw.way = (body == 0).then_some(way);
            flaws.push(flaw);
        }
    }

    fn all_ways(&self) -> BTreeSet<WayOf> {
        let mut all = BTreeSet::new();
        for (body, found) in self.tree.bodies.iter().enumerate() {
            for (state, found) in found.states.iter().enumerate() {
                all.extend((0..found.ways.len()).map(|way| (body, state, way)));
            }
        }
        all
    }

    fn happening<S: Ord>(&self, graph: &Graph<S>) -> BTreeSet<WayOf> {
        let origin = |number: &usize| match self.built.origins.get(*number)? {
            Origin::Way { instance, state, way } => Some((self.built.instances.get(*instance)?.body, *state, *way)),
            Origin::Begins { .. } => None,
        };
        graph.fired().iter().filter_map(origin).collect()
    }

    fn flaw<T: System>(&self, kind: FlawKind, words: String, system: &T, graph: &Graph<T::State>, at: usize) -> Flaw {
        let marking = |state: usize| graph.states.get(state).map(|state| system.marking(state));
        let mut path = vec![Stage { by: "start".to_owned(), states: self.stands(marking(0)) }];
        let mut states: Vec<String> = self.root_state(marking(0)).into_iter().collect();
        for (by, to) in graph.path_to(at).into_iter().filter(|(by, _)| *by != LEARNS) {
            path.push(Stage { by: self.happened(by), states: self.stands(marking(to)) });
            states.extend(self.root_state(marking(to)));
        }
        states.dedup();
        Flaw { kind, words, state: self.root_state(marking(at)), way: None, path, states }
    }

    /// Where every process stands: those that run and, if none does, those that have ended.
    fn stands(&self, marking: Option<&Marking>) -> Vec<String> {
        let Some(marking) = marking else { return Vec::new() };
        let runs = marking.iter().filter(|place| self.built.state_of(&self.tree, **place).is_some());
        runs.map(|place| self.built.place_words(&self.tree, *place)).collect()
    }

    /// The state of the scenario itself.
    fn root_state(&self, marking: Option<&Marking>) -> Option<String> {
        let mut states = marking?.iter().filter_map(|place| self.built.state_of(&self.tree, *place));
        let (_, state) = states.find(|(instance, _)| *instance == 0)?;
        Some(self.tree.bodies.first()?.states.get(state)?.name.to_string())
    }

    fn happened(&self, number: usize) -> String {
        let Some(origin) = self.built.origins.get(number) else { return String::new() };
        let path = |instance: usize| self.built.instances.get(instance).map_or("", |found| found.path.as_str());
        match *origin {
            Origin::Begins { instance, starts: true } => format!("{} starts", path(instance)),
            Origin::Begins { instance, starts: false } => format!("{} is left out", path(instance)),
            Origin::Way { instance, state, way } => {
                let body = self.built.instances.get(instance).and_then(|found| self.tree.bodies.get(found.body));
                let way = body.and_then(|body| body.states.get(state)).and_then(|state| state.ways.get(way));
                let words = way.map_or("", |way| way.words.as_str());
                if path(instance).is_empty() { words.to_owned() } else { format!("{}: {words}", path(instance)) }
            }
        }
    }
}

/// A transition: machine, state and its position there.
type WayOf = (usize, usize, usize);
