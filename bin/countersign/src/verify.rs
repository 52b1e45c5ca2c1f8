//! `verify`: what a proof bundle proves, without a node and without a network.

use std::path::PathBuf;

use clap::Args;
use countersign_proof::{BUNDLE_BYTES_MAX, Bundle, Sentence, Verdict, verify};
use countersign_types::ContractId;

use crate::context::Global;
use crate::failure::Failure;
use crate::output;
use crate::{attach, files};

/// Which file, and what the reader trusts.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign verify lease.bundle --trust CONTRACT")]
pub struct Verify {
    /// The proof bundle
    file: PathBuf,
    /// The contract that it must be about: compare its id with one that you got another way
    #[arg(long, value_name = "CONTRACT")]
    trust: Option<ContractId>,
    /// A file that must be an attachment of the bundle; may be given several times
    #[arg(long, value_name = "FILE")]
    attachment: Vec<PathBuf>,
}

impl Verify {
    /// Verifies. Refused if anything does not hold.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let bytes = files::read(&self.file, BUNDLE_BYTES_MAX as u64)?;
        let mut verdict = verify(&bytes, self.trust);
        if verdict.is_proven() && !self.attachment.is_empty() {
            self.recognise(&bytes, &mut verdict)?;
        }
        if global.json {
            output::line(&verdict.to_json().to_string())?;
        } else {
            output::text(&words(&verdict))?;
        }
        if verdict.is_proven() { Ok(()) } else { Err(Failure::told()) }
    }
}

impl Verify {
    /// Each file must be an attachment that stands apart.
    fn recognise(&self, bytes: &[u8], verdict: &mut Verdict) -> Result<(), Failure> {
        let bundle = Bundle::from_bytes(bytes).map_err(|error| Failure::refused("malformed", error.to_string()))?;
        for path in &self.attachment {
            let file = path.display().to_string();
            let heading = attach::outline_of(path)?.heading;
            if !bundle.recognise(verdict, &file, heading.bytes, &heading.content) {
                let detail = format!("{file} is no attachment that this bundle names by its content hash");
                return Err(Failure::refused("not_proven", detail).next("countersign verify without --attachment"));
            }
        }
        Ok(())
    }
}

/// A verdict for people.
pub fn words(verdict: &Verdict) -> String {
    let mut text = String::new();
    match &verdict.finding {
        Some(finding) => {
            text.push_str("NOT PROVEN. This does not hold:\n");
            text.push_str(&format!("  {finding}\n"));
        }
        None => {
            text.push_str("PROVEN\n");
            list(&mut text, &verdict.proven);
            text.push_str("\nNOT PROVEN BY THIS FILE\n");
            list(&mut text, &verdict.not_proven);
        }
    }
    text
}

fn list(text: &mut String, sentences: &[Sentence]) {
    for sentence in sentences {
        text.push_str(&format!("  - {}\n", sentence.text));
    }
}
