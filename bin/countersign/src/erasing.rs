//! Asking for erasure: in as many statements as the payloads need, all of them told, whatever comes in between.

use std::collections::BTreeSet;

use countersign_api_model::{PersonalItem, Problem};
use countersign_client::Client;
use countersign_contract::{Erase, ITEMS_MAX, Payload, commitment_text};
use countersign_types::{ContractId, PayloadCommitment};
use serde::Serialize;

use crate::draft::{self, Voice};
use crate::failure::Failure;
use crate::output::Output;

/// What was asked for.
#[derive(Default, Serialize)]
pub struct Erasing {
    /// The `erase` statements.
    pub asked: Vec<Asked>,
    /// What others brought, and must ask for; absent if nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Vec<PersonalItem>>,
    /// Why no more was asked for; absent if all was.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<Problem>,
}

/// One `erase` statement.
#[derive(Serialize)]
pub struct Asked {
    pub contract: String,
    pub statement: String,
    pub commitments: Vec<String>,
}

impl Erasing {
    /// Asks in a contract; notes each statement that was taken.
    pub async fn ask(
        &mut self,
        client: &Client,
        contract: ContractId,
        voice: &Voice<'_>,
        reason: &str,
        commitments: BTreeSet<PayloadCommitment>,
    ) -> Result<(), Failure> {
        let all: Vec<_> = commitments.into_iter().collect();
        for some in all.chunks(ITEMS_MAX) {
            let wish = Payload::Erase(Erase { commitments: some.to_vec(), reason: reason.to_owned() });
            let done = draft::say(client, contract, voice, &wish, &[]).await?;
            self.asked.push(Asked {
                contract: contract.to_string(),
                statement: done.statement,
                commitments: some.iter().map(commitment_text).collect(),
            });
        }
        Ok(())
    }

    /// One document, whatever came of it: what was asked for before a failure cannot be taken back, so it is told first.
    pub fn show(self, output: Output, came: Result<(), Failure>, words: fn(&Self) -> String) -> Result<(), Failure> {
        let (told, came) = self.told(came);
        if let Some(told) = told {
            output.show(&told, words)?;
        }
        came
    }

    fn told(mut self, came: Result<(), Failure>) -> (Option<Self>, Result<(), Failure>) {
        match came {
            Ok(()) => (Some(self), Ok(())),
            Err(failure) if self.asked.is_empty() => (None, Err(failure)),
            Err(failure) => {
                self.failed = Some(failure.problem().clone());
                (Some(self), Err(failure.in_output()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_a_failure_is_told() {
        let broken = || Err(Failure::unreachable("timeout", "no answer"));
        assert!(Erasing::default().told(broken()).0.is_none(), "nothing was asked: the failure is all there is");
        let one = Asked { contract: "ctr_a".to_owned(), statement: "stm_b".to_owned(), commitments: Vec::new() };
        let (told, came) = Erasing { asked: vec![one], ..Erasing::default() }.told(broken());
        let told = serde_json::to_value(told).unwrap();
        assert_eq!((&told["asked"][0]["statement"], &told["failed"]["code"]), (&"stm_b".into(), &"timeout".into()));
        assert_eq!(came.map_err(|failure| failure.code().to_owned()), Err("timeout".to_owned()));
    }
}
