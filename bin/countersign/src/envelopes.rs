//! Personal values on their way into a statement: each gets an envelope of its own, so that the statement carries no more
//! than commitments.

use std::collections::BTreeMap;

use countersign_api_model::Form;
use countersign_codec::{Json, JsonLimits};
use countersign_contract::{AttachmentRef, commitment_text};
use countersign_crypto::Seed;
use countersign_payload::Opening;
use countersign_rules::{Hash, Schema};
use countersign_workflow::{ENVELOPE_BYTES_MAX, ENVELOPE_MEDIA, ENVELOPE_NAME};

use crate::attach::Attached;
use crate::failure::Failure;

/// The envelopes of a statement.
#[derive(Default)]
pub struct Envelopes {
    /// As its payload names them: by the JSON pointers of their places in the data.
    pub refs: BTreeMap<String, Vec<AttachmentRef>>,
    /// What they hold; they travel with it.
    pub openings: Vec<Opening>,
}

/// Takes what is personal out of the data, by the schema of the form. Personal files lose their own names.
pub fn seal(form: &Form, data: &Json, files: &mut [Attached], seed: &mut Seed) -> Result<(Json, Envelopes), Failure> {
    for file in files {
        if form.attachments.iter().any(|slot| slot.name == file.name && slot.personal.is_some()) {
            file.file.clone_from(&file.name);
        }
    }
    let mut sealed = Envelopes::default();
    let mut too_large = None;
    let mut commit = |pointer: &str, _: &str, value: &Json| {
        let bytes = value.canonical();
        if bytes.len() > ENVELOPE_BYTES_MAX {
            too_large = Some(pointer.to_owned());
        }
        let opening = Opening::new(seed.array(), bytes);
        let commitment = opening.commitment();
        let reference = AttachmentRef {
            commitment,
            name: ENVELOPE_NAME.to_owned(),
            media: ENVELOPE_MEDIA.to_owned(),
            bytes: opening.bytes().len() as u64,
        };
        sealed.refs.insert(pointer.to_owned(), vec![reference]);
        sealed.openings.push(opening);
        Hash::parse(&commitment_text(&commitment)).unwrap_or_else(|| Hash::new([0; 32]))
    };
    let data = schema(form)?
        .seal(data, &mut commit)
        .map_err(|invalid| Failure::refused("invalid_data", format!("{} at {}", invalid.message, invalid.pointer)))?;
    match too_large {
        Some(pointer) => {
            Err(Failure::refused("too_large", format!("{pointer} has more than {ENVELOPE_BYTES_MAX} bytes")))
        }
        None => Ok((data, sealed)),
    }
}

/// The schema of a form, which brings its named types along.
fn schema(form: &Form) -> Result<Schema, Failure> {
    let bad = || Failure::refused("bad_answer", "the form of the response has no schema that this program can read");
    let json = Json::parse(form.schema.to_string().as_bytes(), JsonLimits::default()).map_err(|_| bad())?;
    let Json::Map(mut members) = json else { return Err(bad()) };
    let types = match members.remove("types") {
        Some(Json::Map(types)) => types,
        _ => BTreeMap::new(),
    };
    Schema::parse(&Json::Map(members), &types, "").map_err(|_| bad())
}
