//! What was found, in words.

use countersign_codec::Json;

/// How conditions were treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// They were ignored: what is found here is wrong whatever the data are, or would be if conditions let it happen.
    Ignored,
    /// They count, as far as the values that they read are known.
    Honoured,
}

impl Mode {
    /// The word in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ignored => "conditions ignored",
            Self::Honoured => "conditions honoured",
        }
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlawKind {
    /// From somewhere that can be reached, no end can.
    CannotEnd,
    /// The process ends while a child of its own goes on.
    LeftBehind,
    /// A transition that never happens.
    Dead,
    /// Systems can keep each other busy for ever.
    SystemLoop,
}

impl FlawKind {
    /// The word in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CannotEnd => "cannot_end",
            Self::LeftBehind => "left_behind",
            Self::Dead => "dead",
            Self::SystemLoop => "system_loop",
        }
    }
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What happened: `on sign`, with the process before it if it is a child: `goods: on ship`.
    pub by: String,
    /// Where every process stands after it: `signing`, `goods:packing`.
    pub states: Vec<String>,
}

/// Something wrong, with the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What kind.
    pub kind: FlawKind,
    /// A sentence: lower-case, without a full stop, without the path.
    pub words: String,
    /// The state of the scenario itself where it shows.
    pub state: Option<String>,
    /// The transition of that state, by position, if it is about one.
    pub way: Option<usize>,
    /// A shortest way to it from the start, or the loop.
    pub path: Vec<Stage>,
    /// The states of the scenario itself on that way.
    pub states: Vec<String>,
}

/// What one search says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How conditions were treated.
    pub mode: Mode,
    /// Whether everything that can be reached was looked at. If not, that nothing was found proves nothing.
    pub whole: bool,
    /// How many markings were reached.
    pub markings: usize,
    /// What is wrong.
    pub flaws: Vec<Flaw>,
}

/// What both searches say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soundness {
    /// With conditions ignored.
    pub ignored: Verdict,
    /// With conditions honoured. What it finds may still be ruled out by values that it does not know, except that a
    /// transition that it finds dead is dead.
    pub honoured: Verdict,
}

impl Verdict {
    /// Whether everything was looked at and nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.whole && self.flaws.is_empty()
    }

    /// The verdict in a sentence.
    pub fn to_words(&self) -> String {
        let count = self.markings;
        let stands = if count == 1 { "1 marking".to_owned() } else { format!("{count} markings") };
        let found = match (self.flaws.len(), self.whole) {
            (0, true) => "every run can end, nothing is left behind, every transition can happen".to_owned(),
            (0, false) => "nothing was found, but not everything was looked at".to_owned(),
            (1, _) => "not sound".to_owned(),
            (flaws, _) => format!("not sound, {flaws} findings"),
        };
        format!("{}: {found} ({stands})", self.mode.as_str())
    }
}

impl Flaw {
    /// The sentence with the path, as E306 says it.
    pub fn to_words(&self) -> String {
        let path: Vec<String> = self.path.iter().map(|stage| stage.states.join(" + ")).collect();
        if path.is_empty() { self.words.clone() } else { format!("{}; path {}", self.words, path.join(" → ")) }
    }

    fn to_json(&self) -> Json {
        let texts = |items: &[String]| Json::List(items.iter().map(Json::text).collect());
        let stage = |stage: &Stage| Json::map([("by", Json::text(&stage.by)), ("states", texts(&stage.states))]);
        let mut members = vec![
            ("kind", Json::text(self.kind.as_str())),
            ("message", Json::text(&self.words)),
            ("path", Json::List(self.path.iter().map(stage).collect())),
            ("states", texts(&self.states)),
        ];
        members.extend(self.state.as_ref().map(|state| ("state", Json::text(state))));
        Json::map(members)
    }
}

impl Soundness {
    /// As data: a member for each search.
    pub fn to_json(&self) -> Json {
        let verdict = |verdict: &Verdict| {
            Json::map([
                ("sound", Json::Bool(verdict.is_sound())),
                ("whole", Json::Bool(verdict.whole)),
                ("markings", Json::Int(i64::try_from(verdict.markings).unwrap_or(i64::MAX))),
                ("flaws", Json::List(verdict.flaws.iter().map(Flaw::to_json).collect())),
            ])
        };
        Json::map([("ignored", verdict(&self.ignored)), ("honoured", verdict(&self.honoured))])
    }
}
