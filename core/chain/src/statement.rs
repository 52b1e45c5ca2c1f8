//! What a person or system says, signed by the author. It says nothing about its own place.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Namespace};
use countersign_member::KeyId;
use countersign_types::{
    ContractId, EntryId, IdentityId, PayloadCommitment, Position, Sequence, Signable, Signed, StatementId, Timestamp,
};

/// Most statements that one can require.
pub const REQUIRES_MAX: usize = 8;

/// The kinds of the first version (contract log §13.6). Append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementKind {
    /// An actor takes an action of a process.
    Response,
    /// A member offers a place to a newcomer.
    Invite,
    /// The newcomer takes it.
    Join,
    /// The inviter compared the words; from the next position on the newcomer is a member.
    Confirm,
    /// A party names a person or system of its own.
    Identity,
    /// A party says who may act for it.
    Mandate,
    /// A party takes that back.
    MandateRevoke,
    /// An identity replaces its keys.
    KeyRotate,
    /// Words beside the process; they never move its state.
    Comment,
    /// "It is this late": fires the timers that are due.
    Tick,
    /// A party asks all to delete payloads.
    Erase,
    /// Somebody proposes to change the running process.
    Propose,
    /// A party votes on a proposal.
    Vote,
}

impl StatementKind {
    /// Every kind, in the order of their tags.
    pub const ALL: [Self; 13] = [
        Self::Response,
        Self::Invite,
        Self::Join,
        Self::Confirm,
        Self::Identity,
        Self::Mandate,
        Self::MandateRevoke,
        Self::KeyRotate,
        Self::Comment,
        Self::Tick,
        Self::Erase,
        Self::Propose,
        Self::Vote,
    ];

    /// The word for people and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Invite => "invite",
            Self::Join => "join",
            Self::Confirm => "confirm",
            Self::Identity => "identity",
            Self::Mandate => "mandate",
            Self::MandateRevoke => "mandate_revoke",
            Self::KeyRotate => "key_rotate",
            Self::Comment => "comment",
            Self::Tick => "tick",
            Self::Erase => "erase",
            Self::Propose => "propose",
            Self::Vote => "vote",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Encode for StatementKind {
    fn encode(&self, out: &mut Writer) {
        out.uint(*self as u64);
    }
}

impl Decode for StatementKind {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let tag = from.tag("statement kind")?;
        Self::ALL.get(usize::from(tag)).copied().ok_or(DecodeError::Tag { what: "statement kind", tag: tag.into() })
    }
}

/// Whose statement it is, and the key that signs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// The person, system or organisation.
    pub identity: IdentityId,
    /// One of its keys.
    pub key: KeyId,
}

/// Up to where the author had seen, and on which values the statement rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Position of the head that the author saw.
    pub position: Position,
    /// That head. It need not lie on the branch.
    pub entry: EntryId,
    /// Hash of the values of the action's `seen` (contract log §13.9); a statement with it is strict.
    pub seen: Option<Digest>,
}

/// Who holds the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadClass {
    /// Pushed with the entry to all members; the only class that state may read.
    Shared,
    /// Stays with its owner, fetched on demand.
    Linked,
}

/// A statement: at most [`Statement::BYTES_MAX`] encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The contract it is made in.
    pub contract: ContractId,
    /// What it does.
    pub kind: StatementKind,
    /// Who says it.
    pub author: Author,
    /// Gapless per author and contract, from 1.
    pub sequence: Sequence,
    /// What the author had seen.
    pub basis: Basis,
    /// Statements without which this one is void: at most [`REQUIRES_MAX`].
    pub requires: Vec<StatementId>,
    /// When, as the author says.
    pub time: Timestamp,
    /// Makes equal statements differ.
    pub nonce: [u8; 16],
    /// The payload, or 32 zero bytes.
    pub payload: PayloadCommitment,
    /// Who holds the payload.
    pub class: PayloadClass,
}

impl Statement {
    /// Most bytes of a statement without its signature.
    pub const BYTES_MAX: usize = 2048;

    /// The id of a signed statement.
    pub fn id(signed: &Signed<Self>) -> StatementId {
        StatementId::new(signed.digest())
    }
}

impl Signable for Statement {
    const NAMESPACE: Namespace = Namespace::Statement;
}

impl Encode for Statement {
    fn encode(&self, out: &mut Writer) {
        self.contract.encode(out);
        self.kind.encode(out);
        self.author.identity.encode(out);
        self.author.key.encode(out);
        self.sequence.encode(out);
        self.basis.position.encode(out);
        self.basis.entry.encode(out);
        self.basis.seen.encode(out);
        out.list(self.requires.iter());
        self.time.encode(out);
        self.nonce.encode(out);
        self.payload.encode(out);
        out.uint(match self.class {
            PayloadClass::Shared => 0,
            PayloadClass::Linked => 1,
        });
    }
}

impl Decode for Statement {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: ContractId::decode(from)?,
            kind: StatementKind::decode(from)?,
            author: Author { identity: IdentityId::decode(from)?, key: KeyId::decode(from)? },
            sequence: Sequence::decode(from)?,
            basis: Basis {
                position: Position::decode(from)?,
                entry: EntryId::decode(from)?,
                seen: Option::decode(from)?,
            },
            requires: from.list("required statements", REQUIRES_MAX)?,
            time: Timestamp::decode(from)?,
            nonce: from.array()?,
            payload: PayloadCommitment::decode(from)?,
            class: match from.tag("payload class")? {
                0 => PayloadClass::Shared,
                1 => PayloadClass::Linked,
                tag => return Err(DecodeError::Tag { what: "payload class", tag: tag.into() }),
            },
        })
    }
}
