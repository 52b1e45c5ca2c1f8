//! Changes of a running process (language §2.4; page `docs/decisions/0015-ballots-and-changes.md`).
//!
//! What runs is always a document: the agreed scenario with its live deviations, merged in canonical form and compiled
//! like any other.

mod adopt;
mod deviation;
mod merge;
mod preview;
mod update;

use countersign_ballot::Need;
use countersign_rules::Duration;

use crate::scenario::Actors;

pub(crate) use adopt::Changes;
pub use adopt::{Adopted, CHANGES_GONE_MAX, DEVIATIONS_MAX};
pub use deviation::Deviation;
pub(crate) use merge::merge_vars;
pub use preview::Preview;
pub use update::Update;

/// The format of a deviation.
pub(crate) const DEVIATION_FORMAT: &str = "countersign/deviation/v1";
/// The format of an update.
pub(crate) const UPDATE_FORMAT: &str = "countersign/update/v1";

/// What kind of change is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// A partial scenario that is used once.
    Deviation,
    /// Another scenario from now on.
    Update,
    /// A deviation as correction of an earlier step.
    Dispute,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Deviation, Self::Update, Self::Dispute];

    /// The word of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deviation => "deviation",
            Self::Update => "update",
            Self::Dispute => "dispute",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Who decides on a change, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BallotRule {
    /// The actors whose parties vote.
    pub(crate) who: Actors,
    /// How many must say yes.
    pub need: Need,
    /// How long the ballot is open.
    pub within: Duration,
}

/// The ballot of each kind; none if there is no such change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChangeRules {
    deviation: Option<BallotRule>,
    update: Option<BallotRule>,
    dispute: Option<BallotRule>,
}

impl ChangeRules {
    /// The same for every kind.
    pub const fn all(rule: Option<BallotRule>) -> Self {
        Self { deviation: rule, update: rule, dispute: rule }
    }

    /// How long a ballot is open unless said otherwise: 14 days.
    pub fn default_within() -> Duration {
        Duration::new(0, 14, 0).unwrap_or(Duration::ZERO)
    }

    pub const fn rule(&self, kind: ChangeKind) -> Option<BallotRule> {
        match kind {
            ChangeKind::Deviation => self.deviation,
            ChangeKind::Update => self.update,
            ChangeKind::Dispute => self.dispute,
        }
    }

    pub const fn set(&mut self, kind: ChangeKind, rule: Option<BallotRule>) {
        match kind {
            ChangeKind::Deviation => self.deviation = rule,
            ChangeKind::Update => self.update = rule,
            ChangeKind::Dispute => self.dispute = rule,
        }
    }
}
