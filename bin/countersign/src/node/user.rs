//! `node user …`: who may use the node with a browser.

use clap::{Args, Subcommand, ValueEnum};
use countersign_api_model::{AddUserRequest, EnrolmentLink, InviteUserRequest, Role, User, UserList};
use countersign_member::SignedInception;
use countersign_types::IdentityId;

use crate::context::{Global, confirm};
use crate::failure::Failure;
use crate::files;
use crate::output::{self, table};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let a person use your node, by their card
    Add(Add),
    /// List who may use your node
    List(List),
    /// Take a user away; their sessions end
    Remove(Remove),
    /// Make a link with which one person becomes a user
    Invite(Invite),
}

/// What a user may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    /// Read, and submit what they signed
    Member,
    /// Also run the node: users, partners, outbox
    Operator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Member => Self::Member,
            RoleName::Operator => Self::Operator,
        }
    }
}

/// Whom to let in.
#[derive(Args, Debug)]
#[command(
    after_long_help = "What a user may do in a contract is what its mandates say; the role is about the node.\n\n\
    Example:\n  countersign node user add @anna.card --role member --name \"Anna\""
)]
pub struct Add {
    /// The card of the person: @FILE, or base32
    card: String,
    /// What they may do
    #[arg(long)]
    role: RoleName,
    /// What they are called here
    #[arg(long)]
    name: Option<String>,
}

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign node user list")]
pub struct List {}

/// Whom to take away.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Mandates in contracts stay: take them back there.\n\nExample:\n  countersign node user remove IDENTITY"
)]
pub struct Remove {
    /// The user, from the list
    identity: IdentityId,
}

/// For whom a link is.
#[derive(Args, Debug)]
#[command(
    after_long_help = "The link works once and within an hour. Whoever has it becomes a user: hand it to that person \
    alone.\n\nExample:\n  countersign node user invite --role operator --name \"Anna\""
)]
pub struct Invite {
    /// What they may do
    #[arg(long)]
    role: RoleName,
    /// What they are called here
    #[arg(long)]
    name: Option<String>,
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Add(arguments) => arguments.run(global).await,
            Self::List(List {}) => list(global).await,
            Self::Remove(arguments) => arguments.run(global).await,
            Self::Invite(arguments) => arguments.run(global).await,
        }
    }
}

impl Add {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let card: SignedInception = files::card(&self.card, "the card of the person")?;
        let request = AddUserRequest { card: files::to_text(&card), role: self.role.into(), name: self.name };
        let user = global.client()?.add_user(&request).await?;
        global.output().show(&user, |user| table(&[row(user)]))?;
        output::talk("they can sign in with a browser");
        Ok(())
    }
}

async fn list(global: &Global) -> Result<(), Failure> {
    let users = global.client()?.users().await?;
    if users.users.is_empty() {
        output::talk("nobody can sign in with a browser yet");
        output::talk("next:  countersign node user invite --role operator");
    }
    global.output().show(&users, |UserList { users }| table(&users.iter().map(row).collect::<Vec<_>>()))
}

fn row(user: &User) -> Vec<String> {
    let sessions = format!("{} {}", user.sessions, if user.sessions == 1 { "session" } else { "sessions" });
    vec![user.identity.clone(), user.role.as_str().to_owned(), sessions, user.name.clone().unwrap_or_default()]
}

impl Remove {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let identity = self.identity.to_string();
        confirm(&format!("Take {identity} away from your node?"), global.yes)?;
        global.client()?.remove_user(&identity).await?;
        output::talk(&format!("{identity} is no user any more"));
        Ok(())
    }
}

impl Invite {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let request = InviteUserRequest { role: self.role.into(), name: self.name };
        let link = global.client()?.invite_user(&request).await?;
        global.output().show(&link, |EnrolmentLink { link, .. }| format!("{link}\n"))?;
        output::talk(&format!("for one person, once, until {}", link.until));
        Ok(())
    }
}
