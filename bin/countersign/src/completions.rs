//! `completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output;

/// Which shell.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Example:\n  countersign completions bash > ~/.local/share/bash-completion/completions/countersign"
)]
pub struct Command {
    /// Your shell
    shell: Shell,
}

impl Command {
    /// Prints the script.
    pub fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "countersign", &mut script);
        output::text(&String::from_utf8_lossy(&script))
    }
}
