//! What the operator allowed, beside the hosts.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What system actions may use on this node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// By the name that scenarios use.
    pub secrets: BTreeMap<String, Secret>,
    /// By the name that scenarios use.
    pub programs: BTreeMap<String, Program>,
}

/// A secret: it goes to some hosts and to no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The file that holds it.
    pub file: PathBuf,
    /// The hosts, as they stand in addresses.
    pub hosts: Vec<String>,
}

/// A program with the arguments that it always gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Absolute.
    pub path: PathBuf,
    /// The arguments.
    pub arguments: Vec<String>,
}
