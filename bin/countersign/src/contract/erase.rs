//! `contract erase`: asks all members to delete attachments.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use countersign_api_model::Entry;
use countersign_client::Client;
use countersign_contract::commitment_from_text;
use countersign_types::{ContractId, PayloadCommitment};

use crate::context::Global;
use crate::erasing::Erasing;
use crate::failure::Failure;
use crate::words::short;
use crate::{output, voice};

/// What to erase, and why.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Every member's node deletes the files once the request is final, and signs that it did. The log \
    stays, with all signatures. Only attachments of your own party's statements can be erased; it is signed with your \
    admin key, and cannot be taken back.\n\nExample:\n  \
    countersign contract erase CONTRACT --attachment lease.pdf --reason \"GDPR 17(1)(b)\""
)]
pub struct Erase {
    /// The contract
    contract: ContractId,
    /// The commitment of an attachment, as the log has it; may be given several times
    #[arg(long, value_name = "COMMITMENT", required_unless_present_any = ["attachment", "at", "all"])]
    payload: Vec<String>,
    /// An attachment by its file name or by its name in the scenario; may be given several times
    #[arg(long, value_name = "NAME")]
    attachment: Vec<String>,
    /// Only attachments of the entry at this position; all of them, if no --attachment is given
    #[arg(long, value_name = "POSITION")]
    at: Option<u64>,
    /// Every file and personal value that your own people brought into this contract
    #[arg(long, conflicts_with_all = ["payload", "attachment", "at"])]
    all: bool,
    /// The legal reason, for all to read
    #[arg(long)]
    reason: String,
}

/// An attachment that the log names.
struct Found {
    position: u64,
    /// As the scenario calls it.
    name: String,
    file: String,
    commitment: PayloadCommitment,
}

impl Erase {
    /// Asks.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (client, keys) = (global.client()?, global.keys()?);
        let mut commitments = self.given()?;
        if !self.attachment.is_empty() || self.at.is_some() {
            let log = client.whole_log(&self.contract.to_string(), None).await?;
            commitments.extend(self.chosen(&log.iter().flat_map(found).collect::<Vec<_>>())?);
        }
        if self.all {
            commitments.extend(self.own(&client).await?);
        }
        let speaker = voice::admin(&client, &keys, Some(self.contract)).await?;
        let mut erasing = Erasing::default();
        let came = erasing.ask(&client, self.contract, &speaker.voice(), &self.reason, commitments).await;
        if !erasing.asked.is_empty() {
            output::talk("every node erases once this is final; who has signed that is in the list");
            output::talk(&format!("next:  countersign contract show {}", self.contract));
        }
        let came = came.map_err(|failure| failure.or_next(format!("countersign contract log {}", self.contract)));
        erasing.show(global.output(), came, |told| {
            told.asked.iter().map(|asked| format!("{}\n", asked.statement)).collect()
        })
    }

    /// What the own party brought first and nobody erased yet.
    async fn own(&self, client: &Client) -> Result<BTreeSet<PayloadCommitment>, Failure> {
        let contract = self.contract.to_string();
        let own = client.node().await?.party;
        let mut by: BTreeMap<PayloadCommitment, Option<String>> = BTreeMap::new();
        for entry in client.whole_log(&contract, None).await? {
            for one in found(&entry) {
                by.entry(one.commitment).or_insert_with(|| entry.party.clone());
            }
        }
        let view = client.contract(&contract).await?;
        let gone = view.erasures.iter().flat_map(|erasure| &erasure.payloads);
        let gone: BTreeSet<_> = gone.filter_map(|file| commitment_from_text(&file.commitment)).collect();
        by.retain(|commitment, party| party.as_deref() == Some(own.as_str()) && !gone.contains(commitment));
        match by.is_empty() {
            true => Err(self.unknown("your own people brought nothing that is still there")),
            false => Ok(by.into_keys().collect()),
        }
    }

    fn given(&self) -> Result<BTreeSet<PayloadCommitment>, Failure> {
        let read = |text: &String| {
            let commitment = commitment_from_text(text).or_else(|| text.parse().ok());
            commitment.ok_or_else(|| Failure::misuse(format!("--payload {text} is no commitment such as sha256:…")))
        };
        self.payload.iter().map(read).collect()
    }

    /// The attachments that the names mean. A name must mean one.
    fn chosen(&self, found: &[Found]) -> Result<BTreeSet<PayloadCommitment>, Failure> {
        let here: Vec<_> = found.iter().filter(|one| self.at.is_none_or(|at| one.position == at)).collect();
        if self.attachment.is_empty() {
            let all: BTreeSet<_> = here.iter().map(|one| one.commitment).collect();
            return if all.is_empty() { Err(self.unknown("that entry has no attachment")) } else { Ok(all) };
        }
        let mut chosen = BTreeSet::new();
        for name in &self.attachment {
            let named = here.iter().filter(|one| one.file == *name || one.name == *name);
            let meant: BTreeSet<_> = named.clone().map(|one| one.commitment).collect();
            match meant.len() {
                0 => return Err(self.unknown(&format!("no attachment is called {name}"))),
                1 => chosen.extend(meant),
                _ => {
                    let places: Vec<_> = named.map(|one| one.position.to_string()).collect();
                    let detail = format!("{name} stands at {}: say which with --at", places.join(", "));
                    return Err(Failure::misuse(detail));
                }
            }
        }
        Ok(chosen)
    }

    fn unknown(&self, detail: &str) -> Failure {
        Failure::refused("unknown_payload", detail).next(format!("countersign contract log {} --json", self.contract))
    }
}

/// The files and personal values of an entry, whatever it is: an answer, a comment, a deviation.
fn found(entry: &Entry) -> Vec<Found> {
    let files = entry.attachments.iter().filter_map(|file| {
        let commitment = commitment_from_text(&file.commitment)?;
        Some(Found { position: entry.position, name: file.slot.clone(), file: file.name.clone(), commitment })
    });
    files.collect()
}

/// What a commitment is called where room is short.
pub fn brief(commitment: &str) -> String {
    commitment.strip_prefix("sha256:").map_or_else(|| short(commitment), |hex| hex.chars().take(12).collect())
}

#[cfg(test)]
mod tests {
    use countersign_contract::{COMMENT_SLOT, commitment_text};
    use countersign_payload::Opening;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_photo_of_a_comment_is_found() {
        let photo = Opening::new([1; 32], b"photo".to_vec()).commitment();
        let text = commitment_text(&photo);
        let file = json!({
            "slot": COMMENT_SLOT, "name": "leak.jpg", "media": "image/jpeg", "size": 5, "commitment": text, "held": true,
        });
        let entry: Entry = serde_json::from_value(json!({
            "position": 3, "entry": "", "statement": "", "kind": "comment", "appended_by": "", "author": "", "key": "",
            "time": "", "outcome": "applied", "attachments": [file],
            "standing": {"level": "final", "received_by": [], "waiting_for": []},
        }))
        .unwrap();
        let found: Vec<_> = found(&entry).into_iter().map(|one| (one.position, one.file, one.commitment)).collect();
        assert_eq!(found, [(3, "leak.jpg".to_owned(), photo)]);
    }
}
