//! Bind, grant and erase what lives beside the log.
//!
//! A statement names its payload by a salted commitment; the [`Opening`] (salt and bytes) travels and is erased
//! beside it. Contract log §8; page `docs/spec/payload.md`.
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

mod chunk;
mod erasure;
mod opening;
mod outline;

pub use chunk::{Chunk, ChunkError, Heading};
pub use erasure::{COMMITMENTS_MAX, ErasureReceipt};
pub use opening::{CHUNK_BYTES, INLINE_BYTES_MAX, NO_PAYLOAD, Opening, SHARED_BYTES_MAX, content_hash};
pub use outline::{CHUNKS_MAX, Outline, Outliner, TooLong};
