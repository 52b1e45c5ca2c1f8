//! `contract save`: an attachment into a file.

use std::path::{Path, PathBuf};

use clap::Args;
use countersign_types::ContractId;

use crate::context::Global;
use crate::failure::Failure;
use crate::progress::Progress;

/// Which attachment, and where to.
#[derive(Args, Debug)]
#[command(after_long_help = "`contract log CONTRACT --json` names the attachments of each statement.\n\nExample:\n  \
    countersign contract save CONTRACT sha256:… --out lease.pdf")]
pub struct Save {
    /// The contract
    contract: ContractId,
    /// The commitment of the attachment: sha256:… or pay_…
    commitment: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Save {
    /// Writes the bytes as they come; the file appears once it is whole.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let file = self.out.display().to_string();
        let failed = |error: std::io::Error| Failure::refused("io", format!("cannot write {file}: {error}"));
        let there = || Failure::refused("file_exists", format!("{file} is there already")).next("the same with --yes");
        if !global.yes && self.out.exists() {
            return Err(there());
        }
        let folder = self.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut part = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let mut progress = Progress::new(format!("saving {file}"));
        let contract = self.contract.to_string();
        let told = |came, of| progress.tell(came, of);
        let came = global.client()?.download(&contract, &self.commitment, part.as_file_mut(), told).await;
        drop(progress);
        let bytes =
            came.map_err(|error| Failure::from(error).or_next(format!("countersign contract log {contract} --json")))?;
        part.as_file().sync_all().map_err(failed)?;
        let kept = if global.yes { part.persist(&self.out) } else { part.persist_noclobber(&self.out) };
        kept.map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => there(),
            _ => failed(error.error),
        })?;
        let written = serde_json::json!({"contract": contract, "file": file, "bytes": bytes});
        global.output().show(&written, |_| format!("wrote {file} ({bytes} bytes)\n"))
    }
}
