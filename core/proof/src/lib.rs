//! Write and verify bundles.
//!
//! A [`Bundle`] is one file that proves, without network and without a node, what was said in a contract, by whose
//! keys acting for whom, and what became of it. [`Bundle::build`] writes one from final entries, [`Bundle::redact`]
//! leaves payloads out, [`verify`] says in sentences what is proven and what is not, or what does not hold first.
//! Contract log §13.15; page `docs/spec/bundle.md`.
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

mod apart;
mod build;
mod bundle;
mod disclosure;
mod finality;
mod finding;
mod foreign;
mod membership;
mod record;
mod redact;
mod replay;
mod report;
mod verdict;
mod verify;

pub use build::{BuildError, Selection, Source};
pub use bundle::{BUNDLE_BYTES_MAX, BUNDLE_FORMAT, Bundle, RECORDS_MAX};
pub use disclosure::Disclosure;
pub use finality::{Anchor, Checkpoint, Finality, PARTS_MAX};
pub use finding::{Fault, Finding, Section};
pub use foreign::{FOREIGN_RECORDS_MAX, read};
pub use record::{ATTACHMENTS_MAX, Record};
pub use redact::{RedactError, Target};
pub use verdict::{Sentence, Verdict};
pub use verify::verify;
