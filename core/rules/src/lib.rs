//! Parse, check and evaluate codeless expressions and schemas.
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

mod calendar;
mod check;
mod date;
mod decimal;
mod duration;
mod expr;
mod field;
mod finding;
mod proving;
mod run;
mod schema;
mod template;
mod types;
mod value;
mod wide;

pub use calendar::{CALENDAR_DAYS_MAX, Calendar, HOLIDAYS_MAX, OFFSET_CHANGES_MAX};
pub use check::{AGGREGATE_NESTING_MAX, COST_MAX, Checked, STEP_COST_MAX, Scope, TEXT_CHARACTERS_MAX};
pub use date::{Date, Timestamp};
pub use decimal::{DECIMAL_DIGITS_MAX, Decimal, Rounding};
pub use duration::Duration;
pub use expr::{Expr, NESTING_MAX, NODES_MAX, Place, SOURCE_CHARACTERS_MAX, parse_path};
pub use field::Expand;
pub use finding::{At, Code, Fault, Finding};
pub use proving::{COMMITTED_DIGITS_MAX, Proving};
pub use run::{Environment, Error, ErrorKind, Rule};
pub use schema::{CHOICES_MAX, Invalid, MEMBERS_MAX, SCHEMA_DEPTH_MAX, SCHEMA_NODES_MAX, Schema, Sealed};
pub use template::{PLACEHOLDERS_MAX, Piece, Printer, Template};
pub use types::{ITEMS_MAX_DEFAULT, Kind, Sign, TEXT_MAX_DEFAULT, Type};
pub use value::{BLANK, Hash, Members, Text, Value};
