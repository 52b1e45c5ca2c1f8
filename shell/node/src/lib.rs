//! Wire a node together: config, lifecycle, drive loop, signer.
//!
//! [`init`] makes a data directory; [`Node::start`] runs a node from it. One thread drives all contracts: it takes many
//! inputs, hands them to their replicas, makes what they want kept durable in one commit, and only then sends,
//! answers and tells (`P0`). Everything else waits on it.

mod active;
mod answers;
mod api_tls;
mod bundles;
mod chunks;
mod clock;
mod config;
mod contracts;
mod driver;
mod erase;
mod error;
mod events;
mod follow;
mod guests;
mod home;
mod inspect;
mod join;
mod keys;
mod link;
mod look;
mod mailbox;
mod metrics;
mod node;
mod observed;
mod outgoing;
mod payloads;
mod people;
mod precheck;
mod pull;
mod records;
mod reminders;
mod runs;
mod scenarios;
mod service;
mod show;
mod transfers;
mod view;
mod visit;
mod webhooks;
mod wire;

pub use config::{
    Actions, AllowedHost, AllowedProgram, ApiTls, AskedContract, Config, HostRights, KeptSecret, Outgoing, TlsFiles,
    TlsWord,
};
pub use error::Error;
pub use home::{Home, InitRequest, init};
pub use inspect::{Fault, inspect};
pub use node::{Node, StartOptions};
