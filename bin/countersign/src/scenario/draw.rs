//! `scenario draw`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::scenario;

/// What to draw.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign scenario draw lease.yaml > lease.mmd")]
pub struct Arguments {
    /// The scenario; - for standard input
    file: PathBuf,
    /// Language of the titles [default: that of the scenario]
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
}

impl Arguments {
    /// Draws.
    pub fn run(&self, output: Output) -> Result<(), Failure> {
        let scenario = scenario::load(&self.file)?;
        let language = self.language.as_deref().unwrap_or(scenario.language());
        let mermaid = countersign_workflow::draw(&scenario, language, None);
        output.show(&json!({"mermaid": mermaid}), |_| mermaid.clone())
    }
}
