//! Larger tests: the conformance vectors, properties over arbitrary input, schemas and fields.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod decimals;
mod properties;
mod schemas;
mod vectors;
