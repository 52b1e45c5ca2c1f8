//! The course: each state as a clause that says who may do what, on what condition, by when, and what follows.

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_workflow::{
    ActionKind, ActionOutline, ChildOutline, Outline, Scenario, StateOutline, Way, WayTrigger, humane, lower_first,
    plain_words,
};

use crate::agreed::Types;
use crate::block::{Run, RunKind};
use crate::words::{is_plural, listed, the};

/// What the clauses of the course refer to.
pub(crate) struct Course<'a> {
    pub scenario: &'a Scenario,
    pub outline: &'a Outline,
    pub language: &'a str,
    /// State → the number of its clause.
    pub numbers: BTreeMap<&'a str, String>,
    /// Clause of the scenario → its number here.
    pub terms: BTreeMap<&'a str, String>,
}

/// An action as a state offers it: its ways, in their order.
struct Offer<'a> {
    action: &'a ActionOutline,
    ways: Vec<(&'a Way, Option<&'a str>)>,
}

impl<'a> Course<'a> {
    /// The words of one clause.
    pub fn clause(&self, state: &StateOutline) -> Vec<Run> {
        let title = self.outline.say(&state.title, self.language).unwrap_or(&state.name);
        let mut runs = vec![Run::new(RunKind::Term, title), Run::new(RunKind::Text, ".")];
        if let Some(number) = state.clause.as_deref().and_then(|clause| self.terms.get(clause)) {
            runs.push(Run::new(RunKind::Text, format!(" Clause {number} applies.")));
        }
        runs.extend(self.started(state).map(|words| Run::new(RunKind::Text, words)));
        for offer in self.offers(state) {
            self.offer(&offer, &mut runs);
        }
        for way in &state.ways {
            if let Some(text) = self.automatic(way) {
                runs.push(Run::new(RunKind::Text, format!(" {text}")));
            }
        }
        runs
    }

    /// What runs while a state lasts.
    fn started(&self, state: &StateOutline) -> Option<String> {
        let one = |child: &ChildOutline| {
            let title = self.outline.say(&child.title, self.language).unwrap_or(&child.name);
            if child.many { format!("“{title}” for each of a list") } else { format!("“{title}”") }
        };
        let children: Vec<String> = state.starts.iter().map(one).collect();
        let verb = if children.len() == 1 && !state.starts.iter().any(|child| child.many) { "takes" } else { "take" };
        (!children.is_empty()).then(|| {
            format!(" Meanwhile {} {verb} {} course.", listed(&children), if verb == "takes" { "its" } else { "their" })
        })
    }

    /// What a state offers: its actions in the order of the ways.
    fn offers(&self, state: &'a StateOutline) -> Vec<Offer<'a>>
    where
        'a: 'a,
    {
        let mut offers: Vec<Offer<'a>> = Vec::new();
        for way in &state.ways {
            let WayTrigger::On(items) = &way.trigger else { continue };
            for (name, response) in items {
                let Some(action) = self.outline.action(name) else { continue };
                let response = response.as_deref();
                match offers.iter_mut().find(|offer| offer.action.name == action.name) {
                    Some(offer) => offer.ways.push((way, response)),
                    None => offers.push(Offer { action, ways: vec![(way, response)] }),
                }
            }
        }
        offers
    }

    fn offer(&self, offer: &Offer<'_>, runs: &mut Vec<Run>) {
        let action = offer.action;
        let mut who: Vec<&str> = offer.ways.iter().flat_map(|(way, _)| self.outline.who(way)).collect();
        who.sort_unstable();
        who.dedup();
        who.retain(|actor| action.by.iter().any(|by| by == actor));
        runs.push(Run::new(RunKind::Text, " "));
        for (index, actor) in who.iter().enumerate() {
            let joint = match index {
                0 => "The ",
                _ if index.saturating_add(1) == who.len() => " and the ",
                _ => ", the ",
            };
            runs.push(Run::new(RunKind::Text, joint));
            runs.push(Run::new(RunKind::Party, self.outline.actor_title(actor, self.language)));
        }
        let title = self.outline.say(&action.title, self.language).unwrap_or(&action.name);
        let each = if who.len() > 1 { " may each " } else { " may " };
        runs.push(Run::new(RunKind::Text, each));
        runs.push(Run::new(RunKind::Term, lower_first(title)));
        let several = action.responses.len() > 1;
        let mut words = if several { String::new() } else { self.stating(action, &action.expect) };
        words.push('.');
        if let Some(condition) = &action.condition {
            words.push_str(&format!(" {}", self.condition(action, condition)));
        }
        if action.kind == ActionKind::Performative {
            words.push_str(" Whoever does so is bound by it.");
        }
        words.push_str(&self.unchanged(action));
        if let Some(number) = self.scenario.action(&action.name).and_then(|view| self.terms.get(view.clause()?)) {
            words.push_str(&format!(" Clause {number} applies."));
        }
        for (way, response) in &offer.ways {
            words.push_str(&self.follows(action, way, response.filter(|_| several)));
        }
        runs.push(Run::new(RunKind::Text, words));
    }

    /// `, stating the rent and adding the text`.
    fn stating(&self, action: &ActionOutline, response: &str) -> String {
        let Some(view) = self.scenario.action(&action.name) else { return String::new() };
        let schema = view.response_schema(response).unwrap_or(Json::Null);
        let types = Types(self.scenario.canonical().get("types").and_then(Json::as_map));
        let fields: Vec<String> = types.members(&schema).iter().map(|(_, title, _)| the(title)).collect();
        let files: Vec<String> = view.attachments(response).into_iter().map(|file| the(&humane(file.name))).collect();
        let mut words = String::new();
        if !fields.is_empty() {
            words.push_str(&format!(", stating {}", listed(&fields)));
        }
        if !files.is_empty() {
            words.push_str(&format!(
                "{} adding {} as a file",
                if words.is_empty() { "," } else { " and" },
                listed(&files)
            ));
        }
        words
    }

    fn condition(&self, action: &ActionOutline, condition: &countersign_workflow::Written) -> String {
        let own = condition.tree.as_ref().and_then(|tree| tree.get("not")).and_then(|inner| inner_did(inner));
        match own {
            Some(("actor", name)) if name == action.name => "Each may do so once.".to_owned(),
            _ => format!("A party may do so only if {}.", plain_words(self.outline, condition, self.language)),
        }
    }

    /// What must not have changed since the party saw it.
    fn unchanged(&self, action: &ActionOutline) -> String {
        let Some(view) = self.scenario.action(&action.name) else { return String::new() };
        let mut seen: Vec<String> = Vec::new();
        for path in view.seen() {
            let mut parts = path.split('.').skip(1);
            let name = parts.next().unwrap_or_default();
            let title = self.outline.assets.iter().find(|(asset, _)| asset == name);
            let title = title.and_then(|(_, words)| self.outline.say(words, self.language));
            let title = title.map_or_else(|| humane(name), lower_first);
            let rest: Vec<String> = parts.map(humane).collect();
            let owner = the(&title);
            seen.push(if rest.is_empty() { owner } else { format!("the {} of {owner}", rest.join(" ")) });
        }
        if seen.is_empty() {
            return String::new();
        }
        let verb = if seen.len() == 1 && !seen.iter().any(|words| is_plural(words)) { "is" } else { "are" };
        format!(" It counts only if {} {verb} unchanged since that party saw it.", listed(&seen))
    }

    /// What follows once an action is done.
    fn follows(&self, action: &ActionOutline, way: &Way, response: Option<&str>) -> String {
        let guard = way.condition.as_ref().map(|condition| plain_words(self.outline, condition, self.language));
        let title = response.and_then(|name| action.responses.iter().find(|(known, _)| known == name));
        let title = title.map(|(name, words)| self.outline.say(words, self.language).unwrap_or(name));
        let stated = response.map(|response| self.stating(action, response)).unwrap_or_default();
        let mut when = match title {
            Some(title) => format!("If the answer is “{title}”{stated}"),
            None => "Once it is done".to_owned(),
        };
        if let Some(guard) = guard {
            when.push_str(&format!(" and {guard}"));
        }
        match way.target.as_deref().and_then(|target| self.numbers.get(target)) {
            Some(number) => format!(" {when}, clause {number} follows."),
            None if title.is_some() || way.condition.is_some() => format!(" {when}, this clause continues."),
            None => String::new(),
        }
    }

    /// What happens by itself.
    fn automatic(&self, way: &Way) -> Option<String> {
        let guard = way.condition.as_ref().map(|condition| plain_words(self.outline, condition, self.language));
        let guard = guard.map(|guard| format!(" and if {guard}")).unwrap_or_default();
        let follows = match way.target.as_deref().and_then(|target| self.numbers.get(target)) {
            Some(number) => format!("clause {number} follows"),
            None => "this clause continues".to_owned(),
        };
        match &way.trigger {
            WayTrigger::On(_) => None,
            WayTrigger::When(written) => {
                let words = plain_words(self.outline, written, self.language);
                Some(if words == "always" {
                    format!("From here {follows} at once{guard}.")
                } else {
                    format!("As soon as {words}{guard}, {follows}.")
                })
            }
            WayTrigger::After(written) => {
                let words = plain_words(self.outline, written, self.language);
                Some(format!("If this clause still stands after {words}{guard}, {follows}."))
            }
            WayTrigger::BusinessDays { count, calendar } => {
                let words = plain_words(self.outline, count, self.language);
                let calendar = self.outline.say(calendar, self.language).unwrap_or_default();
                Some(format!(
                    "If this clause still stands at the end of {words} business days after its first day (calendar “{calendar}”){guard}, {follows}."
                ))
            }
            WayTrigger::At(written) => {
                let words = plain_words(self.outline, written, self.language);
                Some(format!("As soon as it is {words}{guard}, {follows}."))
            }
            WayTrigger::Signal(signal) => Some(format!("On the signal “{}”{guard}, {follows}.", humane(signal))),
            WayTrigger::Every { interval, times } => {
                let words = plain_words(self.outline, interval, self.language);
                Some(format!("Every {words} that this clause stands, {times} times at most{guard}, {follows}."))
            }
        }
    }
}

/// The arguments of `did`.
fn inner_did(tree: &Json) -> Option<(&str, &str)> {
    // `not` has its argument alone or in a list.
    let tree = tree.as_list().and_then(|list| list.first()).unwrap_or(tree);
    let list = tree.get("did").and_then(Json::as_list)?;
    Some((list.first()?.as_text()?, list.get(1)?.as_text()?))
}
