//! `scenario new`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::{files, output};

/// What to copy, and where to.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign scenario new --from lease lease.yaml")]
pub struct Arguments {
    /// The template
    #[arg(long, value_name = "TEMPLATE")]
    from: Template,
    /// File to write; standard output if there is none
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Template {
    /// A lease: drafted, reviewed, signed in any order, guaranteed by a bank.
    Lease,
}

impl Template {
    const fn text(self) -> &'static str {
        match self {
            Self::Lease => include_str!("../../../../examples/lease.yaml"),
        }
    }
}

impl Arguments {
    /// Copies.
    pub fn run(&self, replace: bool) -> Result<(), Failure> {
        let Some(file) = &self.file else { return output::text(self.from.text()) };
        files::write_new(file, self.from.text().as_bytes(), replace)?;
        output::talk(&format!("wrote {}", file.display()));
        output::talk(&format!("next:  countersign scenario check {}", file.display()));
        Ok(())
    }
}
