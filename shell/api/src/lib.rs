//! Serve HTTP: handlers, problem mapping, OpenAPI.
//!
//! The node gives a [`Service`]; [`router`] puts it behind HTTP. Every refusal is a problem (RFC 9457) with a stable
//! code; [`Kind::status`] is the one place that knows HTTP statuses.

mod access;
mod activity;
mod connections;
mod feed;
mod foundation;
mod guard;
mod handlers;
mod idempotency;
mod invitations;
mod look;
mod look_operations;
mod metrics;
mod openapi;
mod operation;
mod operations;
mod payloads;
mod people;
mod people_operations;
mod refusal;
mod runs;
mod scenarios;
mod server;
mod service;
mod tries;
mod web;
mod webhook_operations;
mod webhooks;

pub use access::{Caller, HeldSession, Token};
pub use activity::{Activity, LastHour};
pub use axum::body::Bytes;
pub use connections::Limits;
pub use feed::{EVENTS_MAX, EventPlace, Feed, News, Subscription, Tell};
pub use guard::Hosts;
pub use idempotency::{Done, Wish};
pub use invitations::Invitations;
pub use look::{LanguageQuery, LogQuery, Look, PersonalQuery};
pub use metrics::{Counts, Family, FamilyKind};
pub use openapi::openapi;
pub use operations::roles;
pub use payloads::{Download, Upload, UploadRequest};
pub use people::People;
pub use refusal::{Kind, Refusal};
pub use runs::Runs;
pub use server::{ApiServer, router};
pub use service::{Answer, LevelQuery, PageQuery, ProofQuery, Service};
pub use webhooks::{DeliveryQuery, Webhooks};
