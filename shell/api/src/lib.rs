//! Serve HTTP: handlers, problem mapping, OpenAPI.
//!
//! The node gives a [`Service`]; [`router`] puts it behind HTTP. Every refusal is a problem (RFC 9457) with a stable
//! code; [`Refusal::status`] is the one place that knows HTTP statuses.

mod access;
mod handlers;
mod refusal;
mod server;
mod service;

pub use access::Token;
pub use refusal::{Kind, Refusal};
pub use server::{ApiServer, router};
pub use service::{Answer, LevelQuery, PageQuery, Service};
