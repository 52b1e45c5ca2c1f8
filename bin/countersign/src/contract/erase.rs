//! `contract erase`: asks all members to delete attachments.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use countersign_api_model::{Entry, Submitted};
use countersign_client::Client;
use countersign_contract::{Erase as Wish, Payload, commitment_from_text};
use countersign_types::{ContractId, PayloadCommitment};
use serde_json::Value;

use crate::context::Global;
use crate::failure::Failure;
use crate::words::short;
use crate::{draft, output, voice};

/// Most commitments of one `erase`.
pub const COMMITMENTS_MAX: usize = 64;

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
        let all: Vec<_> = commitments.into_iter().collect();
        let mut said = Vec::new();
        for some in all.chunks(COMMITMENTS_MAX) {
            let wish = Wish { commitments: some.to_vec(), reason: self.reason.clone() };
            let asked = draft::say(&client, self.contract, &speaker.voice(), &Payload::Erase(wish), &[]).await;
            said.push(asked.map_err(|failure| failure.or_next(format!("countersign contract log {}", self.contract)))?);
        }
        output::talk("every node erases once this is final; who has signed that is in the list");
        output::talk(&format!("next:  countersign contract show {}", self.contract));
        said.iter()
            .try_for_each(|asked| global.output().show(asked, |asked: &Submitted| format!("{}\n", asked.statement)))
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

/// The attachments of an entry.
fn found(entry: &Entry) -> Vec<Found> {
    let payload = entry.payload.as_ref().filter(|_| entry.kind == "response");
    let named = payload.and_then(|payload| payload.get("attachments")).and_then(Value::as_object);
    let files = named
        .into_iter()
        .flatten()
        .flat_map(|(name, files)| files.as_array().into_iter().flatten().map(move |file| (name, file)));
    let one = |(name, file): (&String, &Value)| {
        let text = |key: &str| file.get(key).and_then(Value::as_str);
        Some(Found {
            position: entry.position,
            name: name.clone(),
            file: text("name")?.to_owned(),
            commitment: commitment_from_text(text("commitment")?)?,
        })
    };
    files.filter_map(one).collect()
}

/// What a commitment is called where room is short.
pub fn brief(commitment: &str) -> String {
    commitment.strip_prefix("sha256:").map_or_else(|| short(commitment), |hex| hex.chars().take(12).collect())
}
