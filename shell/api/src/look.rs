//! What pages show: what the API asks of a node, and the paths.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use countersign_api_model::{
    ChangeList, CharterView, Diagram, DocumentList, DryRun, DryRunRequest, EntryDetail, ForkList, GiveNameRequest, Log,
    NameList, NameView, NodeStats, PersonList, PersonalList, Prose, WaitingList,
};
use serde::Deserialize;

use crate::handlers::{Api, Asked, Reply, asked, body};
use crate::{Answer, PageQuery};

/// Which part of the log, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// From the position after this one on, ascending.
    pub after: Option<u64>,
    /// From the position before this one on, descending.
    pub before: Option<u64>,
    /// `asc` or `desc`; `desc` begins at the head.
    pub order: Option<String>,
    /// At most so many, 1 to 1,000.
    pub limit: Option<usize>,
}

/// In which language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageQuery {
    /// A language of the titles of the scenario; its own if it is left out.
    pub language: Option<String>,
}

/// Whose personal data, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalQuery {
    /// Of this party alone: `idn_…`.
    pub party: Option<String>,
    /// Only what was kept as long as its class says, and is not erased.
    pub due: Option<bool>,
    /// What `next` of the page before said.
    pub after: Option<String>,
    /// At most so many, 1 to 1,000.
    pub limit: Option<usize>,
}

/// A node, as pages need it.
pub trait Look: Send + Sync + 'static {
    /// The log of a contract.
    fn log(&self, contract: String, query: LogQuery) -> Answer<'_, Log>;
    /// One entry, by its position or id.
    fn entry(&self, contract: String, entry: String) -> Answer<'_, EntryDetail>;
    /// What a contract was founded with.
    fn charter(&self, contract: String) -> Answer<'_, CharterView>;
    /// Its process as a diagram, with what happened.
    fn diagram(&self, contract: String, query: LanguageQuery) -> Answer<'_, Diagram>;
    /// A contract in plain words.
    fn prose(&self, contract: String, query: LanguageQuery) -> Answer<'_, Prose>;
    /// The files of a contract.
    fn documents(&self, contract: String) -> Answer<'_, DocumentList>;
    /// The personal data in it.
    fn personal_of(&self, contract: String) -> Answer<'_, PersonalList>;
    /// Where its log forked.
    fn forks(&self, contract: String) -> Answer<'_, ForkList>;
    /// What is proposed to change in it.
    fn changes(&self, contract: String) -> Answer<'_, ChangeList>;
    /// What a change would do.
    fn dry_run(&self, contract: String, request: DryRunRequest) -> Answer<'_, DryRun>;
    /// What this party waits for.
    fn waiting(&self, page: PageQuery) -> Answer<'_, WaitingList>;
    /// Identities and their mandates over all contracts.
    fn people(&self, page: PageQuery) -> Answer<'_, PersonList>;
    /// The personal data in all contracts.
    fn personal(&self, query: PersonalQuery) -> Answer<'_, PersonalList>;
    /// How the node does.
    fn stats(&self) -> Answer<'_, NodeStats>;
    /// What people and parties are called.
    fn names(&self) -> Answer<'_, NameList>;
    /// Gives somebody a name.
    fn give_name(&self, identity: String, request: GiveNameRequest) -> Answer<'_, NameView>;
}

/// The paths.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/contracts/{contract}/log", get(log))
        .route("/v1/contracts/{contract}/entries/{entry}", get(entry))
        .route("/v1/contracts/{contract}/charter", get(charter))
        .route("/v1/contracts/{contract}/diagram", get(diagram))
        .route("/v1/contracts/{contract}/prose", get(prose))
        .route("/v1/contracts/{contract}/documents", get(documents))
        .route("/v1/contracts/{contract}/personal", get(personal_of))
        .route("/v1/contracts/{contract}/forks", get(forks))
        .route("/v1/contracts/{contract}/changes", get(changes))
        .route("/v1/contracts/{contract}/changes/dry-run", post(dry_run))
        .route("/v1/waiting", get(waiting))
        .route("/v1/people", get(people))
        .route("/v1/personal", get(personal))
        .route("/v1/node/stats", get(stats))
        .route("/v1/names", get(names))
        .route("/v1/names/{identity}", put(give_name))
}

async fn log(State(api): State<Api>, Path(contract): Path<String>, query: Asked<LogQuery>) -> Reply<Log> {
    api.service.log(contract, asked(query)?).await.map(Json)
}

async fn entry(State(api): State<Api>, Path((contract, entry)): Path<(String, String)>) -> Reply<EntryDetail> {
    api.service.entry(contract, entry).await.map(Json)
}

async fn charter(State(api): State<Api>, Path(contract): Path<String>) -> Reply<CharterView> {
    api.service.charter(contract).await.map(Json)
}

async fn diagram(State(api): State<Api>, Path(contract): Path<String>, query: Asked<LanguageQuery>) -> Reply<Diagram> {
    api.service.diagram(contract, asked(query)?).await.map(Json)
}

async fn prose(State(api): State<Api>, Path(contract): Path<String>, query: Asked<LanguageQuery>) -> Reply<Prose> {
    api.service.prose(contract, asked(query)?).await.map(Json)
}

async fn documents(State(api): State<Api>, Path(contract): Path<String>) -> Reply<DocumentList> {
    api.service.documents(contract).await.map(Json)
}

async fn personal_of(State(api): State<Api>, Path(contract): Path<String>) -> Reply<PersonalList> {
    api.service.personal_of(contract).await.map(Json)
}

async fn personal(State(api): State<Api>, query: Asked<PersonalQuery>) -> Reply<PersonalList> {
    api.service.personal(asked(query)?).await.map(Json)
}

async fn forks(State(api): State<Api>, Path(contract): Path<String>) -> Reply<ForkList> {
    api.service.forks(contract).await.map(Json)
}

async fn changes(State(api): State<Api>, Path(contract): Path<String>) -> Reply<ChangeList> {
    api.service.changes(contract).await.map(Json)
}

async fn dry_run(
    State(api): State<Api>,
    Path(contract): Path<String>,
    request: Result<Json<DryRunRequest>, JsonRejection>,
) -> Reply<DryRun> {
    api.service.dry_run(contract, body(request)?).await.map(Json)
}

async fn waiting(State(api): State<Api>, page: Asked<PageQuery>) -> Reply<WaitingList> {
    api.service.waiting(asked(page)?).await.map(Json)
}

async fn people(State(api): State<Api>, page: Asked<PageQuery>) -> Reply<PersonList> {
    api.service.people(asked(page)?).await.map(Json)
}

async fn stats(State(api): State<Api>) -> Reply<NodeStats> {
    api.service.stats().await.map(Json)
}

async fn names(State(api): State<Api>) -> Reply<NameList> {
    api.service.names().await.map(Json)
}

async fn give_name(
    State(api): State<Api>,
    Path(identity): Path<String>,
    request: Result<Json<GiveNameRequest>, JsonRejection>,
) -> Reply<NameView> {
    api.service.give_name(identity, body(request)?).await.map(Json)
}
