//! The document of a change, read and checked on the person's side.

use std::path::Path;

use countersign_api_model::{ChangeList, DryRun, DryRunRequest, ProposalView};
use countersign_codec::{Json, JsonLimits};
use countersign_contract::{Change, Propose};
use countersign_crypto::Digest;
use countersign_rules::Hash;
use countersign_types::StatementId;
use countersign_workflow::{ChangeKind, DOCUMENT_DEPTH_MAX, Deviation, Finding, Scenario, Update};

use crate::draft::wrong_draft;
use crate::failure::Failure;
use crate::words::count;
use crate::{output, scenario};

/// A deviation or an update that fits the scenario that was agreed on.
pub struct Document {
    change: Change,
    of: Digest,
    text: String,
    to: Option<String>,
}

impl Document {
    /// Reads and checks it; what is faulty is told line by line.
    pub fn read(file: &Path, to: Option<&Path>, changes: &ChangeList) -> Result<Self, Failure> {
        let agreed = agreed(changes)?;
        let text = scenario::document(file)?;
        let (change, to) = match to {
            None => (Deviation::load(&text, &agreed).map(|(loaded, _)| Change::Deviation(loaded)), None),
            Some(path) => {
                let new = scenario::load_sound(path)?;
                let update = Update::load(&text, &agreed, &new).map(|(loaded, _)| Change::Update(loaded));
                (update, Some(utf8(scenario::document(path)?, path)?))
            }
        };
        let change = change.map_err(|findings| faulty(file, findings))?;
        Ok(Self { change, of: Digest::new(agreed.digest()), text: utf8(text, file)?, to })
    }

    /// What the node is asked to try.
    pub fn request(&self) -> DryRunRequest {
        DryRunRequest { document: self.text.clone(), to: self.to.clone() }
    }

    /// What the node tried is this, and not something else.
    pub fn check(&self, tried: &DryRun) -> Result<(), Failure> {
        let same = tried.of == text_of(self.of)
            && tried.hash == text_of(self.change.digest())
            && json(&tried.document).as_ref() == Some(self.change.document());
        if same { Ok(()) } else { Err(wrong_draft("the node tried another document")) }
    }

    /// The proposal; of a dispute if a statement is disputed.
    pub fn propose(self, dispute: Option<StatementId>) -> Propose {
        let (kind, to) = match &self.change {
            Change::Update(update) => (ChangeKind::Update, Some(update.to().canonical().clone())),
            Change::Deviation(_) if dispute.is_some() => (ChangeKind::Dispute, None),
            Change::Deviation(_) => (ChangeKind::Deviation, None),
        };
        Propose { change: kind, of: self.of, document: self.change.document().clone(), to, entry: dispute }
    }
}

/// The digest of the document of a proposal as it is shown; refused if the node calls it otherwise.
pub fn digest_of(proposal: &ProposalView) -> Result<Digest, Failure> {
    let shown = json(&proposal.document).map(|document| Digest::of(&document.canonical()));
    shown
        .filter(|digest| text_of(*digest) == proposal.hash)
        .ok_or_else(|| wrong_draft("the document of the proposal has another hash than the node says"))
}

/// The scenario that was agreed on, held to its hash.
fn agreed(changes: &ChangeList) -> Result<Scenario, Failure> {
    let loaded = json(&changes.scenario).and_then(|canonical| Scenario::load(&canonical.canonical()).ok());
    loaded
        .map(|(scenario, _)| scenario)
        .filter(|scenario| text_of(Digest::new(scenario.digest())) == changes.agreed)
        .ok_or_else(|| wrong_draft("the scenario has another hash than the node says"))
}

fn text_of(digest: Digest) -> String {
    Hash::new(*digest.bytes()).to_string()
}

fn json(value: &serde_json::Value) -> Option<Json> {
    let text = value.to_string();
    Json::parse(text.as_bytes(), JsonLimits { bytes_max: text.len(), depth_max: DOCUMENT_DEPTH_MAX }).ok()
}

fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|_| Failure::misuse(format!("{} is no text", path.display())))
}

fn faulty(path: &Path, findings: Vec<Finding>) -> Failure {
    let name = path.display().to_string();
    let errors: Vec<Finding> = findings.into_iter().filter(Finding::is_error).collect();
    output::talk(countersign_workflow::report(&name, &errors).trim_end());
    Failure::refused("scenario_faulty", format!("{name} has {}", count(errors.len(), "error")))
        .next(format!("correct the first line of {name}, then the same again"))
}
