//! Counted things. A number of one kind cannot be added to, or compared with, one of another.

use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(0);

            /// The number with this value.
            pub const fn new(value: u64) -> Self {
                Self(value)
            }

            /// The value.
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The number after this one. The largest has itself after it: 2^64 steps do not happen.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// The number before this one, unless this is zero.
            pub const fn previous(self) -> Option<Self> {
                match self.0.checked_sub(1) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Writer) {
                out.uint(self.0);
            }
        }

        impl Decode for $name {
            fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
                from.uint().map(Self)
            }
        }
    )*};
}

numbers! {
    /// One gapless counter per node and contract over all its entries, receipts and seals, from 1 (`COUNTER`).
    Count;
    /// The number of a set of members, from 0 at genesis.
    EpochNumber;
    /// A place in a log: genesis is 0.
    Position;
    /// Statements of one author in one contract, from 1.
    Sequence;
    /// Hearings closed before; 0 without a ledger.
    Term;
    /// A round of receipts: within one, a node receipts one path (`BUMP`).
    View;
}
