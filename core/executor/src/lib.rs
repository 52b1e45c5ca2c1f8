//! Decide what a node does outside, once: system actions as a machine.
//!
//! [`Executor::handle`] takes what happened and says what to do, in one order: make records durable, then attempt, abort
//! and respond. Decision 0014; the key and the records are described in `docs/spec/run.md`.
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

mod bytes;
mod executor;
mod outcome;
mod run;

pub use bytes::RUN_BYTES_MAX;
pub use executor::{Attempt, Effects, Executor, Input, Notice, Placed, RUNS_MAX, Record, Respond, Unretried};
pub use outcome::{Answer, Heard, LINES_MAX, Line, Outcome};
pub use run::{Blocked, Gate, INTERRUPTIONS_MAX, Run, RunState, Trigger, run_id};
