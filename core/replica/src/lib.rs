//! Be one party's view of one contract, as a machine without effects.
//!
//! [`Replica::handle`] takes inputs and gives [`Effects`]: what to make durable, then what to send and tell. The
//! shell and the simulator drive the same object. Contract log §3.2, §3.3, §7; page `docs/spec/sync.md`.
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

mod append;
mod backup;
mod confined;
mod effects;
mod erase;
mod item;
mod level;
mod message;
mod peer;
mod queue;
mod receive;
mod replica;
mod vote;

pub use backup::{Stop, Stopped};
pub use effects::{Answer, Effects, Erasure, Input, Notice, Record, Refusal, Send, Want};
pub use item::{ERASED_MAX, EntryItem, Item, OPENINGS_MAX};
pub use level::{Level, Standing};
pub use message::{Held, ITEMS_MAX, Message, PROOFS_MAX, SYNC_BYTES_MAX};
pub use peer::{Delivery, Outbox};
pub use replica::{Replica, Restored};
