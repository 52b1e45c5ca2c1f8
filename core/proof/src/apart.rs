//! Long attachments: named in a bundle by salt, length and content hash, so that the file can be checked beside it.

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_payload::{Heading, Opening};

use crate::redact::attachments;
use crate::{Bundle, Disclosure, Sentence, Verdict};

impl Bundle {
    /// The attachments that are not in the bundle and can be checked beside it, each once.
    pub fn apart(&self) -> Vec<Heading> {
        let records = self.members.iter().chain(&self.claims);
        let headings = records.flat_map(|record| &record.attachments).filter_map(|disclosure| match disclosure {
            Disclosure::Apart(heading) => Some(heading.clone()),
            _ => None,
        });
        let mut found: Vec<Heading> = Vec::new();
        for heading in headings {
            if !found.contains(&heading) {
                found.push(heading);
            }
        }
        found
    }

    /// Says in a verdict over this bundle that a file of this length and content hash is one of these attachments. False
    /// if it is none.
    pub fn recognise(&self, verdict: &mut Verdict, file: &str, bytes: u64, content: &Digest) -> bool {
        let mut found = false;
        for record in self.members.iter().chain(&self.claims) {
            let is_it = |disclosure: &&Disclosure| matches!(disclosure, Disclosure::Apart(heading) if heading.bytes == bytes && heading.content == *content);
            if record.attachments.iter().any(|disclosure| is_it(&disclosure)) {
                let statement = record.entry.statement;
                let text = format!("The file {file} of {bytes} bytes is an attachment of the statement {statement}.");
                let data = [("file", Json::text(file)), ("statement", Json::text(statement.to_string()))];
                verdict.proven.push(Sentence::new("attachment", text, data));
                found = true;
            }
        }
        found
    }

    /// Puts an attachment into the bundle, wherever it stands apart. False if it stands nowhere so.
    pub fn include(&mut self, opening: &Opening) -> bool {
        let mut included = false;
        for record in self.members.iter_mut().chain(&mut self.claims) {
            let named = attachments(record);
            for (disclosure, commitment) in record.attachments.iter_mut().zip(named) {
                if commitment == opening.commitment() && matches!(disclosure, Disclosure::Apart(_)) {
                    *disclosure = Disclosure::Open(opening.clone());
                    included = true;
                }
            }
        }
        included
    }
}
