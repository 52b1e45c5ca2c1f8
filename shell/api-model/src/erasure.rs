//! What was to be erased, and who did.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Standing, text};

/// A payload that an `erase` names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErasedPayload {
    /// Its commitment: `sha256:…`.
    pub commitment: String,
    /// Its file name, as the response that brought it says.
    pub name: String,
    /// Its media type, likewise.
    pub media: String,
    /// Its size, likewise.
    pub bytes: u64,
    /// Whether this node still holds it.
    pub held: bool,
}

/// The signed word of a member that it erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErasedBy {
    /// `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// When, by the clock of its node.
    #[schema(value_type = text::Time)]
    pub time: String,
}

/// An `erase` that took effect in the log, and who did what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErasureView {
    /// `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub statement: String,
    /// Its place.
    pub position: u64,
    /// The party that asked: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub asked_by: String,
    /// The legal reason.
    pub reason: String,
    /// When it was said, as its author declares.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// How certain its place is. Nodes erase once it is final.
    pub standing: Standing,
    /// What is to be erased.
    pub payloads: Vec<ErasedPayload>,
    /// Members that signed that they did.
    pub erased_by: Vec<ErasedBy>,
    /// Members of whom no such word is here.
    #[schema(value_type = Vec<text::IdentityId>)]
    pub waiting_for: Vec<String>,
}
