//! What effects write, and whether it fits (language §4, step 9).

use std::sync::Arc;

use countersign_rules::{Text, Value};

use super::{Step, put};
use crate::finding::Place;
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Section, Target};
use crate::view::Locals;

impl Step<'_> {
    pub(super) fn write(
        &mut self,
        at: &[usize],
        target: &Target,
        locals: &Locals,
        place: Place,
        change: impl FnOnce(&mut Value, &[Text]) -> bool,
    ) -> Result<(), Rejection> {
        let section = match (target.section, locals.actor) {
            (Section::ActingActor, Some(actor)) => Section::Actor(actor),
            (section, _) => section,
        };
        let branch = self.branch_mut(at)?;
        let held = match section {
            Section::Assets => Some(&mut branch.assets),
            Section::Vars => Some(&mut branch.vars),
            Section::Actor(member) => branch.role_mut(member).map(|role| &mut role.value),
            Section::ActingActor => None,
        };
        if !held.is_some_and(|held| change(held, &target.path)) {
            let message = format!("there is no {} to write to", target.path.join("."));
            return Err(Rejection::new(Rule::InvalidResult, message).at(place));
        }
        if let Some(first) = target.path.first() {
            branch.written.insert((section, first.clone()));
        }
        Ok(())
    }

    /// Step 9: everything written fits its schema, in every process, parents first.
    pub(super) fn fit(&mut self) -> Result<(), Rejection> {
        let all = self.process.all().into_iter();
        let written: Vec<Vec<usize>> = all.filter(|(_, branch)| !branch.written.is_empty()).map(|(at, _)| at).collect();
        written.iter().try_for_each(|at| self.fit_one(at))
    }

    fn fit_one(&mut self, at: &[usize]) -> Result<(), Rejection> {
        let branch = self.branch_mut(at)?;
        let body = Arc::clone(&branch.body);
        let prefix = branch.pointer();
        for (section, name) in std::mem::take(&mut branch.written) {
            let (held, schema, pointer) = match section {
                Section::Assets => {
                    let found = body.assets.iter().find(|(asset, ..)| *asset == name);
                    (Some(&mut branch.assets), found.map(|(_, _, schema)| schema), format!("/assets/{name}"))
                }
                Section::Vars => (Some(&mut branch.vars), body.vars.member(&name), format!("/vars/{name}")),
                Section::Actor(member) => {
                    let key = branch.member_name(member);
                    let schema = body.actors.get(member.actor).and_then(|actor| actor.data.member(&name));
                    let role = branch.role_mut(member);
                    (role.map(|role| &mut role.value), schema, format!("/actors/{key}/{name}"))
                }
                Section::ActingActor => (None, None, String::new()),
            };
            let (Some(held), Some(schema)) = (held, schema) else { continue };
            let value = held.get(&name);
            if value.is_unassigned() {
                continue;
            }
            let value = schema.check(value).map_err(|invalid| {
                let pointer = format!("{prefix}{pointer}{}", invalid.pointer);
                Rejection::new(Rule::InvalidResult, invalid.message).pointing(pointer)
            })?;
            put(held, &name, value);
        }
        Ok(())
    }
}

/// `merge`: what is assigned in `value` replaces what is at the path, recursively by record.
pub(super) fn merge(held: &mut Value, path: &[Text], value: &Value) -> bool {
    if value.is_unassigned() {
        return true;
    }
    let mut merged = held.at(path).clone();
    merged.merge(value);
    held.set(path, merged)
}
