//! Run a node, agree on contracts and act in them from a terminal.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panic"))]
#![warn(missing_docs)]

mod action;
mod arguments;
mod attach;
mod change;
mod completions;
mod context;
mod contract;
mod demo;
mod draft;
mod envelopes;
mod erasing;
mod failure;
mod files;
mod key;
mod keys;
mod mandate;
mod node;
mod outbox;
mod output;
mod passphrase;
mod people;
mod personal;
mod progress;
mod proving;
mod rotate;
mod scenario;
mod verify;
mod voice;
mod webhook;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::failure::Failure;

/// An action over HTTP allocates some hundred times: with the allocator of glibc a tenth of its time went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.global.json;
    let run = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::refused("runtime", format!("no threads: {error}")))?;
        runtime.block_on(arguments.run())
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}
