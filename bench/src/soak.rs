//! Placeholder
use crate::Failure;
pub fn run(_seconds: u64) -> Result<(), Failure> { Err("".into()) }
