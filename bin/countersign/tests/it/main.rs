//! The command as a person runs it: exit code, standard output and standard error.

mod demo;
mod guide;
mod help;
mod keys;
mod lease;
mod place;
mod scenarios;
