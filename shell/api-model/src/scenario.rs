//! Scenarios without a contract: check, play. Nothing of it is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::text;

/// A document to check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioCheckRequest {
    /// The text of a scenario, YAML or JSON, at most 1 MiB.
    pub document: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioReport {
    /// `scn_…`, if the scenario can be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::ScenarioId>)]
    pub scenario: Option<String>,
    /// How many findings refuse it.
    pub errors: usize,
    /// How many findings warn.
    pub warnings: usize,
    /// What was found, by place.
    pub findings: Vec<ScenarioFinding>,
    /// The names of the document; absent if it cannot be read at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<ScenarioOutline>,
    /// Whether every run can end; absent if the scenario cannot be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soundness: Option<Soundness>,
}

/// Whether every run of a scenario can end, by its Petri net.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Soundness {
    /// With conditions ignored. What this finds is E306.
    pub ignored: SoundnessVerdict,
    /// With conditions honoured, as far as the values that they read are known. What this finds may still be ruled out
    /// by values, except that a transition that it finds dead is dead.
    pub honoured: SoundnessVerdict,
}

/// What one search says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SoundnessVerdict {
    /// Everything was looked at, and nothing is wrong.
    pub sound: bool,
    /// Whether everything was looked at. If not, that nothing was found proves nothing.
    pub whole: bool,
    /// How many markings were reached.
    pub markings: usize,
    /// What is wrong.
    pub flaws: Vec<SoundnessFlaw>,
}

/// Something that keeps a scenario from being sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SoundnessFlaw {
    /// `cannot_end`, `left_behind`, `dead` or `system_loop`.
    pub kind: String,
    /// One sentence.
    pub message: String,
    /// A shortest way to it from the start.
    pub path: Vec<SoundnessStage>,
    /// The states of the scenario itself on that way: what an overlay takes as `counterexample`.
    pub states: Vec<String>,
}

/// A step of a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SoundnessStage {
    /// What happened: `on sign`, of a child `goods: on ship`.
    pub by: String,
    /// Where every process stands then: `signing`, `goods:packing`.
    pub states: Vec<String>,
}

/// One finding of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioFinding {
    /// `E…` refuses, `W…` warns.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// From 1.
    pub line: u32,
    /// From 1, in code points.
    pub column: u32,
    /// One sentence.
    pub message: String,
    /// What it means and what to do.
    pub explanation: String,
    /// The state it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The shortest way from the first state to that state: what an overlay takes as `counterexample`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
}

/// The names of a document, for completion and for a table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioOutline {
    /// `name`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The language of plain texts.
    pub language: String,
    /// The first state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<String>,
    /// Its states.
    pub states: Vec<OutlineState>,
    /// Its actions.
    pub actions: Vec<OutlineAction>,
    /// Its actors.
    pub actors: Vec<OutlineActor>,
    /// Names of its assets.
    pub assets: Vec<String>,
    /// Names of its vars.
    pub vars: Vec<String>,
}

/// A state in an outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutlineState {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How the process ends here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Its line.
    pub line: u32,
}

/// An action in an outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutlineAction {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// `performative` or `informative`.
    pub kind: String,
    /// Who may take it.
    pub by: Vec<String>,
    /// Its responses.
    pub responses: Vec<String>,
    /// Its line.
    pub line: u32,
}

/// An actor in an outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutlineActor {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its line.
    pub line: u32,
}

/// Plays a scenario from its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioRunRequest {
    /// The text of a scenario that can be run, at most 1 MiB.
    pub document: String,
    /// Language of titles; that of the scenario if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the process is started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Value>,
    /// Actor → its own data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub actors: BTreeMap<String, BTreeMap<String, Value>>,
    /// When it starts: 2026-01-01 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub start: Option<String>,
    /// Steps `{actor, action, response?, data?, attachments?, time?}`, `{wait}` or `{time}`; at most 1,000.
    #[serde(default)]
    pub steps: Vec<Value>,
}

/// A play: the process at its start and after each step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioRun {
    /// `scn_…`.
    #[schema(value_type = text::ScenarioId)]
    pub scenario: String,
    /// The start, then one for each step: time travel is a position here.
    pub moments: Vec<Moment>,
    /// Action → what a form for it needs.
    pub actions: BTreeMap<String, ActionForms>,
    /// State → its title.
    pub state_titles: BTreeMap<String, String>,
    /// Actor → its title.
    pub actor_titles: BTreeMap<String, String>,
    /// The JSON Schema of the inputs.
    pub inputs_schema: Value,
}

/// The process at one moment of a play.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Moment {
    /// 0 is the start.
    pub step: usize,
    /// The time of the process.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// Its state.
    pub state: String,
    /// When that was entered.
    #[schema(value_type = text::Time)]
    pub entered: String,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Why the step was refused; nothing but timers has happened then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<StepRefused>,
    /// What happened in this step: `action.response`, `after:state`.
    pub happened: Vec<String>,
    /// All markers so far.
    pub markers: Vec<String>,
    /// Data.
    pub assets: Value,
    /// Data.
    pub vars: Value,
    /// The result, once it is over.
    pub result: Value,
    /// What will happen by itself.
    pub timers: Vec<crate::Timer>,
    /// The states that follow if all goes as expected.
    pub next: Vec<String>,
    /// What is open, and to whom.
    pub open: Vec<MomentOpen>,
    /// All processes, `main` first, as in the view of a contract.
    #[serde(default)]
    pub processes: Vec<crate::ProcessPart>,
    /// Actor → what it is told to do here.
    pub instructions: BTreeMap<String, String>,
}

/// Why a step of a play was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepRefused {
    /// The rule: `not_open`, `invalid_data` and so on.
    pub rule: String,
    /// One sentence.
    pub message: String,
    /// Where in the data: a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The line of the document that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Its column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// An action that is open to an actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MomentOpen {
    /// The actor, by its name in the process.
    pub actor: String,
    /// The process: `main`, or a path such as `main/goods`.
    #[serde(default = "crate::main_process")]
    pub process: String,
    /// The action: see `actions` of the run; of a process other than `main` they are below its path and a colon, such as
    /// `main/goods:ship`.
    pub action: String,
    /// The responses that may be given.
    pub responses: Vec<String>,
}

/// What a form for an action needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActionForms {
    /// Its title.
    pub title: String,
    /// `performative` or `informative`.
    pub kind: String,
    /// The clause it cites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// What its author must have seen unchanged.
    pub seen: Vec<String>,
    /// The response of the golden flow.
    pub expect: String,
    /// Its responses.
    pub responses: Vec<ResponseForm>,
}

/// What a form for a response needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResponseForm {
    /// Its name.
    pub response: String,
    /// Its title.
    pub title: String,
    /// The JSON Schema of its data.
    pub schema: Value,
    /// Hints for a screen, as the scenario has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui: Option<Value>,
    /// Its attachments.
    pub attachments: Vec<AttachmentForm>,
}

/// An attachment of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachmentForm {
    /// Its name.
    pub name: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// Of a list of files: how many; one file if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<crate::SlotMany>,
    /// Media types; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Vec<String>>,
    /// Most bytes.
    pub max_bytes: i64,
}

/// The keys of the language, for editors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioSchema {
    /// JSON Schema 2020-12, with a description of every key; `x-refers` says what a value is the name of.
    pub schema: Value,
}

/// Scenarios to start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioTemplates {
    /// By name.
    pub templates: Vec<ScenarioTemplate>,
}

/// A scenario to start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioTemplate {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub summary: String,
    /// Its text.
    pub document: String,
}
