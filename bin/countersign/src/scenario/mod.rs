//! `scenario …`: write, check, play and draw scenarios. Needs no node.

mod check;
mod draw;
mod eval;
mod new;
mod package;
mod reports;
mod run;
mod test;

use std::path::Path;

use clap::Subcommand;
use countersign_package::{PACKAGE_BYTES_MAX, Package, is_package};
use countersign_types::ScenarioId;
use countersign_workflow::{DOCUMENT_BYTES_MAX, Finding, Scenario, report};

use crate::context::Global;
use crate::failure::Failure;
use crate::files;
use crate::output;
use crate::words::count;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Copy a template to start from
    New(new::Arguments),
    /// Find faults, with their place and a way out
    Check(check::Arguments),
    /// Play a scenario, step by step
    Run(run::Arguments),
    /// Evaluate an expression of the language
    Eval(eval::Arguments),
    /// Run stories, expression cases and lists of faulty scenarios
    Test(test::Arguments),
    /// Put a scenario and its stories into one signed file
    Pack(package::Pack),
    /// Check a package and write its files into a folder
    Unpack(package::Unpack),
    /// Check a package: its hash, its author, its scenario
    Verify(package::Verify),
    /// Draw a scenario, as a picture or for Mermaid
    Draw(draw::Arguments),
}

impl Command {
    /// Does it.
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let (output, yes) = (global.output(), global.yes);
        match self {
            Self::New(arguments) => arguments.run(yes),
            Self::Check(arguments) => arguments.run(output),
            Self::Run(arguments) => arguments.run(output),
            Self::Eval(arguments) => arguments.run(output),
            Self::Test(arguments) => arguments.run(output, yes),
            Self::Pack(arguments) => arguments.run(global),
            Self::Unpack(arguments) => arguments.run(yes),
            Self::Verify(arguments) => arguments.run(output),
            Self::Draw(arguments) => arguments.run(output),
        }
    }
}

/// A scenario that can be run. Its findings, if it cannot, go to stderr.
pub fn load(path: &Path) -> Result<Scenario, Failure> {
    loaded(path, Scenario::load)
}

/// A scenario that can be run, and of which every run can end.
pub fn load_sound(path: &Path) -> Result<Scenario, Failure> {
    loaded(path, countersign_petri::check)
}

/// The text of a scenario: of a file, or of a package that holds.
pub fn document(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = files::read(path, PACKAGE_BYTES_MAX as u64)?;
    if is_package(&bytes) {
        let package = Package::read(&bytes).map_err(|error| package::refused(path, &error))?;
        return Ok(package.contents().document().as_bytes().to_vec());
    }
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(Failure::misuse(format!("{} has more than {DOCUMENT_BYTES_MAX} bytes", path.display())));
    }
    Ok(bytes)
}

/// A scenario with its warnings, or what refuses it.
type Checked = Result<(Scenario, Vec<Finding>), Vec<Finding>>;

fn loaded(path: &Path, check: impl Fn(&[u8]) -> Checked) -> Result<Scenario, Failure> {
    match check(&document(path)?) {
        Ok((scenario, _)) => Ok(scenario),
        Err(findings) => {
            let errors: Vec<Finding> = findings.into_iter().filter(Finding::is_error).collect();
            output::talk(report(&path.display().to_string(), &errors).trim_end());
            Err(Failure::refused("scenario_faulty", format!("{} has {}", path.display(), count(errors.len(), "error")))
                .next(format!("countersign scenario check {}", path.display())))
        }
    }
}

/// The text form of a scenario's id.
pub fn id(scenario: &Scenario) -> ScenarioId {
    ScenarioId::new(countersign_crypto::Digest::new(scenario.digest()))
}
