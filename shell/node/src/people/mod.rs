//! The people who use a node: who they are, how they sign in, what they may do.

mod challenge;
mod service;
mod sessions;
mod users;

use std::sync::Arc;

use countersign_store::Store;

pub(crate) use users::checked_name;

use crate::Error;
use crate::home::random;
use crate::show::names::Names;

/// Users, their sessions, and the challenges of those who sign in.
pub(crate) struct Household {
    users: users::Users,
    sessions: sessions::Sessions,
    challenges: challenge::Challenges,
    names: Arc<Names>,
    /// Where browsers find the API, for links.
    url: String,
}

impl Household {
    /// The users that the disk has; nobody is signed in.
    pub(crate) async fn open(store: Arc<Store>, names: Arc<Names>, url: String) -> Result<Self, Error> {
        let users = users::Users::open(store)?;
        names.know_users(users.hold().await.names());
        Ok(Self {
            users,
            names,
            sessions: sessions::Sessions::default(),
            challenges: challenge::Challenges::new(random()?),
            url,
        })
    }
}
