//! Drafting a statement for somebody to sign.

use countersign_chain::{Author, Basis, PayloadClass, Statement};
use countersign_crypto::Digest;
use countersign_payload::Opening;
use countersign_types::{EntryId, Position, StatementId, Timestamp};

use crate::{Payload, State};

/// What somebody wants to say, and with which randomness.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who, with which key.
    pub author: Author,
    /// What.
    pub payload: Payload,
    /// When.
    pub time: Timestamp,
    /// Random, used once.
    pub nonce: [u8; 16],
    /// Random, used once.
    pub salt: [u8; 32],
}

/// A statement without its signature, and the opening of its payload.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// To be signed.
    pub statement: Statement,
    /// Travels with it.
    pub opening: Opening,
}

impl State {
    /// Drafts a statement that follows `head` at `position`, in whose state this is. Its `seen` is what a person sees
    /// now; it requires the statement that entered the current state of its process, unless `settled` says that this
    /// is final (contract log §13.7, §13.9, §13.10).
    pub fn prepare(
        &self,
        position: Position,
        head: EntryId,
        wish: Wish,
        settled: impl Fn(&StatementId) -> bool,
    ) -> Prepared {
        let opening = Opening::new(wish.salt, wish.payload.to_bytes());
        let response = match &wish.payload {
            Payload::Response(response) => Some(response),
            _ => None,
        };
        let seen = response.and_then(|response| self.seen(&response.process, &response.action, wish.time));
        let entered_by =
            response.and_then(|response| self.entered_by(&response.process)).filter(|statement| !settled(statement));
        let author = wish.author;
        let statement = Statement {
            contract: self.contract,
            kind: wish.payload.kind(),
            author,
            sequence: self.sequences.get(&author.identity).copied().unwrap_or_default().next(),
            basis: Basis { position, entry: head, seen },
            requires: entered_by.into_iter().collect(),
            time: wish.time,
            nonce: wish.nonce,
            payload: opening.commitment(),
            class: PayloadClass::Shared,
        };
        Prepared { statement, opening }
    }

    /// The hash of what the author of an action of a process sees at a time; none if the action is not strict.
    pub fn seen(&self, process: &str, action: &str, time: Timestamp) -> Option<Digest> {
        let mut then = self.process.clone()?;
        then.tick(countersign_rules::Timestamp::from_ms(time.millis())?);
        then.seen(process, action).map(Digest::new)
    }
}
