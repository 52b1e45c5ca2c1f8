//! The paths of the API.

use std::io::{Read, Write};
use std::{fmt, fs, net::SocketAddr, path::Path, time::Duration};

use countersign_api_model::{
    CheckReport, CheckRequest, ContractList, ContractSummary, ContractView, Entry, FoundRequest, InboxItem, InboxList,
    Level, Log, NodeInfo, OutboxList, PrepareRequest, Prepared, ResendRequest, SubmitRequest, Submitted, Uploaded,
};
use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::request::{Ask, Body};

/// The file in the folder of a node that says where its API listens.
pub const ADDRESS_FILE: &str = "api.address";
/// The file in the folder of a node that holds the token of its API.
pub const TOKEN_FILE: &str = "api.token";
/// Most items of a page.
pub const PAGE_MAX: usize = 1_000;
/// The longest that a node waits for a level in one request.
pub const WAIT_MAX: Duration = Duration::from_secs(60);
/// How long an answer may take beside the time that the node was asked to wait.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a payload may take.
const LONG: Duration = Duration::from_secs(3_600);

/// A node's API, as its operator.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    token: String,
}

impl fmt::Debug for Client {
    /// Never the token.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Client({})", self.address)
    }
}

/// What is said of an attachment before its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// What it is: `pay_…`, or `sha256:` and hexadecimal digits.
    pub commitment: &'a str,
    /// Its salt in base32.
    pub salt: &'a str,
    /// Its length.
    pub bytes: u64,
}

fn payload_path(contract: &str, commitment: &str) -> String {
    format!("/v1/contracts/{contract}/payloads/{commitment}")
}

fn page_path(path: &str, after: Option<&str>) -> String {
    let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}limit={PAGE_MAX}{after}")
}

impl Client {
    /// The API at this address.
    pub const fn new(address: SocketAddr, token: String) -> Self {
        Self { address, token }
    }

    /// The API of the node that runs on this folder. Fails with [`Error::NoNode`] if none does.
    pub fn of_folder(folder: &Path) -> Result<Self, Error> {
        let read = |name: &str| {
            let text = fs::read_to_string(folder.join(name));
            text.map(|text| text.trim().to_owned())
                .map_err(|source| Error::NoNode { folder: folder.to_owned(), source })
        };
        let address = read(ADDRESS_FILE)?.parse().map_err(|_| Error::BadFile(folder.join(ADDRESS_FILE)))?;
        let token = read(TOKEN_FILE)?;
        let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        if plain { Ok(Self { address, token }) } else { Err(Error::BadFile(folder.join(TOKEN_FILE))) }
    }

    /// Where the API listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether the node can do its work now.
    pub async fn ready(&self) -> Result<(), Error> {
        self.ask(Method::GET, "/ready", None, PATIENCE).await.map(|_| ())
    }

    /// What the node says of itself.
    pub async fn node(&self) -> Result<NodeInfo, Error> {
        self.get("/v1/node").await
    }

    /// A page of contracts.
    pub async fn contracts(&self, after: Option<&str>, limit: usize) -> Result<ContractList, Error> {
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        self.get(&format!("/v1/contracts?limit={limit}{after}")).await
    }

    /// Every contract.
    pub async fn all_contracts(&self) -> Result<Vec<ContractSummary>, Error> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = self.contracts(after.as_deref(), PAGE_MAX).await?;
            all.extend(page.contracts);
            match page.next {
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => return Ok(all),
            }
        }
    }

    /// Founds a contract.
    pub async fn found(&self, request: &FoundRequest) -> Result<ContractView, Error> {
        self.post("/v1/contracts", request).await
    }

    /// One contract.
    pub async fn contract(&self, contract: &str) -> Result<ContractView, Error> {
        self.get(&format!("/v1/contracts/{contract}")).await
    }

    /// Takes part in a contract that was offered.
    pub async fn accept(&self, contract: &str) -> Result<ContractView, Error> {
        self.post(&format!("/v1/contracts/{contract}/accept"), &serde_json::Map::new()).await
    }

    /// A page of the log, from the position after `after`.
    pub async fn log(&self, contract: &str, after: Option<u64>, limit: usize) -> Result<Log, Error> {
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        self.get(&format!("/v1/contracts/{contract}/log?limit={limit}{after}")).await
    }

    /// The whole log from the position after `after`.
    pub async fn whole_log(&self, contract: &str, mut after: Option<u64>) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        loop {
            let page = self.log(contract, after, PAGE_MAX).await?;
            entries.extend(page.entries);
            match page.next {
                Some(next) if after.is_none_or(|after| after < next) => after = Some(next),
                _ => return Ok(entries),
            }
        }
    }

    /// A draft to check and sign.
    pub async fn prepare(&self, contract: &str, request: &PrepareRequest) -> Result<Prepared, Error> {
        self.post(&format!("/v1/contracts/{contract}/statements/prepare"), request).await
    }

    /// Submits a signed statement.
    pub async fn submit(&self, contract: &str, request: &SubmitRequest) -> Result<Submitted, Error> {
        self.post(&format!("/v1/contracts/{contract}/statements"), request).await
    }

    /// A statement, once it has a level or the time (at most [`WAIT_MAX`]) is over.
    pub async fn statement(
        &self,
        contract: &str,
        statement: &str,
        level: Level,
        wait: Duration,
    ) -> Result<Submitted, Error> {
        let wait = wait.min(WAIT_MAX);
        let level = match level {
            Level::Local => "local",
            Level::Delivered => "delivered",
            Level::Countersigned => "countersigned",
            Level::Final => "final",
        };
        let millis = wait.as_millis();
        let path = format!("/v1/contracts/{contract}/statements/{statement}?level={level}&wait_ms={millis}");
        self.json(&self.ask(Method::GET, &path, None, PATIENCE.saturating_add(wait)).await?)
    }

    /// The bytes of a payload, in memory: for short ones.
    pub async fn payload(&self, contract: &str, commitment: &str) -> Result<Vec<u8>, Error> {
        self.ask(Method::GET, &payload_path(contract, commitment), None, PATIENCE).await
    }

    /// Uploads an attachment from a reader of this length; `told` hears how many bytes went out. The whole is never in
    /// memory.
    pub async fn upload(
        &self,
        contract: &str,
        upload: Upload<'_>,
        from: Box<dyn Read + Send>,
        told: impl FnMut(u64) + Send + 'static,
    ) -> Result<Uploaded, Error> {
        let path = payload_path(contract, upload.commitment);
        let body = Body::read(from, upload.bytes, Box::new(told));
        let ask = Ask {
            address: self.address,
            token: &self.token,
            method: Method::PUT,
            path: &path,
            body: None,
            patience: LONG,
        };
        self.json(&ask.send_file(upload.salt, body).await?)
    }

    /// Downloads a payload into a writer; `told` hears how many bytes of how many came. The whole is never in memory.
    pub async fn download(
        &self,
        contract: &str,
        commitment: &str,
        into: &mut (dyn Write + Send),
        told: impl FnMut(u64, u64) + Send,
    ) -> Result<u64, Error> {
        let path = payload_path(contract, commitment);
        let ask = Ask {
            address: self.address,
            token: &self.token,
            method: Method::GET,
            path: &path,
            body: None,
            patience: LONG,
        };
        ask.receive(into, told).await
    }

    /// The proof bundle of everything that is final; long attachments are named by their content hash.
    pub async fn proof(&self, contract: &str) -> Result<Vec<u8>, Error> {
        let path = format!("/v1/contracts/{contract}/proof");
        self.ask(Method::GET, &path, None, PATIENCE).await
    }

    /// The same with all attachments in it.
    pub async fn proof_with_attachments(&self, contract: &str) -> Result<Vec<u8>, Error> {
        let path = format!("/v1/contracts/{contract}/proof?attachments=include");
        self.ask(Method::GET, &path, None, PATIENCE).await
    }

    /// What is to be done by the party of the node: all pages.
    pub async fn inbox(&self) -> Result<Vec<InboxItem>, Error> {
        self.pages("/v1/inbox", |page: InboxList| (page.items, page.next)).await
    }

    /// What waits to be delivered: all pages.
    pub async fn outbox(&self) -> Result<OutboxList, Error> {
        let outbox = self.pages("/v1/outbox", |page: OutboxList| (page.outbox, page.next)).await?;
        Ok(OutboxList { outbox, next: None })
    }

    /// All items of a list that comes in pages; `parts` takes a page apart into its items and `next`.
    pub(crate) async fn pages<P: DeserializeOwned, T>(
        &self,
        path: &str,
        parts: fn(P) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, Error> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = parts(self.get(&page_path(path, after.as_deref())).await?);
            all.extend(items);
            match next {
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => return Ok(all),
            }
        }
    }

    /// Signs again in a contract after the disk of the node was set back, as soon as that is safe.
    pub async fn recover(&self, contract: &str) -> Result<ContractView, Error> {
        self.post(&format!("/v1/contracts/{contract}/recover"), &serde_json::Map::new()).await
    }

    /// Sends again.
    pub async fn resend(&self, request: &ResendRequest) -> Result<OutboxList, Error> {
        self.post("/v1/outbox/resend", request).await
    }

    /// Checks the way to a partner, from both sides.
    pub async fn check(&self, request: &CheckRequest) -> Result<CheckReport, Error> {
        self.post("/v1/check", request).await
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.json(&self.ask(Method::GET, path, None, PATIENCE).await?)
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Error> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::BadAnswer { address: self.address, reason: error.to_string() })?;
        self.json(&self.ask(Method::POST, path, Some(body), PATIENCE).await?)
    }

    pub(crate) async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Error> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::BadAnswer { address: self.address, reason: error.to_string() })?;
        self.json(&self.ask(Method::PUT, path, Some(body), PATIENCE).await?)
    }

    pub(crate) async fn patch<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Error> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::BadAnswer { address: self.address, reason: error.to_string() })?;
        self.json(&self.ask(Method::PATCH, path, Some(body), PATIENCE).await?)
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, path, None, PATIENCE).await.map(drop)
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        patience: Duration,
    ) -> Result<Vec<u8>, Error> {
        let ask = Ask { address: self.address, token: &self.token, method, path, body, patience };
        ask.send().await.map(Into::into)
    }

    fn json<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::BadAnswer { address: self.address, reason: error.to_string() })
    }
}
