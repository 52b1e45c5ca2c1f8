//! What a change would change: the process before and after it, side by side.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;
use countersign_rules::Timestamp;

use crate::offer::Open;
use crate::process::Process;

/// The differences between two processes that people see before they vote.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The state before and after.
    pub state: (String, String),
    /// States that come.
    pub states_added: Vec<String>,
    /// States that go.
    pub states_removed: Vec<String>,
    /// Values that change, by path (`assets.card`, `vars.total`, `actors.tenant.iban`): before and after, `null` if
    /// unassigned.
    pub data: Vec<(String, Json, Json)>,
    /// Actors to whom something else is open: before and after.
    pub open: Vec<(String, Vec<Open>, Vec<Open>)>,
    /// When the next timer is due, before and after.
    pub next_due: (Option<Timestamp>, Option<Timestamp>),
}

impl Preview {
    /// Compares a process with what a change makes of a copy of it.
    pub fn new(before: &Process, after: &Process) -> Self {
        let states =
            |process: &Process| -> BTreeSet<String> { process.scenario().states().map(str::to_owned).collect() };
        let (old, new) = (states(before), states(after));
        let (old_data, new_data) = (data(before), data(after));
        let paths: BTreeSet<&String> = old_data.keys().chain(new_data.keys()).collect();
        let value = |data: &BTreeMap<String, Json>, path: &String| data.get(path).cloned().unwrap_or(Json::Null);
        let data = paths.into_iter().map(|path| (path.clone(), value(&old_data, path), value(&new_data, path)));
        let time = after.time();
        let (old_open, new_open): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (before.open(time).into_iter().collect(), after.open(time).into_iter().collect());
        let actors: BTreeSet<&String> = old_open.keys().chain(new_open.keys()).collect();
        let offered = |open: &BTreeMap<String, Vec<Open>>, actor: &String| open.get(actor).cloned().unwrap_or_default();
        let open =
            actors.into_iter().map(|actor| (actor.clone(), offered(&old_open, actor), offered(&new_open, actor)));
        Self {
            state: (before.state().to_owned(), after.state().to_owned()),
            states_added: new.difference(&old).cloned().collect(),
            states_removed: old.difference(&new).cloned().collect(),
            data: data.filter(|(_, before, after)| before != after).collect(),
            open: open.filter(|(_, before, after)| before != after).collect(),
            next_due: (before.next_due(), after.next_due()),
        }
    }
}

/// The data of a process: the first level below each section.
fn data(process: &Process) -> BTreeMap<String, Json> {
    let mut all = BTreeMap::new();
    let mut put = |section: String, value: &Json| {
        for (name, value) in value.as_map().into_iter().flatten() {
            all.insert(format!("{section}.{name}"), value.clone());
        }
    };
    put("assets".into(), &process.assets().to_plain());
    put("vars".into(), &process.vars().to_plain());
    put("inputs".into(), &process.inputs().to_plain());
    for (member, _) in process.roles() {
        if let Some(value) = process.actor(&member) {
            put(format!("actors.{member}"), &value.to_plain());
        }
    }
    all
}
