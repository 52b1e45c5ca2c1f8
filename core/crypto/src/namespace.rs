//! The purposes a hash or signature can have. Append only: a name, once used, never changes its meaning.

/// What a hash, signature or seal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    /// A statement of a person or system.
    Statement,
    /// A place in the log.
    Entry,
    /// "I hold all of it, validated it, and computed this state."
    Receipt,
    /// Position 0 of a contract.
    Genesis,
    /// The inception record of an identity.
    Identity,
    /// What a node says of itself: keys and addresses.
    NodeRecord,
    /// The commitment to a payload.
    Payload,
    /// The state of a contract after an entry.
    State,
    /// One line of the outcomes tree.
    Outcome,
    /// Two signatures by one key that an honest node never gives.
    FraudProof,
    /// The part of an invitation that the one-time key signs.
    Invitation,
    /// The commitment to the inviter's nonce.
    InvitationNonce,
    /// The four words that inviter and joiner compare.
    Fingerprint,
    /// "I deleted what these commitments named."
    ErasureReceipt,
    /// The body of a message to a node.
    Envelope,
    /// The answer to a message of a node.
    EnvelopeReply,
    /// A person's sign-in to the API of a node.
    Session,
    /// "I agree to become a key of this identity."
    NewKey,
    /// From a person's key to the blinding of a commitment.
    Commitment,
    /// One run of a system action: its idempotency key.
    Run,
    /// The contents of a package: a scenario with what belongs to it.
    Package,
}

impl Namespace {
    /// Every namespace, in the order of their definition.
    pub const ALL: [Self; 21] = [
        Self::Statement,
        Self::Entry,
        Self::Receipt,
        Self::Genesis,
        Self::Identity,
        Self::NodeRecord,
        Self::Payload,
        Self::State,
        Self::Outcome,
        Self::FraudProof,
        Self::Invitation,
        Self::InvitationNonce,
        Self::Fingerprint,
        Self::ErasureReceipt,
        Self::Envelope,
        Self::EnvelopeReply,
        Self::Session,
        Self::NewKey,
        Self::Commitment,
        Self::Run,
        Self::Package,
    ];

    /// The name that is hashed: between 1 and 60 bytes of ASCII.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Statement => "countersign/statement/v1",
            Self::Entry => "countersign/entry/v1",
            Self::Receipt => "countersign/receipt/v1",
            Self::Genesis => "countersign/genesis/v1",
            Self::Identity => "countersign/identity/v1",
            Self::NodeRecord => "countersign/node-record/v1",
            Self::Payload => "countersign/payload/v1",
            Self::State => "countersign/state/v1",
            Self::Outcome => "countersign/outcome/v1",
            Self::FraudProof => "countersign/fraud-proof/v1",
            Self::Invitation => "countersign/invitation/v1",
            Self::InvitationNonce => "countersign/invitation-nonce/v1",
            Self::Fingerprint => "countersign/fingerprint/v1",
            Self::ErasureReceipt => "countersign/erasure-receipt/v1",
            Self::Envelope => "countersign/envelope/v1",
            Self::EnvelopeReply => "countersign/envelope-reply/v1",
            Self::Session => "countersign/session/v1",
            Self::NewKey => "countersign/new-key/v1",
            Self::Commitment => "countersign/commitment/v1",
            Self::Run => "countersign/run/v1",
            Self::Package => "countersign/package/v1",
        }
    }
}
