//! `contract …`: found contracts, take part, look at them.

mod erase;
mod export;
mod found;
mod invite;
mod join;
mod look;
mod runs;
mod save;
mod wait;

use clap::Subcommand;

use crate::context::Global;
use crate::failure::Failure;

pub use found::Founding;
pub use wait::until;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Found a contract with the parties of these cards
    New(Box<found::New>),
    /// Take part in a contract that was offered to you, or by a link
    Join(join::Join),
    /// Invite a newcomer with a link
    Invite(invite::Invite),
    /// List the open invitations of a contract
    Invitations(invite::Invitations),
    /// Make a newcomer a member, once the words are equal
    Confirm(invite::Confirm),
    /// List the contracts of your node
    List(look::List),
    /// Show where a contract stands
    Show(look::Show),
    /// Show the log of a contract
    Log(look::Log),
    /// Wait for a state, or until everything is final
    Wait(wait::Wait),
    /// List what your node does by itself in a contract
    Runs(runs::Runs),
    /// Begin again what your node did by itself and stopped
    Retry(runs::Retry),
    /// Ask all members to delete attachments
    Erase(erase::Erase),
    /// Write a proof bundle of everything that is final
    Export(export::Export),
    /// Write an attachment into a file
    Save(save::Save),
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::New(arguments) => arguments.run(global).await,
            Self::Join(arguments) => arguments.run(global).await,
            Self::Invite(arguments) => arguments.run(global).await,
            Self::Invitations(arguments) => arguments.run(global).await,
            Self::Confirm(arguments) => arguments.run(global).await,
            Self::List(arguments) => arguments.run(global).await,
            Self::Show(arguments) => arguments.run(global).await,
            Self::Log(arguments) => arguments.run(global).await,
            Self::Wait(arguments) => arguments.run(global).await,
            Self::Runs(arguments) => arguments.run(global).await,
            Self::Retry(arguments) => arguments.run(global).await,
            Self::Erase(arguments) => arguments.run(global).await,
            Self::Export(arguments) => arguments.run(global).await,
            Self::Save(arguments) => arguments.run(global).await,
        }
    }
}
