//! What the operator sets: `node.toml`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use countersign_chain::Network;
use countersign_outgoing::{BadHost, HostRule};
use serde::{Deserialize, Serialize};

/// How the API has TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ApiTls {
    /// By a word.
    Word(TlsWord),
    /// By the operator's certificate.
    Files(TlsFiles),
}

/// TLS of the API by a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsWord {
    /// A proxy before the API has it; the API itself has none.
    Proxy,
    /// With a certificate that the node makes once: `api.cert` and `api.key` in the data directory.
    SelfMade,
}

/// A certificate and its key in PEM. Relative paths begin in the data directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate, then those between it and its authority.
    pub certificate: PathBuf,
    /// The secret key.
    pub key: PathBuf,
}

/// To whom the node may send requests that are not for other nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outgoing {
    /// The hosts; no others.
    #[serde(default)]
    pub hosts: Vec<AllowedHost>,
    /// Certificates of more authorities in PEM. A relative path begins in the data directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roots: Option<PathBuf>,
}

/// A host, all below a name (`*.example.org`), or every host (`*`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AllowedHost {
    /// By HTTPS, at public addresses.
    Name(String),
    /// With more rights.
    More(HostRights),
}

/// A host with more rights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostRights {
    /// The host.
    pub name: String,
    /// Also without TLS.
    #[serde(default)]
    pub http: bool,
    /// Also on this machine or in a private network.
    #[serde(default)]
    pub private: bool,
}

impl Outgoing {
    /// The rules, if all are ones.
    pub(crate) fn rules(&self) -> Result<Vec<HostRule>, BadHost> {
        let rule = |host: &AllowedHost| match host {
            AllowedHost::Name(name) => HostRule::new(name, false, false),
            AllowedHost::More(rights) => HostRule::new(&rights.name, rights.http, rights.private),
        };
        self.hosts.iter().map(rule).collect()
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the actions that scenarios let this node do may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actions {
    /// Ids of the only scenarios whose system actions run here (`scn_…`). Absent: those of every contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenarios: Option<Vec<String>>,
    /// Secrets by the name that scenarios use. Whoever writes a scenario chooses the request that carries it, so a secret
    /// goes to the hosts beside it and to no other.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, KeptSecret>,
    /// Programs by the name that scenarios use. They run with the rights of the node; whoever writes a scenario chooses
    /// their input.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub programs: BTreeMap<String, AllowedProgram>,
    /// Contracts of this party that others of its contracts may ask, by id (`ctr_…`). What is asked is said there with
    /// the system key, and its answer is shown to the members of the contract that asks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contracts: BTreeMap<String, AskedContract>,
}

/// A contract that may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedContract {
    /// Ids of the scenarios (`scn_…`) and contracts (`ctr_…`) that may ask it.
    pub asked_by: Vec<String>,
}

/// A secret in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSecret {
    /// A relative path begins in the data directory.
    pub file: PathBuf,
    /// Where it may go.
    pub hosts: Vec<String>,
}

/// A program with the arguments that it always gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedProgram {
    /// Absolute.
    pub path: PathBuf,
    /// The arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
}

impl Config {
    /// The network whose contracts it takes part in.
    pub(crate) const fn network(&self) -> Network {
        if self.test { Network::Test } else { Network::Real }
    }
}

impl Actions {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The configuration of a node. Unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How people here call the party. Never sent to others.
    pub name: String,
    /// Whether it is a node of the test network: then it takes part in contracts that bind nobody, and in no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Where to listen for other nodes. Whoever controls it can cut this node off, no more: messages are sealed.
    /// Absent: no open port; the node then polls its peers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// Under which addresses other nodes reach it: `https://host:port`, at most 4. They stand in the signed node
    /// record, so a change is a new record.
    #[serde(default)]
    pub urls: Vec<String>,
    /// Where to serve the API. Whoever reaches it and knows the token acts as the operator; people's signatures stay
    /// with people. Leave it on loopback.
    pub api: SocketAddr,
    /// Under which address people's browsers reach the API, if not under `api`: `https://host[:port]`. It stands in
    /// links for new users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    /// How the API has TLS: `"self-made"`, `"proxy"`, or a certificate and its key. Needed outside loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_tls: Option<ApiTls>,
    /// To whom it may send webhooks and the requests of scenarios.
    #[serde(default, skip_serializing_if = "Outgoing::is_empty")]
    pub outgoing: Outgoing,
    /// What the actions that scenarios let this node do may use.
    #[serde(default, skip_serializing_if = "Actions::is_empty")]
    pub actions: Actions,
}
