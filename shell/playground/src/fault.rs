//! Why there is no answer.

use countersign_workflow::{DOCUMENT_BYTES_MAX, Finding, Misuse, Outline, Scenario};
use thiserror::Error;

/// Why a question about a scenario has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The document cannot be used for this.
    #[error("{0}")]
    Scenario(String),
    /// The play cannot be done as it is written.
    #[error("{0}")]
    Steps(String),
    /// A limit: of bytes, steps or time.
    #[error("{0}")]
    Limit(&'static str),
    /// What was computed has not its form: a fault of this program.
    #[error("the answer has not the form that the API describes")]
    Form,
}

impl From<Misuse> for Fault {
    fn from(misuse: Misuse) -> Self {
        Self::Steps(misuse.to_string())
    }
}

/// The bytes of a document within the limit.
pub(crate) fn bytes(document: &str) -> Result<&[u8], Fault> {
    if document.len() > DOCUMENT_BYTES_MAX {
        return Err(Fault::Limit("a document has at most 1 MiB"));
    }
    Ok(document.as_bytes())
}

/// A scenario that can be run.
pub(crate) fn scenario(document: &str) -> Result<Scenario, Fault> {
    let refused = |findings: Vec<Finding>| {
        let first = findings.iter().find(|finding| finding.is_error()).map(ToString::to_string);
        Fault::Scenario(first.unwrap_or_else(|| "the scenario cannot be run".to_owned()))
    };
    Scenario::load(bytes(document)?).map(|(scenario, _)| scenario).map_err(refused)
}

/// What can be read of a document.
pub(crate) fn outline(document: &str) -> Result<Outline, Fault> {
    let none = || Fault::Scenario("this is no YAML 1.2, and no JSON".to_owned());
    Outline::read(bytes(document)?).ok_or_else(none)
}
