//! The targets.

use crate::{bundle, codec, expression, http, scenario, statement};

/// A reader of outside input, and where its inputs begin.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line and of its file in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Takes any bytes; panics if something does not hold.
    pub run: fn(&[u8]),
    /// Inputs to start from: vectors and examples of this repository.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that mean something to the reader.
    pub words: &'static [&'static str],
}

/// All targets.
pub const TARGETS: [Target; 6] = [
    Target { name: "codec", run: codec::run, seeds: codec::seeds, words: codec::WORDS },
    Target { name: "statement", run: statement::run, seeds: statement::seeds, words: &[] },
    Target { name: "bundle", run: bundle::run, seeds: bundle::seeds, words: &[] },
    Target { name: "scenario", run: scenario::run, seeds: scenario::seeds, words: scenario::WORDS },
    Target { name: "expression", run: expression::run, seeds: expression::seeds, words: expression::WORDS },
    Target { name: "http", run: http::run, seeds: http::seeds, words: http::WORDS },
];

/// The target with this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
