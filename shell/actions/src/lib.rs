//! Make the attempts of system actions: requests, webhooks, programs.
//!
//! What is attempted, and when again, is decided by `core/executor`. Here it is done, within what the operator allowed, and
//! what came of it is put in one of five words. Secrets are read for one attempt and kept nowhere. Page `docs/spec/run.md`.
#![warn(missing_docs)]

mod answer;
mod program;
mod settings;
mod worker;

pub use answer::{failed, rejected};
pub use settings::{Program, Secret, Settings};
pub use worker::Worker;
