//! `scenario draw`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use countersign_diagram::{Diagram, Overlay, Shape, svg};
use countersign_prose::{Given, prose};
use countersign_workflow::Outline;
use serde_json::json;

use crate::failure::Failure;
use crate::output::{self, Output};
use crate::scenario;

/// What to draw.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign scenario draw lease.yaml --format svg > lease.svg")]
pub struct Arguments {
    /// The scenario; - for standard input
    file: PathBuf,
    /// As what
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
    /// From top to bottom, for narrow screens; for svg
    #[arg(long)]
    narrow: bool,
    /// Language of the titles [default: that of the scenario]
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
}

/// A form of a diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for programs that draw Mermaid
    Mermaid,
    /// A picture, the same as in the browser
    Svg,
    /// The contract in plain words, with blanks
    Prose,
}

impl Arguments {
    /// Draws.
    pub fn run(&self, output: Output) -> Result<(), Failure> {
        let scenario = scenario::load(&self.file)?;
        let language = self.language.as_deref().unwrap_or(scenario.language());
        if self.format == Format::Mermaid {
            let mermaid = countersign_workflow::draw(&scenario, language, None);
            return output.show(&json!({"mermaid": mermaid}), |_| mermaid.clone());
        }
        if self.format == Format::Prose {
            let contract = prose(&scenario, &Given::default(), language);
            let text = if output.json { contract.to_json().to_string() + "\n" } else { contract.to_text() };
            return output::text(&text);
        }
        let diagram = Diagram::of(&Outline::of(&scenario), language);
        let drawing = diagram.draw(&Overlay::default());
        if output.json {
            return output::line(&drawing.to_json(&diagram).to_string());
        }
        let shape = if self.narrow { Shape::Narrow } else { Shape::Wide };
        output::text(&svg(&diagram, &drawing, shape))
    }
}
