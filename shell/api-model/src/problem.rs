//! What every refusal looks like (RFC 9457).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Media type of a problem.
pub const PROBLEM_MEDIA: &str = "application/problem+json";
/// The type of a problem is this and the code.
pub const PROBLEM_TYPE_BASE: &str = "https://countersign.dev/errors/";

/// A refusal with a stable code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Names the code: an identifier, no address. Every node has the page, at `/ui/errors/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a sentence.
    pub detail: String,
    /// Stable, `snake_case`.
    pub code: String,
    /// What the rule judged by: a JSON pointer, a place or an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The next thing to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}
