//! The processes that a contract runs besides `main`: each owns those it started (language §2.3).

use std::sync::Arc;

use countersign_rules::{Text, Value};

use crate::branch::Branch;
use crate::process::{Process, ROOT_PROCESS};
use crate::scenario::{Outcome, Start, To};

/// Most processes besides `main` in a contract, alive or ended.
pub const PROCESSES_MAX: usize = 1_000;

/// A process and what became of it, as its parent holds it.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    /// What started it.
    pub start: Arc<Start>,
    /// Its own name: `goods`, or `c.0` for the first of a list.
    pub name: Text,
    /// 0 if it stands on the side, else 1 and its position in `start` of the current state.
    pub line: usize,
    /// The items of a sequence that have not begun.
    pub left: Vec<Value>,
    pub is: Is,
}

/// What became of a process.
#[derive(Clone, Debug)]
pub(crate) enum Is {
    Alive(Arc<Branch>),
    Ended { state: Text, outcome: Outcome, result: Value },
}

/// A signal on its way, or one that waits for its receiver.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub signal: Text,
    /// The path of the sender.
    pub from: Text,
    pub to: To,
    pub data: Value,
}

impl Child {
    pub fn alive(&self) -> Option<&Branch> {
        match &self.is {
            Is::Alive(branch) => Some(branch),
            Is::Ended { .. } => None,
        }
    }

    /// What expressions see of it.
    fn value(&self) -> Value {
        let (state, finished, outcome, result) = match &self.is {
            Is::Alive(branch) => (branch.state_name(), false, Value::Unassigned, &Value::Unassigned),
            Is::Ended { state, outcome, result } => (state.clone(), true, Value::text(outcome.as_str()), result),
        };
        Value::map([
            ("state", Value::Text(state)),
            ("finished", Value::Bool(finished)),
            ("outcome", outcome),
            ("result", result.clone()),
        ])
    }
}

impl Branch {
    /// What expressions see of the children of a name: one, or a list if it was started for each of a list.
    pub fn children_value(&self, name: &str) -> Value {
        let mut found = self.children.iter().filter(|child| *child.start.child == *name);
        match self.body.children.iter().find(|kind| *kind.name == *name) {
            Some(kind) if kind.many => Value::list(found.map(Child::value).collect()),
            Some(_) => found.next().map_or(Value::Unassigned, Child::value),
            None => Value::Unassigned,
        }
    }

    /// Whether all has ended that the current state started, items that have not begun included.
    pub fn all_finished(&self) -> bool {
        let mut started = self.children.iter().filter(|child| child.line > 0);
        started.all(|child| child.alive().is_none() && child.left.is_empty())
    }

    /// How many processes are alive here and below.
    pub fn alive(&self) -> usize {
        let below = self.children.iter().filter_map(Child::alive).map(Branch::alive);
        below.fold(1, usize::saturating_add)
    }

    /// How many processes this one and those below it have started and still hold, alive or ended.
    fn held_children(&self) -> usize {
        let below = self.children.iter().filter_map(Child::alive).map(Self::held_children);
        below.fold(self.children.len(), usize::saturating_add)
    }

    /// Adds this and all below it, with their positions: depth first, parents before or after their children.
    fn walk<'b>(&'b self, at: &mut Vec<usize>, parents_first: bool, into: &mut Vec<(Vec<usize>, &'b Self)>) {
        if parents_first {
            into.push((at.clone(), self));
        }
        for (position, child) in self.children.iter().enumerate() {
            if let Some(branch) = child.alive() {
                at.push(position);
                branch.walk(at, parents_first, into);
                at.pop();
            }
        }
        if !parents_first {
            into.push((at.clone(), self));
        }
    }
}

impl Process {
    /// The process at these positions, from `main` on.
    pub(crate) fn branch(&self, at: &[usize]) -> Option<&Branch> {
        at.iter().try_fold(&*self.main, |branch, position| branch.children.get(*position)?.alive())
    }

    pub(crate) fn branch_mut(&mut self, at: &[usize]) -> Option<&mut Branch> {
        at.iter().try_fold(Arc::make_mut(&mut self.main), |branch, position| {
            match &mut branch.children.get_mut(*position)?.is {
                Is::Alive(branch) => Some(Arc::make_mut(branch)),
                Is::Ended { .. } => None,
            }
        })
    }

    /// Every process that is alive, with its positions: parents first, children in the order of their start.
    pub(crate) fn all(&self) -> Vec<(Vec<usize>, &Branch)> {
        let mut all = Vec::new();
        self.main.walk(&mut Vec::new(), true, &mut all);
        all
    }

    /// The same, children before their parents.
    pub(crate) fn all_from_below(&self) -> Vec<(Vec<usize>, &Branch)> {
        let mut all = Vec::new();
        self.main.walk(&mut Vec::new(), false, &mut all);
        all
    }

    /// The positions of a process that is alive, by its path.
    pub(crate) fn find(&self, path: &str) -> Option<Vec<usize>> {
        let mut names = path.split('/');
        if names.next() != Some(ROOT_PROCESS) {
            return None;
        }
        let mut at = Vec::new();
        let mut branch = &*self.main;
        for name in names {
            let found = |child: &(usize, &Child)| *child.1.name == *name && child.1.alive().is_some();
            let (position, child) = branch.children.iter().enumerate().find(found)?;
            at.push(position);
            branch = child.alive()?;
        }
        Some(at)
    }

    /// How many processes there are besides `main`, alive or ended.
    pub(crate) fn count(&self) -> usize {
        self.main.held_children()
    }
}
