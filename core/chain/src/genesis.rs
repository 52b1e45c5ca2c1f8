//! Position 0 of a contract: an object of its own, never a statement.

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Namespace, PublicKey, Signer};
use countersign_member::{Epoch, KeyPurpose, MEMBERS_MAX, Member};
use countersign_types::{
    ContractId, EntryId, IdentityId, Interval, PayloadCommitment, ScenarioId, Signable, Signed, Timestamp,
};
use thiserror::Error;

/// The format of a genesis that this program writes, of a contract that binds.
pub const GENESIS_FORMAT: u64 = 1;
/// The format of a genesis of a contract that binds nobody. A program that knows no test network refuses it.
pub const TEST_GENESIS_FORMAT: u64 = 2;
/// The version of the scenario language that this program writes: `countersign/scenario/v1`.
pub const LANGUAGE_VERSION: u64 = 1;

/// Whether what parties say in a contract binds them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// It does.
    #[default]
    Real,
    /// It does not: parties try out what they would do.
    Test,
}

impl Network {
    /// Its word in configuration and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Test => "test",
        }
    }

    /// The format of the genesis of its contracts.
    pub const fn genesis_format(self) -> u64 {
        match self {
            Self::Real => GENESIS_FORMAT,
            Self::Test => TEST_GENESIS_FORMAT,
        }
    }
}

/// How an entry becomes final (contract log §3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// By seals of all members only: safe for an honest party away for any time.
    Signatures,
}

/// What the founders agreed on beside the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How far ahead of a node's clock a declared time may lie (`AHEAD`).
    pub skew: Interval,
    /// Retry interval: unit of rescue, ticks and the pace of views.
    pub retry: Interval,
    /// Positions for which a replaced key is accepted for statements made before.
    pub key_overlap: u64,
    /// Most bytes of a shared attachment, at most 64 MiB.
    pub payload_bytes_max: u64,
    /// How entries become final.
    pub finality: Finality,
}

impl Default for Settings {
    /// Skew 5 minutes, retry 10 seconds, overlap 256 positions, attachments to 64 MiB, finality by signatures.
    fn default() -> Self {
        Self {
            skew: Interval::from_secs(300),
            retry: Interval::from_secs(10),
            key_overlap: 256,
            payload_bytes_max: 64 * 1024 * 1024,
            finality: Finality::Signatures,
        }
    }
}

/// The founding record of a contract (contract log §13.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Format of this record, which is one for each [`Network`].
    pub format: u64,
    /// Version of the scenario language.
    pub language: u64,
    /// Makes equal contracts differ.
    pub nonce: [u8; 32],
    /// 1 to 64 founders, the creator first.
    pub members: Vec<Member>,
    /// SHA-256 of the canonical scenario.
    pub scenario: ScenarioId,
    /// Agreed settings.
    pub settings: Settings,
    /// Commitment to the payload: scenario, inputs and actors.
    pub payload: PayloadCommitment,
    /// When, as the creator says.
    pub time: Timestamp,
}

/// Why a genesis does not begin a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// Made by a later version of this program.
    #[error("format {format} or language version {language} is not known")]
    Version {
        /// Format found.
        format: u64,
        /// Language version found.
        language: u64,
    },
    /// No member, too many, a party or a node key twice, or one whose records do not hold.
    #[error("members are not sound")]
    Members,
    /// Settings outside their bounds.
    #[error("settings are out of bounds")]
    Settings,
    /// Not signed by an admin key of the creator.
    #[error("not signed by an admin key of the creator")]
    NotSigned,
}

impl Genesis {
    /// Founds a contract. `signer` holds an admin key of the first member.
    pub fn found(self, signer: &dyn Signer) -> Result<Signed<Self>, GenesisError> {
        let signed = Signed::sign(self, signer);
        Self::check(&signed)?;
        Ok(signed)
    }

    /// Whether the contract binds.
    pub const fn network(&self) -> Network {
        if self.format == TEST_GENESIS_FORMAT { Network::Test } else { Network::Real }
    }

    /// The contract that begins here.
    pub fn contract(signed: &Signed<Self>) -> ContractId {
        ContractId::new(signed.digest())
    }

    /// The hash of position 0.
    pub fn entry(signed: &Signed<Self>) -> EntryId {
        EntryId::new(signed.digest())
    }

    /// The founders as an epoch.
    pub fn epoch(signed: &Signed<Self>) -> Epoch {
        Epoch::founding(&Self::contract(signed), &signed.members)
    }

    /// Whether a genesis begins a contract: known version, sound members, settings in bounds, signed by the creator.
    pub fn check(signed: &Signed<Self>) -> Result<(), GenesisError> {
        let genesis = signed.value();
        if !matches!(genesis.format, GENESIS_FORMAT | TEST_GENESIS_FORMAT) || genesis.language != LANGUAGE_VERSION {
            return Err(GenesisError::Version { format: genesis.format, language: genesis.language });
        }
        let mut parties: Vec<IdentityId> = genesis.members.iter().map(Member::party).collect();
        parties.sort_unstable();
        parties.dedup();
        let mut nodes: Vec<PublicKey> = genesis.members.iter().map(|member| member.node.node_key).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let sound = (1..=MEMBERS_MAX).contains(&genesis.members.len())
            && parties.len() == genesis.members.len()
            && nodes.len() == genesis.members.len()
            && genesis.members.iter().all(Member::is_sound);
        if !sound {
            return Err(GenesisError::Members);
        }
        let settings = &genesis.settings;
        let in_bounds = settings.payload_bytes_max <= 64 * 1024 * 1024
            && (1..=86_400_000).contains(&settings.retry.millis())
            && settings.skew.millis() <= 86_400_000
            && settings.key_overlap <= 1 << 32;
        if !in_bounds {
            return Err(GenesisError::Settings);
        }
        let admin = |key: &PublicKey| signed.verify(key).is_ok();
        let creator = genesis.members.first().ok_or(GenesisError::Members)?;
        let keys = &creator.inception.inception().keys;
        let held =
            keys.iter().filter(|key| key.purpose() == KeyPurpose::Admin).any(|key| key.verifier().is_some_and(admin));
        if held { Ok(()) } else { Err(GenesisError::NotSigned) }
    }
}

impl Signable for Genesis {
    const NAMESPACE: Namespace = Namespace::Genesis;
}

impl Encode for Settings {
    fn encode(&self, out: &mut Writer) {
        self.skew.encode(out);
        self.retry.encode(out);
        out.uint(self.key_overlap);
        out.uint(self.payload_bytes_max);
        out.uint(match self.finality {
            Finality::Signatures => 0,
        });
    }
}

impl Decode for Settings {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            skew: Interval::decode(from)?,
            retry: Interval::decode(from)?,
            key_overlap: from.uint()?,
            payload_bytes_max: from.uint()?,
            finality: match from.tag("finality")? {
                0 => Finality::Signatures,
                tag => return Err(DecodeError::Tag { what: "finality", tag: tag.into() }),
            },
        })
    }
}

impl Encode for Genesis {
    fn encode(&self, out: &mut Writer) {
        out.uint(self.format);
        out.uint(self.language);
        self.nonce.encode(out);
        out.list(self.members.iter());
        self.scenario.encode(out);
        self.settings.encode(out);
        self.payload.encode(out);
        self.time.encode(out);
    }
}

impl Decode for Genesis {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            format: from.uint()?,
            language: from.uint()?,
            nonce: from.array()?,
            members: from.list("members", MEMBERS_MAX)?,
            scenario: ScenarioId::decode(from)?,
            settings: Settings::decode(from)?,
            payload: PayloadCommitment::decode(from)?,
            time: Timestamp::decode(from)?,
        })
    }
}
