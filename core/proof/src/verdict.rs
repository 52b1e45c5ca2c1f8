//! What a bundle proves, in sentences and as data.

use countersign_codec::Json;

use crate::Finding;

/// A sentence for people, with the same as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What kind of sentence: a stable `snake_case` word.
    pub code: &'static str,
    /// In English.
    pub text: String,
    /// As data: what the sentence names, by stable words.
    pub facts: Json,
}

/// The verdict over a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is proven; nothing if something does not hold.
    pub proven: Vec<Sentence>,
    /// What a reader might take for proven and is not.
    pub not_proven: Vec<Sentence>,
    /// What does not hold first.
    pub finding: Option<Finding>,
}

impl Sentence {
    pub(crate) fn new<const N: usize>(code: &'static str, text: impl Into<String>, facts: [(&str, Json); N]) -> Self {
        Self { code, text: text.into(), facts: Json::map(facts) }
    }

    fn to_json(&self) -> Json {
        Json::map([("code", Json::text(self.code)), ("facts", self.facts.clone()), ("text", Json::text(&self.text))])
    }
}

impl Verdict {
    /// The verdict over a file in which something does not hold: nothing in it is proven.
    pub(crate) fn refused(finding: Finding) -> Self {
        Self { proven: Vec::new(), not_proven: Vec::new(), finding: Some(finding) }
    }

    /// Whether everything holds.
    pub const fn is_proven(&self) -> bool {
        self.finding.is_none()
    }

    /// As JSON: `verdict` (`proven` or `refused`), `finding`, and two lists of sentences `proven`, `not_proven`.
    pub fn to_json(&self) -> Json {
        let list = |sentences: &[Sentence]| Json::List(sentences.iter().map(Sentence::to_json).collect());
        Json::map([
            ("finding", self.finding.as_ref().map_or(Json::Null, Finding::to_json)),
            ("not_proven", list(&self.not_proven)),
            ("proven", list(&self.proven)),
            ("verdict", Json::text(if self.is_proven() { "proven" } else { "refused" })),
        ])
    }
}
