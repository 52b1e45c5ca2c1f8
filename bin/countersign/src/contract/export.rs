//! `contract export`: a proof bundle in a file.

use std::path::PathBuf;

use clap::Args;
use countersign_contract::commitment_from_text;
use countersign_proof::{Bundle, Target};
use countersign_types::ContractId;

use crate::context::Global;
use crate::failure::Failure;
use crate::files;
use crate::output;

/// Which contract, where to, and what to leave out.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign contract export CONTRACT --out lease.bundle")]
pub struct Export {
    /// The contract
    contract: ContractId,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Leave this payload out: a statement (stm_…) or a commitment (sha256:…); what is proven stays proven
    #[arg(long, value_name = "ID")]
    redact: Vec<String>,
    /// Put long attachments in; without this they are named by their content hash
    #[arg(long)]
    attachments: bool,
}

impl Export {
    /// Writes the bundle of everything that is final.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let targets = self.redact.iter().map(|text| target(text)).collect::<Result<Vec<_>, _>>()?;
        let (client, contract) = (global.client()?, self.contract.to_string());
        let bytes = match self.attachments {
            true => client.proof_with_attachments(&contract).await,
            false => client.proof(&contract).await,
        };
        let bytes = bytes.map_err(|error| Failure::from(error).or_next("countersign contract list"))?;
        let bytes = if targets.is_empty() { bytes } else { redacted(&bytes, &targets)? };
        files::write_new(&self.out, &bytes, global.yes)?;
        let file = self.out.display().to_string();
        let written = serde_json::json!({"contract": self.contract.to_string(), "file": file, "bytes": bytes.len()});
        global.output().show(&written, |_| format!("wrote {file} ({} bytes)\n", bytes.len()))?;
        output::talk(&format!("next:  countersign verify {file} --trust {}", self.contract));
        Ok(())
    }
}

fn target(text: &str) -> Result<Target, Failure> {
    let payload = commitment_from_text(text).or_else(|| text.parse().ok()).map(Target::Payload);
    payload
        .or_else(|| text.parse().ok().map(Target::Statement))
        .ok_or_else(|| Failure::misuse(format!("{text} is neither a statement nor a commitment")))
}

fn redacted(bytes: &[u8], targets: &[Target]) -> Result<Vec<u8>, Failure> {
    let mut bundle = Bundle::from_bytes(bytes).map_err(|finding| Failure::refused("malformed", finding.to_string()))?;
    bundle.redact(targets).map_err(|error| Failure::refused("cannot_redact", error.to_string()))?;
    Ok(bundle.to_bytes())
}
