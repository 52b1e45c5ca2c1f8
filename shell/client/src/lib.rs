//! Talk to a node over HTTP.
//!
//! [`Client`] knows the paths of the API; bodies are those of `countersign-api-model`. It decides nothing: what a person
//! signs is checked by whoever holds the key.
#![warn(missing_docs)]

mod client;
mod error;
mod invitations;
mod look;
mod people;
mod request;
mod runs;
mod webhooks;

pub use client::{ADDRESS_FILE, Client, PAGE_MAX, TOKEN_FILE, Upload, WAIT_MAX};
pub use error::Error;
