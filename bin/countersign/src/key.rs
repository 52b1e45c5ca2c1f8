//! `key …`: the keys of the person at this machine.

use clap::{Args, Subcommand};
use countersign_crypto::Signer;
use countersign_types::to_base32;
use serde::Serialize;

use crate::context::{self, Global};
use crate::failure::Failure;
use crate::files;
use crate::keys::{Admin, Keys, OwnKey, Person};
use crate::output::{self, table};
use crate::rotate;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key for a person, or to decide for an organisation
    New(New),
    /// List your keys, or print the card of a person
    List(List),
    /// Replace a key in the contracts of your node
    Rotate(rotate::Rotate),
}

/// Whose key to make.
#[derive(Args, Debug)]
#[command(
    after_long_help = "A person signs what they do; the key never leaves this machine. An admin key decides for an \
    organisation: it founds contracts and says who may act.\n\nExample:\n  countersign key new --name anna\n  \
    countersign key new --admin --name \"Acme\""
)]
pub struct New {
    /// What the person or organisation is called here
    #[arg(long)]
    name: String,
    /// The key decides for an organisation
    #[arg(long)]
    admin: bool,
}

/// What to list.
#[derive(Args, Debug)]
#[command(after_long_help = "A card holds public keys only: give it to whoever grants mandates.\n\n\
    Example:\n  countersign key list --card --name anna > anna.card")]
pub struct List {
    /// Print the card of the person
    #[arg(long)]
    card: bool,
    /// Only of this name
    #[arg(long)]
    name: Option<String>,
}

/// A line of the list. Never a secret.
#[derive(Serialize)]
struct Line {
    name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    key: String,
    public_key: String,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<String>,
}

#[derive(Serialize)]
struct Lines {
    keys: Vec<Line>,
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::New(arguments) => arguments.run(global),
            Self::List(arguments) => arguments.run(global),
            Self::Rotate(arguments) => arguments.run(global).await,
        }
    }
}

impl New {
    fn run(&self, global: &Global) -> Result<(), Failure> {
        let path = global.keys_path()?;
        let fresh = !path.exists();
        let mut keys = Keys::open_or_create(&path, &global.passphrase(fresh)?)?;
        let (seed, now) = (&mut context::seed()?, context::now());
        let line = if self.admin {
            admin_line(&keys.add_admin(&self.name, seed, now)?)
        } else {
            let person = keys.add_person(&self.name, seed, now)?;
            person_lines(&person).pop().ok_or_else(|| Failure::refused("corrupt", "a new person has no key"))?
        };
        global.output().show(&line, |line| format!("{}\n", line.identity.as_ref().unwrap_or(&line.key)))?;
        if fresh {
            output::talk(&format!("made the keystore {}: keep a copy, and the passphrase elsewhere", path.display()));
        }
        let next = match self.admin {
            true => format!("countersign node init --name {:?}", self.name),
            false => format!("countersign key list --card --name {:?}", self.name),
        };
        output::talk(&format!("next:  {next}"));
        Ok(())
    }
}

impl List {
    fn run(&self, global: &Global) -> Result<(), Failure> {
        let keys = global.keys()?;
        if self.card {
            let person = keys.person(self.name.as_deref())?;
            let line = person_lines(&person).pop();
            let line = line.ok_or_else(|| Failure::refused("corrupt", "the person has no key"))?;
            return global.output().show(&line, |_| format!("{}\n", files::to_text(&person.inception)));
        }
        let mut lines: Vec<Line> = keys.people()?.iter().flat_map(person_lines).collect();
        lines.extend(keys.admins().iter().map(admin_line));
        lines.retain(|line| self.name.as_ref().is_none_or(|name| *name == line.name));
        global.output().show(&Lines { keys: lines }, |lines| {
            let row = |line: &Line| {
                let identity = line.identity.clone().unwrap_or_else(|| "-".to_owned());
                vec![line.name.clone(), line.kind.to_owned(), line.key.clone(), line.created.clone(), identity]
            };
            let head = ["NAME", "KIND", "KEY", "MADE", "IDENTITY"].map(str::to_owned).to_vec();
            table(&std::iter::once(head).chain(lines.keys.iter().map(row)).collect::<Vec<_>>())
        })
    }
}

fn line(name: &str, kind: &'static str, key: &OwnKey) -> Line {
    Line {
        name: name.to_owned(),
        kind,
        identity: None,
        key: key.id.to_string(),
        public_key: to_base32(&key.signer.public_key().bytes()),
        created: key.created.to_string(),
        card: None,
    }
}

/// One line for each key, the newest first.
fn person_lines(person: &Person) -> Vec<Line> {
    let one = |key: &OwnKey| Line {
        identity: Some(person.inception.id().to_string()),
        card: Some(files::to_text(&person.inception)),
        ..line(&person.name, "person", key)
    };
    person.keys.iter().map(one).collect()
}

fn admin_line(admin: &Admin) -> Line {
    line(&admin.name, "admin", &admin.key)
}
