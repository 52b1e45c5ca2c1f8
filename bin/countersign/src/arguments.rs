//! The words of the command line: a noun, then a verb.

use clap::{Parser, Subcommand};

use crate::context::Global;
use crate::failure::Failure;
use crate::{
    action, change, completions, contract, demo, key, mandate, node, outbox, personal, scenario, verify, webhook,
};

/// Run a node, agree on contracts and act in them from a terminal.
///
/// A contract runs between nodes of different organisations. Each holds the whole log; a place in it is final when
/// every party has countersigned it. Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 refused,
/// 2 misuse, 3 no node answers.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, max_term_width = 80, disable_help_subcommand = false)]
#[command(after_long_help = "Example:\n  countersign demo\n  countersign scenario new --from lease lease.yaml\n  \
    countersign scenario check lease.yaml")]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch a lease between three nodes on this machine
    Demo(demo::Demo),
    /// Keep three nodes up to try commands on
    Dev(demo::Dev),
    /// Make, run and look at a node
    #[command(subcommand)]
    Node(node::Command),
    /// Make and list your keys
    #[command(subcommand)]
    Key(key::Command),
    /// Say who may act for your party
    #[command(subcommand)]
    Mandate(mandate::Command),
    /// Found contracts, take part, look at them
    #[command(subcommand)]
    Contract(contract::Command),
    /// See what is open, and do it
    #[command(subcommand)]
    Action(action::Command),
    /// Change a contract that runs, by the votes of its parties
    #[command(subcommand)]
    Change(change::Command),
    /// See what is held about somebody, and have it erased
    #[command(subcommand)]
    Personal(personal::Command),
    /// Write, check and play scenarios
    #[command(subcommand)]
    Scenario(scenario::Command),
    /// See what waits to be delivered, and send it again
    #[command(subcommand)]
    Outbox(outbox::Command),
    /// Tell a program of yours what happens
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Say what a proof bundle proves, without a node
    Verify(verify::Verify),
    /// Print what your shell needs to complete commands
    Completions(completions::Command),
}

impl Arguments {
    /// Does what was asked.
    pub async fn run(self) -> Result<(), Failure> {
        let global = &self.global;
        match self.command {
            Command::Demo(command) => command.run(global).await,
            Command::Dev(command) => command.run(global).await,
            Command::Node(command) => command.run(global).await,
            Command::Key(command) => command.run(global).await,
            Command::Mandate(command) => command.run(global).await,
            Command::Contract(command) => command.run(global).await,
            Command::Action(command) => command.run(global).await,
            Command::Change(command) => command.run(global).await,
            Command::Outbox(command) => command.run(global).await,
            Command::Personal(command) => command.run(global).await,
            Command::Scenario(command) => command.run(global),
            Command::Webhook(command) => command.run(global).await,
            Command::Verify(command) => command.run(global),
            Command::Completions(command) => command.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    fn walk(command: &clap::Command, path: &str, see: &mut dyn FnMut(&str, &clap::Command)) {
        see(path, command);
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            walk(inner, &format!("{path} {}", inner.get_name()), see);
        }
    }

    #[test]
    fn every_command_has_a_short_line_and_every_verb_an_example() {
        Arguments::command().debug_assert();
        walk(&Arguments::command(), "countersign", &mut |path, command| {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            // Beside the longest name, `completions`, this fits on 80 columns.
            assert!((1..=65).contains(&about.chars().count()) && !about.contains('\n'), "{path}: {about}");
            let verb = command.get_subcommands().next().is_none();
            let long = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(!verb || long.contains("Example:\n  countersign "), "{path} lacks an example");
        });
    }
}
