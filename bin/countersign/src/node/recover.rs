//! `node recover`: sign again after the node was set back to an old copy of its data.

use clap::Args;
use countersign_api_model::{ContractView, OldBackup};

use crate::context::{Global, confirm};
use crate::failure::Failure;
use crate::output::{self, table};

/// Where to sign again.
#[derive(Args, Debug)]
#[command(
    after_long_help = "A node that finds out that its data are older than what it signed (old_backup) signs nothing \
    more in that contract, and fetches what the others hold. This command lets it go on as soon as every other member \
    has said what it holds of your node, and all of that is here again: then it contradicts nothing that an honest \
    member ever got. A member that keeps something back can still show later that your node signed two things under one \
    number, and your organisation is named for it.\n\nRun it only if no other node runs with the same keys.\n\n\
    Example:\n  countersign node recover CONTRACT"
)]
pub struct Recover {
    /// The contract
    contract: String,
}

impl Recover {
    /// Asks the node to go on.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let question =
            "Sign again once all members have said what they hold, and is no other node running with these keys?";
        confirm(question, global.yes)?;
        let view = global
            .client()?
            .recover(&self.contract)
            .await
            .map_err(|error| Failure::from(error).or_next("countersign contract show CONTRACT"))?;
        global.output().show(&view, |view| table(&rows(view)))?;
        match &view.old_backup {
            None => output::talk("your node has everything, and signs again"),
            Some(_) => output::talk("next:  countersign contract show, until it says nothing of old_backup any more"),
        }
        Ok(())
    }
}

fn rows(view: &ContractView) -> Vec<Vec<String>> {
    let contract = vec!["contract".to_owned(), view.contract.clone()];
    let standing =
        view.old_backup.as_ref().map(|old| vec!["old_backup".to_owned(), in_words(old, |party| party.to_owned())]);
    std::iter::once(contract).chain(standing).collect()
}

/// How a node that was set back stands.
pub fn in_words(old: &OldBackup, name: impl Fn(&str) -> String) -> String {
    let since = &old.since;
    if !old.recovering {
        return format!("your node was set back to an old copy; since {since} it signs nothing here");
    }
    let mut waiting: Vec<_> = old.waiting_for.iter().map(|party| name(party)).collect();
    if old.incomplete {
        waiting.push("earlier signatures of your node".to_owned());
    }
    format!("your node was set back to an old copy; it signs again after word from {}", waiting.join(", "))
}
