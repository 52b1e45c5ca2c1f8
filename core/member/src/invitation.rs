//! Inviting a party with a one-time key, and comparing four words.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Hasher, Namespace, PublicKey};
use countersign_types::{ContractId, IdentityId, Position, Signable, StatementId};

use crate::Member;
use crate::words::WORDS;

/// An invitation that is open in the state of a contract (contract log §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The inviting party.
    pub inviter: IdentityId,
    /// The actors of the scenario that the newcomer will be bound to.
    pub actors: Vec<String>,
    /// The one-time key.
    pub key: PublicKey,
    /// Commitment to the inviter's nonce, see [`nonce_commitment`].
    pub nonce_commitment: Digest,
    /// The last position at which a `join` counts.
    pub expires: Position,
    /// Who asked to join, and waits for the `confirm`.
    pub joining: Option<Joining>,
}

/// A `join` that waits for its `confirm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    /// The newcomer.
    pub member: Member,
    /// The newcomer's nonce.
    pub nonce: [u8; 32],
    /// Canonical JSON of the actors' own data.
    pub data: Vec<u8>,
}

impl Encode for Invitation {
    fn encode(&self, out: &mut Writer) {
        self.inviter.encode(out);
        out.uint(self.actors.len() as u64);
        self.actors.iter().for_each(|actor| out.text(actor));
        self.key.encode(out);
        self.nonce_commitment.encode(out);
        self.expires.encode(out);
        self.joining.is_some().encode(out);
        if let Some(joining) = &self.joining {
            joining.member.encode(out);
            joining.nonce.encode(out);
            out.bytes(&joining.data);
        }
    }
}

/// What the one-time key signs: that this newcomer, with this node and nonce, uses the invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationProof {
    /// The contract.
    pub contract: ContractId,
    /// The `invite` statement.
    pub invitation: StatementId,
    /// SHA-256 of the newcomer's [`Member`] record.
    pub member: Digest,
    /// The newcomer's nonce.
    pub nonce: [u8; 32],
}

impl Signable for InvitationProof {
    const NAMESPACE: Namespace = Namespace::Invitation;
}

impl Encode for InvitationProof {
    fn encode(&self, out: &mut Writer) {
        self.contract.encode(out);
        self.invitation.encode(out);
        self.member.encode(out);
        self.nonce.encode(out);
    }
}

impl Decode for InvitationProof {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: ContractId::decode(from)?,
            invitation: StatementId::decode(from)?,
            member: Digest::decode(from)?,
            nonce: from.array()?,
        })
    }
}

/// The commitment that an `invite` carries to the inviter's nonce.
pub fn nonce_commitment(nonce: &[u8; 32]) -> Digest {
    Digest::named(Namespace::InvitationNonce, nonce)
}

/// The four words that inviter and joiner compare (contract log §13.14): 44 bits of the BIP-39 English list.
pub fn fingerprint(
    contract: &ContractId,
    inviter: &Member,
    joiner: &Member,
    inviter_nonce: &[u8; 32],
    joiner_nonce: &[u8; 32],
) -> [&'static str; 4] {
    let digest = Hasher::named(Namespace::Fingerprint)
        .with(contract.bytes())
        .with(&inviter.node.to_bytes())
        .with(&joiner.node.to_bytes())
        .with(inviter_nonce)
        .with(joiner_nonce)
        .finish();
    let bits = digest.bytes().iter().take(6).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    [37_u32, 26, 15, 4].map(|shift| {
        let index = (bits >> shift) & 0x7FF;
        WORDS.split_ascii_whitespace().nth(index as usize).unwrap_or("abandon")
    })
}
