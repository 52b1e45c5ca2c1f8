//! Lay out a scenario as a diagram: boxes, lines and words in place.
//!
//! [`Diagram::of`] makes the model of a document, [`Diagram::draw`] puts it in place twice, wide and narrow, with what an
//! [`Overlay`] says of a run. [`svg`] and [`Drawing::to_json`] are two forms of the same figures.
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

mod crossing;
mod drawing;
mod json;
mod measure;
mod model;
mod narrow;
mod overlay;
mod path;
mod place;
mod ranks;
mod svg;
mod tell;
mod tracks;
mod wide;

pub use drawing::{Anchor, Area, Box, Chip, Drawing, Layout, Line, Mark, Point, Px, Standing, TextKind, TextLine};
pub use measure::{harmless, width};
pub use model::{Diagram, Edge, Role, State, StateKind, TriggerKind};
pub use overlay::{Next, Overlay, Taken};
pub use path::path;
pub use svg::{Shape, svg};
