//! States, transitions and effects.

use std::sync::Arc;

use countersign_codec::Json;
use countersign_rules::{Duration, Kind as TypeKind, Text, Type};

use super::{Builder, Members, Sight, data, put_map};
use crate::analysis::{Line, LineKind, StateLines};
use crate::scenario::{Actors, Delay, Effect, EffectKind, Goto, Outcome, Start, State, Transition, Trigger, Written};
use crate::source::DOCUMENT_BYTES_MAX;
use crate::tree::{Key, Node};

/// Most transitions of a scenario (language §2).
const TRANSITIONS_MAX: usize = 10_000;
/// Most responses that all transitions name together; a word of `on` names all responses of its action.
const RESPONSES_NAMED_MAX: usize = 200_000;

impl Builder<'_> {
    /// Compiles the states, `everywhere` included.
    pub(super) fn all_states(&mut self, canonical: &mut Members) -> Option<Vec<State>> {
        let doc = self.doc;
        let mut members = Members::new();
        let mut states = Vec::new();
        let mut complete = true;
        self.count_transitions()?;
        let except: Vec<Option<usize>> =
            match doc.get("everywhere").and_then(|node| node.get("except")).and_then(Node::as_list) {
                Some(items) => items.iter().map(|item| self.state_named(item)).collect(),
                None => Vec::new(),
            };
        for (position, name) in self.names.states.clone().into_iter().enumerate() {
            let Some((key, node)) = doc.get("states").and_then(|states| states.member(name)) else { continue };
            let everywhere = doc.get("everywhere").filter(|_| !except.contains(&Some(position)));
            let mut own = Members::new();
            match self.state(key, node, everywhere, &mut own) {
                Some(state) => states.push(state),
                None => complete = false,
            }
            members.insert(name.to_owned(), Json::Map(own));
            if self.shared.transition_bytes > DOCUMENT_BYTES_MAX || self.shared.responses_named > RESPONSES_NAMED_MAX {
                return None;
            }
        }
        put_map(canonical, "states", members);
        complete.then_some(states)
    }

    /// Counts before anything is compiled: `everywhere` multiplies.
    fn count_transitions(&mut self) -> Option<()> {
        let length = |node: Option<&Node>| {
            node.and_then(|node| node.get("transitions")).and_then(Node::as_list).map_or(0, <[Node]>::len)
        };
        let states = self.doc.get("states").and_then(Node::as_map).unwrap_or_default();
        let shared = length(self.doc.get("everywhere"));
        let except = self.doc.get("everywhere").and_then(|node| node.get("except")).and_then(Node::as_list);
        let except: std::collections::BTreeSet<_> = except.into_iter().flatten().filter_map(Node::as_text).collect();
        let count = states.iter().fold(self.shared.transitions, |sum: usize, (key, state)| {
            let is_shared = state.get("final").is_none() && !except.contains(key.text.as_str());
            sum.saturating_add(length(Some(state))).saturating_add(if is_shared { shared } else { 0 })
        });
        if count > TRANSITIONS_MAX {
            let place = self.doc.get("states").map_or(self.doc.place, |node| node.place);
            self.report.add("E107", place, format!("too many transitions: {count}, at most {TRANSITIONS_MAX}"));
            return None;
        }
        self.shared.transitions = count;
        Some(())
    }

    /// Whether the transitions so far are within what a scenario may take; they are compiled once for each state.
    fn within_limits(&mut self, members: &Members) -> bool {
        let bytes = Json::Map(members.clone()).to_string().len();
        self.shared.transition_bytes = self.shared.transition_bytes.saturating_add(bytes);
        for (things, count, max) in [
            ("bytes of transitions in canonical form", self.shared.transition_bytes, DOCUMENT_BYTES_MAX),
            ("responses named by transitions", self.shared.responses_named, RESPONSES_NAMED_MAX),
        ] {
            if count > max {
                let place = self.doc.get("states").map_or(self.doc.place, |node| node.place);
                self.report.add("E107", place, format!("too many {things}: {count}, at most {max}"));
                return false;
            }
        }
        true
    }

    fn state(&mut self, key: &Key, node: &Node, everywhere: Option<&Node>, canonical: &mut Members) -> Option<State> {
        let title = self.title(node, canonical);
        self.description(node, canonical);
        data::copy(node, &["clause", "ui", "final"], canonical);
        let clause = self.clause(node);
        let instructions = self.instructions(node, canonical);
        let scope = self.scope([("time", Type::of(TypeKind::Timestamp))]);
        let effects = self.effects(node, &scope, canonical);
        let start = self.starts(node, &scope, canonical);
        let acknowledge = self.acknowledge(node, canonical);
        let outcome = match node.get("final").and_then(Node::as_text) {
            Some("success") => Some(Outcome::Success),
            Some("failure") => Some(Outcome::Failure),
            Some("cancelled") => Some(Outcome::Cancelled),
            _ => None,
        };
        let ending = start.iter().flatten().filter(|start| !start.own).map(|start| start.child.to_string());
        let children = ending.collect();
        let mut lines = StateLines { name: key.text.clone(), place: key.place, outcome, lines: Vec::new(), children };
        let mut transitions = Vec::new();
        let mut written = Vec::new();
        let everywhere = everywhere.filter(|_| node.get("final").is_none());
        let own = node.get("transitions").and_then(Node::as_list).unwrap_or_default();
        let shared = everywhere.and_then(|node| node.get("transitions")).and_then(Node::as_list).unwrap_or_default();
        let mut complete = true;
        for node in own.iter().chain(shared) {
            let mut members = Members::new();
            match self.transition(node, &mut members, &mut lines.lines) {
                Some(transition) => transitions.push(transition),
                None => complete = false,
            }
            if !self.within_limits(&members) {
                return None;
            }
            written.push(Json::Map(members));
        }
        if node.get("final").is_none() {
            canonical.insert("transitions".into(), Json::List(written));
        }
        self.lines.push(lines);
        if !complete {
            return None;
        }
        Some(State {
            name: key.text.as_str().into(),
            place: key.place,
            title: title?,
            clause,
            instructions: instructions?,
            effects: effects?,
            start: start?,
            acknowledge,
            transitions,
            outcome,
        })
    }

    /// The children that a state starts.
    fn starts(&mut self, node: &Node, scope: &Sight, canonical: &mut Members) -> Option<Vec<Arc<Start>>> {
        let mut written = Vec::new();
        let mut starts = Vec::new();
        for node in node.get("start").and_then(Node::as_list).unwrap_or_default() {
            let mut own = Members::new();
            starts.push(self.start(node, scope, &mut own).map(Arc::new));
            written.push(Json::Map(own));
        }
        if !written.is_empty() {
            canonical.insert("start".into(), Json::List(written));
        }
        starts.into_iter().collect()
    }

    fn instructions(&mut self, node: &Node, canonical: &mut Members) -> Option<Vec<(usize, Written)>> {
        let mut members = Members::new();
        let mut instructions = Vec::new();
        let mut complete = true;
        for (key, words) in node.get("instructions").and_then(Node::as_map).unwrap_or_default() {
            let Ok(actor) = self.names.actors.binary_search(&key.text.as_str()) else {
                let names = self.names.actors.clone();
                let near = crate::finding::did_you_mean(&key.text, names);
                self.report.add("E201", key.place, format!("no actor is called `{}`{near}", key.text));
                complete = false;
                continue;
            };
            let mut reader = Actors::default();
            reader.add(actor);
            let scope = self.scope([("actor", self.acting(reader))]);
            match self.written(words, &scope) {
                Some((written, words)) => {
                    members.insert(key.text.clone(), words);
                    instructions.push((actor, written));
                }
                None => complete = false,
            }
        }
        put_map(canonical, "instructions", members);
        instructions.sort_by_key(|(actor, _)| *actor);
        complete.then_some(instructions)
    }

    fn transition(&mut self, node: &Node, canonical: &mut Members, lines: &mut Vec<Line>) -> Option<Transition> {
        let goto = match node.get("goto") {
            Some(target) if target.as_text() == Some("stay") => Some(Goto::Stay),
            Some(target) => self.state_named(target).map(Goto::State),
            None => None,
        };
        data::copy(node, &["goto", "clause"], canonical);
        self.clause(node);
        let title = node.get("title").and_then(|_| self.title(node, canonical));
        let (trigger, kind, scope) = self.trigger(node, canonical);
        let condition = self.guard_of(node, &scope);
        if let Some(Some((_, tree))) = &condition {
            canonical.insert("if".into(), tree.clone());
        }
        let effects = self.effects(node, &scope, canonical);
        lines.push(Line {
            place: node.place,
            kind,
            condition: condition.as_ref().and_then(|guard| guard.as_ref().map(|(_, tree)| tree.clone())),
            guarded: !matches!(condition, Some(None)),
            when: canonical.get("when").cloned(),
            idle: node.get("do").is_none(),
            goto,
        });
        let condition = condition?.map(|(rule, _)| rule);
        Some(Transition {
            place: node.place,
            trigger: trigger?,
            condition,
            effects: effects?,
            goto: goto?,
            title,
            deviation: None,
        })
    }

    /// The trigger of a transition, and what its guard and effects can see.
    fn trigger(&mut self, node: &Node, canonical: &mut Members) -> (Option<Trigger>, LineKind, Sight) {
        let timed = self.scope([("time", Type::of(TypeKind::Timestamp))]);
        if let Some(on) = node.get("on") {
            return self.on(node, on, canonical);
        }
        if let Some(when) = node.get("when") {
            let compiled = self.expression_guarded(when, &timed);
            let always = compiled.as_ref().is_some_and(|(_, tree)| *tree == Json::map([("bool", Json::Bool(true))]));
            if let Some((_, tree)) = &compiled {
                canonical.insert("when".into(), tree.clone());
            }
            return (compiled.map(|(rule, _)| Trigger::When(rule)), LineKind::When { always }, timed);
        }
        if let Some(after) = node.get("after") {
            let compiled = self.after(after, &timed);
            if let Some((_, tree)) = &compiled {
                canonical.insert("after".into(), tree.clone());
            }
            let fixed = compiled.as_ref().map(|(_, tree)| tree).filter(|tree| is_fixed(tree));
            let fixed = fixed.map(|tree| Json::map([("after", tree.clone())]));
            return (compiled.map(|(delay, _)| Trigger::After(delay)), LineKind::Timer(fixed), timed);
        }
        if let Some(at) = node.get("at") {
            let compiled = self.point_in_time(at, &timed);
            if let Some((_, tree)) = &compiled {
                canonical.insert("at".into(), tree.clone());
            }
            let written = compiled.as_ref().map(|(_, tree)| Json::map([("at", tree.clone())]));
            return (compiled.map(|(rule, _)| Trigger::At(rule)), LineKind::Timer(written), timed);
        }
        if let Some(every) = node.get("every") {
            let interval = every.as_text().and_then(Duration::parse);
            let times = node.get("times").and_then(|times| u32::try_from(times.to_json().as_int()?).ok());
            if let (Some(interval), Some(times)) = (interval, times) {
                let words = Json::text(interval.to_string());
                canonical.insert("every".into(), words.clone());
                data::copy(node, &["times"], canonical);
                let written = LineKind::Timer(Some(Json::map([("every", words)])));
                return (Some(Trigger::Every { interval, times }), written, timed);
            }
        }
        if let Some(signal) = node.get("signal") {
            data::copy(node, &["signal"], canonical);
            let position = self.signal_named(signal);
            let data = position.and_then(|at| self.signals.get(at)).map(|signal| signal.data.type_of().clone());
            let data = data.unwrap_or_else(|| Type::of(TypeKind::Any));
            let scope = self.scope([("time", Type::of(TypeKind::Timestamp)), ("signal", data)]);
            return (position.map(Trigger::Signal), LineKind::Signal(position), scope);
        }
        (None, LineKind::Timer(None), timed)
    }

    fn on(&mut self, node: &Node, on: &Node, canonical: &mut Members) -> (Option<Trigger>, LineKind, Sight) {
        let items = on.as_list().unwrap_or(std::slice::from_ref(on));
        let mut responses: Vec<(usize, usize)> = Vec::new();
        let mut complete = true;
        for item in items {
            let found = self.responses_named(item);
            complete &= !found.is_empty();
            responses.extend(found);
        }
        responses.sort_unstable();
        responses.dedup();
        self.shared.responses_named = self.shared.responses_named.saturating_add(responses.len());
        let mut words: Vec<&str> = items.iter().filter_map(Node::as_text).collect();
        words.sort_unstable();
        words.dedup();
        canonical.insert("on".into(), Json::List(words.into_iter().map(Json::text).collect()));
        let mut acting = Actors::default();
        let by_action: Vec<Actors> = responses.iter().map(|(action, _)| self.by_of(*action)).collect();
        by_action.iter().flat_map(|by| by.iter()).for_each(|actor| acting.add(actor));
        let by = match node.get("by") {
            None => self.everyone(),
            Some(written) => {
                let by = self.actors_named(written);
                canonical.insert("by".into(), self.names_of(by));
                by
            }
        };
        let scope = self.scope_of(&responses, acting.intersect(by));
        let kind = LineKind::On { responses: responses.clone(), by };
        (complete.then_some(Trigger::On { responses, by }), kind, scope)
    }

    /// The actors in `by` of an action, whether or not all of it could be compiled.
    fn by_of(&self, action: usize) -> Actors {
        let name = self.names.actions.get(action).map(|(name, _)| *name).unwrap_or_default();
        let found = self.actions.iter().find(|action| *action.name == *name);
        found.map_or_else(|| self.everyone(), |action| action.by)
    }

    /// A condition that is written as such (`when`): always true is a value of it.
    fn expression_guarded(&mut self, node: &Node, scope: &Sight) -> Option<super::expressions::Compiled> {
        match self.guard(node, scope)? {
            Some(compiled) => Some(compiled),
            None => self.expression(node, scope, Some(&Type::of(TypeKind::Bool))),
        }
    }

    /// The delay of an `after`, and its canonical form.
    fn after(&mut self, node: &Node, scope: &Sight) -> Option<(Delay, Json)> {
        let (Some(count), Some(calendar)) = (node.get("business_days"), node.get("calendar")) else {
            return self.delay(node, scope).map(|(rule, tree)| (Delay::For(rule), tree));
        };
        let count = self.expression(count, scope, Some(&Type::int()));
        let name = calendar.as_text()?;
        // A set of texts iterates as the compiled calendars are sorted.
        let Some(position) = self.calendars.iter().position(|known| **known == *name) else {
            let names: Vec<Text> = self.calendars.iter().cloned().collect();
            self.nothing_called(calendar, "calendar", name, names.iter().map(|name| &**name));
            return None;
        };
        let (count, tree) = count?;
        let tree = Json::map([("business_days", tree), ("calendar", Json::text(name))]);
        Some((Delay::BusinessDays { count, calendar: position }, tree))
    }

    fn point_in_time(&mut self, node: &Node, scope: &Sight) -> Option<super::expressions::Compiled> {
        let (rule, tree) = self.expression(node, scope, None)?;
        let kind = rule.type_of();
        if kind.personal.is_some() {
            let path = rule.expr().to_text();
            self.report.add("E501", node.place, format!("personal data `{path}` cannot decide or be computed with"));
            return None;
        }
        if !matches!(kind.kind, TypeKind::Timestamp | TypeKind::Date | TypeKind::Any) {
            self.report.add("E404", node.place, format!("expected timestamp or date, this is {kind}"));
            return None;
        }
        Some((rule, tree))
    }

    /// The effects `do` of a part.
    pub(super) fn effects(&mut self, part: &Node, scope: &Sight, canonical: &mut Members) -> Option<Vec<Effect>> {
        let items = part.get("do").and_then(Node::as_list).unwrap_or_default();
        let mut effects = Vec::new();
        let mut written = Vec::new();
        for node in items {
            let mut own = Members::new();
            effects.push(self.effect(node, scope, &mut own));
            written.push(Json::Map(own));
        }
        if !written.is_empty() {
            canonical.insert("do".into(), Json::List(written));
        }
        effects.into_iter().collect()
    }

    fn effect(&mut self, node: &Node, scope: &Sight, canonical: &mut Members) -> Option<Effect> {
        let condition = self.guard_of(node, scope);
        if let Some(Some((_, tree))) = &condition {
            canonical.insert("if".into(), tree.clone());
        }
        let kind = if let Some(kind) = self.effect_on_others(node, scope, canonical) {
            kind?
        } else if let Some(kind) = self.effect_on_roles(node, scope, canonical) {
            kind?
        } else if let Some(label) = node.get("mark") {
            data::copy(node, &["mark"], canonical);
            EffectKind::Mark(Text::from(label.as_text()?))
        } else if let Some(kind) = self.writing(node, "set", "to", scope, canonical) {
            let (target, rule) = kind?;
            EffectKind::Set(target, rule)
        } else if let Some(kind) = self.writing(node, "append", "item", scope, canonical) {
            let (target, rule) = kind?;
            EffectKind::Append(target, rule)
        } else {
            let (target, rule) = self.writing(node, "merge", "from", scope, canonical)??;
            EffectKind::Merge(target, rule)
        };
        Some(Effect { place: node.place, condition: condition?.map(|(rule, _)| rule), kind })
    }

    /// An effect that writes: none if it is another one, and none inside if it has an error.
    fn writing(
        &mut self,
        node: &Node,
        key: &str,
        value: &str,
        scope: &Sight,
        canonical: &mut Members,
    ) -> Option<Option<(crate::scenario::Target, countersign_rules::Rule)>> {
        let path = node.get(key)?;
        let target = self.target(path, scope);
        let words = path.as_text().unwrap_or_default();
        // `_.vars.x` and `vars.x` are one path.
        canonical.insert(key.to_owned(), Json::text(words.strip_prefix("_.").unwrap_or(words)));
        let expected = target.as_ref().and_then(|(_, kind)| match (key, &kind.kind) {
            ("append", TypeKind::List { of, .. }) => Some((**of).clone()),
            ("set", _) => Some(kind.clone()),
            _ => None,
        });
        if let Some((_, kind)) = &target
            && key == "append"
            && !matches!(kind.kind, TypeKind::List { .. } | TypeKind::Any)
        {
            self.report.add("E404", path.place, format!("expected list, this is {kind}"));
        }
        let expression = node.get(value)?;
        let Some((rule, tree)) = self.expression(expression, scope, expected.as_ref()) else { return Some(None) };
        if let Some((_, kind)) = &target
            && key == "merge"
            && !mergeable(kind, rule.type_of())
        {
            self.report.add("E404", expression.place, format!("expected {kind}, this is {}", rule.type_of()));
        }
        canonical.insert(value.to_owned(), tree);
        Some(target.map(|(target, _)| (target, rule)))
    }
}

/// Whether a delay is the same each time: a duration, or a number of business days, that is written as such.
fn is_fixed(tree: &Json) -> bool {
    tree.get("duration").is_some() || tree.get("business_days").is_some_and(|count| count.get("int").is_some())
}

/// Whether a value may be merged into what is there: a record or map with members that fit.
fn mergeable(into: &Type, from: &Type) -> bool {
    match (&into.kind, &from.kind) {
        (TypeKind::Any, _) | (_, TypeKind::Any) => true,
        (TypeKind::Record(into), TypeKind::Record(from)) => from
            .iter()
            .all(|(name, kind)| into.get(name).is_some_and(|into| into.accepts(kind) || mergeable(into, kind))),
        (TypeKind::Record(_) | TypeKind::Map { .. } | TypeKind::Opaque, _) => into.accepts(from),
        _ => false,
    }
}
