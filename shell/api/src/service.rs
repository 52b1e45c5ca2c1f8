//! What the API asks of a node.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use countersign_api_model::{
    CheckReport, CheckRequest, ContractList, ContractView, FoundRequest, InboxList, Level, NodeInfo, OutboxList,
    PrepareRequest, Prepared, ResendRequest, SubmitRequest, Submitted,
};
use serde::Deserialize;

use crate::{Activity, Bytes, Done, Download, Family, Refusal, Subscription, Upload, UploadRequest, Wish};

/// An answer that comes later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// Which page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// After this id or position.
    pub after: Option<String>,
    /// At most so many, 1 to 1,000.
    pub limit: Option<usize>,
}

/// Which level to wait for, and how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelQuery {
    /// The level; `local` at once.
    pub level: Option<Level>,
    /// At most so many milliseconds, up to 60,000.
    pub wait_ms: Option<u64>,
}

/// What a proof bundle is to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofQuery {
    /// `apart`: long attachments are named by their content hash; `include`: they are in the bundle.
    pub attachments: Option<String>,
}

/// A node, as its API needs it. Ids are texts as the caller wrote them.
pub trait Service: crate::Invitations + crate::Look + crate::People + crate::Runs + crate::Webhooks {
    /// What the node says of itself.
    fn node(&self) -> Answer<'_, NodeInfo>;
    /// Contracts, by id.
    fn contracts(&self, page: PageQuery) -> Answer<'_, ContractList>;
    /// Founds a contract.
    fn found(&self, request: FoundRequest) -> Answer<'_, ContractView>;
    /// One contract.
    fn contract(&self, contract: String) -> Answer<'_, ContractView>;
    /// Takes part in a contract that was offered.
    fn accept(&self, contract: String) -> Answer<'_, ContractView>;
    /// A draft to sign.
    fn prepare(&self, contract: String, request: PrepareRequest) -> Answer<'_, Prepared>;
    /// A signed statement.
    fn submit(&self, contract: String, request: SubmitRequest) -> Answer<'_, Submitted>;
    /// A statement, once it has a level.
    fn statement(&self, contract: String, statement: String, query: LevelQuery) -> Answer<'_, Submitted>;
    /// A payload.
    fn payload(&self, contract: String, commitment: String) -> Answer<'_, Arc<dyn Download>>;
    /// Begins an upload. None if the payload is held already.
    fn upload(&self, request: UploadRequest) -> Answer<'_, Option<Box<dyn Upload>>>;
    /// The proof bundle of everything that is final.
    /// Its memory is given back once the bytes are sent.
    fn proof(&self, contract: String, query: ProofQuery) -> Answer<'_, Bytes>;
    /// What is to be done by this party.
    fn inbox(&self, page: PageQuery) -> Answer<'_, InboxList>;
    /// What waits to be delivered.
    fn outbox(&self, page: PageQuery) -> Answer<'_, OutboxList>;
    /// Signs again in a contract after the disk was set back, as soon as that is safe.
    fn recover(&self, contract: String) -> Answer<'_, ContractView>;
    /// Sends again.
    fn resend(&self, request: ResendRequest) -> Answer<'_, OutboxList>;
    /// Checks the way to a partner, from both sides.
    fn check(&self, request: CheckRequest) -> Answer<'_, CheckReport>;
    /// What happens in one contract or in all, after the event with this id.
    fn events(&self, contract: Option<String>, last_event: Option<String>) -> Answer<'_, Subscription>;
    /// What was answered to this wish within a day. Refuses if the name stands for another body.
    fn done(&self, wish: Wish) -> Answer<'_, Option<Done>>;
    /// Keeps an answer for a day.
    fn keep(&self, wish: Wish, done: Done) -> Answer<'_, ()>;
    /// The numbers of the node.
    fn measure(&self) -> Answer<'_, Vec<Family>>;
    /// What happens within an hour is counted here.
    fn activity(&self) -> &Activity;
    /// Whether the node can do its work now.
    fn ready(&self) -> bool;
}
