//! Send signed HTTP requests to hosts that the operator allowed.
//!
//! HTTPS with TLS 1.3, by the authorities of the operating system and those that the operator adds; HTTP only where the
//! operator says so. Every request carries an idempotency key and one RFC 9421 signature by the node key. No redirect
//! is followed, every wait and every size has a limit, and neither path, query, header nor body is ever logged: they
//! may hold secrets. Page `docs/spec/outgoing.md`.
#![warn(missing_docs)]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panic"))]

mod address;
mod client;
mod error;
mod hosts;
mod pool;
mod request;
mod roots;
mod sign;
mod url;

pub use client::{Client, Settings};
pub use error::{OutgoingError, SetupError};
pub use hosts::{BadHost, HostRule};
pub use request::{Answer, AnswerBody, Method, Request};
pub use sign::{Received, verify};
pub use url::{BadUrl, Url};
