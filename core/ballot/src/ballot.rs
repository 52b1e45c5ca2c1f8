//! One question, and the votes on it.

use std::collections::BTreeMap;

use countersign_codec::{Encode, Writer};
use countersign_crypto::Digest;
use countersign_types::{IdentityId, Timestamp};
use thiserror::Error;

use crate::Need;

/// Most who may vote on one question.
pub const ELECTORS_MAX: usize = 1_000;
/// Most bytes of the word for what is decided.
pub const SCOPE_BYTES_MAX: usize = 64;

/// What is decided, how, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// A word for what kind of thing is decided: 1 to [`SCOPE_BYTES_MAX`] bytes.
    pub scope: String,
    /// How much of the weight must say yes.
    pub need: Need,
    /// From this time on no vote counts.
    pub deadline: Timestamp,
    /// The digest of what happens if it is accepted.
    pub effect: Digest,
}

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    /// For it.
    Yes,
    /// Against it.
    No,
}

impl Choice {
    /// The word for people and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
        }
    }

    /// The choice with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Yes, Self::No].into_iter().find(|choice| choice.as_str() == word)
    }
}

/// How a ballot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can still go either way.
    Open,
    /// Enough said yes.
    Accepted,
    /// Not enough can say yes any more.
    Rejected,
    /// Its time is over and it was not decided.
    Lapsed,
}

impl Standing {
    /// The word for people and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Lapsed => "lapsed",
        }
    }
}

/// Why a vote does not count, or a ballot cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BallotError {
    /// Its time is over, or it is decided.
    #[error("the ballot is closed")]
    Closed,
    /// Whoever voted is not of the electorate.
    #[error("not entitled to vote on this")]
    NotEntitled,
    /// One vote each, and it stays.
    #[error("this vote was given already")]
    AlreadyVoted,
    /// Nobody could vote, too many could, a weight is zero, or the scope is empty or too long.
    #[error("a ballot cannot be held so")]
    Unsound,
}

impl BallotError {
    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "ballot_closed",
            Self::NotEntitled => "not_entitled",
            Self::AlreadyVoted => "already_voted",
            Self::Unsound => "limit",
        }
    }
}

/// A question to an electorate that is fixed when it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    terms: Terms,
    /// Weight, and the vote if it was given.
    electorate: BTreeMap<IdentityId, (u32, Option<Choice>)>,
}

impl Ballot {
    /// Opens a ballot: each elector with a weight above zero.
    ///
    /// # Errors
    /// [`BallotError::Unsound`].
    pub fn open(terms: Terms, electorate: impl IntoIterator<Item = (IdentityId, u32)>) -> Result<Self, BallotError> {
        let electorate: BTreeMap<_, _> =
            electorate.into_iter().map(|(elector, weight)| (elector, (weight, None))).collect();
        let sound = (1..=ELECTORS_MAX).contains(&electorate.len())
            && electorate.values().all(|(weight, _)| *weight > 0)
            && (1..=SCOPE_BYTES_MAX).contains(&terms.scope.len());
        if sound { Ok(Self { terms, electorate }) } else { Err(BallotError::Unsound) }
    }

    /// Counts a vote given at a time, and says how the ballot stands with it.
    ///
    /// # Errors
    /// [`BallotError`], in the order closed, not entitled, already voted; then nothing changed.
    pub fn vote(&mut self, elector: &IdentityId, choice: Choice, at: Timestamp) -> Result<Standing, BallotError> {
        if self.standing(at) != Standing::Open {
            return Err(BallotError::Closed);
        }
        match self.electorate.get_mut(elector) {
            None => return Err(BallotError::NotEntitled),
            Some((_, Some(_))) => return Err(BallotError::AlreadyVoted),
            Some((_, vote @ None)) => *vote = Some(choice),
        }
        Ok(self.standing(at))
    }

    /// How it stands at a time.
    pub fn standing(&self, at: Timestamp) -> Standing {
        let total = self.weight(|_| true);
        let yes = self.weight(|vote| vote == Some(Choice::Yes));
        let not_no = self.weight(|vote| vote != Some(Choice::No));
        if self.terms.need.is_met(yes, total) {
            Standing::Accepted
        } else if !self.terms.need.is_met(not_no, total) {
            Standing::Rejected
        } else if at >= self.terms.deadline {
            Standing::Lapsed
        } else {
            Standing::Open
        }
    }

    /// The weight of all electors with such a vote.
    pub fn weight(&self, counts: impl Fn(Option<Choice>) -> bool) -> u64 {
        let weights = self.electorate.values().filter(|(_, vote)| counts(*vote)).map(|(weight, _)| u64::from(*weight));
        weights.fold(0, u64::saturating_add)
    }

    /// What is decided, how, and until when.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Who may vote, ascending, and how they did.
    pub fn votes(&self) -> impl Iterator<Item = (&IdentityId, Option<Choice>)> {
        self.electorate.iter().map(|(elector, (_, vote))| (elector, *vote))
    }
}

impl Encode for Ballot {
    fn encode(&self, out: &mut Writer) {
        out.text(&self.terms.scope);
        self.terms.need.encode(out);
        self.terms.deadline.encode(out);
        self.terms.effect.encode(out);
        out.uint(self.electorate.len() as u64);
        for (elector, (weight, vote)) in &self.electorate {
            elector.encode(out);
            out.uint((*weight).into());
            out.uint(match vote {
                None => 0,
                Some(Choice::Yes) => 1,
                Some(Choice::No) => 2,
            });
        }
    }
}
