//! How children begin and end (language §2.3; decision 0013).

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_rules::{ITEMS_MAX_DEFAULT, Text, Value};

use super::Step;
use crate::branch::{Branch, Role};
use crate::children::{Child, Is, PROCESSES_MAX};
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Actor, Outcome, Start};
use crate::start::{map_or_empty, role_value};
use crate::trail::Trail;
use crate::view::Locals;

/// What it costs to begin a process, in units of an expression.
const START_COST: u64 = 100;
/// What it costs to end one.
const END_COST: u64 = 10;

/// Which child begins, if it is one of a list.
struct Item {
    number: usize,
    value: Value,
    /// Those of a sequence that come after it.
    left: Vec<Value>,
}

impl Step<'_> {
    /// Starts what a line of `start`, or an effect (`line` 0), says.
    pub(super) fn start(
        &mut self,
        at: &[usize],
        line: usize,
        start: &Arc<Start>,
        locals: &Locals,
    ) -> Result<(), Rejection> {
        if !self.holds(at, start.condition.as_ref(), locals, start.place)? {
            return Ok(());
        }
        let Some(each) = &start.each else {
            self.forget(at, &start.child)?;
            return self.begin(at, line, start, None, locals);
        };
        let items = match self.value(at, &each.items, locals, start.place)? {
            Value::List(items) => items.to_vec(),
            _ => Vec::new(),
        };
        if items.len() as u64 > ITEMS_MAX_DEFAULT {
            let message = format!("{} items, at most {ITEMS_MAX_DEFAULT}", items.len());
            return Err(Rejection::new(Rule::Limit, message).at(start.place));
        }
        self.forget(at, &start.child)?;
        if each.sequential {
            return self.begin_next(at, line, start, 0, items);
        }
        for (number, value) in items.into_iter().enumerate() {
            self.begin(at, line, start, Some(Item { number, value, left: Vec::new() }), locals)?;
        }
        Ok(())
    }

    /// Of a sequence: begins one item after the other until one goes on, or none is left.
    fn begin_next(
        &mut self,
        at: &[usize],
        line: usize,
        start: &Arc<Start>,
        number: usize,
        items: Vec<Value>,
    ) -> Result<(), Rejection> {
        let mut items = items.into_iter();
        let mut number = number;
        while let Some(value) = items.next() {
            let left = items.as_slice().to_vec();
            self.begin(at, line, start, Some(Item { number, value, left }), &Locals::at(self.process.time))?;
            let Some(child) = self.branch_mut(at)?.children.last_mut() else { return Ok(()) };
            if child.alive().is_some() {
                return Ok(());
            }
            child.left = Vec::new();
            number = number.saturating_add(1);
        }
        Ok(())
    }

    fn begin(
        &mut self,
        at: &[usize],
        line: usize,
        start: &Arc<Start>,
        item: Option<Item>,
        locals: &Locals,
    ) -> Result<(), Rejection> {
        self.spend_units(START_COST)?;
        if self.process.count() >= PROCESSES_MAX {
            let message = format!("more than {PROCESSES_MAX} processes besides main");
            return Err(Rejection::new(Rule::Limit, message).at(start.place));
        }
        let name = match &item {
            Some(item) => Text::from(format!("{}.{}", start.child, item.number)),
            None => start.child.clone(),
        };
        let mut inputs = Vec::with_capacity(start.with.len());
        for (input, rule) in &start.with {
            inputs.push((input.clone(), self.value(at, rule, locals, start.place)?));
        }
        let (value, left) = item.map_or((None, Vec::new()), |item| (Some(item.value), item.left));
        if let (Some(each), Some(value)) = (&start.each, value) {
            inputs.push((each.input.clone(), value));
        }
        let parent = self.branch(at);
        let inputs = start.body.inputs.check(&Value::map(inputs)).map_err(|invalid| {
            let pointer = format!("{}/children/{name}/inputs{}", parent.pointer(), invalid.pointer);
            Rejection::new(Rule::InvalidResult, invalid.message).pointing(pointer).at(start.place)
        })?;
        let mut branch = Branch::beginning(&start.body, format!("{}/{name}", parent.path), self.process.time);
        branch.roles = Arc::new(roles_of(start, parent));
        branch.inputs = map_or_empty(inputs);
        branch.number = self.process.begun;
        self.process.begun = self.process.begun.saturating_add(1);
        let is = Is::Alive(Arc::new(branch));
        let children = &mut self.branch_mut(at)?.children;
        children.push(Child { start: Arc::clone(start), name, line, left, is });
        let below = [at, &[children.len().saturating_sub(1)]].concat();
        self.enter(&below, start.body.initial)
    }

    /// Ends what is alive of a name and forgets all of it: the name is taken anew.
    fn forget(&mut self, at: &[usize], name: &str) -> Result<(), Rejection> {
        self.drop_children(at, |child| *child.start.child == *name)
    }

    /// Ends the children that a process leaves behind: all, or those that are not its own. What has ended is forgotten.
    pub(super) fn leave(&mut self, at: &[usize], all: bool) -> Result<(), Rejection> {
        if self.branch(at).children.is_empty() {
            return Ok(());
        }
        self.drop_children(at, |child| all || !child.start.own || child.alive().is_none())?;
        self.branch_mut(at)?.children.iter_mut().for_each(|child| child.line = 0);
        Ok(())
    }

    fn drop_children(&mut self, at: &[usize], dropped: impl Fn(&Child) -> bool) -> Result<(), Rejection> {
        let ending = self.branch(at).children.iter().filter(|child| dropped(child)).filter_map(Child::alive);
        let ending = ending.map(Branch::alive).fold(0, usize::saturating_add);
        self.spend_units(END_COST.saturating_mul(ending as u64))?;
        self.branch_mut(at)?.children.retain(|child| !dropped(child));
        Ok(())
    }

    /// The effect `cancel`: what is alive of a name has ended as cancelled.
    pub(super) fn cancel(&mut self, at: &[usize], name: &str) -> Result<(), Rejection> {
        let mut ended = 0;
        for child in self.branch_mut(at)?.children.iter_mut().filter(|child| *child.start.child == *name) {
            child.left = Vec::new();
            if let Is::Alive(branch) = &child.is {
                ended = branch.alive().saturating_add(ended);
                let state = branch.state_name();
                child.is = Is::Ended { state, outcome: Outcome::Cancelled, result: Value::Unassigned };
            }
        }
        self.spend_units(END_COST.saturating_mul(ended as u64))
    }

    /// A process has come to its end: what is below it ends too, its `result` stays.
    pub(super) fn end(&mut self, at: &[usize], outcome: Outcome) -> Result<(), Rejection> {
        let body = Arc::clone(&self.branch(at).body);
        let locals = Locals::at(self.process.time);
        let mut result = Vec::with_capacity(body.result.len());
        for (name, rule, place) in &body.result {
            result.push((name.clone(), self.value(at, rule, &locals, *place)?));
        }
        let result = Value::map(result);
        self.leave(at, true)?;
        self.branch_mut(at)?.held = Vec::new();
        let state = self.branch(at).state_name();
        let Some((position, parent)) = at.split_last() else {
            self.branch_mut(at)?.result = result;
            return Ok(());
        };
        self.spend_units(END_COST)?;
        if let Some(child) = self.branch_mut(parent)?.children.get_mut(*position) {
            child.is = Is::Ended { state, outcome, result };
        }
        Ok(())
    }

    /// Lets a sequence go on if the process that was here has ended.
    pub(super) fn go_on(&mut self, at: &[usize]) -> Result<(), Rejection> {
        let Some((position, parent)) = at.split_last() else { return Ok(()) };
        if self.process.branch(parent).is_none() {
            return Ok(());
        }
        let Some(child) = self.branch_mut(parent)?.children.get_mut(*position) else { return Ok(()) };
        if child.alive().is_some() || child.left.is_empty() {
            return Ok(());
        }
        let (left, line, start) = (std::mem::take(&mut child.left), child.line, Arc::clone(&child.start));
        let number = child.name.rsplit('.').next().and_then(|number| number.parse().ok());
        self.begin_next(parent, line, &start, number.map_or(0, |number: usize| number.saturating_add(1)), left)
    }
}

impl Branch {
    /// A process before it enters its first state: nobody is bound, nothing is written.
    pub(crate) fn beginning(
        body: &Arc<crate::scenario::Body>,
        path: String,
        time: countersign_rules::Timestamp,
    ) -> Self {
        let initial = body.assets.iter().map(|(name, _, schema)| (name.clone(), schema.initial()));
        let is_empty =
            |value: &Value| value.is_unassigned() || value.as_map().is_some_and(|members| members.is_empty());
        Self {
            body: Arc::clone(body),
            path: path.into(),
            state: body.initial,
            started: time,
            entered: time,
            roles: Arc::default(),
            assets: Value::map(initial.filter(|(_, value)| !is_empty(value))),
            vars: map_or_empty(body.vars.initial()),
            inputs: map_or_empty(Value::Unassigned),
            did: Arc::default(),
            timers: Arc::default(),
            result: Value::Unassigned,
            children: Vec::new(),
            held: Vec::new(),
            announced: Vec::new(),
            number: 0,
            written: BTreeSet::new(),
            passed: Trail::default(),
        }
    }

    /// Binds the roles of all below to whom they are bound here.
    pub(crate) fn hand_down(&mut self) {
        let Self { roles, children, .. } = self;
        for child in children {
            let Is::Alive(below) = &mut child.is else { continue };
            let below = Arc::make_mut(below);
            let declared = child.start.body.actors.iter();
            let theirs = Arc::make_mut(&mut below.roles).iter_mut().zip(&child.start.roles);
            for (actor, (of, theirs)) in declared.zip(theirs) {
                let ours = roles.get(*theirs).map(Vec::as_slice).unwrap_or_default();
                of.truncate(ours.len());
                for (index, ours) in ours.iter().enumerate() {
                    match of.get_mut(index) {
                        Some(role) => role.bind(ours),
                        None => of.push(Role::of_child(actor, index, ours)),
                    }
                }
            }
            below.hand_down();
        }
    }
}

impl Role {
    /// A role of a child: bound as one of its parent, with data of its own.
    fn of_child(actor: &Actor, index: usize, ours: &Self) -> Self {
        let mut role = Self { bound: false, party: None, value: role_value(actor, index, None) };
        role.bind(ours);
        role
    }

    /// The same party as another role, and data of its own.
    pub(crate) fn bind(&mut self, other: &Self) {
        self.bound = other.bound;
        self.party.clone_from(&other.party);
        if let Some(party) = &self.party {
            crate::step::put(&mut self.value, "identity", Value::Party(party.clone()));
        }
    }
}

/// The roles of a child: bound as those of its parent, with data of their own.
fn roles_of(start: &Start, parent: &Branch) -> Vec<Vec<Role>> {
    let one = |(actor, theirs): (&Actor, &usize)| {
        let ours = parent.members(*theirs).iter().enumerate();
        ours.map(|(index, ours)| Role::of_child(actor, index, ours)).collect()
    };
    start.body.actors.iter().zip(&start.roles).map(one).collect()
}
