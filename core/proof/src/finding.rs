//! What does not hold in a bundle: where, and why.

use std::fmt;

use countersign_codec::Json;

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Its first bytes and its division into sections.
    File,
    /// The founding record and the scenario.
    Genesis,
    /// Who belongs, with which keys, who may act for whom.
    Members,
    /// What the bundle was made to show.
    Claims,
    /// The place up to which everything is final.
    Checkpoint,
    /// The signatures of all members for it.
    Certificate,
    /// SHA-256 of everything before.
    Checksum,
}

impl Section {
    /// The word for people and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Genesis => "genesis",
            Self::Members => "members",
            Self::Claims => "claims",
            Self::Checkpoint => "checkpoint",
            Self::Certificate => "certificate",
            Self::Checksum => "checksum",
        }
    }
}

/// Why an object does not hold. The words are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The file is longer than [`crate::BUNDLE_BYTES_MAX`].
    TooLarge,
    /// The bytes are not the encoding of a bundle.
    Malformed,
    /// Made by a later version of this program.
    NewerFormat,
    /// The contract is not the one that the reader asked for.
    OtherContract,
    /// The founding record begins no contract.
    BadGenesis,
    /// The scenario is not the one that the founding record names, or cannot be read.
    BadCharter,
    /// A signature does not hold.
    BadSignature,
    /// A payload is not what the statement commits to, or is of another form.
    BadOpening,
    /// An entry or outcome is not under the root that the members signed for.
    BadPath,
    /// Parts do not belong together.
    Mismatch,
    /// Records are out of order, or stand twice.
    BadOrder,
    /// A key is not known at this place, or was replaced before.
    NotEntitled,
    /// The members' records are not all that the members signed for.
    MembersIncomplete,
    /// Signatures of all members for the checkpoint are not all there.
    NotFinal,
    /// Computed again, a statement has another outcome, or the log another state.
    StateDiffers,
    /// The checksum does not hold, though all objects do.
    BadChecksum,
}

impl Fault {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "bundle_too_large",
            Self::Malformed => "malformed",
            Self::NewerFormat => "newer_format",
            Self::OtherContract => "other_contract",
            Self::BadGenesis => "bad_genesis",
            Self::BadCharter => "bad_charter",
            Self::BadSignature => "bad_signature",
            Self::BadOpening => "bad_opening",
            Self::BadPath => "bad_path",
            Self::Mismatch => "mismatch",
            Self::BadOrder => "bad_order",
            Self::NotEntitled => "not_entitled",
            Self::MembersIncomplete => "members_incomplete",
            Self::NotFinal => "not_final",
            Self::StateDiffers => "state_differs",
            Self::BadChecksum => "bad_checksum",
        }
    }
}

/// The first object of a bundle that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The section it stands in.
    pub section: Section,
    /// The object, for example `claims[3].statement`.
    pub object: String,
    /// Why.
    pub fault: Fault,
    /// Why, in words.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(section: Section, object: impl Into<String>, fault: Fault, message: impl Into<String>) -> Self {
        Self { section, object: object.into(), fault, message: message.into() }
    }

    /// As JSON: `code`, `message`, `object`, `section`.
    pub fn to_json(&self) -> Json {
        Json::map([
            ("code", Json::text(self.fault.as_str())),
            ("message", Json::text(&self.message)),
            ("object", Json::text(&self.object)),
            ("section", Json::text(self.section.as_str())),
        ])
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.object, self.message)
    }
}
