//! A place in the log, signed by the node that appends it.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Namespace;
use countersign_types::{ContractId, Count, EntryId, IdentityId, Position, Signable, Signed, StatementId};

/// An entry: a statement at a position after another entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The contract.
    pub contract: ContractId,
    /// 0, the common log. Other lanes come with the commit rules `unanimous` and `issuer`.
    pub lane: u64,
    /// One more than that of the entry before.
    pub position: Position,
    /// The entry before; genesis is before position 1.
    pub previous: EntryId,
    /// The statement that takes this place.
    pub statement: StatementId,
    /// The party whose node appends: always the appender, not the author's party.
    pub party: IdentityId,
    /// Of the party's gapless counter (`COUNTER`).
    pub count: Count,
}

impl Entry {
    /// The hash of a signed entry.
    pub fn id(signed: &Signed<Self>) -> EntryId {
        EntryId::new(signed.digest())
    }
}

impl Signable for Entry {
    const NAMESPACE: Namespace = Namespace::Entry;
}

impl Encode for Entry {
    fn encode(&self, out: &mut Writer) {
        self.contract.encode(out);
        out.uint(self.lane);
        self.position.encode(out);
        self.previous.encode(out);
        self.statement.encode(out);
        self.party.encode(out);
        self.count.encode(out);
    }
}

impl Decode for Entry {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: ContractId::decode(from)?,
            lane: from.uint()?,
            position: Position::decode(from)?,
            previous: EntryId::decode(from)?,
            statement: StatementId::decode(from)?,
            party: IdentityId::decode(from)?,
            count: Count::decode(from)?,
        })
    }
}
