//! Encode a value to exactly one byte string, and decode only that string.
//!
//! Two forms, both canonical: the binary form of everything that is signed or hashed ([`Encode`], [`Decode`];
//! page `docs/spec/codec.md`), and restricted RFC 8785 JSON for scenarios and payloads ([`Json`]; page
//! `docs/spec/json.md`).
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

mod binary;
mod json;

pub use binary::{Decode, DecodeError, Encode, Reader, Writer};
pub use json::{INTEGER_MAX, Json, JsonError, JsonFault, JsonLimits};
