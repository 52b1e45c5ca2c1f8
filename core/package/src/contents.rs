//! What is in a package.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_types::ScenarioId;
use countersign_workflow::Scenario;
use thiserror::Error;

/// The `format` of the contents.
pub const FORMAT: &str = "countersign package, 1";
/// Most files of a package, the scenario included.
pub const FILES_MAX: usize = 500;
/// Longest path of a file in a package.
pub const PATH_BYTES_MAX: usize = 200;

/// Why there is no package.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PackageError {
    /// It is not written as `docs/spec/package.md` says.
    #[error("not a package: {0}")]
    Malformed(String),
    /// Its contents have another hash than it says.
    #[error("the contents have the hash {found}, the package says {said}")]
    Hash {
        /// What was computed.
        found: String,
        /// What is written in it.
        said: String,
    },
    /// Its author, or the signature of one, does not hold.
    #[error("the package is not signed by the author that it names")]
    Signature,
    /// The scenario in it has errors.
    #[error("the scenario of the package has errors: {0}")]
    Scenario(String),
    /// It is too large: bytes, files or a path.
    #[error("{0}")]
    Limit(&'static str),
}

impl PackageError {
    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Hash { .. } => "bad_package_hash",
            Self::Signature => "bad_signature",
            Self::Scenario(_) => "scenario_faulty",
            Self::Limit(_) => "limit",
        }
    }
}

/// Files by path, one of them the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    scenario: String,
    id: ScenarioId,
    name: String,
    files: BTreeMap<String, String>,
}

impl Contents {
    /// Puts files together; `scenario` is the path of the scenario among them.
    ///
    /// # Errors
    /// [`PackageError::Scenario`], [`PackageError::Limit`], [`PackageError::Malformed`] for a path that is not allowed.
    pub fn new(scenario: &str, files: BTreeMap<String, String>) -> Result<Self, PackageError> {
        if files.len() > FILES_MAX {
            return Err(PackageError::Limit("a package has at most 500 files"));
        }
        if let Some(path) = files.keys().find(|path| !is_path(path)) {
            return Err(PackageError::Malformed(format!("`{path}` is no path of a package")));
        }
        if let Some(path) = clash(&files) {
            return Err(PackageError::Malformed(format!("`{path}` takes the place of another file on some systems")));
        }
        let text = files.get(scenario);
        let text = text.ok_or_else(|| PackageError::Malformed(format!("there is no {scenario} in it")))?;
        let (loaded, _) = Scenario::load(text.as_bytes()).map_err(|findings| {
            let first = findings.iter().find(|finding| finding.is_error());
            PackageError::Scenario(first.map(ToString::to_string).unwrap_or_default())
        })?;
        let id = ScenarioId::new(Digest::new(loaded.digest()));
        Ok(Self { scenario: scenario.to_owned(), id, name: loaded.name().to_owned(), files })
    }

    /// The path of the scenario.
    pub fn scenario(&self) -> &str {
        &self.scenario
    }

    /// The text of the scenario.
    pub fn document(&self) -> &str {
        self.files.get(&self.scenario).map_or("", String::as_str)
    }

    /// The id of the scenario.
    pub const fn scenario_id(&self) -> ScenarioId {
        self.id
    }

    /// The `name` of the scenario.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All files by path, ascending.
    pub const fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// SHA-256 of the canonical form: the address of a package, whoever signed it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_json().canonical())
    }

    pub(crate) fn to_json(&self) -> Json {
        let files = self.files.iter().map(|(path, text)| (path.as_str(), Json::text(text)));
        Json::map([
            ("files", Json::map(files)),
            ("format", Json::text(FORMAT)),
            ("scenario", Json::text(&self.scenario)),
            ("scenario_id", Json::text(self.id.to_string())),
        ])
    }

    pub(crate) fn from_json(json: &Json) -> Result<Self, PackageError> {
        let malformed = |what: &str| PackageError::Malformed(what.to_owned());
        let text = |key: &str| json.get(key).and_then(Json::as_text);
        if text("format") != Some(FORMAT) || json.as_map().is_none_or(|members| members.len() != 4) {
            return Err(malformed("its contents have another format"));
        }
        let files = json.get("files").and_then(Json::as_map).ok_or_else(|| malformed("it has no files"))?;
        let files: Option<BTreeMap<String, String>> =
            files.iter().map(|(path, text)| Some((path.clone(), text.as_text()?.to_owned()))).collect();
        let files = files.ok_or_else(|| malformed("a file is no text"))?;
        let contents = Self::new(text("scenario").ok_or_else(|| malformed("it names no scenario"))?, files)?;
        if text("scenario_id") != Some(contents.id.to_string().as_str()) {
            return Err(malformed("its scenario has another id than it says"));
        }
        Ok(contents)
    }
}

/// Whether a path stays below the folder into which a package is unpacked, on every system.
fn is_path(path: &str) -> bool {
    let plain = |part: &str| {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        letters && !part.is_empty() && !part.starts_with('.') && !part.ends_with('.')
    };
    path.len() <= PATH_BYTES_MAX && path.split('/').all(plain)
}

/// A path that cannot be unpacked beside another: the same in other letters, or a folder of the other's name.
fn clash(files: &BTreeMap<String, String>) -> Option<&str> {
    let mut taken = BTreeSet::new();
    let twice = files.keys().find(|path| !taken.insert(path.to_ascii_lowercase()));
    let inside = |path: &&String| {
        let lower = path.to_ascii_lowercase();
        lower.match_indices('/').any(|(end, _)| lower.get(..end).is_some_and(|folder| taken.contains(folder)))
    };
    twice.or_else(|| files.keys().find(inside)).map(String::as_str)
}
