//! `scenario new`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use countersign_playground::TEMPLATES;

use crate::failure::Failure;
use crate::{files, output};

/// What to copy, and where to.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign scenario new --from lease lease.yaml")]
pub struct Arguments {
    /// The template
    #[arg(long, value_name = "TEMPLATE", value_parser = names())]
    from: String,
    /// File to write; standard output if there is none
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// The templates of the playground, with what each is for.
fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(TEMPLATES.map(|template| PossibleValue::new(template.name).help(template.summary)))
}

impl Arguments {
    /// Copies.
    pub fn run(&self, replace: bool) -> Result<(), Failure> {
        let template = TEMPLATES.iter().find(|template| template.name == self.from);
        let text = template.map_or("", |template| template.document);
        let Some(file) = &self.file else { return output::text(text) };
        files::write_new(file, text.as_bytes(), replace)?;
        output::talk(&format!("wrote {}", file.display()));
        output::talk(&format!("next:  countersign scenario check {}", file.display()));
        Ok(())
    }
}
