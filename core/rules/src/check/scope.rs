//! What an expression can see.

use std::collections::{BTreeMap, BTreeSet};

use crate::expr::Place;
use crate::types::Type;
use crate::value::Text;

/// The names an expression can use at its place, with their types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Which words are locals.
    pub place: Place,
    /// The root `_`: a record.
    pub root: Type,
    /// The current block of a record; in a process the block is the root.
    pub block: Option<Type>,
    /// The locals that have a value here.
    pub locals: BTreeMap<Text, Type>,
    /// Actors that `did` can name.
    pub actors: BTreeSet<Text>,
    /// Actions that `did`, `everyone_did` and `how_many_did` can name, with their responses.
    pub actions: BTreeMap<Text, BTreeSet<Text>>,
    /// Calendars that functions can name.
    pub calendars: BTreeSet<Text>,
}

impl Scope {
    /// A scope of nothing but a root.
    pub const fn new(place: Place, root: Type) -> Self {
        Self {
            place,
            root,
            block: None,
            locals: BTreeMap::new(),
            actors: BTreeSet::new(),
            actions: BTreeMap::new(),
            calendars: BTreeSet::new(),
        }
    }

    /// The same scope with one more local.
    #[must_use]
    pub fn with_local(mut self, name: &str, type_of: Type) -> Self {
        self.locals.insert(name.into(), type_of);
        self
    }
}
