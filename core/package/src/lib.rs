//! Put a scenario, what belongs to it and its stories into one signed file, and check such a file.
//!
//! The format: `docs/spec/package.md`.
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

mod contents;
mod package;

pub use contents::{Contents, FILES_MAX, FORMAT, PATH_BYTES_MAX, PackageError};
pub use package::{PACKAGE_BYTES_MAX, Package, is_package};
