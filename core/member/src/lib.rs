//! Say who belongs, who may act for whom, from which place on.
//!
//! An identity is a set of keys with purposes ([`Inception`], [`KeyRing`]); a party is an organisation's identity; a
//! [`Mandate`] says who may act for it; an [`Epoch`] is the set of members at a place of the log. Contract log §6
//! and §13.1 to §13.3; page `docs/spec/member.md`.
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

mod epoch;
mod identity;
mod invitation;
mod key;
mod mandate;
mod node;
mod ring;
mod session;
mod words;

pub use epoch::{Epoch, MEMBERS_MAX};
pub use identity::{IdentityKind, Inception, InceptionError, KEYS_MAX, SignedInception};
pub use invitation::{Invitation, InvitationProof, Joining, fingerprint, nonce_commitment};
pub use key::{IdentityKey, KeyId, KeyMaterial, KeyPurpose};
pub use mandate::{Denied, Limit, Mandate, MandateError, Named, Request};
pub use node::{Member, NodeRecord, URLS_MAX};
pub use ring::{KEYS_EVER_MAX, KeyRing, Retirement};
pub use session::SessionClaim;
