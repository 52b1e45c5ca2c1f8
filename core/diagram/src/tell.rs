//! The story of a diagram in sentences: its text alternative.

use crate::drawing::Drawing;
use crate::model::{Diagram, Edge, StateKind, TriggerKind};
use crate::overlay::Overlay;
use crate::ranks::Ranks;
use crate::{narrow, wide};

impl Diagram {
    /// Puts the diagram in place, wide and narrow, with what a run adds.
    pub fn draw(&self, overlay: &Overlay) -> Drawing {
        let ranks = Ranks::of(self);
        let given = |name: &String| overlay.monograms.get(name).map(|text| crate::harmless(text));
        let own = |role: &crate::Role| given(&role.name).unwrap_or_else(|| role.monogram.clone());
        let monograms: Vec<String> = self.roles.iter().map(|role| own(role).chars().take(3).collect()).collect();
        let colours = overlay.colours(self, &monograms);
        Drawing {
            wide: wide::layout(self, &ranks, &colours, &monograms),
            narrow: narrow::layout(self, &ranks, &colours, &monograms),
            words: self.tell(overlay, &ranks),
            monograms,
        }
    }

    fn tell(&self, overlay: &Overlay, ranks: &Ranks) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(initial) = self.states.iter().find(|state| state.initial) {
            words.push(format!("It begins with “{}”.", initial.title));
        }
        for position in ranks.layers.iter().flatten() {
            let Some(state) = self.states.get(*position) else { continue };
            if let StateKind::End(outcome) = state.kind {
                words.push(format!("“{}” is an end: {}.", state.title, outcome.as_str()));
                continue;
            }
            let ways: Vec<String> =
                self.edges.iter().filter(|edge| edge.source == *position).map(|edge| self.way(edge)).collect();
            let ways = if ways.is_empty() { "nothing leads on".to_owned() } else { ways.join("; ") };
            words.push(format!("“{}”: {ways}.", state.title));
            if !state.starts.is_empty() {
                words.push(format!("Meanwhile “{}” runs: {}.", state.title, state.starts.join("; ")));
            }
        }
        let title = |name: &String| self.state(name).map(|state| format!("“{}”", self.title_of(state)));
        let steps: Vec<String> = overlay
            .taken
            .iter()
            .filter_map(|taken| {
                let number = taken.number.map(|number| format!("No. {number}: ")).unwrap_or_default();
                Some(format!("{number}{}", title(&taken.state)?))
            })
            .collect();
        if !steps.is_empty() {
            words.push(format!("So far: {}.", steps.join(", ")));
        }
        if let Some(current) = overlay.current.as_ref().and_then(title) {
            words.push(format!("Now: {current}."));
        }
        let path: Vec<String> = overlay.counterexample.iter().filter_map(title).collect();
        if !path.is_empty() {
            words.push(format!("It can get stuck: {}.", path.join(", then ")));
        }
        words
    }

    fn way(&self, edge: &Edge) -> String {
        let roles = edge.roles.iter().filter_map(|role| self.roles.get(*role)).map(|role| role.title.as_str());
        let who = roles.collect::<Vec<_>>().join(" or ");
        let what = match edge.trigger {
            TriggerKind::On => format!("{who}: “{}”", edge.label),
            TriggerKind::When => format!("once {}", edge.label),
            TriggerKind::After | TriggerKind::At | TriggerKind::Every | TriggerKind::Signal => edge.label.clone(),
        };
        if edge.stays { what } else { format!("{what} leads to “{}”", self.title_of(edge.target)) }
    }
}
