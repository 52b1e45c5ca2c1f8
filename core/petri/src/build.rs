//! From machines to a net: a place for each state of each process, a token where the process stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_rules::Text;

use crate::net::{Net, Pace, Transition};
use crate::tree::{Body, Effect, EffectKind, Goto, Start, Tree, Trigger, Way};

/// Most places of a net: states of all processes that may run at one time.
pub const PLACES_MAX: usize = 20_000;
/// Most places that all transitions name together.
const ARCS_MAX: usize = 4_000_000;
/// Most transitions of the net that one way becomes.
const VARIANTS_MAX: usize = 16;
/// Deepest nesting of processes (language §2).
const DEPTH_MAX: usize = 8;

/// A process that may run: a machine at its place in the tree.
pub(crate) struct Instance {
    pub body: usize,
    /// Its name, those of the processes above it before it: empty for the first.
    pub path: String,
    pub parent: Option<usize>,
    /// The place of its first state; those of the others follow in order.
    pub first: usize,
    /// Gets a token when it has ended; after it one place each for success, failure and cancelled.
    pub done: usize,
    /// Has a token while it is open whether the process starts at all.
    pub maybe: usize,
    pub children: Vec<Child>,
}

pub(crate) struct Child {
    /// The state that starts it; none if an effect does.
    pub state: Option<usize>,
    pub start: Start,
    pub instance: usize,
}

/// What a transition of the net stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A transition of a state of a process, by position.
    Way { instance: usize, state: usize, way: usize },
    /// The process starts, or does not.
    Begins { instance: usize, starts: bool },
}

pub(crate) struct Built {
    pub net: Net,
    pub origins: Vec<Origin>,
    pub instances: Vec<Instance>,
}

/// Builds the net; none if it is beyond a limit.
pub(crate) fn build(tree: &Tree) -> Option<Built> {
    let mut builder = Builder { tree, instances: Vec::new(), places: 0, arcs: 0 };
    builder.instance(0, String::new(), None, 0)?;
    let mut transitions = Vec::new();
    let mut origins = Vec::new();
    for position in 0..builder.instances.len() {
        builder.ways(position, &mut transitions, &mut origins)?;
    }
    let mut at_rest = BTreeSet::new();
    for instance in builder.instances.iter().filter(|instance| instance.parent.is_some()) {
        at_rest.extend((0..4).map(|place| instance.done.saturating_add(place)));
    }
    let root = builder.instances.first()?;
    let body = tree.bodies.first()?;
    let ends = body.states.iter().enumerate().filter(|(_, state)| state.outcome.is_some());
    let ends: BTreeSet<usize> = ends.map(|(state, _)| root.first.saturating_add(state)).collect();
    let mut initial = Vec::new();
    builder.enter(0, body.initial, &mut initial)?;
    let Builder { instances, .. } = builder;
    Some(Built { net: Net::new(transitions, initial, ends, at_rest), origins, instances })
}

struct Builder<'a> {
    tree: &'a Tree,
    instances: Vec<Instance>,
    places: usize,
    arcs: usize,
}

impl Builder<'_> {
    fn body(&self, instance: usize) -> Option<&Body> {
        self.tree.bodies.get(self.instances.get(instance)?.body)
    }

    /// Gives a process its places, and those that it may start.
    fn instance(&mut self, body: usize, path: String, parent: Option<usize>, depth: usize) -> Option<usize> {
        let machine = self.tree.bodies.get(body)?;
        let first = self.places;
        let done = first.saturating_add(machine.states.len());
        let maybe = done.saturating_add(4);
        self.places = maybe.saturating_add(1);
        if self.places > PLACES_MAX || depth > DEPTH_MAX {
            return None;
        }
        let position = self.instances.len();
        let below = if path.is_empty() { String::new() } else { format!("{path}/") };
        self.instances.push(Instance { body, path, parent, first, done, maybe, children: Vec::new() });
        for (state, start) in starts(machine) {
            let path = format!("{below}{}", start.child);
            let instance = self.instance(start.body, path, Some(position), depth.saturating_add(1))?;
            self.instances.get_mut(position)?.children.push(Child { state, start, instance });
        }
        Some(position)
    }

    /// The transitions of a process.
    fn ways(&mut self, position: usize, transitions: &mut Vec<Transition>, origins: &mut Vec<Origin>) -> Option<()> {
        let tree = self.tree;
        let body = tree.bodies.get(self.instances.get(position)?.body)?;
        if self.instances.get(position)?.parent.is_some() {
            self.begins(position, transitions, origins)?;
        }
        for (state, found) in body.states.iter().enumerate() {
            let region: Arc<[usize]> = self.region(position, state)?.into();
            for (number, way) in found.ways.iter().enumerate() {
                if !body.can_happen(way, &tree.sent) {
                    continue;
                }
                for transition in self.variants(position, state, way, &region)? {
                    let arcs = [&transition.consume, &transition.reset, &transition.produce].map(Vec::len);
                    self.arcs = arcs.iter().fold(self.arcs, |sum, count| sum.saturating_add(*count));
                    if self.arcs > ARCS_MAX {
                        return None;
                    }
                    transitions.push(transition);
                    origins.push(Origin::Way { instance: position, state, way: number });
                }
            }
        }
        Some(())
    }

    /// A child that may be left out starts, or counts as ended.
    fn begins(&self, position: usize, transitions: &mut Vec<Transition>, origins: &mut Vec<Origin>) -> Option<()> {
        let instance = self.instances.get(position)?;
        let mut entered = Vec::new();
        self.enter(position, self.body(position)?.initial, &mut entered)?;
        for (starts, produce) in [(true, entered), (false, vec![instance.done])] {
            let consume = vec![instance.maybe];
            transitions.push(Transition { consume, reset: Vec::new(), produce, pace: Pace::Automatic });
            origins.push(Origin::Begins { instance: position, starts });
        }
        Some(())
    }

    /// A way as one transition or, if it asks how a child ended that several states start, one for each of those.
    fn variants(&self, position: usize, state: usize, way: &Way, region: &[usize]) -> Option<Vec<Transition>> {
        let mut found = vec![self.way(position, state, way, region)?];
        for (name, outcome) in self.body(position)?.asks_ended(way) {
            let children = &self.instances.get(position)?.children;
            let named = children.iter().filter(|child| child.start.child == name);
            let place = |child: &Child| {
                let done = self.instances.get(child.instance)?.done;
                Some(outcome.map_or(done, |outcome| done.saturating_add(1).saturating_add(outcome)))
            };
            let places: Vec<usize> = named.filter_map(place).collect();
            // What is not followed counts as a condition that is ignored.
            if places.is_empty() || places.len().saturating_mul(found.len()) > VARIANTS_MAX {
                continue;
            }
            let keeps = |place: &usize| way.goto == Goto::Stay || region.binary_search(place).is_err();
            let with = |transition: &Transition, place: usize| {
                let mut next = transition.clone();
                if !next.consume.contains(&place) {
                    next.consume.push(place);
                    next.produce.extend(Some(place).filter(keeps));
                }
                next
            };
            found =
                found.iter().flat_map(|transition| places.iter().map(move |place| with(transition, *place))).collect();
        }
        Some(found)
    }

    fn way(&self, position: usize, state: usize, way: &Way, region: &[usize]) -> Option<Transition> {
        let instance = self.instances.get(position)?;
        let body = self.body(position)?;
        let place = instance.first.saturating_add(state);
        let mut consume = vec![place];
        if body.joins(way) {
            let joined = instance.children.iter().filter(|child| child.state == Some(state));
            consume.extend(joined.filter_map(|child| Some(self.instances.get(child.instance)?.done)));
        }
        let mut reset = Vec::new();
        let mut produce = Vec::new();
        self.effects(position, &way_effects(body, way), &mut reset, &mut produce)?;
        let pace = match (&way.trigger, way.goto) {
            (Trigger::When(_), _) => Pace::Automatic,
            (Trigger::On(responses), Goto::State(_)) if all_run(body, responses) => Pace::System,
            _ => Pace::Waits,
        };
        match way.goto {
            // What was joined stays joined.
            Goto::Stay => produce.extend(&consume),
            Goto::State(target) => {
                // A child of an effect that does not outlive the state has ended before it could begin.
                produce.retain(|place| region.binary_search(place).is_err());
                reset.extend(region);
                let effects: Vec<&Effect> = body.states.get(target)?.effects.iter().collect();
                self.effects(position, &effects, &mut reset, &mut produce)?;
                let restarted = instance.children.iter().filter(|child| child.state == Some(target) && child.start.own);
                for child in restarted {
                    self.everything(child.instance, &mut reset)?;
                }
                self.enter(position, target, &mut produce)?;
            }
        }
        Some(Transition { consume, reset, produce, pace })
    }

    /// What effects start and cancel.
    fn effects(&self, at: usize, effects: &[&Effect], reset: &mut Vec<usize>, produce: &mut Vec<usize>) -> Option<()> {
        let children = &self.instances.get(at)?.children;
        for effect in effects {
            match &effect.kind {
                EffectKind::Start(start) => {
                    let mut named = children.iter().filter(|child| child.state.is_none() && child.start == *start);
                    let child = named.next()?;
                    self.everything(child.instance, reset)?;
                    self.begin(child, produce)?;
                }
                EffectKind::Cancel(name) => {
                    for child in children.iter().filter(|child| child.start.child == *name) {
                        self.everything(child.instance, reset)?;
                        produce.push(self.instances.get(child.instance)?.done);
                    }
                }
                _ => {}
            }
        }
        Some(())
    }

    /// Where tokens go when a process enters a state.
    fn enter(&self, position: usize, state: usize, produce: &mut Vec<usize>) -> Option<()> {
        let instance = self.instances.get(position)?;
        let found = self.body(position)?.states.get(state)?;
        match found.outcome {
            Some(outcome) if instance.parent.is_some() => {
                let ended = instance.done.saturating_add(1).saturating_add(outcome as usize);
                produce.extend([instance.done, ended]);
            }
            _ => produce.push(instance.first.saturating_add(state)),
        }
        for child in instance.children.iter().filter(|child| child.state == Some(state)) {
            self.begin(child, produce)?;
        }
        (produce.len() <= PLACES_MAX).then_some(())
    }

    fn begin(&self, child: &Child, produce: &mut Vec<usize>) -> Option<()> {
        if child.start.maybe {
            produce.push(self.instances.get(child.instance)?.maybe);
            return Some(());
        }
        self.enter(child.instance, self.body(child.instance)?.initial, produce)
    }

    /// What is emptied when a process leaves a state, ascending: all that does not outlive it, and what has ended.
    fn region(&self, position: usize, state: usize) -> Option<Vec<usize>> {
        let mut region = Vec::new();
        for child in &self.instances.get(position)?.children {
            if child.state.is_some_and(|owner| owner != state) {
                continue;
            }
            if child.start.own {
                let done = self.instances.get(child.instance)?.done;
                region.extend((0..4).map(|place| done.saturating_add(place)));
            } else {
                self.everything(child.instance, &mut region)?;
            }
        }
        region.sort_unstable();
        Some(region)
    }

    /// All places of a process and of those below it.
    fn everything(&self, position: usize, places: &mut Vec<usize>) -> Option<()> {
        let instance = self.instances.get(position)?;
        places.extend(instance.first..=instance.maybe);
        for child in &instance.children {
            self.everything(child.instance, places)?;
        }
        (places.len() <= ARCS_MAX).then_some(())
    }
}

/// The children that a machine starts: by its states, and by effects, each once.
fn starts(body: &Body) -> Vec<(Option<usize>, Start)> {
    let mut found: Vec<(Option<usize>, Start)> = Vec::new();
    for (position, state) in body.states.iter().enumerate() {
        found.extend(state.starts.iter().map(|start| (Some(position), start.clone())));
    }
    let mut effects: Vec<&Effect> = body.states.iter().flat_map(|state| &state.effects).collect();
    effects.extend(body.states.iter().flat_map(|state| &state.ways).flat_map(|way| &way.effects));
    effects.extend(body.actions.iter().flat_map(|action| &action.responses).flat_map(|response| &response.effects));
    for effect in effects {
        if let EffectKind::Start(start) = &effect.kind
            && !found.contains(&(None, start.clone()))
        {
            found.push((None, start.clone()));
        }
    }
    found
}

/// The effects of a transition: of one response those of the response, then its own.
fn way_effects<'a>(body: &'a Body, way: &'a Way) -> Vec<&'a Effect> {
    let mut effects: Vec<&Effect> = Vec::new();
    if let Trigger::On(responses) = &way.trigger
        && let [(action, response)] = responses.as_slice()
        && let Some(found) = body.actions.get(*action).and_then(|action| action.responses.get(*response))
    {
        effects.extend(&found.effects);
    }
    effects.extend(&way.effects);
    effects
}

fn all_run(body: &Body, responses: &[(usize, usize)]) -> bool {
    responses.iter().all(|(action, _)| body.actions.get(*action).is_some_and(|action| action.runs))
}

impl Built {
    /// What a place is called: `signing`, `goods:packing`, `goods:ended`.
    pub fn place_words(&self, tree: &Tree, place: usize) -> String {
        let after = self.instances.partition_point(|instance| instance.first <= place);
        let found = after.checked_sub(1).and_then(|position| self.instances.get(position));
        let Some(instance) = found else { return String::new() };
        let state = place.checked_sub(instance.first);
        let states = tree.bodies.get(instance.body).map(|body| body.states.as_slice()).unwrap_or_default();
        let name = state.and_then(|state| states.get(state)).map_or("ended", |state| &*state.name);
        if instance.path.is_empty() { name.to_owned() } else { format!("{}:{name}", instance.path) }
    }

    /// The process and the state of it that a place stands for.
    pub fn state_of(&self, tree: &Tree, place: usize) -> Option<(usize, usize)> {
        let after = self.instances.partition_point(|instance| instance.first <= place);
        let position = after.checked_sub(1)?;
        let instance = self.instances.get(position)?;
        let state = place.checked_sub(instance.first)?;
        (state < tree.bodies.get(instance.body)?.states.len()).then_some((position, state))
    }

    /// The process of a name that a process has started, if a token shows that one is there.
    pub fn child(&self, position: usize, name: &Text, marking: &[usize]) -> Option<&Instance> {
        let children = &self.instances.get(position)?.children;
        let named = children.iter().filter(|child| child.start.child == *name);
        let mut found = named.filter_map(|child| self.instances.get(child.instance));
        found.find(|child| marking.iter().any(|place| (child.first..=child.maybe).contains(place)))
    }
}
