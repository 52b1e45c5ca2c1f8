//! With the one-time key of an invitation to the node of the inviter.

use std::sync::Arc;

use countersign_api::{Kind, Refusal};
use countersign_codec::{Decode, Encode};
use countersign_crypto::{SealingSecret, Seed, SigningKey};
use countersign_net::{Alias, Clock, Link, LocalNode, NetError, Peer};
use countersign_payload::Chunk;

use crate::driver::failed;
use crate::home::random;
use crate::pull::{Fault, Source};
use crate::wire::{GuestPage, GuestReply, GuestRequest, Part};

/// What the inviter's node refused, or that it could not be reached.
fn of_net(error: &NetError) -> Refusal {
    let code = error.code().to_string();
    let (kind, suggestion) = match code.as_str() {
        "invitation_used" => (Kind::Gone, "ask for another invitation"),
        "invitation_expired" => (Kind::Gone, "ask for another invitation"),
        "unknown_invitation" => (Kind::NotFound, "ask whether the invitation was signed and submitted"),
        _ if matches!(error, NetError::PeerRefused { .. }) && !error.is_temporary() => {
            (Kind::Conflict, "prepare the statement again")
        }
        _ => (Kind::Busy, "try again when the node of the inviter can be reached"),
    };
    Refusal::new(kind, code, format!("the node of the inviter: {error}")).suggest(suggestion)
}

/// Speaks with the one-time key to the node of the inviter.
pub(crate) struct Guest {
    link: Link,
    peer: Peer,
    alias: Alias,
}

impl Guest {
    pub(crate) fn new(clock: &Arc<dyn Clock>, key: [u8; 32], peer: Peer, alias: [u8; 16]) -> Result<Self, Refusal> {
        let mut seed = random().map(Seed::new).map_err(|error| failed(&error))?;
        let signer = Arc::new(SigningKey::new(key));
        let local = LocalNode::new(signer, SealingSecret::new(seed.array()), Arc::clone(clock), seed.split());
        Ok(Self { link: Link::new(Arc::new(local)), peer, alias: Alias(alias) })
    }

    pub(crate) async fn ask(&self, request: &[u8]) -> Result<GuestReply, Refusal> {
        let reply = self.link.exchange(&self.peer, self.alias, request).await;
        let reply = reply.map_err(|error| of_net(&error))?;
        GuestReply::from_bytes(&reply).map_err(|_| bad_answer())
    }

    pub(crate) async fn page(&self, from: u64) -> Result<GuestPage, Refusal> {
        match self.ask(&GuestRequest::Read(from).to_bytes()).await? {
            GuestReply::Page(page) => Ok(*page),
            GuestReply::Joined(_) | GuestReply::Chunk(_) => Err(bad_answer()),
        }
    }
}

impl Source for Guest {
    async fn chunk(&self, part: Part) -> Result<Chunk, Fault> {
        let request = GuestRequest::Chunk(part.commitment, part.index).to_bytes();
        match self.ask(&request).await {
            Ok(GuestReply::Chunk(chunk)) => Ok(*chunk),
            Ok(_) => Err(Fault::Wrong),
            Err(_) => Err(Fault::Absent),
        }
    }
}

/// The inviter's node says what cannot be.
pub(crate) fn bad_answer() -> Refusal {
    Refusal::new(Kind::Conflict, "bad_reply", "the node of the inviter answers what cannot be read")
}
