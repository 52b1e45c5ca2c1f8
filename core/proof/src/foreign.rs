//! What a bundle proves to another contract: a small one, of a few statements, read at every replay there (decision 0022).

use countersign_codec::Json;
use countersign_contract::Payload;
use countersign_rules::Timestamp;
use countersign_types::{from_base32, to_base32};
use countersign_workflow::{PROOF_CHARACTERS_MAX, Said, Shown};

use crate::bundle::check_sum;
use crate::redact::{cover, may_be_hidden};
use crate::verify::{Checked, check_genesis, walk};
use crate::{Bundle, Finding};

/// Most records of such a bundle: each costs the check of two signatures.
pub const FOREIGN_RECORDS_MAX: usize = 256;

impl Bundle {
    /// Leaves out what another contract need not see, the charter, mandates and attachments, and writes the rest as a
    /// text. None if that is longer than a text can be.
    pub fn for_another(mut self) -> Option<String> {
        cover(&mut self.charter);
        let later = self.finality.anchors.iter_mut().flat_map(|anchor| &mut anchor.later);
        for record in self.members.iter_mut().chain(&mut self.claims).chain(later) {
            if may_be_hidden(record.statement.kind) {
                cover(&mut record.payload);
            }
            record.attachments.iter_mut().for_each(cover);
        }
        let records = self.records();
        let text = to_base32(&self.to_bytes());
        (text.len() <= PROOF_CHARACTERS_MAX && records <= FOREIGN_RECORDS_MAX).then_some(text)
    }

    fn records(&self) -> usize {
        let later = self.finality.anchors.iter().map(|anchor| anchor.later.len());
        later.fold(self.members.len().saturating_add(self.claims.len()), usize::saturating_add)
    }
}

/// What a text in base32 proves of the contract that it is of: the responses that it shows, applied and final. Nothing is
/// computed again, so the cost is bounded by the length, and a proof in a proof is not looked at.
///
/// # Errors
/// A sentence: what does not hold.
pub fn read(text: &str) -> Result<Shown, String> {
    if text.len() > PROOF_CHARACTERS_MAX {
        return Err(format!("a proof has at most {PROOF_CHARACTERS_MAX} characters"));
    }
    let bytes = from_base32(text).ok_or("the proof is no text in base32")?;
    let sentence = |finding: Finding| format!("{}: {}", finding.object, finding.message);
    let bundle = Bundle::parse(&bytes).map_err(sentence)?;
    if bundle.charter.opening().is_some() {
        return Err("a proof for another contract leaves the charter out".to_owned());
    }
    if bundle.records() > FOREIGN_RECORDS_MAX {
        return Err(format!("a proof has at most {FOREIGN_RECORDS_MAX} records"));
    }
    check_genesis(&bundle, None).map_err(sentence)?;
    let (_, _, records) = walk(&bundle, None).map_err(sentence)?;
    check_sum(&bytes).map_err(sentence)?;
    let said = records.iter().filter_map(said).collect();
    Ok(Shown { contract: bundle.contract().to_string(), said })
}

/// A response that took effect and is shown.
fn said(checked: &Checked<'_>) -> Option<Said> {
    let record = checked.place.record;
    let Some(Payload::Response(response)) = &checked.payload else { return None };
    if !record.outcome.is_applied() || !checked.signature_checked {
        return None;
    }
    Some(Said {
        statement: record.entry.statement.to_string(),
        party: checked.author_party.map(|party| party.to_string()),
        process: response.process.clone(),
        actor: response.actor.clone(),
        action: response.action.clone(),
        response: response.response.clone(),
        data: plain(&response.data),
        at: Timestamp::from_ms(record.statement.time.millis())?,
    })
}

/// No data are an empty object.
fn plain(data: &Json) -> Json {
    if *data == Json::Null { Json::map::<&str>([]) } else { data.clone() }
}
