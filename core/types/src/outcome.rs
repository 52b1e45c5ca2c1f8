//! What became of a statement at its place: equal on every node.

use std::borrow::Cow;
use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};

/// A stable `snake_case` word of the registry in `docs/errors/`: 1 to [`Code::BYTES_MAX`] bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// Most bytes of a code.
    pub const BYTES_MAX: usize = 48;

    /// A code known to this program.
    pub const fn known(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// A code from outside, if it is a `snake_case` word.
    pub fn new(text: &str) -> Option<Self> {
        let word = !text.is_empty()
            && text.len() <= Self::BYTES_MAX
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        word.then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Encode for Code {
    fn encode(&self, out: &mut Writer) {
        out.text(&self.0);
    }
}

impl Decode for Code {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = from.text("code", Self::BYTES_MAX)?;
        Self::new(&text).ok_or(DecodeError::Value("code"))
    }
}

/// What became of a statement at its place in the log (contract log §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took effect.
    Applied,
    /// It broke a rule at its place and changed nothing but time.
    Rejected {
        /// The rule.
        rule: Code,
        /// What the rule judged by: a place in the scenario, a pointer into the data or an id; may be empty.
        by: String,
    },
    /// A system action was tried and did not succeed, as the witness says.
    Failed {
        /// Who saw it.
        witness: String,
    },
}

impl Outcome {
    /// Most bytes of `by` and `witness`.
    pub const DETAIL_BYTES_MAX: usize = 256;

    /// A rejection. Of a longer `by` only the beginning is kept.
    pub fn rejected(rule: Code, by: impl Into<String>) -> Self {
        let mut by = by.into();
        let mut end = by.len().min(Self::DETAIL_BYTES_MAX);
        while !by.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        by.truncate(end);
        Self::Rejected { rule, by }
    }

    /// Whether the statement took effect.
    pub const fn is_applied(&self) -> bool {
        matches!(self, Self::Applied)
    }
}

impl Encode for Outcome {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Applied => out.uint(0),
            Self::Rejected { rule, by } => {
                out.uint(1);
                rule.encode(out);
                out.text(by);
            }
            Self::Failed { witness } => {
                out.uint(2);
                out.text(witness);
            }
        }
    }
}

impl Decode for Outcome {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("outcome")? {
            0 => Ok(Self::Applied),
            1 => {
                let rule = Code::decode(from)?;
                Ok(Self::Rejected { rule, by: from.text("detail", Self::DETAIL_BYTES_MAX)? })
            }
            2 => Ok(Self::Failed { witness: from.text("detail", Self::DETAIL_BYTES_MAX)? }),
            tag => Err(DecodeError::Tag { what: "outcome", tag: tag.into() }),
        }
    }
}
