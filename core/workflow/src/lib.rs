//! Advance a process through its scenario; check a scenario.
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

mod action_view;
mod analysis;
mod answer;
mod branch;
mod build;
mod bytes;
mod change;
mod children;
mod classes;
mod draw;
mod explain;
mod finding;
mod guests;
mod offer;
mod outline;
mod plain;
mod process;
mod process_view;
mod proof;
mod question;
mod rejection;
mod run;
mod scenario;
mod shape;
mod source;
mod start;
mod step;
mod suite;
mod synchronise;
mod system;
mod timer;
mod trail;
mod tree;
mod view;

pub use action_view::{ActionView, FileAsked};
pub use answer::{Answer, Entitlement, KeyKind};
pub use change::{Adopted, BallotRule, CHANGES_GONE_MAX, ChangeKind, DEVIATIONS_MAX, Deviation, Preview, Update};
pub use children::PROCESSES_MAX;
pub use classes::{DataClassView, ENVELOPE_BYTES_MAX, ENVELOPE_MEDIA, ENVELOPE_NAME, KeepFrom};
pub use draw::draw;
pub use explain::explain;
pub use finding::{FINDINGS_MAX, Finding, Place, report};
pub use offer::{LOOP, NEXT_MAX, Open};
pub use outline::{
    ActionOutline, ActorOutline, ChildOutline, OUTLINE_NAMES_MAX, OUTLINE_TRANSITIONS_MAX, Outline, StateOutline, Way,
    WayTrigger, Written,
};
pub use plain::{duration_words, humane, lower_first, plain_words};
pub use process::{Binding, Cause, Happened, Process, ROOT_PROCESS, TimerKind};
pub use process_view::{ChildView, ProcessView};
pub use proof::Demand;
pub use question::{PROOF_CHARACTERS_MAX, ProofReader, Question, Request, Said, Shown, Word};
pub use rejection::{Rejection, RejectionRule};
pub use run::{CLOCK_JUMPS_MAX, Misuse, Play, Player, Refused, START_DEFAULT, run};
pub use scenario::{ACTORS_MAX, ActionKind, Comments, Joins, MEMBERS_MAX, Many, Needs, Outcome, Scenario, Words};
pub use shape::language_schema;
pub use source::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX, DOCUMENT_VALUES_MAX};
pub use start::PARTIES_MAX;
pub use step::{AUTOMATIC_STEPS_MAX, SIGNALS_HELD_MAX, SIGNALS_QUEUED_MAX, TIMERS_FIRED_MAX};
pub use suite::{CaseReport, Difference, Loader, SUITE_BYTES_MAX, SuiteError, Verdict, counts, test};
pub use synchronise::{ANNOUNCED_MAX, AnnouncedView};
pub use system::{Call, Entered, Failure, Poll, REQUEST_BYTES_MAX, Retry, RunError, SystemRun, failure_data};
pub use timer::REPETITIONS_MAX;
