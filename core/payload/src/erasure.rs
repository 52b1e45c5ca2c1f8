//! The signed word of a holder that it deleted.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Namespace;
use countersign_types::{ContractId, Count, IdentityId, PayloadCommitment, Signable, StatementId, Timestamp};

/// Most payloads that one `erase` names.
pub const COMMITMENTS_MAX: usize = 64;

/// "I deleted payload, salt, caches and copies of what these commitments named" (contract log §8), by a node key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureReceipt {
    /// The contract.
    pub contract: ContractId,
    /// The `erase` statement that asked for it.
    pub statement: StatementId,
    /// Who deleted.
    pub party: IdentityId,
    /// Of the party's gapless counter (`COUNTER`): so nobody can lose a receipt on its way unseen.
    pub count: Count,
    /// What was deleted: 1 to [`COMMITMENTS_MAX`], strictly ascending.
    pub commitments: Vec<PayloadCommitment>,
    /// When, by the clock of the node.
    pub time: Timestamp,
}

impl Signable for ErasureReceipt {
    const NAMESPACE: Namespace = Namespace::ErasureReceipt;
}

impl Encode for ErasureReceipt {
    fn encode(&self, out: &mut Writer) {
        self.contract.encode(out);
        self.statement.encode(out);
        self.party.encode(out);
        self.count.encode(out);
        out.list(self.commitments.iter());
        self.time.encode(out);
    }
}

impl Decode for ErasureReceipt {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let contract = ContractId::decode(from)?;
        let statement = StatementId::decode(from)?;
        let party = IdentityId::decode(from)?;
        let count = Count::decode(from)?;
        let commitments: Vec<PayloadCommitment> = from.list("commitments", COMMITMENTS_MAX)?;
        if commitments.is_empty() || !commitments.is_sorted_by(|left, right| left < right) {
            return Err(DecodeError::Order("commitments"));
        }
        Ok(Self { contract, statement, party, count, commitments, time: Timestamp::decode(from)? })
    }
}
