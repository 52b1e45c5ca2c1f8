//! What pages show beside the state of a contract.

pub(crate) mod change;
pub(crate) mod entry;
pub(crate) mod fork;
pub(crate) mod names;
pub(crate) mod open;
pub(crate) mod paper;
pub(crate) mod peers;
pub(crate) mod people;
pub(crate) mod personal;
pub(crate) mod waiting;
