//! Rules that a test can switch off, to see that it fails without them. Exists with the feature `mutants` only.

/// A rule that is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// `SEAL`: what is countersigned counts as final.
    NoSeal,
    /// `WALK`: the choice stops at the first certificate.
    NoWalk,
    /// `BUMP`: a node moves within a view.
    NoBump,
    /// `CALM`: a view is opened at once.
    NoCalm,
    /// Fork key line 1 is not looked at: for schedules that need a late sibling to win.
    NoAbandoned,
    /// `RESCUE`: nobody answers for what it receipted.
    NoRescue,
    /// `COUNTER`: items are taken in any order, and none contradicts another.
    NoCounter,
    /// The others are not asked after a start, and an item of the own party that is not here stops nothing.
    NoStop,
    /// `AHEAD`: declared times may lie as far ahead as they like.
    NoAhead,
}
