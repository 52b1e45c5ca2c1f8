//! What a run adds to a diagram.

use std::collections::BTreeMap;

use crate::drawing::{Px, Standing, TextKind};
use crate::measure::{lines, width};
use crate::model::{Diagram, Role, TriggerKind};

/// What is known of a run; names that the diagram has not are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// The state in which the process is.
    pub current: Option<String>,
    /// What happened, in its order.
    pub taken: Vec<Taken>,
    /// What can be done now.
    pub next: Vec<Next>,
    /// The roles of whoever looks.
    pub you: Vec<String>,
    /// Letters for roles, such as those of their parties.
    pub monograms: BTreeMap<String, String>,
    /// The states of a counterexample, from the first.
    pub counterexample: Vec<String>,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The state after it.
    pub state: String,
    /// What caused it: `action.response`, or `after:state`, `at:state`, `every:state`.
    pub cause: String,
    /// The number of its entry; none for what happened by itself.
    pub number: Option<u64>,
}

/// An action that can be taken now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The role.
    pub actor: String,
    /// The action.
    pub action: String,
}

/// Words, and the same with letters in place of titles for where they have no room.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub long: String,
    pub short: String,
}

impl Said {
    fn plain(text: &str) -> Self {
        Self { long: text.to_owned(), short: text.to_owned() }
    }

    fn with(before: &str, (mut titles, mut letters): (Vec<&str>, Vec<&str>)) -> Self {
        titles.dedup();
        letters.dedup();
        Self { long: format!("{before} {}", titles.join(" or ")), short: format!("{before} {}", letters.join(" or ")) }
    }

    /// What fits on one line of this width; cut if nothing does.
    pub fn line(&self, kind: TextKind, width_max: Px) -> Vec<String> {
        let text = if width(&self.long, kind) <= width_max { &self.long } else { &self.short };
        lines(text, kind, width_max, 1)
    }
}

/// What a run says of each state and of each pair of states that a line joins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Colours {
    pub states: Vec<Standing>,
    pub lines: BTreeMap<(usize, usize), LineColour>,
    /// What the badge of the current state says.
    pub badge: Option<Said>,
}

/// What a run says of a line.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineColour {
    pub standing: Standing,
    /// What stands below the line.
    pub fact: Option<Said>,
    /// Numbers of the counterexample.
    pub marks: Vec<String>,
    numbers: Vec<u64>,
}

/// Most numbers said of one line.
const NUMBERS_MAX: usize = 4;

impl Overlay {
    /// `monograms`: what each role is called in the boxes.
    pub(crate) fn colours(&self, diagram: &Diagram, monograms: &[String]) -> Colours {
        let mut colours = Colours { states: vec![Standing::Rest; diagram.states.len()], ..Colours::default() };
        self.next_lines(diagram, monograms, &mut colours);
        self.taken_lines(diagram, &mut colours);
        if let Some(current) = self.current.as_ref().and_then(|name| diagram.state(name)) {
            colours.raise(current, Standing::Current);
            colours.badge = self.badge(diagram, current, monograms);
        }
        let path: Vec<usize> = self.counterexample.iter().filter_map(|name| diagram.state(name)).collect();
        for (number, pair) in path.windows(2).enumerate() {
            let [from, to] = pair else { continue };
            let line = colours.lines.entry((*from, *to)).or_default();
            line.standing = Standing::Counterexample;
            line.marks.push(number.saturating_add(1).to_string());
            colours.raise(*from, Standing::Counterexample);
        }
        if let Some(last) = path.last() {
            colours.raise(*last, Standing::Stuck);
        }
        colours
    }

    fn next_lines(&self, diagram: &Diagram, monograms: &[String], colours: &mut Colours) {
        let Some(current) = self.current.as_ref().and_then(|name| diagram.state(name)) else { return };
        for edge in diagram.edges.iter().filter(|edge| edge.source == current) {
            let offered = |next: &&Next| {
                let named = |item: &String| item.split('.').next() == Some(next.action.as_str());
                let role = edge.roles.iter().filter_map(|role| diagram.roles.get(*role));
                edge.actions.iter().any(named) && role.into_iter().any(|role| role.name == next.actor)
            };
            let who: Vec<&str> = self.next.iter().filter(offered).map(|next| next.actor.as_str()).collect();
            if who.is_empty() && edge.trigger == TriggerKind::On {
                continue;
            }
            let line = colours.lines.entry((edge.source, edge.target)).or_default();
            line.standing = Standing::Next;
            let acting = called(diagram, monograms, |role| who.contains(&role.name.as_str()));
            if !acting.is_empty() && line.fact.is_none() {
                line.fact = Some(Said::with("by", acting.into_iter().unzip()));
            }
        }
    }

    fn taken_lines(&self, diagram: &Diagram, colours: &mut Colours) {
        let mut at = diagram.states.iter().position(|state| state.initial);
        if let (false, Some(initial)) = (self.taken.is_empty(), at) {
            colours.raise(initial, Standing::Taken);
        }
        for taken in &self.taken {
            let Some(state) = diagram.state(&taken.state) else { continue };
            if let Some(from) = at {
                let line = colours.lines.entry((from, state)).or_default();
                line.standing = line.standing.max(Standing::Taken);
                line.numbers.extend(taken.number);
            }
            colours.raise(state, Standing::Taken);
            at = Some(state);
        }
        for line in colours.lines.values_mut().filter(|line| !line.numbers.is_empty()) {
            let shown: Vec<String> = line.numbers.iter().take(NUMBERS_MAX).map(u64::to_string).collect();
            let more = if line.numbers.len() > NUMBERS_MAX { ", …" } else { "" };
            line.fact = Some(Said::plain(&format!("No. {}{more}", shown.join(", "))));
        }
    }

    fn badge(&self, diagram: &Diagram, current: usize, monograms: &[String]) -> Option<Said> {
        let state = diagram.states.get(current)?;
        if state.kind != crate::model::StateKind::Step {
            return None;
        }
        if self.next.iter().any(|next| self.you.contains(&next.actor)) {
            return Some(Said::plain("Now: your turn"));
        }
        let waits = |role: &Role| self.next.iter().any(|next| next.actor == role.name);
        let waiting = called(diagram, monograms, waits);
        Some(match waiting.len() {
            0 => Said::plain("Now"),
            _ => Said::with("Now:", waiting.into_iter().unzip()),
        })
    }
}

/// Title and letters of some roles.
fn called<'a>(diagram: &'a Diagram, monograms: &'a [String], some: impl Fn(&Role) -> bool) -> Vec<(&'a str, &'a str)> {
    let some = diagram.roles.iter().zip(monograms).filter(|(role, _)| some(role));
    some.map(|(role, monogram)| (role.title.as_str(), monogram.as_str())).collect()
}

impl Colours {
    fn raise(&mut self, state: usize, standing: Standing) {
        if let Some(known) = self.states.get_mut(state) {
            *known = (*known).max(standing);
        }
    }

    /// Whether lines carry numbers of a counterexample.
    pub(crate) fn has_marks(&self) -> bool {
        self.lines.values().any(|line| !line.marks.is_empty())
    }

    pub(crate) fn state(&self, state: usize) -> Standing {
        self.states.get(state).copied().unwrap_or_default()
    }

    pub(crate) fn line(&self, source: usize, target: usize) -> LineColour {
        self.lines.get(&(source, target)).cloned().unwrap_or_default()
    }
}
