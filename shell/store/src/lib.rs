//! Keep bytes durably.
//!
//! One directory, one process, one writer. A [`Batch`] is acknowledged after its bytes and those of every batch
//! before it are synced; it is then wholly there after a crash, and before that wholly there or not at all. Batches
//! that wait are written together (group commit). [`Store::erase`] removes values from every file of the directory.
//!
//! What the store does not promise: a reader beside a writer may see a part of a batch that is not acknowledged yet;
//! of the last batch of all, bytes that the medium changed after they were synced cannot be told from a torn write.
#![warn(missing_docs)]

mod batch;
mod committer;
mod directory;
mod engine;
mod error;
mod journal;
mod scan;
mod space;
mod store;

pub use batch::{BATCH_BYTES_MAX, Batch, KEY_BYTES_MAX, VALUE_BYTES_MAX};
pub use committer::{QUEUE_BATCHES_MAX, QUEUE_BYTES_MAX};
pub use directory::FORMAT_VERSION;
pub use error::Error;
pub use scan::Scan;
pub use space::Space;
pub use store::{Options, Stats, Store};
