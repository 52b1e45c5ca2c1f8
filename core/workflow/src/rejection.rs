//! Why a step was not applied.

use thiserror::Error;

use crate::finding::Place;

/// The rule that a rejected statement broke; part of its outcome, and equal on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RejectionRule {
    /// The process has reached a final state.
    ProcessOver,
    /// No live process has such an action.
    UnknownAction,
    /// The author has no mandate for it at this place and time.
    NotEntitled,
    /// A value is above the limit of the author's mandate.
    BeyondMandate,
    /// The author's party is not bound to the role.
    NotAnActor,
    /// A performative action needs a person's key.
    WrongKey,
    /// Not everybody whom the state asks has acknowledged its entry.
    NotAcknowledged,
    /// No transition of the state names the action, or that response.
    NotOpen,
    /// `by` of the action or the transition does not name the role.
    NotYours,
    /// `if` of the action does not hold.
    ConditionNotMet,
    /// The action has no such response.
    UnknownResponse,
    /// The data do not fit their schema.
    InvalidData,
    /// An attachment is missing, unknown or not as described.
    InvalidAttachment,
    /// What the author saw is not what stands here.
    SeenChanged,
    /// The proof does not show what is asked, or nothing is asked.
    InvalidProof,
    /// No transition holds.
    NoTransition,
    /// An expression ended with an error.
    ExpressionError,
    /// More than 1,000 automatic steps.
    Runaway,
    /// What was written does not fit its schema.
    InvalidResult,
    /// The deviation that had the action is spent and left.
    DeviationSpent,
    /// The process is not where, or does not follow what, the change is about.
    NotInState,
    /// A limit was exceeded.
    Limit,
}

impl RejectionRule {
    /// The word of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProcessOver => "process_over",
            Self::UnknownAction => "unknown_action",
            Self::NotEntitled => "not_entitled",
            Self::BeyondMandate => "beyond_mandate",
            Self::NotAnActor => "not_an_actor",
            Self::WrongKey => "wrong_key",
            Self::NotAcknowledged => "not_acknowledged",
            Self::NotOpen => "not_open",
            Self::NotYours => "not_yours",
            Self::ConditionNotMet => "condition_not_met",
            Self::UnknownResponse => "unknown_response",
            Self::InvalidData => "invalid_data",
            Self::InvalidAttachment => "invalid_attachment",
            Self::SeenChanged => "seen_changed",
            Self::InvalidProof => "invalid_proof",
            Self::NoTransition => "no_transition",
            Self::ExpressionError => "expression_error",
            Self::Runaway => "runaway",
            Self::InvalidResult => "invalid_result",
            Self::DeviationSpent => "deviation_spent",
            Self::NotInState => "not_in_state",
            Self::Limit => "limit",
        }
    }
}

/// A step that was not applied: nothing changed but the timers that were due.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {message}", rule.as_str())]
pub struct Rejection {
    /// The rule: the part of an outcome that is hashed.
    pub rule: RejectionRule,
    /// The place in the data that is wrong, a JSON pointer.
    pub pointer: Option<String>,
    /// The place in the scenario that says so, as it was loaded.
    pub place: Option<Place>,
    /// One sentence.
    pub message: String,
}

impl Rejection {
    pub(crate) fn new(rule: RejectionRule, message: impl Into<String>) -> Self {
        Self { rule, pointer: None, place: None, message: message.into() }
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub(crate) fn pointing(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }
}
