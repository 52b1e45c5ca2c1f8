//! What every command is given: the options that all of them have.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use countersign_client::Client;
use countersign_crypto::Seed;
use countersign_keystore::Passphrase;
use countersign_types::Timestamp;

use crate::failure::Failure;
use crate::keys::Keys;
use crate::output::{self, Output};
use crate::passphrase;

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Show data as JSON, in the schema of the API
    #[arg(long, global = true)]
    pub json: bool,
    /// Ask nothing; replace files that are there
    #[arg(long, global = true)]
    pub yes: bool,
    /// Folder of the node [default: node in COUNTERSIGN_HOME]
    #[arg(long, global = true, value_name = "DIR", env = "COUNTERSIGN_NODE", hide_env = true)]
    pub node: Option<PathBuf>,
    /// Your keystore [default: keys.keystore in COUNTERSIGN_HOME]
    #[arg(long, global = true, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// File with the passphrase of your keystore
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

impl Global {
    /// How data is shown.
    pub const fn output(&self) -> Output {
        Output { json: self.json }
    }

    /// `COUNTERSIGN_HOME`, or `~/.config/countersign`.
    fn home() -> Result<PathBuf, Failure> {
        let named = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        named("COUNTERSIGN_HOME")
            .or_else(|| named("HOME").map(|home| home.join(".config/countersign")))
            .ok_or_else(|| Failure::misuse("neither COUNTERSIGN_HOME nor HOME is set").next("countersign help"))
    }

    /// The folder of the node.
    pub fn node_folder(&self) -> Result<PathBuf, Failure> {
        self.node.clone().map_or_else(|| Ok(Self::home()?.join("node")), Ok)
    }

    /// The file of the keystore.
    pub fn keys_path(&self) -> Result<PathBuf, Failure> {
        self.keys.clone().map_or_else(|| Ok(Self::home()?.join("keys.keystore")), Ok)
    }

    /// The passphrase of the keystore: from a file, `COUNTERSIGN_PASSPHRASE`, or the person.
    pub fn passphrase(&self, new: bool) -> Result<Passphrase, Failure> {
        let ask = passphrase::Ask {
            file: self.passphrase_file.as_deref(),
            variable: "COUNTERSIGN_PASSPHRASE",
            option: "--passphrase-file",
            what: "your keystore",
            new,
        };
        ask.get()
    }

    /// The person's keys.
    pub fn keys(&self) -> Result<Keys, Failure> {
        let path = self.keys_path()?;
        if !path.exists() {
            return Err(Failure::refused("keystore_missing", format!("there is no keystore {}", path.display()))
                .next("countersign key new --name NAME"));
        }
        Keys::open(&path, &self.passphrase(false)?)
    }

    /// The API of the node.
    pub fn client(&self) -> Result<Client, Failure> {
        Ok(Client::of_folder(&self.node_folder()?)?)
    }
}

/// Asks the person to agree, unless `yes` says that they do.
pub fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::misuse(format!("{question} There is no terminal to ask at.")).next("the same with --yes"));
    }
    output::talk(&format!("{question} [y/N]"));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    match read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        true => Ok(()),
        false => Err(Failure::refused("not_agreed", "nothing was done").next("the same, and answer y")),
    }
}

/// Fresh randomness of the operating system.
pub fn seed() -> Result<Seed, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::refused("no_randomness", format!("no randomness: {error}")))?;
    Ok(Seed::new(bytes))
}

/// The time of this machine.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).ok().and_then(Timestamp::from_millis).unwrap_or(Timestamp::MAX)
}
