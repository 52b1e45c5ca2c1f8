//! Answer questions about a scenario, and keep nothing of it.
//!
//! Each function is a request of the API and its answer: [`check`], [`draw`], [`write()`], [`run`], [`language`], [`templates`]. All
//! are bounded by named limits; a play that takes too long is given up.

mod check;
mod diagram;
mod fault;
mod json;
mod prose;
mod run;
mod templates;

pub use check::check;
pub use diagram::{draw, drawn};
pub use fault::Fault;
pub use prose::{write, written};
pub use run::{MOMENT_BYTES_MAX, STEPS_MAX, processes, run, timers};
pub use templates::{TEMPLATES, Template, language, templates};
