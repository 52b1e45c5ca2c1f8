//! What pages show.

use countersign_api_model::{
    ChangeList, CharterView, Diagram, DocumentList, DryRun, DryRunRequest, EntryDetail, ForkList, GiveNameRequest, Log,
    NameList, NameView, NodeStats, PersonList, PersonalItem, PersonalList, Prose, WaitingList,
};

use crate::{Client, Error};

impl Client {
    /// A page of the log, newest first, from the position before `before`.
    pub async fn newest(&self, contract: &str, before: Option<u64>, limit: usize) -> Result<Log, Error> {
        let before = before.map(|before| format!("&before={before}")).unwrap_or_default();
        self.get(&format!("/v1/contracts/{contract}/log?order=desc&limit={limit}{before}")).await
    }

    /// One entry, by its position or id.
    pub async fn entry(&self, contract: &str, entry: &str) -> Result<EntryDetail, Error> {
        self.get(&format!("/v1/contracts/{contract}/entries/{entry}")).await
    }

    /// What a contract was founded with.
    pub async fn charter(&self, contract: &str) -> Result<CharterView, Error> {
        self.get(&format!("/v1/contracts/{contract}/charter")).await
    }

    /// Its process as a diagram, with what happened.
    pub async fn diagram(&self, contract: &str) -> Result<Diagram, Error> {
        self.get(&format!("/v1/contracts/{contract}/diagram")).await
    }

    /// A contract in plain words.
    pub async fn prose(&self, contract: &str) -> Result<Prose, Error> {
        self.get(&format!("/v1/contracts/{contract}/prose")).await
    }

    /// The files of a contract.
    pub async fn documents(&self, contract: &str) -> Result<DocumentList, Error> {
        self.get(&format!("/v1/contracts/{contract}/documents")).await
    }

    /// The personal data in a contract.
    pub async fn personal_of(&self, contract: &str) -> Result<Vec<PersonalItem>, Error> {
        Ok(self.get::<PersonalList>(&format!("/v1/contracts/{contract}/personal")).await?.items)
    }

    /// The personal data in all contracts; of one party, if one is named; only what was kept long enough, if it is due.
    pub async fn personal(&self, party: Option<&str>, due: bool) -> Result<Vec<PersonalItem>, Error> {
        let party = party.map(|party| format!("&party={party}")).unwrap_or_default();
        let path = format!("/v1/personal?due={due}{party}");
        self.pages(&path, |page: PersonalList| (page.items, page.next)).await
    }

    /// Where its log forked.
    pub async fn forks(&self, contract: &str) -> Result<ForkList, Error> {
        self.get(&format!("/v1/contracts/{contract}/forks")).await
    }

    /// What is proposed to change in a contract.
    pub async fn changes(&self, contract: &str) -> Result<ChangeList, Error> {
        self.get(&format!("/v1/contracts/{contract}/changes")).await
    }

    /// What a change would do, without proposing it.
    pub async fn dry_run(&self, contract: &str, request: &DryRunRequest) -> Result<DryRun, Error> {
        self.post(&format!("/v1/contracts/{contract}/changes/dry-run"), request).await
    }

    /// The first page of what the party waits for.
    pub async fn waiting(&self) -> Result<WaitingList, Error> {
        self.get("/v1/waiting?limit=1000").await
    }

    /// Identities and their mandates, over all contracts.
    pub async fn people(&self) -> Result<PersonList, Error> {
        let people = self.pages("/v1/people", |page: PersonList| (page.people, page.next)).await?;
        Ok(PersonList { people, next: None })
    }

    /// What the node did within the last hour, and how it does.
    pub async fn stats(&self) -> Result<NodeStats, Error> {
        self.get("/v1/node/stats").await
    }

    /// What people and parties are called.
    pub async fn names(&self) -> Result<NameList, Error> {
        self.get("/v1/names").await
    }

    /// Calls somebody something.
    pub async fn give_name(&self, identity: &str, request: &GiveNameRequest) -> Result<NameView, Error> {
        self.put(&format!("/v1/names/{identity}"), request).await
    }
}
