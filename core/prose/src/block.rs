//! The blocks of a contract on paper.

use countersign_codec::Json;

/// A contract in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose {
    /// Its title.
    pub title: String,
    /// Its blocks, from the top.
    pub blocks: Vec<Block>,
}

/// A paragraph with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// How it is set.
    pub kind: BlockKind,
    /// `4`, `4.2`; empty if it has none.
    pub number: String,
    /// The state that a clause of the course is about.
    pub state: Option<String>,
    /// Whether the process is there.
    pub current: bool,
    /// Its words.
    pub runs: Vec<Run>,
}

/// How a block is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// The head of a part.
    Heading,
    /// A numbered clause.
    Clause,
    /// Words without a number.
    Paragraph,
}

impl BlockKind {
    /// The word in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Heading => "heading",
            Self::Clause => "clause",
            Self::Paragraph => "paragraph",
        }
    }
}

/// Words of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What they are.
    pub kind: RunKind,
    /// The words.
    pub text: String,
}

/// What words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    /// Of the text.
    Text,
    /// A party.
    Party,
    /// A word that the contract defines.
    Term,
    /// A value.
    Value,
    /// A place for a value that is not there yet.
    Blank,
}

impl RunKind {
    /// The word in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Party => "party",
            Self::Term => "term",
            Self::Value => "value",
            Self::Blank => "blank",
        }
    }
}

impl Run {
    pub(crate) fn new(kind: RunKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

impl Block {
    pub(crate) fn new(kind: BlockKind, number: impl Into<String>, runs: Vec<Run>) -> Self {
        Self { kind, number: number.into(), state: None, current: false, runs }
    }

    /// Its words without their kinds.
    pub fn words(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

impl Prose {
    /// The contract as plain text: a block a paragraph, its number first.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for block in &self.blocks {
            let number = if block.number.is_empty() { String::new() } else { format!("{}  ", block.number) };
            text.push_str(&format!("\n{number}{}\n", block.words()));
        }
        text
    }

    /// The contract as JSON.
    pub fn to_json(&self) -> Json {
        let run =
            |run: &Run| Json::map([("kind", Json::text(run.kind.as_str())), ("text", Json::text(run.text.as_str()))]);
        let block = |block: &Block| {
            let mut members = vec![
                ("kind", Json::text(block.kind.as_str())),
                ("number", Json::text(block.number.as_str())),
                ("current", Json::Bool(block.current)),
                ("runs", Json::List(block.runs.iter().map(run).collect())),
            ];
            if let Some(state) = &block.state {
                members.push(("state", Json::text(state.as_str())));
            }
            Json::map(members)
        };
        let blocks = Json::List(self.blocks.iter().map(block).collect());
        Json::map([("title", Json::text(self.title.as_str())), ("blocks", blocks)])
    }
}
