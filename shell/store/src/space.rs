//! The closed set of key spaces.

/// Where a key lives. A key is unique in its space; spaces cost something, keys that nobody touches cost nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Facts about this node.
    Meta,
    /// One contract's facts: genesis, state, positions.
    Contract,
    /// The append-only items of each contract's log.
    Log,
    /// Openings of payloads and chunks of attachments: larger values, erasable one by one.
    Payload,
    /// Cursors of what was sent to whom.
    Outbox,
    /// Requests already answered.
    Idempotency,
    /// Keys that find other keys.
    Index,
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 7] =
        [Self::Meta, Self::Contract, Self::Log, Self::Payload, Self::Outbox, Self::Idempotency, Self::Index];

    /// The name on disk; never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Contract => "contract",
            Self::Log => "log",
            Self::Payload => "payload",
            Self::Outbox => "outbox",
            Self::Idempotency => "idempotency",
            Self::Index => "index",
        }
    }
}
