//! Decide whether every run of a scenario can end, by its Petri net.
//!
//! [`sound`] looks at a scenario that was loaded, [`check`] loads one and adds E306. Decision 0016 says what is decided.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![warn(missing_docs)]

mod build;
mod conditions;
mod expression;
mod facts;
mod guard;
mod net;
mod read;
mod search;
mod sound;
mod tree;
mod verdict;

pub use build::PLACES_MAX;
pub use net::{Net, NetVerdict, Pace, TOKENS_MAX, Transition};
pub use search::MARKINGS_MAX;
pub use sound::{check, findings, sound, sound_canonical};
pub use verdict::{Flaw, FlawKind, Mode, Soundness, Stage, Verdict};
