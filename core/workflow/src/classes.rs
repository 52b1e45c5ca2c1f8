//! Classes of personal data, and where such data lie in a process (language §2.5).

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::{Duration, Hash, Invalid, Sealed, Text, Timestamp};

use crate::process::Process;
use crate::scenario::{Actors, Scenario, Words};

/// A class of personal data: whose they are, what for, how long, and who holds them.
#[derive(Clone, Debug)]
pub struct DataClass {
    pub(crate) name: Text,
    pub(crate) title: Words,
    pub(crate) subject: usize,
    pub(crate) purpose: Words,
    pub(crate) keep: Duration,
    pub(crate) from: KeepFrom,
    pub(crate) holders: Actors,
}

/// From when the time counts for which personal data are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepFrom {
    /// The end of the process.
    End,
    /// The entry that brought them.
    Entry,
}

impl KeepFrom {
    /// The word of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Entry => "entry",
        }
    }
}

/// A data class as others see it.
#[derive(Clone, Copy, Debug)]
pub struct DataClassView<'a> {
    class: &'a DataClass,
    scenario: &'a Scenario,
}

impl<'a> DataClassView<'a> {
    /// Its name.
    pub fn name(&self) -> &'a str {
        &self.class.name
    }

    /// Its title by language.
    pub const fn title(&self) -> &'a Words {
        &self.class.title
    }

    /// What the data are for, by language.
    pub const fn purpose(&self) -> &'a Words {
        &self.class.purpose
    }

    /// The role whose data they are.
    pub fn subject(&self) -> &'a str {
        self.scenario.0.root.actors.get(self.class.subject).map(|actor| &*actor.name).unwrap_or_default()
    }

    /// The roles whose parties hold them.
    pub fn holders(&self) -> impl Iterator<Item = &'a str> {
        let actors = &self.scenario.0.root.actors;
        self.class.holders.iter().filter_map(|actor| actors.get(actor)).map(|actor| &*actor.name)
    }

    /// Whether every role holds them.
    pub fn is_held_by_all(&self) -> bool {
        self.class.holders.iter().count() == self.scenario.0.root.actors.len()
    }

    /// How long they are kept.
    pub const fn keep(&self) -> Duration {
        self.class.keep
    }

    /// From when that counts.
    pub const fn from(&self) -> KeepFrom {
        self.class.from
    }

    /// The moment up to which data are kept that came at `entry`; none while that is open, since the process has not
    /// ended, and none beyond the year 9999.
    pub fn kept_until(&self, entry: Timestamp, end: Option<Timestamp>) -> Option<Timestamp> {
        let from = match self.class.from {
            KeepFrom::End => end?,
            KeepFrom::Entry => entry,
        };
        from.plus(self.class.keep)
    }
}

impl Scenario {
    /// The classes of personal data, ascending by name.
    pub fn data_classes(&self) -> impl Iterator<Item = DataClassView<'_>> {
        self.0.root.classes.iter().map(|class| DataClassView { class, scenario: self })
    }

    /// A class of personal data by name.
    pub fn data_class(&self, name: &str) -> Option<DataClassView<'_>> {
        let at = self.0.root.classes.binary_search_by(|class| (*class.name).cmp(name)).ok()?;
        self.0.root.classes.get(at).map(|class| DataClassView { class, scenario: self })
    }

    /// The data of a response with a commitment in the place of everything personal. `commit` gets the JSON pointer,
    /// the class and the value in plain JSON. What the response has not is left as it stands, to be refused in its turn.
    ///
    /// # Errors
    /// [`Invalid`] for personal data that do not fit their schema.
    pub fn seal(
        &self,
        action: &str,
        response: Option<&str>,
        data: &Json,
        commit: &mut dyn FnMut(&str, &str, &Json) -> Hash,
    ) -> Result<Json, Invalid> {
        match self.0.root.response(action, response) {
            Some(response) => response.data.seal(data, commit),
            None => Ok(data.clone()),
        }
    }

    /// The places of personal data in the data of a response, as its statement carries them.
    pub fn sealed(&self, action: &str, response: Option<&str>, data: &Json) -> Vec<Sealed> {
        self.0.root.response(action, response).map_or_else(Vec::new, |response| response.data.sealed(data))
    }

    /// The class of a file that a response brings, if it is personal.
    pub fn attachment_class(&self, action: &str, response: Option<&str>, name: &str) -> Option<&str> {
        let found = self.0.root.response(action, response)?.attachments.iter().find(|file| *file.name == *name)?;
        found.personal.as_deref()
    }
}

impl Process {
    /// The places of personal data in the state, with pointers below `/actors`, `/assets` and `/vars`.
    pub fn sealed(&self) -> Vec<Sealed> {
        let parts = &self.scenario.0.root;
        let mut found = Vec::new();
        let mut below = |pointer: String, places: Vec<Sealed>| {
            let placed = |place: Sealed| Sealed { pointer: format!("{pointer}{}", place.pointer), ..place };
            found.extend(places.into_iter().map(placed));
        };
        if parts.classes.is_empty() {
            return Vec::new();
        }
        for actor in &parts.actors {
            let value = self.actor(&actor.name).map_or(Json::Null, countersign_rules::Value::to_plain);
            below(format!("/actors/{}", actor.name), actor.data.sealed(&value));
        }
        let assets = self.assets().to_plain();
        for (name, _, schema) in &parts.assets {
            let value = assets.get(name).cloned().unwrap_or(Json::Null);
            below(format!("/assets/{name}"), schema.sealed(&value));
        }
        below("/vars".to_owned(), parts.vars.sealed(&self.vars().to_plain()));
        found
    }
}

/// What is said in a play, where nobody has envelopes: the commitment to a personal value is SHA-256 of its canonical
/// JSON. Gives the data and the attachments as a statement would carry them; data that do not fit stay as they are.
pub(crate) fn play_sealed(
    scenario: &Scenario,
    action: &str,
    response: Option<&str>,
    data: &Json,
    attachments: &Json,
) -> (Json, Json) {
    let mut values = BTreeMap::new();
    let mut commit = |pointer: &str, _: &str, value: &Json| {
        let bytes = value.canonical();
        let hash = Hash::new(*countersign_crypto::Digest::of(&bytes).bytes());
        values.insert(pointer.to_owned(), envelope(&hash, bytes.len()));
        hash
    };
    let Ok(data) = scenario.seal(action, response, data, &mut commit) else {
        return (data.clone(), attachments.clone());
    };
    if values.is_empty() {
        return (data, attachments.clone());
    }
    values.extend(attachments.as_map().cloned().unwrap_or_default());
    (data, Json::Map(values))
}

/// The media type of an envelope: canonical JSON.
pub const ENVELOPE_MEDIA: &str = "application/json";
/// The name of every envelope: it says nothing of what is in it.
pub const ENVELOPE_NAME: &str = "personal";
/// Most bytes of an envelope: it travels with its statement.
pub const ENVELOPE_BYTES_MAX: usize = 64 * 1024;

fn envelope(hash: &Hash, bytes: usize) -> Json {
    let file = Json::map([
        ("bytes", Json::Int(i64::try_from(bytes).unwrap_or(i64::MAX))),
        ("commitment", Json::Text(hash.to_string())),
        ("media", Json::text(ENVELOPE_MEDIA)),
        ("name", Json::text(ENVELOPE_NAME)),
    ]);
    Json::List(vec![file])
}
