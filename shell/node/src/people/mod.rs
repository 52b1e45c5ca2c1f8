//! The people who use a node: who they are, how they sign in, what they may do.

mod challenge;
mod service;
mod sessions;
mod users;

use std::sync::Arc;

use countersign_store::Store;

use crate::Error;
use crate::home::random;

/// Users, their sessions, and the challenges of those who sign in.
pub(crate) struct Household {
    users: users::Users,
    sessions: sessions::Sessions,
    challenges: challenge::Challenges,
    /// Where browsers find the API, for links.
    url: String,
}

impl Household {
    /// The users that the disk has; nobody is signed in.
    pub(crate) fn open(store: Arc<Store>, url: String) -> Result<Self, Error> {
        Ok(Self {
            users: users::Users::open(store)?,
            sessions: sessions::Sessions::default(),
            challenges: challenge::Challenges::new(random()?),
            url,
        })
    }
}
