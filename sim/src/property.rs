//! What must hold, in words (contract log §11).

use std::fmt;

/// An invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// See [`Property::sentence`].
    FinalEntriesNeverConflict,
    /// See [`Property::sentence`].
    HonestPartiesAgreeAfterQuiet,
    /// See [`Property::sentence`].
    FinalEntriesStayOnTheLog,
    /// See [`Property::sentence`].
    NoHonestStatementIsLost,
    /// See [`Property::sentence`].
    NothingReceiptedIsLost,
    /// See [`Property::sentence`].
    AllHonestQuietIsFinal,
    /// See [`Property::sentence`].
    OnePathPerView,
    /// See [`Property::sentence`].
    NoHonestPartyIsNamed,
    /// See [`Property::sentence`].
    GarbageChangesNothing,
    /// See [`Property::sentence`].
    ChoiceIsThatOfTheSpecification,
    /// See [`Property::sentence`].
    CountersHaveNoTwins,
    /// See [`Property::sentence`].
    ErasedBytesAreGone,
}

impl Property {
    /// Every property.
    pub const ALL: [Self; 12] = [
        Self::FinalEntriesNeverConflict,
        Self::HonestPartiesAgreeAfterQuiet,
        Self::FinalEntriesStayOnTheLog,
        Self::NoHonestStatementIsLost,
        Self::NothingReceiptedIsLost,
        Self::AllHonestQuietIsFinal,
        Self::OnePathPerView,
        Self::NoHonestPartyIsNamed,
        Self::GarbageChangesNothing,
        Self::ChoiceIsThatOfTheSpecification,
        Self::CountersHaveNoTwins,
        Self::ErasedBytesAreGone,
    ];

    /// Its name in the specification.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FinalEntriesNeverConflict => "final_entries_never_conflict",
            Self::HonestPartiesAgreeAfterQuiet => "honest_parties_agree_after_quiet",
            Self::FinalEntriesStayOnTheLog => "final_entries_stay_on_the_log",
            Self::NoHonestStatementIsLost => "no_honest_statement_is_lost",
            Self::NothingReceiptedIsLost => "nothing_receipted_is_lost",
            Self::AllHonestQuietIsFinal => "all_honest_quiet_is_final",
            Self::OnePathPerView => "one_path_per_view",
            Self::NoHonestPartyIsNamed => "no_honest_party_is_named",
            Self::GarbageChangesNothing => "garbage_changes_nothing",
            Self::ChoiceIsThatOfTheSpecification => "choice_is_that_of_the_specification",
            Self::CountersHaveNoTwins => "counters_have_no_twins",
            Self::ErasedBytesAreGone => "erased_bytes_are_gone",
        }
    }

    /// What it says.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::FinalEntriesNeverConflict => {
                "Entries that any two honest parties ever recorded as final lie on one path."
            }
            Self::HonestPartiesAgreeAfterQuiet => {
                "Once nothing goes wrong any more, honest parties hold equal heads, outcomes and state hashes."
            }
            Self::FinalEntriesStayOnTheLog => {
                "The head of a party descends from every entry that it recorded as final."
            }
            Self::NoHonestStatementIsLost => {
                "A statement that an honest party's node accepted is on the common branch exactly once after quiet."
            }
            Self::NothingReceiptedIsLost => {
                "A statement that an honest party receipted is on the common branch after quiet, unless its author signed \
                 another with the same number."
            }
            Self::AllHonestQuietIsFinal => "With no Byzantine party the head is final after quiet.",
            Self::OnePathPerView => "All receipts that an honest party ever sent in one view lie on one path.",
            Self::NoHonestPartyIsNamed => "Nobody holds a fraud proof against an honest key.",
            Self::GarbageChangesNothing => "A message of a stranger leaves head, state hash and K as they were.",
            Self::ChoiceIsThatOfTheSpecification => {
                "The incremental choice of the branch equals the one that walks all branches."
            }
            Self::CountersHaveNoTwins => "An honest party never sends two different items with one count.",
            Self::ErasedBytesAreGone => {
                "After quiet no honest disk holds what a final request named, its party has signed that, and all know who did."
            }
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A property that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub property: Property,
    /// Under which seed.
    pub seed: u64,
    /// When.
    pub at_ms: u64,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, seed, at_ms, detail } = self;
        writeln!(out, "{property} does not hold at {at_ms} ms under seed {seed}: {detail}")?;
        writeln!(out, "  {}", property.sentence())?;
        write!(out, "  step by step: cargo xtask sim --seed {seed} --steps")
    }
}

impl std::error::Error for Violation {}
