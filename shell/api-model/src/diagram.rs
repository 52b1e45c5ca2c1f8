//! Diagrams: lengths are CSS pixels, from the upper left corner.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A document to draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagramRequest {
    /// The text of a scenario, at most 1 MiB. It may have faults: what can be read is drawn.
    pub document: String,
    /// Language of the titles; that of the scenario if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What is known of a run.
    #[serde(default)]
    pub overlay: DiagramOverlay,
}

/// What is known of a run; names that the scenario has not are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DiagramOverlay {
    /// The state in which the process is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// What happened, in its order; at most 10,000 are shown.
    pub taken: Vec<DiagramStep>,
    /// What can be done now.
    pub next: Vec<DiagramNext>,
    /// The actors of whoever looks.
    pub you: Vec<String>,
    /// Actor → letters for it, at most three.
    pub monograms: BTreeMap<String, String>,
    /// The states of a counterexample, from the first.
    pub counterexample: Vec<String>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagramStep {
    /// The state after it.
    pub state: String,
    /// `action.response`, or `after:state`, `at:state`, `every:state`.
    #[serde(default)]
    pub cause: String,
    /// The number of its entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

/// An action that can be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagramNext {
    /// By whom.
    pub actor: String,
    /// Which.
    pub action: String,
}

/// A scenario as a diagram, laid out twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Diagram {
    /// The title of the scenario.
    pub title: String,
    /// The language of its words.
    pub language: String,
    /// Who acts.
    pub roles: Vec<DiagramRole>,
    /// The states.
    pub states: Vec<DiagramState>,
    /// The transitions.
    pub edges: Vec<DiagramEdge>,
    /// The same story in sentences: the text alternative.
    pub words: Vec<String>,
    /// From left to right.
    pub wide: DiagramLayout,
    /// From top to bottom.
    pub narrow: DiagramLayout,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramRole {
    /// The actor.
    pub actor: String,
    /// Its title.
    pub title: String,
    /// Letters for it.
    pub monogram: String,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramState {
    /// Its name.
    pub state: String,
    /// Its title.
    pub title: String,
    /// `state`, or how the process ends here: `success`, `failure`, `cancelled`.
    pub kind: String,
    /// Whether the process begins here.
    pub initial: bool,
    /// Who may act here.
    pub actors: Vec<String>,
}

/// A transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramEdge {
    /// Its state and its position there: `signing:1`.
    pub edge: String,
    /// Where it begins.
    pub source: String,
    /// Where it leads.
    pub target: String,
    /// Whether the state is not left.
    pub stays: bool,
    /// What leads along it, in words.
    pub label: String,
    /// `on`, `when`, `after`, `at` or `every`.
    pub trigger: String,
    /// Who may take it.
    pub actors: Vec<String>,
    /// The responses that take it.
    pub actions: Vec<String>,
    /// Its condition, as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What must become true or how much time must pass, as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// Boxes and lines in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramLayout {
    /// Everything lies between 0 and this.
    pub width: i64,
    /// Everything lies between 0 and this.
    pub height: i64,
    /// The boxes of the states.
    pub nodes: Vec<DiagramNode>,
    /// The lines between them.
    pub lines: Vec<DiagramLine>,
}

/// The box of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramNode {
    /// The state.
    pub state: String,
    /// Left side.
    pub x: i64,
    /// Upper side.
    pub y: i64,
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// `rest`, `taken`, `current`, `counterexample` or `stuck`.
    pub standing: String,
    /// Title and remarks.
    pub texts: Vec<DiagramText>,
    /// Who acts here.
    pub chips: Vec<DiagramChip>,
    /// What it says of now, above the box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<DiagramChip>,
}

/// A small box with letters in its middle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramChip {
    /// The actor; absent if it stands for several or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Left side.
    pub x: i64,
    /// Upper side.
    pub y: i64,
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// The letters.
    pub text: String,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramText {
    /// Where its anchor stands.
    pub x: i64,
    /// Its base line.
    pub y: i64,
    /// At most so wide.
    pub width: i64,
    /// `start`, `middle` or `end`.
    pub anchor: String,
    /// `title` (13 px, semibold), `note`, `label` or `fact` (12 px).
    pub kind: String,
    /// The words.
    pub text: String,
}

/// A line between two states, for all transitions between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramLine {
    /// The transitions.
    pub edges: Vec<String>,
    /// Where it begins.
    pub source: String,
    /// Where it ends.
    pub target: String,
    /// `rest`, `next`, `taken` or `counterexample`.
    pub standing: String,
    /// Path data of SVG, with rounded corners.
    pub path: String,
    /// The corners: `[x, y]` each.
    pub points: Vec<Vec<i64>>,
    /// Path data of the head of the arrow.
    pub head: String,
    /// Labels and facts.
    pub texts: Vec<DiagramText>,
    /// Numbers of a counterexample: circles of radius 9.
    pub marks: Vec<DiagramMark>,
}

/// A circle with a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagramMark {
    /// Its centre.
    pub x: i64,
    /// Its centre.
    pub y: i64,
    /// The number.
    pub text: String,
}
