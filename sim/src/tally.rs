//! The contract of the simulation: a counter that refuses some additions, so that order decides outcomes.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_chain::{
    Author, Basis, Entry, ForkClass, Invalid, LogState, PayloadClass, PayloadUse, Prefix, Statement, StatementKind,
};
use countersign_codec::{Encode, Writer};
use countersign_crypto::{Digest, Namespace, PublicKey};
use countersign_member::{Epoch, KeyId};
use countersign_payload::Opening;
use countersign_types::{
    Code, ContractId, IdentityId, Interval, Outcome, PayloadCommitment, Position, Sequence, Signed, StatementId,
    Timestamp,
};

use crate::keys::Keys;

/// Length of every attachment: a number.
pub const ATTACHMENT_BYTES: u64 = 8;

/// How far ahead of a clock a declared time may lie.
pub const SKEW: Interval = Interval::from_millis(2_000);

/// What a statement asks for: the payload of the simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// Added to the counter; an odd amount is refused while the counter is odd.
    pub amount: u8,
    /// Higher wins a fork.
    pub priority: u8,
    /// Payloads that must travel with it.
    pub attachments: Vec<PayloadCommitment>,
}

impl Addition {
    /// The payload bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.amount, self.priority];
        self.attachments.iter().for_each(|commitment| bytes.extend_from_slice(commitment.bytes()));
        bytes
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (head, rest) = payload.split_at_checked(2)?;
        let (chunks, tail) = rest.as_chunks::<32>();
        let attachments = chunks.iter().map(|chunk| PayloadCommitment::new(Digest::new(*chunk))).collect();
        (tail.is_empty() && chunks.len() <= 32).then_some(Self { amount: head[0], priority: head[1], attachments })
    }
}

/// A counter, with members that never change.
#[derive(Clone, Debug)]
pub struct Tally {
    epoch: Arc<Epoch>,
    authors: Arc<BTreeMap<IdentityId, PublicKey>>,
    sum: u64,
    sequences: BTreeMap<IdentityId, Sequence>,
    /// Hash over all outcomes so far.
    outcomes: Digest,
}

impl Tally {
    /// The counter at genesis.
    pub fn new(epoch: Arc<Epoch>, authors: Arc<BTreeMap<IdentityId, PublicKey>>) -> Self {
        Self { epoch, authors, sum: 0, sequences: BTreeMap::new(), outcomes: Digest::ZERO }
    }

    /// What a strict statement must have seen.
    pub fn seen(&self) -> Digest {
        Digest::of(&self.sum.to_be_bytes())
    }

    /// The counter.
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// Whether somebody may have an attachment erased: it must be their own.
    fn judge_erase(&self, prefix: &dyn Prefix, statement: &Statement, payload: Option<&[u8]>) -> Outcome {
        let own = PayloadUse::Attached(statement.author.identity);
        match prefix.uses(&self.erases(statement, payload)).as_slice() {
            [Some(found)] if *found == own => Outcome::Applied,
            _ => Outcome::rejected(Code::known("not_erasable"), "payload"),
        }
    }

    fn judge(&self, prefix: &dyn Prefix, statement: &Statement, addition: &Addition) -> Outcome {
        let missing = statement.requires.iter().find(|required| !prefix.is_applied(required));
        if let Some(missing) = missing {
            return Outcome::rejected(Code::known("requires"), missing.to_string());
        }
        if statement.basis.seen.is_some_and(|seen| seen != self.seen()) {
            return Outcome::rejected(Code::known("seen_changed"), "sum");
        }
        if addition.amount % 2 == 1 && self.sum % 2 == 1 {
            return Outcome::rejected(Code::known("odd"), "sum");
        }
        Outcome::Applied
    }
}

impl LogState for Tally {
    fn epoch(&self) -> &Arc<Epoch> {
        &self.epoch
    }

    fn last_sequence(&self, author: &IdentityId) -> Sequence {
        self.sequences.get(author).copied().unwrap_or_default()
    }

    fn author_key(&self, statement: &Statement, _payload: Option<&[u8]>) -> Result<PublicKey, Invalid> {
        self.authors.get(&statement.author.identity).copied().ok_or(Invalid::NotEntitled)
    }

    fn apply(
        &self,
        prefix: &dyn Prefix,
        _entry: &Entry,
        statement: &Signed<Statement>,
        payload: Option<&[u8]>,
    ) -> Result<(Self, Outcome), Invalid> {
        let author = statement.author.identity;
        self.author_key(statement, payload)?;
        if statement.sequence != self.last_sequence(&author).next() {
            return Err(Invalid::BadSequence);
        }
        let mut next = self.clone();
        next.sequences.insert(author, statement.sequence);
        let outcome = if statement.kind == StatementKind::Erase {
            self.judge_erase(prefix, statement, payload)
        } else {
            let addition = payload.and_then(Addition::read).ok_or(Invalid::Mismatch)?;
            let outcome = self.judge(prefix, statement, &addition);
            next.sum += u64::from(addition.amount) * u64::from(outcome.is_applied());
            outcome
        };
        let mut line = Writer::default();
        self.outcomes.encode(&mut line);
        Statement::id(statement).encode(&mut line);
        outcome.encode(&mut line);
        next.outcomes = Digest::named(Namespace::Outcome, &line.into_bytes());
        Ok((next, outcome))
    }

    fn hash(&self) -> Digest {
        let mut out = Writer::default();
        out.uint(self.sum);
        for (author, sequence) in &self.sequences {
            author.encode(&mut out);
            sequence.encode(&mut out);
        }
        self.outcomes.encode(&mut out);
        Digest::named(Namespace::State, &out.into_bytes())
    }

    fn erases(&self, statement: &Statement, payload: Option<&[u8]>) -> Vec<PayloadCommitment> {
        let named = payload.filter(|_| statement.kind == StatementKind::Erase).and_then(|bytes| bytes.try_into().ok());
        named.map(|bytes| PayloadCommitment::new(Digest::new(bytes))).into_iter().collect()
    }

    fn attachments(&self, statement: &Statement, payload: Option<&[u8]>) -> Vec<PayloadCommitment> {
        if statement.kind == StatementKind::Erase {
            return Vec::new();
        }
        payload.and_then(Addition::read).map_or(Vec::new(), |addition| addition.attachments)
    }

    fn attachment_bytes(&self, _: &Statement, _: Option<&[u8]>, _: &PayloadCommitment) -> Option<u64> {
        Some(ATTACHMENT_BYTES)
    }

    fn fork_class(&self, _statement: &Statement, payload: Option<&[u8]>) -> ForkClass {
        let priority = payload.and_then(Addition::read).map_or(0, |addition| addition.priority);
        ForkClass { class: 3, action: -i16::from(priority), actor: 0 }
    }

    fn latest_time(&self, now: Timestamp) -> Timestamp {
        now.after(SKEW)
    }
}

/// What goes into a statement beside its author.
#[derive(Clone, Debug)]
pub struct Wording {
    /// What it asks for.
    pub addition: Addition,
    /// Its number.
    pub sequence: Sequence,
    /// Statements without which it is void.
    pub requires: Vec<StatementId>,
    /// The counter its author saw, if it is strict.
    pub seen: Option<Digest>,
    /// When, as the author says.
    pub time: Timestamp,
    /// Makes equal statements differ.
    pub nonce: u64,
}

/// A statement by the person of `keys`, and the opening of its payload.
pub fn state(contract: ContractId, keys: &Keys, wording: Wording) -> (Arc<Signed<Statement>>, Opening) {
    let payload = wording.addition.to_bytes();
    say(contract, keys, wording, StatementKind::Response, payload)
}

/// A statement that asks to erase an attachment instead of what `wording` would add.
pub fn erase(
    contract: ContractId,
    keys: &Keys,
    wording: Wording,
    attachment: &PayloadCommitment,
) -> (Arc<Signed<Statement>>, Opening) {
    say(contract, keys, wording, StatementKind::Erase, attachment.bytes().to_vec())
}

fn say(
    contract: ContractId,
    keys: &Keys,
    wording: Wording,
    kind: StatementKind,
    payload: Vec<u8>,
) -> (Arc<Signed<Statement>>, Opening) {
    let mut salt = [0; 32];
    salt[..8].copy_from_slice(&wording.nonce.to_be_bytes());
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&wording.nonce.to_be_bytes());
    let opening = Opening::new(salt, payload);
    let statement = Statement {
        contract,
        kind,
        author: Author { identity: keys.party(), key: KeyId::of_signing(&keys.person_key()) },
        sequence: wording.sequence,
        basis: Basis {
            position: Position::ZERO,
            entry: countersign_types::EntryId::new(Digest::ZERO),
            seen: wording.seen,
        },
        requires: wording.requires,
        time: wording.time,
        nonce,
        payload: opening.commitment(),
        class: PayloadClass::Shared,
    };
    (Arc::new(Signed::sign(statement, keys.person())), opening)
}
