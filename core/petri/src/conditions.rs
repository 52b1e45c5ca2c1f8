//! The second search: conditions count, as far as the data that they read are known.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;
use countersign_rules::{Text, Type, Value};

use crate::build::{Built, Origin};
use crate::expression::{Around, Expression, Missing, Path, Shapes};
use crate::facts::{Known, Truth, Values, overlap};
use crate::guard::{Decided, Guard, Judge, Predicates, written};
use crate::net::Marking;
use crate::search::System;
use crate::tree::{Body, Effect, EffectKind, Goto, Tree, Trigger, Way};

/// A machine with its conditions compiled. Lists are those of [`Body`].
struct Logic {
    shapes: Shapes,
    predicates: Predicates,
    /// The data that conditions read, and what is written into them.
    followed: BTreeSet<Path>,
    actions: Vec<(Option<Guard>, Vec<Vec<Doing>>)>,
    states: Vec<(Vec<Doing>, Vec<Taking>)>,
    /// Actions of which conditions ask who did them.
    watched: BTreeSet<usize>,
    /// Whether anything asks who acts.
    asks_actor: bool,
}

/// A transition.
struct Taking {
    when: Option<Guard>,
    at: Option<Expression>,
    condition: Option<Guard>,
    effects: Vec<Doing>,
}

/// An effect on data.
struct Doing {
    condition: Option<Guard>,
    path: Path,
    to: To,
}

enum To {
    Set(Expression),
    Append(Expression),
    Touch,
}

/// Where the net stands, and what is known of the data of each process that runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Standing {
    marking: Marking,
    minds: BTreeMap<usize, Mind>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mind {
    values: Values,
    /// Who did what since the state was entered: actor, action, response.
    did: BTreeSet<(usize, usize, usize)>,
    decided: Decided,
}

pub(crate) struct Conditions<'a> {
    tree: &'a Tree,
    built: &'a Built,
    logics: Vec<Logic>,
    /// The transitions of the net for each transition of a state of a process.
    numbers: BTreeMap<(usize, usize, usize), Vec<usize>>,
    /// Processes, those below others first.
    inner_first: Vec<usize>,
}

/// In place of a transition: nothing happens, and what a condition says is known from here on.
pub(crate) const LEARNS: usize = usize::MAX;

/// Steps that may happen, by transition of the net.
type Steps = Vec<(usize, Standing)>;

impl<'a> Conditions<'a> {
    /// None if the data of a machine cannot be read.
    pub fn new(tree: &'a Tree, built: &'a Built) -> Option<Self> {
        let logics: Option<Vec<Logic>> = tree.bodies.iter().map(|body| Logic::of(tree, body)).collect();
        let mut numbers: BTreeMap<(usize, usize, usize), Vec<usize>> = BTreeMap::new();
        for (number, origin) in built.origins.iter().enumerate() {
            if let Origin::Way { instance, state, way } = origin {
                numbers.entry((*instance, *state, *way)).or_default().push(number);
            }
        }
        let mut inner_first: Vec<usize> = (0..built.instances.len()).collect();
        let depth = |at: &usize| built.instances.get(*at).map_or(0, |found| found.path.matches('/').count());
        inner_first.sort_by_key(|at| (std::cmp::Reverse(*at != 0), std::cmp::Reverse(depth(at)), *at));
        Some(Self { tree, built, logics: logics?, numbers, inner_first })
    }

    fn logic(&self, instance: usize) -> Option<(&Body, &Logic)> {
        let body = self.built.instances.get(instance)?.body;
        Some((self.tree.bodies.get(body)?, self.logics.get(body)?))
    }

    /// The state of a process, if it runs.
    fn state(&self, marking: &Marking, instance: usize) -> Option<usize> {
        let found = self.built.instances.get(instance)?;
        let from = marking.partition_point(|place| *place < found.first);
        let place = marking.get(from).filter(|place| **place < found.done)?;
        place.checked_sub(found.first)
    }

    /// Evaluates with what a process knows.
    fn judge<T>(
        &self,
        standing: &Standing,
        instance: usize,
        actor: Option<usize>,
        work: impl FnOnce(&Judge<'_>, &Mind) -> Option<T>,
    ) -> Option<T> {
        let (body, logic) = self.logic(instance)?;
        let mind = standing.minds.get(&instance)?;
        let missing = Cell::new(Missing::Nothing);
        let around = Around { values: &mind.values, shapes: &logic.shapes, body, actor, did: &mind.did, missing };
        let children = |name: &Text, outcome: Option<usize>| self.ended(standing, instance, name, outcome);
        let joined = self.joined(standing, instance)?;
        work(&Judge { predicates: &logic.predicates, around: &around, children: &children, joined }, mind)
    }

    /// Whether all has ended that the state of a process started.
    fn joined(&self, standing: &Standing, instance: usize) -> Option<bool> {
        let state = self.state(&standing.marking, instance);
        let children = self.built.instances.get(instance)?.children.iter();
        let mut started = children.filter(|child| child.state.is_some() && child.state == state);
        Some(started.all(|child| {
            let done = self.built.instances.get(child.instance).map(|found| found.done);
            done.is_some_and(|done| standing.marking.binary_search(&done).is_ok())
        }))
    }

    /// Whether a child has ended, or ended so.
    fn ended(&self, standing: &Standing, instance: usize, name: &Text, outcome: Option<usize>) -> Truth {
        let Some(child) = self.built.child(instance, name, &standing.marking) else { return Truth::None };
        let has = |place: usize| standing.marking.binary_search(&place).is_ok();
        let ended_as = |outcome: usize| has(child.done.saturating_add(1).saturating_add(outcome));
        match outcome {
            None if has(child.done) => Truth::Yes,
            None => Truth::No,
            Some(outcome) if ended_as(outcome) => Truth::Yes,
            Some(_) if has(child.done) => Truth::No,
            Some(_) => Truth::None,
        }
    }

    /// The standings in which a condition holds, and those in which it does not.
    fn split(
        &self,
        standing: &Standing,
        instance: usize,
        actor: Option<usize>,
        guard: Option<&Guard>,
    ) -> Option<(Vec<Standing>, Vec<Standing>)> {
        let branches = self.judge(standing, instance, actor, |judge, mind| judge.branches(guard, &mind.decided))?;
        let (mut holds, mut fails) = (Vec::new(), Vec::new());
        for (truth, decided) in branches {
            let mut next = standing.clone();
            next.minds.get_mut(&instance)?.decided = decided;
            if truth == Truth::Yes { holds.push(next) } else { fails.push(next) }
        }
        Some((holds, fails))
    }

    /// Runs effects; false if the step would be rejected.
    fn run(&self, standing: &mut Standing, instance: usize, actor: Option<usize>, effects: &[Doing]) -> Option<bool> {
        let (_, logic) = self.logic(instance)?;
        for doing in effects {
            let path = self.target(&doing.path, logic, actor);
            if !logic.followed.iter().any(|followed| overlap(followed, &path)) {
                continue;
            }
            let branches = self.judge(standing, instance, actor, |judge, mind| {
                judge.branches(doing.condition.as_ref(), &mind.decided)
            });
            let branches = branches?;
            let certain = branches.iter().all(|(truth, _)| *truth == Truth::Yes);
            if branches.iter().all(|(truth, _)| *truth != Truth::Yes) {
                continue;
            }
            let found = self.judge(standing, instance, actor, |judge, mind| Some(value(doing, &path, judge, mind)))?;
            let Some(known) = found else { return Some(false) };
            let mind = standing.minds.get_mut(&instance)?;
            // Written or not: then nothing is known of it.
            mind.values.set(&path, if certain { &known } else { &Known::Open }, &logic.shapes);
            mind.decided.retain(|position, _| {
                let reads = logic.predicates.list.get(*position).map(|found| found.expression.reads.as_slice());
                !reads.unwrap_or_default().iter().any(|read| overlap(read, &path))
            });
        }
        Some(true)
    }

    /// The path that is written: the data of whoever acts are those of a role.
    fn target(&self, path: &Path, logic: &Logic, actor: Option<usize>) -> Path {
        let acting = actor.and_then(|actor| logic.shapes.actors.get(actor));
        match (path.split_first(), acting) {
            (Some((_, rest)), Some(acting)) if is_acting(path) => {
                let mut path = vec![Text::from("actors"), Text::clone(acting)];
                path.extend(rest.iter().cloned());
                path
            }
            _ => path.clone(),
        }
    }

    /// The transition of the net that is taken for a transition of a state.
    fn enabled(&self, standing: &Standing, at: (usize, usize, usize)) -> Option<usize> {
        self.numbers.get(&at)?.iter().find(|number| self.built.net.is_enabled(&standing.marking, **number)).copied()
    }

    /// Takes a transition whose condition holds.
    fn take(
        &self,
        mut standing: Standing,
        (instance, state, way): (usize, usize, usize),
        act: Option<(Option<usize>, usize, usize)>,
    ) -> Option<Option<(usize, Standing)>> {
        let Some(number) = self.enabled(&standing, (instance, state, way)) else { return Some(None) };
        let (body, logic) = self.logic(instance)?;
        let actor = act.and_then(|(actor, ..)| actor);
        let (_, takings) = logic.states.get(state)?;
        if !self.run(&mut standing, instance, actor, &takings.get(way)?.effects)? {
            return Some(None);
        }
        let transition = self.built.net.transitions.get(number)?;
        standing.marking = self.built.net.fire(&standing.marking, number)?;
        let reset = |at: &usize| {
            let found = self.built.instances.get(*at);
            found.is_some_and(|found| {
                let next = transition.reset.partition_point(|place| *place < found.first);
                transition.reset.get(next).is_some_and(|place| *place <= found.maybe)
            })
        };
        standing.minds.retain(|at, _| *at == instance || !reset(at));
        match body.states.get(state)?.ways.get(way)?.goto {
            Goto::Stay => {
                if let (Some((Some(actor), action, response)), Some(mind)) = (act, standing.minds.get_mut(&instance))
                    && logic.watched.contains(&action)
                {
                    mind.did.insert((actor, action, response));
                }
            }
            Goto::State(target) => {
                standing.minds.get_mut(&instance)?.did.clear();
                let (effects, _) = logic.states.get(target)?;
                if !self.run(&mut standing, instance, actor, effects)? {
                    return Some(None);
                }
            }
        }
        Some(self.settled(standing)?.map(|standing| (number, standing)))
    }

    /// Those that run now know their first values; those that do not are forgotten.
    fn settled(&self, mut standing: Standing) -> Option<Option<Standing>> {
        for instance in 0..self.built.instances.len() {
            match self.state(&standing.marking, instance) {
                None => drop(standing.minds.remove(&instance)),
                Some(state) if !standing.minds.contains_key(&instance) => {
                    let (_, logic) = self.logic(instance)?;
                    let values = Values::first(&logic.followed, &logic.shapes);
                    let mind = Mind { values, did: BTreeSet::new(), decided: Decided::new() };
                    standing.minds.insert(instance, mind);
                    let (effects, _) = logic.states.get(state)?;
                    if !self.run(&mut standing, instance, None, effects)? {
                        return Some(None);
                    }
                }
                Some(_) => {}
            }
            let Some(mind) = standing.minds.get_mut(&instance) else { continue };
            let (_, logic) = self.logic(instance)?;
            mind.decided.retain(|position, _| logic.predicates.list.get(*position).is_some_and(|found| found.lasts()));
        }
        Some(Some(standing))
    }

    /// Automatic steps: what they lead to, and where the process rests instead.
    fn automatic(&self, standing: &Standing, steps: &mut Steps) -> Option<Vec<Standing>> {
        let mut resting = vec![standing.clone()];
        for instance in &self.inner_first {
            let Some(state) = self.state(&standing.marking, *instance) else { continue };
            let (_, logic) = self.logic(*instance)?;
            let (_, takings) = logic.states.get(state)?;
            let automatic = takings.iter().enumerate().filter(|(_, taking)| taking.when.is_some());
            for (way, taking) in automatic {
                let at = (*instance, state, way);
                if self.enabled(standing, at).is_none() {
                    continue;
                }
                let mut left = Vec::new();
                for world in resting {
                    let (holds, fails) = self.split(&world, *instance, None, taking.when.as_ref())?;
                    left.extend(fails);
                    for world in holds {
                        let (holds, fails) = self.split(&world, *instance, None, taking.condition.as_ref())?;
                        left.extend(fails);
                        for world in holds {
                            steps.extend(self.take(world, at, None)?);
                        }
                    }
                }
                resting = left;
            }
        }
        Some(resting)
    }

    /// What people, systems and time may do.
    fn waited(&self, standing: &Standing, instance: usize, state: usize, steps: &mut Steps) -> Option<()> {
        let (body, logic) = self.logic(instance)?;
        let ways = &body.states.get(state)?.ways;
        let (_, takings) = logic.states.get(state)?;
        let mut given: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (way, (found, taking)) in ways.iter().zip(takings).enumerate() {
            match &found.trigger {
                Trigger::On(responses) => given.extend(responses),
                Trigger::When(_) => {}
                Trigger::Timer(_) | Trigger::Signal(_) => {
                    let unarmed = self.judge(standing, instance, None, |judge, _| {
                        let due = taking.at.as_ref().map(|at| written(at, judge.around));
                        Some(matches!(due, Some(Some(Known::Value(Value::Unassigned)))))
                    });
                    if !unarmed? {
                        let (holds, fails) = self.split(standing, instance, None, taking.condition.as_ref())?;
                        self.learn(standing, fails, steps)?;
                        for world in holds {
                            steps.extend(self.take(world, (instance, state, way), None)?);
                        }
                    }
                }
            }
        }
        for (action, response) in given {
            let by = &body.actions.get(action)?.by;
            let apart = logic.asks_actor || logic.watched.contains(&action) || ways.iter().any(|way| way.by.is_some());
            for actor in by.iter().take(if apart { by.len() } else { 1 }) {
                self.respond(standing, (instance, state), (*actor, action, response), steps)?;
            }
        }
        Some(())
    }

    /// A response: its effects, then the first transition that it may take.
    fn respond(
        &self,
        standing: &Standing,
        (instance, state): (usize, usize),
        (actor, action, response): (usize, usize, usize),
        steps: &mut Steps,
    ) -> Option<()> {
        let (body, logic) = self.logic(instance)?;
        let (condition, responses) = logic.actions.get(action)?;
        let found = body.actions.get(action)?;
        let names = |way: &Way| matches!(&way.trigger, Trigger::On(list) if list.contains(&(action, response)));
        let ways = body.states.get(state)?.ways.iter().enumerate();
        let ways: Vec<usize> =
            ways.filter(|(_, way)| names(way) && way.who(found).any(|who| who == actor)).map(|(way, _)| way).collect();
        let (worlds, fails) = self.split(standing, instance, Some(actor), condition.as_ref())?;
        self.learn(standing, fails, steps)?;
        let mut ready = Vec::new();
        for mut world in worlds {
            if self.run(&mut world, instance, Some(actor), responses.get(response)?)? {
                ready.push(world);
            }
        }
        let (_, takings) = logic.states.get(state)?;
        for way in ways {
            let mut left = Vec::new();
            for world in ready {
                let (holds, fails) = self.split(&world, instance, Some(actor), takings.get(way)?.condition.as_ref())?;
                left.extend(fails);
                for world in holds {
                    steps.extend(self.take(world, (instance, state, way), Some((Some(actor), action, response)))?);
                }
            }
            ready = left;
        }
        // The response is rejected: what it wrote is not written, what was learnt of other values holds.
        let mut rejected = Vec::new();
        for world in ready {
            let mut known = standing.clone();
            let mind = known.minds.get_mut(&instance)?;
            let learnt = &world.minds.get(&instance)?.decided;
            let kept = |predicate: &usize| {
                let found = logic.predicates.list.get(*predicate);
                let reads = found.map(|found| found.expression.reads.as_slice()).unwrap_or_default();
                let written = responses.get(response).into_iter().flatten();
                !written.into_iter().any(|doing| reads.iter().any(|read| overlap(read, &doing.path)))
            };
            mind.decided
                .extend(learnt.iter().filter(|(predicate, _)| kept(predicate)).map(|(at, truth)| (*at, *truth)));
            rejected.push(known);
        }
        self.learn(standing, rejected, steps)
    }

    /// Where conditions fail of which the answer lasts, nothing happens, and the answer is known from then on.
    fn learn(&self, standing: &Standing, worlds: Vec<Standing>, steps: &mut Steps) -> Option<()> {
        for world in worlds {
            let learnt = self.settled(world)?.filter(|world| world != standing);
            steps.extend(learnt.map(|world| (LEARNS, world)));
        }
        Some(())
    }

    /// A child that may be left out is decided upon before anything else.
    fn begins(&self, standing: &Standing) -> Option<Steps> {
        let enabled = self.built.net.enabled(&standing.marking);
        let mut begins =
            enabled.into_iter().filter(|number| matches!(self.built.origins.get(*number), Some(Origin::Begins { .. })));
        let Some(first) = begins.next() else { return Some(Vec::new()) };
        let same = |number: &usize| {
            let place = |number: usize| self.built.net.transitions.get(number).map(|found| found.consume.as_slice());
            place(*number) == place(first)
        };
        let mut steps = Vec::new();
        for number in std::iter::once(first).chain(begins.filter(same)) {
            let mut next = standing.clone();
            next.marking = self.built.net.fire(&standing.marking, number)?;
            steps.extend(self.settled(next)?.map(|next| (number, next)));
        }
        Some(steps)
    }
}

/// What an effect leaves at its path; none if the step would be rejected.
fn value(doing: &Doing, path: &Path, judge: &Judge<'_>, mind: &Mind) -> Option<Known> {
    match &doing.to {
        To::Set(expression) => written(expression, judge.around),
        To::Touch => Some(Known::Open),
        To::Append(expression) => match (mind.values.at(path), written(expression, judge.around)?) {
            (Known::Value(Value::List(items)), Known::Value(item)) => {
                let mut items = (*items).clone();
                items.push(item);
                Some(Known::Value(Value::list(items)))
            }
            _ => Some(Known::Assigned),
        },
    }
}

impl System for Conditions<'_> {
    type State = Standing;

    fn start(&mut self) -> Vec<Standing> {
        let standing = Standing { marking: self.built.net.initial.clone(), minds: BTreeMap::new() };
        self.settled(standing).flatten().into_iter().collect()
    }

    fn steps(&mut self, standing: &Standing) -> Option<Steps> {
        let mut steps = self.begins(standing)?;
        if !steps.is_empty() {
            return Some(steps);
        }
        for world in self.automatic(standing, &mut steps)? {
            if let Some(learnt) = self.settled(world.clone())?.filter(|learnt| learnt != standing) {
                steps.push((LEARNS, learnt));
                continue;
            }
            for instance in 0..self.built.instances.len() {
                if let Some(state) = self.state(&world.marking, instance) {
                    self.waited(&world, instance, state, &mut steps)?;
                }
            }
        }
        steps.sort();
        steps.dedup();
        Some(steps)
    }

    fn marking<'s>(&self, state: &'s Standing) -> &'s Marking {
        &state.marking
    }

    fn has_ended(&self, state: &Standing) -> bool {
        self.built.net.has_ended(&state.marking)
    }
}

impl Logic {
    fn of(tree: &Tree, body: &Body) -> Option<Self> {
        let shapes = Shapes::of(tree, body)?;
        let mut predicates = Predicates::default();
        let actions = body.actions.iter().map(|action| {
            let condition = action.condition.as_ref().map(|tree| predicates.compile(tree, &shapes));
            let responses = action.responses.iter();
            let responses = responses.map(|response| {
                let data = response.schema.as_ref().and_then(|schema| shapes.data(schema));
                doings(&response.effects, &mut predicates, &shapes, data.as_ref())
            });
            (condition, responses.collect())
        });
        let actions: Vec<(Option<Guard>, Vec<Vec<Doing>>)> = actions.collect();
        let states = body.states.iter().map(|state| {
            let ways = state.ways.iter().map(|way| Taking {
                when: match &way.trigger {
                    Trigger::When(tree) => Some(predicates.compile(tree, &shapes)),
                    _ => None,
                },
                at: match &way.trigger {
                    Trigger::Timer(Some(tree)) => Some(shapes.compile(tree, None)),
                    _ => None,
                },
                condition: way.condition.as_ref().map(|tree| predicates.compile(tree, &shapes)),
                effects: doings(&way.effects, &mut predicates, &shapes, data_of(body, way, &shapes).as_ref()),
            });
            let ways: Vec<Taking> = ways.collect();
            (doings(&state.effects, &mut predicates, &shapes, None), ways)
        });
        let states: Vec<(Vec<Doing>, Vec<Taking>)> = states.collect();
        let mut trees: Vec<&Json> = body.actions.iter().filter_map(|action| action.condition.as_ref()).collect();
        for way in body.states.iter().flat_map(|state| &state.ways) {
            trees.extend(&way.condition);
            if let Trigger::When(tree) | Trigger::Timer(Some(tree)) = &way.trigger {
                trees.push(tree);
            }
        }
        let all = body.actions.iter().flat_map(|action| &action.responses).flat_map(|response| &response.effects);
        let all = all.chain(
            body.states
                .iter()
                .flat_map(|state| state.effects.iter().chain(state.ways.iter().flat_map(|way| &way.effects))),
        );
        for effect in all {
            trees.extend(&effect.condition);
            if let EffectKind::Set(_, tree) | EffectKind::Append(_, tree) = &effect.kind {
                trees.push(tree);
            }
        }
        let mut asked = BTreeSet::new();
        let mut asks_actor = false;
        trees.iter().for_each(|tree| asks(tree, &mut asked, &mut asks_actor));
        let watched = body.actions.iter().enumerate().filter(|(_, action)| asked.contains(&*action.name));
        let watched = watched.map(|(position, _)| position).collect();
        let mut logic = Self { shapes, predicates, followed: BTreeSet::new(), actions, states, watched, asks_actor };
        logic.follow();
        Some(logic)
    }

    /// What conditions read, and what is read to write that.
    fn follow(&mut self) {
        let timers = self.states.iter().flat_map(|(_, ways)| ways).filter_map(|way| way.at.as_ref());
        let read = self.predicates.list.iter().map(|predicate| &predicate.expression).chain(timers);
        let mut followed: BTreeSet<Path> = read.flat_map(|expression| expression.reads.iter().cloned()).collect();
        let effects = self.actions.iter().flat_map(|(_, responses)| responses).flatten();
        let effects = effects.chain(
            self.states
                .iter()
                .flat_map(|(effects, ways)| effects.iter().chain(ways.iter().flat_map(|way| &way.effects))),
        );
        let effects: Vec<&Doing> = effects.collect();
        loop {
            let before = followed.len();
            let acting: Vec<Path> = followed.iter().filter(|path| is_acting(path)).cloned().collect();
            for (path, actor) in
                acting.iter().flat_map(|path| self.shapes.actors.iter().map(move |actor| (path, actor)))
            {
                let rest = path.get(1..).unwrap_or_default();
                followed.insert([&["actors".into(), Text::clone(actor)], rest].concat());
            }
            for doing in &effects {
                // Whose data are written is not known here: it may be anybody's.
                let anybody = is_acting(&doing.path) && followed.iter().any(|path| path.len() > 2);
                if let To::Set(expression) | To::Append(expression) = &doing.to
                    && (anybody || followed.iter().any(|path| overlap(path, &doing.path)))
                {
                    followed.extend(expression.reads.iter().cloned());
                }
            }
            if followed.len() == before {
                break;
            }
        }
        followed.retain(|path| !is_acting(path));
        self.followed = followed;
    }
}

/// Whether a path is below the data of whoever acts.
fn is_acting(path: &[Text]) -> bool {
    path.first().is_some_and(|first| **first == *"actor")
}

/// The type of the data that the effects of a transition see, if there is one.
fn data_of(body: &Body, way: &Way, shapes: &Shapes) -> Option<Type> {
    let Trigger::On(responses) = &way.trigger else { return None };
    let [(action, response)] = responses.as_slice() else { return None };
    shapes.data(body.actions.get(*action)?.responses.get(*response)?.schema.as_ref()?)
}

fn doings(effects: &[Effect], predicates: &mut Predicates, shapes: &Shapes, data: Option<&Type>) -> Vec<Doing> {
    let mut doings = Vec::new();
    for effect in effects {
        let (path, to) = match &effect.kind {
            EffectKind::Set(path, tree) => (path, To::Set(shapes.compile(tree, data))),
            EffectKind::Append(path, tree) => (path, To::Append(shapes.compile(tree, data))),
            EffectKind::Touch(path) => (path, To::Touch),
            EffectKind::Start(_) | EffectKind::Cancel(_) | EffectKind::Other => continue,
        };
        let condition = effect.condition.as_ref().map(|tree| predicates.compile(tree, shapes));
        doings.push(Doing { condition, path: path.clone(), to });
    }
    doings
}

/// The actions of which a tree asks who did them, and whether it asks who acts.
fn asks<'j>(tree: &'j Json, actions: &mut BTreeSet<&'j str>, actor: &mut bool) {
    match tree {
        Json::Map(members) => {
            for (key, content) in members {
                let words = content.as_list().unwrap_or_default().iter().filter_map(Json::as_text);
                match key.as_str() {
                    "did" | "everyone_did" | "how_many_did" => {
                        let named: Vec<&str> = words.collect();
                        *actor |= named.first() == Some(&"actor") && key == "did";
                        actions.extend(named.last().and_then(|name| name.split('.').next()));
                    }
                    "path" => *actor |= words.take(1).any(|first| first == "actor"),
                    _ => asks(content, actions, actor),
                }
            }
        }
        Json::List(items) => items.iter().for_each(|item| asks(item, actions, actor)),
        _ => {}
    }
}
